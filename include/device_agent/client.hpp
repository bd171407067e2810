// SPDX-License-Identifier: Apache-2.0
// The C++17 face of libdevice-agent: values that clean up after themselves, and one exception type.
// Header-only over <device_agent/client.h>, whose rules on threads and blocking hold here as well; link
// libdevice-agent alone.
#ifndef DEVICE_AGENT_CLIENT_HPP
#define DEVICE_AGENT_CLIENT_HPP

#include "device_agent/client.h"

#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace device_agent::client {

/// The one exception of this header; what() says what happened, to what, and what to do.
class Error : public std::runtime_error {
public:
    explicit Error(const device_agent_error& error)
        : std::runtime_error(error.message),
          code_(error.code),
          system_error_(error.system_error),
          retry_after_(error.retry_after) {}

    [[nodiscard]] device_agent_code code() const noexcept { return code_; }
    /// The errno of the system call that failed, or 0.
    [[nodiscard]] int system_error() const noexcept { return system_error_; }
    /// What the agent asks to wait before the next try; 0 as a rule.
    [[nodiscard]] std::chrono::seconds retry_after() const noexcept { return retry_after_; }

private:
    device_agent_code code_;
    int system_error_;
    std::chrono::seconds retry_after_;
};

/// Without limit.
inline constexpr std::chrono::milliseconds forever = std::chrono::milliseconds::max();

/// As much as an agent that runs needs at most, as a rule.
inline constexpr std::chrono::milliseconds patience = std::chrono::seconds(10);

/// Who an application is in IoT Hub. A value; holds no secret.
struct Identity {
    std::string hub;
    std::string device;
    std::optional<std::string> module;  ///< none for the device identity
    device_agent_authentication authentication = DEVICE_AGENT_UNTOLD;

    friend bool operator==(const Identity& a, const Identity& b) {
        return a.hub == b.hub && a.device == b.device && a.module == b.module;
    }
    friend bool operator!=(const Identity& a, const Identity& b) { return !(a == b); }
};

namespace detail {

inline void check(device_agent_code code, const device_agent_error& error) {
    if (code != DEVICE_AGENT_OK) throw Error(error);
}

inline int milliseconds(std::chrono::milliseconds limit) {
    if (limit == forever || limit.count() > std::numeric_limits<int>::max()) return DEVICE_AGENT_FOREVER;
    return limit.count() < 0 ? 0 : static_cast<int>(limit.count());
}

inline unsigned seconds(std::chrono::seconds life) {
    if (life.count() < 0 || life.count() >= DEVICE_AGENT_NO_RENEWAL) {
        device_agent_error error{};
        error.code = DEVICE_AGENT_USAGE;
        static_cast<void>(std::string("an expiry is not negative, and shorter than 136 years")
                              .copy(error.message, sizeof error.message - 1));
        throw Error(error);
    }
    return static_cast<unsigned>(life.count());
}

inline std::string_view view(const char* text) noexcept {
    return text == nullptr ? std::string_view() : std::string_view(text);
}

inline Identity identity(const device_agent_identity& from) {
    Identity made{from.hub, from.device, std::nullopt, from.authentication};
    if (from.module != nullptr) made.module = from.module;
    return made;
}

template <auto Release>
struct Releaser {
    template <typename T>
    void operator()(T* handle) const noexcept {
        Release(handle);
    }
};

using ClientHandle = std::unique_ptr<device_agent_client, Releaser<device_agent_close>>;
using WatchHandle = std::unique_ptr<device_agent_watch, Releaser<device_agent_watch_stop>>;
using IdentityHandle = std::unique_ptr<device_agent_identity, Releaser<device_agent_free_identity>>;
using CredentialsHandle = std::unique_ptr<device_agent_credentials, Releaser<device_agent_free_credentials>>;

}  // namespace detail

/// What to connect with; a look at memory of the library. Good as long as the Credentials, or the callback's
/// call.
class CredentialsView {
public:
    explicit CredentialsView(const device_agent_credentials& credentials) noexcept
        : credentials_(&credentials) {}

