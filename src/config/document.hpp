// SPDX-License-Identifier: Apache-2.0
// A JSON document in which each value knows where it stands, so that a message can point at it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::config {

/// Where a value stands. Values that are defaults stand nowhere: their file is null.
struct Place {
    std::shared_ptr<const std::string> file;
    unsigned line = 0;
    unsigned column = 0;
};

struct Member;

/// A JSON value. `invalid` takes the place of a value that a problem was already reported for: later rules
/// pass over it instead of reporting what only follows from it.
struct Node {
    enum class Kind { null, boolean, number, string, array, object, invalid };

    Kind kind = Kind::null;
    Place place;
    bool boolean = false;
    double number = 0;
    std::optional<std::int64_t> integer;  ///< of a number that is whole, also when it is written 1.0
    std::string text;
    std::vector<Node> elements;
    std::vector<Member> members;  ///< in the order of the file, each name once

    [[nodiscard]] bool is(Kind wanted) const noexcept { return kind == wanted; }
    /// The member of that name; null when there is none, or when this is no object.
    [[nodiscard]] const Node* find(std::string_view name) const noexcept;
    [[nodiscard]] Node* find(std::string_view name) noexcept;
    /// Follows names that are joined by dots: `attestation.type`.
    [[nodiscard]] const Node* find_path(std::string_view path) const noexcept;
};

struct Member {
    std::string name;
    Place place;  ///< of the name
    Node value;
};

/// Lays `over` on `base`: objects are merged key by key, anything else is replaced. Each value keeps its own
/// place.
void merge(Node& base, Node over);

/// The document as JSON text, in the order of its members. `indent` 0 puts it on one line.
[[nodiscard]] std::string to_json(const Node& node, unsigned indent = 0);

}  // namespace device_agent::config
