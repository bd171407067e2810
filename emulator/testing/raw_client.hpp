// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "emulator/openssl_handles.hpp"
#include "emulator/testing/certificates.hpp"

#include <openssl/ssl.h>

#include <csignal>
#include <memory>
#include <string>

namespace emulator::testing {

// A client that may do anything: raw TLS over OpenSSL's own sockets.
class RawClient {
public:
    explicit RawClient(std::uint16_t port, int version = TLS1_2_VERSION)
        : context_(SSL_CTX_new(TLS_client_method())), port_(port) {
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), version);
        SSL_CTX_set_security_level(context_.get(), 0);
        std::signal(SIGPIPE, SIG_IGN);  // OpenSSL's sockets raise it when the server has closed
        prepare();
    }
    /// What it shows when it is asked for a certificate.
    void show(const TestCertificate& own, const TestCertificate* issuer = nullptr) {
        connection_.reset();
        SSL_CTX_use_certificate(context_.get(), own.certificate.get());
        SSL_CTX_use_PrivateKey(context_.get(), own.key.get());
        if (issuer != nullptr) SSL_CTX_add1_chain_cert(context_.get(), issuer->certificate.get());
        prepare();
    }
    [[nodiscard]] bool connect() {
        return BIO_do_connect(connection_.get()) == 1 && BIO_do_handshake(connection_.get()) == 1;
    }
    void send(const std::string& text) {
        BIO_write(connection_.get(), text.data(), static_cast<int>(text.size()));
    }
    /// Up to and with `end`, or until the server closes.
    [[nodiscard]] std::string read_until(const std::string& end) {
        std::string text;
        for (char c = 0; !text.ends_with(end) && BIO_read(connection_.get(), &c, 1) == 1;)
            text.push_back(c);
        return text;
    }
    /// Until the server closes.
    [[nodiscard]] std::string read_to_end() {
        std::string text;
        char part[1024];
        for (int got = 0; (got = BIO_read(connection_.get(), part, sizeof part)) > 0;) {
            text.append(part, static_cast<std::size_t>(got));
        }
        return text;
    }

private:
    void prepare() {
        connection_.reset(BIO_new_ssl_connect(context_.get()));
        BIO_set_conn_hostname(connection_.get(), ("127.0.0.1:" + std::to_string(port_)).c_str());
    }

    std::unique_ptr<SSL_CTX, openssl::Free<SSL_CTX_free>> context_;
    std::uint16_t port_;
    openssl::Bio connection_;
};

}  // namespace emulator::testing
