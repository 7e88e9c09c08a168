/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the outbox to files.
 */
#include "tests/cases/mailbag.h"

#include "db/message.h"
#include "db/outbox.h"

#define STEP 1000 /* less than most mails have, so that their pieces are put together */

static void fail_on(const GError *error)
{
    if (error != NULL)
        g_error("%s", error->message);
}

static void write_file(const char *folder, const char *name, const char *number, const char *suffix,
                       const GString *text)
{
    g_autofree char *file = g_strconcat(name, ".", number, suffix, NULL);
    g_autofree char *path = g_build_filename(folder, file, NULL);
    g_autoptr(GError) error = NULL;

    g_file_set_contents(path, text->str, (gssize)text->len, &error);
    fail_on(error);
}

static char *in_decimal(int64_t number)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, number);
}

void mailbag_tell(GString *about, const char *key, const char *value)
{
    g_autofree char *escaped = value != NULL ? g_strescape(value, NULL) : NULL;

    if (escaped != NULL)
        g_string_append_printf(about, "%s\t%s\n", key, escaped);
}

static void tell_number(GString *about, const char *key, int64_t number)
{
    g_autofree char *decimal = in_decimal(number);

    mailbag_tell(about, key, decimal);
}

static GString *read_mail(struct store *store, const struct outbox_due *due)
{
    GString *all = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    char buffer[STEP];
    gssize got;

    do {
        got = outbox_read(store, due, (int64_t)all->len, buffer, sizeof buffer, &error);
        fail_on(error);
        g_string_append_len(all, buffer, got);
    } while (got > 0);
    g_assert_cmpint((gssize)all->len, ==, due->size);
    return all;
}

static bool append(const void *bytes, size_t size, void *data, GError **error)
{
    (void)error;
    g_string_append_len(data, bytes, (gssize)size);
    return true;
}

static void put_archived(struct store *store, int64_t message, const char *folder, const char *name,
                         GString *about)
{
    g_autoptr(GString) raw = g_string_new(NULL);
    g_autofree char *number = in_decimal(message);
    g_autoptr(GError) error = NULL;

    message_raw(store, message, append, raw, &error);
    fail_on(error);
    write_file(folder, name, number, ".raw", raw);
    mailbag_tell(about, "archived", number);
}

static void write_mail(struct store *store, const struct outbox_due *due, const char *folder,
                       const char *name, const char *more)
{
    g_autoptr(GString) mail = read_mail(store, due);
    g_autoptr(GString) about = g_string_new(NULL);
    g_autofree char *number = in_decimal(due->number);
    bool is_copy = g_str_equal(due->kind, OUTBOX_COPY);

    mailbag_tell(about, "kind", due->kind);
    tell_number(about, "ticket", due->ticket);
    tell_number(about, "message", due->message);
    tell_number(about, "at", due->at);
    mailbag_tell(about, "sender", due->sender);
    for (guint i = 0; i < due->recipients->len; i++)
        mailbag_tell(about, "recipient",
                     ((const struct outbox_recipient *)due->recipients->pdata[i])->address);
    for (guint i = 0; i < due->pieces->len; i++) {
        const struct outbox_piece *piece = due->pieces->pdata[i];

        if (piece->message != 0 && !is_copy)
            put_archived(store, piece->message, folder, name, about);
    }
    if (is_copy)
        put_archived(store, due->message, folder, name, about);
    g_string_append(about, more != NULL ? more : "");
    write_file(folder, name, number, ".eml", mail);
    write_file(folder, name, number, ".about", about);
}

static void mark(struct store *store, const struct outbox_due *due, int64_t now)
{
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < due->recipients->len; i++) {
        const struct outbox_recipient *one = due->recipients->pdata[i];

        outbox_mark_sent(store, due->number, one->address, now, &error);
        fail_on(error);
    }
}

void mailbag_empty(struct store *store, int64_t now, const char *folder, const char *name,
                   const char *about)
{
    g_autoptr(GError) error = NULL;

    while (true) {
        AUTO(outbox_due) due = NULL;
        int64_t next;

        outbox_find_due(store, now, &due, &next, &error);
        fail_on(error);
        if (due == NULL)
            break;
        write_mail(store, due, folder, name, about);
        mark(store, due, now);
    }
}
