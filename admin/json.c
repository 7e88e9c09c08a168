/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The little of JSON that a line of output needs. Knows nothing of what is written. Any thread;
 * nothing can fail.
 */
#include "admin/json.h"

#include "milter/chars.h"

/* What a terminal might obey, or not show: U+2028 and U+2029 too, and marks of direction. */
static bool must_be_spelled(gunichar c)
{
    GUnicodeType type = c <= 0xffff ? g_unichar_type(c) : G_UNICODE_OTHER_LETTER;

    return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
           type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void append_char(GString *out, gunichar c)
{
    if (c == '"' || c == '\\')
        g_string_append_printf(out, "\\%c", (char)c);
    else if (c == '\n')
        g_string_append(out, "\\n");
    else if (c == '\t')
        g_string_append(out, "\\t");
    else if (must_be_spelled(c))
        g_string_append_printf(out, "\\u%04x", (unsigned)c);
    else
        g_string_append_unichar(out, c == CHARS_INVALID ? 0xfffd : c);
}

void json_append_text(GString *out, const char *text)
{
    gunichar c;
    size_t size;

    if (text == NULL) {
        g_string_append(out, "null");
        return;
    }
    g_string_append_c(out, '"');
    for (; (size = chars_next(text, &c)) > 0; text += size)
        append_char(out, c);
    g_string_append_c(out, '"');
}

void json_append_number(GString *out, int64_t number)
{
    g_string_append_printf(out, "%" G_GINT64_FORMAT, number);
}

void json_append_list(GString *out, const GPtrArray *texts)
{
    g_string_append_c(out, '[');
    for (guint i = 0; i < texts->len; i++) {
        if (i > 0)
            g_string_append_c(out, ',');
        json_append_text(out, texts->pdata[i]);
    }
    g_string_append_c(out, ']');
}

void json_append_name(GString *out, const char *name, bool is_first)
{
    if (!is_first)
        g_string_append_c(out, ',');
    json_append_text(out, name);
    g_string_append_c(out, ':');
}
