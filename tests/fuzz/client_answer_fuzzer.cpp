// SPDX-License-Identifier: Apache-2.0
extern "C" {
#include "client/answer.h"
#include "client/record.h"
#include "client/text.h"
}

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

/// Every piece lies within what was read.
void expect_inside(da_text piece, const char* begin, const char* end) {
    if (piece.data == nullptr) return;
    if (piece.data < begin || piece.data > end || piece.size > static_cast<std::size_t>(end - piece.data))
        std::abort();
}

void read_as_text(da_text body, const da_head& head) {
    const char* const end = body.data + body.size;
    da_identity_text identity;
    if (da_read_identity(da_line(body), &identity)) {
        for (const auto piece : {identity.hub, identity.device, identity.module})
            expect_inside(piece, body.data, end);
        device_agent_free_identity(da_make_identity(&identity, DEVICE_AGENT_SAS));
    }
    da_event_text event;
    static_cast<void>(da_read_event(da_line(body), &event));
    da_credentials_text credentials;
    if (da_read_connection_string(da_line(body), &credentials)) {
        expect_inside(credentials.token, body.data, end);
        auto* made = da_make_credentials(da_line(body), &credentials, &head);
        if (std::strlen(made->connection_string) != da_line(body).size) std::abort();
        if ((made->token == nullptr) != credentials.x509 || (made->expires == 0) != credentials.x509)
            std::abort();
        device_agent_free_credentials(made);
    }
}

}  // namespace

// Whatever answers at the socket: its head is understood or refused, and so is each form that a body may
// have.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<char> bytes(data,
                                  data + size);  // a block of its own, so that a step beyond its end is seen
    da_head head;
    std::size_t begin = 0;
    if (da_read_head(bytes.data(), bytes.size(), &head) == DA_COMPLETE) {
        if (head.size > size || head.status < 200 || head.length > DA_MOST_BODY) std::abort();
        for (const auto value : {head.authentication, head.certificate, head.private_key})
            expect_inside(value, bytes.data(), bytes.data() + head.size);
        begin = head.size;
    } else {
        head = da_head{};
    }
    if (begin < size) read_as_text(da_text{bytes.data() + begin, size - begin}, head);
    return 0;
}
