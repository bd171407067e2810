// SPDX-License-Identifier: Apache-2.0
#include "emulator/reserved_port.hpp"

#include "foundation/error.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace emulator {
namespace {

sockaddr_in loopback() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

ReservedPort::ReservedPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = loopback();
    if (socket_ < 0 || ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw device_agent::Error(device_agent::ErrorCode::internal, "there is no free port for MQTT");
    }
}

ReservedPort::~ReservedPort() {
    ::close(socket_);
}

std::uint16_t ReservedPort::number() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

}  // namespace emulator
