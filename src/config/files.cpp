// SPDX-License-Identifier: Apache-2.0
#include "config/files.hpp"

#include "config/input_file.hpp"
#include "config/specification.hpp"
#include "config/text.hpp"

#include <stdexcept>
#include <utility>

namespace device_agent::config {
namespace {

// The longest auth value that a TPM takes: the largest digest that it knows (TPM 2.0 Library, part 2,
// TPM2B_AUTH).
constexpr std::size_t longest_password = 64;

// A path as a shell takes it.
std::string shell_word(const std::string& text) {
    static constexpr std::string_view plain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+=:,@%";
    if (text.find_first_not_of(plain) == std::string::npos) return text;
    return quote(text, std::string::npos);
}

// Calls visit(value, what it names, path) for each text of the document that names a file.
template <typename AnyNode, typename Visit>
void for_each_file(AnyNode& object, const Shape& shape, const std::string& path, Visit& visit) {
    if (shape.kind == Shape::Kind::map) {
        for (auto& member : object.members)
            for_each_file(member.value, shape.values.front(), join_key(path, member.name), visit);
        return;
    }
    for (const auto& key : shape.keys) {
        AnyNode* value = object.find(key.name);
        if (value == nullptr) continue;
        const auto key_path = join_key(path, key.name);
        if (key.shape.file != FileUse::none && value->is(Node::Kind::string))
            visit(*value, key.shape.file, key_path);
        for_each_file(*value, key.shape, key_path, visit);
    }
}

class FileCheck {
public:
    explicit FileCheck(Findings& findings) : findings_(findings) {}

    void operator()(const Node& value, FileUse use, const std::string& key) {
        if (use == FileUse::path) return;
        if (use == FileUse::secret_of_another) return check_mode(value, key);
        try {
            const InputFile file(value.text);
            if (use == FileUse::input) return;
            if (file.others_can_read()) {
                refuse(value, key, "which others can read (its mode is " + file.mode() + ')',
                       advise_to_close(value.text));
            } else if (use == FileUse::password) {
                keep_password(value, key, file.read(longest_password + 1));
            }
        } catch (const std::runtime_error& error) {
            refuse(value, key, std::string("which cannot be read: ") + error.what(),
                   "Correct the path, or let the agent's user read the file.");
        }
    }

    Passwords take_passwords() { return std::move(passwords_); }

private:
    // Another program's file: the agent need not be able to open it.
    void check_mode(const Node& value, const std::string& key) {
        using std::filesystem::perms;
        std::error_code unknown;
        const auto mode = std::filesystem::status(value.text, unknown).permissions();
        if (unknown || mode == perms::unknown) return;
        if ((mode & (perms::group_read | perms::others_read)) != perms::none)
            refuse(value, key, "which others can read", advise_to_close(value.text));
    }

    void keep_password(const Node& value, const std::string& key, const std::optional<SecretText>& content) {
        auto text = content ? content->view() : std::string_view();
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (content && text.empty()) {
            return refuse(value, key, "which is empty", "Write the password into it, or remove this key.");
        }
        if (!content || text.size() > longest_password) {
            return refuse(value, key, "which is longer than the 64 bytes that a TPM takes",
                          "Check that this is the right file.");
        }
        passwords_.emplace(key, SecretText(text));
    }

    void refuse(const Node& value, const std::string& key, const std::string& reason, std::string remedy) {
        findings_.refuse(value.place, key, "names " + quote(value.text, std::string::npos) + ", " + reason,
                         std::move(remedy));
    }

    Findings& findings_;
    Passwords passwords_;
};

}  // namespace

void resolve_paths(Node& root, const std::filesystem::path& folder) {
    const auto resolve = [&](Node& value, FileUse /*use*/, const std::string& /*key*/) {
        value.text = (folder / value.text).lexically_normal().string();
    };
    for_each_file(root, specification(), "", resolve);
}

Passwords check_files(const Node& root, Findings& findings) {
    FileCheck check(findings);
    for_each_file(root, specification(), "", check);
    return check.take_passwords();
}

std::vector<NamedFile> named_files(const Node& root) {
    std::vector<NamedFile> files;
    const auto collect = [&](const Node& value, FileUse use, const std::string& key) {
        files.push_back({value.place, key, value.text, use});
    };
    for_each_file(root, specification(), "", collect);
    return files;
}

std::string advise_to_close(const std::filesystem::path& file) {
    return "Run: chmod 600 " + shell_word(file.string());
}

}  // namespace device_agent::config
