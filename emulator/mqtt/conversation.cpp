// SPDX-License-Identifier: Apache-2.0
#include "emulator/mqtt/conversation.hpp"

#include "emulator/format_error.hpp"
#include "emulator/mqtt/encode.hpp"
#include "foundation/logging.hpp"

#include <algorithm>

namespace emulator::mqtt {
namespace {

using namespace std::chrono_literals;

// What an idle connection may keep of a buffer that a large packet needed.
constexpr std::size_t small_buffer = 1024;

}  // namespace

Conversation::Conversation(Services& services, Peer peer, std::weak_ptr<Outlet> outlet)
    : services_(services),
      peer_(std::move(peer)),
      outlet_(std::move(outlet)),
      last_packet_(services.clock.steady_now()) {}

Conversation::~Conversation() {
    end("");
}

void Conversation::receive(device_agent::ByteView bytes) {
    if (closed_) return;
    received_.append(bytes.begin(), bytes.end());
    attempt([this] {
        while (!closed_ && take_packet()) {
        }
    });
    if (received_.empty() && received_.capacity() > small_buffer) received_.shrink_to_fit();
}

template <typename Work>
void Conversation::attempt(Work work) {
    try {
        work();
    } catch (const ConnectRefusal& refusal) {
        note("refused", std::string("CONNECT: ") + refusal.what());
        if (const auto outlet = outlet_.lock()) outlet->send(encode_connack(refusal.code()));
        close(std::string("CONNECT refused: ") + refusal.what());
    } catch (const FormatError& error) {
        close(error.what());
    } catch (const Violation& violation) {
        close(violation.what());
    } catch (const std::exception& error) {
        device_agent::log::error("an MQTT connection failed", {{"reason", error.what()}});
        close("the emulator could not do this; its log says why");
    }
}

bool Conversation::take_packet() {
    const auto bytes = device_agent::as_bytes(received_);
    const auto header = read_header(bytes);
    if (header) {
        if (!session_ && !header->is_connect()) throw Violation("the first packet is not CONNECT");
        if (session_ && header->is_connect()) throw Violation("a second CONNECT");
        if (header->packet_size() >
            (session_ ? services_.limits.packet_bytes : services_.limits.connect_bytes)) {
            throw Violation("a packet of " + std::to_string(header->packet_size()) + " bytes is too large");
        }
    }
    if (!header || bytes.size() < header->packet_size()) {
        if (bytes.empty()) {
            packet_began_.reset();
        } else if (!packet_began_) {
            packet_began_ = services_.clock.steady_now();
        }
        return false;
    }
    auto packet = decode(*header, bytes.subspan(header->size, header->body_length));
    received_.erase(0, header->packet_size());
    last_packet_ = services_.clock.steady_now();
    packet_began_.reset();
    std::visit([this](auto&& one) { handle(std::forward<decltype(one)>(one)); }, std::move(packet));
    // A fault that met an operation without an answer spoils nothing else.
    if (const auto outlet = outlet_.lock()) outlet->spoil_next(std::nullopt);
    return true;
}

void Conversation::handle(const Connect& connect) {
    if (connect.level != protocol_level) {
        throw ConnectRefusal(ConnectCode::wrong_protocol_version,
                             "the protocol level is " + std::to_string(connect.level) + ", not 4");
    }
    const auto outlet = outlet_.lock();
    if (!outlet) return;
    keep_alive_ = connect.keep_alive;
    Admitted admitted;
    try {
        admitted = services_.doorkeeper.admit(connect, peer_, outlet);
    } catch (const ConnectRefusal& refusal) {
        throw ConnectRefusal(refusal.code(), "client id \"" + connect.client_id + "\": " + refusal.what());
    }
    session_ = std::move(admitted.session);
    identity_ = std::move(admitted.identity);
    service_ = admitted.service;
    services_.record.identified(peer_.connection, service_, identity_);
    note("connected", connect.clean_session ? "a new session" : "a session that is kept");
    outlet->send(encode_connack(ConnectCode::accepted, admitted.session_present));
    session_->deliver();
}

void Conversation::handle(Publish publish) {
    if (publish.qos == Qos::exactly_once) throw Violation("a message of QoS 2");
    const auto qos = publish.qos;
    const auto packet_id = publish.packet_id;
    note("published", publish.topic);
    session_->publish(std::move(publish));
    const auto outlet = outlet_.lock();
    if (outlet && qos == Qos::at_least_once) outlet->send(encode_puback(packet_id));
}

void Conversation::handle(const Puback& puback) {
    session_->acknowledged(puback.packet_id);
}

void Conversation::handle(const Subscribe& subscribe) {
    std::vector<Qos> grants;
    for (const auto& subscription : subscribe.subscriptions) {
        grants.push_back(session_->subscribe(subscription));
        note(grants.back() == Qos::failure ? "refused" : "subscribed", subscription.filter);
    }
    if (const auto outlet = outlet_.lock()) outlet->send(encode_suback(subscribe.packet_id, grants));
    session_->deliver();
}

void Conversation::handle(const Unsubscribe& unsubscribe) {
    for (const auto& filter : unsubscribe.filters) {
        session_->unsubscribe(filter);
        note("unsubscribed", filter);
    }
    if (const auto outlet = outlet_.lock()) outlet->send(encode_unsuback(unsubscribe.packet_id));
}

void Conversation::handle(Pingreq) {
    if (const auto outlet = outlet_.lock()) outlet->send(encode_pingresp());
}

void Conversation::handle(Disconnect) {
    said_goodbye_ = true;
    close("");
}

void Conversation::drained() {
    if (!session_ || closed_) return;
    attempt([this] { session_->deliver(); });
}

std::chrono::milliseconds Conversation::allowed_silence() const {
    const std::chrono::milliseconds asked{keep_alive_ * 1500};
    const std::chrono::milliseconds longest = services_.limits.longest_idle;
    return keep_alive_ == 0 ? longest : std::min(asked, longest);
}

device_agent::SteadyTime Conversation::deadline() const {
    if (!session_) return last_packet_ + services_.limits.connect;
    auto earliest = last_packet_ + allowed_silence();
    if (packet_began_) earliest = std::min(earliest, *packet_began_ + services_.limits.packet);
    if (const auto expiry = session_->expiry()) {
        const auto left = std::max(*expiry - services_.clock.now(), device_agent::WallTime::duration{0});
        // Far beyond any other deadline the sum might overflow.
        earliest =
            std::min(earliest, services_.clock.steady_now() + std::min<std::chrono::seconds>(left, 24h));
    }
    return earliest;
}

void Conversation::check_time() {
    if (closed_) return;
    const auto now = services_.clock.steady_now();
    if (!session_) {
        if (now >= last_packet_ + services_.limits.connect) close("no CONNECT in time");
        return;
    }
    if (const auto expiry = session_->expiry(); expiry && services_.clock.now() >= *expiry) {
        close("the token expired at " + device_agent::format_utc(*expiry));
    } else if (now >= last_packet_ + allowed_silence()) {
        close("silent for longer than one and a half times its keep-alive");
    } else if (packet_began_ && now >= *packet_began_ + services_.limits.packet) {
        close("a packet took too long to arrive");
    }
}

void Conversation::close(const std::string& reason) {
    if (const auto outlet = outlet_.lock()) outlet->close(reason);
    end(reason);
}

void Conversation::end(const std::string& reason) {
    if (closed_) return;
    closed_ = true;
    received_.clear();
    if (!session_) return;
    note("closed", said_goodbye_ ? "the client said goodbye" : reason.empty() ? "the client went" : reason);
    try {
        session_->end(said_goodbye_);
    } catch (const std::exception& error) {
        device_agent::log::error("an MQTT session did not end well", {{"reason", error.what()}});
    }
    session_.reset();
}

void Conversation::note(std::string_view kind, const std::string& detail) const {
    services_.events.add({.kind = std::string(kind),
                          .service = service_,
                          .connection = peer_.connection,
                          .identity = identity_,
                          .detail = detail});
}

}  // namespace emulator::mqtt
