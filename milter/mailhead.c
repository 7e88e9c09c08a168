/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass over the header's lines, however long they are. Only as much of a field is kept as is
 * needed to see who wrote it. No state; any thread; errors are the spool's.
 */
#include "milter/mailhead.h"

#include <string.h>

#include "milter/received.h"
#include "milter/stamp.h"
#include "milter/window.h"

#define RECEIVED "Received"

/* So far into a Received field, "by" is looked for. */
#define VALUE_MAX 2048

/* Of a longer line, a piece is taken as it is. */
#define LINE_MAX_BYTES (16 * 1024)

G_STATIC_ASSERT(LINE_MAX_BYTES <= WINDOW_MIN);

enum kind { OTHER, STAMP, HOP };

struct scan {
    struct mailhead *head;
    const char *hostname;
    bool at_top;    /* nothing but our own Received fields so far */
    bool in_line;   /* in the rest of an overlong line */
    int64_t offset; /* of the line at hand */

    /* The field at hand. */
    enum kind kind;
    int64_t begin;
    GString *value; /* of a Received field */
};

void mailhead_free(struct mailhead *head)
{
    if (head == NULL)
        return;
    g_array_unref(head->left_out);
    g_free(head);
}

static bool is_by(const char *value, const char *hostname)
{
    g_autofree char *host = received_host(value);

    return host != NULL && hostname != NULL && g_ascii_strcasecmp(host, hostname) == 0;
}

/* The field at hand ends where the next line begins. */
static void end_field(struct scan *scan)
{
    struct mailhead_range range = {scan->begin, scan->offset};
    bool is_own = scan->kind == HOP && scan->at_top && is_by(scan->value->str, scan->hostname);

    if (scan->kind == STAMP || is_own)
        g_array_append_val(scan->head->left_out, range);
    scan->at_top = scan->at_top && (scan->kind == STAMP || is_own || scan->offset == 0);
}

static bool is_named(const uint8_t *line, size_t size, const char *name)
{
    size_t length = strlen(name);

    if (size <= length || g_ascii_strncasecmp((const char *)line, name, length) != 0)
        return false;
    while (length < size && (line[length] == ' ' || line[length] == '\t'))
        length++;
    return length < size && line[length] == ':';
}

static void extend_value(struct scan *scan, const uint8_t *bytes, size_t size)
{
    size_t room = VALUE_MAX - MIN(scan->value->len, VALUE_MAX);

    if (scan->kind != HOP)
        return;
    for (size_t i = 0; i < MIN(size, room); i++)
        g_string_append_c(scan->value, bytes[i] == '\r' ? ' ' : (char)bytes[i]);
}

/* A line, or the piece that there is of it. False: it is the empty line. */
static bool take_line(struct scan *scan, const uint8_t *line, size_t size)
{
    if (!scan->in_line && (line[0] == '\n' || (size > 1 && line[0] == '\r' && line[1] == '\n'))) {
        end_field(scan);
        return false;
    }
    if (scan->in_line || line[0] == ' ' || line[0] == '\t') {
        extend_value(scan, line, size);
        return true;
    }
    end_field(scan);
    scan->begin = scan->offset;
    g_string_truncate(scan->value, 0);
    if (is_named(line, size, STAMP_HEADER))
        scan->kind = STAMP;
    else
        scan->kind = scan->at_top && is_named(line, size, RECEIVED) ? HOP : OTHER;
    const uint8_t *colon = memchr(line, ':', size);
    if (colon != NULL)
        extend_value(scan, colon + 1, size - (size_t)(colon + 1 - line));
    return true;
}

/* Takes the lines that lie in the window; *taken: how many bytes. True: the header has ended. */
static bool take_lines(struct scan *scan, const struct window *window, size_t *taken)
{
    for (*taken = 0; *taken < window->size;) {
        const uint8_t *line = window->bytes + *taken;
        size_t left = window->size - *taken;
        const uint8_t *line_end = memchr(line, '\n', left);
        size_t size = line_end == NULL ? left : (size_t)(line_end + 1 - line);

        if (line_end == NULL && left < LINE_MAX_BYTES && !window->is_last)
            return false;
        bool has_ended = !take_line(scan, line, size);
        scan->in_line = line_end == NULL;
        scan->offset += (int64_t)size;
        *taken += size;
        if (has_ended)
            return true;
    }
    return false;
}

struct mailhead *mailhead_read(const struct spool *raw, const char *hostname, GError **error)
{
    AUTO(mailhead) head = g_new0(struct mailhead, 1);
    AUTO(window) window = NULL;
    g_autoptr(GString) value = g_string_new(NULL);
    struct scan scan = {.head = head, .hostname = hostname, .at_top = true, .value = value};
    size_t taken;

    head->left_out = g_array_new(false, false, sizeof(struct mailhead_range));
    window = window_new(raw, 0, error);
    if (window == NULL)
        return NULL;
    while (!take_lines(&scan, window, &taken)) {
        if (window->is_last) {
            end_field(&scan);
            break;
        }
        if (!window_advance(window, taken, error))
            return NULL;
    }
    head->body = scan.offset;
    return g_steal_pointer(&head);
}
