// SPDX-License-Identifier: Apache-2.0
// From any thread to the API's.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace device_agent::app_api {

/// Who works for the API elsewhere may finish when it is gone: then nothing happens. Threading: from any
/// thread.
class Inbox {
public:
    using Post = std::function<void(std::function<void()>)>;

    explicit Inbox(Post post) : post_(std::move(post)) {}
    /// Runs `work` on the API's thread, soon; never when the API has ended.
    void put(std::function<void()> work) {
        const std::scoped_lock lock(mutex_);
        if (post_) post_(std::move(work));
    }
    /// Nothing is posted any more when it returns.
    void close() {
        const std::scoped_lock lock(mutex_);
        post_ = nullptr;
    }

private:
    std::mutex mutex_;
    Post post_;
};

using InboxPointer = std::shared_ptr<Inbox>;

}  // namespace device_agent::app_api
