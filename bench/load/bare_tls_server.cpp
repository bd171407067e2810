// SPDX-License-Identifier: Apache-2.0
// bare_tls_server CERTIFICATE KEY: what this machine can do in TLS handshakes when nothing is behind them.
// Listens on a free port of 127.0.0.1, prints "READY <port>", and accepts, shakes hands and closes on
// blocking threads, with the version, suites and options of the emulator. Runs until it is killed.
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <iostream>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

// More than cores, so that one that waits for its client keeps none idle.
constexpr std::size_t threads = 16;

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Connection = std::unique_ptr<SSL, decltype(&SSL_free)>;

Context make_context(const char* certificate, const char* key) {
    Context context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_cipher_list(context.get(), "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256");
    if (SSL_CTX_use_certificate_chain_file(context.get(), certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context.get(), key, SSL_FILETYPE_PEM) != 1) {
        std::cerr << "cannot use " << certificate << " and " << key << "\n";
        context.reset();
    }
    return context;
}

int listen_anywhere() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);  // as the sockets interface wants it
    socklen_t size = sizeof address;
    if (::bind(listener, generic, size) != 0 || ::listen(listener, SOMAXCONN) != 0 ||
        ::getsockname(listener, generic, &size) != 0) {
        return -1;
    }
    std::cout << "READY " << ntohs(address.sin_port) << std::endl;
    return listener;
}

void serve(SSL_CTX* context, int listener) {
    for (;;) {
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        const int on = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        {
            const Connection connection(SSL_new(context), &SSL_free);
            SSL_set_fd(connection.get(), socket);
            std::array<char, 1> byte{};
            // Reads until the client's goodbye, as the emulator does.
            if (SSL_accept(connection.get()) == 1) SSL_read(connection.get(), byte.data(), byte.size());
        }
        ::close(socket);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: bare_tls_server CERTIFICATE KEY\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    const auto context = make_context(argv[1], argv[2]);
    if (!context) return EXIT_FAILURE;
    const int listener = listen_anywhere();
    if (listener < 0) return EXIT_FAILURE;
    std::vector<std::jthread> pool;
    for (std::size_t i = 0; i < threads; ++i)
        pool.emplace_back([&] { serve(context.get(), listener); });
}
