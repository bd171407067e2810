// SPDX-License-Identifier: Apache-2.0
#include "config/text_rules.hpp"

#include <gtest/gtest.h>

namespace device_agent::config {
namespace {

void expect(const TextRule& rule, const std::vector<std::string>& right,
            const std::vector<std::string>& wrong) {
    for (const auto& text : right)
        EXPECT_TRUE(matches(rule, text)) << rule.name << ": " << text;
    for (const auto& text : wrong)
        EXPECT_FALSE(matches(rule, text)) << rule.name << ": " << text;
}

TEST(TextRules, ModuleIdsAreTheHubs) {
    expect(text_rules::module_id, {"a", "dmModule", "-.+%_#*?!(),=@$'", "$edgeAgent", std::string(128, 'm')},
           {"", "$device", "a/b", "a b", "a:b", "a;b", "a&b", "ü", "a\n", std::string(129, 'm')});
    expect(text_rules::application, {"$device", "AppB"}, {"", "a/b"});
}

TEST(TextRules, RegistrationIdsAreThoseOfDpsOrHavePlaceholders) {
    expect(text_rules::registration_id,
           {"a", "A-1", "x:y._-z", std::string(128, 'r'), "${machine-id}", "pump-${dmi:product_serial}",
            "${mac:eth0}-${dt:serial-number}.7", "${mac:br-lan.100}"},
           {"", "-a", "a-", ".a", "a:", "a b", "a/b", std::string(129, 'r'), "${hostname}", "${mac:}",
            "${machine-id", "-${machine-id}", "${machine-id}-", "$machine-id", "${dmi:product_serial}/x"});
}

TEST(TextRules, EndpointsHaveNoSchemeAndNoPath) {
    expect(text_rules::endpoint,
           {"global.azure-devices-provisioning.net", "localhost", "localhost:8443", "127.0.0.1:1", "[::1]",
            "[fe80::1]:65535", "a--b.c"},
           {"", "https://localhost", "localhost/", "localhost:", "localhost:0", "localhost:65536",
            "localhost:099", "a..b", "-a", "a-", ".a", "a.", "a_b", "::1", "user@host", "a b"});
    expect(
        text_rules::proxy, {"http://proxy:3128", "https://proxy", "http://[::1]:8080/"},
        {"", "proxy:3128", "http://user:password@proxy", "socks5://proxy", "http://proxy/path", "http://"});
}

TEST(TextRules, HandlesAreInTheirRange) {
    expect(
        text_rules::key_handle, {"0x81000000", "0x81000100", "0x817fFfFf"},
        {"0x81800000", "0x80ffffff", "0x8100010", "0x810001000", "81000100", "0X81000100", "2164261120", ""});
    expect(text_rules::nv_index, {"0x01000000", "0x01400100", "0x01ffffff"},
           {"0x02000000", "0x00ffffff", "0x1400100"});
}

TEST(TextRules, CallersAreNamed) {
    expect(text_rules::account, {"root", "_apt", "www-data", "DOMAIN\\user", "machine$", "a.b@c"},
           {"", "0", "1000", "-a", "a b", "a:b", "a/b", std::string(256, 'u')});
    expect(text_rules::unit, {"a.service", "a@b.service", "run-1\\x2d2.scope", "a:b.service"},
           {"", "a", ".service", "a.slice", "a b.service", "a/b.service", "a.service "});
}

TEST(TextRules, PathsHaveNoControlCharacters) {
    using namespace std::string_literals;
    expect(text_rules::path, {"/", "x", "für/ü.pem", std::string(1024, 'p')},
           {"", "a\0b"s, "a\nb", "\x1b", std::string(1025, 'p')});
    expect(text_rules::socket_path, {"/run/a.sock", std::string(107, 's')}, {"", std::string(108, 's')});
}

TEST(TextRules, StayQuickOnHostileText) {
    // Nested repetitions must not make the work grow beyond what the longest text allows.
    for (const auto* rule : {&text_rules::endpoint, &text_rules::registration_id,
                             &text_rules::connection_string, &text_rules::path, &text_rules::unit}) {
        for (const char* piece : {"a", "a-", "a.", "=", "a=b;", "\\", "${machine-id}"}) {
            std::string text;
            while (text.size() < 2 * rule->longest)
                text += piece;
            text.resize(rule->longest);
            EXPECT_FALSE(matches(*rule, text + '\n'));
            EXPECT_FALSE(matches(*rule, text.substr(1) + '\n'));
        }
    }
}

}  // namespace
}  // namespace device_agent::config
