/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The courier's thread. What a mail's answer is, is one thing: each recipient's state, through the
 * journal. What ails the connection is another: all mail waits, and none is blamed; but a mail
 * within which the connection ends twice goes behind the others. The outbox is read with a
 * connection to the database of its own, since reading never waits for the writer.
 *
 * The lock is a pthread_mutex_t, since the thread sanitizer does not understand GLib's.
 */
#include "milter/courier.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "db/error.h"
#include "db/outbox.h"
#include "db/value.h"
#include "milter/attempt.h"
#include "milter/log.h"
#include "milter/outcome.h"
#include "milter/smtp.h"

/* How often it looks whether another process has written, and whether its file is still there. */
#define LOOK_US G_USEC_PER_SEC

/* A connection that nobody needs for so long is closed. */
#define IDLE_US (10 * G_USEC_PER_SEC)

/* How long the end may take: for an answer that is about to come, for a mark that can't be made. */
#define GRACE_US (5 * G_USEC_PER_SEC)

/* For a mail that the server puts off; and for all mail while there is no server. */
static const struct attempt_pace mail_pace_ms = {60 * 1000, 4 * 60 * 60 * 1000};
static const struct attempt_pace pause_us = {5 * G_USEC_PER_SEC, 300 * (int64_t)G_USEC_PER_SEC};

struct courier {
    const struct conf *conf;
    struct journal *journal;
    GThread *thread;
    struct smtp *smtp;

    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_woken; /* under the lock, as are the next three */
    bool is_stopping;
    bool has_stopped;
    int64_t stop_us; /* when it was told to */

    /* The thread's own. */
    struct store *store;     /* NULL: to be opened */
    int64_t paused_until_us; /* no connection before then */
    int64_t troubles;        /* without success since */
    int64_t broken_mail;     /* within which the connection ended last; 0: none */
    int64_t used_us;         /* when the connection was needed last */
};

static int64_t now_ms(void)
{
    return g_get_real_time() / 1000;
}

static bool is_stopping(struct courier *courier)
{
    bool is;

    pthread_mutex_lock(&courier->lock);
    is = courier->is_stopping;
    pthread_mutex_unlock(&courier->lock);
    return is;
}

/* Told to stop, and so long ago that nothing more is waited for. */
static bool is_late(struct courier *courier)
{
    bool is;

    pthread_mutex_lock(&courier->lock);
    is = courier->is_stopping && g_get_monotonic_time() - courier->stop_us > GRACE_US;
    pthread_mutex_unlock(&courier->lock);
    return is;
}

/* Until something changes, under the lock; false: that long nothing did. */
static bool wait_for_change(struct courier *courier, int64_t until_us)
{
    struct timespec end = {.tv_sec = until_us / G_USEC_PER_SEC,
                           .tv_nsec = until_us % G_USEC_PER_SEC * 1000};

    return pthread_cond_timedwait(&courier->changed, &courier->lock, &end) != ETIMEDOUT;
}

/* Sleeps that long, or until there is something new. */
static void rest(struct courier *courier, int64_t wait_us)
{
    int64_t until = g_get_monotonic_time() + wait_us;

    pthread_mutex_lock(&courier->lock);
    while (wait_us > 0 && !courier->is_woken && !courier->is_stopping &&
           wait_for_change(courier, until))
        continue;
    courier->is_woken = false;
    pthread_mutex_unlock(&courier->lock);
}

/* Logs and records what became of recipients, however long it takes: who has a mail and is not
 * marked so would get it again. False: it was told to stop, and could not. */
