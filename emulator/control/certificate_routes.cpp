// SPDX-License-Identifier: Apache-2.0
// /_emulator/certificates: authorities that may vouch for devices. In Azure they are uploaded by the resource
// manager, whose operations these follow; nobody is trusted before possession of the key is proven, or the
// upload says that it need not be.
#include "emulator/certificates/authority_store.hpp"
#include "emulator/certificates/chain.hpp"
#include "emulator/control/api.hpp"
#include "emulator/control/refusal.hpp"
#include "emulator/dps/certificate_info.hpp"
#include "emulator/dps/enrollment.hpp"
#include "emulator/format_error.hpp"
#include "emulator/http/json_body.hpp"
#include "emulator/unique_id.hpp"
#include "foundation/digest.hpp"
#include "foundation/encoding.hpp"

namespace emulator::control {
namespace {

using certificates::Certificate;
using certificates::UploadedAuthority;
using http::Call;
using http::Response;

// The service's own limit; it bounds what a registration costs.
constexpr std::size_t most_authorities = 25;

nlohmann::json to_json(const UploadedAuthority& authority) {
    return {{"name", authority.name},
            {"certificate", device_agent::base64_encode(authority.certificate.der())},
            {"info", dps::certificate_info(authority.certificate)},
            {"isVerified", authority.verified},
            {"etag", authority.etag},
            {"created", device_agent::format_utc(authority.created)},
            {"updated", device_agent::format_utc(authority.updated)}};
}

UploadedAuthority require_authority(store::Transaction& transaction, const Call& call) {
    auto authority = certificates::find_authority(transaction, call.parameter("name"));
    if (!authority) throw Refusal(404, "there is no such certificate");
    return std::move(*authority);
}

Certificate certificate_in(const nlohmann::json& body) {
    const auto text = body.is_object() ? http::text_member(body, "certificate") : std::nullopt;
    if (!text)
        throw FormatError(R"(the body is {"certificate": PEM or base64, "isVerified": true or false})");
    return Certificate::from_text(*text);
}

bool is_verified(const nlohmann::json& body) {
    const auto flag = body.find("isVerified");
    if (flag == body.end() || flag->is_null()) return false;
    if (!flag->is_boolean()) throw FormatError("isVerified is neither true nor false");
    return flag->get<bool>();
}

Response save(store::Transaction& transaction, UploadedAuthority authority, const Services& services) {
    authority.etag = new_etag();
    authority.updated = services.clock.now();
    certificates::save_authority(transaction, authority);
    transaction.commit();
    return http::json_response(200, to_json(authority));
}

Response upload(const Call& call, const Services& services) {
    const auto& name = call.parameter("name");
    if (!dps::is_valid_registration_id(name))
        throw FormatError("a certificate's name is 1 to 128 letters, digits and : . _ -");
    const auto body = http::parse_json(call.request.body);
    auto certificate = certificate_in(body);
    if (!certificate.is_authority())
        throw FormatError("this certificate is not one of an authority: its basic constraints do not say CA");
    auto transaction = services.database.begin();
    const auto present = certificates::find_authority(transaction, name);
    if (!present && certificates::list_authorities(transaction).size() >= most_authorities)
        throw FormatError("there are 25 certificates, as many as there may be");
    return save(transaction,
                {.name = present ? present->name : name,
                 .certificate = std::move(certificate),
                 .verified = is_verified(body),
                 .created = present ? present->created : services.clock.now()},
                services);
}

Response get(const Call& call, const Services& services) {
    auto transaction = services.database.begin();
    return http::json_response(200, to_json(require_authority(transaction, call)));
}

Response list(const Services& services) {
    auto transaction = services.database.begin();
    auto items = nlohmann::json::array();
    for (const auto& authority : certificates::list_authorities(transaction))
        items.push_back(to_json(authority));
    return http::json_response(200, nlohmann::json{{"certificates", items}});
}

Response remove(const Call& call, const Services& services) {
    auto transaction = services.database.begin();
    if (!certificates::erase_authority(transaction, call.parameter("name")))
        throw Refusal(404, "there is no such certificate");
    transaction.commit();
    return {.status = 204};
}

Response generate_verification_code(const Call& call, const Services& services) {
    auto transaction = services.database.begin();
    auto authority = require_authority(transaction, call);
    authority.verification_code = device_agent::hex_encode(device_agent::random_bytes(24));
    certificates::save_authority(transaction, authority);
    transaction.commit();
    return http::json_response(200, nlohmann::json{{"verificationCode", authority.verification_code}});
}

// Whoever has the key signs a certificate in the name of the code.
Response verify(const Call& call, const Services& services) {
    certificates::Chain proof;
    proof.push_back(certificate_in(http::parse_json(call.request.body)));
    auto transaction = services.database.begin();
    auto authority = require_authority(transaction, call);
    if (authority.verification_code.empty())
        throw Refusal(409, "ask for a verification code first: POST .../generateVerificationCode");
    if (proof.front().common_name() != authority.verification_code)
        throw FormatError("the certificate's common name is not the verification code");
    std::vector<Certificate> trusted;
    trusted.push_back(Certificate::from_der(authority.certificate.der()));
    const auto verdict = certificates::verify_chain(proof, trusted, services.clock.now());
    if (!verdict.reason.empty() || verdict.distance != 1)
        throw FormatError("the certificate was not issued by \"" + authority.name + "\": " + verdict.reason);
    authority.verified = true;
    authority.verification_code.clear();
    return save(transaction, std::move(authority), services);
}

}  // namespace

void add_certificate_routes(http::Router& router, const Services& services) {
    const std::string item = "/_emulator/certificates/{name}";
    router.add("GET", "/_emulator/certificates", [&](Call&) { return list(services); });
    router.add("PUT", item, [&](Call& call) { return upload(call, services); });
    router.add("GET", item, [&](Call& call) { return get(call, services); });
    router.add("DELETE", item, [&](Call& call) { return remove(call, services); });
    router.add("POST", item + "/generateVerificationCode",
               [&](Call& call) { return generate_verification_code(call, services); });
    router.add("POST", item + "/verify", [&](Call& call) { return verify(call, services); });
}

}  // namespace emulator::control
