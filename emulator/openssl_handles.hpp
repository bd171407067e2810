// SPDX-License-Identifier: Apache-2.0
// Owners of OpenSSL's objects, and the one way in which its failures become exceptions.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <memory>

namespace emulator::openssl {

template <auto free_function>
struct Free {
    template <typename T>
    void operator()(T* object) const noexcept {
        free_function(object);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Free<OSSL_PARAM_free>>;
using ParameterBuilder = std::unique_ptr<OSSL_PARAM_BLD, Free<OSSL_PARAM_BLD_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

/// Throws Error{internal} that names what was tried; OpenSSL's own reason is added and its error queue is
/// cleared.
[[noreturn]] void fail(const char* tried);

inline void check(bool succeeded, const char* tried) {
    if (!succeeded) fail(tried);
}

template <typename Handle>
Handle check(Handle handle, const char* tried) requires requires {
    handle.get();
}
{
    if (!handle) fail(tried);
    return handle;
}

}  // namespace emulator::openssl
