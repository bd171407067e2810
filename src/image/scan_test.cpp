// SPDX-License-Identifier: Apache-2.0
// What a root file system's files come to: units and their overrides, declarations, evidence, plan and check.
#include "image/scan.hpp"

#include "image/check.hpp"
#include "image/inspect.hpp"
#include "image/planned_files.hpp"
#include "tests/fakes/temporary_folder.hpp"
#include "tests/support/elf_maker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace device_agent::image {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* manifests = "usr/share/device-agent/applications/";

class AnImage : public ::testing::Test {
protected:
    void put(const fs::path& name, std::string_view content, unsigned mode = 0644) const {
        const auto file = folder.path() / name;
        fs::create_directories(file.parent_path());
        std::ofstream(file) << content;
        EXPECT_EQ(::chmod(file.c_str(), mode), 0);
    }
    void link(const fs::path& name, const std::string& target) const {
        fs::create_directories((folder.path() / name).parent_path());
        fs::create_symlink(target, folder.path() / name);
    }
    void program(const fs::path& name, std::vector<std::string> needed) const {
        put(name, support::make_elf({.needed = std::move(needed)}), 0755);
    }
    [[nodiscard]] RootFilesystem root() const { return RootFilesystem(folder.path()); }
    [[nodiscard]] Unit unit(std::string_view name) const {
        for (auto& unit : scan(root()).units) {
            if (unit.name == name) return unit;
        }
        ADD_FAILURE() << "no unit " << name;
        return {};
    }

    // Problems and applications; each problem as one line.
    [[nodiscard]] std::vector<std::string> problems() const {
        auto facts = scan(root());
        auto found = facts.problems;
        static_cast<void>(find_applications(facts, found));
        std::vector<std::string> lines;
        for (const auto& problem : found)
            lines.push_back(config::render(problem));
        return lines;
    }
    [[nodiscard]] std::map<std::string, Application> applications() const {
        std::vector<config::Problem> none;
        std::map<std::string, Application> by_name;
        for (auto& application : find_applications(scan(root()), none))
            by_name.emplace(application.name(), application);
        EXPECT_THAT(none, IsEmpty());
        return by_name;
    }

    // Plans as the command does, into the image.
    Lock make_plan(const Lock& lock = {}) const {
        const auto facts = scan(root());
        std::vector<config::Problem> none;
        const auto base = read_base(ConfigurationTexts::of_image(root()), &lock);
        const auto result = plan(find_applications(facts, none), lock, base.slots, {});
        auto planned = planned_files(facts, base, result);
        remove_stale_drop_ins(root(), planned);
        write_changes(root(), changes(root(), planned.files));
        return result.lock;
    }

    // The findings' kinds; each finding that can be mended says how.
    [[nodiscard]] std::vector<std::string> findings(const std::optional<Lock>& lock = std::nullopt) const {
        auto image = inspect(root(), ConfigurationTexts::of_image(root()));
        image.lock = lock;
        std::vector<std::string> ids;
        for (const auto& finding : check(image)) {
            ids.emplace_back(finding.id);
            EXPECT_NE(finding.severity == Severity::note, !finding.remedy.empty()) << render(finding);
            EXPECT_EQ(render(finding).find('\n'), std::string::npos);
        }
        return ids;
    }

    // An image without findings: the agent, and one application with a user and a unit of its own.
    void make_sound() const {
        program("usr/bin/device-agent", {"libc.so.6"});
        put("etc/passwd", "root:x:0:0:::\nappb:x:100:100:::\n");
        put("etc/group", "root:x:0:\ntss:x:105:\nappb:x:100:\n");
        put("usr/lib/systemd/system/appb.service", "[Service]\nExecStart=/usr/bin/appb\nUser=appb\n");
        put(std::string(manifests) + "b.json",
            R"({"name": "AppB", "users": ["appb"], "units": ["appb.service"]})");
        put("etc/device-agent/device-agent.json", R"({"dpsScopeId": "0ne1"})");
        make_plan();
    }

    fakes::TemporaryFolder folder;
};

