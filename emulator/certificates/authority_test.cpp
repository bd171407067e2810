// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/authority.hpp"

#include "emulator/certificates/host_name.hpp"
#include "emulator/openssl_handles.hpp"
#include "foundation/error.hpp"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace emulator::certificates {
namespace {

using device_agent::WallTime;

const WallTime now{std::chrono::seconds{1'800'000'000}};

const CertifiedKey& authority() {
    static const auto made = make_authority(now);
    return made;
}

openssl::Certificate parse(const std::string& pem) {
    const openssl::Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return openssl::Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// OpenSSL's own verdict, for a client that trusts the authority and connects to `host`.
int verify(const CertifiedKey& server, const std::string& host, WallTime at) {
    const auto trusted = parse(authority().certificate);
    const auto leaf = parse(server.certificate);
    const std::unique_ptr<X509_STORE, openssl::Free<X509_STORE_free>> store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), trusted.get());
    const std::unique_ptr<X509_STORE_CTX, openssl::Free<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
    auto* parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_time(parameters, at.time_since_epoch().count());
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    if (is_address(host)) {
        X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), 0);
    }
    X509_verify_cert(context.get());
    return X509_STORE_CTX_get_error(context.get());
}

TEST(Authority, VouchesForItsNames) {
    const std::vector<std::string> names{"localhost", "hub.test",  "a.b.localhost",
                                         "127.0.0.1", "127.9.9.9", "::1"};
    const auto server = issue_server_certificate(authority(), names, now);
    for (const auto& name : names)
        EXPECT_EQ(verify(server, name, now), X509_V_OK) << name;
    EXPECT_EQ(verify(server, "other.test", now), X509_V_ERR_HOSTNAME_MISMATCH);
}

TEST(Authority, CannotVouchForAnyOtherName) {
    for (const auto* name :
         {"example.com", "global.azure-devices-provisioning.net", "nottest", "localhost.com"}) {
        EXPECT_EQ(verify(issue_server_certificate(authority(), {name}, now), name, now),
                  X509_V_ERR_PERMITTED_VIOLATION)
            << name;
    }
}

TEST(Authority, EndsWithItsLife) {
    const auto server = issue_server_certificate(authority(), {"localhost"}, now);
    EXPECT_EQ(expiry_of(server.certificate), now + std::chrono::days{397});
    EXPECT_EQ(verify(server, "localhost", now + std::chrono::days{398}), X509_V_ERR_CERT_HAS_EXPIRED);
    EXPECT_EQ(verify(server, "localhost", now - std::chrono::hours{23}), X509_V_OK);
}

TEST(HostNameRule, TakesNamesThatNobodyOwns) {
    for (const auto* name :
         {"localhost", "LOCALHOST", "hub.localhost", "a.b-c.test", "127.0.0.1", "127.255.0.1", "::1"}) {
        EXPECT_NO_THROW(static_cast<void>(check_host_name(name))) << name;
    }
    EXPECT_EQ(check_host_name("Hub.Test"), "hub.test");
}

TEST(HostNameRule, RefusesTheRest) {
    for (const auto* name :
         {"", "hub", "test", "example.com", ".test", "a..test", "-a.test", "a b.test", "a_b.test",
          "128.0.0.1", "10.0.0.1", "::2", "127.1", "localhost.", "hub.test:443"}) {
        EXPECT_THROW(static_cast<void>(check_host_name(name)), device_agent::Error) << name;
    }
    EXPECT_THROW(static_cast<void>(check_host_name(std::string(64, 'a') + ".test")), device_agent::Error);
}

}  // namespace
}  // namespace emulator::certificates