static bool settle(struct courier *courier, struct outcome *outcome)
{
    outcome->now = now_ms();
    outcome_log(outcome);
    for (;;) {
        g_autoptr(GError) error = NULL;

        if (journal_run(courier->journal, outcome_write, outcome, &error))
            return true;
        log_fault("outbox",
                  "nothing is sent until it is recorded what became of mail %" G_GINT64_FORMAT
                  ": %s",
                  outcome->due->number, error->message);
        if (is_late(courier)) {
            log_write(LOG_LEVEL_ERROR,
                      "outbox=%" G_GINT64_FORMAT ": it is not recorded that it was %s",
                      outcome->due->number, outcome_word(outcome));
            return false;
        }
        g_usleep(LOOK_US);
    }
}

static bool give_up(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                    const char *why)
{
    struct outcome outcome = {
        .due = due, .begin = begin, .end = end, .fate = OUTCOME_FAILED, .reply = why};

    return settle(courier, &outcome);
}

/* All at the same time, so that they stay one mail. */
static bool put_off(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                    const char *why)
{
    struct outcome outcome = {
        .due = due, .begin = begin, .end = end, .fate = OUTCOME_LATER, .reply = why};
    int64_t tries = 0;

    for (guint i = begin; i < end; i++)
        tries = MAX(tries, outcome_recipient(due, i)->tries);
    outcome.next_at = now_ms() + attempt_back_off(&mail_pace_ms, tries, g_random_double());
    return settle(courier, &outcome);
}

/* No connection for a while. */
static void pause_all(struct courier *courier)
{
    courier->paused_until_us =
        g_get_monotonic_time() + attempt_back_off(&pause_us, courier->troubles, g_random_double());
    courier->troubles++;
}

static void pause_for_server(struct courier *courier, const char *why)
{
    g_autofree char *quoted = log_quoted(why);

    log_fault("mail server", "%s: %s; what is to be sent waits", courier->conf->mail.submit.place,
              quoted);
    pause_all(courier);
}

/* What is being handed over, for those who ask in the meantime. */
struct handover {
    struct courier *courier;
    const struct outbox_due *due;
    GError *error;
};

static gssize read_mail(void *data, int64_t offset, void *buffer, size_t size)
{
    struct handover *handover = data;

    return outbox_read(handover->courier->store, handover->due, offset, buffer, size,
                       &handover->error);
}

static bool is_over(void *data, bool has_ended)
{
    struct courier *courier = ((struct handover *)data)->courier;

    return has_ended ? is_late(courier) : is_stopping(courier);
}

/* *error: the mail's bytes could not be read. */
static void hand_over(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                      struct attempt *attempt, GError **error)
{
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    struct handover handover = {.courier = courier, .due = due};
    struct smtp_mail mail = {.sender = due->sender,
                             .recipients = addresses,
                             .read = read_mail,
                             .is_over = is_over,
                             .data = &handover};

    for (guint i = begin; i < end; i++)
        g_ptr_array_add(addresses, outcome_recipient(due, i)->address);
    smtp_send(courier->smtp, &mail, attempt);
    if (attempt_is_stale(attempt))
        smtp_send(courier->smtp, &mail, attempt);
    courier->used_us = g_get_monotonic_time();
    if (handover.error != NULL)
        g_propagate_error(error, handover.error);
}

/* The connection ended within it. Once, that is the connection's fault. */
static bool blame(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                  const char *why)
{
    bool again = courier->broken_mail == due->number;

    pause_for_server(courier, why);
    courier->broken_mail = again ? 0 : due->number;
    if (again)
        put_off(courier, due, begin, end, why);
    return false;
}

/* The mail server has answered. */
static bool answered(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                     enum attempt_result result, const char *why)
{
    struct outcome sent = {
        .due = due, .begin = begin, .end = end, .fate = OUTCOME_SENT, .reply = why};

    courier->troubles = 0;
    if (courier->broken_mail == due->number)
        courier->broken_mail = 0;
    if (result == ATTEMPT_TAKEN)
        return settle(courier, &sent);
    if (result == ATTEMPT_REFUSED)
        return give_up(courier, due, begin, end, why);
    return put_off(courier, due, begin, end, why);
}

