// SPDX-License-Identifier: Apache-2.0
#include "config/validate.hpp"

#include "config/condition.hpp"
#include "config/specification.hpp"
#include "config/suggestion.hpp"
#include "config/text.hpp"

#include <algorithm>

namespace device_agent::config {
namespace {

std::string_view describe(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::boolean:
            return "a boolean";
        case Node::Kind::number:
            return "a number";
        case Node::Kind::string:
            return "a string";
        case Node::Kind::array:
            return "a list";
        case Node::Kind::object:
            return "an object";
        case Node::Kind::null:
        case Node::Kind::invalid:
            break;
    }
    return "null";
}

Node::Kind kind_of(const Shape& shape) {
    switch (shape.kind) {
        case Shape::Kind::boolean:
            return Node::Kind::boolean;
        case Shape::Kind::integer:
            return Node::Kind::number;
        case Shape::Kind::text:
        case Shape::Kind::choice:
            return Node::Kind::string;
        case Shape::Kind::list:
            return Node::Kind::array;
        case Shape::Kind::object:
        case Shape::Kind::map:
        case Shape::Kind::any:
            break;
    }
    return Node::Kind::object;
}

// Where a key of that name would be right, if it is one of another object.
std::string find_elsewhere(const Shape& object, std::string_view name, const std::string& path = {}) {
    for (const auto& key : object.keys) {
        auto here = join_key(path, key.name);
        if (key.name == name) return here;
        if (auto below = find_elsewhere(key.shape, name, here); !below.empty()) return below;
    }
    return {};
}

class Validator {
public:
    Validator(Node& root, const Shape& document, std::string_view every_key, Findings& findings)
        : root_(root), document_(document), every_key_(every_key), findings_(findings) {}

    void check_document() { check_object(root_, document_, ""); }

private:
    void check(Node& node, const Shape& shape, const std::string& path, const Key& key) {
        if (shape.kind == Shape::Kind::any) return;
        if (!node.is(kind_of(shape))) return refuse_type(node, shape, path, key);
        switch (shape.kind) {
            case Shape::Kind::integer:
                return check_integer(node, shape, path);
            case Shape::Kind::text:
                return check_text(node, *shape.text, path);
            case Shape::Kind::choice:
                return check_choice(node, shape, path);
            case Shape::Kind::list:
                return check_list(node, shape, path, key);
            case Shape::Kind::object:
                return check_object(node, shape, path);
            case Shape::Kind::map:
                return check_map(node, shape, path, key);
            case Shape::Kind::boolean:
            case Shape::Kind::any:
                return;
        }
    }

    void refuse(Node& node, const std::string& path, std::string reason, std::string remedy) {
        findings_.refuse(node.place, path, std::move(reason), std::move(remedy));
        node.kind = Node::Kind::invalid;
    }

    void refuse_type(Node& node, const Shape& shape, const std::string& path, const Key& key) {
        const bool quoted_value =
            node.is(Node::Kind::string) &&
            ((shape.kind == Shape::Kind::boolean && (node.text == "true" || node.text == "false")) ||
             (shape.kind == Shape::Kind::integer && !node.text.empty() &&
              node.text.find_first_not_of("0123456789") == std::string::npos));
        std::string remedy = "Remove the quotes.";
        if (!quoted_value) {
            remedy = &shape == &key.shape ? "Write, for instance, " + std::string(key.example_json) + '.'
                                          : "Write " + config::describe(shape) + '.';
        }
        refuse(node, path, "is " + std::string(describe(node.kind)) + ", must be " + config::describe(shape),
               std::move(remedy));
    }

    void check_integer(Node& node, const Shape& shape, const std::string& path) {
        if (node.integer && *node.integer >= shape.least && *node.integer <= shape.most) return;
        const auto reason = "is " + to_json(node) + ", must be " + config::describe(shape);
        refuse(
            node, path, reason,
            "Write a number from " + std::to_string(shape.least) + " to " + std::to_string(shape.most) + '.');
    }

