// SPDX-License-Identifier: Apache-2.0
// The tpm2-openssl provider, wrapped by a built-in one of ours, since as it is it does not serve a TLS client
// of OpenSSL 3.0 (docs/decisions/0038). Three things are changed on the way through:
// - only keys, their decoders and signatures are offered, so that OpenSSL takes everything else elsewhere;
// - a private key is not exported: then OpenSSL signs with the key's own provider, not with the default one;
// - signing, loading and freeing a key hold one mutex, since the provider uses one ESYS context without a
// lock.
#include "attestation/tpm_key_provider.hpp"

#include "foundation/error.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <array>
#include <cstdlib>
#include <dlfcn.h>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace device_agent::attestation {
namespace {

constexpr const char* own_name = "device-agent-tpm-key";
constexpr std::size_t most_algorithms = 8;  // of one operation; the provider has fewer

// OpenSSL calls most of these functions without saying for which provider, so what they need cannot be a
// member of anything.
std::mutex& tpm_mutex() {
    static std::mutex mutex;
    return mutex;
}

struct AnyCall {
    template <typename... Arguments>
    static bool admits(const Arguments&... /*arguments*/) noexcept {
        return true;
    }
};
struct NoPrivateKey {
    template <typename... Others>
    static bool admits(const void* /*key*/, int selection, const Others&... /*others*/) noexcept {
        return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0;
    }
};

/// Stands for one function of each algorithm's table: admits a call or returns 0, takes the mutex, calls the
/// real function.
template <int function_id, typename Function, typename Admission = AnyCall>
class Guard;

template <int function_id, typename Result, typename... Arguments, typename Admission>
class Guard<function_id, Result(Arguments...), Admission> {
public:
    static void wrap(OSSL_DISPATCH& entry, std::size_t algorithm) {
        if (entry.function_id != function_id) return;
        real()[algorithm] = reinterpret_cast<Pointer>(entry.function);
        entry.function =
            reinterpret_cast<void (*)()>(calls(std::make_index_sequence<most_algorithms>())[algorithm]);
    }

private:
    using Pointer = Result (*)(Arguments...);

    static std::array<Pointer, most_algorithms>& real() {
        static std::array<Pointer, most_algorithms> functions{};
        return functions;
    }
    template <std::size_t algorithm>
    static Result call(Arguments... arguments) {
        if (!Admission::admits(arguments...)) return Result();
        const std::lock_guard lock(tpm_mutex());
        return real()[algorithm](arguments...);
    }
    template <std::size_t... algorithm>
    static std::array<Pointer, most_algorithms> calls(std::index_sequence<algorithm...> /*all*/) {
        return {&call<algorithm>...};
    }
};

void wrap_function(OSSL_DISPATCH& entry, int operation, std::size_t algorithm) {
    if (operation == OSSL_OP_KEYMGMT) {
        Guard<OSSL_FUNC_KEYMGMT_EXPORT, OSSL_FUNC_keymgmt_export_fn, NoPrivateKey>::wrap(entry, algorithm);
        Guard<OSSL_FUNC_KEYMGMT_LOAD, OSSL_FUNC_keymgmt_load_fn>::wrap(entry, algorithm);
        Guard<OSSL_FUNC_KEYMGMT_FREE, OSSL_FUNC_keymgmt_free_fn>::wrap(entry, algorithm);
    } else if (operation == OSSL_OP_SIGNATURE) {
        Guard<OSSL_FUNC_SIGNATURE_SIGN, OSSL_FUNC_signature_sign_fn>::wrap(entry, algorithm);
        Guard<OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, OSSL_FUNC_signature_digest_sign_init_fn>::wrap(entry,
                                                                                                   algorithm);
        Guard<OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, OSSL_FUNC_signature_digest_sign_update_fn>::wrap(
            entry, algorithm);
        Guard<OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, OSSL_FUNC_signature_digest_sign_final_fn>::wrap(
            entry, algorithm);
        Guard<OSSL_FUNC_SIGNATURE_DIGEST_SIGN, OSSL_FUNC_signature_digest_sign_fn>::wrap(entry, algorithm);
        Guard<OSSL_FUNC_SIGNATURE_FREECTX, OSSL_FUNC_signature_freectx_fn>::wrap(entry, algorithm);
    }
}

/// The real provider's algorithms of one operation, with our functions in their tables.
class Algorithms {
public:
    Algorithms(const OSSL_ALGORITHM* real, int operation) {
        for (; real != nullptr && real->algorithm_names != nullptr; ++real) {
            if (list_.size() == most_algorithms) break;
            auto& table = tables_.emplace_back();
            for (const auto* entry = real->implementation; entry->function_id != 0; ++entry) {
                table.push_back(*entry);
                wrap_function(table.back(), operation, list_.size());
            }
            table.push_back(OSSL_DISPATCH{});
            list_.push_back({real->algorithm_names, real->property_definition, table.data(),
                             real->algorithm_description});
        }
        list_.push_back(OSSL_ALGORITHM{});
    }
    [[nodiscard]] const OSSL_ALGORITHM* list() const noexcept { return list_.data(); }

private:
    std::vector<std::vector<OSSL_DISPATCH>> tables_;  // moved as a whole, their data stays where it is
    std::vector<OSSL_ALGORITHM> list_;
};

struct Wrapped {
    std::mutex mutex;  // of the operations: OpenSSL asks for them from any thread
    OSSL_FUNC_provider_query_operation_fn* query = nullptr;
    OSSL_FUNC_provider_unquery_operation_fn* unquery = nullptr;
    std::vector<OSSL_DISPATCH> dispatch;
    std::map<int, Algorithms> operations;
};
// Never destroyed: OpenSSL closes the provider when the process ends, after our static objects are gone.
Wrapped& wrapped() {
    static auto& state = *new Wrapped;
    return state;
}

const OSSL_ALGORITHM* query_operation(void* context, int operation, int* no_store) {
    if (operation != OSSL_OP_KEYMGMT && operation != OSSL_OP_SIGNATURE && operation != OSSL_OP_DECODER)
        return nullptr;
    auto& state = wrapped();
    const std::lock_guard lock(state.mutex);
    auto at = state.operations.find(operation);
    if (at == state.operations.end()) {
        const auto* real = state.query(context, operation, no_store);
        at = state.operations.emplace(operation, Algorithms(real, operation)).first;
        if (state.unquery != nullptr) state.unquery(context, operation, real);
    }
    *no_store = 0;
    return at->second.list();
}

OSSL_provider_init_fn* real_initialisation() {
    const auto* folder = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
    const auto file = std::string(folder == nullptr ? "" : folder) + "/tpm2.so";
    // Never closed: OpenSSL may keep pointers into it until the process ends.
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) return nullptr;
    return reinterpret_cast<OSSL_provider_init_fn*>(::dlsym(library, "OSSL_provider_init"));
}

