// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/chain.hpp"
#include "emulator/format_error.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using device_agent::Bytes;

// Certificates as TLS has them: each behind its length, here of two bytes.
std::vector<Bytes> split(device_agent::ByteView data) {
    std::vector<Bytes> certificates;
    while (data.size() >= 2) {
        const std::size_t size = static_cast<std::size_t>(data[0]) << 8U | data[1];
        data = data.subspan(2);
        const auto own = data.first(std::min(size, data.size()));
        certificates.emplace_back(own.begin(), own.end());
        data = data.subspan(own.size());
    }
    return certificates;
}

void describe(const emulator::certificates::Certificate& certificate) {
    if (certificate.sha1_thumbprint().size() != 40 || certificate.sha256_thumbprint().size() != 64)
        std::abort();
    static_cast<void>(certificate.subject() + certificate.issuer() + certificate.common_name() +
                      certificate.serial_number());
    static_cast<void>(certificate.version());
    static_cast<void>(certificate.is_authority());
    static_cast<void>(certificate.not_before() < certificate.not_after());
}

}  // namespace

// Whatever a TLS client shows is described and judged, or refused; and whatever a back end sends as text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace emulator::certificates;
    const device_agent::WallTime now{std::chrono::seconds{1'700'000'000}};
    try {
        const auto chain = parse_chain(split({data, size}));
        for (const auto& certificate : chain)
            describe(certificate);
        if (!chain.empty()) {
            static_cast<void>(reason_against_life(chain.front(), now));
            std::vector<Certificate> authorities;
            authorities.push_back(Certificate::from_der(chain.back().der()));
            const auto verdict = verify_chain(chain, authorities, now);
            if (verdict.reason.empty() && verdict.authority != chain.back().der()) std::abort();
        }
    } catch (const emulator::FormatError&) {
    }
    try {
        describe(Certificate::from_text(std::string(data, data + size)));
    } catch (const emulator::FormatError&) {
    }
    return 0;
}
