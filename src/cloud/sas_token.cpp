// SPDX-License-Identifier: Apache-2.0
#include "cloud/sas_token.hpp"

#include "foundation/encoding.hpp"

namespace device_agent::cloud {

SasToken make_sas_token(std::string_view resource, WallTime expires, std::string_view key_name,
                        const Signer& sign) {
    const std::string encoded_resource = percent_encode(resource);
    const std::string expiry = std::to_string(expires.time_since_epoch().count());
    const Sha256 signature = sign(as_bytes(encoded_resource + "\n" + expiry));

    SasToken token{SecretText("SharedAccessSignature sr="), expires};
    token.text += encoded_resource;
    token.text += "&sig=";
    token.text += percent_encode(base64_encode(signature));
    token.text += "&se=";
    token.text += expiry;
    if (!key_name.empty()) {
        token.text += "&skn=";
        token.text += key_name;
    }
    return token;
}

}  // namespace device_agent::cloud
