// SPDX-License-Identifier: Apache-2.0
// The fake keeps the contract of the real stores; otherwise what is tested with it proves nothing.
#include "tests/fakes/fake_slot_store.hpp"

#include "tests/contract/slot_store_contract.hpp"
#include "tests/fakes/fake_key_blob.hpp"

namespace device_agent::identity {
namespace {

class FakeBench final : public StoreBench {
public:
    std::unique_ptr<SlotStore> open() override { return std::make_unique<fakes::FakeSlotStore>(slots_); }
    KeyMaterial device_key(const SecretBytes& key) override {
        return attestation::parse_dps_key_blob(fakes::fake_key_blob(key));
    }
    KeyMaterial unusable_key() override { return tpm::CredentialedKey{}; }

private:
    fakes::FakeSlots slots_;
};

INSTANTIATE_TEST_SUITE_P(Fake, SlotStoreContract,
                         ::testing::Values(StoreKind{"InMemory",
                                                     [] { return std::make_unique<FakeBench>(); }}),
                         [](const auto& variant) { return variant.param.name; });

}  // namespace
}  // namespace device_agent::identity
