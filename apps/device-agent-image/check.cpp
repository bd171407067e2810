// SPDX-License-Identifier: Apache-2.0
#include "image/check.hpp"

#include "command.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"
#include "image/inspect.hpp"
#include "output.hpp"

#include <iostream>
#include <memory>

namespace device_agent::image_app {
namespace {

struct CheckOptions {
    std::filesystem::path configuration;
    std::filesystem::path lock;
};

nlohmann::ordered_json report_of(const std::vector<image::Finding>& findings) {
    auto array = nlohmann::ordered_json::array();
    for (const auto& finding : findings) {
        array.push_back({{"severity", image::to_text(finding.severity)},
                         {"id", finding.id},
                         {"file", finding.place.file},
                         {"line", finding.place.line},
                         {"subject", finding.subject},
                         {"what", finding.what},
                         {"remedy", finding.remedy}});
    }
    return array;
}

int check(const Invocation& invocation, const CheckOptions& options) {
    const image::RootFilesystem root(invocation.root);
    const auto texts = options.configuration.empty()
                           ? image::ConfigurationTexts::of_image(root)
                           : image::ConfigurationTexts::of_file(options.configuration);
    auto image = image::inspect(root, texts);
    if (!options.lock.empty()) {
        image.lock_file = options.lock.string();
        const auto text = read_file(options.lock);
        if (!text)
            throw Error(ErrorCode::configuration, image.lock_file +
                                                      " is not there; name the lock file of "
                                                      "device-agent-image plan");
        image.lock = image::parse_lock(image.lock_file, *text);
    }
    const auto findings = image::check(image);
    const bool passed = image::worst(findings) != image::Severity::error;
    if (invocation.json) {
        print(std::cout, {{"passed", passed}, {"findings", report_of(findings)}});
    } else {
        for (const auto& finding : findings)
            std::cout << image::render(finding) << '\n';
        std::cout << (passed ? "The image is fit to be shipped.\n"
                             : "The image must not be shipped like this.\n")
                  << std::flush;
    }
    return passed ? 0 : 1;
}

}  // namespace

void add_check(CLI::App& program, Invocation& invocation) {
    const auto options = std::make_shared<CheckOptions>();
    auto* command =
        program.add_subcommand("check", "Verify an image: exit code 1 when it must not be built so");
    command
        ->add_option("--config", options->configuration,
                     "A configuration of this machine, in the place of the image's own")
        ->type_name("FILE");
    command->add_option("--lock", options->lock, "Compare with the lock file of plan")->type_name("FILE");
    command->callback([&invocation, options] {
        invocation.run = [&invocation, options] { return check(invocation, *options); };
    });
}

}  // namespace device_agent::image_app
