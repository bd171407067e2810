// SPDX-License-Identifier: Apache-2.0
#include "config/parse.hpp"

#include "config/syntax_fault.hpp"
#include "config/text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <map>
#include <utility>

namespace device_agent::config {
namespace {

using Json = nlohmann::json;

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
// Up to here a double holds every whole number, as in every other JSON reader.
constexpr double largest_exact = 9007199254740992.0;

// Takes the parser's events. The open objects and lists are a path of last children, so the pointers to them
// stay valid while only the innermost one grows.
class Builder final : public nlohmann::json_sax<Json> {
public:
    Builder(const std::string& file, std::string_view text, std::vector<Problem>& problems)
        : file_(std::make_shared<const std::string>(file)), locator_(text), problems_(problems) {}

    bool null() override {
        add(Node::Kind::null);
        return true;
    }
    bool boolean(bool value) override {
        add(Node::Kind::boolean)->boolean = value;
        return true;
    }
    bool number_integer(number_integer_t value) override {
        add_number(static_cast<double>(value)).integer = value;
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        Node& node = add_number(static_cast<double>(value));
        if (std::in_range<std::int64_t>(value)) node.integer = static_cast<std::int64_t>(value);
        return true;
    }
    bool number_float(number_float_t value, const string_t& /*digits*/) override {
        Node& node = add_number(value);
        // 1.0 and 1e2 are whole numbers in JSON, as a JSON schema sees them too.
        if (std::abs(value) <= largest_exact && std::trunc(value) == value) {
            node.integer = static_cast<std::int64_t>(value);
        }
        return true;
    }
    bool string(string_t& value) override {
        add(Node::Kind::string)->text = std::move(value);
        return true;
    }
    // The parser makes it only of CBOR and its like, which are not read here.
    bool binary(binary_t& /*value*/) override { return false; }

    bool start_object(std::size_t /*count*/) override { return open(Node::Kind::object); }
    bool key(string_t& name) override {
        open_.back()->members.push_back({std::move(name), place(locator_.next()), {}});
        key_pending_ = true;
        return true;
    }
    bool end_object() override {
        refuse_duplicates(*open_.back());
        return close();
    }
    bool start_array(std::size_t /*count*/) override { return open(Node::Kind::array); }
    bool end_array() override { return close(); }

    bool parse_error(std::size_t count, const std::string& /*token*/, const Json::exception& error) override {
        constexpr int number_overflow = 406;
        if (error.id == number_overflow) {
            const Position at = locator_.next();
            report(at, quote(locator_.last_token()) + " is beyond every number", "Write a smaller one.");
            return false;
        }
        const std::size_t offset = count == 0 ? 0 : count - 1;
        // A number or word that goes wrong in its middle has already been taken for the value of its key.
        if (offset < locator_.offset() && !open_.empty() && open_.back()->is(Node::Kind::object))
            key_pending_ = true;
        const auto fault = describe_fault(locator_, expected(), offset);
        report(fault.position, fault.reason, fault.remedy);
        return false;
    }

    std::optional<Node> take() { return std::move(root_); }

private:
    [[nodiscard]] Place place(Position at) const { return {file_, at.line, at.column}; }

    void report(Position at, std::string reason, std::string remedy) {
        problems_.push_back({*file_, at.line, at.column, path(), std::move(reason), std::move(remedy)});
    }

    Node* add(Node::Kind kind) {
        Node node;
        node.kind = kind;
        node.place = place(locator_.next());
        if (open_.empty()) return &root_.emplace(std::move(node));
        Node& parent = *open_.back();
        if (parent.is(Node::Kind::array)) return &parent.elements.emplace_back(std::move(node));
        key_pending_ = false;
        return &(parent.members.back().value = std::move(node));
    }

    Node& add_number(double value) {
        Node* node = add(Node::Kind::number);
        node->number = value;
        return *node;
    }

