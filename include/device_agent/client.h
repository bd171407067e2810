/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libdevice-agent: an application gets its Azure IoT identity from the Device Agent on this machine.
 *
 * The agent is told by the kernel who calls; its configuration says which identity is whose. So there is
 * nothing to configure here, and nothing to keep secret but what is handed out. docs/client-library.md begins
 * with examples.
 *
 * A client asks once and returns (device_agent_get_credentials). A watch stays connected and says when there
 * is something new: the identity is there or has changed, the token is about to expire and here is the next
 * one.
 *
 * Threads. The library has no thread and no global state. A client never changes: all its functions may be
 * called by any number of threads at once. A watch is for one thread at a time. After fork() the child uses
 * neither.
 *
 * Blocking. Every function that may block says so and takes a timeout in milliseconds: 0 does not wait,
 * DEVICE_AGENT_FOREVER waits without limit. Time that the machine sleeps counts. No function polls, and a
 * wait uses no processor time. A signal does not end a wait. SIGPIPE is never raised. All descriptors are
 * close-on-exec.
 *
 * Errors. Functions return a device_agent_code. Where `error` is not NULL it is filled whenever they return
 * another one than DEVICE_AGENT_OK: what happened, to what, and what to do. errno is left as it was.
 *
 * Ownership. What a function hands out through a pointer to pointer is the caller's, and is given back to the
 * function that its description names, which also wipes it. On failure such a pointer is set to NULL.
 */
#ifndef DEVICE_AGENT_CLIENT_H
#define DEVICE_AGENT_CLIENT_H

#include <stdint.h>

#if defined(__GNUC__)
#define DEVICE_AGENT_API __attribute__((visibility("default")))
#else
#define DEVICE_AGENT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Where the agent listens when neither the caller nor the environment says otherwise. */
#define DEVICE_AGENT_DEFAULT_SOCKET "/run/device-agent/device-agent.sock"

/** As a timeout: without limit. */
#define DEVICE_AGENT_FOREVER (-1)

/** What kind of thing went wrong. Numbers never change their meaning; a later version may add some. */
typedef enum device_agent_code {
    DEVICE_AGENT_OK = 0,
    DEVICE_AGENT_FAILED = 1, /**< here: no memory, no descriptor; `system_error` says which */
    DEVICE_AGENT_USAGE = 2,  /**< an argument is wrong, or the agent does not accept it (expiry too long) */
    DEVICE_AGENT_TIMED_OUT = 3,       /**< not within the timeout */
    DEVICE_AGENT_NOT_PROVISIONED = 4, /**< granted, but not there yet: wait for it */
    DEVICE_AGENT_NOT_RUNNING = 5,     /**< nobody answers at the socket */
    DEVICE_AGENT_AGENT_FAILED = 6,    /**< the agent could not: its TPM, its network; try later */
    DEVICE_AGENT_PROTOCOL = 7,        /**< the answer was cut off or cannot be understood */
    DEVICE_AGENT_PERMISSION = 8, /**< not granted to this process; the message says to whom it could be */
    DEVICE_AGENT_AMBIGUOUS = 9,  /**< several identities are granted: name an application */
    DEVICE_AGENT_TOO_MANY = 10   /**< asked too often; not before `retry_after` */
} device_agent_code;

/** Filled by functions that fail. Made by the caller, on the stack as a rule; holds no pointer and no secret.
 */
typedef struct device_agent_error {
    device_agent_code code;
    int system_error;     /**< the errno of the system call that failed, or 0 */
    unsigned retry_after; /**< seconds that the agent asks to wait before the next try, or 0 */
    char message[500];    /**< one line, ends with a zero */
} device_agent_error;

/** How an identity proves itself to IoT Hub. */
typedef enum device_agent_authentication {
    DEVICE_AGENT_UNTOLD = 0, /**< in the events of a device identity: its credentials say it */
    DEVICE_AGENT_SAS = 1,    /**< by a token that expires */
    DEVICE_AGENT_X509 = 2    /**< by a certificate on the connection */
} device_agent_authentication;

