// SPDX-License-Identifier: Apache-2.0
#include "tests/support/tls_server.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <csignal>
#include <ctime>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace device_agent::support {
namespace {

template <auto release>
struct Releaser {
    template <typename T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Releaser<X509_free>>;
using Context = std::unique_ptr<SSL_CTX, Releaser<SSL_CTX_free>>;
using Session = std::unique_ptr<SSL, Releaser<SSL_free>>;

void must(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("the TLS server of the test: ") + what);
}

void extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
    must(extension != nullptr, "an extension");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::string& name,
                                const TlsServer::Certificate& validity, X509* issuer) {
    CertificatePtr certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), issuer == nullptr ? 1 : 2);
    ASN1_TIME_set(X509_getm_notBefore(certificate.get()), validity.from.time_since_epoch().count());
    ASN1_TIME_set(X509_getm_notAfter(certificate.get()), validity.to.time_since_epoch().count());
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's text type.
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC, text, -1, -1, 0);
    X509* by = issuer == nullptr ? certificate.get() : issuer;
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(by));
    X509_set_pubkey(certificate.get(), key);
    if (issuer == nullptr) {
        extend(certificate.get(), by, NID_basic_constraints, "critical,CA:TRUE");
    } else {
        extend(certificate.get(), by, NID_subject_alt_name, "DNS:" + validity.name);
    }
    return certificate;
}

}  // namespace

struct TlsServer::Tls {
    Context context{SSL_CTX_new(TLS_server_method())};
};

TlsServer::TlsServer(const Certificate& certificate, WallTime date) : tls_(std::make_unique<Tls>()) {
    ::signal(SIGPIPE, SIG_IGN);  // a client may turn away at any time
    const Certificate any_time{WallTime{}, WallTime(std::chrono::years(200)), {}};
    const Key authority_key(EVP_EC_gen("P-256"));
    // Each has a name of its own, since a certificate names the authority that it is by.
    const auto authority = make_certificate(
        authority_key.get(), "authority " + folder_.path().filename().string(), any_time, nullptr);
    must(X509_sign(authority.get(), authority_key.get(), EVP_sha256()) > 0, "the authority");
    const Key key(EVP_EC_gen("P-256"));
    const auto own = make_certificate(key.get(), "server", certificate, authority.get());
    must(X509_sign(own.get(), authority_key.get(), EVP_sha256()) > 0, "the certificate");
    must(SSL_CTX_use_certificate(tls_->context.get(), own.get()) == 1, "its use");
    must(SSL_CTX_use_PrivateKey(tls_->context.get(), key.get()) == 1, "its key");

    std::FILE* const file = std::fopen(this->authority().c_str(), "w");
    must(file != nullptr && PEM_write_X509(file, authority.get()) == 1, "the authority's file");
    std::fclose(file);

    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    must(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0, "bind");
    must(::listen(listener_, 8) == 0, "listen");

    const std::time_t seconds = date.time_since_epoch().count();
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    char text[64];
    std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    thread_ =
        std::thread([this, answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\nDate: " +
                                    std::string(text) + "\r\n\r\n"] { serve(answer); });
}

TlsServer::~TlsServer() {
    ::shutdown(listener_, SHUT_RDWR);  // wakes accept()
    thread_.join();
    ::close(listener_);
}

std::string TlsServer::host() const {
    sockaddr_in address{};
    socklen_t length = sizeof(address);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    return "localhost:" + std::to_string(ntohs(address.sin_port));
}

void TlsServer::serve(std::string answer) const {
    for (;;) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) return;
        const Session session(SSL_new(tls_->context.get()));
        SSL_set_fd(session.get(), client);
        if (SSL_accept(session.get()) == 1) {
            char request[4096];
            if (SSL_read(session.get(), request, sizeof(request)) > 0)
                SSL_write(session.get(), answer.data(), static_cast<int>(answer.size()));
            SSL_shutdown(session.get());
        }
        ::close(client);
    }
}

}  // namespace device_agent::support
