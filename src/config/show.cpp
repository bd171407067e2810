// SPDX-License-Identifier: Apache-2.0
#include "config/show.hpp"

#include "config/config.hpp"
#include "config/specification.hpp"

namespace device_agent::config {
namespace {

constexpr unsigned indent = 2;

void redact(Node& object, const Shape& shape) {
    for (const auto& key : shape.keys) {
        Node* value = object.find(key.name);
        if (value == nullptr) continue;
        if (key.is_secret && !value->text.empty()) value->text = "(redacted)";
        redact(*value, key.shape);
    }
}

}  // namespace

std::string print_effective(Node root) {
    redact(root, specification());
    return to_json(root, indent) + '\n';
}

std::string show(const Configuration& configuration) {
    return configuration.effective;
}

}  // namespace device_agent::config
