// SPDX-License-Identifier: Apache-2.0
// The same in C++17.
#include <device_agent/client.hpp>
#include <iostream>

int main() try {
    const device_agent::client::Client client;
    const auto identity = client.wait(std::chrono::seconds(10));
    const auto credentials = client.credentials(std::chrono::minutes(1));
    const bool right = credentials.token().substr(0, 22) == "SharedAccessSignature ";
    std::cout << "C++: " << identity.hub << "/" << identity.device << "/" << identity.module.value_or("")
              << ", token of " << (right ? "the right form" : "no form") << std::endl;
} catch (const device_agent::client::Error& error) {
    std::cerr << error.what() << std::endl;
    return error.code();
}
