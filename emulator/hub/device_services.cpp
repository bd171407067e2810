// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/device_services.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/refusal.hpp"

namespace emulator::hub {

Identity DeviceServices::identity_of(store::Transaction& transaction, const IdentityId& id) {
    auto identity = find_identity(transaction, id);
    if (!identity) {
        throw Refusal(id.is_module() ? RefusalCode::module_not_found : RefusalCode::device_not_found,
                      "There is no " + id.describe());
    }
    connected_.touch(id);
    return std::move(*identity);
}

nlohmann::json DeviceServices::twin(const IdentityId& id) {
    auto transaction = database_.begin();
    return device_json(Twins::get(transaction, identity_of(transaction, id).id));
}

std::int64_t DeviceServices::report(const IdentityId& id, std::string_view patch) {
    try {
        const auto properties = http::parse_json(patch);
        auto transaction = database_.begin();
        const auto version = twins_.report(transaction, identity_of(transaction, id), properties);
        transaction.commit();
        return version;
    } catch (const FormatError& error) {
        throw Refusal(RefusalCode::argument_invalid, error.what());
    }
}

void DeviceServices::send(const IdentityId& id, const Message& message) {
    if (message.size() > largest_telemetry) {
        throw Refusal(RefusalCode::message_too_large, "A message has at most 256 KB");
    }
    connected_.touch(id);
    telemetry_.append(id, message);
}

std::optional<CloudMessage> DeviceServices::receive(const IdentityId& id, Borrower borrower) {
    auto transaction = database_.begin();
    auto message = messages_.receive(transaction, identity_of(transaction, id).id, borrower);
    transaction.commit();
    return message;
}

void DeviceServices::settle(const IdentityId& id, std::string_view lock_token, Settlement settlement) {
    auto transaction = database_.begin();
    messages_.settle(transaction, identity_of(transaction, id).id, lock_token, settlement);
    transaction.commit();
}

}  // namespace emulator::hub
