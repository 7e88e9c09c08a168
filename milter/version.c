/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a header out of one that came and its edits. What is not edited is what it was, byte for
 * byte; what is edited stands where the MTA would put it. Decides no edit. The thread that holds
 * the store.
 */
#include "milter/version.h"

#include <string.h>

#include "db/outbox.h"
#include "milter/header.h"
#include "milter/identity.h"

/* The wire has CRLF where the MTA shows LF. */
static void write_field(GString *out, const char *name, const char *value)
{
    g_string_append_printf(out, "%s:", name);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '\n')
            g_string_append_c(out, '\r');
        g_string_append_c(out, *c);
    }
    g_string_append(out, "\r\n");
}

/* Writes it in the place of the first field of that name, and none of that name again. */
static void write_edited(GString *out, const struct header_edit *edit, GHashTable *written)
{
    if (edit->value != NULL && g_hash_table_add(written, (gpointer)edit))
        write_field(out, edit->name, edit->value);
}

static char *lower(const char *name)
{
    return g_ascii_strdown(name, -1);
}

/* Header and empty line. */
static GString *write_header(GPtrArray *headers, GPtrArray *edits)
{
    GString *out = g_string_new(NULL);
    g_autoptr(GHashTable) by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) written = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < edits->len; i++) {
        const struct header_edit *edit = edits->pdata[i];

        g_hash_table_insert(by_name, lower(edit->name), (gpointer)edit);
    }
    for (guint i = 0; i < headers->len; i++) {
        const struct mail_header *header = headers->pdata[i];
        g_autofree char *name = lower(header->name);
        const struct header_edit *edit = g_hash_table_lookup(by_name, name);

        if (edit == NULL)
            write_field(out, header->name, header->value);
        else
            write_edited(out, edit, written);
    }
    for (guint i = 0; i < edits->len; i++)
        write_edited(out, edits->pdata[i], written);
    g_string_append(out, "\r\n");
    return out;
}

static char *read_subject(GPtrArray *edits)
{
    for (guint i = 0; i < edits->len; i++) {
        const struct header_edit *edit = edits->pdata[i];

        if (strcmp(edit->name, "Subject") == 0)
            return header_decode(edit->value);
    }
    return NULL;
}

/* The bytes behind the empty line, in the record of this message; or of the one that is the same
 * mail, whose body is the same, though not the header. */
static void add_body(const struct matter *matter, struct outbox_mail *copy)
{
    const struct mail *mail = matter->mail;
    int64_t whole = matter->earlier != NULL ? matter->earlier->size_bytes : mail->size_bytes;
    int64_t size =
        matter->resumed != NULL ? whole - mail->body_begin : mail->size_bytes - mail->body_begin;

    if (size > 0)
        outbox_mail_add_message(copy, matter->decision->message, whole - size, size);
}

static void add_recipients(const struct decision *decision, struct outbox_mail *copy)
{
    for (guint i = 0; i < decision->copies->len; i++) {
        const struct message_copy *one = decision->copies->pdata[i];

        if (one->by_courier)
            outbox_mail_add_recipient(copy, one->address);
    }
}

static struct outbox_mail *write_copy(const struct matter *matter, const struct department *speaker,
                                      int64_t number)
{
    g_autofree char *sender = identity_sender(matter);
    g_autoptr(GPtrArray) edits = identity_edit_copy(matter, speaker, number);
    GString *header = write_header(matter->mail->headers, edits);
    struct outbox_mail *copy = outbox_mail_new(number, OUTBOX_COPY, sender);

    copy->ticket = matter->decision->ticket->number;
    copy->message = matter->decision->message;
    copy->subject = read_subject(edits);
    outbox_mail_add_text(copy, header->str, header->len);
    g_string_free(header, TRUE);
    add_body(matter, copy);
    add_recipients(matter->decision, copy);
    return copy;
}

static bool is_needed(const struct decision *decision)
{
    for (guint i = 0; i < decision->copies->len; i++)
        if (((const struct message_copy *)decision->copies->pdata[i])->by_courier)
            return true;
    return false;
}

bool version_add(struct matter *matter, const struct department *speaker, GError **error)
{
    GPtrArray *outbox = matter->decision->outbox;
    int64_t number;

    if (!is_needed(matter->decision))
        return true;
    if (!outbox_next_number(matter->store, &number, error))
        return false;
    g_ptr_array_add(outbox, write_copy(matter, speaker, number + outbox->len));
    return true;
}
