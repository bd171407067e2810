// SPDX-License-Identifier: Apache-2.0
#include "cloud/curl_http.hpp"

#include "cloud/answer.hpp"
#include "cloud/retry_after.hpp"
#include "foundation/error.hpp"

#include <curl/curl.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace device_agent::cloud {
namespace {

constexpr std::size_t most_body_bytes = 1U << 20U;
constexpr std::size_t most_header_bytes = 1U << 16U;
constexpr std::chrono::milliseconds connect_patience{30'000};
constexpr std::chrono::milliseconds request_patience{90'000};

void initialise_curl_once() {
    static const CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (result != CURLE_OK) throw Error(ErrorCode::internal, "libcurl could not be initialised");
}

struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, ListDeleter>;

void append(HeaderList& list, const char* line) {
    auto* longer = curl_slist_append(list.get(), line);
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(list.release());
    list.reset(longer);
}

// What one transfer collects. The callbacks are C: they report by their return value and throw nothing.
struct Answer {
    HttpResponse response;
    std::optional<WallTime> date;
    std::size_t header_bytes = 0;
    std::string retry_after;  ///< as it was sent
    bool too_large = false;
};

std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
    auto& answer = *static_cast<Answer*>(user);
    if (answer.response.body.view().size() + size * count > most_body_bytes) {
        answer.too_large = true;
        return 0;
    }
    answer.response.body += std::string_view(data, size * count);
    return size * count;
}

std::size_t on_header(char* data, std::size_t size, std::size_t count, void* user) noexcept {
    auto& answer = *static_cast<Answer*>(user);
    const std::string_view line(data, size * count);
    answer.header_bytes += line.size();
    if (answer.header_bytes > most_header_bytes) {
        answer.too_large = true;
        return 0;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return size * count;
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    value = value.substr(0, value.find_last_not_of(" \t\r\n") + 1);
    const std::string name(line.substr(0, colon));
    if (curl_strequal(name.c_str(), "retry-after") != 0) answer.retry_after = value;
    if (curl_strequal(name.c_str(), "date") != 0) answer.date = parse_http_date(std::string(value));
    return size * count;
}

// Certificates are checked at a time that is never before the build, and a certificate that is "not yet
// valid" is accepted while the clock is certainly wrong; one that has expired never is.
int accept_not_yet_valid(int verified, X509_STORE_CTX* store) noexcept {
    if (verified == 1) return 1;
    if (X509_STORE_CTX_get_error(store) != X509_V_ERR_CERT_NOT_YET_VALID) return 0;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

CURLcode on_tls_context(CURL* /*handle*/, void* context, void* user) noexcept {
    const auto& time = *static_cast<const ServiceTime*>(user);
    auto* tls = static_cast<SSL_CTX*>(context);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(tls), time.for_certificates().time_since_epoch().count());
    if (time.clock_is_before_build()) SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, accept_not_yet_valid);
    return CURLE_OK;
}

class CurlHttpClient final : public HttpClient {
public:
    CurlHttpClient(HttpOptions options, ServiceTime& time) : options_(std::move(options)), time_(time) {
        initialise_curl_once();
        easy_.reset(curl_easy_init());
        multi_.reset(curl_multi_init());
        if (!easy_ || !multi_) throw std::bad_alloc();
    }

    HttpResponse send(const HttpRequest& request, const std::stop_token& stop) override {
        Answer answer;
        HeaderList headers;
        prepare(request, answer, headers);
        const auto result = perform(stop);
        if (result != CURLE_OK) fail(request, answer, result);
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        answer.response.status = static_cast<int>(status);
        if (answer.date) time_.observe(*answer.date);
        refuse_redirection(request, answer.response.status);
        answer.response.retry_after =
            parse_retry_after(answer.retry_after, answer.date.value_or(time_.now()));
        return std::move(answer.response);
    }

private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK) {
            throw Error(ErrorCode::internal, "libcurl does not take option " + std::to_string(option));
        }
    }

    // PEM, and not copied: `content` belongs to the options.
    void set_blob(CURLoption option, std::string_view content) {
        curl_blob blob{const_cast<char*>(content.data()), content.size(), CURL_BLOB_NOCOPY};
        set(option, &blob);
    }

