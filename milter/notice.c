/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From what is to be told to the bytes of a mail. Decides nothing. The thread that holds the store.
 */
#include "milter/notice.h"

#include <string.h>

#include "db/digest.h"
#include "milter/address.h"
#include "milter/expected.h"
#include "milter/flowed.h"
#include "milter/header.h"
#include "milter/stamp.h"
#include "milter/subject.h"

#define SIGNATURE "-- \n"

/* A mail in the making. */
struct draft {
    const struct decide_site *site;
    const struct notice *notice;
    int64_t number;
    char *subject;    /* as it reads */
    char *text;       /* what it says */
    char *message_id; /* without angle brackets */
    char *boundary;   /* between the parts, where something is enclosed */
    GString *out;
};

/* Nobody can guess it: nothing that is enclosed can hold it, and nobody can answer what they did
 * not get. */
static char *unguessable(const struct decide_site *site, const char *what, int64_t number)
{
    g_autofree char *text = g_strdup_printf("%s:%" G_GINT64_FORMAT, what, number);
    g_autoptr(GString) word = g_string_new(NULL);
    uint8_t mac[DIGEST_SIZE];

    digest_hmac(site->id.key, site->id.key_size, text, strlen(text), mac);
    for (int i = 0; i < 12; i++)
        g_string_append_printf(word, "%02x", mac[i]);
    return g_string_free(g_steal_pointer(&word), FALSE);
}

/* What it says. */

static const char *first_name(const char *name, const char *otherwise)
{
    return name != NULL && name[0] != '\0' ? name : otherwise;
}

/* What it is about, as far as that may be said. */
static const char *subject_shown(const struct notice *notice)
{
    if (notice->heading != NULL)
        return notice->heading;
    if (notice->ticket == NULL || !notice->may_quote ||
        strcmp(notice->ticket->subject, SUBJECT_NONE) == 0)
        return NULL;
    return notice->ticket->subject;
}

/* Operators' names are told outside only where the department shows them in its From. */
static const char *operator_shown(const struct notice *notice)
{
    bool shows = strstr(notice->department->from_name, "%{operator}") != NULL;

    return notice->is_inside || shows ? notice->operator_name : NULL;
}

static void word(struct draft *draft, const char *template, const char *expected)
{
    const struct notice *notice = draft->notice;
    const struct ticket *ticket = notice->ticket;
    const char *requester = ticket != NULL ? ticket->requester : NULL;
    g_autofree char *number = NULL;
    g_autofree char *id = NULL;

    if (ticket != NULL) {
        number = g_strdup_printf("%" G_GINT64_FORMAT, ticket->number);
        id = ticketid_format(&draft->site->id, ticket->number);
    }
    if (ticket != NULL && notice->may_quote)
        requester = first_name(ticket->requester_name, requester);
    const struct template_variable variables[] = {
        {"ticket", number},
        {"id", id},
        {"title", notice->department->title},
        {"role", notice->role},
        {"requester", requester},
        {"subject", subject_shown(notice)},
        {"expected", expected},
        {"operator", operator_shown(notice)},
        {NULL, NULL},
    };

    wording_expand(template, variables, &draft->subject, &draft->text);
}

/* The ID is in it whatever the template says: an answer is to find its ticket. And it says
 * something even if what it was to say is not there. */
static void title(struct draft *draft)
{
    const struct notice *notice = draft->notice;
    const struct ticketid_site *id = &draft->site->id;
    g_autofree char *words = g_steal_pointer(&draft->subject);

    if (notice->ticket == NULL) {
        draft->subject =
            words[0] != '\0' ? g_steal_pointer(&words) : g_strdup(notice->department->title);
    } else if (notice->is_reply && notice->may_quote) {
        g_autofree char *reply = g_strconcat("Re: ", notice->ticket->subject, NULL);

        draft->subject = subject_write(id, notice->ticket->number, reply, NULL);
    } else {
        draft->subject = subject_write(id, notice->ticket->number, words, NULL);
    }
}

/* Header. */

/* value: with its leading space and folds "\n ", as header.h makes it. */
static void put(struct draft *draft, const char *name, const char *value)
{
    g_auto(GStrv) lines = g_strsplit(value, "\n", -1);
    g_autofree char *wire = g_strjoinv("\r\n", lines);

    g_assert(header_is_safe(value));
    g_string_append_printf(draft->out, "%s:%s\r\n", name, wire);
}

static void put_text(struct draft *draft, const char *name, const char *text)
{
    g_autofree char *value = header_text(name, text);

    put(draft, name, value);
}

