// SPDX-License-Identifier: Apache-2.0
// What a TLS client has shown, and whether it leads to somebody who is trusted.
#pragma once

#include "emulator/certificates/certificate.hpp"

#include <optional>
#include <string>
#include <vector>

namespace emulator::certificates {

/// Leaf first.
using Chain = std::vector<Certificate>;

/// Parses what a TLS client sent. Throws FormatError.
[[nodiscard]] Chain parse_chain(const std::vector<device_agent::Bytes>& certificates);

/// Why `certificate` is not good at `now`, in words; nothing when it is.
[[nodiscard]] std::optional<std::string> reason_against_life(const Certificate& certificate,
                                                             device_agent::WallTime now);

struct ChainVerdict {
    /// Why the chain leads to none of them, in words; empty when it does.
    std::string reason{};
    /// How many steps up from the leaf the authority is that vouches for it.
    int distance = 0;
    /// That authority's DER form.
    device_agent::Bytes authority{};
};

/// Whether signatures lead from the leaf to one of `authorities`, each of which is trusted by itself, be it a
/// root or not; what lies between must be in the chain. Lives, basic constraints and key usages are checked
/// at `now`. `chain` is not empty.
[[nodiscard]] ChainVerdict verify_chain(const Chain& chain, const std::vector<Certificate>& authorities,
                                        device_agent::WallTime now);

}  // namespace emulator::certificates
