/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Comes by all open tickets of the site, and so takes the longer the more are open; closed ones
 * cost nothing. The thread that holds the store.
 */
#include "db/worklist.h"

#include "db/stmt.h"

/* INDEXED BY: else it would come by all that ever were somebody's. */
#define LIST(condition)                                                                            \
    "SELECT number, count(*) OVER () FROM ticket INDEXED BY ticket_open WHERE state = 'open' "     \
    "AND " condition                                                                               \
    " AND EXISTS (SELECT 1 FROM membership WHERE operator_id = :operator AND left_at IS NULL "     \
    "AND (membership.department_id = ticket.department_id OR membership.department_id IN "         \
    "(SELECT further.department_id FROM ticket_department AS further "                             \
    "WHERE further.ticket = ticket.number))) AND NOT EXISTS (SELECT 1 FROM operator_address "      \
    "WHERE operator_id = :operator AND address = ticket.requester) ORDER BY waiting_since, "       \
    "number LIMIT :most"

static const char *const statements[] = {
    [WORKLIST_MINE] = LIST("assignee_id = :operator"),
    [WORKLIST_NOBODYS] = LIST("assignee_id IS NULL"),
    [WORKLIST_OTHERS] = LIST("assignee_id <> :operator AND waiting = 'us'"),
};

const struct stmt_table worklist_sql = {STMT_WORKLIST, G_N_ELEMENTS(statements), statements};

GArray *worklist_find(struct store *store, enum worklist which, int64_t operator_id, int64_t most,
                      int64_t *total, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &worklist_sql, (int)which);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool row = false;

    *total = 0;
    stmt_bind_int(query, ":operator", operator_id);
    stmt_bind_int(query, ":most", most);
    while (stmt_step(query, &row, error)) {
        int64_t number = row ? stmt_int(query, 0) : 0;

        if (!row)
            return g_steal_pointer(&numbers);
        g_array_append_val(numbers, number);
        *total = stmt_int(query, 1);
    }
    return NULL;
}
