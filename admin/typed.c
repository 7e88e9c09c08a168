/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Nothing of the text is changed but its line ends: what would harm whoever reads it later is
 * refused, while the person who typed it is there. One thread.
 */
#include "admin/typed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "db/error.h"
#include "milter/chars.h"
#include "milter/log.h"

#define PIECE 4096

/* name: of the file, for errors. */
static GString *read_all(int fd, const char *name, size_t max, GError **error)
{
    g_autoptr(GString) input = g_string_new(NULL);
    char piece[PIECE];
    ssize_t size = 1;

    while (size != 0 && input->len <= max) {
        size = read(fd, piece, sizeof piece);
        if (size < 0 && errno != EINTR) {
            error_set(error, ERROR_REFUSED, "%s can't be read: %s", name, g_strerror(errno));
            return NULL;
        }
        g_string_append_len(input, piece, MAX(size, 0));
    }
    return g_steal_pointer(&input);
}

static GString *read_file(const char *file, size_t max, GError **error)
{
    g_autofree char *quoted = log_quoted(file);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    GString *text;

    if (fd < 0) {
        error_set(error, ERROR_REFUSED, "%s can't be read: %s", quoted, g_strerror(errno));
        return NULL;
    }
    text = read_all(fd, quoted, max, error);
    close(fd);
    return text;
}

GString *typed_read(const char *file, const char *what, size_t max, GError **error)
{
    if (file != NULL)
        return read_file(file, max, error);
    if (isatty(STDIN_FILENO) == 1)
        fprintf(stderr,
                "The %s ends with Ctrl-D on a line of its own; Ctrl-C leaves all as it is.\n",
                what);
    return read_all(STDIN_FILENO, "standard input", max, error);
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

char *typed_check(const GString *text, const char *what, GError **error)
{
    guint line = 1;
    size_t length;

    for (size_t at = 0; at < text->len; at += length) {
        const char *fault = find_fault(text->str + at, text->len - at, &length);

        if (fault != NULL) {
            error_set(error, ERROR_REFUSED, "line %u of the %s %s", line, what, fault);
            return NULL;
        }
        line += text->str[at] == '\n' ? 1 : 0;
    }
    g_auto(GStrv) lines = g_strsplit(text->str, "\r\n", -1);
    return g_strjoinv("\n", lines);
}