    void check_text(Node& node, const TextRule& rule, const std::string& path) {
        if (matches(rule, node.text)) return;
        std::string reason = "is no " + std::string(rule.name);
        if (!rule.may_hold_secret)
            reason = "is " + quote(node.text) + ", which is no " + std::string(rule.name);
        refuse(node, path, std::move(reason), remedy_for(rule, node.text));
    }

    static std::string remedy_for(const TextRule& rule, std::string_view text) {
        const auto hint = rule.hint == nullptr ? std::string_view() : rule.hint(text);
        return hint.empty() ? "Write " + std::string(rule.allowed) + '.' : std::string(hint);
    }

    void check_choice(Node& node, const Shape& shape, const std::string& path) {
        if (std::ranges::find(shape.choices, node.text) != shape.choices.end()) return;
        const auto near = closest(node.text, shape.choices);
        refuse(node, path, "is " + quote(node.text) + ", must be " + config::describe(shape),
               near ? "Did you mean " + quote(*near) + '?' : "Write one that is named here.");
    }

    void check_list(Node& node, const Shape& shape, const std::string& path, const Key& key) {
        const Shape element = text(*shape.text);
        for (std::size_t i = 0; i < node.elements.size(); ++i) {
            check(node.elements[i], element, join_index(path, i), key);
        }
    }

    void check_map(Node& node, const Shape& shape, const std::string& path, const Key& key) {
        std::erase_if(node.members, [&](const Member& member) {
            if (matches(*shape.text, member.name)) return false;
            findings_.refuse(member.place, join_key(path, member.name),
                             "is no " + std::string(shape.text->name), remedy_for(*shape.text, member.name));
            return true;
        });
        for (auto& member : node.members) {
            check(member.value, shape.values.front(), join_key(path, member.name), key);
        }
    }

    // The keys are visited in the specification's order, so that what a condition depends on is checked
    // before.
    void check_object(Node& node, const Shape& shape, const std::string& path) {
        refuse_unknown_keys(node, shape, path);
        for (const auto& key : shape.keys) {
            const auto key_path = join_key(path, key.name);
            Node* value = node.find(key.name);
            if (value == nullptr) {
                if (key.required_when && holds(*key.required_when, root_) == true)
                    refuse_missing(node, key, key_path);
            } else if (key.only_when && holds(*key.only_when, root_) == false) {
                refuse(*value, key_path, "has a meaning only " + std::string(key.only_when->words),
                       "Remove it, or change " + std::string(key.only_when->all_of.front().path) + '.');
            } else {
                check(*value, key.shape, key_path, key);
            }
        }
    }

    void refuse_missing(const Node& object, const Key& key, const std::string& path) {
        findings_.refuse(
            object.place, path, "is missing, and required " + std::string(key.required_when->words),
            "Add " + quote(key.name) + ": " + std::string(key.example_json) + " with your own value.");
    }

    void refuse_unknown_keys(Node& node, const Shape& shape, const std::string& path) {
        std::vector<std::string_view> names;
        for (const auto& key : shape.keys)
            names.push_back(key.name);
        std::erase_if(node.members, [&](const Member& member) {
            if (find_key(shape, member.name) != nullptr) return false;
            std::string remedy = "Remove it (" + std::string(every_key_) + " shows every key).";
            if (const auto near = closest(member.name, names)) {
                remedy = "Did you mean " + quote(*near) + '?';
            } else if (const auto elsewhere = find_elsewhere(document_, member.name); !elsewhere.empty()) {
                remedy = "Did you mean " + quote(elsewhere) + '?';
            }
            findings_.refuse(member.place, join_key(path, member.name), "is no known key", std::move(remedy));
            return true;
        });
    }

    Node& root_;
    const Shape& document_;
    std::string_view every_key_;
    Findings& findings_;
};

}  // namespace

void validate(Node& root, const Shape& shape, std::string_view every_key, Findings& findings) {
    Validator(root, shape, every_key, findings).check_document();
}

void validate(Node& root, Findings& findings) {
    validate(root, specification(), "device-agent config example", findings);
}

}  // namespace device_agent::config
