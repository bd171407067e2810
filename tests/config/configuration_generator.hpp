// SPDX-License-Identifier: Apache-2.0
// Configurations by chance: right ones, and such with one change that may or may not be a fault.
#pragma once

#include "config/shape.hpp"

#include <nlohmann/json.hpp>

#include <random>
#include <string>

namespace device_agent::config {

class ConfigurationGenerator {
public:
    using Json = nlohmann::ordered_json;

    /// The same seed gives the same configurations, on every machine.
    explicit ConfigurationGenerator(std::uint64_t seed) : chance_(seed) {}

    /// One that the loader should accept.
    [[nodiscard]] Json right();
    /// Changes one thing; the answer says what.
    std::string change(Json& configuration);

    [[nodiscard]] std::size_t below(std::size_t bound) { return chance_() % bound; }
    [[nodiscard]] bool one_in(std::size_t count) { return below(count) == 0; }

private:
    Json value_of(const Shape& shape);
    Json integer_of(const Shape& shape);
    Json text_of(const TextRule& rule);
    Json object_of(const Shape& shape);
    Json map_of(const Shape& shape);
    Json junk();

    void settle_attestation(Json& configuration);
    void settle_identities(Json& configuration);
    void settle_rules_across_keys(Json& configuration);

    // A value of the document with its shape.
    struct Spot {
        Json* value;
        const Shape* shape;
        std::string path;
    };
    void find_spots(Json& value, const Shape& shape, const std::string& path, std::vector<Spot>& spots);
    std::string change_integer(const Spot& spot);
    std::string change_text(const Spot& spot);
    std::string change_object(const Spot& spot);
    std::string change_names(const Spot& spot);
    std::string change_type(const Spot& spot);
    std::string damaged(std::string text, std::size_t longest);

    std::mt19937_64 chance_;
};

}  // namespace device_agent::config
