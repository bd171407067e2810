// SPDX-License-Identifier: Apache-2.0
#include "emulator/dps/custom_answer.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/twin.hpp"

#include <algorithm>

namespace emulator::dps {
namespace {

using store::Transaction;

std::string_view text_of(EnrollmentKind kind) {
    return kind == EnrollmentKind::individual ? "individual" : "group";
}

}  // namespace

CustomAnswer parse_custom_answer(const nlohmann::json& body, const std::vector<std::string>& linked_hubs) {
    if (!body.is_object()) throw FormatError("the answer is not a JSON object");
    CustomAnswer answer;
    const auto hub = http::text_member(body, "iotHubHostName");
    if (!hub) throw FormatError("iotHubHostName is missing");
    answer.hub = lower_case(*hub);
    if (std::find(linked_hubs.begin(), linked_hubs.end(), answer.hub) == linked_hubs.end())
        throw FormatError("iotHubHostName \"" + *hub + "\" is not a linked hub");
    if (const auto* twin = http::object_member(body, "initialTwin")) {
        static_cast<void>(hub::new_twin(*twin, {}));
        answer.initial_twin = *twin;
    }
    if (body.contains("payload")) answer.payload = body["payload"];
    return answer;
}

nlohmann::json to_json(const CustomAnswer& answer) {
    nlohmann::json json{{"iotHubHostName", answer.hub}};
    if (!answer.initial_twin.is_null()) json["initialTwin"] = answer.initial_twin;
    if (!answer.payload.is_null()) json["payload"] = answer.payload;
    return json;
}

std::optional<ConfiguredAnswer> find_custom_answer(Transaction& transaction, EnrollmentKind kind,
                                                   const std::string& id) {
    auto row = transaction.prepare(
        "SELECT answer, last_request FROM custom_answers WHERE enrollment_kind = ? AND enrollment_id = ?");
    if (!row.bind(text_of(kind)).bind(id).step()) return std::nullopt;
    const auto document = nlohmann::json::parse(row.text(0));
    return ConfiguredAnswer{parse_custom_answer(document, {document.at("iotHubHostName")}),
                            nlohmann::json::parse(row.text(1))};
}

void save_custom_answer(Transaction& transaction, EnrollmentKind kind, const std::string& id,
                        const CustomAnswer& answer) {
    transaction
        .prepare(
            "INSERT OR REPLACE INTO custom_answers (enrollment_kind, enrollment_id, answer, last_request)"
            " VALUES (?, ?, ?, 'null')")
        .bind(text_of(kind))
        .bind(id)
        .bind(to_json(answer).dump())
        .run();
}

void save_custom_request(Transaction& transaction, EnrollmentKind kind, const std::string& id,
                         const nlohmann::json& request) {
    transaction
        .prepare("UPDATE custom_answers SET last_request = ? WHERE enrollment_kind = ? AND enrollment_id = ?")
        .bind(request.dump())
        .bind(text_of(kind))
        .bind(id)
        .run();
}

bool erase_custom_answer(Transaction& transaction, EnrollmentKind kind, const std::string& id) {
    return transaction.prepare("DELETE FROM custom_answers WHERE enrollment_kind = ? AND enrollment_id = ?")
               .bind(text_of(kind))
               .bind(id)
               .run() > 0;
}

}  // namespace emulator::dps
