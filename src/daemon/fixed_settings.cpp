// SPDX-License-Identifier: Apache-2.0
#include "daemon/fixed_settings.hpp"

#include "foundation/error.hpp"

#include <string>

namespace device_agent::daemon {
namespace {

bool same_tpm(const config::TpmSettings& a, const config::TpmSettings& b) {
    return a.tcti == b.tcti && a.owner_auth == b.owner_auth && a.endorsement_auth == b.endorsement_auth &&
           a.key_handle_base == b.key_handle_base && a.nv_index_base == b.nv_index_base &&
           a.persistent_slots == b.persistent_slots && a.slot_auth == b.slot_auth;
}

}  // namespace

void require_same_fixed_settings(const config::Configuration& now, const config::Configuration& wanted) {
    std::string changed;
    const auto require = [&](bool same, const char* key) {
        if (!same) changed += (changed.empty() ? "" : ", ") + std::string(key);
    };
    require(now.socket == wanted.socket, "socket");
    require(now.state_directory == wanted.state_directory, "stateDirectory");
    require(now.identity_store == wanted.identity_store, "identityStore");
    require(same_tpm(now.tpm, wanted.tpm), "tpm");
    if (changed.empty()) return;
    throw Error(ErrorCode::configuration,
                "a change of " + changed +
                    " takes effect only when the agent starts: restart it "
                    "(`systemctl restart device-agent`); until then it goes on with "
                    "the configuration that it has");
}

}  // namespace device_agent::daemon
