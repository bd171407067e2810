// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"
#include "config/text.hpp"

namespace device_agent::config {
namespace {

constexpr std::string_view device = "$device";

void check_application(const Node& root, const Member& application, bool by_certificate, Findings& findings) {
    const auto path = join_key("applications", application.name);
    const bool needed = by_certificate && application.name == device;
    for (const std::string_view name : {"certificate", "privateKey"}) {
        const Node* value = application.value.find(name);
        const auto key = join_key(path, name);
        if (value == nullptr && needed) {
            findings.refuse(application.place, key,
                            "is missing: with X.509 the device identity has no token, so its application "
                            "connects with the certificate itself",
                            "Name the file that the application uses.");
        } else if (value != nullptr && application.name != device) {
            findings.refuse(value->place, key, "has a meaning only for $device: a module has a token",
                            "Remove it.");
        } else if (value != nullptr && !needed &&
                   root.find_path("attestation.type")->is(Node::Kind::string)) {
            findings.refuse(value->place, key, R"(has a meaning only with attestation type "x509")",
                            "Remove it, or change attestation.type.");
        }
    }
}

}  // namespace

void check_certificate_rules(const Node& root, Findings& findings) {
    const bool by_certificate = text_at(root, "attestation.type") == "x509";
    for (const auto& application : members_at(root, "applications")) {
        if (application.value.is(Node::Kind::object))
            check_application(root, application, by_certificate, findings);
    }
}

}  // namespace device_agent::config
