/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

#include <string.h>
#include <strings.h>

bool da_text_is(da_text text, const char* word) {
    return text.data != NULL && text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

int64_t da_number(da_text text, int64_t most) {
    int64_t number = 0;
    if (text.size == 0) return -1;
    for (size_t i = 0; i < text.size; ++i) {
        if (text.data[i] < '0' || text.data[i] > '9') return -1;
        number = number * 10 + (text.data[i] - '0');
        if (number > most) return -1;
    }
    return number;
}

static bool is_named(da_text name, const char* wanted) {
    return name.size == strlen(wanted) && strncasecmp(name.data, wanted, name.size) == 0;
}

static da_text trimmed(da_text text) {
    while (text.size > 0 && (*text.data == ' ' || *text.data == '\t')) {
        ++text.data;
        --text.size;
    }
    while (text.size > 0 && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        --text.size;
    return text;
}

/* "HTTP/1.1 200 OK" */
static bool read_status(da_text line, da_head* head) {
    if (line.size < 12 || memcmp(line.data, "HTTP/1.", 7) != 0 || line.data[8] != ' ') return false;
    if (line.size > 12 && line.data[12] != ' ') return false;
    const int64_t status = da_number((da_text){line.data + 9, 3}, 599);
    head->status = (int)status;
    return status >= 200;
}

static bool read_length(da_text value, da_head* head) {
    const int64_t length = da_number(value, DA_MOST_BODY);
    if (length < 0 || head->has_length) return false;
    head->has_length = true;
    head->length = (size_t)length;
    return true;
}

static bool read_header(da_text line, da_head* head) {
    const char* colon = memchr(line.data, ':', line.size);
    if (colon == NULL || colon == line.data) return false;
    const da_text name = {line.data, (size_t)(colon - line.data)};
    const da_text value = trimmed((da_text){colon + 1, line.size - name.size - 1});
    if (is_named(name, "Content-Length")) return read_length(value, head);
    /* A request of HTTP/1.0 is never answered in chunks. */
    if (is_named(name, "Transfer-Encoding")) return false;
    if (is_named(name, "Retry-After")) {
        const int64_t seconds = da_number(value, 86400);
        if (seconds > 0) head->retry_after = (unsigned)seconds;
    } else if (is_named(name, "Device-Agent-Authentication")) {
        head->authentication = value;
    } else if (is_named(name, "Device-Agent-Certificate")) {
        head->certificate = value;
    } else if (is_named(name, "Device-Agent-Private-Key")) {
        head->private_key = value;
    }
    return true;
}

da_reading da_read_head(const char* data, size_t size, da_head* head) {
    *head = (da_head){.status = 0};
    if (size == 0) return DA_INCOMPLETE;
    const size_t most = size < DA_MOST_HEAD ? size : DA_MOST_HEAD;
    size_t begin = 0;
    for (;;) {
        const char* end = memchr(data + begin, '\n', most - begin);
        if (end == NULL) return size < DA_MOST_HEAD ? DA_INCOMPLETE : DA_MALFORMED;
        if (end == data + begin || end[-1] != '\r') return DA_MALFORMED;
        const da_text line = {data + begin, (size_t)(end - 1 - (data + begin))};
        const bool is_first = begin == 0;
        begin = (size_t)(end - data) + 1;
        if (line.size == 0) {
            head->size = begin;
            return is_first ? DA_MALFORMED : DA_COMPLETE;
        }
        if (memchr(line.data, '\0', line.size) != NULL) return DA_MALFORMED;
        if (!(is_first ? read_status(line, head) : read_header(line, head))) return DA_MALFORMED;
    }
}
