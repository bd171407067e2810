// SPDX-License-Identifier: Apache-2.0
// From method and path to a handler.
#pragma once

#include "emulator/http/message.hpp"

#include <functional>
#include <map>

namespace emulator::http {

/// A request on its way through a handler, and what the handler finds out about it for the record.
struct Call {
    const Request& request;
    std::map<std::string, std::string, std::less<>>
        parameters{};             ///< of the path, by their names in the pattern
    std::string authorized_as{};  ///< set by the handler as soon as it knows

    [[nodiscard]] const std::string& parameter(std::string_view name) const {
        return parameters.find(name)->second;
    }
};

using Handler = std::function<Response(Call&)>;

class Router {
public:
    /// `pattern` is a path like "/devices/{deviceId}/modules": a name in braces stands for any one segment,
    /// other segments are compared without regard to case (clients differ in it).
    void add(std::string_view method, std::string_view pattern, Handler handler);

    struct Match {
        const Handler* handler = nullptr;  ///< null when no route has this method and path
        std::map<std::string, std::string, std::less<>> parameters;
        std::string allowed_methods;  ///< of the routes with this path, for a 405; empty when there is none
    };
    [[nodiscard]] Match match(const Request& request) const;

private:
    struct Route {
        std::string method;
        std::vector<std::string> segments;
        Handler handler;
    };
    std::vector<Route> routes_;
};

}  // namespace emulator::http
