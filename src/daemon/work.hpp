// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app_api/agent.hpp"
#include "foundation/call_context.hpp"
#include "provisioning/services.hpp"

#include <string>

namespace device_agent::daemon {

/// What is to be done about the slots.
struct Outlook {
    enum class Next {
        nothing,
        provision,
        look_again,   ///< somebody else will fill them
        development,  ///< nothing ever
    };
    Next next = Next::nothing;
    std::string why;  ///< in words, where there is something to do
};

/// What the supervisor has others do: the port between when and how. One thread. Errors: all of Error's
/// codes.
class Work {
public:
    Work() = default;
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    virtual ~Work() = default;

    /// Looks at the slots, and serves what is filled.
    virtual void serve() = 0;
    [[nodiscard]] virtual Outlook outlook() = 0;
    /// Brings the slots to what the configuration wants.
    virtual void provision(const provisioning::Progress& progress, const CallContext& context) = 0;
    /// An administrator's operation.
    [[nodiscard]] virtual SecretText perform(const app_api::Operation& operation,
                                             const provisioning::Progress& progress) = 0;
    /// Takes the configuration as its files are now. What is wrong with it is thrown, and the old one stays.
    virtual void reload() = 0;
};

}  // namespace device_agent::daemon
