/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outcome_write() runs in the journal's thread, while the one that owns the outcome waits for it.
 */
#include "milter/outcome.h"

#include "db/error.h"
#include "db/event.h"
#include "milter/log.h"

/* Bytes of recipients in one line of the log, or a little more. */
#define LOG_TO_MAX 2000

static const char *const words[] = {
    [OUTCOME_SENT] = "sent", [OUTCOME_LATER] = "deferred", [OUTCOME_FAILED] = "failed"};

const struct outbox_recipient *outcome_recipient(const struct outbox_due *due, guint i)
{
    return due->recipients->pdata[i];
}

const char *outcome_word(const struct outcome *outcome)
{
    return words[outcome->fate];
}

static bool mark(struct store *store, const struct outcome *outcome, const char *address,
                 GError **error)
{
    int64_t number = outcome->due->number;

    switch (outcome->fate) {
    case OUTCOME_SENT:
        return outbox_mark_sent(store, number, address, outcome->now, error);
    case OUTCOME_LATER:
        return outbox_mark_later(store, number, address, outcome->next_at, outcome->reply, error);
    case OUTCOME_FAILED:
        break;
    }
    return outbox_mark_failed(store, number, address, outcome->now, outcome->reply, error);
}

static bool add_event(struct store *store, const struct outcome *outcome, const char *address,
                      GError **error)
{
    g_autofree char *detail =
        g_strdup_printf("%s %s: %s", outcome->due->kind, address, outcome->reply);
    AUTO(event) event = event_new("undeliverable", NULL, detail);

    event->at = outcome->now;
    event->ticket = outcome->due->ticket;
    event->message = outcome->due->message;
    return event_add(store, event, error);
}

static bool write_one(struct store *store, const struct outcome *outcome, const char *address,
                      GError **error)
{
    GError *why = NULL;

    if (mark(store, outcome, address, &why))
        return outcome->fate != OUTCOME_FAILED || add_event(store, outcome, address, error);
    if (why->code == ERROR_NOT_FOUND) {
        g_error_free(why);
        return true;
    }
    g_propagate_error(error, why);
    return false;
}

bool outcome_write(struct store *store, void *data, GError **error)
{
    const struct outcome *outcome = data;

    for (guint i = outcome->begin; i < outcome->end; i++)
        if (!write_one(store, outcome, outcome_recipient(outcome->due, i)->address, error))
            return false;
    return true;
}

void outcome_log(const struct outcome *outcome)
{
    const struct outbox_due *due = outcome->due;
    g_autoptr(GString) to = g_string_new(NULL);
    g_autofree char *reply = log_quoted(outcome->reply);
    g_autofree char *ticket =
        due->ticket != 0 ? g_strdup_printf(" ticket=%" G_GINT64_FORMAT, due->ticket) : g_strdup("");
    guint i = outcome->begin;

    for (; i < outcome->end && to->len < LOG_TO_MAX; i++) {
        g_autofree char *address = log_quoted(outcome_recipient(due, i)->address);

        g_string_append_printf(to, "%s<%s>", i > outcome->begin ? "," : "", address);
    }
    if (i < outcome->end)
        g_string_append_printf(to, " and %u more", outcome->end - i);
    log_write(LOG_LEVEL_INFO, "outbox=%" G_GINT64_FORMAT " kind=%s%s to=%s %s%s%s", due->number,
              due->kind, ticket, to->str, outcome_word(outcome),
              outcome->reply != NULL ? " reply=" : "", reply);
}
