// SPDX-License-Identifier: Apache-2.0
#include "attestation/client_certificate.hpp"

#include "attestation/tpm_key_provider.hpp"
#include "foundation/bytes.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/encoding.hpp"
#include "foundation/error.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace device_agent::attestation {
namespace {

template <auto Free>
struct Deleter {
    template <typename Object>
    void operator()(Object* object) const noexcept {
        Free(object);
    }
};
using Bio = std::unique_ptr<BIO, Deleter<&BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<&EVP_PKEY_free>>;

constexpr std::string_view certificate_key = "attestation.certificate: ";
constexpr std::string_view private_key_key = "attestation.privateKey: ";

Error wrong(std::string_view key, const std::filesystem::path& file, const std::string& why) {
    return {ErrorCode::configuration, std::string(key) + file.string() + " " + why};
}

// Never asks on a terminal: an encrypted file is an error.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Bio memory(std::string_view text) {
    Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio) throw std::bad_alloc();
    return bio;
}

// Leaf first.
std::vector<Certificate> parse_chain(const std::string& pem, const std::filesystem::path& file) {
    const auto bio = memory(pem);
    std::vector<Certificate> chain;
    bool asked = false;
    while (auto* next = PEM_read_bio_X509(bio.get(), nullptr, &no_passphrase, &asked))
        chain.emplace_back(next);
    const auto last = ERR_peek_last_error();
    ERR_clear_error();
    if (chain.empty())
        throw wrong(certificate_key, file, "holds no X.509 certificate in PEM (-----BEGIN CERTIFICATE-----)");
    if (ERR_GET_LIB(last) != ERR_LIB_PEM || ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
        throw wrong(certificate_key, file,
                    "is damaged after certificate " + std::to_string(chain.size()) + ": write it again");
    return chain;
}

Key parse_key(const SecretText& pem, const std::filesystem::path& file) {
    bool asked = false;
    Key key(PEM_read_bio_PrivateKey(memory(pem.view()).get(), nullptr, &no_passphrase, &asked));
    ERR_clear_error();
    if (key) return key;
    if (is_tpm_key(pem.view())) {
        throw Error(ErrorCode::tpm,
                    std::string(private_key_key) + file.string() +
                        " is a TSS2 key that this TPM cannot load: it was made by another TPM, by this one "
                        "before it was cleared, or under a key that has a password; make a new key and a "
                        "certificate for it");
    }
    throw wrong(private_key_key, file,
                asked ? "is encrypted by a passphrase, and nobody is there to type it: store the key without "
                        "one, readable by the agent alone"
                      : "holds no private key in PEM");
}

std::string text_of(const X509_NAME* name) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253) < 0) throw std::bad_alloc();
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string common_name_of(const X509_NAME* subject, const std::filesystem::path& file) {
    const int first = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (first < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, first) >= 0) {
        throw wrong(certificate_key, file,
                    "must have exactly one common name (CN), which is the device's registration id; its "
                    "subject is '" +
                        text_of(subject) + "'");
    }
    unsigned char* utf8 = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, first)));
    if (size < 0) throw wrong(certificate_key, file, "has a common name that is no text");
    std::string name(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return name;
}

std::string thumbprint(const X509* certificate, const EVP_MD* digest) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (X509_digest(certificate, digest, bytes.data(), &size) != 1) throw std::bad_alloc();
    auto text = hex_encode(ByteView(bytes.data(), size));
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) throw std::bad_alloc();
    char* text = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

// The configuration has looked at the files already: one that is gone now was removed meanwhile.
template <typename Content>
Content present(std::optional<Content> content, std::string_view key, const std::filesystem::path& file) {
    if (!content) throw wrong(key, file, "does not exist");
    return std::move(*content);
}

}  // namespace

bool is_tpm_key_file(const std::filesystem::path& key_file) {
    return is_tpm_key(present(read_secret_file(key_file), private_key_key, key_file).view());
}

ClientCertificate read_client_certificate(const std::filesystem::path& certificate_file,
                                          const std::filesystem::path& key_file, const std::string& tcti) {
    ClientCertificate result{present(read_file(certificate_file), certificate_key, certificate_file),
                             present(read_secret_file(key_file), private_key_key, key_file)};
    if (is_tpm_key(result.private_key.view())) use_tpm_keys(tcti);
    const auto chain = parse_chain(result.chain, certificate_file);
    const auto key = parse_key(result.private_key, key_file);
    const bool belongs = X509_check_private_key(chain.front().get(), key.get()) == 1;
    ERR_clear_error();
    if (!belongs) {
        throw wrong(private_key_key, key_file,
                    "is not the key of the first certificate in " + certificate_file.string() +
                        ": the device's own certificate comes first, those that lead to its CA follow");
    }
    return result;
}

CertificateFacts read_certificate_facts(const std::filesystem::path& certificate_file) {
    const auto chain = parse_chain(present(read_file(certificate_file), certificate_key, certificate_file),
                                   certificate_file);
    auto* leaf = chain.front().get();
    const auto* subject = X509_get_subject_name(leaf);
    return {common_name_of(subject, certificate_file),
            text_of(subject),
            text_of(X509_get_issuer_name(leaf)),
            pem_of(leaf),
            thumbprint(leaf, EVP_sha1()),
            thumbprint(leaf, EVP_sha256()),
            chain.size()};
}

}  // namespace device_agent::attestation
