// SPDX-License-Identifier: Apache-2.0
// Applications and problems as people and as programs read them.
#pragma once

#include "config/problem.hpp"
#include "image/application.hpp"

#include <nlohmann/json.hpp>

#include <iosfwd>
#include <vector>

namespace device_agent::image_app {

/// Names of a root file system may be any bytes; those that are no UTF-8 are replaced.
void print(std::ostream& out, const nlohmann::ordered_json& json);

[[nodiscard]] nlohmann::ordered_json to_json(const image::Application& application);
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<image::Application>& applications);
[[nodiscard]] nlohmann::ordered_json to_json(const std::vector<config::Problem>& problems);

[[nodiscard]] std::string_view to_text(image::Confidence confidence) noexcept;
/// The name and what the application is granted by, then a line for each reason.
void print(std::ostream& out, const image::Application& application);

}  // namespace device_agent::image_app
