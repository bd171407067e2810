// SPDX-License-Identifier: Apache-2.0
#include "tpm/esys_tpm.hpp"

#include "foundation/logging.hpp"
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"

#include <cstdlib>
#include <utility>

namespace device_agent::tpm {
namespace {

class EsysTpm final : public Tpm {
public:
    EsysTpm(Options options, Clock& clock, std::stop_token stop)
        : tcti_(std::move(options.tcti)),
          passwords_{std::move(options.owner_auth), std::move(options.endorsement_auth)},
          clock_(clock),
          stop_(std::move(stop)) {
        auto connection = std::make_unique<Connection>(tcti_, clock_, stop_);
        if (has_resource_manager(tcti_)) kept_ = std::move(connection);
    }

    void run(const std::function<void(Sequence&)>& work) override {
        if (!has_resource_manager(tcti_)) {
            const Connection connection(tcti_, clock_, stop_);
            EsysSequence sequence(connection, passwords_);
            work(sequence);
            return;
        }
        if (!kept_) kept_ = std::make_unique<Connection>(tcti_, clock_, stop_);
        try {
            EsysSequence sequence(*kept_, passwords_);
            work(sequence);
        } catch (...) {
            // ESAPI may refuse further calls after an error. The resource manager flushes what we had.
            kept_.reset();
            throw;
        }
    }

    std::size_t flush_leftovers() override {
        if (has_resource_manager(tcti_)) return 0;
        const Connection connection(tcti_, clock_, stop_);
        return flush_all(connection, TPM2_TRANSIENT_FIRST, "transient object") +
               flush_all(connection, TPM2_LOADED_SESSION_FIRST, "session") +
               flush_all(connection, TPM2_ACTIVE_SESSION_FIRST, "saved session");
    }

private:
    static std::size_t flush_all(const Connection& connection, TPM2_HANDLE first, std::string_view kind) {
        constexpr std::string_view purpose = "free what killed processes left in the TPM";
        TPMI_YES_NO more = TPM2_NO;
        TPMS_CAPABILITY_DATA found{};
        issue(connection, command::get_capability, purpose, [&] {
            return Tss2_Sys_GetCapability(connection.sys(), nullptr, TPM2_CAP_HANDLES, first,
                                          TPM2_MAX_CAP_HANDLES, &more, &found, nullptr);
        });
        const auto& handles = found.data.handles;
        for (const TPM2_HANDLE handle : std::span(handles.handle, handles.count)) {
            issue(connection, command::flush_context, purpose,
                  [&] { return Tss2_Sys_FlushContext(connection.sys(), handle); });
            log::warning("flushed what a killed process left in the TPM",
                         {{"kind", std::string(kind)}, {"handle", to_text(handle)}});
        }
        return handles.count;
    }

    std::string tcti_;
    HierarchyPasswords passwords_;
    Clock& clock_;
    std::stop_token stop_;
    std::unique_ptr<Connection> kept_;
};

}  // namespace

std::unique_ptr<Tpm> open(Options options, Clock& clock, std::stop_token stop) {
    constexpr int keep_the_users = 0;
    ::setenv("TSS2_LOG", "all+NONE", keep_the_users);
    return std::make_unique<EsysTpm>(std::move(options), clock, std::move(stop));
}

}  // namespace device_agent::tpm
