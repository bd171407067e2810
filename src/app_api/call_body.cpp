// SPDX-License-Identifier: Apache-2.0
#include "app_api/call_body.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <set>

namespace device_agent::app_api {
namespace {

using Json = nlohmann::json;

// Nothing that is served lives longer, and it keeps sums of times far from any overflow.
constexpr std::int64_t most_seconds = 10LL * 366 * 24 * 3600;

Error usage(const std::string& what) {
    return {ErrorCode::usage, what};
}

// A member that is there twice could mean either: the parser alone would take the last one.
Json parse(std::string_view body) {
    std::set<std::string> names;
    bool is_ambiguous = false;
    const auto look = [&](int depth, Json::parse_event_t event, const Json& value) {
        // Deeper than any body is, nothing is kept.
        if (event == Json::parse_event_t::key && depth == 1)
            is_ambiguous = !names.insert(value.get<std::string>()).second || is_ambiguous;
        return depth <= 2;
    };
    auto document = Json::parse(body.begin(), body.end(), look, false);
    if (!document.is_object()) throw usage("the body must be a JSON object");
    if (is_ambiguous) throw usage("a member of the body is there twice");
    return document;
}

std::chrono::seconds read_seconds(const Json& value, const std::string& name, std::int64_t least) {
    const auto fault = [&] {
        return usage('"' + name + "\" must be a whole number of seconds, from " + std::to_string(least));
    };
    if (!value.is_number_integer()) throw fault();
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(most_seconds))
        throw usage('"' + name + "\" is too long a time");
    const auto seconds = value.get<std::int64_t>();
    if (seconds < least) throw fault();
    return std::chrono::seconds(seconds);
}

bool read_flag(const Json& value, const std::string& name) {
    if (!value.is_boolean()) throw usage('"' + name + "\" must be true or false");
    return value.get<bool>();
}

[[noreturn]] void refuse_member(const char* allowed) {
    throw usage(std::string("a member of the body is unknown; it may have ") + allowed);
}

void read_expiry(const Json& body, Call& call) {
    for (const auto& [name, value] : body.items()) {
        if (name != "expiry") refuse_member("\"expiry\"");
        call.expiry = read_seconds(value, name, 1);
    }
    call.operation.expiry = call.expiry;
}

void read_provisioning(const Json& body, Operation& operation) {
    for (const auto& [name, value] : body.items()) {
        if (name == "dryRun") {
            operation.dry_run = read_flag(value, name);
        } else if (name == "verify") {
            operation.verify = read_flag(value, name);
        } else if (name == "prune") {
            operation.prune = read_flag(value, name);
        } else if (name == "timeout") {
            operation.time_limit = read_seconds(value, name, 0);
        } else {
            refuse_member(R"("dryRun", "verify", "prune" and "timeout")");
        }
    }
}

void read_dry_run(const Json& body, Operation& operation) {
    for (const auto& [name, value] : body.items()) {
        if (name != "dryRun") refuse_member("\"dryRun\"");
        operation.dry_run = read_flag(value, name);
    }
}

void read_connection_string(const Json& body, Operation& operation) {
    for (const auto& [name, value] : body.items()) {
        if (name != "connectionString") refuse_member("\"connectionString\"");
        if (!value.is_string()) throw usage("\"connectionString\" must be a text");
        operation.connection_string = SecretText(value.get_ref<const std::string&>());
    }
    if (operation.connection_string.empty()) throw usage("the body must have a \"connectionString\"");
}

}  // namespace

void read_body(BodyKind kind, std::string_view body, Call& call) {
    if (body.empty() && kind != BodyKind::connection_string) return;
    switch (kind) {
        case BodyKind::none:
            throw usage("this request takes no body");
        case BodyKind::expiry:
            return read_expiry(parse(body), call);
        case BodyKind::provisioning:
            return read_provisioning(parse(body), call.operation);
        case BodyKind::dry_run:
            return read_dry_run(parse(body), call.operation);
        case BodyKind::connection_string:
            return read_connection_string(parse(body), call.operation);
    }
}

}  // namespace device_agent::app_api