static void put_people(struct draft *draft, const char *name, GPtrArray *people)
{
    g_autoptr(GPtrArray) mailboxes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = NULL;

    for (guint i = 0; i < people->len; i++) {
        const struct mail_address *person = people->pdata[i];

        g_ptr_array_add(mailboxes, header_mailbox(person->name, person->address));
    }
    value = header_mailboxes(name, mailboxes);
    put(draft, name, value);
}

/* The name may be what somebody wrote: an operator's is not. */
static void put_to(struct draft *draft)
{
    const struct notice *notice = draft->notice;
    g_autoptr(GPtrArray) bare = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < notice->to->len; i++) {
        struct mail_address *person = g_memdup2(notice->to->pdata[i], sizeof *person);

        if (!notice->is_inside && !notice->may_quote)
            person->name = NULL;
        g_ptr_array_add(bare, person);
    }
    put_people(draft, "To", bare);
}

static void put_mailbox(struct draft *draft, const char *name, const char *display,
                        const char *address)
{
    struct mail_address person = {(char *)display, (char *)address};
    g_autoptr(GPtrArray) one = g_ptr_array_new();

    g_ptr_array_add(one, &person);
    put_people(draft, name, one);
}

static void put_date(struct draft *draft, int64_t now)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(now / 1000);

    g_string_append_printf(draft->out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n",
                           days[g_date_time_get_day_of_week(at) - 1],
                           g_date_time_get_day_of_month(at), months[g_date_time_get_month(at) - 1],
                           g_date_time_get_year(at), g_date_time_get_hour(at),
                           g_date_time_get_minute(at), g_date_time_get_second(at));
}

/* What it follows, the newest last (RFC 5322, 3.6.4). */
static void put_ids(struct draft *draft, GPtrArray *ids)
{
    g_autoptr(GPtrArray) last = g_ptr_array_new();
    g_autofree char *parent = NULL;
    g_autofree char *references = NULL;

    g_ptr_array_add(last, ids->pdata[ids->len - 1]);
    parent = header_ids(last);
    if (parent == NULL)
        return;
    references = header_ids(ids);
    put(draft, "In-Reply-To", parent);
    put(draft, "References", references);
}

/* What the message that it answers followed, and that message; or what it is said to follow. */
static void put_thread(struct draft *draft)
{
    const struct mail *answers = draft->notice->answers;
    GPtrArray *thread = draft->notice->thread;
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    if (!draft->notice->may_quote)
        return;
    if (answers != NULL && answers->message_id != NULL) {
        if (answers->references->len > 0)
            g_ptr_array_extend(all, answers->references, NULL, NULL);
        else if (answers->in_reply_to->len == 1)
            g_ptr_array_extend(all, answers->in_reply_to, NULL, NULL);
        g_ptr_array_add(all, answers->message_id);
    } else if (thread != NULL) {
        g_ptr_array_extend(all, thread, NULL, NULL);
    }
    if (all->len > 0)
        put_ids(draft, all);
}

static void put_marks(struct draft *draft)
{
    const struct decide_site *site = draft->site;
    g_autofree char *stamp = stamp_write_outbox(site->id.key, site->site->instance, draft->number);

    put_text(draft, "Auto-Submitted", "auto-replied");
    put_text(draft, "X-Auto-Response-Suppress", "All");
    put_text(draft, STAMP_HEADER, stamp);
}

static void put_header(struct draft *draft, int64_t now)
{
    const struct notice *notice = draft->notice;
    g_autofree char *id = g_strdup_printf(" <%s>", draft->message_id);

    put_date(draft, now);
    put_mailbox(draft, "From", notice->department->title, notice->role);
    if (notice->kind == NOTICE_HANDOVER)
        put_mailbox(draft, "Reply-To", NULL, notice->role);
    put_to(draft);
    put_text(draft, "Subject", draft->subject);
    put(draft, "Message-ID", id);
    put_thread(draft);
    put_marks(draft);
    g_string_append(draft->out, "MIME-Version: 1.0\r\n");
}

/* Body. */

/* Where the signature begins, which programs hide or leave out of an answer; else its end. */
static const char *find_signature(const char *text)
{
    const char *found = strstr(text, "\n" SIGNATURE);

    if (g_str_has_prefix(text, SIGNATURE))
        return text;
    return found != NULL ? found + 1 : text + strlen(text);
}

