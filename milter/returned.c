/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner of lines for the block, and a walk through its fields. Any thread; nothing can fail.
 */
#include "milter/returned.h"

#include <string.h>

#include "milter/fields.h"
#include "milter/header.h"
#include "milter/mail.h"
#include "milter/mention.h"
#include "milter/msgid.h"

/* What a header of a message is known by. The first two are hardly ever quoted by people: with one
 * of them fewer others do. */
static const char *const known_fields[] = {"Message-ID", "Received", "From",       "To",
                                           "Subject",    "Date",     "Return-Path"};
#define SURE_FIELDS 2
#define KNOWN_MIN 4
#define KNOWN_MIN_SURE 3

/* The bit of a field that is known, 0 for others. */
static unsigned known_bit(const char *line, size_t name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_fields); i++) {
        if (strlen(known_fields[i]) == name &&
            g_ascii_strncasecmp(line, known_fields[i], name) == 0)
            return 1U << i;
    }
    return 0;
}

static bool is_header(unsigned seen)
{
    bool is_sure = (seen & ((1U << SURE_FIELDS) - 1)) != 0;

    return __builtin_popcount(seen) >= (is_sure ? KNOWN_MIN_SURE : KNOWN_MIN);
}

bool returned_find(const char *text, size_t size, size_t *begin)
{
    bool in_block = false;
    unsigned seen = 0;
    size_t start = 0;

    for (size_t at = 0; at < size;) {
        const char *line = text + at;
        const char *line_end = memchr(line, '\n', size - at);
        size_t length = line_end == NULL ? size - at : (size_t)(line_end - line);
        size_t name = fields_name(line, length);

        if (name > 0) {
            if (!in_block) {
                start = at;
                seen = 0;
            }
            in_block = true;
            seen |= known_bit(line, name);
            if (is_header(seen)) {
                *begin = start;
                return true;
            }
        } else if (!in_block || (*line != ' ' && *line != '\t')) {
            in_block = false;
        }
        at += MIN(length + 1, size - at);
    }
    return false;
}

static void read_ids(const GPtrArray *fields, const char *name, GPtrArray *out)
{
    const char *value = fields_find(fields, name);
    g_autoptr(GPtrArray) ids = msgid_read(&value, value == NULL ? 0 : 1);

    for (guint i = 0; i < ids->len && out->len < MSGID_COUNT_MAX; i++)
        g_ptr_array_add(out, g_strdup(g_ptr_array_index(ids, i)));
}

void returned_read_addresses(const GPtrArray *fields, struct report *report)
{
    for (guint i = 0; i < fields->len; i++) {
        const struct mail_header *field = g_ptr_array_index(fields, i);
        static const char *const identifiers[] = {"message-id", "references", "in-reply-to", NULL};
        g_autofree char *name = g_ascii_strdown(field->name, -1);
        g_autofree char *text = NULL;
        struct mention mention = {0};

        if (g_strv_contains(identifiers, name))
            continue;
        text = g_utf8_make_valid(field->value, -1);
        while (report->addresses->len < REPORT_ADDRESSES_MAX &&
               mention_find(text, strlen(text), mention.end, &mention))
            report_add_address(report, mention.address);
    }
}

void returned_read(const GPtrArray *fields, struct report *report)
{
    const char *subject = fields_find(fields, "Subject");
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);

    read_ids(fields, "Message-ID", ids);
    if (report->message_id == NULL && ids->len > 0)
        report->message_id = g_strdup(g_ptr_array_index(ids, 0));
    read_ids(fields, "References", report->references);
    read_ids(fields, "In-Reply-To", report->references);
    if (report->subject == NULL && subject != NULL)
        report->subject = header_decode(subject);
    returned_read_addresses(fields, report);
}
