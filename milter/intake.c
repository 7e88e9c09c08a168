/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gathers a transaction, hands it to the writer, and logs one line about it. Knows neither
 * libmilter nor what a decision means. One session, one thread at a time.
 */
#include "milter/intake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "db/error.h"
#include "db/journal.h"
#include "milter/decide.h"
#include "milter/header.h"
#include "milter/log.h"
#include "milter/received.h"
#include "milter/record.h"
#include "milter/report.h"
#include "milter/slip.h"

/* A message larger than this waits in a file. */
#define SPOOL_MEMORY_BYTES (256 * 1024)

struct intake {
    const struct session_shared *shared;
    char *client; /* text of the client's address, or NULL */
    bool trusted;
    bool local;
    bool second_door;
    char *hostname;

    /* The transaction. */
    struct envelope *envelope; /* NULL: none under way */
    GHashTable *roles;         /* the role addresses of the moment of MAIL */
    bool is_ours;              /* a role address is among the recipients */
    GPtrArray *headers;        /* struct mail_header; NULL once parsed */
    struct spool *spool;
    bool too_large;
    GError *failure; /* the first one */
    struct mail *mail;
    struct report *report; /* the delivery report that it is, or NULL */
    int64_t started_us;
};

/* The MTA's local submission (Postfix's sendmail command) has no port: nobody connected. */
static void read_client(struct intake *intake, const struct sockaddr *client)
{
    char text[INET6_ADDRSTRLEN] = "";
    in_port_t port = 1;

    if (client != NULL && client->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)client;

        inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
        port = v4->sin_port;
    } else if (client != NULL && client->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)client;

        inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
        port = v6->sin6_port;
    }
    intake->client = text[0] != '\0' ? g_strdup(text) : NULL;
    intake->local = port == 0;
    intake->trusted = !intake->local && conf_is_trusted(intake->shared->site.conf, client);
}

struct intake *intake_new(const struct session_shared *shared, const struct sockaddr *client,
                          bool second_door, const char *hostname)
{
    struct intake *intake = g_new0(struct intake, 1);

    intake->shared = shared;
    intake->second_door = second_door;
    intake->hostname = g_strdup(hostname);
    read_client(intake, client);
    return intake;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    intake_drop(intake);
    g_free(intake->client);
    g_free(intake->hostname);
    g_free(intake);
}

void intake_drop(struct intake *intake)
{
    if (intake == NULL)
        return;
    g_clear_pointer(&intake->envelope, envelope_free);
    g_clear_pointer(&intake->roles, g_hash_table_unref);
    g_clear_pointer(&intake->headers, g_ptr_array_unref);
    g_clear_pointer(&intake->spool, spool_free);
    g_clear_pointer(&intake->mail, mail_free);
    g_clear_pointer(&intake->report, report_free);
    g_clear_error(&intake->failure);
    intake->is_ours = false;
    intake->too_large = false;
}

void intake_begin(struct intake *intake, const char *sender, char **arguments, const char *login)
{
    struct envelope *envelope;

    intake_drop(intake);
    intake->started_us = g_get_monotonic_time();
    intake->roles = roles_now(intake->shared->roles);
    envelope = envelope_new();
    intake->envelope = envelope;
    envelope->client = g_strdup(intake->client);
    envelope->hostname = g_strdup(intake->hostname);
    envelope->login = g_strdup(login);
    envelope->trusted = intake->trusted;
    envelope->local = intake->local;
    envelope->second_door = intake->second_door;
    envelope_set_sender(envelope, sender);
    for (; *arguments != NULL; arguments++)
        if (g_ascii_strcasecmp(*arguments, "SMTPUTF8") == 0)
            envelope->smtputf8 = true;
}

void intake_add_recipient(struct intake *intake, const char *given, const char *normal)
{
    GPtrArray *recipients = intake->envelope->recipients;
    const struct envelope_recipient *recipient;

    envelope_add_recipient(intake->envelope, given, normal);
    recipient = recipients->pdata[recipients->len - 1];
    if (recipient->address != NULL &&
        roles_has(intake->roles, intake->shared->site.conf->mail.recipient_delimiter,
                  recipient->address))
        intake->is_ours = true;
}