TEST_F(AnImage, UnitsAreOverriddenAsSystemdDoes) {
    put("usr/lib/systemd/system/a.service",
        "[Service]\nUser=vendor\nExecStart=/bin/a\nSupplementaryGroups=one\n");
    put("usr/lib/systemd/system/a.service.d/10.conf",
        "[Service]\nUser=dropped\nSupplementaryGroups=two three\n");
    put("usr/lib/systemd/system/a.service.d/20.conf", "[Service]\nGroup=vendor\n");
    put("etc/systemd/system/a.service.d/10.conf",
        "[Service]\nSupplementaryGroups=\nSupplementaryGroups=four\n");
    put("etc/systemd/system/service.d/30.conf", "[Service]\nDynamicUser=yes\n");
    link("etc/systemd/system/a.service.d/20.conf", "/dev/null");
    const auto a = unit("a.service");
    EXPECT_EQ(a.user, "vendor");
    EXPECT_EQ(a.group, "");
    EXPECT_TRUE(a.dynamic_user);
    EXPECT_THAT(a.supplementary_groups, ElementsAre("four"));
    put("etc/systemd/system/a.service", "[Service]\nUser=administrator\n");
    EXPECT_EQ(unit("a.service").user, "administrator");
}

TEST_F(AnImage, UnitsMayBeMaskedOrHaveAnotherName) {
    put("usr/lib/systemd/system/a.service", "[Service]\nUser=a\n[X-DeviceAgent]\n");
    put("usr/lib/systemd/system/b.service", "[Service]\nUser=b\n");
    put("etc/systemd/system/c.service", "");
    link("etc/systemd/system/a.service", "/dev/null");
    link("etc/systemd/system/alias.service", "/usr/lib/systemd/system/b.service");
    link("lib", "usr/lib");
    EXPECT_TRUE(unit("a.service").masked);
    EXPECT_TRUE(unit("c.service").masked);
    EXPECT_EQ(unit("alias.service").alias_of, "b.service");
    EXPECT_EQ(scan(root()).units.size(), 4U);
    EXPECT_THAT(applications(), IsEmpty());
}

TEST_F(AnImage, AUnitDeclaresAnApplication) {
    put("usr/lib/systemd/system/press.service",
        "[Unit]\nDescription=The "
        "press\n[Service]\nUser=press\n[X-DeviceAgent]\nApplication=Press4\nPriority=90\n");
    put("etc/systemd/system/press.service.d/x.conf", "[X-DeviceAgent]\nSlot=7\nCredential=no\n");
    put("usr/lib/systemd/system/plain.service",
        "[Service]\nDynamicUser=yes\nUser=p\n[X-DeviceAgent]\nIdentity=module\n");
    const auto found = applications();
    const auto& press = found.at("Press4").declaration;
    EXPECT_EQ(press.slot, 7U);
    EXPECT_EQ(press.priority, 90U);
    EXPECT_FALSE(press.credential);
    EXPECT_EQ(press.description, "The press");
    EXPECT_THAT(press.users, ElementsAre("press"));
    EXPECT_THAT(press.units, ElementsAre("press.service"));
    EXPECT_EQ(press.origin, (Origin{"/usr/lib/systemd/system/press.service", 6}));
    EXPECT_THAT(found.at("plain").declaration.users, IsEmpty());
}

TEST_F(AnImage, EveryMistakeOfASectionIsToldAtOnceWithItsPlace) {
    put("usr/lib/systemd/system/a.service",
        "[X-DeviceAgent]\nApplication=a "
        "b\nIdentity=both\nAplication=x\nSlot=51\nCredential=maybe\nColour=red\n");
    put("usr/lib/systemd/system/t@.service", "[X-DeviceAgent]\nApplication=t\n");
    put("usr/lib/systemd/system/d.service", "[X-DeviceAgent]\nIdentity=device\nSlot=3\n");
    const std::string file = "/usr/lib/systemd/system/";
    EXPECT_THAT(
        problems(),
        ElementsAre(
            HasSubstr(file +
                      "a.service:2:1: X-DeviceAgent.Application: is \"a b\", which is no module id. Write"),
            HasSubstr(file + "a.service:3:1: X-DeviceAgent.Identity: is \"both\""),
            HasSubstr(file + "a.service:4:1: X-DeviceAgent.Aplication: is no known setting. Did you mean "
                             "\"Application\"?"),
            HasSubstr(file +
                      "a.service:5:1: X-DeviceAgent.Slot: is \"51\", must be a whole number from 0 to 50"),
            HasSubstr(file + "a.service:6:1: X-DeviceAgent.Credential"),
            HasSubstr(file + "a.service:7:1: X-DeviceAgent.Colour: is no known setting. Remove it"),
            HasSubstr(file + "d.service:2:1: X-DeviceAgent: has a slot"),
            HasSubstr(file + "t@.service:2:1: X-DeviceAgent: stands in a template")));
}

