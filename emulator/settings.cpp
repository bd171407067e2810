// SPDX-License-Identifier: Apache-2.0
#include "emulator/settings.hpp"

namespace emulator {

Settings::Settings(store::Database& database) : database_(database) {
    auto transaction = database_.begin();
    auto statement = transaction.prepare("SELECT value FROM settings WHERE name = 'retryAfter'");
    if (statement.step()) retry_after_ = statement.number(0);
}

void Settings::set_retry_after(std::chrono::seconds value) {
    auto transaction = database_.begin();
    transaction.prepare("INSERT OR REPLACE INTO settings (name, value) VALUES ('retryAfter', ?)")
        .bind(std::to_string(value.count()))
        .run();
    transaction.commit();
    retry_after_ = value.count();
}

}  // namespace emulator
