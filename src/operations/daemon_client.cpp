// SPDX-License-Identifier: Apache-2.0
#include "operations/daemon_client.hpp"

#include "foundation/error.hpp"
#include "operations/daemon_reply.hpp"
#include "operations/daemon_request.hpp"

#include <curl/curl.h>
#include <nlohmann/json.hpp>

#include <cerrno>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace device_agent::operations {
namespace {

struct EasyDeleter {
    void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct MultiDeleter {
    void operator()(CURLM* handle) const noexcept { curl_multi_cleanup(handle); }
};
struct ListDeleter {
    void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

// The callback is C: it reports by its return value and throws nothing.
std::size_t on_body(char* data, std::size_t size, std::size_t count, void* user) noexcept {
    try {
        static_cast<DaemonReply*>(user)->add(std::string_view(data, size * count));
        return size * count;
    } catch (const std::exception&) {
        return 0;
    }
}

class Transfer {
public:
    Transfer(const std::filesystem::path& socket, const DaemonRequest& request, DaemonReply& reply)
        : easy_(curl_easy_init()), multi_(curl_multi_init()), body_(request.body) {
        if (!easy_ || !multi_) throw std::bad_alloc();
        set(CURLOPT_UNIX_SOCKET_PATH, socket.c_str());
        set(CURLOPT_URL, ("http://localhost" + request.path).c_str());
        set(CURLOPT_PROXY, "");
        set(CURLOPT_NOSIGNAL, 1L);
        set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
        set(CURLOPT_WRITEFUNCTION, &on_body);
        set(CURLOPT_WRITEDATA, &reply);
        add_header("Expect:");
        add_header(request.tells_steps ? "Accept: application/x-ndjson" : "Accept: application/json");
        if (!body_.empty() || request.method == "POST") {
            add_header("Content-Type: application/json");
            set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.view().size()));
            set(CURLOPT_POSTFIELDS, body_.empty() ? "" : body_.view().data());
        }
        set(CURLOPT_HTTPHEADER, headers_.get());
    }

    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() { curl_multi_remove_handle(multi_.get(), easy_.get()); }

    /// The status of the answer. By the multi interface, since its wait can be woken: a stop takes effect at
    /// once.
    int run(const std::stop_token& stop) {
        const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
        check(curl_multi_add_handle(multi_.get(), easy_.get()));
        for (int running = 1; running != 0;) {
            if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "stopped on request");
            check(curl_multi_perform(multi_.get(), &running));
            if (running != 0) check(curl_multi_poll(multi_.get(), nullptr, 0, 1000, nullptr));
        }
        int left = 0;
        const auto* message = curl_multi_info_read(multi_.get(), &left);
        const auto result = message == nullptr ? CURLE_FAILED_INIT : message->data.result;
        if (result != CURLE_OK) {
            throw Error(ErrorCode::internal,
                        std::string("the daemon (device-agent run) did not answer in full: ") +
                            curl_easy_strerror(result) + "; see its log, and try again");
        }
        long status = 0;
        curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
        return static_cast<int>(status);
    }

private:
    template <typename Value>
    void set(CURLoption option, Value value) {
        if (curl_easy_setopt(easy_.get(), option, value) != CURLE_OK)
            throw Error(ErrorCode::internal, "libcurl does not take option " + std::to_string(option));
    }
    void add_header(const char* line) {
        auto* longer = curl_slist_append(headers_.get(), line);
        if (longer == nullptr) throw std::bad_alloc();
        static_cast<void>(headers_.release());
        headers_.reset(longer);
    }
    static void check(CURLMcode result) {
        if (result != CURLM_OK) throw Error(ErrorCode::internal, curl_multi_strerror(result));
    }

    std::unique_ptr<CURL, EasyDeleter> easy_;
    std::unique_ptr<CURLM, MultiDeleter> multi_;
    std::unique_ptr<curl_slist, ListDeleter> headers_;
    SecretText body_;
};

SecretText ask(const std::filesystem::path& socket, const Operation& operation, const Observer& observer,
               const std::stop_token& stop) {
    const auto request = request_for(operation);
    DaemonReply reply(request.tells_steps, observer.step);
    const int status = Transfer(socket, request, reply).run(stop);
    return reply.document(status);
}

}  // namespace

std::optional<pid_t> daemon_at(const std::filesystem::path& socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& path = socket.native();
    if (path.size() >= sizeof(address.sun_path)) return std::nullopt;
    path.copy(address.sun_path, path.size());
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "socket");
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what the socket interface asks for.
    const int result = ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    const int number = result == 0 ? 0 : errno;
    ucred peer{};
    socklen_t size = sizeof peer;
    ::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size);
    ::close(descriptor);
    if (number == EACCES || number == EPERM) {
        throw Error(ErrorCode::permission,
                    "may not connect to the socket " + path +
                        " of device-agent; run this as root, or as a user who may enter its folder");
    }
    if (number != 0) return std::nullopt;
    return peer.pid;
}

SecretText DaemonClient::perform(const Operation& operation, const Observer& observer) {
    const bool provisions =
        operation.kind == Operation::Kind::provision || operation.kind == Operation::Kind::reprovision;
    // The plan is a question of its own: the steps are told as they are done.
    if (provisions && observer.planned) {
        auto question = operation;
        question.dry_run = true;
        auto text = ask(socket_, question, {}, stop_);
        const auto answer = nlohmann::json::parse(text.view());
        if (answer.contains("obstacles")) {
            observer.planned(answer["plan"].get<std::vector<std::string>>(),
                             answer["obstacles"].get<std::vector<std::string>>());
        }
        if (operation.dry_run) return text;
    }
    return ask(socket_, operation, observer, stop_);
}

}  // namespace device_agent::operations