TEST_F(AnImage, AnApplicationIsDeclaredOnce) {
    put(std::string(manifests) + "a.json", R"({"name": "A", "units": ["a.service"]})");
    put(std::string(manifests) + "b.json", "{\n\"name\": \"A\", \"units\": [\"b.service\"]}");
    put("usr/lib/systemd/system/a.service", "[X-DeviceAgent]\nApplication=A\n");
    put("usr/lib/systemd/system/c.service", "[X-DeviceAgent]\nApplication=A\n");
    EXPECT_THAT(
        problems(),
        ElementsAre(
            HasSubstr("b.json:2:1: name: declares \"A\", which /usr/share/device-agent/applications/a.json:1 "
                      "declares already"),
            HasSubstr("c.service:2:1: X-DeviceAgent: declares \"A\"")));
}

TEST_F(AnImage, ManifestsAreRegularFilesOfBoundedSize) {
    put(std::string(manifests) + "large.json", std::string(2U << 20U, ' '));
    link(std::string(manifests) + "outside.json", (folder.path() / "../x.json").string());
    ASSERT_EQ(::mkfifo((folder.path() / manifests / "pipe.json").c_str(), 0600), 0);
    put(std::string(manifests) + "notes.txt", "not a manifest");
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("large.json: is larger than 1 MiB"),
                                        HasSubstr("outside.json: is a link that leads to nothing"),
                                        HasSubstr("pipe.json: is no regular file")));
}

TEST_F(AnImage, EvidenceIsTiedToTheUnitThatRunsIt) {
    program("usr/bin/agentless", {"libiothub_client.so.1"});
    program("usr/bin/tool", {"libmosquitto.so.1"});
    put("usr/lib/systemd/system/worker.service", "[Service]\nUser=w\nExecStart=-/bin/agentless --x\n");
    link("bin", "usr/bin");
    put("opt/js/package.json", R"({"name": "js", "dependencies": {"azure-iot-device": "1"}})");
    put("usr/lib/systemd/system/js-app.service", "[Service]\nExecStart=/usr/bin/node /opt/js/index.js\n");
    const auto found = applications();
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found.at("worker").confidence, Confidence::likely);
    EXPECT_THAT(found.at("worker").declaration.users, ElementsAre("w"));
    EXPECT_THAT(found.at("worker").declaration.units, ElementsAre("worker.service"));
    EXPECT_THAT(found.at("js-app").declaration.units, ElementsAre("js-app.service"));
    EXPECT_EQ(found.at("tool").confidence, Confidence::possible);
    EXPECT_THAT(found.at("tool").declaration.units, IsEmpty());
}

TEST_F(AnImage, EvidenceForADeclaredApplicationIsItsReason) {
    program("usr/bin/appb", {"libdevice-agent.so.0"});
    make_sound();
    const auto found = applications();
    ASSERT_EQ(found.size(), 1U);
    ASSERT_EQ(found.at("AppB").reasons.size(), 2U);
    EXPECT_EQ(found.at("AppB").reasons[1].kind, "elf");
    EXPECT_THAT(found.at("AppB").reasons[1].text, HasSubstr("run by appb.service"));
}

TEST_F(AnImage, EvidenceIsOfThePackageThatOwnsIt) {
    program("usr/bin/one", {"libmosquitto.so.1"});
    program("usr/bin/two", {"libmosquitto.so.1"});
    put("var/lib/dpkg/status", "Package: tools\nStatus: install ok installed\n");
    put("var/lib/dpkg/info/tools:amd64.list", "/usr/bin/one\n/usr/bin/two\n");
    const auto found = applications();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.at("tools").reasons.size(), 2U);
    EXPECT_EQ(found.at("tools").package, "tools");
}

TEST_F(AnImage, APlanIsWrittenOnceAndStaysTheSame) {
    make_sound();
    const auto first = root().read("/etc/device-agent/device-agent.json", 10000).text;
    EXPECT_THAT(first, HasSubstr("\"AppB\": 2"));
    EXPECT_THAT(root().read("/etc/systemd/system/appb.service.d/50-device-agent.conf", 1000).text,
                HasSubstr("LoadCredential=iothub-connection-string:/run/device-agent/credential.sock\n"));
    const auto lock = make_plan();
    EXPECT_EQ(make_plan(lock), lock);
    EXPECT_EQ(root().read("/etc/device-agent/device-agent.json", 10000).text, first);
}

TEST_F(AnImage, AnApplicationThatGoesTakesItsEntriesAndItsDropInAlong) {
    make_sound();
    const auto lock = make_plan();
    fs::remove(folder.path() / manifests / "b.json");
    put("etc/systemd/system/other.service.d/50-device-agent.conf", "# by hand\n");
    make_plan(lock);
    EXPECT_THAT(root().read("/etc/device-agent/device-agent.json", 10000).text, Not(HasSubstr("AppB")));
    EXPECT_FALSE(root().identify("/etc/systemd/system/appb.service.d/50-device-agent.conf"));
    EXPECT_TRUE(root().identify("/etc/systemd/system/other.service.d/50-device-agent.conf"));
}

