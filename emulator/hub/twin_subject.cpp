// SPDX-License-Identifier: Apache-2.0
#include "emulator/hub/twin_subject.hpp"

namespace emulator::hub {

const nlohmann::json& TwinSubject::document() const {
    if (document_.is_null()) document_ = to_json(twin_, identity_, live_);
    return document_;
}

const nlohmann::json* TwinSubject::find(const query::Path& path) const {
    const auto& root = path.front();
    if (root == "tags") return query::descend(twin_.tags, path, 1);
    if (root == "properties" && path.size() > 2 && !path[2].starts_with('$')) {
        return query::descend(path[1] == "desired" ? twin_.desired.values : twin_.reported.values, path, 2);
    }
    if (path.size() == 1 && (root == "deviceId" || root == "moduleId")) {
        if (ids_.is_null()) {
            ids_ = {{"deviceId", identity_.id.device}};
            if (identity_.id.is_module()) ids_["moduleId"] = identity_.id.module;
        }
        return query::descend(ids_, path, 0);
    }
    return query::descend(document(), path, 0);
}

}  // namespace emulator::hub