    void prepare(const HttpRequest& request, Answer& answer, HeaderList& headers) {
        curl_easy_reset(easy_.get());  // keeps the connections
        error_text_[0] = '\0';
        set(CURLOPT_ERRORBUFFER, error_text_);
        set(CURLOPT_URL, ("https://" + request.host + request.path).c_str());
        set(CURLOPT_PROTOCOLS_STR, "https");
        set(CURLOPT_FOLLOWLOCATION, 0L);
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_QUICK_EXIT, 1L);  // a stop does not wait for the resolver's thread
        const auto patience = std::min(request.patience.value_or(request_patience), request_patience);
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(std::min(patience, connect_patience).count()));
        set(CURLOPT_TIMEOUT_MS, static_cast<long>(patience.count()));
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
        set(CURLOPT_SSL_VERIFYPEER, 1L);
        set(CURLOPT_SSL_VERIFYHOST, 2L);
        set(CURLOPT_SSL_CTX_FUNCTION, &on_tls_context);
        set(CURLOPT_SSL_CTX_DATA, &time_);
        if (!options_.trusted_ca_file.empty()) {
            set(CURLOPT_CAINFO, options_.trusted_ca_file.c_str());
            set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        }
        if (options_.certificate) {
            set_blob(CURLOPT_SSLCERT_BLOB, options_.certificate->chain);
            set_blob(CURLOPT_SSLKEY_BLOB, options_.certificate->private_key.view());
        }
        if (!options_.proxy.empty()) set(CURLOPT_PROXY, options_.proxy.c_str());
        if (!options_.proxy_credentials.empty()) {
            set(CURLOPT_PROXYUSERPWD, std::string(options_.proxy_credentials.view()).c_str());
        }
        set(CURLOPT_USERAGENT, options_.user_agent.c_str());
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_WRITEDATA, &answer);
        set(CURLOPT_HEADERFUNCTION, &on_header);
        set(CURLOPT_HEADERDATA, &answer);

        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        if (!request.body.empty()) {
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
            set(CURLOPT_POSTFIELDS, request.body.c_str());
        }
        append(headers, "Expect:");  // no round trip to ask whether the body may come
        for (const auto& [name, value] : request.headers) {
            std::string line = name;
            line.append(": ").append(value);
            append(headers, line.c_str());
        }
        if (!request.authorization.empty()) {
            SecretText line("Authorization: ");
            line += request.authorization.view();
            line += std::string_view("\0", 1);
            append(headers, line.view().data());
        }
        set(CURLOPT_HTTPHEADER, headers.get());
    }

    // The multi interface, since its wait can be woken from another thread: a stop takes effect at once.
    CURLcode perform(const std::stop_token& stop) {
        const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
        const Attachment attachment(*this);
        for (int running = 1;;) {
            if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
            check(curl_multi_perform(multi_.get(), &running));
            if (running == 0) break;
            check(curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr));
        }
        int left = 0;
        const auto* message = curl_multi_info_read(multi_.get(), &left);
        return message == nullptr ? CURLE_FAILED_INIT : message->data.result;
    }

    static void check(CURLMcode result) {
        if (result != CURLM_OK) throw Error(ErrorCode::internal, curl_multi_strerror(result));
    }

    struct Attachment {
        explicit Attachment(CurlHttpClient& client) : client_(client) {
            check(curl_multi_add_handle(client.multi_.get(), client.easy_.get()));
        }
        Attachment(const Attachment&) = delete;
        Attachment& operator=(const Attachment&) = delete;
        ~Attachment() { curl_multi_remove_handle(client_.multi_.get(), client_.easy_.get()); }
        CurlHttpClient& client_;
    };

    // A token is for the one host that it was asked for.
    static void refuse_redirection(const HttpRequest& request, int status) {
        constexpr int not_modified = 304;
        if (status < 300 || status >= 400 || status == not_modified) return;
        throw NotUnderstood(request.host + " answered with a redirection (" + std::to_string(status) +
                            "), which is never followed, since credentials are for " + request.host +
                            " alone: check that the host name is right, and that no portal of the local "
                            "network answers in its "
                            "place");
    }

    [[noreturn]] void fail(const HttpRequest& request, const Answer& answer, CURLcode result) const {
        if (answer.too_large) {
            throw NotUnderstood("the answer of " + request.host +
                                " is larger than any that is expected (1 MiB, with 64 KiB of headers)");
        }
        std::string message = "cannot talk to " + request.host + ": ";
        message += error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(result);
        if (result == CURLE_SSL_CERTPROBLEM)
            throw Error(ErrorCode::configuration,
                        message + "; check attestation.certificate and attestation.privateKey");
        throw Error(ErrorCode::network, message + remedy_for(result), Retry::later());
    }

    [[nodiscard]] std::string remedy_for(CURLcode result) const {
        long proxy_status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_HTTP_CONNECTCODE, &proxy_status);
        constexpr long proxy_wants_credentials = 407;
        if (proxy_status == proxy_wants_credentials)
            return "; the proxy wants other credentials: check proxyCredentialsFile";
        if (proxy_status >= 300) {
            return "; the proxy answered " + std::to_string(proxy_status) +
                   ": let it allow this host and port, or change `proxy`";
        }
        if (result == CURLE_PEER_FAILED_VERIFICATION || result == CURLE_SSL_CACERT_BADFILE) {
            return options_.trusted_ca_file.empty()
                       ? "; it was checked against the system's trust store: name another by trustedCaFile"
                       : "; it was checked against trustedCaFile " + options_.trusted_ca_file.string();
        }
        if (result == CURLE_SSL_CONNECT_ERROR) {
            return "; a service must speak TLS 1.2 or later: check the host name and the port, and what "
                   "inspects TLS on the way";
        }
        return {};
    }

    HttpOptions options_;
    ServiceTime& time_;
    char error_text_[CURL_ERROR_SIZE] = {};
    // The multi handle owns the connections: it goes last.
    std::unique_ptr<CURLM, MultiDeleter> multi_;
    std::unique_ptr<CURL, EasyDeleter> easy_;
};

}  // namespace

std::unique_ptr<HttpClient> make_http_client(HttpOptions options, ServiceTime& time) {
    return std::make_unique<CurlHttpClient>(std::move(options), time);
}

}  // namespace device_agent::cloud
