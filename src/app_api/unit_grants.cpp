// SPDX-License-Identifier: Apache-2.0
#include "app_api/unit_grants.hpp"

namespace device_agent::app_api {

std::vector<config::Problem> warn_of_unit_grants(const config::Configuration& configuration,
                                                 const std::filesystem::path& file,
                                                 bool kernel_knows_peer_process) {
    std::vector<config::Problem> warnings;
    if (kernel_knows_peer_process) return warnings;
    for (const auto& [application, grant] : configuration.applications) {
        if (grant.units.empty() || !grant.users.empty() || !grant.groups.empty()) continue;
        warnings.push_back({.file = file.string(),
                            .key = "applications." + application + ".units",
                            .reason =
                                "grants by unit alone, which this kernel cannot tell for sure (SO_PEERPIDFD "
                                "came with Linux 6.5), so it is refused at the socket",
                            .remedy = "Name the user of the unit besides; or load the connection string by "
                                      "LoadCredential=, where systemd says which unit it is."});
    }
    return warnings;
}

}  // namespace device_agent::app_api
