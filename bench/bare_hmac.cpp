// SPDX-License-Identifier: Apache-2.0
// bare_hmac TCTI HANDLE COUNT: what a signature costs the TPM and its software stack alone, in microseconds
// at the median: over a connection that stays open, and with a connection for each, as without a resource
// manager.
#include <tss2/tss2_esys.h>
#include <tss2/tss2_sys.h>
#include <tss2/tss2_tctildr.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

void must(TSS2_RC code, const char* command) {
    if (code != TSS2_RC_SUCCESS) throw std::runtime_error(command);
}

class Connection {
public:
    explicit Connection(const char* tcti) {
        must(Tss2_TctiLdr_Initialize(tcti, &tcti_), "Tss2_TctiLdr_Initialize");
        must(Esys_Initialize(&esys_, tcti_, nullptr), "Esys_Initialize");
        must(Esys_GetSysContext(esys_, &sys_), "Esys_GetSysContext");
    }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        Esys_Finalize(&esys_);
        Tss2_TctiLdr_Finalize(&tcti_);
    }

    void hmac(TPM2_HANDLE key) {
        TSS2L_SYS_AUTH_COMMAND password{};
        password.count = 1;
        password.auths[0].sessionHandle = TPM2_RS_PW;
        TPM2B_MAX_BUFFER data{};
        data.size = 100;  // as long as what a token is signed over
        TPM2B_DIGEST digest{};
        must(Tss2_Sys_HMAC(sys_, key, &password, &data, TPM2_ALG_SHA256, &digest, nullptr), "TPM2_HMAC");
    }

private:
    TSS2_TCTI_CONTEXT* tcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
    TSS2_SYS_CONTEXT* sys_ = nullptr;
};

template <typename Work>
double median_microseconds(int count, Work work) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - start;
        times.push_back(took.count());
    }
    std::ranges::nth_element(times, times.begin() + count / 2);
    return times[static_cast<std::size_t>(count) / 2];
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 4) {
        std::fputs("usage: bare_hmac TCTI HANDLE COUNT\n", stderr);
        return 2;
    }
    const auto key = static_cast<TPM2_HANDLE>(std::strtoul(argv[2], nullptr, 0));
    const int count = std::max(1, static_cast<int>(std::strtol(argv[3], nullptr, 10)));
    const double once = median_microseconds(count, [&] { Connection(argv[1]).hmac(key); });
    Connection connection(argv[1]);
    const double open = median_microseconds(count, [&] { connection.hmac(key); });
    std::printf("{\"open\": %.1f, \"connected\": %.1f}\n", open, once);
    return 0;
} catch (const std::exception& error) {
    std::fprintf(stderr, "bare_hmac: %s failed\n", error.what());
    return EXIT_FAILURE;
}
