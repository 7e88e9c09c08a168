/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells own words from quoted ones. A wrong guess towards "own" only sends colleagues a copy they
 * did not need; one towards "quoted" would keep words from them, so it needs more evidence.
 */
#include "milter/owntext.h"

#include <glib.h>
#include <string.h>

#define INTRODUCTION_LINES_MAX 3

/* A paragraph that is own words unless a quotation follows. */
struct paragraph {
    int lines;
    bool has_date_or_address;
    bool ends_with_colon;
    bool is_over; /* a blank line came after it */
};

static bool is_signature(const char *line, size_t size)
{
    return size == 3 && memcmp(line, "-- ", 3) == 0;
}

static bool introduces(const struct paragraph *paragraph)
{
    return paragraph->lines <= INTRODUCTION_LINES_MAX && paragraph->ends_with_colon &&
           paragraph->has_date_or_address;
}

static void add_line(struct paragraph *paragraph, const char *line, size_t size)
{
    paragraph->lines++;
    paragraph->ends_with_colon = line[size - 1] == ':';
    for (size_t i = 0; i < size; i++)
        if (g_ascii_isdigit(line[i]) || line[i] == '@')
            paragraph->has_date_or_address = true;
}

static size_t trimmed(const char *line, size_t size)
{
    while (size > 0 && g_ascii_isspace(line[size - 1]))
        size--;
    return size;
}

bool owntext_has(const char *text)
{
    struct paragraph paragraph = {0};

    while (*text != '\0') {
        size_t whole = strcspn(text, "\n");
        size_t line_size = whole > 0 && text[whole - 1] == '\r' ? whole - 1 : whole;
        size_t size = trimmed(text, line_size);

        if (is_signature(text, line_size))
            break;
        if (*text == '>') {
            if (paragraph.lines > 0 && !introduces(&paragraph))
                return true;
            paragraph = (struct paragraph){0};
        } else if (size == 0) {
            paragraph.is_over = true;
        } else {
            if (paragraph.lines > 0 && paragraph.is_over)
                return true;
            paragraph.is_over = false;
            add_line(&paragraph, text, size);
        }
        text += whole + (text[whole] == '\n');
    }
    return paragraph.lines > 0;
}
