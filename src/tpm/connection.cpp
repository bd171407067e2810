// SPDX-License-Identifier: Apache-2.0
#include "tpm/connection.hpp"

#include "foundation/error.hpp"
#include "tpm/esys_tpm.hpp"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::tpm {
namespace {

/// The file that the TCTI string names: a device node, or the Unix socket of a software TPM.
std::optional<std::string> file_of(std::string_view tcti) {
    if (tcti.starts_with("device:")) return std::string(tcti.substr(std::strlen("device:")));
    const auto start = tcti.find(":path=");
    if (start == std::string_view::npos) return std::nullopt;
    const auto value = tcti.substr(start + std::strlen(":path="));
    return std::string(value.substr(0, value.find(',')));
}

int connect_once(const std::string& path) noexcept {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof(address.sun_path)) return ENAMETOOLONG;
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return errno;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    const int result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    const int number = result == 0 ? 0 : errno;
    ::close(descriptor);
    return number;
}

/// Why the file cannot be opened or connected to: the TSS only says "IO failure". 0 when it can be.
int reason_of(const std::string& file, bool is_socket) noexcept {
    if (is_socket) return connect_once(file);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) return errno;
    ::close(descriptor);
    return 0;
}

struct Failure {
    Error error;
    bool may_pass;  ///< somebody else may hold the TPM for a moment
};

Failure failure_of(const std::string& tcti, TSS2_RC code) {
    const auto file = file_of(tcti);
    const int reason = file ? reason_of(*file, !tcti.starts_with("device:")) : 0;
    if (!file || reason == 0) {
        return {Error(ErrorCode::tpm,
                      "cannot reach a TPM by the TCTI \"" + tcti + "\" (" + Tss2_RC_Decode(code) +
                          "); check tpm.tcti, and that the TPM, or the software TPM, is there",
                      Retry::later()),
                code == TSS2_TCTI_RC_IO_ERROR || code == TSS2_TCTI_RC_NO_CONNECTION};
    }
    const std::string words = *file + ": " + std::generic_category().message(reason);
    if (reason == ENOENT || reason == ENODEV || reason == ENXIO) {
        return {Error(ErrorCode::tpm,
                      "there is no TPM at " + words +
                          "; check tpm.tcti, and that the TPM is enabled in the firmware and known to "
                          "the kernel"),
                false};
    }
    if (reason == EACCES || reason == EPERM) {
        return {
            Error(ErrorCode::permission, "may not open the TPM at " + words +
                                             "; run as root, or as the user or in the group that owns it"),
            false};
    }
    if (reason == EBUSY || reason == EAGAIN) {
        return {Error(ErrorCode::tpm,
                      "another program holds the TPM at " + words + "; use /dev/tpmrm0, or stop it",
                      Retry::later()),
                true};
    }
    return {Error(ErrorCode::tpm, "cannot open the TPM at " + words, Retry::later()), reason == ECONNREFUSED};
}

TSS2_TCTI_CONTEXT* open_tcti(const std::string& tcti, Clock& clock, const std::stop_token& stop) {
    constexpr std::chrono::milliseconds longest_pause{1600};
    for (std::chrono::milliseconds pause{25};; pause *= 2) {
        TSS2_TCTI_CONTEXT* context = nullptr;
        const TSS2_RC code = Tss2_TctiLdr_Initialize(tcti.c_str(), &context);
        if (code == TSS2_RC_SUCCESS) return context;
        const Failure failure = failure_of(tcti, code);
        if (!failure.may_pass || pause > longest_pause) throw failure.error;
        clock.wait(pause, stop);
    }
}

ESYS_CONTEXT* open_esys(TSS2_TCTI_CONTEXT* tcti) {
    ESYS_CONTEXT* context = nullptr;
    const TSS2_RC code = Esys_Initialize(&context, tcti, nullptr);
    if (code != TSS2_RC_SUCCESS) {
        throw Error(ErrorCode::tpm,
                    std::string("cannot start the TPM software stack: ") + Tss2_RC_Decode(code));
    }
    return context;
}

}  // namespace

bool has_resource_manager(const std::string& tcti) {
    const std::string name = tcti.substr(0, tcti.find(':'));
    if (name == "swtpm" || name == "mssim") return false;
    // "device" alone is /dev/tpmrm0. What we do not know may be shared, and then others' sessions are not
    // ours to flush.
    return !tcti.starts_with("device:/") || tcti.find("tpmrm") != std::string::npos;
}

void Connection::TctiCloser::operator()(TSS2_TCTI_CONTEXT* context) const noexcept {
    Tss2_TctiLdr_Finalize(&context);
}

void Connection::EsysCloser::operator()(ESYS_CONTEXT* context) const noexcept {
    Esys_Finalize(&context);
}

Connection::Connection(const std::string& tcti, Clock& clock, std::stop_token stop)
    : clock_(clock),
      stop_(std::move(stop)),
      tcti_(open_tcti(tcti, clock_, stop_)),
      esys_(open_esys(tcti_.get())) {
    Esys_GetSysContext(esys_.get(), &sys_);
}

void Connection::check_stop() const {
    if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
}

}  // namespace device_agent::tpm
