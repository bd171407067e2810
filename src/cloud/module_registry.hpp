// SPDX-License-Identifier: Apache-2.0
// IoT Hub's identity registry, as a device may use it: the device's own modules.
#pragma once

#include "cloud/http.hpp"
#include "cloud/hub_reply.hpp"
#include "foundation/call_context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace device_agent::cloud {

/// Whose modules, and where.
struct DeviceAddress {
    std::string hub;  ///< host name
    unsigned port = 443;
    std::string device_id;
};

/// Threading: used by one thread at a time. `http` outlives it. Errors: Error{refused} when the hub says no
/// (retry `reprovision` for 401, 403 and a device that is not found), Error{network} at the deadline.
class ModuleRegistry {
public:
    /// `token` is a SAS token of the device; it authorises every request. Empty when the certificate that
    /// `http` shows does.
    ModuleRegistry(HttpClient& http, DeviceAddress device, SecretText token);

    [[nodiscard]] std::vector<Module> list(const CallContext& context);

    /// Creates the module with keys that the hub makes. Nothing when there is one already: somebody else's,
    /// or our own, whose answer was lost on its way.
    [[nodiscard]] std::optional<Module> create(const std::string& module_id, const CallContext& context);

    [[nodiscard]] Module get(const std::string& module_id, const CallContext& context);

    /// Deletes the module, whatever its etag. One that does not exist is no error.
    void remove(const std::string& module_id, const CallContext& context);

private:
    [[nodiscard]] HttpResponse send(const char* method, const std::string& path, std::string body,
                                    const CallContext& context);
    [[nodiscard]] static Module expected(const HttpResponse& response, const std::string& module_id);
    [[nodiscard]] std::string path_of(const std::string& module_id) const;
    [[nodiscard]] std::string describe(const std::string& module_id) const;
    [[nodiscard]] HttpRequest make_request(const char* method, const std::string& path,
                                           std::string body) const;
    void require_ok(const HttpResponse& response, const std::string& action) const;

    HttpClient& http_;
    DeviceAddress device_;
    SecretText token_;
};

}  // namespace device_agent::cloud
