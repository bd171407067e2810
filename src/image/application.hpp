// SPDX-License-Identifier: Apache-2.0
// From facts to the applications that will need a connection. A pure function.
#pragma once

#include "image/facts.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace device_agent::image {

/// How sure it is that an application connects to IoT Hub.
enum class Confidence {
    declared,  ///< it says so, in a manifest or in its unit
    likely,    ///< it uses Azure's SDK or our library
    possible,  ///< it uses an MQTT client, which may be for any broker
};

/// One sign, and where it stands.
struct Reason {
    std::string_view kind;  ///< "manifest", "unit", "elf", "node", "python"
    Origin origin;
    std::string text;

    friend bool operator==(const Reason&, const Reason&) = default;
};

/// An application that says so itself, or a candidate that only evidence speaks for. A candidate's
/// declaration holds what could be found out: its unit and that unit's user, if there is one.
struct Application {
    Declaration declaration;
    Confidence confidence = Confidence::declared;
    std::string package;
    std::vector<Reason> reasons;

    [[nodiscard]] const std::string& name() const noexcept { return declaration.name; }
    [[nodiscard]] bool is_candidate() const noexcept { return confidence != Confidence::declared; }
};

/// The declared ones by name, then the candidates by name. An application that is declared twice is a
/// problem.
[[nodiscard]] std::vector<Application> find_applications(const Facts& facts,
                                                         std::vector<config::Problem>& problems);

}  // namespace device_agent::image