bool intake_has_begun(const struct intake *intake)
{
    return intake != NULL && intake->envelope != NULL;
}

static void free_header(gpointer header)
{
    mail_header_free(header);
}

/* What is not certainly ours is never refused, nor delayed as long as it may be nobody's. */
static bool is_certainly_ours(const struct intake *intake)
{
    return intake->is_ours || intake->second_door;
}

static bool may_be_ours(const struct intake *intake)
{
    return is_certainly_ours(intake) || slip_may_be(intake->shared->site.conf, intake->envelope);
}

bool intake_may_be_ours(struct intake *intake)
{
    if (may_be_ours(intake))
        return true;
    intake_drop(intake);
    return false;
}

/* At the first sign of a header: an MTA that says nothing at DATA is served all the same. */
static bool has_started(struct intake *intake)
{
    if (intake->spool == NULL && may_be_ours(intake)) {
        intake->headers = g_ptr_array_new_with_free_func(free_header);
        intake->spool = spool_new(intake->shared->spool_folder, SPOOL_MEMORY_BYTES);
    }
    return intake->spool != NULL;
}

static void append(struct intake *intake, const void *bytes, size_t size)
{
    const struct conf *conf = intake->shared->site.conf;

    if (intake->failure != NULL || intake->too_large)
        return;
    /* At the second door nothing is refused, not even for its size. */
    if (!intake->second_door &&
        spool_size(intake->spool) + (int64_t)size > conf->milter.max_message_bytes)
        intake->too_large = true;
    else
        spool_append(intake->spool, bytes, size, &intake->failure);
}

/* The wire has CRLF where libmilter shows LF. */
static void append_value(struct intake *intake, const char *value)
{
    const char *line = value;

    for (const char *end = strchr(line, '\n'); end != NULL; end = strchr(line, '\n')) {
        append(intake, line, (size_t)(end - line));
        append(intake, "\r\n", 2);
        line = end + 1;
    }
    append(intake, line, strlen(line));
}

void intake_add_header(struct intake *intake, const char *name, const char *value)
{
    if (!has_started(intake))
        return;
    append(intake, name, strlen(name));
    append(intake, ":", 1);
    append_value(intake, value);
    append(intake, "\r\n", 2);
    if (!intake->too_large)
        g_ptr_array_add(intake->headers, mail_header_new(name, value));
}

static bool has_id(const struct intake *intake)
{
    for (guint i = 0; i < intake->headers->len; i++) {
        const struct mail_header *header = intake->headers->pdata[i];

        if (g_ascii_strcasecmp(header->name, "Subject") == 0) {
            g_autofree char *subject = header_decode(header->value);

            return slip_has_id(&intake->shared->site.id, subject);
        }
    }
    return false;
}

bool intake_end_header(struct intake *intake)
{
    if (!has_started(intake))
        return true;
    if (!is_certainly_ours(intake) && !has_id(intake)) {
        intake_drop(intake);
        return false;
    }
    append(intake, "\r\n", 2);
    return true;
}

void intake_add_body(struct intake *intake, const void *bytes, size_t size)
{
    if (has_started(intake))
        append(intake, bytes, size);
}

/* What the writer's thread needs, and what it found. */
struct job {
    const struct decide_site *site;
    const struct envelope *envelope;
    const struct mail *mail;
    const struct report *report;
    const struct spool *spool;
    int64_t now;
    struct decision *decision;
};

static bool decide_and_record(struct store *store, void *data, GError **error)
{
    struct job *job = data;

    g_clear_pointer(&job->decision, decision_free);
    job->decision =
        decide(job->site, store, job->envelope, job->mail, job->report, job->now, error);
    if (job->decision == NULL)
        return false;
    if (job->decision->verdict != DECISION_TAKE)
        return record_events(store, job->decision, job->now, error);
    return record_write(store, job->decision, job->envelope, job->mail, job->spool, job->now,
                        error);
}

static struct decision *wait_for_better_times(const GError *error)
{
    struct decision *decision = decision_new(DECISION_WAIT);

    log_fault("record", "%s", error->message);
    decision_refuse(decision, "451", "4.3.0",
                    "the message could not be recorded, and is not accepted; try again later");
    return decision;
}

