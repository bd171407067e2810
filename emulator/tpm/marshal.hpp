// SPDX-License-Identifier: Apache-2.0
// How a TPM writes its structures: big-endian numbers, and buffers behind a two-byte size (TPM2B).
// Source: TPM 2.0 Library, part 2 (Structures), sections 4 and 10.4.
#pragma once

#include "emulator/format_error.hpp"
#include "foundation/bytes.hpp"

#include <string>

namespace emulator::tpm {

/// Appends to a container of the caller's choice: SecretBytes for what holds a key.
template <typename Container>
class Marshaller {
public:
    Marshaller& number16(std::uint16_t value) {
        bytes_.push_back(static_cast<std::uint8_t>(value >> 8U));
        bytes_.push_back(static_cast<std::uint8_t>(value & 0xffU));
        return *this;
    }
    Marshaller& number32(std::uint32_t value) {
        number16(static_cast<std::uint16_t>(value >> 16U));
        return number16(static_cast<std::uint16_t>(value & 0xffffU));
    }
    Marshaller& raw(device_agent::ByteView bytes) {
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        return *this;
    }
    /// A TPM2B: the size, then the bytes.
    Marshaller& sized(device_agent::ByteView bytes) {
        number16(static_cast<std::uint16_t>(bytes.size()));
        return raw(bytes);
    }
    [[nodiscard]] Container take() { return std::move(bytes_); }

private:
    Container bytes_;
};

/// Reads what a client sent. Each reader is told the field's name, for the FormatError that a short input
/// gives.
class Unmarshaller {
public:
    explicit Unmarshaller(device_agent::ByteView bytes) : rest_(bytes) {}

    [[nodiscard]] std::uint16_t number16(const char* field) {
        const auto bytes = take(2, field);
        return static_cast<std::uint16_t>((bytes[0] << 8U) | bytes[1]);
    }
    [[nodiscard]] std::uint32_t number32(const char* field) {
        const std::uint32_t high = number16(field);
        return (high << 16U) | number16(field);
    }
    [[nodiscard]] device_agent::ByteView sized(const char* field) { return take(number16(field), field); }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

private:
    device_agent::ByteView take(std::size_t count, const char* field) {
        if (count > rest_.size()) throw FormatError(std::string(field) + " is cut short");
        const auto bytes = rest_.first(count);
        rest_ = rest_.subspan(count);
        return bytes;
    }

    device_agent::ByteView rest_;
};

}  // namespace emulator::tpm
