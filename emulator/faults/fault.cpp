// SPDX-License-Identifier: Apache-2.0
#include "emulator/faults/fault.hpp"

#include "emulator/ascii.hpp"
#include "emulator/faults/operation.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"

#include <algorithm>
#include <array>

namespace emulator::faults {
namespace {

using record::Service;

constexpr std::array services{Service::dps_device, Service::hub};

struct KindRow {
    Kind kind;
    std::string_view name;
    std::vector<std::string_view> members;  ///< beyond those that each fault has
};

const std::vector<KindRow>& kinds() {
    static const std::vector<KindRow> table{
        {Kind::throttled, "throttled", {"retryAfter"}},
        {Kind::error, "error", {"status", "retryAfter"}},
        {Kind::allocation_failed, "allocationFailed", {"errorCode"}},
        {Kind::slow, "slow", {"delay"}},
        {Kind::stalled, "stalled", {"delay"}},
        {Kind::cut, "cut", {}},
        {Kind::garbage, "garbage", {}},
        {Kind::huge, "huge", {"size"}},
    };
    return table;
}

const KindRow& row_of(Kind kind) {
    return *std::find_if(kinds().begin(), kinds().end(),
                         [&](const KindRow& row) { return row.kind == kind; });
}

const KindRow& row_of(const std::string& name) {
    for (const auto& row : kinds()) {
        if (row.name == name) return row;
    }
    throw FormatError("there is no kind of fault \"" + name + "\"");
}

bool has(const KindRow& row, std::string_view member) {
    return std::find(row.members.begin(), row.members.end(), member) != row.members.end();
}

void check_members(const nlohmann::json& body, const KindRow& row) {
    constexpr std::array<std::string_view, 5> of_each{"kind", "service", "operation", "hub", "count"};
    for (const auto& [name, value] : body.items()) {
        if (std::find(of_each.begin(), of_each.end(), name) != of_each.end() || has(row, name)) continue;
        throw FormatError("a fault of kind " + std::string(row.name) + " has no " + name);
    }
}

std::string required_text(const nlohmann::json& body, const char* name) {
    auto text = http::text_member(body, name);
    if (!text) throw FormatError(std::string(name) + " is missing");
    return std::move(*text);
}

template <typename Number>
void read_number(const nlohmann::json& body, const char* name, std::int64_t least, std::int64_t most,
                 Number take) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return;
    if (!found->is_number_integer() || *found < least || *found > most) {
        throw FormatError(std::string(name) + " is not a number from " + std::to_string(least) + " to " +
                          std::to_string(most));
    }
    take(found->get<std::int64_t>());
}

void read_delay(const nlohmann::json& body, Fault& fault) {
    const auto found = body.find("delay");
    if (found == body.end() || found->is_null()) return;
    if (!found->is_number() || *found < 0 || *found > 86'400)
        throw FormatError("delay is not a number of seconds from 0 to 86400");
    fault.delay = std::chrono::milliseconds(static_cast<std::int64_t>(found->get<double>() * 1000));
}

Service parse_service(const std::string& name) {
    for (const auto service : services) {
        if (record::to_text(service) == name) return service;
    }
    throw FormatError("service is neither dps nor hub");
}

void read_place(const nlohmann::json& body, const std::vector<std::string>& hubs, Fault& fault) {
    fault.service = parse_service(required_text(body, "service"));
    fault.operation = http::text_member(body, "operation").value_or("");
    const auto known = operations_of(fault.service);
    if (!fault.operation.empty() && std::find(known.begin(), known.end(), fault.operation) == known.end())
        throw FormatError("the service has no operation \"" + fault.operation + "\"");
    fault.hub = lower_case(http::text_member(body, "hub").value_or(""));
    if (fault.hub.empty()) return;
    if (fault.service != Service::hub) throw FormatError("hub goes with service hub only");
    if (std::find(hubs.begin(), hubs.end(), fault.hub) == hubs.end())
        throw FormatError("there is no hub \"" + fault.hub + "\"");
}

}  // namespace

bool Fault::matches(Service asked, std::string_view asked_operation, std::string_view asked_hub) const {
    // A connection allocates nothing yet.
    if (kind == Kind::allocation_failed && asked_operation == connect_operation) return false;
    return asked == service && (operation.empty() || operation == asked_operation) &&
           (hub.empty() || hub == asked_hub);
}

std::string garbage() {
    std::string bytes;
    for (unsigned i = 0; i < 300; ++i)
        bytes.push_back(static_cast<char>((i * 167U + 0xfeU) & 0xffU));
    return bytes;
}

std::string huge(std::size_t size) {
    constexpr std::string_view start = R"({"status":")";
    std::string body(std::max(size, start.size()), 'a');
    return body.replace(0, start.size(), start);
}

std::string_view to_text(Kind kind) {
    return row_of(kind).name;
}

Fault parse_fault(const nlohmann::json& body, const std::vector<std::string>& hubs) {
    if (!body.is_object()) throw FormatError("a fault is a JSON object");
    const auto& row = row_of(required_text(body, "kind"));
    check_members(body, row);
    Fault fault{.kind = row.kind};
    read_place(body, hubs, fault);
    if (fault.kind == Kind::allocation_failed && fault.service != Service::dps_device)
        throw FormatError("only service dps allocates");
    read_number(body, "count", 1, 1'000'000, [&](auto n) { fault.count = static_cast<std::uint64_t>(n); });
    read_number(body, "status", 400, 599, [&](auto n) { fault.status = static_cast<int>(n); });
    read_number(body, "errorCode", 400'000, 599'999, [&](auto n) { fault.error_code = static_cast<int>(n); });
    read_number(body, "retryAfter", 0, 10'000'000'000,
                [&](auto n) { fault.retry_after = std::chrono::seconds(n); });
    read_number(body, "size", 1, 64L * 1024 * 1024,
                [&](auto n) { fault.size = static_cast<std::size_t>(n); });
    read_delay(body, fault);
    return fault;
}

nlohmann::json to_json(const Fault& fault) {
    const auto or_null = [](const std::string& text) {
        return text.empty() ? nlohmann::json() : nlohmann::json(text);
    };
    const auto& row = row_of(fault.kind);
    nlohmann::json json{{"kind", row.name},
                        {"service", record::to_text(fault.service)},
                        {"operation", or_null(fault.operation)},
                        {"hub", or_null(fault.hub)},
                        {"count", fault.count ? nlohmann::json(*fault.count) : nlohmann::json()}};
    if (has(row, "status")) json["status"] = fault.status;
    if (has(row, "errorCode")) json["errorCode"] = fault.error_code;
    if (has(row, "delay")) json["delay"] = static_cast<double>(fault.delay.count()) / 1000;
    if (has(row, "size")) json["size"] = fault.size;
    if (has(row, "retryAfter"))
        json["retryAfter"] =
            fault.retry_after ? nlohmann::json(fault.retry_after->count()) : nlohmann::json();
    return json;
}

nlohmann::json choices() {
    nlohmann::json json{{"kinds", nlohmann::json::object()}, {"services", nlohmann::json::object()}};
    for (const auto& row : kinds())
        json["kinds"][std::string(row.name)] = row.members;
    for (const auto service : services)
        json["services"][std::string(record::to_text(service))] = operations_of(service);
    return json;
}

}  // namespace emulator::faults
