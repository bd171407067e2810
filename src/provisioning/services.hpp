// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "attestation/attestation.hpp"
#include "cloud/http.hpp"
#include "cloud/service_time.hpp"
#include "identity/slot_store.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace device_agent::provisioning {

/// Told of each step as it is done, one line for people. Never holds a secret.
using Progress = std::function<void(const std::string&)>;

/// The ports that provisioning works with; all outlive it.
struct Services {
    identity::SlotStore& store;
    attestation::Attestation& attestation;
    cloud::ServiceTime& time;
    std::function<std::unique_ptr<cloud::HttpClient>()>
        connect;  ///< one client per service, each with its connection, and the device's certificate if it
                  ///< attests by one
    std::filesystem::path state_directory;
    Progress progress;
};

}  // namespace device_agent::provisioning
