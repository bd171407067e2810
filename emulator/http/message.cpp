// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/message.hpp"

#include "emulator/ascii.hpp"
#include "emulator/format_error.hpp"
#include "foundation/encoding.hpp"

namespace emulator::http {
namespace {

std::string decode(std::string_view encoded, const char* part) {
    auto decoded = device_agent::percent_decode(encoded);
    if (!decoded) throw FormatError(std::string("the request's ") + part + " is not percent-encoded");
    return std::move(*decoded);
}

// Calls take(piece) for each piece between separators.
template <typename Take>
void split(std::string_view text, char separator, Take take) {
    for (;;) {
        const auto end = text.find(separator);
        take(text.substr(0, end));
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::optional<std::string_view> Headers::find(std::string_view name) const {
    for (const auto& [known, value] : fields_) {
        if (equal_ignoring_case(known, name)) return value;
    }
    return std::nullopt;
}

std::optional<std::string_view> Target::parameter(std::string_view name) const {
    for (const auto& [known, value] : query) {
        if (known == name) return value;
    }
    return std::nullopt;
}

Target parse_target(std::string_view text) {
    if (!text.starts_with('/')) throw FormatError("the request's target is not a path");
    const auto question = text.find('?');
    Target target;
    split(text.substr(0, question), '/', [&](std::string_view segment) {
        if (!segment.empty()) target.segments.push_back(decode(segment, "path"));
    });
    if (question == std::string_view::npos) return target;
    split(text.substr(question + 1), '&', [&](std::string_view field) {
        if (field.empty()) return;
        const auto equals = std::min(field.find('='), field.size());
        target.query.emplace_back(decode(field.substr(0, equals), "query"),
                                  decode(field.substr(std::min(equals + 1, field.size())), "query"));
    });
    return target;
}

std::string host_name_of(std::string_view host_header) {
    if (host_header.starts_with('[')) {
        return lower_case(host_header.substr(1, host_header.find(']') - 1));
    }
    return lower_case(host_header.substr(0, host_header.find(':')));
}

Response amend(Response response, std::function<void(Response&)> change) {
    if (!response.later) {
        change(response);
        return response;
    }
    response.later = [later = std::move(response.later), change = std::move(change)](auto respond) {
        later([change, respond = std::move(respond)](Response made) {
            change(made);
            respond(std::move(made));
        });
    };
    return response;
}

}  // namespace emulator::http
