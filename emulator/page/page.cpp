// SPDX-License-Identifier: Apache-2.0
#include "emulator/page/page.hpp"

#include "emulator/page/assets.hpp"

#include <algorithm>

namespace emulator::page {
namespace {

constexpr std::string_view index = "index.html";

// Nothing from anywhere else, no inline script, and in nobody's frame.
constexpr auto policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view content_type(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    return "text/javascript; charset=utf-8";
}

}  // namespace

std::optional<http::Response> answer(const http::Request& request) {
    const auto& segments = request.target.segments;
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    if (segments.empty() || segments.size() > 2) return std::nullopt;
    const std::string_view wanted = segments.size() == 1 ? index : std::string_view(segments.back());
    const auto all = assets();
    const auto asset = std::ranges::find(all, wanted, &Asset::name);
    if (asset == all.end()) return std::nullopt;
    return http::Response{.status = 200,
                          .headers = {{"Content-Type", std::string(content_type(asset->name))},
                                      {"Content-Security-Policy", policy},
                                      {"Referrer-Policy", "no-referrer"},
                                      {"X-Content-Type-Options", "nosniff"}},
                          .body = std::string(asset->content)};
}

std::string link(const std::string& control_url, const std::string& control_token) {
    return control_url + "/#token=" + control_token;
}

}  // namespace emulator::page
