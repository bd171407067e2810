// SPDX-License-Identifier: Apache-2.0
// What time it is, on a device whose clock may be wrong at first boot.
#pragma once

#include "foundation/clock.hpp"

#include <mutex>
#include <optional>

namespace device_agent::cloud {

/// When this program was built: no certificate check and no token may be older.
[[nodiscard]] WallTime build_time() noexcept;

/// Keeps the Date of verified TLS answers ("last good time") beside the local clock. Thread-safe: who signs
/// tokens need not be who talks to services.
class ServiceTime {
public:
    explicit ServiceTime(const Clock& clock) : clock_(clock) {}

    /// The Date header of an answer that came over a verified connection.
    void observe(WallTime date);

    /// For certificate checks: the latest of the local clock, the build time and the last good time.
    [[nodiscard]] WallTime for_certificates() const;
    /// Before the build time a certificate's notBefore proves nothing: the clock is certainly wrong.
    [[nodiscard]] bool clock_is_before_build() const;
    /// For token expiry: the local clock, unless the service's Date shows that it is off by more than five
    /// minutes.
    [[nodiscard]] WallTime now() const;

private:
    struct Observation {
        WallTime date;
        SteadyTime at;
    };
    [[nodiscard]] std::optional<Observation> last() const;

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::optional<Observation> last_;
};

}  // namespace device_agent::cloud
