// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/certificate.hpp"

#include "emulator/format_error.hpp"
#include "foundation/encoding.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace emulator::certificates {
namespace {

using device_agent::Bytes;
using device_agent::WallTime;

constexpr std::string_view pem_header = "-----BEGIN ";

[[noreturn]] void refuse(const std::string& what) {
    ERR_clear_error();
    throw FormatError(what);
}

Bytes to_der(X509* certificate) {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(certificate, &encoded);
    openssl::check(size > 0, "write a certificate");
    Bytes der(encoded, encoded + size);
    OPENSSL_free(encoded);
    return der;
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
    unsigned int size = 0;
    openssl::check(X509_digest(certificate, digest, bytes.data(), &size) == 1, "digest a certificate");
    auto text = device_agent::hex_encode(device_agent::ByteView(bytes.data(), size));
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c; });
    return text;
}

std::string content_of(const openssl::Bio& bio) {
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string to_text(const X509_NAME* name) {
    const auto bio = openssl::check(openssl::Bio(BIO_new(BIO_s_mem())), "make a buffer");
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return content_of(bio);
}

WallTime to_time(const ASN1_TIME* time) {
    std::tm parts{};
    openssl::check(ASN1_TIME_to_tm(time, &parts) == 1, "read a certificate's life");
    return WallTime(std::chrono::seconds(timegm(&parts)));
}

// Whoever sends an encrypted text is refused: without this, OpenSSL would ask for its passphrase at our
// terminal.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) {
    return -1;
}

bool has_readable_life(const X509* certificate) {
    return ASN1_TIME_check(X509_get0_notBefore(certificate)) == 1 &&
           ASN1_TIME_check(X509_get0_notAfter(certificate)) == 1;
}

}  // namespace

Certificate Certificate::from_der(device_agent::ByteView der) {
    const auto* next = der.data();
    openssl::Certificate handle(d2i_X509(nullptr, &next, static_cast<long>(der.size())));
    if (!handle || next != der.data() + der.size() || !has_readable_life(handle.get()))
        refuse("this is not an X.509 certificate");
    return {std::move(handle), Bytes(der.begin(), der.end())};
}

Certificate Certificate::from_text(std::string_view text) {
    if (text.find(pem_header) == std::string_view::npos) {
        const auto der = device_agent::base64_decode(text);
        if (!der) refuse("this is neither PEM nor base64");
        return from_der(*der);
    }
    return from_der(read_pem(text).front());
}

std::vector<Bytes> read_pem(std::string_view text) {
    std::vector<Bytes> certificates;
    const openssl::Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    for (;;) {
        const openssl::Certificate read(PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, nullptr));
        if (!read) break;
        certificates.push_back(to_der(read.get()));
    }
    ERR_clear_error();
    if (certificates.empty()) throw FormatError("this PEM text holds no certificate");
    return certificates;
}

std::string Certificate::sha1_thumbprint() const {
    return thumbprint(handle_.get(), EVP_sha1());
}
std::string Certificate::sha256_thumbprint() const {
    return thumbprint(handle_.get(), EVP_sha256());
}

std::string Certificate::subject() const {
    return to_text(X509_get_subject_name(handle_.get()));
}
std::string Certificate::issuer() const {
    return to_text(X509_get_issuer_name(handle_.get()));
}

std::string Certificate::common_name() const {
    const auto* name = X509_get_subject_name(handle_.get());
    int last = -1;
    for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        last = at;
    if (last < 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last)));
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    std::string common_name(text, text + size);
    OPENSSL_free(text);
    return common_name;
}

std::string Certificate::serial_number() const {
    const auto* serial = X509_get0_serialNumber(handle_.get());
    return device_agent::hex_encode(
        {ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial))});
}

int Certificate::version() const {
    return static_cast<int>(X509_get_version(handle_.get())) + 1;
}
WallTime Certificate::not_before() const {
    return to_time(X509_get0_notBefore(handle_.get()));
}
WallTime Certificate::not_after() const {
    return to_time(X509_get0_notAfter(handle_.get()));
}

bool Certificate::is_authority() const {
    return X509_check_ca(handle_.get()) == 1;
}

}  // namespace emulator::certificates