static void put_text_part(struct draft *draft)
{
    const char *signature = find_signature(draft->text);
    g_autofree char *above = g_strndup(draft->text, (gsize)(signature - draft->text));
    g_autoptr(GString) body = g_string_new(NULL);
    bool is_ascii;

    flowed_append(body, above);
    if (draft->notice->details != NULL)
        flowed_append(body, draft->notice->details);
    flowed_append(body, signature);
    is_ascii = g_str_is_ascii(body->str);
    g_string_append_printf(draft->out,
                           "Content-Type: text/plain; charset=%s; format=flowed\r\n"
                           "Content-Transfer-Encoding: %s\r\n\r\n",
                           is_ascii ? "us-ascii" : "utf-8", is_ascii ? "7bit" : "8bit");
    g_string_append_len(draft->out, body->str, (gssize)body->len);
}

/* What was written until now goes into the mail. */
static void flush(struct draft *draft, struct outbox_mail *mail)
{
    outbox_mail_add_text(mail, draft->out->str, draft->out->len);
    g_string_truncate(draft->out, 0);
}

static void put_enclosed(struct draft *draft, struct outbox_mail *mail)
{
    GPtrArray *enclosed = draft->notice->enclosed;

    for (guint i = 0; i < enclosed->len; i++) {
        const struct notice_enclosed *one = enclosed->pdata[i];

        g_string_append_printf(draft->out,
                               "\r\n--%s\r\nContent-Type: message/rfc822\r\n"
                               "Content-Disposition: attachment; "
                               "filename=\"message-%" G_GINT64_FORMAT ".eml\"\r\n"
                               "Content-Transfer-Encoding: 8bit\r\n\r\n",
                               draft->boundary, one->message);
        flush(draft, mail);
        outbox_mail_add_message(mail, one->message, 0, one->size);
    }
    g_string_append_printf(draft->out, "\r\n--%s--\r\n", draft->boundary);
}

static void put_body(struct draft *draft, struct outbox_mail *mail)
{
    GPtrArray *enclosed = draft->notice->enclosed;

    if (enclosed == NULL || enclosed->len == 0) {
        put_text_part(draft);
    } else {
        g_string_append_printf(draft->out,
                               "Content-Type: multipart/mixed; boundary=\"%s\"\r\n"
                               "Content-Transfer-Encoding: 8bit\r\n\r\n--%s\r\n",
                               draft->boundary, draft->boundary);
        put_text_part(draft);
        put_enclosed(draft, mail);
    }
    flush(draft, mail);
}

static struct outbox_mail *compose(struct draft *draft, int64_t now)
{
    const struct notice *notice = draft->notice;
    struct outbox_mail *mail = outbox_mail_new(draft->number, wording_kinds[notice->kind], "");

    mail->ticket = notice->ticket != NULL ? notice->ticket->number : 0;
    mail->message = notice->message;
    mail->message_id = g_strdup(draft->message_id);
    mail->subject = g_strdup(draft->subject);
    mail->is_counted = notice->is_counted;
    for (guint i = 0; i < notice->to->len; i++)
        outbox_mail_add_recipient(mail,
                                  ((const struct mail_address *)notice->to->pdata[i])->address);
    put_header(draft, now);
    put_body(draft, mail);
    return mail;
}

static void clear(struct draft *draft)
{
    g_free(draft->subject);
    g_free(draft->text);
    g_free(draft->message_id);
    g_free(draft->boundary);
    g_string_free(draft->out, TRUE);
}

bool notice_write(const struct decide_site *site, struct store *store, const struct notice *notice,
                  int64_t number, int64_t now, struct outbox_mail **mail, GError **error)
{
    struct draft draft = {.site = site, .notice = notice, .number = number};
    g_autofree char *template = NULL;
    g_autofree char *word_of_id = NULL;
    g_autofree char *expected = NULL;
    g_autofree char *domain = NULL;

    *mail = NULL;
    if (!wording_find(store, notice->department->id, notice->kind, &template, error))
        return false;
    if (template[0] == '\0')
        return true;
    word_of_id = unguessable(site, "notice-id", number);
    domain = g_hostname_to_ascii(address_domain(notice->role));
    draft.message_id = g_strdup_printf("notice.%" G_GINT64_FORMAT ".%s@%s", number, word_of_id,
                                       domain != NULL ? domain : "counterfoil.invalid");
    draft.boundary = unguessable(site, "notice-boundary", number);
    draft.out = g_string_new(NULL);
    expected = expected_text(notice->department->hours, notice->department->expected, now);
    word(&draft, template, expected);
    title(&draft);
    *mail = compose(&draft, now);
    clear(&draft);
    return true;
}
