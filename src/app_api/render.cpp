// SPDX-License-Identifier: Apache-2.0
#include "app_api/render.hpp"

#include "foundation/clock.hpp"
#include "identity/credentials.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace device_agent::app_api {
namespace {

using Json = nlohmann::json;

Reply json_reply(const Json& document) {
    return {.content_type = "application/json", .body = SecretText(document.dump())};
}

Reply text_reply(SecretText text) {
    return {.content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

Json to_json(const Owned& owned) {
    const auto& identity = *owned.served.slot.identity;
    return {{"application", owned.application},
            {"hub", identity.hub},
            {"device", identity.device},
            {"module", identity.module ? Json(*identity.module) : Json()},
            {"authentication", is_x509(owned.served) ? "x509" : "sas"}};
}

constexpr std::string_view authentication = "Device-Agent-Authentication";

// A path is any bytes but zero; one that no header can hold is left out of it, and JSON tells it.
void add_path(Reply& reply, std::string_view name, const std::filesystem::path& path) {
    const auto text = path.string();
    const bool can_be = std::ranges::all_of(text, [](char c) { return c >= ' ' && c != '\x7f'; });
    if (can_be) reply.headers.emplace_back(name, text);
}

std::string text_of(const Owned& owned) {
    return owned.served.slot.identity->text();
}

}  // namespace

bool is_x509(const ServedIdentity& served) {
    return served.slot.place == identity::KeyPlace::certificate;
}

Reply render_identity(const Owned& owned, Format format) {
    if (format != Format::text) return json_reply(to_json(owned));
    auto reply = text_reply(SecretText(text_of(owned)));
    reply.headers.emplace_back(authentication, is_x509(owned.served) ? "x509" : "sas");
    return reply;
}

Reply render_identities(const std::vector<Owned>& owned, Format format) {
    if (format == Format::text) {
        std::string lines;
        for (const auto& one : owned)
            lines += one.application + ' ' + text_of(one) + '\n';
        return text_reply(SecretText(lines));
    }
    auto identities = Json::array();
    for (const auto& one : owned)
        identities.push_back(to_json(one));
    return json_reply({{"identities", std::move(identities)}});
}

Reply render_token(const Owned& owned, const cloud::SasToken& token, Format format) {
    if (format == Format::text) return text_reply(token.text);
    return json_reply(
        {{"token", token.text.view()}, {"expires", format_utc(token.expires)}, {"identity", text_of(owned)}});
}

Reply render_connection_string(const Owned& owned, const cloud::SasToken& token, Format format) {
    auto text = identity::make_connection_string(*owned.served.slot.identity, token);
    if (format == Format::text) {
        auto reply = text_reply(std::move(text));
        reply.headers.emplace_back(authentication, "sas");
        return reply;
    }
    return json_reply({{"connectionString", text.view()},
                       {"expires", format_utc(token.expires)},
                       {"identity", text_of(owned)}});
}

Reply render_x509_connection_string(const Owned& owned, const config::Grant& grant, Format format) {
    auto text = identity::make_x509_connection_string(*owned.served.slot.identity);
    if (format == Format::text) {
        auto reply = text_reply(std::move(text));
        reply.headers.emplace_back(authentication, "x509");
        add_path(reply, "Device-Agent-Certificate", grant.certificate);
        add_path(reply, "Device-Agent-Private-Key", grant.private_key);
        return reply;
    }
    return json_reply({{"connectionString", text.view()},
                       {"expires", nullptr},
                       {"identity", text_of(owned)},
                       {"certificate", grant.certificate.string()},
                       {"privateKey", grant.private_key.string()}});
}

}  // namespace device_agent::app_api
