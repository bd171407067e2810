// SPDX-License-Identifier: Apache-2.0
// load() with real files: what is read, merged, resolved and refused for its mode.
#include "config/config.hpp"
#include "config/specification.hpp"
#include "tests/fakes/temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace device_agent::config {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* hub_string = "HostName=hub.test;DeviceId=d;SharedAccessKey=aHVzaC1odXNo";

class Load : public ::testing::Test {
protected:
    void write(const fs::path& name, std::string_view content, unsigned mode = 0600) const {
        const auto file = folder.path() / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << content;
        EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    }

    [[nodiscard]] Configuration load_main(std::string_view content, unsigned mode = 0600) const {
        write("device-agent.json", content, mode);
        return load(folder.path() / "device-agent.json");
    }

    // The messages, with names of files below the test's folder.
    [[nodiscard]] std::vector<std::string> told(std::string_view content, unsigned mode = 0600) const {
        write("device-agent.json", content, mode);
        return told_of(folder.path() / "device-agent.json");
    }

    [[nodiscard]] std::vector<std::string> told_of(const fs::path& file) const {
        std::vector<std::string> lines;
        try {
            static_cast<void>(load(file));
        } catch (const ConfigurationError& error) {
            EXPECT_EQ(translate(error.code()).exit_code, 3);
            for (const auto& problem : error.problems())
                lines.push_back(shorten(render(problem)));
        }
        return lines;
    }

    [[nodiscard]] std::string shorten(std::string text) const {
        const auto prefix = folder.path().string() + '/';
        for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }

    fakes::TemporaryFolder folder;
};

TEST_F(Load, FillsInEveryDefault) {
    const auto configuration = load_main(R"({"dpsScopeId": "0ne00000000"})");
    EXPECT_TRUE(configuration.dps_enabled);
    EXPECT_TRUE(configuration.uses_dps());
    EXPECT_EQ(configuration.dps_uri, "global.azure-devices-provisioning.net");
    EXPECT_EQ(configuration.registration_id, "");
    EXPECT_EQ(configuration.payload, std::nullopt);
    EXPECT_EQ(configuration.attestation.type, AttestationType::tpm);
    EXPECT_TRUE(configuration.connection_string.empty());
    EXPECT_EQ(configuration.device_slot, 0U);
    EXPECT_EQ(configuration.agent_slot, 1U);
    EXPECT_FALSE(configuration.agent_uses_device_twin());
    EXPECT_THAT(configuration.modules(), ElementsAre(Module{"WindowsIoTDM", 1, true}));
    EXPECT_EQ(configuration.identity_store, IdentityStore::tpm);
    EXPECT_EQ(configuration.tpm.tcti, "device:/dev/tpmrm0");
    EXPECT_EQ(configuration.tpm.key_handle_base, 0x81000100U);
    EXPECT_EQ(configuration.tpm.nv_index_base, 0x01400100U);
    EXPECT_EQ(configuration.tpm.persistent_slots, 10U);
    EXPECT_EQ(configuration.tpm.slot_auth, SlotAuth::none);
    EXPECT_EQ(configuration.state_directory, "/var/lib/device-agent");
    EXPECT_EQ(configuration.sas_expiry_interval, std::chrono::hours(24));
    EXPECT_EQ(configuration.sas_renewal_grace_period, std::chrono::hours(1));
    EXPECT_EQ(configuration.connection_string_expiry, std::chrono::hours(1));
    EXPECT_EQ(configuration.max_token_lifetime, std::chrono::hours(24));
    EXPECT_EQ(configuration.hub_transport, HubTransport::mqtt);
    EXPECT_EQ(configuration.https_port, 443);
    EXPECT_EQ(configuration.mqtt_port, 8883);
    EXPECT_EQ(configuration.socket, "/run/device-agent/device-agent.sock");
    EXPECT_EQ(configuration.administrators, (Grant{{"root"}, {}, {}}));
    EXPECT_THAT(configuration.applications, IsEmpty());
    EXPECT_TRUE(configuration.text_log_files_path.empty());
    EXPECT_THAT(configuration.warnings, IsEmpty());
}

