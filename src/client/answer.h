/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an HTTP answer. What it says is believed only as far as it is well-formed and short. */
#ifndef DEVICE_AGENT_CLIENT_ANSWER_H
#define DEVICE_AGENT_CLIENT_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A piece of a buffer that somebody else holds; not terminated. */
typedef struct da_text {
    const char* data; /**< NULL: there is none */
    size_t size;
} da_text;

/** The longest head, and the longest body of an answer that ends. */
#define DA_MOST_HEAD 8192u
#define DA_MOST_BODY 8192u

typedef struct da_head {
    size_t size; /**< up to the body */
    int status;
    bool has_length;
    size_t length; /**< of the body, at most DA_MOST_BODY */
    unsigned retry_after;
    da_text authentication; /**< the headers Device-Agent-…, where they are: */
    da_text certificate;
    da_text private_key;
} da_head;

typedef enum da_reading { DA_INCOMPLETE, DA_COMPLETE, DA_MALFORMED } da_reading;

/** Reads the head of what has come so far. The texts in `head` point into `data`. */
da_reading da_read_head(const char* data, size_t size, da_head* head);

bool da_text_is(da_text text, const char* word);

/** A number of decimal digits alone, at most `most`; -1 for anything else. */
int64_t da_number(da_text text, int64_t most);

#endif
