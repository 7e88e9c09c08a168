/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Takes pieces of the archive until the header is whole, and undoes what intake.c did to make bytes
 * of it. Knows no field. The thread that holds the store.
 */
#include "milter/archived.h"

#include <stdbool.h>
#include <string.h>

#include "db/message.h"

struct header {
    GString *text;
    size_t line;   /* where the line at hand begins */
    size_t looked; /* up to where its end was looked for */
};

static bool is_empty_line(const char *line, size_t size)
{
    return size == 0 || (size == 1 && line[0] == '\r');
}

/* False: this is all of it. */
static bool take_piece(const void *bytes, size_t size, void *data, GError **error)
{
    struct header *header = data;
    GString *text = header->text;
    const char *end;

    (void)error;
    g_string_append_len(text, bytes, (gssize)size);
    while ((end = memchr(text->str + header->looked, '\n', text->len - header->looked)) != NULL) {
        const char *line = text->str + header->line;
        bool is_last = is_empty_line(line, (size_t)(end - line));

        header->line = header->looked = (size_t)(end + 1 - text->str);
        if (is_last) {
            g_string_truncate(text, header->line);
            return false;
        }
    }
    header->looked = text->len;
    return true;
}

static void free_header(gpointer header)
{
    mail_header_free(header);
}

static void end_field(GPtrArray *fields, GString *field)
{
    char *colon = strchr(field->str, ':');

    if (colon != NULL) {
        *colon = '\0';
        g_ptr_array_add(fields, mail_header_new(field->str, colon + 1));
    }
    g_string_truncate(field, 0);
}

GPtrArray *archived_fields(const char *header, size_t size)
{
    GPtrArray *fields = g_ptr_array_new_with_free_func(free_header);
    g_autoptr(GString) field = g_string_new(NULL);
    const char *end = header + size;

    for (const char *next; header < end; header = next) {
        const char *newline = memchr(header, '\n', (size_t)(end - header));
        size_t length = (size_t)((newline != NULL ? newline : end) - header);

        next = newline != NULL ? newline + 1 : end;
        if (is_empty_line(header, length))
            break;
        if (newline != NULL && header[length - 1] == '\r')
            length--;
        if (*header == ' ' || *header == '\t')
            g_string_append_c(field, '\n');
        else
            end_field(fields, field);
        g_string_append_len(field, header, (gssize)length);
    }
    end_field(fields, field);
    return fields;
}

struct mail *archived_header(struct store *store, int64_t number, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct header header = {text, 0, 0};
    AUTO(spool) spool = NULL;

    if (!message_raw(store, number, take_piece, &header, error))
        return NULL;
    spool = spool_new(g_get_tmp_dir(), text->len + 1); /* it stays in memory */
    if (!spool_append(spool, text->str, text->len, error))
        return NULL;
    return mail_parse(archived_fields(text->str, text->len), spool, NULL, error);
}