TEST_F(Load, WithoutNamedFilesLooksAtNoneOfThem) {
    write("owner", "secret");
    write(
        "device-agent.json",
        R"({"dpsScopeId": "0ne1", "tpm": {"ownerAuthFile": "owner"}, "trustedCaFile": "none.pem", "maxTokenLifetime": 60})");
    const auto file = folder.path() / "device-agent.json";
    EXPECT_THAT(told_of(file), testing::SizeIs(1));
    const auto configuration = load_without_named_files(file);
    EXPECT_EQ(configuration.max_token_lifetime.count(), 60);
    EXPECT_TRUE(configuration.tpm.owner_auth.view().empty());
    write("device-agent.json", R"({"dpsScopeId": "0ne1", "maxTokenLifetime": 0})");
    EXPECT_THROW(static_cast<void>(load_without_named_files(file)), ConfigurationError);
}

TEST_F(Load, ReadsTheOldAgentsFileUnchanged) {
    const auto configuration = load(fs::path(CONFIG_SAMPLES) / "old-agent.json");
    EXPECT_EQ(configuration.dps_scope_id, "0ne000567F7");
    EXPECT_THAT(configuration.modules(), ElementsAre(Module{"dmModule", 1, true}, Module{"AppB", 2, false}));
    EXPECT_EQ(configuration.text_log_files_path, "/var/lib/device-agent/logs");
    EXPECT_EQ(configuration.handlers.at("deviceInfo"), R"({"reportOnConnect":true})");
    ASSERT_EQ(configuration.warnings.size(), 3U);
    EXPECT_THAT(render(configuration.warnings[0]),
                HasSubstr("old-agent.json:20:5: handlers.deviceInfo: is not installed"));
}

TEST_F(Load, ReadsEveryKey) {
    write("owner", "owner password\n");
    write("endorsement", "trailing newlines\n\n");
    write("key.pem", "key");
    write("proxy", "user:password");
    write("certificate.pem", "certificate", 0644);
    const auto configuration = load_main(R"({
        "dpsEnabled": true, "dpsUri": "localhost:8443", "dpsScopeId": "scope", "registrationId": "x-${machine-id}",
        "payload": {"a": [1, 2.5, null]},
        "attestation": {"type": "x509", "certificate": "certificate.pem", "privateKey": "./key.pem"},
        "deviceSlotNumber": 7, "dmModuleSlotNumber": 7, "otherModuleIds": {"Z": 50, "A": 2}, "identityStore": "file",
        "tpm": {"tcti": "swtpm:path=x", "ownerAuthFile": "owner", "endorsementAuthFile": "endorsement",
                "keyHandleBase": "0x81002000", "nvIndexBase": "0x01500000", "persistentSlots": 3, "slotAuth": "agent"},
        "stateDirectory": "state", "sasExpiryInterval": 100, "sasRenewalGracePeriod": 99, "connectionStringExpiry": 7,
        "maxTokenLifetime": 8, "trustedCaFile": "certificate.pem", "proxy": "http://proxy:3128",
        "proxyCredentialsFile": "proxy", "hubTransport": "mqttWebSocket", "ports": {"https": 8443, "mqtt": 18883},
        "socket": "x.sock", "applications": {"A": {"users": ["a"], "groups": ["g"], "units": ["a.service"]}},
        "administrators": {"groups": ["wheel"]}, "textLogFilesPath": "/var/log/x"})");
    EXPECT_EQ(configuration.dps_uri, "localhost:8443");
    EXPECT_EQ(configuration.registration_id, "x-${machine-id}");
    EXPECT_EQ(configuration.payload, R"({"a":[1,2.5,null]})");
    EXPECT_EQ(configuration.attestation.type, AttestationType::x509);
    EXPECT_EQ(configuration.attestation.private_key, folder.path() / "key.pem");
    EXPECT_TRUE(configuration.agent_uses_device_twin());
    EXPECT_THAT(configuration.modules(), ElementsAre(Module{"Z", 50, false}, Module{"A", 2, false}));
    EXPECT_EQ(configuration.identity_store, IdentityStore::file);
    EXPECT_EQ(configuration.tpm.owner_auth.view(), "owner password");
    EXPECT_EQ(configuration.tpm.endorsement_auth.view(), "trailing newlines\n");
    EXPECT_EQ(configuration.tpm.key_handle_base, 0x81002000U);
    EXPECT_EQ(configuration.tpm.nv_index_base, 0x01500000U);
    EXPECT_EQ(configuration.tpm.slot_auth, SlotAuth::agent);
    EXPECT_EQ(configuration.state_directory, folder.path() / "state");
    EXPECT_EQ(configuration.trusted_ca_file, folder.path() / "certificate.pem");
    EXPECT_EQ(configuration.hub_transport, HubTransport::mqtt_web_socket);
    EXPECT_EQ(configuration.mqtt_port, 18883);
    EXPECT_EQ(configuration.socket, folder.path() / "x.sock");
    EXPECT_EQ(configuration.applications.at("A"), (Grant{{"a"}, {"g"}, {"a.service"}}));
    EXPECT_EQ(configuration.administrators, (Grant{{}, {"wheel"}, {}}))
        << "root is not added to lists that are written";
    EXPECT_EQ(configuration.text_log_files_path, "/var/log/x");
}

