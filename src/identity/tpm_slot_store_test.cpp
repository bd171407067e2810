// SPDX-License-Identifier: Apache-2.0
// The store over a real software TPM: the contract of every slot store, with slots in the TPM and with
// wrapped ones, with and without auth values on the keys; then what only the layout in the TPM shows.
#include "identity/tpm_slot_store.hpp"

#include "foundation/error.hpp"
#include "identity/slot_file.hpp"
#include "tests/contract/slot_store_contract.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/credential_maker.hpp"
#include "tests/support/swtpm.hpp"
#include "tpm/esys_tpm.hpp"

#include <array>

namespace device_agent::identity {
namespace {

using State = Slot::State;

const Identity app{"hub.test", "dev-1", "AppB"};
const Identity longer{"another-hub.test", "dev-1", "AppB"};
const SecretBytes key_one(32, 0x11);
const SecretBytes key_two(64, 0x22);
const auto data = as_bytes("hub.test%2Fdevices%2Fdev-1\n1700000000");

class TpmBench final : public StoreBench {
public:
    TpmBench(unsigned persistent_slots, bool protect_keys) {
        options.layout.persistent_slots = persistent_slots;
        options.state_directory = folder.path();
        options.protect_keys = protect_keys;
        options.certificate_slot = 0;
        tpm = tpm::open({swtpm.tcti(), {}, {}}, clock);
        tpm->run([&](tpm::Sequence& sequence) { primary_keys = sequence.ensure_primary_keys(); });
    }

    std::unique_ptr<SlotStore> open() override { return make_tpm_slot_store(*tpm, options); }

    KeyMaterial device_key(const SecretBytes& key) override {
        const auto blob = support::make_key_blob(primary_keys, key, support::BlobSecrets::random());
        const auto content = [&](std::size_t field) {
            return Bytes(blob.fields[field].begin() + 2, blob.fields[field].end());
        };
        return tpm::CredentialedKey{content(0), content(1), content(2), content(3), blob.fields[4]};
    }
    KeyMaterial unusable_key() override {
        auto key = std::get<tpm::CredentialedKey>(device_key(key_one));
        key.credential_blob.back() ^= 1U;
        return key;
    }

    support::Swtpm swtpm;
    SystemClock clock;
    fakes::TemporaryFolder folder;
    TpmSlotStoreOptions options;
    std::unique_ptr<tpm::Tpm> tpm;
    tpm::PrimaryKeys primary_keys;
};

StoreKind kind(const char* name, unsigned persistent_slots, bool protect_keys) {
    return {name, [=] { return std::make_unique<TpmBench>(persistent_slots, protect_keys); }};
}

INSTANTIATE_TEST_SUITE_P(Tpm, SlotStoreContract,
                         ::testing::Values(kind("InTheTpm", 10, false), kind("Wrapped", 0, false),
                                           kind("InTheTpmWithAuth", 10, true),
                                           kind("WrappedWithAuth", 0, true)),
                         [](const auto& variant) { return variant.param.name; });

class TpmSlotLayout : public ::testing::Test {
protected:
    Slot look(unsigned number) { return store->look(std::array{number}).front(); }
    void fill(unsigned number, const Identity& identity, const SecretBytes& key) {
        store->stage({{number, identity, key}});
        store->finish(std::array{number});
    }

    TpmBench bench{10, false};
    support::Swtpm& swtpm = bench.swtpm;
    std::unique_ptr<SlotStore> store = bench.open();
};

TEST_F(TpmSlotLayout, AKeyWithoutATextIsForeignAndATextWithoutAKeyIsOurs) {
    static_cast<void>(swtpm.shell(
        "tpm2_createprimary -Q -C o -G ecc -c k.ctx && tpm2_evictcontrol -Q -C o -c k.ctx 0x81000103 && "
        "tpm2_flushcontext -t"));
    EXPECT_EQ(look(3).state, State::foreign);
    EXPECT_NE(look(3).remark.find("0x81000103"), std::string::npos);

    static_cast<void>(swtpm.shell("tpm2_nvdefine -Q -C o -s 19 -a 'authread|authwrite|no_da' 0x01400104"));
    EXPECT_EQ(look(4).state, State::unfinished);
    static_cast<void>(
        swtpm.shell("printf hub.test/dev-1/AppB | tpm2_nvwrite -Q -C 0x01400104 -i - 0x01400104"));
    EXPECT_EQ(look(4).state, State::unfinished);
    fill(4, app, key_one);
    EXPECT_EQ(look(4).identity, app);
}

TEST_F(TpmSlotLayout, ATextThatIsNoIdentityIsForeign) {
    static_cast<void>(
        swtpm.shell("tpm2_nvdefine -Q -C o -s 5 -a 'authread|authwrite|no_da' 0x01400104 && "
                    "printf hello | tpm2_nvwrite -Q -C 0x01400104 -i - 0x01400104"));
    EXPECT_EQ(look(4).state, State::foreign);
}

TEST_F(TpmSlotLayout, LiesWhereOlderAgentsLookForIt) {
    fill(2, app, key_one);
    EXPECT_EQ(swtpm.shell("tpm2_nvread 0x01400102"), app.text());
    EXPECT_NE(swtpm.shell("tpm2_getcap handles-persistent").find("0x81000102"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(slot_path(bench.folder.path(), 2)));
}

// A key keeps the auth value with which it came, whichever way the configuration was changed since.
TEST_F(TpmSlotLayout, SignsWithKeysOfBothKindsAfterSlotAuthIsSwitched) {
    fill(2, app, key_one);
    bench.options.protect_keys = true;
    store = bench.open();
    fill(3, longer, key_two);
    EXPECT_EQ(store->sign(2, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
    bench.options.protect_keys = false;
    store = bench.open();
    EXPECT_EQ(store->sign(2, data), hmac_sha256(key_one, data));
    EXPECT_EQ(store->sign(3, data), hmac_sha256(key_two, data));
}

TEST_F(TpmSlotLayout, NothingTransientIsLeftInTheTpm) {
    for (const unsigned slot : {3U, 13U}) {  // in the TPM, and wrapped
        for (const bool protect : {false, true}) {
            bench.options.protect_keys = protect;
            store = bench.open();
            fill(slot, app, key_one);
            fill(slot, longer, key_one);
            static_cast<void>(store->sign(slot, data));
        }
    }
    EXPECT_EQ(swtpm.shell("tpm2_getcap handles-transient"), "");
    EXPECT_EQ(swtpm.shell("tpm2_getcap handles-loaded-session"), "");
}

TEST_F(TpmSlotLayout, LookingAtABlankOneWritesNoFile) {
    static_cast<void>(store->look_everywhere(std::array{3U, 13U}));
    EXPECT_TRUE(std::filesystem::is_empty(bench.folder.path()));
}

}  // namespace
}  // namespace device_agent::identity