/* The bytes are not there: no other time will be better. Or can't be read now. */
static bool unread(struct courier *courier, const struct outbox_due *due, guint begin, guint end,
                   const GError *error)
{
    if (error->code == ERROR_NOT_FOUND)
        return give_up(courier, due, begin, end, error->message);
    log_fault("outbox", "mail %" G_GINT64_FORMAT " can't be read: %s", due->number, error->message);
    pause_all(courier);
    return false;
}

/* Hands the mail over to recipients begin to end - 1. Where one may be the reason that all were
 * refused, it is done for one half after the other, until each has an answer of its own. False:
 * no more for now. */
static bool deliver(struct courier *courier, const struct outbox_due *due, guint begin, guint end)
{
    struct attempt attempt = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *why = NULL;
    enum attempt_result result;
    bool is_cut, is_split;

    hand_over(courier, due, begin, end, &attempt, &error);
    result = attempt_judge(&attempt);
    is_split = attempt_is_early(&attempt) && end - begin > 1;
    is_cut = attempt.is_cut;
    why = attempt_why(&attempt);
    attempt_clear(&attempt);
    if (error != NULL)
        return unread(courier, due, begin, end, error);
    if (is_split) {
        guint middle = begin + (end - begin) / 2;

        return deliver(courier, due, begin, middle) && deliver(courier, due, middle, end);
    }
    if (result != ATTEMPT_BROKEN && result != ATTEMPT_UNREACHABLE)
        return answered(courier, due, begin, end, result, why);
    if (is_cut)
        return false;
    if (result == ATTEMPT_BROKEN)
        return blame(courier, due, begin, end, why);
    pause_for_server(courier, why);
    return false;
}

/* Of its own accord no address has a control; one that has could say more than RCPT. */
static bool is_sendable(const char *address)
{
    for (const char *c = address; *c != '\0'; c++)
        if (g_ascii_iscntrl(*c))
            return false;
    return true;
}

/* Those to whom nothing can be sent at all are given up, and are no recipients any more. */
static bool sort_out(struct courier *courier, struct outbox_due *due)
{
    bool has_sender = is_sendable(due->sender);

    for (guint i = 0; i < due->recipients->len;) {
        const char *address = outcome_recipient(due, i)->address;

        if (has_sender && *address != '\0' && is_sendable(address)) {
            i++;
            continue;
        }
        if (!give_up(courier, due, i, i + 1, "no mail can be sent with such an address"))
            return false;
        g_ptr_array_remove_index(due->recipients, i);
    }
    return true;
}

static bool is_expired(const struct courier *courier, const struct outbox_due *due)
{
    return due->at + courier->conf->mail.notice_lifetime <= now_ms();
}

/* Each with what was said last. */
static bool expire(struct courier *courier, const struct outbox_due *due)
{
    g_autofree char *lifetime = value_write_time(courier->conf->mail.notice_lifetime);

    for (guint i = 0; i < due->recipients->len; i++) {
        const char *reply = outcome_recipient(due, i)->reply;
        g_autofree char *why = g_strdup_printf("not taken within %s%s%s", lifetime,
                                               reply != NULL ? ": " : "", reply ? reply : "");

        if (!give_up(courier, due, i, i + 1, why))
            return false;
    }
    return true;
}

/* How long to wait before the next look. */
static int64_t attend_to(struct courier *courier, struct outbox_due *due)
{
    int64_t pause = courier->paused_until_us - g_get_monotonic_time();

    if (is_expired(courier, due))
        expire(courier, due);
    else if (pause > 0)
        return MIN(pause, LOOK_US);
    else if (due->size == 0)
        give_up(courier, due, 0, due->recipients->len, "its bytes are not there any more");
    else if (sort_out(courier, due) && due->recipients->len > 0)
        deliver(courier, due, 0, due->recipients->len);
    return 0;
}

