// SPDX-License-Identifier: Apache-2.0
// The language in which the configuration's keys are specified. The validator, the defaults, the JSON schema,
// the sample and the reference page's test all read the same specification, so that they cannot drift apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace device_agent::config {

/// What a text must look like. `pattern` is a regular expression for the whole text, in the part of the
/// ECMAScript grammar that std::regex and a JSON schema read alike (no look-around, no classes by letter).
struct TextRule {
    std::string_view name{};       ///< "module id"
    std::string pattern{};         ///< without ^ and $
    std::size_t longest = 1024;    ///< in characters; keeps the work of std::regex bounded
    std::string_view allowed{};    ///< the rule in words
    std::string_view reserved{};   ///< a text that fits the pattern and is refused all the same
    bool may_hold_secret = false;  ///< then no message quotes the text
    /// A remedy for a mistake that people make; empty when the text shows none of them.
    std::string_view (*hint)(std::string_view text) = nullptr;
};

/// What the text of a key names besides itself.
enum class FileUse {
    none,
    path,  ///< a file or folder that need not be there yet; a relative one lies beside the configuration file
    input,     ///< a file that must be readable
    secret,    ///< the same, and nobody else may be able to read it
    password,  ///< a secret that is a TPM hierarchy's password, read when the configuration is loaded
    secret_of_another,  ///< a secret that another program reads: nobody else may be able to
};

/// Keys, by path from the document's root, that have given values: {"attestation.type", "\"x509\""}. A key
/// that is absent has its default. Without terms it always holds.
struct Condition {
    struct Term {
        std::string_view path;
        std::string_view value;  ///< JSON
    };
    std::vector<Term> all_of;
    std::string_view words;  ///< "when DPS is used"
};

struct Key;

struct Shape {
    enum class Kind { boolean, integer, text, choice, list, object, map, any };

    Kind kind = Kind::any;
    std::int64_t least = 0;
    std::int64_t most = 0;
    std::string_view unit{};                ///< of an integer: "seconds"
    const TextRule* text = nullptr;         ///< of a text, of a list's elements, of a map's names
    std::vector<std::string_view> choices;  ///< the first is the default
    std::vector<Key> keys;                  ///< of an object
    std::vector<Shape> values;              ///< of a map: exactly one
    FileUse file = FileUse::none;
};

struct Key {
    std::string_view name{};
    Shape shape{};
    std::string_view default_json{};  ///< empty: none
    std::string_view example_json{};
    std::string_view description{};
    std::optional<Condition> only_when = std::nullopt;  ///< elsewhere the key has no meaning, and is refused
    std::optional<Condition> required_when = std::nullopt;
    bool is_secret = false;  ///< show() does not print it
    bool in_sample = false;  ///< the sample configuration sets it; the others stand there as comments
};

[[nodiscard]] Shape boolean();
[[nodiscard]] Shape integer(std::int64_t least, std::int64_t most, std::string_view unit = "");
[[nodiscard]] Shape text(const TextRule& rule, FileUse file = FileUse::none);
[[nodiscard]] Shape choice(std::vector<std::string_view> choices);
[[nodiscard]] Shape list_of(const TextRule& rule);
[[nodiscard]] Shape object(std::vector<Key> keys);
/// An object whose names are free, but follow a rule.
[[nodiscard]] Shape map_of(const TextRule& names, Shape values);
/// Any JSON value, or any JSON object.
[[nodiscard]] Shape any();
[[nodiscard]] Shape any_object();

/// The type in words, as messages and the reference page say it: "whole number from 0 to 50".
[[nodiscard]] std::string describe(const Shape& shape);

/// Whether the text fits the rule, and has no character that the rule leaves out.
[[nodiscard]] bool matches(const TextRule& rule, std::string_view text);

/// The key of an object's shape; null when there is none of that name.
[[nodiscard]] const Key* find_key(const Shape& object, std::string_view name) noexcept;

}  // namespace device_agent::config
