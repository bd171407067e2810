// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/authority_store.hpp"

namespace emulator::certificates {
namespace {

using store::Statement;
using store::Transaction;

device_agent::WallTime wall_time(std::int64_t seconds) {
    return device_agent::WallTime(std::chrono::seconds(seconds));
}

UploadedAuthority read_authority(const Statement& row) {
    return {.name = row.text(0),
            .certificate = Certificate::from_der(row.bytes(1)),
            .verified = row.number(2) != 0,
            .verification_code = row.text(3),
            .etag = row.text(4),
            .created = wall_time(row.number(5)),
            .updated = wall_time(row.number(6))};
}

}  // namespace

std::optional<UploadedAuthority> find_authority(Transaction& transaction, const std::string& name) {
    auto row = transaction.prepare(
        "SELECT name, certificate, verified, verification_code, etag, created, updated FROM authorities"
        " WHERE name = ?");
    if (!row.bind(name).step()) return std::nullopt;
    return read_authority(row);
}

std::vector<UploadedAuthority> list_authorities(Transaction& transaction) {
    auto row = transaction.prepare(
        "SELECT name, certificate, verified, verification_code, etag, created, updated FROM authorities"
        " ORDER BY name");
    std::vector<UploadedAuthority> authorities;
    while (row.step())
        authorities.push_back(read_authority(row));
    return authorities;
}

std::vector<Certificate> verified_authorities(Transaction& transaction) {
    auto row = transaction.prepare("SELECT certificate FROM authorities WHERE verified <> 0");
    std::vector<Certificate> certificates;
    while (row.step())
        certificates.push_back(Certificate::from_der(row.bytes(0)));
    return certificates;
}

void save_authority(Transaction& transaction, const UploadedAuthority& authority) {
    transaction
        .prepare(
            "INSERT OR REPLACE INTO authorities (name, certificate, verified, verification_code, etag, "
            "created, updated) VALUES (?, ?, ?, ?, ?, ?, ?)")
        .bind(authority.name)
        .bind(device_agent::ByteView(authority.certificate.der()))
        .bind(std::int64_t{authority.verified ? 1 : 0})
        .bind(authority.verification_code)
        .bind(authority.etag)
        .bind(authority.created.time_since_epoch().count())
        .bind(authority.updated.time_since_epoch().count())
        .run();
}

bool erase_authority(Transaction& transaction, const std::string& name) {
    return transaction.prepare("DELETE FROM authorities WHERE name = ?").bind(name).run() > 0;
}

}  // namespace emulator::certificates