TEST_F(Load, AnApplicationOnTheDeviceIdentityOfACertificateNeedsTheCertificate) {
    write("device.pem", "certificate", 0644);
    write("key.pem", "key");
    const std::string x509 =
        R"({"dpsScopeId": "s", "attestation": {"type": "x509", "certificate": "device.pem", "privateKey": "key.pem"},)";
    EXPECT_THAT(told(x509 + R"("applications": {"$device": {"users": ["a"], "certificate": "a.pem"}}})"),
                ElementsAre(HasSubstr("applications.$device.privateKey: is missing")));
    const auto whole =
        x509 +
        R"("applications": {"$device": {"users": ["a"], "certificate": "a.pem", "privateKey": "a-key.pem"}}})";
    const auto configuration = load_main(whole);
    const auto& grant = configuration.applications.at("$device");
    EXPECT_EQ(grant.certificate, folder.path() / "a.pem");
    EXPECT_EQ(grant.private_key, folder.path() / "a-key.pem");
    write("a-key.pem", "key", 0640);
    EXPECT_THAT(told(whole), ElementsAre(HasSubstr("a-key.pem\", which others can read")));
}

TEST_F(Load, WarnsOfAnAuthValueForKeysThatAreNotInATpm) {
    write("device.key", "key");
    const auto configuration =
        load_main(R"({"dpsScopeId": "s", "registrationId": "dev-1", "identityStore": "file",
        "attestation": {"type": "symmetricKey", "keyFile": "device.key"}, "tpm": {"slotAuth": "agent"}})");
    ASSERT_EQ(configuration.warnings.size(), 1U);
    EXPECT_THAT(render(configuration.warnings[0]), HasSubstr("tpm.slotAuth: has no effect"));
}

TEST_F(Load, MergesDropInsInTheOrderOfTheirNames) {
    write("device-agent.d/20-b.json", R"({"dmModuleId": "later", "otherModuleIds": {"C": 4}})");
    write("device-agent.d/10-a.json", R"({"dmModuleId": "earlier", "otherModuleIds": {"B": 3}})");
    write("device-agent.d/30-c.json.off", "no JSON");
    write("device-agent.d/.hidden.json", "no JSON");
    const auto configuration = load_main(R"({"dpsScopeId": "s", "otherModuleIds": {"A": 2, "B": 9}})");
    EXPECT_EQ(configuration.agent_module_id, "later");
    EXPECT_THAT(configuration.other_modules, ElementsAre(Module{"A", 2}, Module{"B", 3}, Module{"C", 4}));
}

