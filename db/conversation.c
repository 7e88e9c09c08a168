/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads both ends of a conversation. Which of the numbers are wanted is found out by indexes alone,
 * so that a ticket with very many messages costs little more than counting them. The thread that
 * holds the store.
 */
#include "db/conversation.h"

#include "db/event.h"
#include "db/message.h"
#include "db/stmt.h"

enum { MESSAGES, COUNT_MESSAGES, EVENTS, COUNT_EVENTS, HAS_BEFORE, STATEMENTS };

/* The ticket, and what was merged into it by however many steps. */
#define PARTS                                                                                      \
    "WITH RECURSIVE part (number) AS (VALUES (:ticket), (:also) UNION "                            \
    "SELECT ticket.number FROM part JOIN ticket ON ticket.merged_into = part.number) "

#define OF_PARTS(table) "FROM " table " JOIN part ON " table ".ticket = part.number "

/* Of what those in order give the first and the last. */
#define ENDS(id, table, order, reverse)                                                            \
    "WHERE " id " IN (SELECT * FROM (SELECT " table "." id                                         \
    " " OF_PARTS(table) "ORDER BY " order " LIMIT :most) UNION SELECT * FROM (SELECT " table       \
                        "." id " " OF_PARTS(table) "ORDER BY " reverse                             \
                                                   " LIMIT :most)) ORDER BY " order

static const char *const statements[STATEMENTS] = {
    [MESSAGES] = PARTS "SELECT number, ticket, kind, at, sender, author, author_name, operator_id, "
                       "subject, message_id, size FROM message " ENDS(
                           "number", "message", "message.number", "message.number DESC"),
    [COUNT_MESSAGES] = PARTS "SELECT count(*) " OF_PARTS("message"),
    [EVENTS] = PARTS
    "SELECT at, kind, ticket, department_id, message, actor, detail "
    "FROM event " ENDS("id", "event", "event.at, event.id", "event.at DESC, event.id DESC"),
    [COUNT_EVENTS] = PARTS "SELECT count(*) " OF_PARTS("event"),
    [HAS_BEFORE] =
        PARTS "SELECT EXISTS (SELECT 1 " OF_PARTS("message") "WHERE message.number < :message)",
};

const struct stmt_table conversation_sql = {STMT_CONVERSATION, STATEMENTS, statements};

static void *read_message(struct stmt *row)
{
    struct message *message = message_new();

    message->number = stmt_int(row, 0);
    message->ticket = stmt_int(row, 1);
    message->kind = stmt_copy(row, 2);
    message->at = stmt_int(row, 3);
    message->sender = stmt_copy(row, 4);
    message->author = stmt_copy(row, 5);
    message->author_name = stmt_copy(row, 6);
    message->operator_id = stmt_int(row, 7);
    message->subject = stmt_copy(row, 8);
    message->message_id = stmt_copy(row, 9);
    message->size_bytes = stmt_int(row, 10);
    message->text = g_strdup("");
    return message;
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

static struct stmt *ask(struct store *store, int number, int64_t ticket, int64_t also)
{
    struct stmt *query = stmt_use(store, &conversation_sql, number);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_int(query, ":also", also); /* 0 is no ticket's number */
    return query;
}

static bool count(struct store *store, int number, int64_t ticket, int64_t also, int64_t *out,
                  GError **error)
{
    AUTO(stmt) query = ask(store, number, ticket, also);

    return stmt_number(query, out, error);
}

bool conversation_read(struct store *store, int64_t ticket, int64_t also, int64_t most,
                       struct conversation **out, GError **error)
{
    AUTO(conversation) read = g_new0(struct conversation, 1);
    AUTO(stmt) messages = ask(store, MESSAGES, ticket, also);
    AUTO(stmt) events = ask(store, EVENTS, ticket, also);

    *out = NULL;
    stmt_bind_int(messages, ":most", most);
    stmt_bind_int(events, ":most", most);
    read->messages = stmt_collect(messages, read_message, (GDestroyNotify)message_free, error);
    if (read->messages == NULL)
        return false;
    read->events = stmt_collect(events, read_event, (GDestroyNotify)event_free, error);
    if (read->events == NULL ||
        !count(store, COUNT_MESSAGES, ticket, also, &read->message_count, error) ||
        !count(store, COUNT_EVENTS, ticket, also, &read->event_count, error))
        return false;
    *out = g_steal_pointer(&read);
    return true;
}

void conversation_free(struct conversation *conversation)
{
    if (conversation == NULL)
        return;
    if (conversation->messages != NULL)
        g_ptr_array_unref(conversation->messages);
    if (conversation->events != NULL)
        g_ptr_array_unref(conversation->events);
    g_free(conversation);
}

bool conversation_has_before(struct store *store, int64_t ticket, int64_t message, bool *has,
                             GError **error)
{
    AUTO(stmt) query = ask(store, HAS_BEFORE, ticket, 0);

    stmt_bind_int(query, ":message", message);
    return stmt_is_true(query, has, error);
}
