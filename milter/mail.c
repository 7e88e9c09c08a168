/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts together what a message says: the header fields from the list that the MTA gave, the rest
 * from the raw bytes, in one pass. Decides which field of several counts; how each is read is the
 * business of mailbox, msgid, param and header, the body that of mime and mailtext. Any thread;
 * errors are the spool's.
 */
#include "milter/mail.h"

#include <gmime/gmime.h>
#include <string.h>

#include "milter/header.h"
#include "milter/mailbox.h"
#include "milter/mailhead.h"
#include "milter/mailtext.h"
#include "milter/mime.h"
#include "milter/msgid.h"
#include "milter/param.h"
#include "milter/window.h"

/* More of a Date is not read. */
#define DATE_MAX 200

G_STATIC_ASSERT(MIME_FEED_MIN <= WINDOW_MIN);

void mail_init(void)
{
    g_mime_init();
}

struct mail_header *mail_header_new(const char *name, const char *value)
{
    struct mail_header *header = g_new0(struct mail_header, 1);

    header->name = g_strdup(name);
    header->value = g_strdup(value);
    return header;
}

void mail_header_free(struct mail_header *header)
{
    if (header == NULL)
        return;
    g_free(header->name);
    g_free(header->value);
    g_free(header);
}

static void unref_array(GPtrArray *array)
{
    if (array != NULL)
        g_ptr_array_unref(array);
}

void mail_free(struct mail *mail)
{
    if (mail == NULL)
        return;
    unref_array(mail->by_name);
    unref_array(mail->headers);
    g_free(mail->subject);
    unref_array(mail->from);
    unref_array(mail->reply_to);
    unref_array(mail->to);
    unref_array(mail->cc);
    g_free(mail->message_id);
    unref_array(mail->in_reply_to);
    unref_array(mail->references);
    g_free(mail->content_type);
    g_free(mail->report_type);
    g_free(mail->text);
    unref_array(mail->attachments);
    unref_array(mail->parts);
    g_free(mail);
}

static int compare_names(const void *a, const void *b)
{
    const struct mail_header *const *first = a;
    const struct mail_header *const *second = b;

    return g_ascii_strcasecmp((*first)->name, (*second)->name);
}

/* The headers by name, those of one name in order: a message may have a hundred thousand. */
static GPtrArray *sort_by_name(GPtrArray *headers)
{
    GPtrArray *sorted = g_ptr_array_sized_new(headers->len);

    for (guint i = 0; i < headers->len; i++)
        g_ptr_array_add(sorted, g_ptr_array_index(headers, i));
    g_ptr_array_sort(sorted, compare_names); /* stable, GLib promises */
    return sorted;
}

static const struct mail_header *sorted_at(const struct mail *mail, guint place)
{
    return g_ptr_array_index(mail->by_name, place);
}

