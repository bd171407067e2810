// SPDX-License-Identifier: Apache-2.0
#include "bench/load/work.hpp"

namespace bench::load {

boost::asio::awaitable<void> shake_hands(Run& run) {
    TlsClient client(run.context, run.tls);
    co_await client.connect(run.plan.port);
    co_await client.close();
}

}  // namespace bench::load
