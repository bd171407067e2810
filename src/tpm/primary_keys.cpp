// SPDX-License-Identifier: Apache-2.0
// The endorsement key and the storage root key.
#include "tpm/esys_sequence.hpp"
#include "tpm/issue.hpp"
#include "tpm/structures.hpp"
#include "tpm/templates.hpp"

namespace device_agent::tpm {
namespace {

// TCG EK Credential Profile, section 2.2.1.4: where a manufacturer puts what his RSA-2048 endorsement key is
// made of.
constexpr Handle endorsement_key_nonce = 0x01C00003;
constexpr Handle endorsement_key_template_index = 0x01C00004;

Error wrong_kind(Handle handle, const std::string& found, std::string_view wanted) {
    const std::string place = to_text(handle);
    return {ErrorCode::tpm,
            "the object at " + place + " is " + found + ", not an RSA-2048 " + std::string(wanted) +
                " by the TCG's default template; the agent needs that handle: if nothing else uses the "
                "object, remove it with tpm2_evictcontrol -C o -c " +
                place};
}

}  // namespace

Bytes EsysSequence::endorsement_key() {
    if (const auto found = endorsement_key_in_place()) return marshal(*found);
    return marshal(
        create_primary(Hierarchy::endorsement, endorsement_key_shape(), "compute the endorsement key")
            .public_area);
}

PrimaryKeys EsysSequence::ensure_primary_keys() {
    PrimaryKeys result;
    const auto endorsement_key = endorsement_key_in_place();
    result.endorsement_key =
        marshal(endorsement_key ? *endorsement_key
                                : create_persistent(Hierarchy::endorsement, endorsement_key_shape(),
                                                    endorsement_key_handle, "create the endorsement key"));

    const TPM2B_PUBLIC shape = storage_root_key_template();
    const auto storage_root_key = public_area_at(storage_root_key_handle, "read the storage root key");
    if (storage_root_key) {
        if (const auto found = difference(storage_root_key->publicArea, shape.publicArea)) {
            throw wrong_kind(storage_root_key_handle, *found, "storage root key");
        }
    }
    result.storage_root_key =
        marshal(storage_root_key ? *storage_root_key
                                 : create_persistent(Hierarchy::owner, shape, storage_root_key_handle,
                                                     "create the storage root key"));
    return result;
}

std::optional<TPM2B_PUBLIC> EsysSequence::endorsement_key_in_place() {
    const auto found = public_area_at(endorsement_key_handle, "read the endorsement key");
    if (!found) return std::nullopt;
    if (const auto other = difference(found->publicArea, endorsement_key_template().publicArea)) {
        throw wrong_kind(endorsement_key_handle, *other, "endorsement key");
    }
    return found;
}

std::optional<TPM2B_PUBLIC> EsysSequence::public_area_at(Handle handle, std::string_view purpose) {
    TPM2B_PUBLIC public_area{};
    const TSS2_RC code = patiently(connection_, [&] {
        public_area = {};
        return Tss2_Sys_ReadPublic(connection_.sys(), handle, nullptr, &public_area, nullptr, nullptr,
                                   nullptr);
    });
    if (says_no_such_handle(code)) return std::nullopt;
    if (code != TSS2_RC_SUCCESS) throw refusal(code, command::read_public, purpose);
    return public_area;
}

TPM2B_PUBLIC EsysSequence::endorsement_key_shape() {
    const TPM2B_PUBLIC usual = endorsement_key_template();
    TPM2B_PUBLIC shape = usual;
    const std::string template_name =
        "the manufacturer's endorsement key template in NV index " + to_text(endorsement_key_template_index);
    if (const auto bytes = read_manufacturer_nv(endorsement_key_template_index, "read " + template_name)) {
        shape = unmarshal_template(*bytes, template_name);
        if (const auto other = difference(shape.publicArea, usual.publicArea)) {
            throw Error(ErrorCode::tpm,
                        template_name + " is for " + *other +
                            "; the agent needs an RSA-2048 key with the TCG's default policy");
        }
    }
    const std::string nonce_name = "the endorsement key nonce in NV index " + to_text(endorsement_key_nonce);
    const auto nonce = read_manufacturer_nv(endorsement_key_nonce, "read " + nonce_name);
    if (nonce && !nonce->empty()) {
        // Padded with zero bytes to the length of an RSA-2048 modulus.
        Bytes unique = *nonce;
        if (unique.size() < 256) unique.resize(256);
        if (unique.size() > 256) throw Error(ErrorCode::tpm, nonce_name + " is longer than 256 bytes");
        shape.publicArea.unique.rsa = sized(&TPM2B_PUBLIC_KEY_RSA::buffer, unique, nonce_name);
    }
    return shape;
}

EsysSequence::Primary EsysSequence::create_primary(Hierarchy hierarchy, const TPM2B_PUBLIC& shape,
                                                   std::string_view purpose) {
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_DATA no_data{};
    const TPML_PCR_SELECTION no_registers{};
    ESYS_TR object = ESYS_TR_NONE;
    Answer<TPM2B_PUBLIC> public_area;
    authorization_.issue_for(
        hierarchy, command::create_primary, purpose, [&](ESYS_TR authority, ESYS_TR session) {
            return Esys_CreatePrimary(connection_.esys(), authority, session, ESYS_TR_NONE, ESYS_TR_NONE,
                                      &no_secret, &shape, &no_data, &no_registers, &object, public_area.out(),
                                      nullptr, nullptr, nullptr);
        });
    return {Transient(connection_, object), *public_area};
}

TPM2B_PUBLIC EsysSequence::create_persistent(Hierarchy hierarchy, const TPM2B_PUBLIC& shape, Handle handle,
                                             std::string_view purpose) {
    const Primary primary = create_primary(hierarchy, shape, purpose);
    objects_.remember(handle, make_persistent(primary.object, handle, purpose));
    return primary.public_area;
}

}  // namespace device_agent::tpm
