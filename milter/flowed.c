/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Breaks lines as RFC 3676, section 4 says. Any thread.
 */
#include "milter/flowed.h"

#include <stdbool.h>
#include <string.h>

#include "milter/chars.h"

#define WIDTH 72       /* columns, with the blank that ends a soft line */
#define WORD_BYTES 900 /* of a line with one word: SMTP carries 998 (RFC 5321, 4.5.3.1.6) */

/* The only line that ends with a blank and is not soft (RFC 3676, 4.3). */
static bool is_signature(const char *line, size_t size)
{
    return size == 3 && memcmp(line, "-- ", size) == 0;
}

static bool needs_stuffing(const char *line, size_t size)
{
    return size > 0 &&
           (line[0] == ' ' || line[0] == '>' || (size >= 5 && memcmp(line, "From ", 5) == 0));
}

static void put(GString *out, const char *line, size_t size)
{
    if (needs_stuffing(line, size))
        g_string_append_c(out, ' ');
    g_string_append_len(out, line, (gssize)size);
    g_string_append(out, "\r\n");
}

static unsigned count_columns(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* How many bytes of the line go before the next break: up to the last blank behind a word that
 * fits, with it; if there is none, up to the first; if that is far, some whole characters. */
static size_t take(const char *line, size_t size)
{
    size_t i = MIN(strspn(line, " "), WORD_BYTES); /* no line of blanks alone, if need not be */
    size_t columns = i;
    size_t blank = 0;

    while (i < size) {
        gunichar c;
        size_t length = chars_next(line + i, &c);

        columns += count_columns(c);
        if (blank > 0 && (columns > WIDTH || i >= WORD_BYTES))
            return blank;
        if (i >= WORD_BYTES)
            return i;
        i += length;
        if (c == ' ' && !is_signature(line, i))
            blank = i;
    }
    return size;
}

static void append_line(GString *out, const char *line, size_t size)
{
    if (is_signature(line, size)) {
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

/* Yours. */
static char *without_controls(const char *text)
{
    g_autofree char *valid = chars_valid(text);
    GString *clean = g_string_sized_new(strlen(valid) + 1);
    gunichar c;
    size_t size;

    for (const char *p = valid; (size = chars_next(p, &c)) > 0; p += size)
        if (!chars_is_control(c) || c == '\n' || c == '\t')
            g_string_append_len(clean, p, (gssize)size);
    return g_string_free(clean, FALSE);
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
