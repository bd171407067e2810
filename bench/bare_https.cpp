// SPDX-License-Identifier: Apache-2.0
#include "bench/bare_https.hpp"

#include <stdexcept>

namespace bench {
namespace {

std::size_t append(char* data, std::size_t size, std::size_t count, void* user) {
    static_cast<std::string*>(user)->append(data, size * count);
    return size * count;
}

}  // namespace

BareHttps::BareHttps(std::string origin, std::string ca_file)
    : origin_(std::move(origin)), ca_file_(std::move(ca_file)) {}

std::string BareHttps::send(const char* method, const std::string& path, const std::string& authorization,
                            const std::string& body, long expected) {
    CURL* const easy = easy_.get();
    curl_easy_reset(easy);  // keeps the connection
    std::string answer;
    const std::string url = origin_ + path;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CAINFO, ca_file_.c_str());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
    curl_slist* headers = curl_slist_append(nullptr, "Accept: application/json");
    if (!body.empty()) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
        headers = curl_slist_append(headers, "Content-Type: application/json; charset=utf-8");
    }
    if (!authorization.empty())
        headers = curl_slist_append(headers, ("Authorization: " + authorization).c_str());
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    const CURLcode result = curl_easy_perform(easy);
    curl_slist_free_all(headers);
    if (result != CURLE_OK) throw std::runtime_error(url + ": " + curl_easy_strerror(result));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != expected) throw std::runtime_error(url + ": " + std::to_string(status) + " " + answer);
    return answer;
}

}  // namespace bench
