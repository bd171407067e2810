// SPDX-License-Identifier: Apache-2.0
// Texts in NV indices, and the manufacturer's NV indices.
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"

#include <limits>

namespace device_agent::tpm {
namespace {

// As `limpet` defines them. Whoever may open the TPM may read and write them: what proves an identity is the
// key.
constexpr TPMA_NV our_attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA;

// MAX_NV_BUFFER_SIZE differs; every TPM for PCs and servers takes this much (TCG PC Client Platform TPM
// Profile).
constexpr std::size_t most_at_once = 512;

void require_ours(const TPMS_NV_PUBLIC& found, std::string_view purpose) {
    if ((found.attributes & ~TPMA_NV_WRITTEN) == our_attributes && found.nameAlg == TPM2_ALG_SHA256 &&
        found.authPolicy.size == 0) {
        return;
    }
    throw ForeignObject("cannot " + std::string(purpose) + ": NV index " + to_text(found.nvIndex) +
                        " belongs to another program (its attributes are " + to_text(found.attributes) +
                        ", not AUTHREAD, AUTHWRITE and NO_DA); move tpm.nvIndexBase, or remove the index");
}

/// An index that wants a password is another program's as well.
[[noreturn]] void refuse(TSS2_RC code, const Command& command, std::string_view purpose) {
    if (!says_wrong_authorization(code)) throw refusal(code, command, purpose);
    throw ForeignObject(refusal(code, command, purpose,
                                "the NV index has a password, so it belongs to another program: move "
                                "tpm.nvIndexBase, or remove the index")
                            .what());
}

}  // namespace

std::optional<TPMS_NV_PUBLIC> EsysSequence::nv_public(Handle index, std::string_view purpose) {
    TPM2B_NV_PUBLIC found{};
    const TSS2_RC code = patiently(connection_, [&] {
        found = {};
        TPM2B_NAME name{};
        return Tss2_Sys_NV_ReadPublic(connection_.sys(), index, nullptr, &found, &name, nullptr);
    });
    if (says_no_such_handle(code)) return std::nullopt;
    if (code != TSS2_RC_SUCCESS) throw refusal(code, command::nv_read_public, purpose);
    return found.nvPublic;
}

std::optional<NvContent> EsysSequence::read_nv(Handle index) {
    const std::string purpose = "read NV index " + to_text(index);
    const auto found = nv_public(index, purpose);
    if (!found) return std::nullopt;
    require_ours(*found, purpose);
    if ((found->attributes & TPMA_NV_WRITTEN) == 0) return NvContent{};
    const Bytes bytes = read_nv_bytes(index, found->dataSize, purpose);
    return NvContent{true, std::string(bytes.begin(), bytes.end())};
}

Bytes EsysSequence::read_nv_bytes(Handle index, UINT16 size, std::string_view purpose) {
    const TSS2L_SYS_AUTH_COMMAND password = empty_password();
    Bytes result;
    while (result.size() < size) {
        const auto part = static_cast<UINT16>(std::min(most_at_once, size - result.size()));
        TPM2B_MAX_NV_BUFFER data{};
        const TSS2_RC code = patiently(connection_, [&] {
            data = {};
            return Tss2_Sys_NV_Read(connection_.sys(), index, index, &password, part,
                                    static_cast<UINT16>(result.size()), &data, nullptr);
        });
        if (code != TSS2_RC_SUCCESS) refuse(code, command::nv_read, purpose);
        if (data.size != part)
            throw Error(ErrorCode::tpm, "cannot " + std::string(purpose) + ": it ends too early");
        const ByteView content = content_of(data);
        result.insert(result.end(), content.begin(), content.end());
    }
    return result;
}

void EsysSequence::write_nv(Handle index, const std::string& text) {
    const std::string purpose = "write NV index " + to_text(index);
    if (text.empty() || text.size() > std::numeric_limits<UINT16>::max()) {
        throw Error(ErrorCode::internal,
                    "cannot " + purpose + ": a text of " + std::to_string(text.size()) + " bytes");
    }
    const auto size = static_cast<UINT16>(text.size());
    auto found = nv_public(index, purpose);
    if (found) require_ours(*found, purpose);
    if (found && found->dataSize != size) {
        undefine_nv(index, purpose);
        found.reset();
    }
    if (!found) define_nv(index, size, purpose);

    const TSS2L_SYS_AUTH_COMMAND password = empty_password();
    const ByteView bytes = as_bytes(text);
    for (std::size_t offset = 0; offset < bytes.size(); offset += most_at_once) {
        const auto part =
            sized(&TPM2B_MAX_NV_BUFFER::buffer,
                  bytes.subspan(offset, std::min(most_at_once, bytes.size() - offset)), "the text");
        const TSS2_RC code = patiently(connection_, [&] {
            return Tss2_Sys_NV_Write(connection_.sys(), index, index, &password, &part,
                                     static_cast<UINT16>(offset), nullptr);
        });
        if (code != TSS2_RC_SUCCESS) refuse(code, command::nv_write, purpose);
    }
}

void EsysSequence::define_nv(Handle index, UINT16 size, std::string_view purpose) {
    TPM2B_NV_PUBLIC shape{};
    shape.nvPublic.nvIndex = index;
    shape.nvPublic.nameAlg = TPM2_ALG_SHA256;
    shape.nvPublic.attributes = our_attributes;
    shape.nvPublic.dataSize = size;
    const TPM2B_AUTH no_auth{};
    ESYS_TR reference = ESYS_TR_NONE;
    authorization_.issue_for(Hierarchy::owner, command::nv_define_space, purpose,
                             [&](ESYS_TR owner, ESYS_TR session) {
                                 return Esys_NV_DefineSpace(connection_.esys(), owner, session, ESYS_TR_NONE,
                                                            ESYS_TR_NONE, &no_auth, &shape, &reference);
                             });
    Esys_TR_Close(connection_.esys(), &reference);
}

void EsysSequence::remove_nv(Handle index) {
    const std::string purpose = "remove NV index " + to_text(index);
    const auto found = nv_public(index, purpose);
    if (!found) return;
    require_ours(*found, purpose);
    undefine_nv(index, purpose);
}

void EsysSequence::undefine_nv(Handle index, std::string_view purpose) {
    ESYS_TR reference = objects_.get(index, purpose);
    authorization_.issue_for(Hierarchy::owner, command::nv_undefine_space, purpose,
                             [&](ESYS_TR owner, ESYS_TR session) {
                                 return Esys_NV_UndefineSpace(connection_.esys(), owner, reference, session,
                                                              ESYS_TR_NONE, ESYS_TR_NONE);
                             });
    objects_.forget(index);
}

std::optional<Bytes> EsysSequence::read_manufacturer_nv(Handle index, std::string_view purpose) {
    const auto found = nv_public(index, purpose);
    if (!found || (found->attributes & TPMA_NV_WRITTEN) == 0) return std::nullopt;
    if ((found->attributes & TPMA_NV_AUTHREAD) != 0) return read_nv_bytes(index, found->dataSize, purpose);

    const ESYS_TR reference = objects_.get(index, purpose);
    if (found->dataSize > most_at_once) {
        throw Error(ErrorCode::tpm, "cannot " + std::string(purpose) + ": it has " +
                                        std::to_string(found->dataSize) +
                                        " bytes, far more than the public area of an RSA-2048 key");
    }
    Answer<TPM2B_MAX_NV_BUFFER> data;
    authorization_.issue_for(
        Hierarchy::owner, command::nv_read, purpose, [&](ESYS_TR owner, ESYS_TR session) {
            return Esys_NV_Read(connection_.esys(), owner, reference, session, ESYS_TR_NONE, ESYS_TR_NONE,
                                found->dataSize, 0, data.out());
        });
    const ByteView content = content_of(*data);
    return Bytes(content.begin(), content.end());
}

}  // namespace device_agent::tpm
