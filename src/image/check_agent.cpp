// SPDX-License-Identifier: Apache-2.0
#include "config/rules.hpp"
#include "config/text.hpp"
#include "image/checks.hpp"
#include "image/image_configuration.hpp"
#include "image/printable.hpp"

#include <algorithm>

namespace device_agent::image {
namespace {

using config::FileUse;

class AgentCheck {
public:
    AgentCheck(const Image& image, std::vector<Finding>& findings) : image_(image), findings_(findings) {}

    void check() {
        check_installed();
        for (const auto& folder : image_.facts.left_out)
            add(Severity::warning, "not-scanned", {printable(folder), 0}, "",
                "could not be looked into: whatever lies there was not seen",
                "Let this user read the folder; more than 64 levels are never followed.");
        if (!image_.configuration) {
            return add(
                Severity::error, "no-configuration", {std::string(configuration_file), 0}, "",
                "the image has no configuration, so its agent gets no identity, and nobody else either",
                "Write one with device-agent-image plan --base FILE.");
        }
        check_warnings();
        check_agent_identity();
        check_connection_string();
        check_registration_id();
        check_named_files();
        check_state();
    }

private:
    void add(Severity severity, std::string_view id, Origin place, std::string subject, std::string what,
             std::string remedy) {
        findings_.push_back(
            {severity, id, std::move(place), std::move(subject), std::move(what), std::move(remedy)});
    }

    void at_key(Severity severity, std::string_view id, const std::string& key, std::string what,
                std::string remedy) {
        const auto* node = image_.configuration->document.find_path(key);
        add(severity, id, node == nullptr ? Origin{} : origin_of(node->place), key, std::move(what),
            std::move(remedy));
    }

    void check_installed() {
        if (image_.facts.has_agent) return;
        add(Severity::warning, "no-agent", {"/usr/bin/device-agent", 0}, "", "the agent is not installed",
            "Install the package device-agent into the image.");
    }

    void check_warnings() {
        for (const auto& warning : image_.configuration->configuration.warnings)
            add(Severity::warning, "configuration", {warning.file, warning.line}, warning.key, warning.reason,
                warning.remedy);
    }

    // Without a name of its own it has that of the old agent, which nobody expects on Linux.
    void check_agent_identity() {
        const auto& configuration = image_.configuration->configuration;
        if (configuration.agent_uses_device_twin() ||
            config::is_written(image_.configuration->document, "dmModuleId"))
            return;
        add(Severity::warning, "agent-name", {std::string(configuration_file), 0}, "dmModuleId",
            "is not written, so the agent's own module is called " +
                config::quote(configuration.agent_module_id),
            R"(Add "dmModuleId": "dmModule", or plan again.)");
    }

    void check_connection_string() {
        if (image_.configuration->configuration.connection_string.empty()) return;
        at_key(Severity::error, "per-device", "connectionString",
               "is the secret of one device, and every device with this image would have it",
               "Remove it: it is for development only.");
        if (image_.configuration_is_open)
            at_key(Severity::error, "open-secret", "connectionString",
                   "is a secret in a file that others can read", "Close the file to others (mode 0600).");
    }

    void check_registration_id() {
        const auto& id = image_.configuration->configuration.registration_id;
        if (id.empty()) return;
        if (id.find("${") == std::string::npos) {
            at_key(Severity::error, "per-device", "registrationId",
                   "is " + config::quote(id) +
                       " on every device with this image, and DPS tells devices apart by it",
                   "Use a placeholder, such as ${dmi:product_serial}, or leave it out with a TPM or a "
                   "certificate.");
        } else if (id.find("${machine-id}") != std::string::npos && image_.has_machine_id) {
            at_key(Severity::error, "per-device", "registrationId",
                   "uses ${machine-id}, and /etc/machine-id in the image would be the same on every device",
                   "Empty /etc/machine-id: systemd fills it on the first boot.");
        }
    }

    // What proves which device this is comes from the factory; all else must be in the image.
    void check_named_files() {
        for (const auto& file : image_.configuration->files) {
            const auto found = image_.named_files.find(file.key);
            if (found == image_.named_files.end() || file.use == FileUse::path || file.use == FileUse::none)
                continue;
            const auto& state = found->second;
            const bool is_proof = file.key.starts_with("attestation.");
            const bool is_group_key = image_.configuration->configuration.attestation.group;
            const auto name = config::quote(file.path.string(), std::string::npos);
            if (!state.exists && !is_proof && file.use != FileUse::secret_of_another) {
                at_key(Severity::error, "missing-file", file.key,
                       "names " + name + ", which is not in the image", "Add the file, or correct the path.");
            }
            if (!state.exists) continue;
            if (is_proof && !is_group_key)
                at_key(Severity::error, "per-device", file.key,
                       "names " + name + ", which is in the image, and proves which device this is",
                       "Take it out of the image: the factory puts it on each device.");
            if (file.use != FileUse::input && (state.mode & 0044U) != 0)
                at_key(Severity::error, "open-secret", file.key, "names " + name + ", which others can read",
                       "Close the file to others (mode 0600).");
        }
    }

    void check_state() {
        if (image_.state_files.empty()) return;
        const auto& folder = image_.configuration->configuration.state_directory;
        add(Severity::error, "per-device", {printable(folder.native()), 0}, "",
            "the agent's state is in the image (" + std::to_string(image_.state_files.size()) +
                " files, the first " + config::quote(image_.state_files.front()) +
                "): it belongs to the device that it was made on",
            "Empty the state directory.");
    }

    const Image& image_;
    std::vector<Finding>& findings_;
};

}  // namespace

void check_agent(const Image& image, std::vector<Finding>& findings) {
    AgentCheck(image, findings).check();
}

}  // namespace device_agent::image
