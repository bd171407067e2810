// SPDX-License-Identifier: Apache-2.0
// Messages from the cloud to devices: one queue a device, kept in the database.
#pragma once

#include "emulator/hub/connected_devices.hpp"
#include "emulator/hub/message.hpp"
#include "emulator/store/database.hpp"

namespace emulator::hub {

/// All functions throw Refusal and change nothing then. The caller commits.
class CloudMessages {
public:
    static constexpr std::int64_t most_pending = 50;
    static constexpr std::size_t largest = 64U * 1024U;
    static constexpr std::int64_t most_deliveries = 10;
    static constexpr std::chrono::seconds lock_duration{60};
    static constexpr std::chrono::seconds default_life{3600};
    static constexpr std::chrono::hours longest_life{48};

    CloudMessages(ConnectedDevices& connected, const device_agent::Clock& clock)
        : connected_(connected), clock_(clock) {}

    /// Which outcomes the sender wants to hear of.
    enum class Ack { none, positive, negative, full };

    /// Queues the message; the device hears of it on commit, when it is connected. Without `expiry` it lives
    /// for an hour.
    void send(store::Transaction& transaction, const IdentityId& to, const Message& message, Ack ack,
              std::optional<device_agent::WallTime> expiry);

    /// Lends the next message to its device, for a minute; nothing when none waits.
    [[nodiscard]] std::optional<CloudMessage> receive(store::Transaction& transaction, const IdentityId& id,
                                                      Borrower borrower);
    /// Ends the loan: completed and rejected messages are gone, an abandoned one waits again, and is gone
    /// after ten deliveries.
    void settle(store::Transaction& transaction, const IdentityId& id, std::string_view lock_token,
                Settlement settlement);

    /// When the emulator starts: what it had lent to connections that ended with it, without a word, waits
    /// again.
    static void take_back_from_connections(store::Transaction& transaction);

    /// Those that wait or are on loan.
    [[nodiscard]] std::int64_t count(store::Transaction& transaction, const IdentityId& id) const;
    /// All that wait or are on loan are gone; how many.
    static std::int64_t purge(store::Transaction& transaction, const IdentityId& id);

    struct Feedback {
        nlohmann::json records = nlohmann::json::array();  ///< oldest first
        std::int64_t last = 0;
    };
    /// What became of the hub's messages whose senders asked.
    [[nodiscard]] static Feedback feedback(store::Transaction& transaction, const std::string& hub);
    /// It was read, up to `last`.
    static void forget_feedback(store::Transaction& transaction, const std::string& hub, std::int64_t last);

private:
    struct Row;
    /// The message is gone; its sender hears of it when it asked to.
    void finish(store::Transaction& transaction, const IdentityId& id, const Row& row,
                std::string_view outcome);
    void drop_expired(store::Transaction& transaction, const IdentityId& id);

    ConnectedDevices& connected_;
    const device_agent::Clock& clock_;
};

[[nodiscard]] std::string_view to_text(CloudMessages::Ack ack);
[[nodiscard]] std::optional<CloudMessages::Ack> parse_ack(std::string_view text);

}  // namespace emulator::hub