    [[nodiscard]] Identity identity() const { return detail::identity(*credentials_->identity); }
    /// For Azure's SDKs. Ends with a zero, so its data() may be given to C.
    [[nodiscard]] std::string_view connection_string() const noexcept {
        return detail::view(credentials_->connection_string);
    }
    /// The password of MQTT; empty with X.509.
    [[nodiscard]] std::string_view token() const noexcept { return detail::view(credentials_->token); }
    /// When the token ends; none with X.509.
    [[nodiscard]] std::optional<std::chrono::system_clock::time_point> expires() const {
        if (credentials_->expires == 0) return std::nullopt;
        return std::chrono::system_clock::time_point(std::chrono::seconds(credentials_->expires));
    }
    /// With X.509 the files of the certificate and its key; else empty.
    [[nodiscard]] std::string_view certificate() const noexcept {
        return detail::view(credentials_->certificate);
    }
    [[nodiscard]] std::string_view private_key() const noexcept {
        return detail::view(credentials_->private_key);
    }

private:
    const device_agent_credentials* credentials_;
};

/// Owns what it looks at, and wipes it. Move-only.
class Credentials {
public:
    explicit Credentials(detail::CredentialsHandle handle) noexcept : handle_(std::move(handle)) {}
    [[nodiscard]] CredentialsView view() const noexcept { return CredentialsView(*handle_); }
    [[nodiscard]] Identity identity() const { return view().identity(); }
    [[nodiscard]] std::string_view connection_string() const noexcept { return view().connection_string(); }
    [[nodiscard]] std::string_view token() const noexcept { return view().token(); }
    [[nodiscard]] auto expires() const { return view().expires(); }
    [[nodiscard]] std::string_view certificate() const noexcept { return view().certificate(); }
    [[nodiscard]] std::string_view private_key() const noexcept { return view().private_key(); }

private:
    detail::CredentialsHandle handle_;
};

/// Asks the agent. Move-only; its const functions may be called by any number of threads at once.
class Client {
public:
    struct Settings {
        std::string socket;       ///< empty: DEVICE_AGENT_SOCKET, or the default
        std::string application;  ///< empty unless several identities are granted to this process
    };

    /// Does not connect, so it works before the agent runs.
    Client() : Client(Settings{}) {}
    explicit Client(const Settings& settings) {
        device_agent_client* made = nullptr;
        device_agent_error error;
        detail::check(device_agent_open(settings.socket.empty() ? nullptr : settings.socket.c_str(),
                                        settings.application.empty() ? nullptr : settings.application.c_str(),
                                        &made, &error),
                      error);
        handle_.reset(made);
    }

    /// Blocks until the identity is there, however long that takes. See device_agent_wait().
    [[nodiscard]] Identity wait(std::chrono::milliseconds limit = forever) const {
        return take_identity(device_agent_wait, limit);
    }

    /// Who am I? Throws NOT_PROVISIONED and NOT_RUNNING. See device_agent_get_identity().
    [[nodiscard]] Identity identity(std::chrono::milliseconds limit = patience) const {
        return take_identity(device_agent_get_identity, limit);
    }

    /// What to connect with now; a life of 0 is the agent's default. See device_agent_get_credentials().
    [[nodiscard]] Credentials credentials(std::chrono::seconds life = std::chrono::seconds(0),
                                          std::chrono::milliseconds limit = patience) const {
        device_agent_credentials* made = nullptr;
        device_agent_error error;
        detail::check(device_agent_get_credentials(handle_.get(), detail::seconds(life),
                                                   detail::milliseconds(limit), &made, &error),
                      error);
        return Credentials(detail::CredentialsHandle(made));
    }

private:
    friend class Watch;

    template <typename Call>
    [[nodiscard]] Identity take_identity(Call call, std::chrono::milliseconds limit) const {
        device_agent_identity* made = nullptr;
        device_agent_error error;
        detail::check(call(handle_.get(), detail::milliseconds(limit), &made, &error), error);
        const detail::IdentityHandle holder(made);
        return detail::identity(*made);
    }

