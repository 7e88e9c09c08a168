/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing of a note is changed but its line ends and the blank lines around it: what would harm
 * whoever reads it later is refused, while the person who typed it is there. Reads no more than a
 * note may have. One thread.
 */
#include "admin/note.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/error.h"
#include "milter/chars.h"

#define PIECE 4096

static GString *read_input(GError **error)
{
    g_autoptr(GString) input = g_string_new(NULL);
    char piece[PIECE];
    ssize_t size = 1;

    if (isatty(STDIN_FILENO) == 1)
        fputs("The note ends with Ctrl-D on a line of its own; Ctrl-C leaves all as it is.\n",
              stderr);
    while (size != 0 && input->len <= NOTE_MAX) {
        size = read(STDIN_FILENO, piece, sizeof piece);
        if (size < 0 && errno != EINTR) {
            error_set(error, ERROR_REFUSED, "standard input can't be read: %s", g_strerror(errno));
            return NULL;
        }
        g_string_append_len(input, piece, MAX(size, 0));
    }
    return g_steal_pointer(&input);
}

/* What is wrong with the character at text, of which size bytes are left; NULL: nothing. *length:
 * its own. */
static const char *find_fault(const char *text, size_t size, size_t *length)
{
    gunichar c = 0;

    *length = *text != '\0' ? chars_next(text, &c) : 1;
    if (c == CHARS_INVALID)
        return "is not UTF-8";
    if (c == '\r' && size > 1 && text[1] == '\n')
        return NULL;
    return chars_is_control(c) && c != '\t' && c != '\n' ? "has a control character" : NULL;
}

static bool check_characters(const GString *text, GError **error)
{
    guint line = 1;
    size_t length;

    for (size_t at = 0; at < text->len; at += length) {
        const char *fault = find_fault(text->str + at, text->len - at, &length);

        if (fault != NULL)
            return error_set(error, ERROR_REFUSED, "line %u of the note %s", line, fault);
        line += text->str[at] == '\n' ? 1 : 0;
    }
    return true;
}

/* From the first line with something on it to the end of the last. Yours. */
static char *strip(const char *text)
{
    size_t start = chars_spaces(text);
    g_auto(GStrv) lines = NULL;

    while (start > 0 && text[start - 1] != '\n')
        start--;
    lines = g_strsplit(text + start, "\r\n", -1);
    return g_strchomp(g_strjoinv("\n", lines));
}

char *note_read(const char *typed, GError **error)
{
    g_autoptr(GString) text = typed != NULL ? g_string_new(typed) : read_input(error);

    if (text == NULL)
        return NULL;
    if (text->len > NOTE_MAX) {
        error_set(error, ERROR_REFUSED,
                  "a note has %d bytes at most; what is longer can be sent by mail", NOTE_MAX);
        return NULL;
    }
    if (!check_characters(text, error))
        return NULL;
    if (text->str[chars_spaces(text->str)] != '\0')
        return strip(text->str);
    error_set(error, ERROR_REFUSED,
              "the note is empty: write it with --text, or on standard input");
    return NULL;
}
