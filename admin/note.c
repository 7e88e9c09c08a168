/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing of a note is changed but its line ends and the blank lines around it. One thread.
 */
#include "admin/note.h"

#include "admin/typed.h"
#include "db/error.h"
#include "milter/chars.h"

/* From the first line with something on it to the end of the last. Yours. */
static char *strip(const char *text)
{
    size_t start = chars_spaces(text);

    while (start > 0 && text[start - 1] != '\n')
        start--;
    return g_strchomp(g_strdup(text + start));
}

char *note_read(const char *typed, GError **error)
{
    g_autoptr(GString) text =
        typed != NULL ? g_string_new(typed) : typed_read(NULL, "note", NOTE_MAX, error);
    g_autofree char *plain = NULL;

    if (text == NULL)
        return NULL;
    if (text->len > NOTE_MAX) {
        error_set(error, ERROR_REFUSED,
                  "a note has %d bytes at most; what is longer can be sent by mail", NOTE_MAX);
        return NULL;
    }
    plain = typed_check(text, "note", error);
    if (plain == NULL)
        return NULL;
    if (plain[chars_spaces(plain)] != '\0')
        return strip(plain);
    error_set(error, ERROR_REFUSED,
              "the note is empty: write it with --text, or on standard input");
    return NULL;
}
