// SPDX-License-Identifier: Apache-2.0
#include "config/defaults.hpp"

#include "config/condition.hpp"
#include "config/parse.hpp"
#include "config/specification.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

void forget_places(Node& node) {
    node.place = {};
    for (auto& element : node.elements)
        forget_places(element);
    for (auto& member : node.members) {
        member.place = {};
        forget_places(member.value);
    }
}

Node default_of(const Key& key) {
    std::vector<Problem> none;
    auto node = parse("", key.default_json, none).value();
    forget_places(node);
    return node;
}

void fill(Node& node, const Shape& shape, const Node& root) {
    if (!node.is(Node::Kind::object)) return;
    if (shape.kind == Shape::Kind::map) {
        for (auto& member : node.members)
            fill(member.value, shape.values.front(), root);
        return;
    }
    for (const auto& key : shape.keys) {
        if (node.find(key.name) == nullptr) {
            const bool has_meaning = !key.only_when || holds(*key.only_when, root) == true;
            if (key.default_json.empty() || !has_meaning) continue;
            node.members.push_back({std::string(key.name), {}, default_of(key)});
        }
        fill(*node.find(key.name), key.shape, root);
    }
    std::ranges::stable_sort(node.members, {},
                             [&](const Member& member) { return find_key(shape, member.name); });
}

}  // namespace

void fill_defaults(Node& root) {
    fill(root, specification(), root);
}

}  // namespace device_agent::config
