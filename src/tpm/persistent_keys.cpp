// SPDX-License-Identifier: Apache-2.0
// Keys at persistent handles, and the names of keys.
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"

namespace device_agent::tpm {

Bytes EsysSequence::name_of(const WrappedKey& key) {
    const TPM2B_PUBLIC public_area = unmarshal_public(key.public_area, "the public area of the wrapped key");
    if (public_area.publicArea.nameAlg != TPM2_ALG_SHA256) {
        throw Error(ErrorCode::tpm,
                    "the wrapped key has another name algorithm than SHA-256: the agent made no such key");
    }
    // TPM 2.0 Library Part 1, section 16: nameAlg || H(TPMT_PUBLIC), without the size.
    const Sha256 digest = sha256(ByteView(key.public_area).subspan(2));
    Bytes name(2 + digest.size());
    name[0] = TPM2_ALG_SHA256 >> 8U;
    name[1] = TPM2_ALG_SHA256 & 0xFFU;
    std::ranges::copy(digest, name.begin() + 2);
    return name;
}

std::optional<Bytes> EsysSequence::name_of(Handle persistent) {
    TPM2B_NAME name{};
    const TSS2_RC code = patiently(connection_, [&] {
        TPM2B_PUBLIC public_area{};
        return Tss2_Sys_ReadPublic(connection_.sys(), persistent, nullptr, &public_area, &name, nullptr,
                                   nullptr);
    });
    if (says_no_such_handle(code)) return std::nullopt;
    if (code != TSS2_RC_SUCCESS)
        throw refusal(code, command::read_public, "read the key at " + to_text(persistent));
    return Bytes(name.name, name.name + name.size);
}

std::vector<Handle> EsysSequence::handles_in_use(Handle first, unsigned count) {
    std::vector<Handle> result;
    const Handle end = first + count;
    for (TPMI_YES_NO more = TPM2_YES; more == TPM2_YES && first < end;) {
        TPMS_CAPABILITY_DATA found{};
        issue(connection_, command::get_capability, "list what is at the handles from " + to_text(first), [&] {
            return Tss2_Sys_GetCapability(connection_.sys(), nullptr, TPM2_CAP_HANDLES, first, end - first,
                                          &more, &found, nullptr);
        });
        // The TPM goes on beyond `end` when there is less before it.
        const auto& handles = found.data.handles;
        for (const TPM2_HANDLE handle : std::span(handles.handle, handles.count)) {
            if (handle < end) result.push_back(handle);
            first = handle + 1;
        }
        if (handles.count == 0) break;
    }
    return result;
}

void EsysSequence::persist(const WrappedKey& key, Handle handle) {
    const std::string purpose = "make the key persistent at " + to_text(handle);
    objects_.remember(handle, make_persistent(load(key, purpose), handle, purpose));
}

ESYS_TR EsysSequence::make_persistent(const Transient& object, Handle handle, std::string_view purpose) {
    ESYS_TR persistent = ESYS_TR_NONE;
    const TSS2_RC code =
        authorization_.try_for(Hierarchy::owner, purpose, [&](ESYS_TR owner, ESYS_TR session) {
            return Esys_EvictControl(connection_.esys(), owner, object.reference(), session, ESYS_TR_NONE,
                                     ESYS_TR_NONE, handle, &persistent);
        });
    if (code == TSS2_RC_SUCCESS) return persistent;
    const std::string advice = says_no_nv_space(code) ? room_for_persistent_objects()
                                                      : authorization_.advice(Hierarchy::owner, code);
    throw refusal(code, command::evict_control, purpose, advice);
}

std::optional<UINT32> EsysSequence::property(TPM2_PT name) {
    TPMI_YES_NO more = TPM2_NO;
    TPMS_CAPABILITY_DATA data{};
    issue(connection_, command::get_capability, "read a property of the TPM", [&] {
        return Tss2_Sys_GetCapability(connection_.sys(), nullptr, TPM2_CAP_TPM_PROPERTIES, name, 1, &more,
                                      &data, nullptr);
    });
    // Where it does not have this one, the TPM answers the next.
    const auto& properties = data.data.tpmProperties;
    if (properties.count == 0 || properties.tpmProperty[0].property != name) return std::nullopt;
    return properties.tpmProperty[0].value;
}

std::optional<unsigned> EsysSequence::persistent_room() {
    return property(TPM2_PT_HR_PERSISTENT_AVAIL);
}

std::string EsysSequence::room_for_persistent_objects() {
    return "the TPM says that " + std::to_string(persistent_room().value_or(0)) +
           " more persistent objects fit: lower tpm.persistentSlots, or remove objects that nothing uses "
           "(tpm2_getcap handles-persistent)";
}

void EsysSequence::evict(Handle handle) {
    const std::string purpose = "remove the key at " + to_text(handle);
    const auto object = objects_.find(handle, purpose);
    if (!object) return;
    ESYS_TR gone = ESYS_TR_NONE;
    authorization_.issue_for(Hierarchy::owner, command::evict_control, purpose,
                             [&](ESYS_TR owner, ESYS_TR session) {
                                 return Esys_EvictControl(connection_.esys(), owner, *object, session,
                                                          ESYS_TR_NONE, ESYS_TR_NONE, handle, &gone);
                             });
    objects_.forget(handle);
}

}  // namespace device_agent::tpm
