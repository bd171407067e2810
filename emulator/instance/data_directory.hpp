// SPDX-License-Identifier: Apache-2.0
// The emulator's data directory: made on the first start, kept from then on, used by one process at a time.
#pragma once

#include "emulator/certificates/authority.hpp"
#include "emulator/policy_keys.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace emulator::instance {

/// What makes an emulator the same one after a restart.
struct Instance {
    std::string id_scope;
    std::string control_token;
    std::vector<std::string> certified_hubs;  ///< those of the certificate
    std::vector<std::string> hubs;            ///< those that are served, the one for new devices first
    PolicyKeys dps_policies;
    HubPolicies hub_policies;
};

/// Holds the directory's lock for as long as it lives.
class DataDirectory {
public:
    /// Makes the directory where there is none, readable by its owner alone. Throws Error{state} when another
    /// emulator uses it.
    explicit DataDirectory(const std::filesystem::path& path);
    DataDirectory(const DataDirectory&) = delete;
    DataDirectory& operator=(const DataDirectory&) = delete;
    ~DataDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }  ///< absolute
    [[nodiscard]] std::filesystem::path ca_file() const { return path_ / "ca.pem"; }
    [[nodiscard]] std::filesystem::path database_file() const { return path_ / "emulator.db"; }
    [[nodiscard]] std::filesystem::path telemetry_file() const { return path_ / "telemetry.db"; }

    /// The instance that lives here; on the first start it is made for `hubs`. Throws Error{state} for hubs
    /// that the present certificate does not cover. No hubs: those of the certificate.
    [[nodiscard]] Instance load_or_create(const std::vector<std::string>& hubs,
                                          device_agent::WallTime now) const;

    /// The server's certificate; a new one when the old one ends within a month.
    [[nodiscard]] certificates::CertifiedKey server_certificate(const Instance& instance,
                                                                device_agent::WallTime now) const;

private:
    [[nodiscard]] Instance create(const std::vector<std::string>& hubs, device_agent::WallTime now) const;
    [[nodiscard]] certificates::CertifiedKey issue(const std::vector<std::string>& hubs,
                                                   device_agent::WallTime now) const;
    void save(const certificates::CertifiedKey& certified, const char* name) const;
    [[nodiscard]] certificates::CertifiedKey load(const char* name) const;

    std::filesystem::path path_;
    int lock_;
};

/// The hubs of an emulator that is told none: a plain name, and one with dots, as one SDK wants it.
[[nodiscard]] std::vector<std::string> default_hubs();

}  // namespace emulator::instance
