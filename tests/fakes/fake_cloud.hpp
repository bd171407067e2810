// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cloud/http.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace device_agent::fakes {

/// DPS with one enrollment, and the hubs behind it, at the HTTP port: only as much of them as provisioning
/// uses. A token counts when it is signed by the key that the service knows. What the real services answer to
/// the rest is tested with the emulator.
class FakeCloud {
public:
    struct Module {
        std::string generation;
        SecretBytes primary_key;
        SecretBytes secondary_key;
        std::string authentication = "sas";
        bool malformed_keys = false;  ///< the hub shows them in a form that is none
    };
    struct Hub {
        std::optional<SecretBytes> device_key;  ///< nothing: it does not know the device
        std::map<std::string, Module> modules;
        std::set<std::string> refused;  ///< it creates no modules of these names
    };

    /// Each request is told to `journal` before it is answered, as "HOST METHOD" and what for: "dps.test
    /// register", "hub-1.test list", "hub-1.test create AppB", "hub-1.test delete AppB". It may change the
    /// world, or throw.
    using Journal = std::function<void(const std::string&)>;
    explicit FakeCloud(Journal journal) : journal_(std::move(journal)) {}

    [[nodiscard]] std::unique_ptr<cloud::HttpClient> connect();
    /// A module as the hub would make it.
    Module& create(const std::string& hub, const std::string& module);

    std::string device = "dev-1";
    std::string assigned_hub = "hub-1.test";
    std::map<std::string, Hub> hubs;
    bool enrolled = true;
    bool enrolled_by_tpm = true;  ///< otherwise DPS assigns the device without a key
    bool knows_assigned = true;   ///< otherwise the hub refuses what DPS has just assigned
    // What the last request of its kind held.
    std::string registration;     ///< the body
    std::string hub_authority;    ///< host[:port]
    long long token_expires = 0;  ///< of the hub's token, seconds since 1970
    unsigned connections = 0;

private:
    class Connection;
    cloud::HttpResponse answer(const cloud::HttpRequest& request);
    cloud::HttpResponse answer_as_dps(const cloud::HttpRequest& request);
    cloud::HttpResponse answer_as_hub(const std::string& name, const cloud::HttpRequest& request);
    [[nodiscard]] SecretBytes new_key() { return SecretBytes(32, ++last_key_); }

    Journal journal_;
    std::uint8_t last_key_ = 0;
    int last_generation_ = 0;
};

}  // namespace device_agent::fakes
