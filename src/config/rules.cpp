// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"

#include "config/connection_string.hpp"
#include "config/text.hpp"
#include "config/text_rules.hpp"

namespace device_agent::config {
namespace {

void check_renewal(const Node& root, Findings& findings) {
    const auto life = integer_at(root, "sasExpiryInterval");
    const auto grace = integer_at(root, "sasRenewalGracePeriod");
    if (!life || !grace || *grace < *life) return;
    const auto path = first_written(root, {"sasRenewalGracePeriod", "sasExpiryInterval"});
    findings.refuse(root.find_path(path)->place, std::string(path),
                    "leaves the token no life: sasRenewalGracePeriod is " + std::to_string(*grace) +
                        " s, sasExpiryInterval " + std::to_string(*life) + " s",
                    "Make the grace period shorter than the expiry interval.");
}

void check_store(const Node& root, Findings& findings) {
    if (text_at(root, "identityStore") != "file" || text_at(root, "attestation.type") != "tpm") return;
    const Node* enabled = root.find("dpsEnabled");
    const bool uses_dps =
        enabled->is(Node::Kind::boolean) && enabled->boolean && text_at(root, "connectionString") == "";
    if (!uses_dps && !is_written(root, "attestation.type")) return;
    findings.refuse(root.find("identityStore")->place, "identityStore",
                    R"(is "file", but attestation by the TPM needs the store in the TPM)",
                    R"(Set identityStore to "tpm", or attestation.type to "x509" or "symmetricKey".)");
}

void check_slot_auth(const Node& root, Findings& findings) {
    if (text_at(root, "identityStore") != "file" || text_at(root, "tpm.slotAuth") != "agent") return;
    findings.warn(root.find_path("tpm.slotAuth")->place, "tpm.slotAuth",
                  R"(has no effect: it protects keys in the TPM, and identityStore is "file")",
                  "Remove it: only the state directory's mode protects the keys of the file store.");
}

void check_group_key(const Node& root, Findings& findings) {
    const Node* group = root.find_path("attestation.group");
    if (group == nullptr || !group->is(Node::Kind::boolean) || !group->boolean) return;
    findings.warn(group->place, "attestation.group",
                  "puts the enrollment group's key on this device: whoever reads it can pose as any device "
                  "of the group",
                  "Better derive each device's key in the factory, and put only that one on the device.");
}

void check_connection_string(const Node& root, Findings& findings) {
    const auto text = text_at(root, "connectionString").value_or("");
    if (text.empty()) return;
    const auto fault = find_connection_string_fault(text);
    if (fault.empty()) return;
    findings.refuse(root.find("connectionString")->place, "connectionString", fault,
                    "Copy the primary connection string of a device or module from the hub.");
}

// A relative path grew when it was made absolute.
void check_socket(const Node& root, Findings& findings) {
    const auto path = text_at(root, "socket");
    if (!path || path->size() <= text_rules::socket_path.longest) return;
    findings.refuse(root.find("socket")->place, "socket",
                    "becomes a path of " + std::to_string(path->size()) +
                        " bytes, and a socket's has at most " +
                        std::to_string(text_rules::socket_path.longest),
                    "Choose a shorter path.");
}

void check_handlers(const Node& root, Findings& findings) {
    for (const auto& handler : members_at(root, "handlers")) {
        findings.warn(handler.place, join_key("handlers", handler.name),
                      "is not installed: its settings have no effect",
                      "Install the handler, or remove the entry.");
    }
}

}  // namespace

void check_rules(const Node& root, Findings& findings) {
    check_identity_rules(root, findings);
    check_certificate_rules(root, findings);
    check_tpm_rules(root, findings);
    check_renewal(root, findings);
    check_store(root, findings);
    check_slot_auth(root, findings);
    check_group_key(root, findings);
    check_connection_string(root, findings);
    check_socket(root, findings);
    check_handlers(root, findings);
}

std::optional<std::int64_t> integer_at(const Node& root, std::string_view path) {
    const Node* node = root.find_path(path);
    if (node == nullptr || !node->is(Node::Kind::number)) return std::nullopt;
    return node->integer;
}

std::optional<std::string_view> text_at(const Node& root, std::string_view path) {
    const Node* node = root.find_path(path);
    if (node == nullptr || !node->is(Node::Kind::string)) return std::nullopt;
    return node->text;
}

const std::vector<Member>& members_at(const Node& root, std::string_view path) {
    static const std::vector<Member> none;
    const Node* node = root.find_path(path);
    return node != nullptr && node->is(Node::Kind::object) ? node->members : none;
}

bool is_written(const Node& root, std::string_view path) {
    const Node* node = root.find_path(path);
    return node != nullptr && node->place.file != nullptr;
}

std::string_view first_written(const Node& root, std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) {
        if (is_written(root, path)) return path;
    }
    return *paths.begin();
}

}  // namespace device_agent::config
