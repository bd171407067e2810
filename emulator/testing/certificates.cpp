// SPDX-License-Identifier: Apache-2.0
#include "emulator/testing/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>

namespace emulator::testing {
namespace {

using openssl::check;

constexpr device_agent::WallTime start_of_2020{std::chrono::seconds{1'577'836'800}};

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const auto extension =
        check(openssl::Extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value)), "make an extension");
    check(X509_add_ext(certificate, extension.get(), -1) == 1, "add an extension");
}

// Signed by itself when there is no issuer.
TestCertificate make(const TestCertificate* issuer, const std::string& common_name,
                     const CertificateOptions& options) {
    TestCertificate made{openssl::Certificate(X509_new()), openssl::Key(EVP_EC_gen("P-256"))};
    X509* const raw = made.certificate.get();
    X509* const signer = issuer == nullptr ? raw : issuer->certificate.get();
    const auto from = options.from == device_agent::WallTime{} ? start_of_2020 : options.from;
    const auto to = from + options.life;

    static std::atomic<long> serial{1};
    check(X509_set_version(raw, X509_VERSION_3) == 1, "set the version");
    check(ASN1_INTEGER_set(X509_get_serialNumber(raw), serial++) == 1, "set the serial number");
    check(ASN1_TIME_set(X509_getm_notBefore(raw), from.time_since_epoch().count()) != nullptr &&
              ASN1_TIME_set(X509_getm_notAfter(raw), to.time_since_epoch().count()) != nullptr,
          "set the life");
    auto* name = X509_get_subject_name(raw);
    const device_agent::Bytes text(common_name.begin(), common_name.end());
    check(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, text.data(),
                                     static_cast<int>(text.size()), -1, 0) == 1,
          "set the name");
    check(X509_set_issuer_name(raw, X509_get_subject_name(signer)) == 1, "name the issuer");
    check(X509_set_pubkey(raw, made.key.get()) == 1, "set the key");
    add_extension(raw, signer, NID_basic_constraints, options.authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (options.authority) add_extension(raw, signer, NID_key_usage, "critical,keyCertSign");
    EVP_PKEY* const signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
    check(X509_sign(raw, signing_key, EVP_sha256()) > 0, "sign a certificate");
    return made;
}

}  // namespace

device_agent::Bytes TestCertificate::der() const {
    unsigned char* encoded = nullptr;
    const int size = i2d_X509(certificate.get(), &encoded);
    check(size > 0, "write a certificate");
    device_agent::Bytes bytes(encoded, encoded + size);
    OPENSSL_free(encoded);
    return bytes;
}

std::string TestCertificate::pem() const {
    const openssl::Bio bio(BIO_new(BIO_s_mem()));
    check(PEM_write_bio_X509(bio.get(), certificate.get()) == 1, "write a certificate");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

TestCertificate self_signed(const std::string& common_name, const CertificateOptions& options) {
    return make(nullptr, common_name, options);
}

TestCertificate issue(const TestCertificate& issuer, const std::string& common_name,
                      const CertificateOptions& options) {
    return make(&issuer, common_name, options);
}

}  // namespace emulator::testing
