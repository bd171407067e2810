// SPDX-License-Identifier: Apache-2.0
// Prints the JSON schema, or configurations with the loader's verdict, for the comparison with a schema
// validator.
//
// usage: generate_configurations schema | configurations SEED
#include "config/check.hpp"
#include "config/config.hpp"
#include "config/defaults.hpp"
#include "config/rules.hpp"
#include "config/validate.hpp"
#include "configuration_generator.hpp"

#include <iostream>
#include <optional>

namespace {

using namespace device_agent;
using namespace device_agent::config;

constexpr std::size_t right_cases = 600;
constexpr std::size_t changed_cases = 1900;

// Nothing where only a rule across keys refuses: those are not the schema's.
std::optional<bool> verdict(const std::string& text) {
    Findings findings;
    auto root = read_document({{"generated", SecretText(text)}}, findings.problems);
    if (!root) return false;
    validate(*root, findings);
    if (!findings.problems.empty()) return false;
    fill_defaults(*root);
    check_rules(*root, findings);
    if (!findings.problems.empty()) return std::nullopt;
    return true;
}

void print_configurations(std::uint64_t seed) {
    ConfigurationGenerator generator(seed);
    std::size_t number = 0;
    while (number < right_cases + changed_cases) {
        auto configuration = generator.right();
        const auto kind = number < right_cases ? "right" : generator.change(configuration);
        const auto accepted = verdict(configuration.dump());
        if (!accepted) continue;
        if (number < right_cases && !*accepted) throw std::runtime_error("refused: " + configuration.dump());
        std::cout << ConfigurationGenerator::Json{{"case", number++},
                                                  {"kind", kind},
                                                  {"accepted", *accepted},
                                                  {"configuration", configuration}}
                  << '\n';
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    try {
        if (arguments == std::vector<std::string>{"schema"}) {
            std::cout << schema();
        } else if (arguments.size() == 2 && arguments[0] == "configurations") {
            print_configurations(std::stoull(arguments[1]));
        } else {
            std::cerr << "usage: generate_configurations schema | configurations SEED\n";
            return 2;
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
    return 0;
}
