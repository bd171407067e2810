// SPDX-License-Identifier: Apache-2.0
#include "curl_client.hpp"

#include <curl/curl.h>

#include <stdexcept>

namespace emulator::testing {
namespace {

std::size_t take_body(const char* bytes, std::size_t size, std::size_t count, void* response) {
    static_cast<http::Response*>(response)->body.append(bytes, size * count);
    return size * count;
}

std::size_t take_header(const char* bytes, std::size_t size, std::size_t count, void* response) {
    std::string_view line(bytes, size * count);
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r'))
        line.remove_suffix(1);
    const auto colon = line.find(": ");
    if (colon != std::string_view::npos) {
        static_cast<http::Response*>(response)->headers.add(std::string(line.substr(0, colon)),
                                                            std::string(line.substr(colon + 2)));
    }
    return size * count;
}

struct FreeList {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

}  // namespace

void CurlClient::Close::operator()(void* handle) const noexcept {
    curl_easy_cleanup(handle);
}

CurlClient::CurlClient(const nlohmann::json& description)
    : curl_(curl_easy_init()), ca_file_(description.at("caFile")), port_(description.at("httpsPort")) {}

http::Response CurlClient::send(const std::string& method, const std::string& target,
                                const std::string& authorization, const std::string& body,
                                const std::string& host) {
    http::Response response;
    std::unique_ptr<curl_slist, FreeList> headers(
        curl_slist_append(nullptr, "Content-Type: application/json"));
    if (!authorization.empty()) {
        headers.reset(curl_slist_append(headers.release(), ("Authorization: " + authorization).c_str()));
    }
    CURL* const curl = curl_.get();
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, ("https://" + host + ":" + std::to_string(port_) + target).c_str());
    curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 60L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    if (!body.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &response);
    const CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK)
        throw std::runtime_error(method + " " + target + ": " + curl_easy_strerror(result));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    response.status = static_cast<int>(status);
    return response;
}

}  // namespace emulator::testing
