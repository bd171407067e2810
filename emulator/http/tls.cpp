// SPDX-License-Identifier: Apache-2.0
#include "emulator/http/tls.hpp"

#include "emulator/openssl_handles.hpp"
#include "foundation/error.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <openssl/ssl.h>

namespace emulator::http {
namespace {

namespace ssl = boost::asio::ssl;

constexpr auto suites =
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256";

// Enough for the longest chain that anyone has; OpenSSL's own bound is half as much again.
constexpr long most_certificate_bytes = 64L * 1024;

void allow_version_1_2_only(SSL_CTX* context) {
    openssl::check(SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
                       SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION) == 1 &&
                       SSL_CTX_set_cipher_list(context, suites) == 1,
                   "set the version of TLS");
}

// Self-signed certificates are as welcome as chains: DPS and hub check them against what they know.
void ask_for_client_certificate(SSL_CTX* context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    SSL_CTX_set_max_cert_list(context, most_certificate_bytes);
}

device_agent::Bytes to_der(const X509* certificate) {
    const int size = i2d_X509(certificate, nullptr);
    openssl::check(size > 0, "write a certificate");
    device_agent::Bytes der(static_cast<std::size_t>(size));
    auto* out = der.data();
    openssl::check(i2d_X509(certificate, &out) == size, "write a certificate");
    return der;
}

}  // namespace

ssl::context make_server_context(const certificates::CertifiedKey& certificate) {
    ssl::context context(ssl::context::tls_server);
    SSL_CTX* const raw = context.native_handle();
    allow_version_1_2_only(raw);
    SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    ask_for_client_certificate(raw);
    // Thousands of connections, most of them idle: no buffers for those.
    SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
    const auto key = certificate.private_key.view();
    context.use_certificate_chain(boost::asio::buffer(certificate.certificate));
    context.use_private_key(boost::asio::buffer(key.data(), key.size()), ssl::context::pem);
    return context;
}

std::vector<device_agent::Bytes> client_certificates(SSL* connection) {
    std::vector<device_agent::Bytes> chain;
    const X509* const own = SSL_get0_peer_certificate(connection);
    if (own == nullptr) return chain;
    chain.push_back(to_der(own));
    // On a server's side, the chain is without the client's own.
    const auto* issuers = SSL_get_peer_cert_chain(connection);
    for (int i = 0; issuers != nullptr && i < sk_X509_num(issuers); ++i)
        chain.push_back(to_der(sk_X509_value(issuers, i)));
    return chain;
}

ssl::context make_client_context(const std::string& ca_file, const std::string& host) {
    ssl::context context(ssl::context::tls_client);
    allow_version_1_2_only(context.native_handle());
    boost::system::error_code error;
    context.load_verify_file(ca_file, error);
    if (error) {
        throw device_agent::Error(device_agent::ErrorCode::network,
                                  "cannot use the certificate authority " + ca_file + ": " + error.message());
    }
    context.set_verify_mode(ssl::verify_peer);
    context.set_verify_callback(ssl::host_name_verification(host));
    return context;
}

}  // namespace emulator::http
