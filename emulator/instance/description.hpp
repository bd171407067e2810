// SPDX-License-Identifier: Apache-2.0
// The file emulator.json: what a client needs to know to use a running emulator.
#pragma once

#include "emulator/instance/data_directory.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>

namespace emulator::instance {

struct Description {
    std::string dps_uri;  ///< host:port
    std::string id_scope;
    std::vector<std::string> hubs;
    std::string ca_file;  ///< absolute
    std::uint16_t https_port = 0;
    std::uint16_t mqtt_port = 0;
    std::string dps_service_connection_string;
    std::map<std::string, std::string> hub_service_connection_strings;  ///< by hub
    std::string control_url;
    std::string control_token;
};

[[nodiscard]] Description describe(const Instance& instance, const std::filesystem::path& ca_file,
                                   std::uint16_t https_port, std::uint16_t mqtt_port);

/// Replaces `folder`/emulator.json as a whole, for the owner's eyes alone. Throws Error{state}.
void write_description(const std::filesystem::path& folder, const Description& description);

/// Nothing when there is no such file. Throws Error{state} when it cannot be read.
[[nodiscard]] std::optional<Description> read_description(const std::filesystem::path& folder);

}  // namespace emulator::instance
