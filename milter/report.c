/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides whether it is a report, and has the parts read. What there is to go by is evidence's
 * business, how the parts are read that of dsn, bounce and returned. Any thread; errors are the
 * spool's.
 */
#include "milter/report.h"

#include <string.h>

#include "milter/bounce.h"
#include "milter/dsn.h"
#include "milter/evidence.h"
#include "milter/fields.h"
#include "milter/header.h"
#include "milter/machine.h"
#include "milter/mailbox.h"
#include "milter/msgid.h"
#include "milter/returned.h"

static const char *const action_names[] = {"delivered", "relayed", "expanded", "delayed", "failed"};

static void free_recipient(void *data)
{
    struct report_recipient *recipient = data;

    g_free(recipient->address);
    g_free(recipient->original);
    g_free(recipient);
}

static struct report *new_report(const char *reason)
{
    struct report *report = g_new0(struct report, 1);

    report->reason = reason;
    report->recipients = g_ptr_array_new_with_free_func(free_recipient);
    report->references = g_ptr_array_new_with_free_func(g_free);
    report->addresses = g_ptr_array_new_with_free_func(g_free);
    report->by_address = g_hash_table_new(g_str_hash, g_str_equal);
    report->mentioned = g_hash_table_new(g_str_hash, g_str_equal);
    return report;
}

void report_free(struct report *report)
{
    if (report == NULL)
        return;
    g_hash_table_unref(report->by_address);
    g_hash_table_unref(report->mentioned);
    g_ptr_array_unref(report->recipients);
    g_free(report->message_id);
    g_ptr_array_unref(report->references);
    g_free(report->subject);
    g_ptr_array_unref(report->addresses);
    g_free(report);
}

const char *report_action_name(enum report_action action)
{
    return action_names[action];
}

/* Whether a says more than b. */
static bool is_exacter(const char *a, const char *b)
{
    return a[0] != '\0' && (b[0] == '\0' || strcmp(b + 1, ".0.0") == 0);
}

void report_add_recipient(struct report *report, char *address, char *original,
                          enum report_action action, const char *status)
{
    struct report_recipient *recipient =
        address == NULL ? NULL : g_hash_table_lookup(report->by_address, address);

    if (recipient != NULL || report->recipients->len >= REPORT_RECIPIENTS_MAX) {
        g_free(address);
        g_free(original);
    } else {
        recipient = g_new0(struct report_recipient, 1);
        recipient->address = address;
        recipient->original = original;
        g_ptr_array_add(report->recipients, recipient);
        if (address != NULL)
            g_hash_table_insert(report->by_address, address, recipient);
    }
    report->action = MAX(report->action, action);
    if (recipient == NULL)
        return;
    bool is_worse = status[0] != '\0' && action > recipient->action;
    recipient->action = MAX(recipient->action, action);
    if (is_worse || is_exacter(status, recipient->status))
        g_strlcpy(recipient->status, status, sizeof recipient->status);
}

void report_add_address(struct report *report, char *address)
{
    if (report->addresses->len >= REPORT_ADDRESSES_MAX ||
        g_hash_table_contains(report->mentioned, address)) {
        g_free(address);
        return;
    }
    g_hash_table_add(report->mentioned, address);
    g_ptr_array_add(report->addresses, address);
}

/* Whether it says of itself that it is somebody's automatic answer. */
static bool is_answer(const struct evidence *evidence)
{
    const char *why = NULL;

    if (!machine_is_auto(evidence->envelope, evidence->mail, &why) ||
        strcmp(why, "null-sender") == 0)
        return false;
    /* Exim says auto-replied of its reports. */
    return strcmp(why, "auto-replied") != 0 || !evidence->is_signed;
}

