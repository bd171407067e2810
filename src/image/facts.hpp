// SPDX-License-Identifier: Apache-2.0
// What was found in a root file system: plain values, from which everything else is computed.
#pragma once

#include "config/problem.hpp"
#include "image/accounts.hpp"
#include "image/root_filesystem.hpp"

#include <optional>
#include <string>
#include <vector>

namespace device_agent::image {

/// Where something was found. `file` is a path from the root, as it is: not fit for a terminal.
struct Origin {
    std::string file;
    unsigned line = 0;  ///< from 1; 0: the file as a whole

    friend bool operator==(const Origin&, const Origin&) = default;
};

/// What an application says of itself, in a manifest or in the [X-DeviceAgent] section of its unit.
struct Declaration {
    std::string name;  ///< the module id
    Origin origin;
    bool device_identity = false;
    std::optional<unsigned> slot;
    unsigned priority = 50;  ///< 0 to 99; the greater, the earlier the slot
    bool credential = true;  ///< whether its units get a drop-in with LoadCredential=
    std::string description;
    std::vector<std::string> users;
    std::vector<std::string> groups;
    std::vector<std::string> units;
};

/// A systemd service with its drop-ins, as it takes effect.
struct Unit {
    std::string name;
    Origin origin;
    bool masked = false;
    std::string alias_of;  ///< the unit that this name leads to; then nothing below is known
    std::string description;
    std::string user;   ///< as written; empty: root
    std::string group;  ///< as written; empty: the user's
    std::vector<std::string> supplementary_groups;
    bool dynamic_user = false;
    std::vector<FileId> programs;        ///< that its Exec lines name
    std::vector<std::string> arguments;  ///< absolute paths among their arguments, and the working folder
    std::optional<Declaration> declaration;
    std::string package;

    /// The user by name; empty for root, for a number (they differ from image to image), for a user that is
    /// made at the start, and for a name that only systemd can tell.
    [[nodiscard]] std::string named_user() const {
        const bool is_name = user.find_first_not_of("0123456789") != std::string::npos;
        return is_name && !dynamic_user && user.find('%') == std::string::npos ? user : std::string();
    }
};

/// What an application uses, in the order of how much it says.
enum class Use { azure_sdk, device_agent_library, mqtt_client };

/// A sign that somebody connects to a hub.
struct Evidence {
    enum class Kind { elf, node, python };

    Kind kind = Kind::elf;
    Use use = Use::mqtt_client;
    Origin origin;
    std::string name;     ///< of the program or package
    std::string uses;     ///< the SDK's or library's name: "libmosquitto.so.1"
    std::string through;  ///< the library that brings it in; empty: it is used directly
    FileId file;          ///< of a program
    std::string folder;   ///< of a Node or Python package; empty for a program
    std::string package;
};

struct Facts {
    std::vector<Declaration> manifests;
    std::vector<Unit> units;
    std::vector<Evidence> evidence;
    Accounts accounts;
    bool has_agent = false;                 ///< the agent's program is installed
    std::vector<config::Problem> problems;  ///< of manifests and unit sections
    std::vector<std::string> left_out;      ///< folders that could not be looked into
};

}  // namespace device_agent::image