TEST_F(Load, PointsIntoTheDropInThatIsWrong) {
    write("device-agent.d/10.json", "{\n  \"otherModuleIds\": {\"B\": 2}\n}");
    write("device-agent.d/20.json", R"({"dmModuleSlotNumber": "1", "colour": 1})");
    EXPECT_THAT(
        told("{\n\"otherModuleIds\": {\"A\": 2}}"),
        ElementsAre(
            HasSubstr("device-agent.json:1:1: dpsScopeId: is missing"),
            HasSubstr("device-agent.d/10.json:2:27: otherModuleIds.B: is slot 2, which is already that of "
                      "otherModuleIds.A"),
            HasSubstr("device-agent.d/20.json:1:24: dmModuleSlotNumber: is a string"),
            HasSubstr("device-agent.d/20.json:1:29: colour: is no known key")));
}

TEST_F(Load, TellsOfEveryFileThatIsNoJson) {
    write("device-agent.d/10.json", "{");
    write("device-agent.d/20.json", "[]");
    EXPECT_THAT(told("{,}"),
                ElementsAre(HasSubstr("device-agent.json:1:2: "), HasSubstr("device-agent.d/10.json:1:2: "),
                            HasSubstr("device-agent.d/20.json:1:1: the document is no object")));
}

TEST_F(Load, NamesAFileThatCannotBeRead) {
    EXPECT_THAT(
        told_of(folder.path() / "none.json"),
        ElementsAre(
            "none.json: cannot be read: No such file or directory. Correct the path, or let the agent's "
            "user read the file."));
    EXPECT_THAT(told_of(folder.path()), ElementsAre(HasSubstr("It is a folder")));
    ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(told_of(folder.path() / "pipe"), ElementsAre(HasSubstr("It is not a regular file")))
        << "and does not wait";
    EXPECT_THAT(told(std::string((1U << 20U) + 1, ' ')),
                ElementsAre(HasSubstr("device-agent.json: is larger than 1 MiB")));

    fs::create_directories(folder.path() / "device-agent.d");
    fs::create_symlink("nowhere", folder.path() / "device-agent.d" / "10.json");
    EXPECT_THAT(told(R"({"dpsScopeId": "s"})"),
                ElementsAre(HasSubstr("device-agent.d/10.json: cannot be read")));
    fs::remove_all(folder.path() / "device-agent.d");
    write("device-agent.d", "a file");
    EXPECT_THAT(told(R"({"dpsScopeId": "s"})"),
                ElementsAre(HasSubstr("device-agent.d: cannot be read: Not a directory")));
}

TEST_F(Load, RefusesSecretFilesThatOthersCanRead) {
    for (const unsigned mode : {0640U, 0604U, 0644U}) {
        write("secret file", "secret", mode);
        EXPECT_THAT(told(R"({"dpsScopeId": "s", "tpm": {"ownerAuthFile": "secret file"}})"),
                    ElementsAre(AllOf(
                        HasSubstr("device-agent.json:1:46: tpm.ownerAuthFile: names \"secret file\", which "
                                  "others can read"),
                        HasSubstr("Run: chmod 600 \"secret file\""))));
    }
    for (const unsigned mode : {0600U, 0400U, 0622U}) {
        write("secret file", "secret", mode);
        EXPECT_THAT(told(R"({"dpsScopeId": "s", "tpm": {"ownerAuthFile": "secret file"}})"), IsEmpty())
            << mode;
    }
}

TEST_F(Load, ChecksEveryKeyThatNamesASecretFile) {
    write("s", "secret", 0644);
    EXPECT_THAT(
        told(R"({"dpsScopeId": "s", "registrationId": "r", "proxyCredentialsFile": "s",
                         "attestation": {"type": "symmetricKey", "keyFile": "s"},
                         "tpm": {"ownerAuthFile": "s", "endorsementAuthFile": "s"}})"),
        ElementsAre(HasSubstr("proxyCredentialsFile: names \"s\", which others can read"),
                    HasSubstr("attestation.keyFile: names \"s\", which others can read"),
                    HasSubstr("tpm.ownerAuthFile: names"), HasSubstr("tpm.endorsementAuthFile: names")));
    EXPECT_THAT(
        told(
            R"({"dpsScopeId": "s", "attestation": {"type": "x509", "certificate": "s", "privateKey": "s"}})"),
        ElementsAre(HasSubstr("attestation.privateKey: names")))
        << "a certificate is public";
}

