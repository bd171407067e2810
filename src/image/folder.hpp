// SPDX-License-Identifier: Apache-2.0
// Folders of a root file system, once they are open.
#pragma once

#include "image/root_filesystem.hpp"

namespace device_agent::image {

/// An open folder. An empty descriptor is one without names.
class Folder {
public:
    explicit Folder(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

    /// In byte order, without "." and "..".
    [[nodiscard]] std::vector<std::string> names() const;
    [[nodiscard]] int get() const noexcept { return descriptor_.get(); }
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(descriptor_); }

private:
    Descriptor descriptor_;
};

/// A walk from folder to folder by their open descriptors: a link is never followed, so it cannot leave the
/// root.
class Walk {
public:
    explicit Walk(const std::function<void(const FoundFile&)>& visit) : visit_(visit) {}

    void through(Descriptor folder, const std::string& path, unsigned depth);
    [[nodiscard]] std::vector<std::string> take_left_out() { return std::move(left_out_); }

private:
    void step(const Folder& folder, const std::string& name, const std::string& path, unsigned depth);

    const std::function<void(const FoundFile&)>& visit_;
    std::vector<std::string> left_out_;
};

}  // namespace device_agent::image