static bool parse(struct intake *intake, GError **error)
{
    g_autofree char *above = NULL;
    GError *failure = NULL;

    if (intake->failure != NULL) {
        g_propagate_error(error, g_error_copy(intake->failure));
        return false;
    }
    /* The second door has a name of its own; this host's is in what it wrote on the way there. */
    if (intake->second_door)
        above = received_by(intake->headers);
    intake->mail = mail_parse(g_steal_pointer(&intake->headers), intake->spool,
                              above != NULL ? above : intake->hostname, &failure);
    if (intake->mail != NULL)
        intake->report = report_read(intake->envelope, intake->mail, intake->spool, &failure);
    if (failure != NULL)
        g_propagate_error(error, failure);
    return failure == NULL;
}

struct decision *intake_finish(struct intake *intake, const char *queue_id)
{
    g_autoptr(GError) error = NULL;
    struct job job = {.site = &intake->shared->site, .now = g_get_real_time() / 1000};

    if (!has_started(intake))
        return decision_new(DECISION_PASS);
    intake->envelope->queue_id = g_strdup(queue_id);
    if (intake->too_large && !is_certainly_ours(intake))
        return decision_new(DECISION_PASS);
    if (intake->too_large) {
        struct decision *decision = decision_new(DECISION_REFUSE);

        decision_refuse(decision, "552", "5.3.4", "the message is larger than this site takes");
        return decision;
    }
    if (!parse(intake, &error))
        return wait_for_better_times(error);
    job.envelope = intake->envelope;
    job.mail = intake->mail;
    job.report = intake->report;
    job.spool = intake->spool;
    if (journal_run(intake->shared->journal, decide_and_record, &job, &error)) {
        if (job.decision->outbox->len > 0)
            courier_wake(intake->shared->courier);
        return job.decision;
    }
    decision_free(job.decision);
    return wait_for_better_times(error);
}

const struct mail *intake_mail(const struct intake *intake)
{
    return intake->mail;
}

static const char *queue_id(const struct intake *intake)
{
    return intake->envelope->queue_id != NULL ? intake->envelope->queue_id : "NOQUEUE";
}

static void log_taken(const struct intake *intake, const struct decision *decision, double ms)
{
    const struct ticket *ticket = decision->ticket;
    const struct ticket_department *owner = ticket != NULL ? ticket->departments->pdata[0] : NULL;
    g_autofree char *number =
        ticket != NULL ? g_strdup_printf("%" G_GINT64_FORMAT, ticket->number) : g_strdup("-");
    g_autofree char *author = log_quoted(decision->author);
    const char *how = decision->is_resumed ? " resumed" : decision->is_repeat ? " again" : "";

    log_write(LOG_LEVEL_INFO, "%s: ticket=%s kind=%s from=<%s> department=%s copies=%u%s%s ms=%.1f",
              queue_id(intake), number, decision_kind_name(decision->kind), author,
              owner != NULL ? owner->name : "-", decision->copies->len,
              decision->is_slip ? " slip" : "", how, ms);
}

static void log_not_taken(const struct intake *intake, const struct decision *decision)
{
    g_autofree char *sender = log_quoted(intake->envelope->sender);

    log_write(LOG_LEVEL_INFO, "%s: %s from=<%s> client=%s reply=%s %s %s", queue_id(intake),
              decision->verdict == DECISION_REFUSE ? "refused" : "deferred", sender,
              intake->client != NULL ? intake->client : "-", decision->reply_code,
              decision->reply_status, decision->reply);
}

void intake_end(struct intake *intake, const struct decision *decision, bool applied)
{
    double ms = (double)(g_get_monotonic_time() - intake->started_us) / 1000.0;

    if (decision->verdict == DECISION_TAKE && applied)
        log_taken(intake, decision, ms);
    else if (decision->verdict == DECISION_TAKE)
        log_fault("edit",
                  "%s: the mail server did not take the edits; the message is recorded, and "
                  "its sender will try again",
                  queue_id(intake));
    else if (decision->verdict != DECISION_PASS)
        log_not_taken(intake, decision);
    if (decision->verdict == DECISION_WAIT && intake->second_door)
        log_fault("second door", "%s", decision->reply);
    intake_drop(intake);
}
