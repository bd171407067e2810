// SPDX-License-Identifier: Apache-2.0
// What the adapter's tests against swtpm share.
#pragma once

#include "foundation/clock.hpp"
#include "foundation/error.hpp"
#include "tests/support/swtpm.hpp"
#include "tpm/esys_tpm.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iterator>
#include <string>

namespace device_agent::tpm {

class EsysTpmTest : public ::testing::Test {
protected:
    support::Swtpm swtpm;
    SystemClock clock;

    /// Runs a sequence by a new adapter.
    void run(const std::function<void(Sequence&)>& work, const Options& credentials = {}) {
        Options options = credentials;
        options.tcti = swtpm.tcti();
        open(options, clock)->run(work);
    }

    /// The message of the Error{tpm} that the sequence throws.
    std::string refusal_of(const std::function<void(Sequence&)>& work, const Options& credentials = {}) {
        try {
            run(work, credentials);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::tpm);
            return error.what();
        }
        return "no refusal";
    }

    void provide_primary_keys() {
        run([](Sequence& sequence) { static_cast<void>(sequence.ensure_primary_keys()); });
    }

    /// Everything in the TPM that a command could leave or change.
    [[nodiscard]] std::string contents() const {
        return swtpm.shell(
            "for kind in persistent nv-index transient loaded-session saved-session; do echo $kind; "
            "tpm2_getcap "
            "handles-$kind; done");
    }
    /// The part of it that must always be empty.
    [[nodiscard]] std::string leftovers() const {
        return swtpm.shell(
            "for kind in transient loaded-session saved-session; do tpm2_getcap handles-$kind; done");
    }

    [[nodiscard]] Bytes file(const std::string& name) const {
        std::ifstream stream(swtpm.folder() / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
};

inline SecretBytes secret(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}
inline const SecretBytes no_auth;

}  // namespace device_agent::tpm