TEST_F(AnImage, WhatWasWrittenByHandStays) {
    put("etc/device-agent/device-agent.json",
        R"({"dpsScopeId": "0ne1", "otherModuleIds": {"ByHand": 2}, "applications": {"ByHand": {"users": ["root"]}}})");
    put("etc/device-agent/device-agent.d/x.json", R"({"otherModuleIds": {"AlsoByHand": 3}})");
    put(std::string(manifests) + "b.json", R"({"name": "AppB", "users": ["appb"]})");
    const auto lock = make_plan();
    EXPECT_THAT(lock.applications, ElementsAre(testing::Pair("AppB", LockedSlot{4, false})));
    make_plan(lock);
    const auto text = root().read("/etc/device-agent/device-agent.json", 10000).text;
    EXPECT_THAT(text, HasSubstr("\"ByHand\": 2"));
    EXPECT_THAT(text, HasSubstr("\"users\": [\n        \"root\""));
    EXPECT_THAT(text, Not(HasSubstr("AlsoByHand")));
}

TEST_F(AnImage, ASoundOneHasNoFindings) {
    make_sound();
    const auto lock = make_plan();
    EXPECT_THAT(findings(lock), IsEmpty());
}

TEST_F(AnImage, WhoDoesNotExistIsFound) {
    make_sound();
    put("etc/passwd", "root:x:0:0:::\n");
    EXPECT_THAT(findings(), ElementsAre("unknown-user"));
    put("usr/lib/sysusers.d/appb.conf", "u appb -\n");
    EXPECT_THAT(findings(), IsEmpty());
    put(std::string(manifests) + "b.json",
        R"({"name": "AppB", "groups": ["nobodys"], "units": ["appb.service"]})");
    make_plan();
    EXPECT_THAT(findings(), ElementsAre("unknown-group"));
}

TEST_F(AnImage, UnitsThatCannotBeTheCallerAreFound) {
    make_sound();
    const auto with_units = [&](const std::string& units) {
        put(std::string(manifests) + "b.json", R"({"name": "AppB", "units": [)" + units + "]}");
        make_plan();
        return findings();
    };
    EXPECT_THAT(with_units(R"("none.service")"), Contains("missing-unit"));
    put("etc/systemd/system/m.service", "");
    EXPECT_THAT(with_units(R"("m.service")"), Contains("masked-unit"));
    link("etc/systemd/system/alias.service", "/usr/lib/systemd/system/appb.service");
    EXPECT_THAT(with_units(R"("alias.service")"), Contains("alias-unit"));
    put("etc/systemd/system/t@.service", "[Service]\nUser=appb\n");
    EXPECT_THAT(with_units(R"("t@.service")"), Contains("template-unit"));
    EXPECT_THAT(with_units(R"("t@1.service")"), IsEmpty());
    EXPECT_THAT(with_units(R"("session.scope")"), IsEmpty());
}

TEST_F(AnImage, AGrantThatTheUnitsUserDoesNotMeetIsFound) {
    make_sound();
    put("usr/lib/systemd/system/appb.service", "[Service]\nDynamicUser=yes\nUser=appb\n");
    EXPECT_THAT(findings(), ElementsAre("dynamic-user"));
    put("usr/lib/systemd/system/appb.service", "[Service]\nUser=other\n");
    EXPECT_THAT(findings(), ElementsAre("other-user"));
}

TEST_F(AnImage, EveryWayToTheTpmIsFound) {
    make_sound();
    put("etc/group", "tss:x:105:appb\nappb:x:100:\n");
    EXPECT_THAT(findings(), ElementsAre("tpm-access"));
    put("etc/group", "tss:x:105:\nappb:x:100:\n");
    put("usr/lib/systemd/system/appb.service", "[Service]\nUser=appb\nSupplementaryGroups=tss\n");
    EXPECT_THAT(findings(), ElementsAre("tpm-access"));
    put("usr/lib/systemd/system/appb.service", "[Service]\nUser=appb\n");
    put("usr/lib/sysusers.d/x.conf", "m appb tss\n");
    EXPECT_THAT(findings(), ElementsAre("tpm-access"));
    put("etc/device-agent/device-agent.d/auth.json", R"({"tpm": {"slotAuth": "agent"}})");
    EXPECT_THAT(findings(), IsEmpty());
}

