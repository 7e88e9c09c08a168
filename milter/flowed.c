/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks lines as RFC 3676, section 4 says. Any thread.
 */
#include "milter/flowed.h"

#include <stdbool.h>
#include <string.h>

#define WIDTH 72        /* characters, with the blank that ends a soft line */
#define WORD_BYTES 900  /* of a line with one word: SMTP carries 998 (RFC 5321, 4.5.3.1.6) */
#define SIGNATURE "-- " /* the only line that may end with a blank and is not soft */

static bool needs_stuffing(const char *line, size_t size)
{
    return size > 0 &&
           (line[0] == ' ' || line[0] == '>' || (size >= 5 && strncmp(line, "From ", 5) == 0));
}

static void put(GString *out, const char *line, size_t size)
{
    if (needs_stuffing(line, size))
        g_string_append_c(out, ' ');
    g_string_append_len(out, line, (gssize)size);
    g_string_append(out, "\r\n");
}

/* How many bytes of the line go before the next break: up to the last blank that fits, with it; if
 * there is none, up to the first; if that is far, some whole characters. */
static size_t take(const char *line, size_t size)
{
    size_t characters = 0;
    size_t blank = 0;

    for (size_t i = 0; i < size; i++) {
        bool begins = ((unsigned char)line[i] & 0xC0) != 0x80;

        characters += begins;
        if (characters > WIDTH && blank > 0)
            return blank;
        if (begins && i >= WORD_BYTES)
            return i;
        if (line[i] == ' ')
            blank = i + 1;
    }
    return size;
}

static void append_line(GString *out, const char *line, size_t size)
{
    if (size == strlen(SIGNATURE) && memcmp(line, SIGNATURE, size) == 0) {
        put(out, line, size);
        return;
    }
    while (size > 0 && line[size - 1] == ' ')
        size--;
    if (size == 0)
        g_string_append(out, "\r\n");
    while (size > 0) {
        size_t piece = take(line, size);

        put(out, line, piece);
        line += piece;
        size -= piece;
    }
}

static char *without_controls(const char *text)
{
    char *clean = g_utf8_make_valid(text, -1);
    char *end = clean;

    for (const char *c = clean; *c != '\0'; c++)
        if ((unsigned char)*c >= ' ' || *c == '\n' || *c == '\t')
            *end++ = *c == '\x7F' ? ' ' : *c;
    *end = '\0';
    return clean;
}

void flowed_append(GString *out, const char *text)
{
    g_autofree char *clean = without_controls(text);
    const char *line = clean;

    while (*line != '\0') {
        size_t size = strcspn(line, "\n");

        append_line(out, line, size);
        line += size + (line[size] == '\n');
    }
}
