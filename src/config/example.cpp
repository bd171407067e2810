// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"
#include "config/specification.hpp"

#include <algorithm>
#include <sstream>

namespace device_agent::config {
namespace {

constexpr std::size_t line_length = 100;

void write_comment(std::string& out, const std::string& margin, std::string_view text) {
    const std::string start = margin + "//";
    std::istringstream words{std::string(text)};
    std::string line = start;
    for (std::string word; words >> word;) {
        if (line != start && line.size() + 1 + word.size() > line_length) {
            out.append(line).push_back('\n');
            line = start;
        }
        line.append(1, ' ').append(word);
    }
    out.append(line).push_back('\n');
}

void write_remarks(std::string& out, const std::string& margin, const Key& key) {
    std::string text(key.description);
    if (key.required_when) {
        text += " Required " + std::string(key.required_when->words) + '.';
    } else if (key.only_when) {
        text += " Only " + std::string(key.only_when->words) + '.';
    }
    write_comment(out, margin, text);
    if (key.shape.kind == Shape::Kind::object || key.shape.kind == Shape::Kind::any) return;
    const bool has_default = !key.default_json.empty();
    write_comment(out, margin,
                  "Type: " + describe(key.shape) +
                      (has_default ? "; default: " + std::string(key.default_json) : "") + '.');
}

// The last key that is set goes to the end: any commented line can then be set free as it is, with its comma.
std::vector<const Key*> in_sample_order(const Shape& object) {
    std::vector<const Key*> order;
    for (const auto& key : object.keys)
        order.push_back(&key);
    const auto last =
        std::find_if(order.rbegin(), order.rend(), [](const Key* key) { return key->in_sample; });
    if (last != order.rend()) std::rotate(last.base() - 1, last.base(), order.end());
    return order;
}

void write_object(std::string& out, const Shape& object, const std::string& margin) {
    const auto order = in_sample_order(object);
    out += "{\n";
    const auto inner = margin + "  ";
    for (const Key* key : order) {
        if (key != order.front()) out += '\n';
        write_remarks(out, inner, *key);
        out.append(inner).append(key->in_sample ? "\"" : "// \"").append(key->name).append("\": ");
        if (!key->in_sample) {
            out.append(key->example_json).append(",\n");
            continue;
        }
        if (key->shape.kind == Shape::Kind::object) {
            write_object(out, key->shape, inner);
        } else {
            out += key->example_json;
        }
        out += key == order.back() ? "\n" : ",\n";
    }
    out += margin + '}';
}

}  // namespace

std::string example() {
    std::string out;
    write_comment(out, "",
                  "A configuration of the Device Agent. What is commented out shows what else can be set. "
                  "docs/configuration.md describes every key, and the rules across keys.");
    write_object(out, specification(), "");
    return out + '\n';
}

}  // namespace device_agent::config
