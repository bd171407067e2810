// SPDX-License-Identifier: Apache-2.0
#include "config/config.hpp"

#include "app_api/peer.hpp"
#include "app_api/unit_grants.hpp"
#include "command.hpp"
#include "foundation/error.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>

namespace device_agent::app {
namespace {

nlohmann::json to_json(const std::vector<config::Problem>& problems) {
    auto array = nlohmann::json::array();
    for (const auto& problem : problems) {
        array.push_back({{"file", problem.file},
                         {"line", problem.line},
                         {"column", problem.column},
                         {"key", problem.key},
                         {"reason", problem.reason},
                         {"remedy", problem.remedy}});
    }
    return array;
}

int validate(const Invocation& invocation) {
    try {
        const auto configuration = config::load(invocation.config_file);
        auto warnings = configuration.warnings;
        std::ranges::copy(app_api::warn_of_unit_grants(configuration, invocation.config_file,
                                                       app_api::kernel_knows_peer_process()),
                          std::back_inserter(warnings));
        for (const auto& warning : warnings)
            std::cerr << "warning: " << config::render(warning) << "\n";
        if (invocation.json) {
            std::cout << nlohmann::json{{"valid", true}, {"warnings", to_json(warnings)}}.dump(2)
                      << std::endl;
        } else {
            std::cout << invocation.config_file.string() << ": valid" << std::endl;
        }
        return 0;
    } catch (const config::ConfigurationError& error) {
        std::cerr << error.what() << "\n";
        if (invocation.json)
            std::cout << nlohmann::json{{"valid", false}, {"problems", to_json(error.problems())}}.dump(2)
                      << std::endl;
        return translate(error.code()).exit_code;
    }
}

int print(const std::string& text) {
    std::cout << text << (text.ends_with('\n') ? "" : "\n") << std::flush;
    return 0;
}

}  // namespace

void add_config(CLI::App& program, Invocation& invocation) {
    auto* config = program.add_subcommand("config", "Check and explain the configuration");
    config->require_subcommand(1);
    config->fallthrough();
    const auto add = [&](const char* name, const char* help, std::function<int()> work) {
        config->add_subcommand(name, help)->callback([&invocation, work = std::move(work)] {
            invocation.run = work;
        });
    };
    add("validate", "Check the file: every mistake with its place, reason and remedy (exit code 3)",
        [&invocation] { return validate(invocation); });
    add("schema", "Print a JSON schema of the file, for editors", [] { return print(config::schema()); });
    add("example", "Print a commented sample file", [] { return print(config::example()); });
    add("show", "Print the configuration as it takes effect, defaults filled in, secrets left out",
        [&invocation] { return print(config::show(config::load(invocation.config_file))); });
}

}  // namespace device_agent::app
