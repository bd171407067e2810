// SPDX-License-Identifier: Apache-2.0
// One open connection to a TPM: the transport (TCTI) and, over it, the TSS's two command layers.
//
// ESAPI does sessions and parameter encryption; it reads the public area of each object before the first use,
// since an HMAC needs the object's name. SAPI takes bare handles, which is all that a command with an empty
// password needs: one command where ESAPI issues two. Both share one context, so they may be mixed, one
// command at a time.
#pragma once

#include "foundation/clock.hpp"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_sys.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

namespace device_agent::tpm {

class Connection {
public:
    /// Waits up to 3 s in all for a TPM that somebody else holds. `clock` outlives it. Throws
    /// Error{permission}, Error{tpm} or Error{cancelled}.
    Connection(const std::string& tcti, Clock& clock, std::stop_token stop);

    [[nodiscard]] ESYS_CONTEXT* esys() const noexcept { return esys_.get(); }
    [[nodiscard]] TSS2_SYS_CONTEXT* sys() const noexcept { return sys_; }

    /// Throws Error{cancelled} when a stop was asked for.
    void check_stop() const;
    /// The same, also while it waits.
    void wait(std::chrono::milliseconds pause) const { clock_.wait(pause, stop_); }

private:
    struct TctiCloser {
        void operator()(TSS2_TCTI_CONTEXT* context) const noexcept;
    };
    struct EsysCloser {
        void operator()(ESYS_CONTEXT* context) const noexcept;
    };

    Clock& clock_;
    std::stop_token stop_;
    std::unique_ptr<TSS2_TCTI_CONTEXT, TctiCloser> tcti_;
    std::unique_ptr<ESYS_CONTEXT, EsysCloser> esys_;
    TSS2_SYS_CONTEXT* sys_ = nullptr;  // owned by esys_
};

}  // namespace device_agent::tpm