static void hang_up_when_idle(struct courier *courier)
{
    if (smtp_is_connected(courier->smtp) && g_get_monotonic_time() - courier->used_us >= IDLE_US)
        smtp_hang_up(courier->smtp);
}

/* A database that was moved away or replaced is opened anew. */
static bool reopen(struct courier *courier, GError **error)
{
    if (courier->store != NULL && store_is_current(courier->store))
        return true;
    g_clear_pointer(&courier->store, store_close);
    courier->store = store_open(courier->conf->archive.database, STORE_READ, error);
    return courier->store != NULL;
}

/* Does what is to be done next; how long nothing will be. */
static int64_t look(struct courier *courier)
{
    g_autoptr(GError) error = NULL;
    AUTO(outbox_due) due = NULL;
    int64_t now = now_ms(), next = 0;

    hang_up_when_idle(courier);
    if (!reopen(courier, &error) || !outbox_find_due(courier->store, now, &due, &next, &error)) {
        log_fault("outbox", "it can't be read: %s", error->message);
        return LOOK_US;
    }
    if (due != NULL)
        return attend_to(courier, due);
    return next == 0 ? LOOK_US : CLAMP((next - now) * 1000, 0, LOOK_US);
}

static void *carry(void *data)
{
    struct courier *courier = data;

    while (!is_stopping(courier))
        rest(courier, look(courier));
    smtp_hang_up(courier->smtp);
    g_clear_pointer(&courier->store, store_close);
    pthread_mutex_lock(&courier->lock);
    courier->has_stopped = true;
    pthread_cond_broadcast(&courier->changed);
    pthread_mutex_unlock(&courier->lock);
    return NULL;
}

/* It inherits the mask, as do threads of libcurl: signals are for the thread that waits for them.
 */
static bool start(struct courier *courier, GError **error)
{
    g_autoptr(GError) problem = NULL;
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    courier->thread = g_thread_try_new("courier", carry, courier, &problem);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return courier->thread != NULL ||
           error_set(error, ERROR_TEMPORARY, "courier: %s", problem->message);
}

static void free_courier(struct courier *courier)
{
    smtp_free(courier->smtp);
    pthread_cond_destroy(&courier->changed);
    pthread_mutex_destroy(&courier->lock);
    g_free(courier);
}

void courier_init(void)
{
    smtp_init();
}

bool courier_check(const struct conf *conf, GError **error)
{
    const char *file = conf->mail.submit_ca_file;

    return file == NULL || access(file, R_OK) == 0 ||
           error_set(error, ERROR_CONFIG, "[mail] submit_ca_file: %s: %s", file, g_strerror(errno));
}

struct courier *courier_open(const struct conf *conf, struct journal *journal, GError **error)
{
    struct courier *courier = g_new0(struct courier, 1);
    pthread_condattr_t clock;

    courier->conf = conf;
    courier->journal = journal;
    courier->smtp = smtp_new(&conf->mail.submit, conf->mail.submit_ca_file);
    pthread_mutex_init(&courier->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&courier->changed, &clock);
    pthread_condattr_destroy(&clock);
    if (!start(courier, error))
        g_clear_pointer(&courier, free_courier);
    return courier;
}

void courier_close(struct courier *courier)
{
    if (courier == NULL)
        return;
    pthread_mutex_lock(&courier->lock);
    courier->is_stopping = true;
    courier->stop_us = g_get_monotonic_time();
    pthread_cond_broadcast(&courier->changed);
    while (!courier->has_stopped && wait_for_change(courier, courier->stop_us + GRACE_US))
        continue;
    pthread_mutex_unlock(&courier->lock);
    smtp_cut(courier->smtp);
    g_thread_join(courier->thread);
    free_courier(courier);
}

void courier_wake(struct courier *courier)
{
    pthread_mutex_lock(&courier->lock);
    courier->is_woken = true;
    pthread_cond_broadcast(&courier->changed);
    pthread_mutex_unlock(&courier->lock);
}
