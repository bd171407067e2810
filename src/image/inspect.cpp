// SPDX-License-Identifier: Apache-2.0
#include "image/inspect.hpp"

#include "image/lines.hpp"
#include "image/scan.hpp"

#include <algorithm>

namespace device_agent::image {
namespace {

constexpr std::size_t largest_named_file = 1U << 24U;

bool has_machine_id(const RootFilesystem& root) {
    std::string text = root.read("/etc/machine-id", 4096).text;
    text = trim(text.substr(0, text.find('\n')));
    return !text.empty() && text != "uninitialized";
}

std::vector<std::string> files_below(const RootFilesystem& root, const std::string& folder) {
    auto names = root.list(folder);
    for (auto& name : names)
        name.insert(0, folder + '/');
    return names;
}

}  // namespace

Image inspect(const RootFilesystem& root, const ConfigurationTexts& texts) {
    Image image;
    image.facts = scan(root);
    auto problems = image.facts.problems;
    image.applications = find_applications(image.facts, problems);
    if (!texts.sources.empty()) {
        try {
            image.configuration = config::interpret(texts.sources, texts.folder);
        } catch (const config::ConfigurationError& error) {
            problems.insert(problems.end(), error.problems().begin(), error.problems().end());
        }
    }
    if (!problems.empty()) throw config::ConfigurationError(std::move(problems));
    image.has_machine_id = has_machine_id(root);
    if (!image.configuration) return image;

    image.configuration_is_open =
        std::ranges::any_of(texts.modes, [](unsigned mode) { return (mode & 0044U) != 0; });
    for (const auto& file : image.configuration->files) {
        const auto reading = root.read(file.path.string(), largest_named_file);
        image.named_files[file.key] = {reading.outcome != RootFilesystem::Outcome::missing, reading.mode};
    }
    image.state_files = files_below(root, image.configuration->configuration.state_directory.string());
    return image;
}

}  // namespace device_agent::image