TEST_F(AnImage, WhoUsesTheDeviceIdentityIsFound) {
    make_sound();
    put(std::string(manifests) + "a.json", R"({"name": "AppA", "identity": "device", "users": ["appb"]})");
    make_plan();
    EXPECT_THAT(findings(), ElementsAre("configuration", "device-identity"));
    put(std::string(manifests) + "c.json", R"({"name": "AppC", "identity": "device", "users": ["appb"]})");
    EXPECT_THAT(findings(), Contains("two-on-device"));
}

TEST_F(AnImage, WhatIsOfOneDeviceIsFound) {
    make_sound();
    const auto with = [&](std::string_view drop_in) {
        put("etc/device-agent/device-agent.d/x.json", drop_in, 0600);
        return findings();
    };
    EXPECT_THAT(with(R"({"registrationId": "press-4"})"), ElementsAre("per-device"));
    EXPECT_THAT(with(R"({"registrationId": "${machine-id}"})"), IsEmpty());
    put("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    EXPECT_THAT(with(R"({"registrationId": "${machine-id}"})"), ElementsAre("per-device"));
    EXPECT_THAT(with(R"({"registrationId": "line-${dmi:product_serial}"})"), IsEmpty());
    EXPECT_THAT(with(R"({"connectionString": "HostName=h;DeviceId=d;SharedAccessKey=a2V5"})"),
                ElementsAre("per-device", "open-secret"));
    EXPECT_THAT(with(R"({"trustedCaFile": "/etc/ca.pem"})"), ElementsAre("missing-file"));
    put("etc/ca.pem", "ca");
    EXPECT_THAT(with(R"({"trustedCaFile": "/etc/ca.pem"})"), IsEmpty());
    const auto x509 =
        R"({"attestation": {"type": "x509", "certificate": "/etc/d.pem", "privateKey": "/etc/d.key"}})";
    EXPECT_THAT(with(x509), IsEmpty());
    put("etc/d.key", "key");
    EXPECT_THAT(with(x509), ElementsAre("per-device", "open-secret"));
    EXPECT_THAT(with("{}"), IsEmpty());
    put("var/lib/device-agent/slot-11", "state");
    EXPECT_THAT(with("{}"), ElementsAre("per-device"));
}

TEST_F(AnImage, WithoutAgentOrConfigurationIsFound) {
    EXPECT_THAT(findings(), ElementsAre("no-agent", "no-configuration"));
    put("etc/device-agent/device-agent.json", R"({"dpsScopeId": "0ne1"})");
    EXPECT_THAT(findings(), ElementsAre("no-agent", "agent-name"));
}

TEST_F(AnImage, PlanLockAndConfigurationMustAgree) {
    make_sound();
    auto lock = make_plan();
    lock.applications["AppB"].slot = 5;
    EXPECT_THAT(findings(lock), ElementsAre("lock-mismatch"));
    lock.applications["AppB"] = {2, true};
    EXPECT_THAT(findings(lock), ElementsAre("lock-mismatch"));
    lock.applications.clear();
    EXPECT_THAT(findings(lock), ElementsAre("by-hand"));
    put(std::string(manifests) + "b.json", R"({"name": "AppB", "users": ["appb"], "slot": 9})");
    EXPECT_THAT(findings(), ElementsAre("other-slot"));
    put(std::string(manifests) + "c.json", R"({"name": "AppC", "users": ["appb"]})");
    EXPECT_THAT(findings(), ElementsAre("other-slot", "not-planned"));
    program("usr/bin/pub", {"libmosquitto.so.1"});
    EXPECT_THAT(findings(), Contains("candidate"));
}

TEST_F(AnImage, AUnitOfTwoApplicationsIsToldAndGetsNoCredential) {
    make_sound();
    put(std::string(manifests) + "c.json", R"({"name": "AppC", "units": ["appb.service"]})");
    make_plan();
    EXPECT_THAT(findings(), ElementsAre("shared-unit"));
    EXPECT_FALSE(root().identify("/etc/systemd/system/appb.service.d/50-device-agent.conf"));
}

TEST_F(AnImage, AChangeIsDescribedWithoutSecrets) {
    const Change change{{"/etc/x", "a\nb\nnew\n\"SharedAccessKey=abc\"\nc\n"}, "a\nb\nold\x1b[1m\nc\n"};
    EXPECT_EQ(describe(change),
              "--- /etc/x\n+++ /etc/x\n a\n b\n-old\\u001b[1m\n+new\n+(a line with a secret)\n c\n");
}

}  // namespace
}  // namespace device_agent::image
