// SPDX-License-Identifier: Apache-2.0
// Between byte strings and the TSS's structures.
#pragma once

#include "foundation/bytes.hpp"
#include "foundation/error.hpp"
#include "foundation/secret.hpp"

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tpm2_types.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string>

namespace device_agent::tpm {

/// Fills a TPM2B in place. Throws Error{tpm} when the bytes are too many for the structure.
template <typename Sized, std::size_t capacity>
void fill(Sized& structure, BYTE (Sized::*content)[capacity], ByteView bytes, std::string_view what) {
    if (bytes.size() > capacity) {
        throw Error(ErrorCode::tpm, std::string(what) + " has " + std::to_string(bytes.size()) +
                                        " bytes, more than the " + std::to_string(capacity) +
                                        " that a TPM takes");
    }
    structure.size = static_cast<UINT16>(bytes.size());
    std::ranges::copy(bytes, structure.*content);
}

/// A TPM2B with this content: `sized(&TPM2B_DIGEST::buffer, bytes, "the digest")`. Not for secrets: copies on
/// the stack are not wiped.
template <typename Sized, std::size_t capacity>
[[nodiscard]] Sized sized(BYTE (Sized::*content)[capacity], ByteView bytes, std::string_view what) {
    Sized result{};
    fill(result, content, bytes, what);
    return result;
}

/// The content of a TPM2B that came from the TPM.
template <typename Sized>
[[nodiscard]] ByteView content_of(const Sized& structure) {
    return {structure.buffer, structure.size};
}

/// Whole structures, with their two-byte sizes.
[[nodiscard]] Bytes marshal(const TPM2B_PUBLIC& structure);
[[nodiscard]] Bytes marshal(const TPM2B_PRIVATE& structure);
/// Throw Error{tpm} that names `what` unless the bytes are exactly one such structure.
[[nodiscard]] TPM2B_PUBLIC unmarshal_public(ByteView bytes, std::string_view what);
[[nodiscard]] TPM2B_PRIVATE unmarshal_private(ByteView bytes, std::string_view what);
/// A TPMT_PUBLIC, without a size.
[[nodiscard]] TPM2B_PUBLIC unmarshal_template(ByteView bytes, std::string_view what);

/// A structure that holds a secret while it lives.
template <typename Structure>
struct Wiped {
    Structure value{};

    Wiped() = default;
    template <std::size_t capacity>
    Wiped(BYTE (Structure::*content)[capacity], ByteView bytes, std::string_view what) {
        fill(value, content, bytes, what);
    }
    Wiped(const Wiped&) = delete;
    Wiped& operator=(const Wiped&) = delete;
    ~Wiped() { ::explicit_bzero(&value, sizeof(value)); }
};

/// What ESAPI allocates for an answer; wiped before it is freed.
template <typename Structure>
class Answer {
public:
    Answer() = default;
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;
    ~Answer() {
        if (structure_ != nullptr) ::explicit_bzero(structure_, sizeof(*structure_));
        Esys_Free(structure_);
    }
    [[nodiscard]] Structure** out() noexcept { return &structure_; }
    [[nodiscard]] const Structure& operator*() const noexcept { return *structure_; }
    [[nodiscard]] const Structure* operator->() const noexcept { return structure_; }

private:
    Structure* structure_ = nullptr;
};

/// "0x81010001": handles as every TPM tool prints them.
[[nodiscard]] std::string to_text(TPM2_HANDLE handle);

}  // namespace device_agent::tpm
