// SPDX-License-Identifier: Apache-2.0
#include "qr_code.hpp"

#include "foundation/error.hpp"

#include <qrencode.h>

#include <memory>

namespace device_agent::app {

std::string qr_code(const std::string& text) {
    const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
        QRcode_encodeString8bit(text.c_str(), 0, QR_ECLEVEL_L), &QRcode_free);
    if (!code) throw Error(ErrorCode::internal, "the text is too long for a QR code");

    constexpr int quiet = 4;
    const int width = code->width;
    const auto dark = [&](int row, int column) {
        const bool inside = row >= 0 && row < width && column >= 0 && column < width;
        return inside && (code->data[row * width + column] & 1U) != 0;
    };
    // Two rows of modules a line: the upper half block is drawn in the foreground, the lower half is the
    // background.
    std::string drawn;
    for (int row = -quiet; row < width + quiet; row += 2) {
        drawn += "\x1b[30;107m";  // black on bright white, whatever the terminal's own colours are
        for (int column = -quiet; column < width + quiet; ++column) {
            const bool upper = dark(row, column);
            const bool lower = dark(row + 1, column);
            drawn += upper ? (lower ? "\u2588" : "\u2580") : (lower ? "\u2584" : " ");
        }
        drawn += "\x1b[0m\n";
    }
    return drawn;
}

}  // namespace device_agent::app
