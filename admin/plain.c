/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text from mail, made fit to be printed. Knows nothing of what it means. One pass over the
 * text, any thread, nothing can fail.
 */
#include "admin/plain.h"

#include <stdbool.h>
#include <string.h>

#include "milter/chars.h"

#define REPLACEMENT 0xfffd

/* Marks and overrides of direction show a text as something else than it is. */
static bool turns_direction(gunichar c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static bool is_harmful(gunichar c)
{
    return c == CHARS_INVALID || chars_is_control(c) || turns_direction(c);
}

/* U+2028 and U+2029 break lines as well. */
static bool is_space_of_a_line(gunichar c)
{
    return c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r' || c == 0x2028 ||
           c == 0x2029;
}

void plain_append(GString *out, const char *text)
{
    gunichar c;
    size_t size;

    for (; (size = chars_next(text, &c)) > 0; text += size) {
        if (c == '\r' && text[1] == '\n')
            continue;
        if (is_space_of_a_line(c))
            c = ' ';
        g_string_append_unichar(out, is_harmful(c) ? REPLACEMENT : c);
    }
}

char *plain_line(const char *text)
{
    GString *out = g_string_new(NULL);

    plain_append(out, text);
    return g_string_free(out, FALSE);
}

/* One line up to its end, length bytes. */
static void append_piece(GString *out, const char *text, size_t length)
{
    const char *end = text + length;
    gunichar c;

    while (text < end) {
        text += chars_next(text, &c);
        if (c == '\r' && text == end)
            break;
        if (c == 0x2028 || c == 0x2029)
            c = ' ';
        g_string_append_unichar(out, c != '\t' && is_harmful(c) ? REPLACEMENT : c);
    }
    g_string_append_c(out, '\n');
}

size_t plain_append_lines(GString *out, const char *text, const char *indent, size_t limit)
{
    size_t count = 0;

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        if (limit == 0 || count < limit) {
            bool is_empty = length == 0 || (length == 1 && *text == '\r');
            g_string_append(out, is_empty ? "" : indent);
            append_piece(out, text, length);
        }
        count++;
        text += length + (text[length] == '\n' ? 1 : 0);
    }
    return limit == 0 || count <= limit ? 0 : count - limit;
}

size_t plain_width(const char *text)
{
    size_t width = 0;
    gunichar c;
    size_t size;

    for (; (size = chars_next(text, &c)) > 0; text += size)
        if (c == CHARS_INVALID || !g_unichar_iszerowidth(c))
            width += c != CHARS_INVALID && g_unichar_iswide(c) ? 2 : 1;
    return width;
}