/** Who an application is in IoT Hub. A later version may add members at the end. */
typedef struct device_agent_identity {
    const char* hub;    /**< host name of the IoT Hub */
    const char* device; /**< device id */
    const char* module; /**< module id, or NULL for the device identity */
    device_agent_authentication authentication;
} device_agent_identity;

/** What an application connects with. All of it belongs together: it comes from one answer of the agent. */
typedef struct device_agent_credentials {
    const device_agent_identity* identity; /**< whose they are */
    const char* connection_string;         /**< for Azure's SDKs */
    const char* token;       /**< the SAS token in it, as the password of MQTT; NULL with X.509 */
    int64_t expires;         /**< when the token ends, in seconds since 1970 (UTC); 0 with X.509 */
    const char* certificate; /**< with X.509: path of the certificate file, else NULL */
    const char* private_key; /**< with X.509: path of its private key's file, else NULL */
} device_agent_credentials;

/** Where the agent is, and as which application to ask. */
typedef struct device_agent_client device_agent_client;

/**
 * Makes a client. Does not connect, so it works before the agent runs.
 *
 * socket_path: NULL for the environment variable DEVICE_AGENT_SOCKET (ignored in set-user-id programs), else
 *     DEVICE_AGENT_DEFAULT_SOCKET.
 * application: the module id to ask for, or "$device"; NULL unless several are granted to this process.
 *
 * Give it to device_agent_close(). Fails with USAGE (path or name too long) and FAILED.
 */
DEVICE_AGENT_API device_agent_code device_agent_open(const char* socket_path, const char* application,
                                                     device_agent_client** client, device_agent_error* error);

/** Ends a client; NULL is allowed. Watches that were made from it live on. */
DEVICE_AGENT_API void device_agent_close(device_agent_client* client);

/**
 * Who am I? Blocks for an answer of the agent that is running; give the identity to
 * device_agent_free_identity(). NOT_PROVISIONED while it is not there yet, NOT_RUNNING at once when nobody
 * answers: see device_agent_wait().
 */
DEVICE_AGENT_API device_agent_code device_agent_get_identity(const device_agent_client* client,
                                                             int timeout_ms, device_agent_identity** identity,
                                                             device_agent_error* error);

/**
 * Blocks until the identity is there, however long that takes: the agent may not have been started yet, may
 * restart, and may have to provision first. Ends early with what waiting cannot mend (PERMISSION, AMBIGUOUS,
 * USAGE). TIMED_OUT says in its message what it was still waiting for. Give the identity to
 * device_agent_free_identity().
 */
DEVICE_AGENT_API device_agent_code device_agent_wait(const device_agent_client* client, int timeout_ms,
                                                     device_agent_identity** identity,
                                                     device_agent_error* error);

/**
 * What to connect with now. `expiry` is the life of the token in seconds, 0 for the agent's
 * `connectionStringExpiry`; more than its `maxTokenLifetime` is USAGE. The token is good for at least 90 % of
 * that. Blocks for an answer of the agent that is running (some 10 ms with a TPM; allow 10 000). Give the
 * credentials to device_agent_free_credentials().
 */
DEVICE_AGENT_API device_agent_code device_agent_get_credentials(const device_agent_client* client,
                                                                unsigned expiry, int timeout_ms,
                                                                device_agent_credentials** credentials,
                                                                device_agent_error* error);

/** Wipe and release; NULL is allowed. */
DEVICE_AGENT_API void device_agent_free_identity(device_agent_identity* identity);
DEVICE_AGENT_API void device_agent_free_credentials(device_agent_credentials* credentials);