int initialise(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core, const OSSL_DISPATCH** own,
               void** context) {
    auto* real = real_initialisation();
    const OSSL_DISPATCH* entries = nullptr;
    if (real == nullptr || real(handle, core, &entries, context) != 1) return 0;
    auto& state = wrapped();
    for (; entries->function_id != 0; ++entries) {
        auto entry = *entries;
        if (entry.function_id == OSSL_FUNC_PROVIDER_QUERY_OPERATION) {
            state.query = reinterpret_cast<OSSL_FUNC_provider_query_operation_fn*>(entry.function);
            entry.function = reinterpret_cast<void (*)()>(&query_operation);
        } else if (entry.function_id == OSSL_FUNC_PROVIDER_UNQUERY_OPERATION) {
            // Ours to call: what OpenSSL would give back is our table, not the real provider's.
            state.unquery = reinterpret_cast<OSSL_FUNC_provider_unquery_operation_fn*>(entry.function);
            continue;
        }
        state.dispatch.push_back(entry);
    }
    state.dispatch.push_back(OSSL_DISPATCH{});
    *own = state.dispatch.data();
    return 1;
}

/// Both providers, from when they are needed until the process ends.
class Providers {
public:
    // OpenSSL loads its default provider by itself only while nobody loads another one. It goes first, so
    // that it is asked first.
    Providers()
        : default_(OSSL_PROVIDER_load(nullptr, "default")),
          registered_(OSSL_PROVIDER_add_builtin(nullptr, own_name, &initialise)) {}
    Providers(const Providers&) = delete;
    Providers& operator=(const Providers&) = delete;
    // OpenSSL closes the connection to the TPM in its own cleanup, once nobody holds the provider.
    ~Providers() {
        OSSL_PROVIDER_unload(own_);
        OSSL_PROVIDER_unload(default_);
    }
    /// Whether they are there. A TPM that could not be reached is tried again the next time.
    [[nodiscard]] bool load(const std::string& tcti) {
        const std::lock_guard lock(mutex_);
        if (own_ != nullptr) return true;
        ::setenv("TPM2OPENSSL_TCTI", tcti.c_str(), 1);
        if (default_ != nullptr && registered_ == 1) own_ = OSSL_PROVIDER_load(nullptr, own_name);
        return own_ != nullptr;
    }

private:
    std::mutex mutex_;
    OSSL_PROVIDER* default_;
    int registered_;
    OSSL_PROVIDER* own_ = nullptr;
};

}  // namespace

bool is_tpm_key(std::string_view pem) noexcept {
    return pem.find("-----BEGIN TSS2 PRIVATE KEY-----") != std::string_view::npos;
}

void use_tpm_keys(const std::string& tcti) {
    if (real_initialisation() == nullptr) {
        throw Error(ErrorCode::tpm,
                    "attestation.privateKey is a TSS2 key, and the provider that uses such keys is not "
                    "installed: install the package tpm2-openssl");
    }
    static Providers providers;
    const bool loaded = providers.load(tcti);
    ERR_clear_error();
    if (loaded) return;
    throw Error(ErrorCode::tpm,
                "attestation.privateKey is a TSS2 key, and the TPM at '" + tcti +
                    "' (tpm.tcti) cannot be reached by the tpm2-openssl provider: see that the "
                    "TPM is there and that the agent's user may open it");
}

}  // namespace device_agent::attestation
