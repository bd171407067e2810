// SPDX-License-Identifier: Apache-2.0
// A served socket API with fakes behind it.
#pragma once

#include "app_api/server.hpp"
#include "tests/fakes/fake_accounts.hpp"
#include "tests/fakes/fake_agent.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/unix_http_client.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <unistd.h>

namespace device_agent::testing {

class ApiFixture : public ::testing::Test {
protected:
    ApiFixture() {
        // For tests/app_api/run-openapi-test.
        if (const char* file = std::getenv("RECORD_REPLIES")) {
            UnixHttpClient::observe([file](const ObservedAnswer& answer) {
                std::ofstream(file, std::ios::app) << nlohmann::json{{"method", answer.method},
                                                                     {"target", answer.target},
                                                                     {"status", answer.status},
                                                                     {"contentType", answer.content_type},
                                                                     {"body", answer.body}}
                                                          .dump()
                                                   << '\n';
            });
        }
        accounts->set_user("me", ::getuid());
        accounts->set_user("other", ::getuid() + 1);
    }

    /// Serves `view`; call it once all is set up.
    void start() {
        surroundings.accounts = accounts;
        surroundings.system_uid = system_uid;
        server =
            std::make_unique<app_api::Server>(app_api::ListeningSocket::create(socket(), 0666),
                                              app_api::ListeningSocket::create(credential_socket(), 0600),
                                              tokens, administration, surroundings);
        serve();
        thread = std::jthread([this](const std::stop_token& stop) { server->run(stop); });
    }
    /// Ends the server; what it was asked for may still be under way.
    void stop() {
        thread = {};
        server.reset();
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
    std::shared_ptr<fakes::FakeAccounts> accounts = std::make_shared<fakes::FakeAccounts>();
    app_api::Surroundings surroundings;
    uid_t system_uid = ::getuid();
    app_api::View view;
    std::unique_ptr<app_api::Server> server;
    std::jthread thread;  // ends before what it uses
};

}  // namespace device_agent::testing
