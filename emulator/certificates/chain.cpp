// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/chain.hpp"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace emulator::certificates {
namespace {

using openssl::check;

using Store = std::unique_ptr<X509_STORE, openssl::Free<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, openssl::Free<X509_STORE_CTX_free>>;

// Between leaf and authority; a factory has two or three.
constexpr int deepest = 10;

// Holds the certificates that it borrows from a chain; frees the list alone.
struct FreeList {
    void operator()(STACK_OF(X509) * list) const noexcept { sk_X509_free(list); }
};
using Borrowed = std::unique_ptr<STACK_OF(X509), FreeList>;

Store trust(const std::vector<Certificate>& authorities) {
    auto store = check(Store(X509_STORE_new()), "make a store of certificates");
    for (const auto& authority : authorities)
        check(X509_STORE_add_cert(store.get(), authority.handle()) == 1, "trust a certificate");
    return store;
}

Borrowed issuers_of(const Chain& chain) {
    auto list = Borrowed(sk_X509_new_null());
    check(list != nullptr, "list certificates");
    for (std::size_t i = 1; i < chain.size(); ++i)
        check(sk_X509_push(list.get(), chain[i].handle()) > 0, "list certificates");
    return list;
}

}  // namespace

Chain parse_chain(const std::vector<device_agent::Bytes>& certificates) {
    Chain chain;
    for (const auto& der : certificates)
        chain.push_back(Certificate::from_der(der));
    return chain;
}

std::optional<std::string> reason_against_life(const Certificate& certificate, device_agent::WallTime now) {
    if (now < certificate.not_before()) {
        return "the certificate is not good before " + device_agent::format_utc(certificate.not_before());
    }
    if (now > certificate.not_after())
        return "the certificate expired at " + device_agent::format_utc(certificate.not_after());
    return std::nullopt;
}

ChainVerdict verify_chain(const Chain& chain, const std::vector<Certificate>& authorities,
                          device_agent::WallTime now) {
    const auto store = trust(authorities);
    const auto issuers = issuers_of(chain);
    const auto context = check(StoreContext(X509_STORE_CTX_new()), "make a verification");
    check(X509_STORE_CTX_init(context.get(), store.get(), chain.front().handle(), issuers.get()) == 1,
          "prepare a verification");
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_STORE_CTX_set_time(context.get(), 0, now.time_since_epoch().count());
    X509_STORE_CTX_set_depth(context.get(), deepest);
    check(X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_CLIENT) == 1, "prepare a verification");
    if (X509_verify_cert(context.get()) != 1) {
        ERR_clear_error();
        return {.reason = X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))};
    }
    const auto* verified = X509_STORE_CTX_get0_chain(context.get());
    const int last = sk_X509_num(verified) - 1;
    const X509* const top = sk_X509_value(verified, last);
    for (const auto& authority : authorities) {
        if (X509_cmp(authority.handle(), top) == 0)
            return {.reason = {}, .distance = last, .authority = authority.der()};
    }
    // Not to be had: OpenSSL ends a chain at one that is in the store.
    return {.reason = "the chain ends at an authority that is not trusted"};
}

}  // namespace emulator::certificates
