/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk through the header, and one through the parts for each kind of them. Any thread; errors
 * are the spool's.
 */
#include "milter/evidence.h"

#include <string.h>

#include "milter/address.h"
#include "milter/html.h"
#include "milter/machine.h"
#include "milter/mailbox.h"
#include "milter/part.h"
#include "milter/returned.h"

/* So much is read of the parts of one kind, in bytes. */
#define STATUS_MAX (256 * 1024)
#define TEXT_MAX (128 * 1024)
#define RETURNED_MAX (64 * 1024)

static const char *const status_types[] = {"message/delivery-status",
                                           "message/global-delivery-status", NULL};
static const char *const returned_types[] = {
    "message/rfc822",         "message/rfc2822",    "message/global",         "text/rfc822-headers",
    "message/rfc822-headers", "text/rfc822-header", "message/global-headers", NULL};

/* Reports of other kinds (RFC 8098, RFC 5965). */
static const char *const other_types[] = {"message/disposition-notification",
                                          "message/global-disposition-notification",
                                          "message/feedback-report", NULL};

void evidence_free(struct evidence *evidence)
{
    if (evidence == NULL)
        return;
    g_ptr_array_unref(evidence->failed);
    g_hash_table_unref(evidence->others);
    g_string_free(evidence->status, TRUE);
    g_string_free(evidence->text, TRUE);
    g_string_free(evidence->returned, TRUE);
    g_free(evidence);
}

static bool is_postmaster(const char *address)
{
    g_autofree char *local = address_local(address);

    return strcmp(local, "postmaster") == 0;
}

static const char *from_of(const struct mail *mail)
{
    return mail->from->len == 1
               ? ((const struct mail_address *)g_ptr_array_index(mail->from, 0))->address
               : NULL;
}

/* Whether there is a From without an address: a mail system's name alone, or "<>". */
static bool is_bare(const struct mail *mail)
{
    return mail->from->len == 0 && mail_header(mail, "From", 0) != NULL;
}

static bool is_bare_daemon(const struct mail *mail)
{
    return is_bare(mail) && strcasestr(mail_header(mail, "From", 0), "mailer-daemon") != NULL;
}

static void add_others(GHashTable *others, const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++)
        g_hash_table_add(others, ((struct mail_address *)g_ptr_array_index(list, i))->address);
}

/* Whether its type is that of a report, and of a delivery report in particular. */
static void read_type(const struct mail *mail, bool *is_report, bool *is_delivery)
{
    bool is_bare = g_strv_contains(status_types, mail->content_type); /* a damaged one */

    *is_report = is_bare || strcmp(mail->content_type, "multipart/report") == 0;
    *is_delivery = is_bare || (*is_report && g_strcmp0(mail->report_type, "delivery-status") == 0);
}

struct evidence *evidence_new(const struct envelope *envelope, const struct mail *mail)
{
    struct evidence *evidence = g_new0(struct evidence, 1);
    const char *from = from_of(mail);
    bool is_delivery;

    evidence->envelope = envelope;
    evidence->mail = mail;
    evidence->failed = mailbox_list_new();
    for (guint i = 0; i < mail_header_count(mail, "X-Failed-Recipients"); i++)
        mailbox_read(evidence->failed, mail_header(mail, "X-Failed-Recipients", i));
    evidence->others = g_hash_table_new(g_str_hash, g_str_equal);
    add_others(evidence->others, mail->from);
    add_others(evidence->others, mail->to);
    evidence->is_signed =
        from == NULL ? is_bare(mail) : machine_is_daemon(from) || is_postmaster(from);
    read_type(mail, &evidence->is_report, &is_delivery);
    evidence->is_system = envelope->sender[0] == '\0' || machine_is_daemon(envelope->sender) ||
                          machine_is_daemon(from) || is_bare_daemon(mail) || is_delivery;
    evidence->status = g_string_new(NULL);
    evidence->text = g_string_new(NULL);
    evidence->returned = g_string_new(NULL);
    return evidence;
}

static const struct mail_part *part_at(const struct mail *mail, guint index)
{
    return g_ptr_array_index(mail->parts, index);
}

/* How many parts of these types there are in so many messages within the message. */
static guint count_parts(const struct mail *mail, const char *const *types, unsigned depth)
{
    guint count = 0;

    for (guint i = 0; i < mail->parts->len; i++) {
        const struct mail_part *part = part_at(mail, i);
        count += part->depth == depth && g_strv_contains(types, part->type);
    }
    return count;
}

/* Reads the parts of these types at that depth, a blank line between them, most of them. */
static bool read_parts(const struct evidence *evidence, const struct spool *raw,
                       const char *const *types, unsigned depth, size_t max, GString *out,
                       GError **error)
{
    const struct mail *mail = evidence->mail;

    for (guint i = 0; i < mail->parts->len && out->len < max; i++) {
        const struct mail_part *part = part_at(mail, i);

        if (part->depth != depth || !g_strv_contains(types, part->type))
            continue;
        if (!part_read(raw, part, max, out, error))
            return false;
        g_string_append(out, "\n\n");
    }
    return true;
}

/* Reads the text at that depth; HTML only where there is no other. */
static bool read_text(const struct evidence *evidence, const struct spool *raw, unsigned depth,
                      GError **error)
{
    static const char *const plain[] = {"text/plain", NULL};
    static const char *const html[] = {"text/html", NULL};
    g_autoptr(GString) markup = NULL;

    if (!read_parts(evidence, raw, plain, depth, TEXT_MAX, evidence->text, error))
        return false;
    if (evidence->text->str[strspn(evidence->text->str, " \n")] != '\0')
        return true;
    markup = g_string_new(NULL);
    if (!read_parts(evidence, raw, html, depth, TEXT_MAX, markup, error))
        return false;
    AUTO(html) reducer = html_new();
    html_step(reducer, markup->str, markup->len, evidence->text);
    html_finish(reducer, evidence->text);
    return true;
}

/* Where the report is: mostly not within a message, but there are gateways that wrap it. */
static unsigned find_depth(const struct evidence *evidence)
{
    const struct mail *mail = evidence->mail;
    bool is_wrapped = evidence->is_system && count_parts(mail, status_types, 0) == 0 &&
                      count_parts(mail, status_types, 1) > 0;

    return is_wrapped ? 1 : 0;
}

bool evidence_read(struct evidence *evidence, const struct spool *raw, GError **error)
{
    unsigned depth = find_depth(evidence);

    if (!read_parts(evidence, raw, status_types, depth, STATUS_MAX, evidence->status, error) ||
        !read_text(evidence, raw, depth, error) ||
        !read_parts(evidence, raw, returned_types, depth, RETURNED_MAX, evidence->returned, error))
        return false;
    evidence->text_size = evidence->text->len;
    returned_find(evidence->text->str, evidence->text->len, &evidence->text_size);
    return true;
}

bool evidence_is_candidate(const struct evidence *evidence)
{
    const struct mail *mail = evidence->mail;
    bool is_other = count_parts(mail, other_types, 0) > 0 ||
                    g_strcmp0(mail->report_type, "disposition-notification") == 0 ||
                    g_strcmp0(mail->report_type, "feedback-report") == 0;

    return !is_other && (evidence->is_system || evidence->is_report || evidence->failed->len > 0);
}
