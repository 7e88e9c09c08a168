/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table event. Knows no kind: whoever does something names it. The thread that holds the
 * store.
 */
#include "db/event.h"

#include "db/stmt.h"

enum { ADD, HAS, LIST, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [ADD] = "INSERT INTO event (at, kind, ticket, department_id, message, actor, detail) "
            "VALUES (:at, :kind, :ticket, :department, :message, :actor, :detail)",
    [HAS] = "SELECT EXISTS (SELECT 1 FROM event WHERE ticket = :ticket AND at >= :since "
            "AND kind = :kind AND message IS :message)",
    [LIST] = "SELECT at, kind, ticket, department_id, message, actor, detail FROM event "
             "WHERE ticket = :ticket ORDER BY at, id",
};

const struct stmt_table event_sql = {STMT_EVENT, STATEMENTS, statements};

struct event *event_new(const char *kind, const char *actor, const char *detail)
{
    struct event *event = g_new0(struct event, 1);

    event->kind = g_strdup(kind);
    event->actor = g_strdup(actor);
    event->detail = g_strdup(detail);
    return event;
}

void event_free(struct event *event)
{
    if (event == NULL)
        return;
    g_free(event->kind);
    g_free(event->actor);
    g_free(event->detail);
    g_free(event);
}

static void *read_event(struct stmt *row)
{
    struct event *event = event_new(stmt_text(row, 1), stmt_text(row, 5), stmt_text(row, 6));

    event->at = stmt_int(row, 0);
    event->ticket = stmt_int(row, 2);
    event->department_id = stmt_int(row, 3);
    event->message = stmt_int(row, 4);
    return event;
}

bool event_add(struct store *store, const struct event *event, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &event_sql, ADD);

    stmt_bind_int(add, ":at", event->at);
    stmt_bind_text(add, ":kind", event->kind);
    stmt_bind_id(add, ":ticket", event->ticket);
    stmt_bind_id(add, ":department", event->department_id);
    stmt_bind_id(add, ":message", event->message);
    stmt_bind_text(add, ":actor", event->actor);
    stmt_bind_text(add, ":detail", event->detail);
    if (stmt_run(add, error))
        return true;
    g_prefix_error(error, "event %s: ", event->kind);
    return false;
}

bool event_has(struct store *store, int64_t ticket, const char *kind, int64_t message,
               int64_t since, bool *has, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &event_sql, HAS);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":kind", kind);
    stmt_bind_id(query, ":message", message);
    stmt_bind_int(query, ":since", since);
    return stmt_is_true(query, has, error);
}

GPtrArray *event_list(struct store *store, int64_t ticket, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &event_sql, LIST);

    stmt_bind_int(list, ":ticket", ticket);
    return stmt_collect(list, read_event, (GDestroyNotify)event_free, error);
}