    bool open(Node::Kind kind) {
        Node* node = add(kind);
        if (open_.size() == deepest_nesting) {
            report({node->place.line, node->place.column},
                   "objects and lists are nested deeper than " + std::to_string(deepest_nesting) + " levels",
                   "Make it flatter.");
            return false;
        }
        open_.push_back(node);
        return true;
    }

    bool close() {
        locator_.next();
        open_.pop_back();
        return true;
    }

    [[nodiscard]] Expected expected() const {
        if (open_.empty()) return root_ ? Expected::nothing : Expected::document;
        const Node& parent = *open_.back();
        if (parent.is(Node::Kind::array)) {
            return parent.elements.empty() ? Expected::element_or_end : Expected::comma_or_bracket;
        }
        if (key_pending_) return Expected::value_after_key;
        return parent.members.empty() ? Expected::key_or_end : Expected::comma_or_brace;
    }

    void refuse_duplicates(Node& object) {
        const auto path = path_to(open_.size() - 1);
        std::map<std::string, unsigned, std::less<>> lines;
        std::erase_if(object.members, [&](const Member& member) {
            const auto [known, added] = lines.emplace(member.name, member.place.line);
            if (added) return false;
            problems_.push_back({*file_, member.place.line, member.place.column, join_key(path, member.name),
                                 "stands twice in one object, first on line " + std::to_string(known->second),
                                 "Remove one of the two."});
            return true;
        });
    }

    // The path of the open object or list at a depth: each one above it is in the middle of its last child.
    [[nodiscard]] std::string path_to(std::size_t depth) const {
        std::string path;
        for (std::size_t i = 0; i < depth; ++i) {
            const Node& parent = *open_[i];
            path = parent.is(Node::Kind::array) ? join_index(path, parent.elements.size() - 1)
                                                : join_key(path, parent.members.back().name);
        }
        return path;
    }

    // The path of what is being read.
    [[nodiscard]] std::string path() const {
        if (open_.empty()) return "";
        const auto parent = path_to(open_.size() - 1);
        return key_pending_ ? join_key(parent, open_.back()->members.back().name) : parent;
    }

    std::shared_ptr<const std::string> file_;
    TokenLocator locator_;
    std::vector<Problem>& problems_;
    std::optional<Node> root_;
    std::vector<Node*> open_;
    bool key_pending_ = false;
};

// What the parser would pass over in silence: a NUL ends its input, and comments may hold any bytes.
std::optional<SyntaxFault> find_bad_bytes(std::string_view text) {
    const auto nul = text.find('\0');
    const auto broken = find_invalid_utf8(text);
    if (nul == std::string_view::npos && !broken) return std::nullopt;
    TokenLocator locator(text);
    locator.skip_to(std::min(nul, broken.value_or(text.size())));
    if (nul < broken.value_or(text.size())) {
        return SyntaxFault{locator.position(), "a NUL byte stands here",
                           "Save the file as plain UTF-8 text."};
    }
    return SyntaxFault{locator.position(), "the bytes here are not UTF-8", "Save the file as UTF-8."};
}

}  // namespace

std::optional<Node> parse(const std::string& file, std::string_view text, std::vector<Problem>& problems) {
    if (text.size() > largest_file) {
        problems.push_back({file, 0, 0, "", "is larger than " + std::to_string(largest_file) + " bytes",
                            "A configuration is a few kilobytes: check that this is the right file."});
        return std::nullopt;
    }
    if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
    if (const auto fault = find_bad_bytes(text)) {
        problems.push_back(
            {file, fault->position.line, fault->position.column, "", fault->reason, fault->remedy});
        return std::nullopt;
    }
    Builder builder(file, text, problems);
    constexpr bool whole_text = true;
    constexpr bool with_comments = true;
    if (!Json::sax_parse(text, &builder, Json::input_format_t::json, whole_text, with_comments))
        return std::nullopt;
    return builder.take();
}

}  // namespace device_agent::config
