// SPDX-License-Identifier: Apache-2.0
#include "config/shape.hpp"

#include "config/text.hpp"

#include <algorithm>
#include <regex>
#include <utility>

namespace device_agent::config {

namespace {

Shape of_kind(Shape::Kind kind) {
    Shape shape;
    shape.kind = kind;
    return shape;
}

}  // namespace

Shape boolean() {
    return of_kind(Shape::Kind::boolean);
}

Shape integer(std::int64_t least, std::int64_t most, std::string_view unit) {
    Shape shape = of_kind(Shape::Kind::integer);
    shape.least = least;
    shape.most = most;
    shape.unit = unit;
    return shape;
}

Shape text(const TextRule& rule, FileUse file) {
    Shape shape = of_kind(Shape::Kind::text);
    shape.text = &rule;
    shape.file = file;
    return shape;
}

Shape choice(std::vector<std::string_view> choices) {
    Shape shape = of_kind(Shape::Kind::choice);
    shape.choices = std::move(choices);
    return shape;
}

Shape list_of(const TextRule& rule) {
    Shape shape = of_kind(Shape::Kind::list);
    shape.text = &rule;
    return shape;
}

Shape object(std::vector<Key> keys) {
    Shape shape = of_kind(Shape::Kind::object);
    shape.keys = std::move(keys);
    return shape;
}

Shape map_of(const TextRule& names, Shape values) {
    Shape shape = of_kind(Shape::Kind::map);
    shape.text = &names;
    shape.values.push_back(std::move(values));
    return shape;
}

Shape any() {
    return of_kind(Shape::Kind::any);
}

Shape any_object() {
    static const TextRule any_name{.name = "name", .pattern = "", .allowed = "any text"};
    return map_of(any_name, any());
}

std::string describe(const Shape& shape) {
    switch (shape.kind) {
        case Shape::Kind::boolean:
            return "true or false";
        case Shape::Kind::integer:
            return "a whole number " + (shape.unit.empty() ? "" : "of " + std::string(shape.unit) + ' ') +
                   "from " + std::to_string(shape.least) + " to " + std::to_string(shape.most);
        case Shape::Kind::text:
            return "a string (" + std::string(shape.text->name) + ')';
        case Shape::Kind::choice: {
            std::string words;
            for (const auto choice : shape.choices) {
                if (!words.empty()) words += " or ";
                words += quote(choice);
            }
            return words;
        }
        case Shape::Kind::list:
            return "a list of strings (each a " + std::string(shape.text->name) + ')';
        case Shape::Kind::object:
            return "an object";
        case Shape::Kind::map:
            if (shape.text->pattern.empty()) return "an object";
            return "an object of {" + std::string(shape.text->name) + ": " + describe(shape.values.front()) +
                   '}';
        case Shape::Kind::any:
            break;
    }
    return "any JSON value";
}

bool matches(const TextRule& rule, std::string_view text) {
    if (text == rule.reserved && !rule.reserved.empty()) return false;
    if (count_characters(text) > rule.longest) return false;
    if (rule.pattern.empty()) return true;
    const std::regex pattern(rule.pattern, std::regex::ECMAScript);
    return std::regex_match(text.begin(), text.end(), pattern);
}

const Key* find_key(const Shape& object, std::string_view name) noexcept {
    const auto found = std::ranges::find(object.keys, name, &Key::name);
    return found == object.keys.end() ? nullptr : &*found;
}

}  // namespace device_agent::config