TEST_F(Load, RefusesPasswordsThatNoTpmTakes) {
    write("auth", "\n");
    const auto* const content = R"({"dpsScopeId": "s", "tpm": {"ownerAuthFile": "auth"}})";
    EXPECT_THAT(told(content), ElementsAre(HasSubstr("which is empty")));
    write("auth", std::string(64, 'p') + '\n');
    EXPECT_EQ(load_main(content).tpm.owner_auth.view(), std::string(64, 'p'));
    for (const std::size_t length : {65U, 66U, 5000U}) {
        write("auth", std::string(length, 'p') + '\n');
        EXPECT_THAT(told(content), ElementsAre(HasSubstr("longer than the 64 bytes that a TPM takes")));
    }
}

TEST_F(Load, WantsAConnectionStringInAClosedFile) {
    const auto content = std::string(R"({"connectionString": ")") + hub_string + "\"}";
    const auto configuration = load_main(content);
    EXPECT_FALSE(configuration.uses_dps());
    EXPECT_EQ(configuration.connection_string.view(), hub_string);
    EXPECT_THAT(told(content, 0644),
                ElementsAre("device-agent.json:1:22: connectionString: is a secret in a file that others "
                            "can read. Run: chmod 600 device-agent.json"));
    EXPECT_THAT(told(R"({"connectionString": "", "dpsScopeId": "s"})", 0644), IsEmpty());

    write("device-agent.d/10.json", content, 0644);
    EXPECT_THAT(told("{}", 0600),
                ElementsAre(HasSubstr("device-agent.d/10.json:1:22: connectionString: is a secret")));
    write("device-agent.d/10.json", content, 0600);
    EXPECT_THAT(told("{}", 0644), IsEmpty()) << "the open file does not hold it";
}

TEST_F(Load, NeverQuotesAConnectionString) {
    for (const char* wrong :
         {"HostName=hub.test;SharedAccessKey=aHVzaC1odXNo", "DeviceId=d;SharedAccessKey=aHVzaC1odXNo",
          "HostName=h;DeviceId=d;SharedAccessKey=aHVzaC1odXN", "HostName=h;DeviceId=d;Key=aHVzaC1odXNo",
          "HostName=h;DeviceId=d", "HostName=h;DeviceId=d;DeviceId=aHVzaC1odXNo;SharedAccessKey=aHVz",
          "HostName=h;DeviceId=d;SharedAccessSignature=aHVzaC1odXNo", "aHVzaC1odXNo"}) {
        const auto lines = told(std::string(R"({"connectionString": ")") + wrong + "\"}");
        ASSERT_EQ(lines.size(), 1U) << wrong;
        EXPECT_THAT(lines[0], AllOf(HasSubstr("connectionString: "), Not(HasSubstr("aHVz")))) << wrong;
    }
    for (const char* right :
         {hub_string, "DeviceId=d;HostName=h;ModuleId=m;SharedAccessKey=aHVz",
          "HostName=h;DeviceId=d;SharedAccessSignature=SharedAccessSignature sr=h&sig=x&se=1"}) {
        EXPECT_THAT(told(std::string(R"({"connectionString": ")") + right + "\"}"), IsEmpty()) << right;
    }
}

