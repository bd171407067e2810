// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace emulator::store {

class Transaction;

/// What a database is for: all that the services keep, or the log of what devices sent.
enum class Content { state, telemetry };

/// Brings the tables to the version that this program knows, one step a version. Throws Error{state} for a
/// database that a newer program wrote.
void migrate(Transaction& transaction, Content content);

}  // namespace emulator::store
