// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_tpm.hpp"

#include "tpm/slot_layout.hpp"
#include "tpm/structures.hpp"
#include "tpm/templates.hpp"

#include <tss2/tss2_tctildr.h>

#include <stdexcept>

namespace bench {
namespace {

using namespace device_agent;
using namespace device_agent::tpm;

constexpr ESYS_TR none = ESYS_TR_NONE;
constexpr ESYS_TR password = ESYS_TR_PASSWORD;

void must(TSS2_RC code, const char* command) {
    if (code != TSS2_RC_SUCCESS) throw std::runtime_error(std::string(command) + ": " + to_text(code));
}

}  // namespace

void BareTpm::Closer::operator()(TSS2_TCTI_CONTEXT* context) const noexcept {
    Tss2_TctiLdr_Finalize(&context);
}

void BareTpm::Closer::operator()(ESYS_CONTEXT* context) const noexcept {
    Esys_Finalize(&context);
}

BareTpm::BareTpm(const std::string& tcti) {
    TSS2_TCTI_CONTEXT* transport = nullptr;
    must(Tss2_TctiLdr_Initialize(tcti.c_str(), &transport), "the connection");
    tcti_.reset(transport);
    ESYS_CONTEXT* context = nullptr;
    must(Esys_Initialize(&context, transport, nullptr), "the connection");
    esys_.reset(context);
}

Bytes BareTpm::make_primary(ESYS_TR hierarchy, const TPM2B_PUBLIC& shape, TPM2_HANDLE handle,
                            ESYS_TR& persistent) {
    const TPM2B_SENSITIVE_CREATE no_secret{};
    const TPM2B_DATA no_data{};
    const TPML_PCR_SELECTION no_registers{};
    ESYS_TR object = none;
    Answer<TPM2B_PUBLIC> public_area;
    must(Esys_CreatePrimary(esys_.get(), hierarchy, password, none, none, &no_secret, &shape, &no_data,
                            &no_registers, &object, public_area.out(), nullptr, nullptr, nullptr),
         "CreatePrimary");
    must(Esys_EvictControl(esys_.get(), ESYS_TR_RH_OWNER, object, password, none, none, handle, &persistent),
         "EvictControl");
    must(Esys_FlushContext(esys_.get(), object), "FlushContext");
    return marshal(*public_area);
}

Bytes BareTpm::make_endorsement_key() {
    return make_primary(ESYS_TR_RH_ENDORSEMENT, endorsement_key_template(), endorsement_key_handle,
                        endorsement_key_);
}

Bytes BareTpm::make_storage_root_key() {
    return make_primary(ESYS_TR_RH_OWNER, storage_root_key_template(), storage_root_key_handle,
                        storage_root_key_);
}

Wrapped BareTpm::import_key(const CredentialedKey& key) {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_NULL;
    ESYS_TR policy = none;
    must(Esys_StartAuthSession(esys_.get(), none, none, none, none, none, nullptr, TPM2_SE_POLICY, &symmetric,
                               TPM2_ALG_SHA256, &policy),
         "StartAuthSession");
    Esys_TRSess_SetAttributes(esys_.get(), policy, 0, TPMA_SESSION_CONTINUESESSION);
    must(Esys_PolicySecret(esys_.get(), ESYS_TR_RH_ENDORSEMENT, policy, password, none, none, nullptr,
                           nullptr, nullptr, 0, nullptr, nullptr),
         "PolicySecret");
    const auto credential = sized(&TPM2B_ID_OBJECT::credential, key.credential_blob, "the credential");
    const auto secret = sized(&TPM2B_ENCRYPTED_SECRET::secret, key.secret, "the secret");
    Answer<TPM2B_DIGEST> inner_key;
    must(Esys_ActivateCredential(esys_.get(), storage_root_key_, endorsement_key_, password, policy, none,
                                 &credential, &secret, inner_key.out()),
         "ActivateCredential");
    Esys_TR_Close(esys_.get(), &policy);

    TPMT_SYM_DEF_OBJECT inner_wrap{};
    inner_wrap.algorithm = TPM2_ALG_AES;
    inner_wrap.keyBits.aes = 128;
    inner_wrap.mode.aes = TPM2_ALG_CFB;
    const auto encryption_key = sized(&TPM2B_DATA::buffer, content_of(*inner_key), "the inner key");
    const auto duplicate = sized(&TPM2B_PRIVATE::buffer, key.duplicate, "the duplicate");
    const auto seed = sized(&TPM2B_ENCRYPTED_SECRET::secret, key.in_sym_seed, "the seed");
    Wrapped wrapped{{}, unmarshal_public(key.public_area, "the public area")};
    Answer<TPM2B_PRIVATE> private_area;
    must(Esys_Import(esys_.get(), storage_root_key_, password, none, none, &encryption_key,
                     &wrapped.public_area, &duplicate, &seed, &inner_wrap, private_area.out()),
         "Import");
    wrapped.private_area = *private_area;
    return wrapped;
}

ESYS_TR BareTpm::load(const Wrapped& key) {
    ESYS_TR object = none;
    must(Esys_Load(esys_.get(), storage_root_key_, password, none, none, &key.private_area, &key.public_area,
                   &object),
         "Load");
    return object;
}

Sha256 BareTpm::hmac(const Wrapped& key, ByteView data) {
    const ESYS_TR object = load(key);
    const auto buffer = sized(&TPM2B_MAX_BUFFER::buffer, data, "the data");
    Answer<TPM2B_DIGEST> digest;
    must(Esys_HMAC(esys_.get(), object, password, none, none, &buffer, TPM2_ALG_SHA256, digest.out()),
         "HMAC");
    must(Esys_FlushContext(esys_.get(), object), "FlushContext");
    Sha256 result{};
    std::ranges::copy(content_of(*digest), result.begin());
    return result;
}

void BareTpm::start_session() {
    TPMT_SYM_DEF symmetric{};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    must(Esys_StartAuthSession(esys_.get(), endorsement_key_, none, none, none, none, nullptr, TPM2_SE_HMAC,
                               &symmetric, TPM2_ALG_SHA256, &session_),
         "StartAuthSession");
    Esys_TRSess_SetAttributes(esys_.get(), session_, TPMA_SESSION_DECRYPT, TPMA_SESSION_DECRYPT);
}

void BareTpm::end_session() {
    must(Esys_FlushContext(esys_.get(), session_), "FlushContext");
}

Wrapped BareTpm::create(ByteView key) {
    Wiped<TPM2B_SENSITIVE_CREATE> secret;
    fill(secret.value.sensitive.data, &TPM2B_SENSITIVE_DATA::buffer, key, "the key");
    const TPM2B_PUBLIC shape = hmac_key_template();
    const TPM2B_DATA no_data{};
    const TPML_PCR_SELECTION no_registers{};
    Answer<TPM2B_PRIVATE> private_area;
    Answer<TPM2B_PUBLIC> public_area;
    must(Esys_Create(esys_.get(), storage_root_key_, session_, none, none, &secret.value, &shape, &no_data,
                     &no_registers, private_area.out(), public_area.out(), nullptr, nullptr, nullptr),
         "Create");
    return {*private_area, *public_area};
}

void BareTpm::fill_slot(unsigned slot, const std::string& text, const Wrapped& key) {
    const SlotLayout layout;
    TPM2B_NV_PUBLIC shape{};
    shape.nvPublic.nvIndex = layout.nv_index(slot);
    shape.nvPublic.nameAlg = TPM2_ALG_SHA256;
    shape.nvPublic.attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE | TPMA_NV_NO_DA;
    shape.nvPublic.dataSize = static_cast<UINT16>(text.size());
    const TPM2B_AUTH no_auth{};
    ESYS_TR index = none;
    must(Esys_NV_DefineSpace(esys_.get(), ESYS_TR_RH_OWNER, password, none, none, &no_auth, &shape, &index),
         "NV_DefineSpace");
    const auto content = sized(&TPM2B_MAX_NV_BUFFER::buffer, as_bytes(text), "the text");
    must(Esys_NV_Write(esys_.get(), index, index, password, none, none, &content, 0), "NV_Write");
    const ESYS_TR object = load(key);
    ESYS_TR persistent = none;
    must(Esys_EvictControl(esys_.get(), ESYS_TR_RH_OWNER, object, password, none, none,
                           layout.key_handle(slot), &persistent),
         "EvictControl");
    must(Esys_FlushContext(esys_.get(), object), "FlushContext");
}

}  // namespace bench
