// SPDX-License-Identifier: Apache-2.0
#include "config/schema.hpp"

#include "config/condition.hpp"
#include "config/config.hpp"
#include "config/specification.hpp"

#include <nlohmann/json.hpp>

namespace device_agent::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr int indent = 2;

Json schema_of(const Shape& shape, std::string_view path);

Json schema_of(const TextRule& rule) {
    Json schema{{"type", "string"}, {"maxLength", rule.longest}};
    if (!rule.pattern.empty()) schema["pattern"] = "^(?:" + rule.pattern + ")$";
    if (!rule.reserved.empty()) schema["not"] = {{"const", rule.reserved}};
    return schema;
}

// True in a document where the value at `path` (from the object of the schema) is `term`'s, or is absent and
// that is its default.
Json matches_term(std::string_view path, const Condition::Term& term) {
    const bool is_default = key_at(term.path)->default_json == term.value;
    const auto dot = path.find('.');
    const std::string name(path.substr(0, dot));
    Json value = dot == std::string_view::npos ? Json{{"const", Json::parse(term.value)}}
                                               : matches_term(path.substr(dot + 1), term);
    Json schema{{"type", "object"}, {"properties", {{name, std::move(value)}}}};
    if (!is_default) schema["required"] = {name};
    return schema;
}

Json matches_condition(const Condition& condition, std::string_view object_path) {
    auto all = Json::array();
    const auto prefix = object_path.empty() ? 0 : object_path.size() + 1;
    for (const auto& term : condition.all_of)
        all.push_back(matches_term(term.path.substr(prefix), term));
    return {{"allOf", std::move(all)}};
}

Json schema_of_key(const Key& key, std::string_view path) {
    Json schema = schema_of(key.shape, path);
    schema["description"] = key.description;
    if (!key.default_json.empty()) schema["default"] = Json::parse(key.default_json);
    schema["examples"] = {Json::parse(key.example_json)};
    return schema;
}

Json schema_of_object(const Shape& shape, std::string_view path) {
    Json properties = Json::object();
    Json conditions = Json::array();
    Json required = Json::array();
    for (const auto& key : shape.keys) {
        const auto key_path =
            path.empty() ? std::string(key.name) : std::string(path) + '.' + std::string(key.name);
        properties[std::string(key.name)] = schema_of_key(key, key_path);
        const Json mention{{std::string(key.name), true}};
        if (key.required_when && key.required_when->all_of.empty()) {
            required.push_back(key.name);
        } else if (key.required_when) {
            conditions.push_back(
                {{"if", matches_condition(*key.required_when, path)},
                 {"then", {{"type", "object"}, {"properties", mention}, {"required", {key.name}}}}});
        }
        if (key.only_when) {
            const Json ban{{std::string(key.name), false}};
            conditions.push_back({{"if", matches_condition(*key.only_when, path)},
                                  {"else", {{"type", "object"}, {"properties", ban}}}});
        }
    }
    Json schema{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!required.empty()) schema["required"] = std::move(required);
    if (!conditions.empty()) schema["allOf"] = std::move(conditions);
    return schema;
}

Json schema_of_map(const Shape& shape, std::string_view path) {
    Json schema{{"type", "object"}};
    if (!shape.text->pattern.empty()) schema["propertyNames"] = schema_of(*shape.text);
    schema["additionalProperties"] = schema_of(shape.values.front(), path);
    return schema;
}

Json schema_of(const Shape& shape, std::string_view path) {
    switch (shape.kind) {
        case Shape::Kind::boolean:
            return {{"type", "boolean"}};
        case Shape::Kind::integer:
            return {{"type", "integer"}, {"minimum", shape.least}, {"maximum", shape.most}};
        case Shape::Kind::text:
            return schema_of(*shape.text);
        case Shape::Kind::choice:
            return {{"type", "string"}, {"enum", shape.choices}};
        case Shape::Kind::list:
            return {{"type", "array"}, {"items", schema_of(*shape.text)}};
        case Shape::Kind::object:
            return schema_of_object(shape, path);
        case Shape::Kind::map:
            return schema_of_map(shape, path);
        case Shape::Kind::any:
            break;
    }
    return Json::object();
}

}  // namespace

std::string schema(const Shape& shape, std::string_view title, std::string_view description) {
    Json document{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                  {"title", title},
                  {"description", description}};
    document.update(schema_of(shape, ""));
    return document.dump(indent) + '\n';
}

std::string schema() {
    return schema(specification(), "Device Agent configuration",
                  "One configuration file that stands alone. The rules across keys and files are the agent's "
                  "own: docs/configuration.md lists them.");
}

}  // namespace device_agent::config
