// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/configuration.hpp"

#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/hub/identity.hpp"
#include "emulator/hub/twin_limits.hpp"

namespace emulator::hub {
namespace {

using nlohmann::json;

constexpr std::string_view desired_prefix = "properties.desired.";
constexpr auto schema_version = "1.0";
constexpr std::size_t most_metrics = 20;

query::Path split(std::string_view text, std::string_view key) {
    query::Path path;
    for (;;) {
        const auto dot = text.find('.');
        path.emplace_back(text.substr(0, dot));
        if (path.back().empty())
            throw FormatError('"' + std::string(key) + "\" has an empty name between dots");
        if (path.size() > static_cast<std::size_t>(deepest_twin)) {
            throw FormatError('"' + std::string(key) + "\" lies deeper than 10 levels");
        }
        if (dot == std::string_view::npos) return path;
        text.remove_prefix(dot + 1);
    }
}

void check_labels(const json& document) {
    const auto* labels = http::object_member(document, "labels");
    if (labels == nullptr) return;
    for (const auto& [name, value] : labels->items()) {
        if (!value.is_string()) throw FormatError("labels." + name.substr(0, 64) + " is not text");
    }
}

std::int64_t parse_priority(const json& document) {
    const auto priority = document.find("priority");
    if (priority == document.end() || priority->is_null()) return 0;
    if (!priority->is_number_integer() || *priority < 0 || *priority > 2'147'483'647) {
        throw FormatError("priority is not a number from 0 to 2147483647");
    }
    return priority->get<std::int64_t>();
}

// The kind of the content and that of the condition are one.
std::vector<Setting> parse_content(const json& document, query::Source source) {
    const auto* content = http::object_member(document, "content");
    if (content == nullptr) return {};
    if (http::object_member(*content, "modulesContent") != nullptr) {
        throw FormatError("content.modulesContent is for IoT Edge, which the emulator does not serve");
    }
    const auto* of_devices = http::object_member(*content, "deviceContent");
    const auto* of_modules = http::object_member(*content, "moduleContent");
    if (of_devices != nullptr && of_modules != nullptr) {
        throw FormatError("content is one of deviceContent and moduleContent");
    }
    if (of_devices != nullptr && source == query::Source::modules) {
        throw FormatError("deviceContent needs a targetCondition over devices");
    }
    if (of_modules != nullptr && source == query::Source::devices) {
        throw FormatError("moduleContent needs a targetCondition that begins with FROM devices.modules");
    }
    if (of_devices != nullptr) return parse_settings(*of_devices, "content.deviceContent");
    if (of_modules != nullptr) return parse_settings(*of_modules, "content.moduleContent");
    return {};
}

std::vector<std::pair<std::string, query::Query>> parse_metrics(const json& document) {
    const auto* metrics = http::object_member(document, "metrics");
    const auto* queries = metrics == nullptr ? nullptr : http::object_member(*metrics, "queries");
    if (queries == nullptr) return {};
    if (queries->size() > most_metrics) throw FormatError("metrics.queries are more than 20");
    std::vector<std::pair<std::string, query::Query>> parsed;
    for (const auto& [name, text] : queries->items()) {
        const auto member = "metrics.queries." + name.substr(0, 64);
        if (!text.is_string()) throw FormatError(member + " is not text");
        try {
            parsed.emplace_back(name, query::parse_query(text.get_ref<const std::string&>()));
        } catch (const FormatError& error) {
            throw FormatError(member + ": " + error.what());
        }
    }
    return parsed;
}

json results_json(const MetricResults& results) {
    auto object = json::object();
    for (const auto& [name, number] : results)
        object[name] = number;
    return object;
}

// Queries that find the twins that the system metrics count.
json system_queries(const Configuration& configuration) {
    const auto& target = configuration.target;
    const std::string select = target.source == query::Source::modules
                                   ? "select deviceId, moduleId from devices.modules"
                                   : "select deviceId from devices";
    auto targeted = select;
    if (target.nobody) {
        targeted += " where not is_defined(deviceId)";
    } else if (target.where) {
        const auto condition = http::text_member(configuration.document, "targetCondition").value_or("");
        targeted += " where " + condition.substr(target.where_position);
    }
    return {
        {"targetedCount", targeted},
        {"appliedCount", select + " where configurations.[[" + configuration.id + "]].status = 'Applied'"}};
}

}  // namespace

std::vector<Setting> parse_settings(const json& content, std::string_view part) {
    std::vector<Setting> settings;
    for (const auto& [key, value] : content.items()) {
        if (!key.starts_with(desired_prefix)) {
            throw FormatError(std::string(part) + ": \"" + key.substr(0, 64) +
                              "\" does not begin with properties.desired.");
        }
        auto path = split(std::string_view(key).substr(desired_prefix.size()), key);
        json tree = value;
        for (auto name = path.rbegin(); name != path.rend(); ++name)
            tree = json{{*name, std::move(tree)}};
        check_twin_values(tree, part);
        settings.push_back({std::move(path), value});
    }
    return settings;
}

Configuration parse_configuration(const json& body, const std::string& id) {
    if (!body.is_object()) throw FormatError("the body is not a JSON object");
    if (!is_valid_id(id)) throw FormatError("the configuration's id breaks the rule for ids");
    if (const auto named = http::text_member(body, "id"); named && *named != id) {
        throw FormatError("id in the body is not the one in the path");
    }
    Configuration configuration{.id = id};
    auto& document = configuration.document = json{{"schemaVersion", schema_version}};
    for (const auto* member : {"labels", "content", "targetCondition", "priority"}) {
        if (body.contains(member)) document[member] = body[member];
    }
    document["metrics"]["queries"] = json::object();
    if (const auto* metrics = http::object_member(body, "metrics")) {
        if (const auto* queries = http::object_member(*metrics, "queries"))
            document["metrics"]["queries"] = *queries;
    }
    check_labels(document);
    configuration.priority = parse_priority(document);
    document["priority"] = configuration.priority;
    try {
        configuration.target =
            query::parse_target_condition(http::text_member(document, "targetCondition").value_or(""));
    } catch (const FormatError& error) {
        throw FormatError(std::string("targetCondition: ") + error.what());
    }
    configuration.settings = parse_content(document, configuration.target.source);
    configuration.metrics = parse_metrics(document);
    return configuration;
}

json to_json(const Configuration& configuration, const MetricResults& system, const MetricResults& custom) {
    auto shown = configuration.document;
    shown["id"] = configuration.id;
    shown["etag"] = configuration.etag;
    shown["createdTimeUtc"] = device_agent::format_utc(configuration.created);
    shown["lastUpdatedTimeUtc"] = device_agent::format_utc(configuration.updated);
    shown["metrics"]["results"] = results_json(custom);
    shown["systemMetrics"] = {{"results", results_json(system)}, {"queries", system_queries(configuration)}};
    return shown;
}

}  // namespace emulator::hub
