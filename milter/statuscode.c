/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Looks at each run of digits and dots as a whole. Knows nothing of reports. Any thread; nothing
 * can fail.
 */
#include "milter/statuscode.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* Up to three digits. */
static size_t digits(const char *text, size_t size)
{
    size_t length = 0;

    while (length < size && length < 4 && g_ascii_isdigit(text[length]))
        length++;
    return length <= 3 ? length : 0;
}

/* The length of the enhanced code that text begins with, or 0. */
static size_t enhanced_length(const char *text, size_t size)
{
    size_t at = 2;

    if (size < 5 || !g_ascii_isdigit(text[0]) || text[1] != '.')
        return 0;
    size_t subject = digits(text + at, size - at);
    at += subject;
    if (subject == 0 || at == size || text[at] != '.')
        return 0;
    size_t detail = digits(text + at + 1, size - at - 1);
    return detail == 0 ? 0 : at + 1 + detail;
}

/* Whether what ends here may be a code: no more digits or letters, no host name or version. */
static bool ends_code(const char *text, size_t size)
{
    if (size == 0)
        return true;
    if (text[0] == '.')
        return size == 1 || !g_ascii_isalnum(text[1]);
    return !g_ascii_isalnum(text[0]) && text[0] != '@' && text[0] != '_';
}

/* Whether what begins behind this character may be a code. */
static bool precedes_code(char c)
{
    return !g_ascii_isalnum(c) && strchr(".-_@/+", c) == NULL;
}

/* A hyphen stands between a reply code and its enhanced one in all lines but the last. */
static bool is_behind_reply(const char *text, size_t at)
{
    return at >= 4 && text[at - 1] == '-' && g_ascii_isdigit(text[at - 2]) &&
           g_ascii_isdigit(text[at - 3]) && (text[at - 4] == '4' || text[at - 4] == '5') &&
           (at == 4 || precedes_code(text[at - 5]));
}

static bool is_reply(const char *text, size_t size)
{
    return size >= 3 && (text[0] == '4' || text[0] == '5') && text[1] >= '0' && text[1] <= '5' &&
           g_ascii_isdigit(text[2]) && ends_code(text + 3, size - 3);
}

static void copy(char out[STATUSCODE_SIZE], const char *text, size_t length)
{
    memcpy(out, text, length);
    out[length] = '\0';
}

void statuscode_find(const char *text, size_t size, char out[STATUSCODE_SIZE])
{
    char reply = '\0';

    out[0] = '\0';
    for (size_t at = 0; at < size; at++) {
        const char *here = text + at;

        if ((here[0] != '4' && here[0] != '5') ||
            !(at == 0 || precedes_code(here[-1]) || is_behind_reply(text, at)))
            continue;
        size_t length = enhanced_length(here, size - at);
        if (length > 0 && ends_code(here + length, size - at - length)) {
            bool is_vague = length == 5 && memcmp(here + 1, ".0.0", 4) == 0;
            if (out[0] == '\0' || !is_vague)
                copy(out, here, length);
            if (!is_vague)
                return;
        } else if (reply == '\0' && is_reply(here, size - at)) {
            reply = here[0];
        }
    }
    if (out[0] == '\0' && reply != '\0') {
        copy(out, "x.0.0", 5);
        out[0] = reply;
    }
}

void statuscode_read(const char *value, char out[STATUSCODE_SIZE])
{
    const char *begin = value + strspn(value, " \t\r\n");
    size_t size = strlen(begin);
    size_t length = enhanced_length(begin, size);

    out[0] = '\0';
    if (length > 0 && (begin[0] == '2' || begin[0] == '4' || begin[0] == '5') &&
        !g_ascii_isdigit(begin[length]))
        copy(out, begin, length);
}