/* How many of the sorted headers have a name before name; is_after: or that name. */
static guint find_place(const struct mail *mail, const char *name, bool is_after)
{
    guint low = 0;
    guint high = mail->by_name->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        int order = g_ascii_strcasecmp(sorted_at(mail, middle)->name, name);

        if (order < 0 || (order == 0 && is_after))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

guint mail_header_count(const struct mail *mail, const char *name)
{
    return find_place(mail, name, true) - find_place(mail, name, false);
}

const char *mail_header(const struct mail *mail, const char *name, guint index)
{
    guint place = find_place(mail, name, false);

    if (index >= mail->by_name->len - place)
        return NULL;
    const struct mail_header *header = sorted_at(mail, place + index);
    return g_ascii_strcasecmp(header->name, name) == 0 ? header->value : NULL;
}

/* The values of all fields of a name. The array is yours, what is in it is not. */
static GPtrArray *values_of(const struct mail *mail, const char *name)
{
    GPtrArray *values = g_ptr_array_new();
    const char *value;

    for (guint i = 0; (value = mail_header(mail, name, i)) != NULL; i++)
        g_ptr_array_add(values, (void *)value);
    return values;
}

static GPtrArray *read_addresses(const struct mail *mail, const char *name)
{
    g_autoptr(GPtrArray) values = values_of(mail, name);
    GPtrArray *list = mailbox_list_new();

    for (guint i = 0; i < values->len; i++)
        mailbox_read(list, g_ptr_array_index(values, i));
    return list;
}

static GPtrArray *read_ids(const struct mail *mail, const char *name)
{
    g_autoptr(GPtrArray) values = values_of(mail, name);

    return msgid_read((const char *const *)values->pdata, values->len);
}

static int64_t read_date(const char *value)
{
    if (value == NULL)
        return -1;

    g_autofree char *text = g_strndup(value, DATE_MAX);
    g_autoptr(GDateTime) date = g_mime_utils_header_decode_date(text);
    int64_t seconds = date == NULL ? -1 : g_date_time_to_unix(date);
    return seconds < 0 ? -1 : seconds * 1000;
}

static void read_content_type(struct mail *mail)
{
    const char *value = mail_header(mail, "Content-Type", 0);
    AUTO(param) param = param_parse(value == NULL ? "" : value);
    g_autofree char *report = param_get(param, "report-type");

    mail->content_type = g_strdup(param_is_type(param) ? param_value(param) : "text/plain");
    mail->report_type = report == NULL ? NULL : g_ascii_strdown(report, -1);
}

static void read_headers(struct mail *mail)
{
    const char *subject = mail_header(mail, "Subject", 0);
    g_autoptr(GPtrArray) ids = read_ids(mail, "Message-ID");

    mail->subject = subject == NULL ? NULL : header_decode(subject);
    mail->from = read_addresses(mail, "From");
    mail->reply_to = read_addresses(mail, "Reply-To");
    mail->to = read_addresses(mail, "To");
    mail->cc = read_addresses(mail, "Cc");
    mail->message_id = ids->len == 0 ? NULL : g_strdup(g_ptr_array_index(ids, 0));
    mail->in_reply_to = read_ids(mail, "In-Reply-To");
    mail->references = read_ids(mail, "References");
    mail->date_ms = read_date(mail_header(mail, "Date", 0));
    read_content_type(mail);
}

/* The digest of the header without what is left out; NULL when that is nothing. */
static bool digest_header(const struct mailhead *head, const struct spool *raw,
                          struct digest **digest, GError **error)
{
    AUTO(digest) same = NULL;
    AUTO(window) window = NULL;
    int64_t offset = 0;
    size_t used = 0; /* of what lies in the window */

    *digest = NULL;
    if (head->left_out->len == 0)
        return true;
    same = digest_new();
    window = window_new(raw, 0, error);
    if (window == NULL)
        return false;
    for (guint i = 0; offset < head->body;) {
        struct mailhead_range range = {head->body, head->body};
        if (i < head->left_out->len)
            range = g_array_index(head->left_out, struct mailhead_range, i);
        bool is_in = offset >= range.begin;
        int64_t end = is_in ? range.end : range.begin;
        size_t size = (size_t)MIN(end - offset, (int64_t)(window->size - used));

        if (!is_in)
            digest_update(same, window->bytes + used, size);
        offset += (int64_t)size;
        used += size;
        i += is_in && offset == range.end;
        if (used < window->size)
            continue;
        if (!window_advance(window, used, error))
            return false;
        used = 0;
    }
    *digest = g_steal_pointer(&same);
    return true;
}

/* Reads the body once: its structure, its text, its digests. */
static bool read_body(struct mail *mail, const struct spool *raw, int64_t begin,
                      struct digest *same, GError **error)
{
    const struct mime_fields fields = {
        .type = mail_header(mail, "Content-Type", 0),
        .disposition = mail_header(mail, "Content-Disposition", 0),
        .encoding = mail_header(mail, "Content-Transfer-Encoding", 0),
    };
    AUTO(digest) body = digest_new();
    AUTO(mailtext) text = mailtext_new();
    AUTO(mime) mime = mime_new(&fields, text);
    AUTO(window) window = window_new(raw, begin, error);

    if (window == NULL)
        return false;
    for (;;) {
        size_t taken = mime_feed(mime, window->bytes, window->size, window->is_last);

        digest_update(body, window->bytes, taken);
        if (same != NULL)
            digest_update(same, window->bytes, taken);
        if (window->is_last)
            break;
        if (!window_advance(window, taken, error))
            return false;
    }
    mime_finish(mime);
    digest_finish(g_steal_pointer(&body), mail->body_sha256);
    mail->text = mailtext_finish(text, &mail->attachments);
    mail->parts = mime_take_parts(mime, begin);
    mail->malformed = mime_is_malformed(mime);
    return true;
}

struct mail *mail_parse(GPtrArray *headers, const struct spool *raw, const char *hostname,
                        GError **error)
{
    AUTO(mail) mail = g_new0(struct mail, 1);
    AUTO(mailhead) head = NULL;
    AUTO(digest) same = NULL;

    mail->headers = headers;
    mail->by_name = sort_by_name(headers);
    head = mailhead_read(raw, hostname, error);
    if (head == NULL || !digest_header(head, raw, &same, error) ||
        !read_body(mail, raw, head->body, same, error))
        return NULL;
    read_headers(mail);
    mail->size_bytes = spool_size(raw);
    mail->body_begin = head->body;
    spool_sha256(raw, mail->sha256);
    if (same != NULL)
        digest_finish(g_steal_pointer(&same), mail->same_sha256);
    else
        memcpy(mail->same_sha256, mail->sha256, DIGEST_SIZE);
    return g_steal_pointer(&mail);
}