TEST_F(Load, WarnsOfWhatIsAllowedButWorthALook) {
    write("k", "key");
    const auto configuration = load_main(R"({"dpsScopeId": "s", "registrationId": "r",
        "attestation": {"type": "symmetricKey", "keyFile": "k", "group": true},
        "deviceSlotNumber": 3, "dmModuleSlotNumber": 4, "otherModuleIds": {"A": 5},
        "applications": {"$device": {"users": ["a"]}, "A": {"users": []}}, "handlers": {"x": {}}})");
    std::vector<std::string> keys;
    for (const auto& warning : configuration.warnings)
        keys.push_back(warning.key);
    EXPECT_THAT(keys,
                ElementsAre("attestation.group", "applications.$device", "applications.A", "handlers.x"));

    const auto by_accident = load_main(R"({"dpsScopeId": "s", "deviceSlotNumber": 1})");
    ASSERT_EQ(by_accident.warnings.size(), 1U);
    EXPECT_THAT(render(by_accident.warnings[0]),
                HasSubstr("deviceSlotNumber: equals the default of dmModuleSlotNumber"));
}

TEST_F(Load, WarnsOfProgramsThatWouldShareAnIdentity) {
    const auto warned = [&](const std::string& lists) {
        const auto configuration = load_main(
            R"({"dpsScopeId": "s", "otherModuleIds": {"A": 5}, "applications": {"A": )" + lists + "}}");
        std::vector<std::string> keys;
        for (const auto& warning : configuration.warnings)
            keys.push_back(warning.key);
        return keys;
    };
    EXPECT_THAT(warned(R"({"units": ["a.service", "b.service"]})"), ElementsAre("applications.A.units"));
    EXPECT_THAT(warned(R"({"users": ["a"], "units": ["a.service", "b.service"]})"),
                ElementsAre("applications.A.units"));
    EXPECT_THAT(warned(R"({"users": ["a", "b"]})"), ElementsAre("applications.A.users"));
    EXPECT_THAT(warned(R"({"users": ["a", "b"], "units": ["a.service"]})"), IsEmpty())
        << "one unit is one program";
    EXPECT_THAT(warned(R"({"users": ["a"], "groups": ["g", "h"]})"), IsEmpty());
}

TEST_F(Load, LetsAFileStoreBeFilledByHand) {
    EXPECT_THAT(told(R"({"dpsEnabled": false, "identityStore": "file"})"), IsEmpty());
    EXPECT_THAT(told(R"({"dpsEnabled": false, "identityStore": "file", "attestation": {"type": "tpm"}})"),
                ElementsAre(HasSubstr("identityStore: is \"file\"")));
}

TEST_F(Load, JudgesASocketsPathAsItWillBe) {
    const auto folder_length = folder.path().string().size() + 1;
    const auto content = [](std::size_t length) {
        return R"({"dpsScopeId": "s", "socket": ")" + std::string(length, 's') + "\"}";
    };
    EXPECT_THAT(told(content(107 - folder_length)), IsEmpty());
    EXPECT_THAT(told(content(108 - folder_length)),
                ElementsAre(HasSubstr("socket: becomes a path of 108 bytes")));
}

TEST_F(Load, SaysNothingThatOnlyFollowsFromAnotherFault) {
    EXPECT_THAT(told(R"({"dpsEnabled": "yes"})"), ElementsAre(HasSubstr("dpsEnabled")));
    EXPECT_THAT(told(R"({"attestation": {"type": 1, "keyFile": "k"}, "dpsScopeId": "s"})"),
                ElementsAre(HasSubstr("attestation.type"), HasSubstr("attestation.keyFile: names")));
    EXPECT_THAT(told(R"({"dpsScopeId": "s", "dmModuleSlotNumber": "x", "otherModuleIds": {"A": 1}})"),
                ElementsAre(HasSubstr("dmModuleSlotNumber")));
    EXPECT_THAT(told(R"({"dpsScopeId": "s", "otherModuleIds": 1, "applications": {"A": {"users": ["a"]}}})"),
                ElementsAre(HasSubstr("otherModuleIds")));
}

TEST_F(Load, TellsTheSameTwice) {
    const auto* const wrong = R"({"b": 1, "a": 2, "dpsUri": "x y"})";
    EXPECT_EQ(told(wrong), told(wrong));
}

}  // namespace
}  // namespace device_agent::config
