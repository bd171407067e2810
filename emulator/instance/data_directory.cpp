// SPDX-License-Identifier: Apache-2.0
#include "emulator/instance/data_directory.hpp"

#include "emulator/instance/instance_file.hpp"
#include "foundation/durable_file.hpp"
#include "foundation/error.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace emulator::instance {
namespace {

using device_agent::Error;
using device_agent::ErrorCode;

constexpr auto instance_file = "instance.json";
constexpr std::chrono::days renewal_time{30};

// "data/" is the directory "data": with the slash, its parent would be the directory itself.
std::filesystem::path full_path(const std::filesystem::path& path) {
    auto full = std::filesystem::absolute(path).lexically_normal();
    return full.has_filename() ? full : full.parent_path();
}

int lock_directory(const std::filesystem::path& path) {
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        throw Error(ErrorCode::state, "cannot make the data directory " + path.string() + ": " +
                                          std::generic_category().message(errno));
    }
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        throw Error(ErrorCode::state, "cannot open the data directory " + path.string() + ": " +
                                          std::generic_category().message(errno));
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        throw Error(ErrorCode::state, "another emulator is running on " + path.string() +
                                          ": stop it, or give this one another --data directory");
    }
    return descriptor;
}

// The DPS is always reached as localhost, whatever the hubs are called.
std::vector<std::string> certified_names(std::vector<std::string> names) {
    for (const auto* name : {"localhost", "127.0.0.1", "::1"}) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
    }
    return names;
}

std::string join(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text;
}

}  // namespace

std::vector<std::string> default_hubs() {
    return {"localhost", "127.0.0.1"};
}

DataDirectory::DataDirectory(const std::filesystem::path& path)
    : path_(full_path(path)), lock_(lock_directory(path_)) {}

DataDirectory::~DataDirectory() {
    ::close(lock_);
}

Instance DataDirectory::load_or_create(const std::vector<std::string>& hubs,
                                       device_agent::WallTime now) const {
    const auto text = device_agent::read_file(path_ / instance_file);
    if (!text) return create(hubs.empty() ? default_hubs() : hubs, now);
    auto instance = parse_instance(*text);
    if (hubs.empty()) return instance;
    for (const auto& hub : hubs) {
        if (!instance.hub_policies.contains(hub)) {
            throw Error(ErrorCode::state, "the certificate in " + path_.string() + " covers the hubs " +
                                              join(instance.certified_hubs) + ", and not \"" + hub +
                                              "\": use a new --data directory for other hubs");
        }
    }
    instance.hubs = hubs;
    std::erase_if(instance.hub_policies, [&](const auto& hub) {
        return std::find(hubs.begin(), hubs.end(), hub.first) == hubs.end();
    });
    return instance;
}

// The instance file is written last: a directory without it is begun anew.
Instance DataDirectory::create(const std::vector<std::string>& hubs, device_agent::WallTime now) const {
    save(certificates::make_authority(now), "ca");
    static_cast<void>(issue(hubs, now));
    auto instance = new_instance(hubs);
    device_agent::write_durably(path_ / instance_file, serialize(instance).view());
    return instance;
}

certificates::CertifiedKey DataDirectory::server_certificate(const Instance& instance,
                                                             device_agent::WallTime now) const {
    auto present = load("server");
    // A renewal that was cut off between its two files leaves a key that is not the certificate's.
    const bool is_whole = certificates::is_pair(present);
    if (is_whole && certificates::expiry_of(present.certificate) - renewal_time > now) return present;
    return issue(instance.certified_hubs, now);
}

certificates::CertifiedKey DataDirectory::issue(const std::vector<std::string>& hubs,
                                                device_agent::WallTime now) const {
    auto issued = certificates::issue_server_certificate(load("ca"), certified_names(hubs), now);
    save(issued, "server");
    return issued;
}

void DataDirectory::save(const certificates::CertifiedKey& certified, const char* name) const {
    device_agent::write_durably(path_ / (std::string(name) + ".key"), certified.private_key.view());
    device_agent::write_durably(path_ / (std::string(name) + ".pem"), certified.certificate, 0644);
}

certificates::CertifiedKey DataDirectory::load(const char* name) const {
    const auto key = device_agent::read_file(path_ / (std::string(name) + ".key"));
    const auto certificate = device_agent::read_file(path_ / (std::string(name) + ".pem"));
    if (!key || !certificate) {
        throw Error(ErrorCode::state, "the certificate " + std::string(name) + " is missing in " +
                                          path_.string() + ": put it back, or use a new --data directory");
    }
    return {*certificate, device_agent::SecretText(*key)};
}

}  // namespace emulator::instance
