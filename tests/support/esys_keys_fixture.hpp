// SPDX-License-Identifier: Apache-2.0
// What the tests of HMAC keys against swtpm share: a TPM with its primary keys, and a key to put under them.
#pragma once

#include "foundation/digest.hpp"
#include "tests/support/credential_maker.hpp"
#include "tests/support/esys_tpm_fixture.hpp"

namespace device_agent::tpm {

inline constexpr Handle slot_0 = 0x81000100;

class KeysTest : public EsysTpmTest {
protected:
    const Bytes key = random_bytes(32);
    // A trailing zero is what a TPM cuts off.
    const SecretBytes auth = [] {
        auto bytes = secret(random_bytes(32));
        bytes.back() = 0;
        return bytes;
    }();

    void SetUp() override {
        run([&](Sequence& sequence) { primary_keys = sequence.ensure_primary_keys(); });
    }
    WrappedKey wrapped(const SecretBytes& with_auth = no_auth) {
        WrappedKey result;
        run([&](Sequence& sequence) {
            const SecretBytes clear = secret(key);
            result = sequence.wrap_keys(std::span(&clear, 1), with_auth).at(0);
        });
        return result;
    }
    CredentialedKey credentialed(ByteView auth_value = {}) {
        const auto blob =
            support::make_key_blob(primary_keys, key, support::BlobSecrets::random(), auth_value);
        const auto content = [&](std::size_t field) {
            return Bytes(blob.fields[field].begin() + 2, blob.fields[field].end());
        };
        return {content(0), content(1), content(2), content(3), blob.fields[4]};
    }
    template <typename Key>
    Sha256 hmac(const Key& by, ByteView data, const SecretBytes& with_auth = no_auth) {
        Sha256 result{};
        run([&](Sequence& sequence) { result = sequence.hmac(by, data, with_auth); });
        return result;
    }

    PrimaryKeys primary_keys;
};

}  // namespace device_agent::tpm
