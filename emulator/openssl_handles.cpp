// SPDX-License-Identifier: Apache-2.0
#include "emulator/openssl_handles.hpp"

#include "foundation/error.hpp"

#include <openssl/err.h>

#include <array>
#include <string>

namespace emulator::openssl {

void fail(const char* tried) {
    std::array<char, 256> reason{};
    ERR_error_string_n(ERR_get_error(), reason.data(), reason.size());
    ERR_clear_error();
    throw device_agent::Error(device_agent::ErrorCode::internal,
                              std::string("OpenSSL could not ") + tried + ": " + reason.data());
}

}  // namespace emulator::openssl
