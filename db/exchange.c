/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the table message for those who ask how a ticket stands. Decides who wrote what to whom,
 * nothing of what they may be told. The thread that holds the store.
 */
#include "db/exchange.h"

#include "db/stmt.h"

enum { LAST, HAS_ANSWER, STATEMENTS };

/* The ticket and all that became part of it, by however many steps. */
#define PARTS                                                                                      \
    "WITH RECURSIVE part (number) AS (SELECT :ticket UNION SELECT ticket.number FROM ticket "      \
    "JOIN part ON ticket.merged_into = part.number) "

/* An answer went to whom it was handed to, and to whom its author's own server had sent it. */
#define WENT_TO_PERSON                                                                             \
    "(kind = 'answer' AND (EXISTS (SELECT 1 FROM copy WHERE copy.message = message.number "        \
    "AND copy.address = :person AND copy.operator_id IS NULL) "                                    \
    "OR number IN (SELECT message FROM event WHERE event.ticket IN part AND kind = 'direct' "      \
    "AND detail = :person)))"

#define COLUMNS "SELECT at, kind, author, subject, proof IS NOT NULL FROM message "
#define NEWEST " ORDER BY number DESC LIMIT :most"

static const char *const statements[STATEMENTS] = {
    [LAST] = PARTS COLUMNS "WHERE ticket IN part AND ((kind IN ('request', 'followup') "
                           "AND author = :person) OR " WENT_TO_PERSON ")" NEWEST,
    [HAS_ANSWER] =
        PARTS "SELECT EXISTS (SELECT 1 FROM message WHERE ticket IN part AND " WENT_TO_PERSON ")",
};

const struct stmt_table exchange_sql = {STMT_EXCHANGE, STATEMENTS, statements};

void exchange_line_free(struct exchange_line *line)
{
    if (line == NULL)
        return;
    g_free(line->kind);
    g_free(line->author);
    g_free(line->subject);
    g_free(line);
}

static void *read_line(struct stmt *row)
{
    struct exchange_line *line = g_new0(struct exchange_line, 1);

    line->at = stmt_int(row, 0);
    line->kind = stmt_copy(row, 1);
    line->author = stmt_copy(row, 2);
    line->subject = stmt_copy(row, 3);
    line->is_proven = stmt_int(row, 4) != 0;
    return line;
}

GPtrArray *exchange_last(struct store *store, int64_t ticket, const char *person, int64_t most,
                         GError **error)
{
    AUTO(stmt) query = stmt_use(store, &exchange_sql, LAST);
    GPtrArray *lines;

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":person", person);
    stmt_bind_int(query, ":most", most);
    lines = stmt_collect(query, read_line, (GDestroyNotify)exchange_line_free, error);
    for (guint i = 0; lines != NULL && i < lines->len / 2; i++) {
        gpointer line = lines->pdata[i];

        lines->pdata[i] = lines->pdata[lines->len - 1 - i];
        lines->pdata[lines->len - 1 - i] = line;
    }
    return lines;
}

bool exchange_has_answer(struct store *store, int64_t ticket, const char *person, bool *has,
                         GError **error)
{
    AUTO(stmt) query = stmt_use(store, &exchange_sql, HAS_ANSWER);

    stmt_bind_int(query, ":ticket", ticket);
    stmt_bind_text(query, ":person", person);
    return stmt_is_true(query, has, error);
}
