// SPDX-License-Identifier: Apache-2.0
// What a run of the loading client is to do, and what it found.
#pragma once

#include "foundation/bytes.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace bench::load {

struct Plan {
    std::string mode;  ///< "handshakes", "registrations" or "modules"
    std::uint16_t port = 0;
    std::string ca_file;
    std::size_t clients = 1;          ///< at a time; each has one connection
    std::chrono::seconds duration{};  ///< of handshakes and registrations
    std::string id_scope{};
    std::string prefix{};         ///< of the registration ids
    device_agent::Bytes key{};    ///< of the enrollment group, or of every module
    std::string hub{};            ///< whose modules are connected
    std::size_t device_size = 1;  ///< modules a device; module m of device d is "d<d>/m<m>"
};

inline Plan parse_plan(const nlohmann::json& json, device_agent::Bytes key) {
    return {.mode = json.at("mode"),
            .port = json.at("port"),
            .ca_file = json.at("caFile"),
            .clients = json.at("clients"),
            .duration = std::chrono::seconds(json.value("seconds", 0)),
            .id_scope = json.value("idScope", ""),
            .prefix = json.value("prefix", ""),
            .key = std::move(key),
            .hub = json.value("hub", ""),
            .device_size = json.value("deviceSize", std::size_t{1})};
}

}  // namespace bench::load
