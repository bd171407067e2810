// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace emulator::store {

class Transaction;

/// Brings the tables to the version that this program knows, one step a version. Throws Error{state} for a
/// database that a newer program wrote.
void migrate(Transaction& transaction);

}  // namespace emulator::store