typedef enum device_agent_event_kind {
    DEVICE_AGENT_PROVISIONED = 1, /**< `identity` is there */
    DEVICE_AGENT_CHANGED = 2, /**< `identity` is new (`what` has HUB), or old tokens are worthless (KEY) */
    DEVICE_AGENT_REMOVED = 3, /**< stop using it; PROVISIONED follows should it come again */
    DEVICE_AGENT_CREDENTIALS =
        4,                 /**< connect with `credentials` from now on (only from a watch that renews) */
    DEVICE_AGENT_GONE = 5, /**< the agent does not answer, `error` says why; what was handed out stays good */
    DEVICE_AGENT_BACK = 6, /**< the agent answers again */
    DEVICE_AGENT_REFUSED =
        7 /**< `error` says why; it is tried again now and then, for it may be granted later */
} device_agent_event_kind;

/** The bits of `what`. */
#define DEVICE_AGENT_CHANGED_HUB 1u /**< another hub or device: the twin is another one, too */
#define DEVICE_AGENT_CHANGED_KEY 2u /**< same identity, new key */

/** One thing that happened. Members that its kind does not name are NULL or 0. */
typedef struct device_agent_event {
    device_agent_event_kind kind;
    unsigned what;
    const device_agent_identity* identity;
    const device_agent_credentials* credentials;
    const device_agent_error* error;
} device_agent_event;

/** Stays in touch with the agent on behalf of one application. */
typedef struct device_agent_watch device_agent_watch;

/** As the expiry of a watch: events only, no credentials. */
#define DEVICE_AGENT_NO_RENEWAL 0xffffffffu

/**
 * Starts watching. Returns at once; connecting happens in device_agent_watch_next().
 *
 * expiry: the life of the tokens, as in device_agent_get_credentials(); or DEVICE_AGENT_NO_RENEWAL. A watch
 * that renews hands out CREDENTIALS when the identity is there, again when four fifths of the token's life
 * have passed (somewhat earlier, by chance, so that not all applications renew at once), and after each
 * CHANGED.
 *
 * The watch needs the client no more once this returns. Give it to device_agent_watch_stop(). Fails with
 * FAILED.
 */
DEVICE_AGENT_API device_agent_code device_agent_watch_start(const device_agent_client* client,
                                                            unsigned expiry, device_agent_watch** watch,
                                                            device_agent_error* error);

/**
 * A descriptor for poll(), epoll, or the event loop at hand: it is readable when device_agent_watch_next()
 * with a timeout of 0 has work to do, be it to read, to connect again or to renew. It stays the watch's: do
 * not read or close it. It never changes.
 */
DEVICE_AGENT_API int device_agent_watch_fd(const device_agent_watch* watch);

/**
 * The next event. With a timeout of 0 it never blocks: it does what is due, and returns TIMED_OUT when that
 * was no event. Otherwise it blocks until there is one. An agent that is not there is not a failure of this
 * function, but an event; it connects again by itself, at once when the socket reappears.
 *
 * The event, and all that it points to, is the watch's and is wiped by the next call with this watch.
 */
DEVICE_AGENT_API device_agent_code device_agent_watch_next(device_agent_watch* watch, int timeout_ms,
                                                           const device_agent_event** event,
                                                           device_agent_error* error);

/** Called with an event, which it may use until it returns. It calls no function of the watch but
 * device_agent_watch_renew(). */
typedef void (*device_agent_handler)(const device_agent_event* event, void* context);

/**
 * For those who like to be called: waits for the first event as device_agent_watch_next() does, then hands
 * each event that is there to `handler`, on the calling thread. OK after at least one.
 */
DEVICE_AGENT_API device_agent_code device_agent_watch_dispatch(device_agent_watch* watch, int timeout_ms,
                                                               device_agent_handler handler, void* context,
                                                               device_agent_error* error);

/**
 * The hub refused the credentials: get others, as the next CREDENTIALS event, without waiting for their
 * expiry. (That happens when a key was changed while the agent was not running.) Does not block. Without
 * effect on a watch that does not renew. The agent hands out the same token again while it is good: connect
 * again not at once but after a pause.
 */
DEVICE_AGENT_API void device_agent_watch_renew(device_agent_watch* watch);

/** Ends a watch and wipes what it held; NULL is allowed. */
DEVICE_AGENT_API void device_agent_watch_stop(device_agent_watch* watch);

#ifdef __cplusplus
}
#endif

#endif
