// SPDX-License-Identifier: Apache-2.0
// Authorities that were uploaded to the services, by name: who may vouch for devices, once somebody has
// proven to have their keys.
#pragma once

#include "emulator/certificates/certificate.hpp"
#include "emulator/store/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace emulator::certificates {

struct UploadedAuthority {
    std::string name;  ///< as first written; compared without regard to case
    Certificate certificate;
    bool verified = false;
    std::string verification_code{};  ///< empty until one was asked for
    std::string etag{};
    device_agent::WallTime created{};
    device_agent::WallTime updated{};
};

[[nodiscard]] std::optional<UploadedAuthority> find_authority(store::Transaction& transaction,
                                                              const std::string& name);
/// Ordered by name.
[[nodiscard]] std::vector<UploadedAuthority> list_authorities(store::Transaction& transaction);
/// The certificates of those that are verified.
[[nodiscard]] std::vector<Certificate> verified_authorities(store::Transaction& transaction);

/// In place of an earlier one of the same name.
void save_authority(store::Transaction& transaction, const UploadedAuthority& authority);
/// False when there was none.
bool erase_authority(store::Transaction& transaction, const std::string& name);

}  // namespace emulator::certificates