    detail::ClientHandle handle_;
};

/// What a watch calls; those that are empty are not called. What they throw leaves dispatch() or run(), and
/// the watch goes on with the next event when it is called again. They may call any function of the watch but
/// dispatch() and run(), and may not destroy it.
struct Callbacks {
    std::function<void(const CredentialsView&)> credentials;  ///< connect with these from now on
    std::function<void(const Identity&)> provisioned;         ///< the identity is there
    /// Another identity (DEVICE_AGENT_CHANGED_HUB), or another key (…_KEY): bits.
    std::function<void(const Identity&, unsigned what)> changed;
    std::function<void()> removed;              ///< stop using it
    std::function<void(const Error&)> gone;     ///< the agent does not answer; what was handed out stays good
    std::function<void()> back;                 ///< it answers again
    std::function<void(const Error&)> refused;  ///< tried again now and then
};

/// Stays in touch with the agent. Move-only; for one thread at a time. Needs the Client only while it is
/// made.
class Watch {
public:
    /// Events only.
    Watch(const Client& client, Callbacks callbacks)
        : Watch(client, DEVICE_AGENT_NO_RENEWAL, std::move(callbacks)) {}
    /// Events, and tokens of this life, each in time before the last one ends; 0: the agent's default.
    Watch(const Client& client, std::chrono::seconds life, Callbacks callbacks)
        : Watch(client, detail::seconds(life), std::move(callbacks)) {}

    /// For poll() or an event loop: readable when dispatch(0) has work to do. See device_agent_watch_fd().
    [[nodiscard]] int fd() const noexcept { return device_agent_watch_fd(handle_.get()); }

    /// Waits for the first event, and calls back for each that is there, on this thread. False: none came in
    /// time.
    bool dispatch(std::chrono::milliseconds limit) {
        bool any = false;
        for (;;) {
            const device_agent_event* event = nullptr;
            device_agent_error error;
            const auto code =
                device_agent_watch_next(handle_.get(), any ? 0 : detail::milliseconds(limit), &event, &error);
            if (code == DEVICE_AGENT_TIMED_OUT) return any;
            detail::check(code, error);
            any = true;
            call(*event);
        }
    }

    /// Calls back for ever; only an exception of a callback ends it.
    [[noreturn]] void run() {
        for (;;)
            dispatch(forever);
    }

    /// The hub refused the credentials: get others. See device_agent_watch_renew().
    void renew() noexcept { device_agent_watch_renew(handle_.get()); }

private:
    Watch(const Client& client, unsigned expiry, Callbacks callbacks) : callbacks_(std::move(callbacks)) {
        device_agent_watch* made = nullptr;
        device_agent_error error;
        detail::check(device_agent_watch_start(client.handle_.get(), expiry, &made, &error), error);
        handle_.reset(made);
    }

    void call(const device_agent_event& event) const {
        switch (event.kind) {
            case DEVICE_AGENT_CREDENTIALS:
                if (callbacks_.credentials) callbacks_.credentials(CredentialsView(*event.credentials));
                break;
            case DEVICE_AGENT_PROVISIONED:
                if (callbacks_.provisioned) callbacks_.provisioned(detail::identity(*event.identity));
                break;
            case DEVICE_AGENT_CHANGED:
                if (callbacks_.changed) callbacks_.changed(detail::identity(*event.identity), event.what);
                break;
            case DEVICE_AGENT_REMOVED:
                if (callbacks_.removed) callbacks_.removed();
                break;
            case DEVICE_AGENT_GONE:
                if (callbacks_.gone) callbacks_.gone(Error(*event.error));
                break;
            case DEVICE_AGENT_BACK:
                if (callbacks_.back) callbacks_.back();
                break;
            case DEVICE_AGENT_REFUSED:
                if (callbacks_.refused) callbacks_.refused(Error(*event.error));
                break;
        }
    }

    detail::WatchHandle handle_;
    Callbacks callbacks_;
};

}  // namespace device_agent::client

#endif
