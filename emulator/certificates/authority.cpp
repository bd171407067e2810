// SPDX-License-Identifier: Apache-2.0
#include "emulator/certificates/authority.hpp"

#include "emulator/certificates/host_name.hpp"
#include "emulator/openssl_handles.hpp"
#include "foundation/digest.hpp"
#include "foundation/error.hpp"

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace emulator::certificates {
namespace {

using device_agent::WallTime;
using openssl::check;

constexpr std::chrono::days authority_life{3650};
constexpr std::chrono::days server_life{397};
// A device whose clock is behind must still be able to connect.
constexpr std::chrono::days back_dating{1};

openssl::Key make_key() {
    return check(openssl::Key(EVP_RSA_gen(2048)), "make an RSA key");
}

void set_life(X509* certificate, WallTime from, WallTime to) {
    check(ASN1_TIME_set(X509_getm_notBefore(certificate), from.time_since_epoch().count()) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(certificate), to.time_since_epoch().count()) != nullptr,
          "set a certificate's life");
}

void set_serial(X509* certificate) {
    auto bytes = device_agent::random_bytes(16);
    bytes.front() = static_cast<std::uint8_t>((bytes.front() & 0x7fU) | 0x40U);  // positive, always 16 bytes
    const openssl::Number number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    check(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr,
          "set a serial number");
}

void add_common_name(X509_NAME* name, const std::string& text) {
    std::vector<unsigned char> bytes(text.begin(), text.end());
    check(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, bytes.data(),
                                     static_cast<int>(bytes.size()), -1, 0) == 1,
          "name a certificate");
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const auto extension =
        check(openssl::Extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())),
              "make a certificate's extension");
    check(X509_add_ext(certificate, extension.get(), -1) == 1, "add a certificate's extension");
}

openssl::Certificate new_certificate(const std::string& common_name, EVP_PKEY* key, WallTime now,
                                     std::chrono::days life) {
    auto certificate = check(openssl::Certificate(X509_new()), "make a certificate");
    check(X509_set_version(certificate.get(), X509_VERSION_3) == 1, "set a certificate's version");
    set_serial(certificate.get());
    set_life(certificate.get(), now - back_dating, now + life);
    add_common_name(X509_get_subject_name(certificate.get()), common_name);
    check(X509_set_pubkey(certificate.get(), key) == 1, "set a certificate's key");
    return certificate;
}

void sign(X509* certificate, EVP_PKEY* key) {
    check(X509_sign(certificate, key, EVP_sha256()) > 0, "sign a certificate");
}

openssl::Bio memory() {
    return check(openssl::Bio(BIO_new(BIO_s_mem())), "make a buffer");
}

std::string_view content_of(const openssl::Bio& bio) {
    char* text = nullptr;
    const long size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

CertifiedKey to_pem(const openssl::Certificate& certificate, const openssl::Key& key) {
    const auto certificate_text = memory();
    check(PEM_write_bio_X509(certificate_text.get(), certificate.get()) == 1, "write a certificate");
    const openssl::Bio key_text = check(openssl::Bio(BIO_new(BIO_s_secmem())), "make a buffer");
    check(PEM_write_bio_PrivateKey(key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "write a private key");
    return {std::string(content_of(certificate_text)), device_agent::SecretText(content_of(key_text))};
}

openssl::Bio reading(std::string_view pem) {
    return check(openssl::Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))), "read a PEM text");
}

openssl::Certificate read_certificate(const std::string& pem) {
    return check(openssl::Certificate(PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr)),
                 "read a certificate of the data directory");
}

openssl::Key read_key(const device_agent::SecretText& pem) {
    return check(openssl::Key(PEM_read_bio_PrivateKey(reading(pem.view()).get(), nullptr, nullptr, nullptr)),
                 "read a key of the data directory");
}

std::string alternative_names(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        if (!text.empty()) text += ",";
        text += (is_address(name) ? "IP:" : "DNS:") + name;
    }
    return text;
}

}  // namespace

CertifiedKey make_authority(WallTime now) {
    const auto key = make_key();
    // Two directories, two names: a client that trusts both must not mix them up.
    const auto certificate =
        new_certificate("IoT emulator CA " + device_agent::format_utc(now), key.get(), now, authority_life);
    X509* const raw = certificate.get();
    check(X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1, "name an issuer");
    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(raw, raw, NID_subject_key_identifier, "hash");
    add_extension(raw, raw, NID_name_constraints,
                  "critical,permitted;DNS:localhost,permitted;DNS:test,permitted;IP:127.0.0.0/255.0.0.0,"
                  "permitted;IP:0:0:0:0:0:0:0:1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
    sign(raw, key.get());
    return to_pem(certificate, key);
}

CertifiedKey issue_server_certificate(const CertifiedKey& authority, const std::vector<std::string>& names,
                                      WallTime now) {
    const auto issuer = read_certificate(authority.certificate);
    const auto issuer_key = read_key(authority.private_key);
    const auto key = make_key();
    const auto certificate = new_certificate("IoT emulator", key.get(), now, server_life);
    X509* const raw = certificate.get();
    check(X509_set_issuer_name(raw, X509_get_subject_name(issuer.get())) == 1, "name an issuer");
    add_extension(raw, issuer.get(), NID_basic_constraints, "critical,CA:FALSE");
    add_extension(raw, issuer.get(), NID_key_usage, "critical,digitalSignature,keyEncipherment");
    add_extension(raw, issuer.get(), NID_ext_key_usage, "serverAuth");
    add_extension(raw, issuer.get(), NID_subject_key_identifier, "hash");
    add_extension(raw, issuer.get(), NID_authority_key_identifier, "keyid");
    add_extension(raw, issuer.get(), NID_subject_alt_name, alternative_names(names));
    sign(raw, issuer_key.get());
    return to_pem(certificate, key);
}

bool is_pair(const CertifiedKey& certified) {
    const auto certificate = read_certificate(certified.certificate);
    const auto key = read_key(certified.private_key);
    return EVP_PKEY_eq(X509_get0_pubkey(certificate.get()), key.get()) == 1;
}

WallTime expiry_of(const std::string& certificate) {
    const auto parsed = read_certificate(certificate);
    std::tm parts{};
    check(ASN1_TIME_to_tm(X509_get0_notAfter(parsed.get()), &parts) == 1, "read a certificate's life");
    return WallTime(std::chrono::seconds(timegm(&parts)));
}

}  // namespace emulator::certificates
