// SPDX-License-Identifier: Apache-2.0
// The changes of the generator: types, ranges, texts, names, keys too many and too few.
#include "config/specification.hpp"
#include "config/text.hpp"
#include "configuration_generator.hpp"

namespace device_agent::config {

std::string ConfigurationGenerator::change(Json& configuration) {
    std::vector<Spot> spots;
    find_spots(configuration, specification(), "", spots);
    const Spot& spot = spots[below(spots.size())];
    const auto where = (spot.path.empty() ? "the document" : spot.path) + ": ";
    if (one_in(4)) return where + change_type(spot);
    switch (spot.shape->kind) {
        case Shape::Kind::integer:
            return where + change_integer(spot);
        case Shape::Kind::text:
        case Shape::Kind::choice:
            return where + change_text(spot);
        case Shape::Kind::object:
            return where + change_object(spot);
        case Shape::Kind::map:
            return where + change_names(spot);
        case Shape::Kind::list:
            spot.value->push_back(junk());
            return where + "one element more";
        case Shape::Kind::boolean:
        case Shape::Kind::any:
            break;
    }
    return where + change_type(spot);
}

void ConfigurationGenerator::find_spots(Json& value, const Shape& shape, const std::string& path,
                                        std::vector<Spot>& spots) {
    spots.push_back({&value, &shape, path});
    if (shape.kind == Shape::Kind::map) {
        for (auto& [name, entry] : value.items()) {
            find_spots(entry, shape.values.front(), join_key(path, name), spots);
        }
    }
    for (const auto& key : shape.keys) {
        const std::string name(key.name);
        if (value.contains(name)) find_spots(value[name], key.shape, join_key(path, name), spots);
    }
}

std::string ConfigurationGenerator::change_type(const Spot& spot) {
    *spot.value = junk();
    return "another value";
}

std::string ConfigurationGenerator::change_integer(const Spot& spot) {
    const auto least = spot.shape->least;
    const auto most = spot.shape->most;
    const std::vector<Json> values{least - 1,
                                   most + 1,
                                   least,
                                   most,
                                   static_cast<double>(least) + 0.5,
                                   static_cast<double>(most),
                                   static_cast<double>(most) * 1e15,
                                   std::to_string(least)};
    *spot.value = values[below(values.size())];
    return "another number";
}

std::string ConfigurationGenerator::damaged(std::string text, std::size_t longest) {
    static const std::vector<std::string> pieces{
        "/",  " ", ";",    ":",  ".",    "-",  "$",    "\n", std::string(1, '\0'),
        "é",  "😀", "\x7f", "\\", "${x}", "@",  "0",    "F",  "://",
        "[:", "]", ":0",   "..", "=",    "\"", "\x1b", "_",  "#"};
    const auto at = below(text.size() + 1);
    switch (below(5)) {
        case 0:
            return text.insert(at, pieces[below(pieces.size())]);
        case 1:
            return text.empty() ? text : text.erase(std::min(at, text.size() - 1), 1);
        case 2:
            return text + pieces[below(pieces.size())];
        case 3:
            return pieces[below(pieces.size())] + text;
        default:
            break;
    }
    return text + std::string(longest, 'x');
}

std::string ConfigurationGenerator::change_text(const Spot& spot) {
    const auto longest = spot.shape->text == nullptr ? 1 : spot.shape->text->longest;
    // Erasing one byte of two would leave a text that is not UTF-8: only plain texts are damaged inside.
    const auto old = spot.value->get<std::string>();
    const bool is_plain = old.find_first_of("\xc3\xf0") == std::string::npos;
    *spot.value = one_in(10) ? "" : is_plain ? damaged(old, longest) : old + '\n';
    return "another text";
}

std::string ConfigurationGenerator::change_object(const Spot& spot) {
    const auto& keys = spot.shape->keys;
    const auto& key = keys[below(keys.size())];
    const std::string name(key.name);
    switch (below(4)) {
        case 0:
            (*spot.value)[damaged(name, 1)] = Json::parse(key.example_json);
            return "a key with another name";
        case 1:
            if (!spot.value->empty())
                spot.value->erase(
                    std::next(spot.value->begin(), static_cast<std::ptrdiff_t>(below(spot.value->size()))));
            return "one key less";
        case 2: {
            const auto& others = specification().keys;
            const auto& other = others[below(others.size())];
            (*spot.value)[std::string(other.name)] = Json::parse(other.example_json);
            return "a key of the document";
        }
        default:
            break;
    }
    (*spot.value)[name] = Json::parse(key.example_json);
    return "one key more";
}

std::string ConfigurationGenerator::change_names(const Spot& spot) {
    const bool is_free = spot.shape->text->pattern.empty();
    std::string name = is_free ? "any name" : text_of(*spot.shape->text).get<std::string>();
    if (!is_free && one_in(2)) name = damaged(name, spot.shape->text->longest);
    (*spot.value)[name] = value_of(spot.shape->values.front());
    return "one name more";
}

}  // namespace device_agent::config
