// SPDX-License-Identifier: Apache-2.0
#include "identity/credentials.hpp"

#include "foundation/error.hpp"

namespace device_agent::identity {
namespace {

SecretText begin_connection_string(const Identity& identity) {
    SecretText text("HostName=");
    text += identity.hub;
    text += ";DeviceId=";
    text += identity.device;
    if (identity.module) {
        text += ";ModuleId=";
        text += *identity.module;
    }
    return text;
}

}  // namespace

cloud::SasToken mint_token(SlotStore& store, const Slot& slot, WallTime expires) {
    if (slot.state != Slot::State::filled) {
        const std::string why = slot.remark.empty() ? "it is empty" : slot.remark;
        throw Error(ErrorCode::not_provisioned, "slot " + std::to_string(slot.number) + " has no identity (" +
                                                    why + "): run `device-agent provision`");
    }
    if (slot.place == KeyPlace::certificate) throw certificate_identity_error(slot.number);
    return cloud::make_sas_token(slot.identity->sas_resource(), expires, "",
                                 [&](ByteView data) { return store.sign(slot.number, data); });
}

cloud::SasToken mint_staged_token(SlotStore& store, unsigned slot, const Identity& staged, WallTime expires) {
    return cloud::make_sas_token(staged.sas_resource(), expires, "",
                                 [&](ByteView data) { return store.sign_staged(slot, data); });
}

SecretText make_connection_string(const Identity& identity, const cloud::SasToken& token) {
    auto text = begin_connection_string(identity);
    text += ";SharedAccessSignature=";
    text += token.text.view();
    return text;
}

SecretText make_x509_connection_string(const Identity& identity) {
    auto text = begin_connection_string(identity);
    text += ";x509=true";
    return text;
}

}  // namespace device_agent::identity
