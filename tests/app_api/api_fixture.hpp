// SPDX-License-Identifier: Apache-2.0
// A served socket API with fakes behind it.
#pragma once

#include "app_api/server.hpp"
#include "tests/fakes/fake_agent.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/unix_http_client.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

namespace device_agent::testing {

/// Users and groups that are there only for the test.
class FakeAccounts final : public app_api::Accounts {
public:
    std::map<std::string, uid_t> users{};
    std::map<std::string, gid_t> groups{};

    [[nodiscard]] std::optional<uid_t> find_user(const std::string& name) override {
        const auto found = users.find(name);
        return found == users.end() ? std::nullopt : std::optional(found->second);
    }
    [[nodiscard]] std::optional<gid_t> find_group(const std::string& name) override {
        const auto found = groups.find(name);
        return found == groups.end() ? std::nullopt : std::optional(found->second);
    }
};

class ApiFixture : public ::testing::Test {
protected:
    ApiFixture() { accounts->users = {{"me", ::getuid()}, {"other", ::getuid() + 1}}; }

    /// Serves `view`; call it once all is set up.
    void start() {
        surroundings.accounts = accounts;
        server =
            std::make_unique<app_api::Server>(app_api::ListeningSocket::create(socket(), 0666),
                                              app_api::ListeningSocket::create(credential_socket(), 0600),
                                              tokens, administration, surroundings);
        serve();
        thread = std::jthread([this](const std::stop_token& stop) { server->run(stop); });
    }
    void serve() { server->serve(std::make_shared<const app_api::View>(view)); }

    void grant(const std::string& application,
               config::Grant grant = {.users = {"me"}, .groups = {}, .units = {}}) {
        view.applications[application] = std::move(grant);
    }
    void provision(const std::string& application, unsigned slot, std::uint64_t key_id = 1,
                   const std::string& hub = "hub.example") {
        app_api::ServedIdentity served;
        served.slot.number = slot;
        served.slot.state = identity::Slot::State::filled;
        served.slot.identity = identity::Identity{hub, "dev", std::nullopt};
        if (application != "$device") served.slot.identity->module = application;
        served.key_id = key_id;
        view.identities[application] = served;
    }

    [[nodiscard]] std::filesystem::path socket() const { return folder.path() / "api.sock"; }
    [[nodiscard]] std::filesystem::path credential_socket() const {
        return folder.path() / "credential.sock";
    }
    [[nodiscard]] UnixHttpClient connect() const { return UnixHttpClient(socket()); }
    static nlohmann::json json(const HttpAnswer& answer) { return nlohmann::json::parse(answer.body); }

    fakes::TemporaryFolder folder;
    fakes::FakeTokenSource tokens;
    fakes::FakeAdministration administration;
    std::shared_ptr<FakeAccounts> accounts = std::make_shared<FakeAccounts>();
    app_api::Surroundings surroundings;
    app_api::View view;
    std::unique_ptr<app_api::Server> server;
    std::jthread thread;  // ends before what it uses
};

}  // namespace device_agent::testing
