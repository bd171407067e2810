// SPDX-License-Identifier: Apache-2.0
#include "config/condition.hpp"

#include "config/specification.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

// A value on the way that is wrong hides what is below it.
bool is_hidden(const Node& root, std::string_view path) {
    for (auto end = path.find('.');; end = path.find('.', end + 1)) {
        const Node* node = root.find_path(path.substr(0, end));
        if (node != nullptr && node->is(Node::Kind::invalid)) return true;
        if (end == std::string_view::npos) return false;
    }
}

}  // namespace

const Key* key_at(std::string_view path) {
    const Shape* shape = &specification();
    const Key* key = nullptr;
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        key = find_key(*shape, path.substr(0, dot));
        if (key == nullptr) return nullptr;
        shape = &key->shape;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    return key;
}

std::optional<bool> holds(const Condition& condition, const Node& root) {
    bool all = true;
    for (const auto& term : condition.all_of) {
        if (is_hidden(root, term.path)) return std::nullopt;
        const Node* node = root.find_path(term.path);
        all = all && (node != nullptr ? to_json(*node) == term.value
                                      : key_at(term.path)->default_json == term.value);
    }
    return all;
}

}  // namespace device_agent::config