/* What makes it a report without a machine-readable part; NULL: nothing. */
static const char *find_free_reason(const struct evidence *evidence)
{
    bool has_returned = evidence->returned->len > 0 || evidence->text_size < evidence->text->len;
    char status[STATUSCODE_SIZE];
    enum report_action action;

    if (evidence->failed->len > 0 && (evidence->is_system || evidence->is_signed))
        return "failed-recipients";
    if (!evidence->is_system || is_answer(evidence))
        return NULL;
    bool has_phrase = bounce_find_phrase(evidence->text->str, evidence->text_size, &action);
    if (has_returned && (evidence->is_signed || evidence->is_report || has_phrase))
        return "returned-message";
    if (!evidence->is_signed)
        return NULL;
    statuscode_find(evidence->text->str, evidence->text_size, status);
    if (status[0] != '\0')
        return "status-code";
    return has_phrase ? "phrase" : NULL;
}

static const char *find_reason(const struct evidence *evidence)
{
    if (evidence->status->len > 0 && (evidence->is_system || evidence->is_report))
        return "delivery-status";
    return find_free_reason(evidence);
}

/* Some write the Subject of the message, and nothing else of it, into the text. */
static void read_subject_line(const struct evidence *evidence, struct report *report)
{
    static const char label[] = "subject:";
    const char *end = evidence->text->str + evidence->text->len;

    for (const char *line = evidence->text->str; report->subject == NULL && line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        const char *next = line_end == NULL ? end : line_end + 1;

        line += strspn(line, " \t");
        if (g_ascii_strncasecmp(line, label, strlen(label)) == 0) {
            g_autofree char *value =
                g_strndup(line + strlen(label), (size_t)(next - line) - strlen(label));
            report->subject = header_decode(value);
        }
        line = next;
    }
}

static void add_references(const GPtrArray *ids, struct report *report)
{
    for (guint i = 0; i < ids->len && report->references->len < MSGID_COUNT_MAX; i++)
        g_ptr_array_add(report->references, g_strdup(g_ptr_array_index(ids, i)));
}

/* Reads a header that came back. *to: the only address in its To, if it has but one; yours. */
static void read_returned(const char *text, size_t size, struct report *report, char **to)
{
    size_t taken;
    g_autoptr(GPtrArray) fields = fields_read(text, size, &taken);
    const char *value = fields_find(fields, "To");
    g_autoptr(GPtrArray) list = mailbox_list_new();

    returned_read(fields, report);
    if (value != NULL && *to == NULL)
        mailbox_read(list, value);
    if (list->len == 1)
        *to = g_strdup(((struct mail_address *)g_ptr_array_index(list, 0))->address);
}

static void read_recipients(const struct evidence *evidence, const char *to, struct report *report)
{
    const struct bounce_text bounce = {
        .text = evidence->text->str,
        .size = evidence->text_size,
        .failed = evidence->failed,
        .others = evidence->others,
    };

    if (dsn_read(evidence->status->str, evidence->status->len, report))
        return;
    if (strcasestr(evidence->text->str, "final-recipient:") == NULL ||
        !dsn_read(evidence->text->str, evidence->text_size, report))
        bounce_read(&bounce, to, report);
}

struct report *report_read(const struct envelope *envelope, const struct mail *mail,
                           const struct spool *raw, GError **error)
{
    AUTO(evidence) evidence = evidence_new(envelope, mail);
    g_autofree char *to = NULL;
    struct report *report;
    const char *reason;

    if (!evidence_is_candidate(evidence) || !evidence_read(evidence, raw, error))
        return NULL;
    reason = find_reason(evidence);
    if (reason == NULL)
        return NULL;
    report = new_report(reason);
    read_returned(evidence->returned->str, evidence->returned->len, report, &to);
    read_returned(evidence->text->str + evidence->text_size,
                  evidence->text->len - evidence->text_size, report, &to);
    read_subject_line(evidence, report);
    add_references(mail->references, report);
    add_references(mail->in_reply_to, report);
    read_recipients(evidence, to, report);
    return report;
}
