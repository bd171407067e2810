// SPDX-License-Identifier: Apache-2.0
// A transient object or a session in the TPM. A TPM has room for three or so of each: whoever has one flushes
// it.
#pragma once

#include "tpm/connection.hpp"

#include <utility>

namespace device_agent::tpm {

class Transient {
public:
    Transient() = default;
    /// Takes over what an ESAPI call returned.
    Transient(const Connection& connection, ESYS_TR reference);
    /// Takes over what a SAPI call returned.
    Transient(const Connection& connection, TPM2_HANDLE handle, std::nullptr_t) noexcept
        : connection_(&connection), handle_(handle) {}
    Transient(Transient&& other) noexcept { swap(other); }
    Transient& operator=(Transient&& other) noexcept {
        Transient taken(std::move(other));
        swap(taken);
        return *this;
    }
    Transient(const Transient&) = delete;
    Transient& operator=(const Transient&) = delete;
    ~Transient();

    /// For ESAPI calls.
    [[nodiscard]] ESYS_TR reference() const noexcept { return reference_; }
    /// For SAPI calls.
    [[nodiscard]] TPM2_HANDLE handle() const noexcept { return handle_; }
    [[nodiscard]] explicit operator bool() const noexcept { return connection_ != nullptr; }

    /// The TPM has flushed it itself: a session without TPMA_SESSION_continueSession, a sequence that is
    /// complete.
    void is_gone() noexcept;

private:
    void swap(Transient& other) noexcept {
        std::swap(connection_, other.connection_);
        std::swap(reference_, other.reference_);
        std::swap(handle_, other.handle_);
    }

    const Connection* connection_ = nullptr;
    ESYS_TR reference_ = ESYS_TR_NONE;
    TPM2_HANDLE handle_ = 0;
};

}  // namespace device_agent::tpm
