// SPDX-License-Identifier: Apache-2.0
#include "command.hpp"
#include "image/declaration.hpp"

#include <iostream>

namespace device_agent::image_app {

void add_schema(CLI::App& program, Invocation& invocation) {
    program.add_subcommand("schema", "Print the JSON schema of an application's manifest")
        ->callback([&invocation] {
            invocation.run = [] {
                std::cout << image::manifest_schema() << std::flush;
                return 0;
            };
        });
}

}  // namespace device_agent::image_app
