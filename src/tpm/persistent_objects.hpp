// SPDX-License-Identifier: Apache-2.0
// ESAPI's references to persistent objects: each costs a TPM2_ReadPublic, so a sequence keeps them.
#pragma once

#include "tpm/connection.hpp"
#include "tpm/tpm.hpp"

#include <map>
#include <optional>
#include <string_view>

namespace device_agent::tpm {

class PersistentObjects {
public:
    explicit PersistentObjects(const Connection& connection) noexcept : connection_(connection) {}
    PersistentObjects(const PersistentObjects&) = delete;
    PersistentObjects& operator=(const PersistentObjects&) = delete;
    ~PersistentObjects();

    /// Nothing when the handle is free.
    [[nodiscard]] std::optional<ESYS_TR> find(Handle handle, std::string_view purpose);
    /// Throws Error{tpm, reprovision} when the handle is free.
    [[nodiscard]] ESYS_TR get(Handle handle, std::string_view purpose);
    void remember(Handle handle, ESYS_TR reference) { references_[handle] = reference; }
    /// The object was removed from the TPM, and ESAPI has closed its reference.
    void forget(Handle handle) { references_.erase(handle); }

private:
    const Connection& connection_;
    std::map<Handle, ESYS_TR> references_;
};

}  // namespace device_agent::tpm
