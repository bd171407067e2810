// SPDX-License-Identifier: Apache-2.0
// What every slot store promises, whatever it keeps its keys in. A store is tested by a bench of its own and
// one INSTANTIATE_TEST_SUITE_P; its test program is built with slot_store_contract.cpp.
#pragma once

#include "identity/slot_store.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>

namespace device_agent::identity {

/// What the slots of a store under test lie in, blank at first.
class StoreBench {
public:
    StoreBench() = default;
    StoreBench(const StoreBench&) = delete;
    StoreBench& operator=(const StoreBench&) = delete;
    virtual ~StoreBench() = default;

    /// A store over these slots, to which slot 0 is the one that may hold an identity without a key. Each
    /// call is a new process: it sees what the stores before it made durable.
    [[nodiscard]] virtual std::unique_ptr<SlotStore> open() = 0;

    /// `key`, 32 bytes, in the form in which the service would hand it out for a device.
    [[nodiscard]] virtual KeyMaterial device_key(const SecretBytes& key) = 0;

    /// Key material that this store must refuse.
    [[nodiscard]] virtual KeyMaterial unusable_key() = 0;
};

struct StoreKind {
    const char* name;
    std::function<std::unique_ptr<StoreBench>()> make;

    friend void PrintTo(const StoreKind& kind, std::ostream* out) { *out << kind.name; }
};

class SlotStoreContract : public ::testing::TestWithParam<StoreKind> {
protected:
    void SetUp() override;

    [[nodiscard]] Slot look(unsigned number);
    void fill(unsigned number, const Identity& identity, const SecretBytes& key);
    /// The numbers of the slots that look_everywhere() shows.
    [[nodiscard]] std::vector<unsigned> shown(std::vector<unsigned> wanted);

    std::unique_ptr<StoreBench> bench;
    std::unique_ptr<SlotStore> store;
};

}  // namespace device_agent::identity
