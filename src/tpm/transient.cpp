// SPDX-License-Identifier: Apache-2.0
#include "tpm/transient.hpp"

#include "foundation/logging.hpp"
#include "tpm/issue.hpp"

namespace device_agent::tpm {

Transient::Transient(const Connection& connection, ESYS_TR reference)
    : connection_(&connection), reference_(reference) {
    Esys_TR_GetTpmHandle(connection.esys(), reference, &handle_);
}

Transient::~Transient() {
    if (connection_ == nullptr) return;
    try {
        // By SAPI: ESAPI refuses every call after an answer that was not authentic, and it is then that
        // nothing may stay. Also after a stop was asked for; only the pauses of a busy TPM end then.
        const TSS2_RC code =
            patiently([&] { return Tss2_Sys_FlushContext(connection_->sys(), handle_); },
                      [&](std::chrono::milliseconds pause) { connection_->wait(pause); });
        // Of a broken connection its own error tells enough.
        if (code != TSS2_RC_SUCCESS && is_answer_of_tpm(code)) {
            log::warning("something was left in the TPM",
                         {{"reason", describe(code, command::flush_context)}});
        }
    } catch (const Error& stopped) {
        log::warning("something was left in the TPM", {{"reason", stopped.what()}});
    }
    is_gone();
}

void Transient::is_gone() noexcept {
    if (reference_ != ESYS_TR_NONE) Esys_TR_Close(connection_->esys(), &reference_);
    connection_ = nullptr;
    reference_ = ESYS_TR_NONE;
}

}  // namespace device_agent::tpm
