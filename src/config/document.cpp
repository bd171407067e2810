// SPDX-License-Identifier: Apache-2.0
#include "config/document.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace device_agent::config {
namespace {

nlohmann::ordered_json to_value(const Node& node) {
    switch (node.kind) {
        case Node::Kind::boolean:
            return node.boolean;
        case Node::Kind::number:
            if (node.integer) return *node.integer;
            return node.number;
        case Node::Kind::string:
            return node.text;
        case Node::Kind::array: {
            auto list = nlohmann::ordered_json::array();
            for (const auto& element : node.elements)
                list.push_back(to_value(element));
            return list;
        }
        case Node::Kind::object: {
            auto object = nlohmann::ordered_json::object();
            for (const auto& member : node.members)
                object[member.name] = to_value(member.value);
            return object;
        }
        case Node::Kind::null:
        case Node::Kind::invalid:
            break;
    }
    return nullptr;
}

}  // namespace

const Node* Node::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(members, name, &Member::name);
    return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view name) noexcept {
    return const_cast<Node*>(
        std::as_const(*this).find(name));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

const Node* Node::find_path(std::string_view path) const noexcept {
    const Node* node = this;
    while (node != nullptr && !path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        node = node->find(path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return node;
}

void merge(Node& base, Node over) {
    if (!base.is(Node::Kind::object) || !over.is(Node::Kind::object)) {
        base = std::move(over);
        return;
    }
    for (auto& member : over.members) {
        if (Node* known = base.find(member.name)) {
            merge(*known, std::move(member.value));
        } else {
            base.members.push_back(std::move(member));
        }
    }
}

std::string to_json(const Node& node, unsigned indent) {
    return to_value(node).dump(indent == 0 ? -1 : static_cast<int>(indent));
}

}  // namespace device_agent::config
