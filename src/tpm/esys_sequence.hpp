// SPDX-License-Identifier: Apache-2.0
// The port's verbs over one open connection. They are implemented by subject: primary_keys.cpp,
// key_creation.cpp, hmac.cpp, persistent_keys.cpp and nv_index.cpp.
#pragma once

#include "tpm/authorization.hpp"
#include "tpm/connection.hpp"
#include "tpm/persistent_objects.hpp"
#include "tpm/tpm.hpp"
#include "tpm/transient.hpp"

#include <tss2/tss2_tpm2_types.h>

namespace device_agent::tpm {

class EsysSequence final : public Sequence {
public:
    EsysSequence(const Connection& connection, const HierarchyPasswords& passwords)
        : connection_(connection), objects_(connection), authorization_(connection, passwords, objects_) {}

    [[nodiscard]] Bytes endorsement_key() override;
    [[nodiscard]] PrimaryKeys ensure_primary_keys() override;
    [[nodiscard]] WrappedKey import_key(const CredentialedKey& key, const SecretBytes& auth) override;
    [[nodiscard]] std::vector<WrappedKey> wrap_keys(std::span<const SecretBytes> keys,
                                                    const SecretBytes& auth) override;
    [[nodiscard]] Sha256 hmac(const WrappedKey& key, ByteView data, const SecretBytes& auth) override;
    [[nodiscard]] Sha256 hmac(Handle key, ByteView data, const SecretBytes& auth) override;
    [[nodiscard]] Bytes name_of(const WrappedKey& key) override;
    [[nodiscard]] std::optional<Bytes> name_of(Handle persistent) override;
    [[nodiscard]] std::vector<Handle> handles_in_use(Handle first, unsigned count) override;
    [[nodiscard]] std::optional<unsigned> persistent_room() override;
    void persist(const WrappedKey& key, Handle handle) override;
    void evict(Handle handle) override;
    [[nodiscard]] std::optional<NvContent> read_nv(Handle index) override;
    void write_nv(Handle index, const std::string& text) override;
    void remove_nv(Handle index) override;

private:
    struct Primary {
        Transient object;
        TPM2B_PUBLIC public_area{};
    };

    // primary_keys.cpp
    [[nodiscard]] std::optional<TPM2B_PUBLIC> public_area_at(Handle handle, std::string_view purpose);
    [[nodiscard]] std::optional<TPM2B_PUBLIC> endorsement_key_in_place();
    [[nodiscard]] TPM2B_PUBLIC endorsement_key_shape();
    [[nodiscard]] Primary create_primary(Hierarchy hierarchy, const TPM2B_PUBLIC& shape,
                                         std::string_view purpose);
    [[nodiscard]] TPM2B_PUBLIC create_persistent(Hierarchy hierarchy, const TPM2B_PUBLIC& shape,
                                                 Handle handle, std::string_view purpose);

    // key_creation.cpp
    [[nodiscard]] SecretBytes activate_credential(const CredentialedKey& key);
    [[nodiscard]] WrappedKey change_auth(const WrappedKey& key, const SecretBytes& auth);

    // hmac.cpp
    [[nodiscard]] Transient load(const WrappedKey& key, std::string_view purpose);
    [[nodiscard]] Sha256 hmac_by(TPM2_HANDLE key, ByteView data);
    [[nodiscard]] Sha256 hmac_by(ESYS_TR key, ByteView data, const SecretBytes& auth);
    [[nodiscard]] Sha256 finish_sequence(Transient sequence, ByteView data);
    [[noreturn]] void refuse_hmac(TSS2_RC code, const Command& command);
    [[nodiscard]] std::string time_of_lockout();

    // persistent_keys.cpp
    [[nodiscard]] ESYS_TR make_persistent(const Transient& object, Handle handle, std::string_view purpose);
    [[nodiscard]] std::string room_for_persistent_objects();
    [[nodiscard]] std::optional<UINT32> property(TPM2_PT name);

    // nv_index.cpp
    [[nodiscard]] std::optional<TPMS_NV_PUBLIC> nv_public(Handle index, std::string_view purpose);
    [[nodiscard]] Bytes read_nv_bytes(Handle index, UINT16 size, std::string_view purpose);
    [[nodiscard]] std::optional<Bytes> read_manufacturer_nv(Handle index, std::string_view purpose);
    void define_nv(Handle index, UINT16 size, std::string_view purpose);
    void undefine_nv(Handle index, std::string_view purpose);

    const Connection& connection_;
    PersistentObjects objects_;
    Authorization authorization_;
};

}  // namespace device_agent::tpm
