// SPDX-License-Identifier: Apache-2.0
#include "image/scan.hpp"

#include "command.hpp"
#include "foundation/error.hpp"
#include "image/printable.hpp"
#include "output.hpp"

#include <iostream>

namespace device_agent::image_app {
namespace {

int scan(const Invocation& invocation) {
    const image::RootFilesystem root(invocation.root);
    const auto facts = image::scan(root);
    auto problems = facts.problems;
    const auto applications = image::find_applications(facts, problems);
    for (const auto& problem : problems)
        std::cerr << config::render(problem) << '\n';
    for (const auto& folder : facts.left_out)
        std::cerr << "warning: " << image::printable(folder) << ": could not be looked into\n";
    if (invocation.json) {
        print(std::cout, {{"applications", to_json(applications)},
                          {"problems", to_json(problems)},
                          {"notScanned", facts.left_out}});
    } else {
        for (const auto& application : applications)
            print(std::cout, application);
        if (applications.empty()) std::cout << "No application that needs a connection was found.\n";
    }
    return problems.empty() ? 0 : translate(ErrorCode::configuration).exit_code;
}

}  // namespace

void add_scan(CLI::App& program, Invocation& invocation) {
    program
        .add_subcommand("scan", "List the applications that will need a connection, each with the reasons")
        ->callback([&invocation] { invocation.run = [&invocation] { return scan(invocation); }; });
}

}  // namespace device_agent::image_app
