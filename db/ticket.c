/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables ticket, ticket_department and correspondent. Decides what a ticket looks like in
 * the record, nothing of what becomes of it. The thread that holds the store.
 */
#include "db/ticket.h"

#include <string.h>

#include "db/error.h"
#include "db/stmt.h"

enum {
    FIND,
    DEPARTMENTS,
    CORRESPONDENTS,
    HAS_SPAMMER,
    FIND_MESSAGE_ID,
    ADD_FOREIGN_TAG,
    FIND_FOREIGN_TAG,
    LEADS_TO,
    CONTINUE,
    NEXT_NUMBER,
    ADD,
    UPDATE,
    ADD_DEPARTMENT,
    DROP_DEPARTMENT,
    ADD_CORRESPONDENT,
    DROP_CORRESPONDENT,
    LIST_OF_REQUESTER,
    LIST_OF_ASSIGNEE,
    LIST_OPEN_OF_DEPARTMENT,
    LIST_OPEN,
    LIST_ALL,
    STATEMENTS
};

/* What a list asks for is tested on every ticket that its statement comes by; the five statements
 * differ in the index by which they come by tickets. */
#define LIST(coming_by)                                                                            \
    "SELECT number FROM ticket WHERE " coming_by                                                   \
    " AND (:department IS NULL OR department_id = :department OR EXISTS "                          \
    "(SELECT 1 FROM ticket_department AS further WHERE further.ticket = ticket.number "            \
    "AND further.department_id = :department)) "                                                   \
    "AND (:state IS NULL OR state = :state) "                                                      \
    "AND (:waiting IS NULL OR (state = 'open' AND waiting = :waiting)) "                           \
    "AND (:before IS NULL OR (state = 'open' AND waiting_since < :before)) "                       \
    "AND (:assignee IS NULL OR assignee_id = :assignee) "                                          \
    "AND (:nobody = 0 OR assignee_id IS NULL) "                                                    \
    "AND (:requester IS NULL OR requester = :requester) "                                          \
    "AND (:since IS NULL OR updated_at >= :since) "                                                \
    "ORDER BY state = 'closed', "                                                                  \
    "CASE state WHEN 'open' THEN waiting_since ELSE -updated_at END, number"

static const char *const statements[STATEMENTS] = {
    [FIND] = "SELECT ticket.number, state = 'open', waiting = 'us', waiting_since, "
             "department_id, department.name, requester, requester_name, "
             "assignee_id, operator.address, subject, opened_at, updated_at, closed_at, "
             "(SELECT count(*) FROM message WHERE message.ticket = ticket.number), "
             "merged_into, is_spam "
             "FROM ticket JOIN department ON department.id = ticket.department_id "
             "LEFT JOIN operator ON operator.id = ticket.assignee_id WHERE ticket.number = :number",
    [DEPARTMENTS] =
        "SELECT department.id, department.name FROM ticket_department "
        "JOIN department ON department.id = ticket_department.department_id "
        "WHERE ticket_department.ticket = :number ORDER BY department.name COLLATE NOCASE",
    [CORRESPONDENTS] =
        "SELECT address, name FROM correspondent WHERE ticket = :number ORDER BY address",
    [HAS_SPAMMER] = "SELECT count(*) FROM ticket WHERE requester = :requester AND is_spam = 1",
    [FIND_MESSAGE_ID] = "SELECT min(ticket) FROM (SELECT ticket, message_id FROM message UNION ALL "
                        "SELECT ticket, message_id FROM outbox) WHERE message_id = :message_id "
                        "AND ticket > :after",
    [LEADS_TO] = "SELECT merged_into, continued_in, state = 'open' FROM ticket "
                 "WHERE number = :number",
    [CONTINUE] = "UPDATE ticket SET continued_in = :continued WHERE number = :number",
    [ADD_FOREIGN_TAG] = "INSERT INTO foreign_tag (domain, tag, ticket) "
                        "VALUES (:domain, :tag, :number) ON CONFLICT DO NOTHING",
    [FIND_FOREIGN_TAG] =
        "SELECT coalesce(max(target.number), 0) FROM foreign_tag "
        "JOIN ticket AS bearer ON bearer.number = foreign_tag.ticket "
        "JOIN ticket AS target ON target.number = coalesce(bearer.merged_into, bearer.number) "
        "WHERE domain = :domain AND tag = :tag AND target.state = 'open'",
    [NEXT_NUMBER] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'ticket'), 0) "
                    "+ 1",
    [ADD] = "INSERT INTO ticket (number, department_id, state, waiting, waiting_since, requester, "
            "requester_name, assignee_id, subject, opened_at, updated_at, closed_at) "
            "VALUES (:number, :department, :state, :waiting, :waiting_since, :requester, "
            ":requester_name, :assignee, :subject, :opened_at, :updated_at, :closed_at)",
    [UPDATE] = "UPDATE ticket SET department_id = :department, state = :state, "
               "waiting = :waiting, waiting_since = :waiting_since, requester = :requester, "
               "requester_name = :requester_name, assignee_id = :assignee, "
               "updated_at = :updated_at, closed_at = :closed_at, "
               "merged_into = :merged_into, is_spam = :is_spam WHERE number = :number",
    [ADD_DEPARTMENT] = "INSERT INTO ticket_department (ticket, department_id) "
                       "VALUES (:number, :department) ON CONFLICT (ticket, department_id) "
                       "DO NOTHING",
    [DROP_DEPARTMENT] = "DELETE FROM ticket_department "
                        "WHERE ticket = :number AND department_id = :department",
    [ADD_CORRESPONDENT] = "INSERT INTO correspondent (ticket, address, name) "
                          "VALUES (:number, :address, :name) ON CONFLICT (ticket, address) "
                          "DO NOTHING",
    [DROP_CORRESPONDENT] = "DELETE FROM correspondent "
                           "WHERE ticket = :number AND address = :address",
    [LIST_OF_REQUESTER] = LIST("requester = :requester"),
    [LIST_OF_ASSIGNEE] = LIST("assignee_id = :assignee"),
    [LIST_OPEN_OF_DEPARTMENT] =
        LIST("state = 'open' AND number IN (SELECT number FROM ticket WHERE state = 'open' "
             "AND department_id = :department UNION SELECT ticket FROM ticket_department "
             "WHERE department_id = :department)"),
    [LIST_OPEN] = LIST("state = 'open'"),
    [LIST_ALL] = LIST("true"),
};

const struct stmt_table ticket_sql = {STMT_TICKET, STATEMENTS, statements};

struct correspondent *correspondent_new(const char *address, const char *name)
{
    struct correspondent *correspondent = g_new0(struct correspondent, 1);

    correspondent->address = g_strdup(address);
    correspondent->name = g_strdup(name);
    return correspondent;
}

void correspondent_free(struct correspondent *correspondent)
{
    if (correspondent == NULL)
        return;
    g_free(correspondent->address);
    g_free(correspondent->name);
    g_free(correspondent);
}

struct ticket_department *ticket_department_new(int64_t id, const char *name)
{
    struct ticket_department *department = g_new0(struct ticket_department, 1);

    department->id = id;
    department->name = g_strdup(name);
    return department;
}

void ticket_department_free(struct ticket_department *department)
{
    if (department == NULL)
        return;
    g_free(department->name);
    g_free(department);
}

struct ticket *ticket_new(void)
{
    struct ticket *ticket = g_new0(struct ticket, 1);

    ticket->open = true;
    ticket->waiting_for_us = true;
    ticket->departments = g_ptr_array_new_with_free_func((GDestroyNotify)ticket_department_free);
    ticket->correspondents = g_ptr_array_new_with_free_func((GDestroyNotify)correspondent_free);
    return ticket;
}

void ticket_free(struct ticket *ticket)
{
    if (ticket == NULL)
        return;
    g_ptr_array_unref(ticket->departments);
    g_ptr_array_unref(ticket->correspondents);
    g_free(ticket->requester);
    g_free(ticket->requester_name);
    g_free(ticket->assignee);
    g_free(ticket->subject);
    g_free(ticket);
}

bool ticket_has_department(const struct ticket *ticket, int64_t department_id)
{
    for (guint i = 0; i < ticket->departments->len; i++)
        if (((const struct ticket_department *)ticket->departments->pdata[i])->id == department_id)
            return true;
    return false;
}

bool ticket_has_person(const struct ticket *ticket, const char *address)
{
    if (g_strcmp0(ticket->requester, address) == 0)
        return address != NULL;
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *correspondent = ticket->correspondents->pdata[i];

        if (g_strcmp0(correspondent->address, address) == 0)
            return true;
    }
    return false;
}

static struct ticket *read_ticket(struct stmt *row)
{
    struct ticket *ticket = ticket_new();

    ticket->number = stmt_int(row, 0);
    ticket->open = stmt_int(row, 1) == 1;
    ticket->waiting_for_us = stmt_int(row, 2) == 1;
    ticket->waiting_since = stmt_int(row, 3);
    g_ptr_array_add(ticket->departments,
                    ticket_department_new(stmt_int(row, 4), stmt_text(row, 5)));
    ticket->requester = stmt_copy(row, 6);
    ticket->requester_name = stmt_copy(row, 7);
    ticket->assignee_id = stmt_int(row, 8);
    ticket->assignee = stmt_copy(row, 9);
    ticket->subject = stmt_copy(row, 10);
    ticket->opened_at = stmt_int(row, 11);
    ticket->updated_at = stmt_int(row, 12);
    ticket->closed_at = stmt_int(row, 13);
    ticket->messages = stmt_int(row, 14);
    ticket->merged_into = stmt_int(row, 15);
    ticket->is_spam = stmt_int(row, 16) != 0;
    return ticket;
}

static bool read_departments(struct store *store, struct ticket *ticket, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &ticket_sql, DEPARTMENTS);
    bool row = false;

    stmt_bind_int(list, ":number", ticket->number);
    while (stmt_step(list, &row, error)) {
        if (!row)
            return true;
        g_ptr_array_add(ticket->departments,
                        ticket_department_new(stmt_int(list, 0), stmt_text(list, 1)));
    }
    return false;
}

static void *read_correspondent(struct stmt *row)
{
    return correspondent_new(stmt_text(row, 0), stmt_text(row, 1));
}

static GPtrArray *list_correspondents(struct store *store, int64_t number, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &ticket_sql, CORRESPONDENTS);

    stmt_bind_int(list, ":number", number);
    return stmt_collect(list, read_correspondent, (GDestroyNotify)correspondent_free, error);
}

static bool read_correspondents(struct store *store, struct ticket *ticket, GError **error)
{
    GPtrArray *list = list_correspondents(store, ticket->number, error);

    if (list == NULL)
        return false;
    g_ptr_array_unref(ticket->correspondents);
    ticket->correspondents = list;
    return true;
}

bool ticket_find(struct store *store, int64_t number, struct ticket **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, FIND);
    AUTO(ticket) ticket = NULL;
    bool row = false;

    *out = NULL;
    stmt_bind_int(query, ":number", number);
    if (!stmt_step(query, &row, error))
        return false;
    if (!row)
        return true;
    ticket = read_ticket(query);
    if (!read_departments(store, ticket, error) || !read_correspondents(store, ticket, error))
        return false;
    *out = g_steal_pointer(&ticket);
    return true;
}

bool ticket_has_spammer(struct store *store, const char *requester, bool *has, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, HAS_SPAMMER);

    stmt_bind_text(query, ":requester", requester);
    return stmt_is_true(query, has, error);
}

bool ticket_find_message_id(struct store *store, const char *message_id, int64_t after,
                            int64_t *number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, FIND_MESSAGE_ID);

    stmt_bind_text(query, ":message_id", message_id);
    stmt_bind_int(query, ":after", after);
    return stmt_number(query, number, error);
}

/* More steps than any ticket takes; a ring, which nobody makes, ends too. */
#define STEPS_MAX 100

struct lead {
    int64_t merged_into, continued_in; /* 0: none */
    bool open;
};

static bool find_lead(struct store *store, int64_t number, struct lead *lead, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, LEADS_TO);
    bool row = false;

    *lead = (struct lead){0, 0, false};
    stmt_bind_int(query, ":number", number);
    if (!stmt_step(query, &row, error))
        return false;
    if (row)
        *lead = (struct lead){stmt_int(query, 0), stmt_int(query, 1), stmt_int(query, 2) == 1};
    return true;
}

bool ticket_merged(struct store *store, int64_t number, int64_t *merged, GError **error)
{
    struct lead lead = {number, 0, false};

    *merged = number;
    for (int i = 0; i < STEPS_MAX && lead.merged_into != 0; i++) {
        *merged = lead.merged_into;
        if (!find_lead(store, *merged, &lead, error))
            return false;
    }
    return true;
}

bool ticket_find_live(struct store *store, int64_t number, struct ticket **out, GError **error)
{
    int64_t merged;

    *out = NULL;
    if (!ticket_merged(store, number, &merged, error) || !ticket_find(store, merged, out, error))
        return false;
    /* A ring, which nobody makes, leads nowhere. */
    if (*out != NULL && (*out)->merged_into != 0)
        g_clear_pointer(out, ticket_free);
    return true;
}

bool ticket_current(struct store *store, int64_t number, int64_t *current, GError **error)
{
    struct lead lead = {0, number, false};
    int64_t last = number;

    if (!ticket_merged(store, number, current, error))
        return false;
    for (int i = 0; i < STEPS_MAX && !lead.open && lead.continued_in != 0; i++)
        if (!ticket_merged(store, lead.continued_in, &last, error) ||
            !find_lead(store, last, &lead, error))
            return false;
    if (lead.open)
        *current = last;
    return true;
}

bool ticket_continue(struct store *store, int64_t number, int64_t continued, GError **error)
{
    AUTO(stmt) update = stmt_use(store, &ticket_sql, CONTINUE);

    stmt_bind_int(update, ":number", number);
    stmt_bind_int(update, ":continued", continued);
    return stmt_run(update, error);
}

bool ticket_add_foreign_tag(struct store *store, int64_t number, const char *domain,
                            const char *tag, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &ticket_sql, ADD_FOREIGN_TAG);

    stmt_bind_int(add, ":number", number);
    stmt_bind_text(add, ":domain", domain);
    stmt_bind_text(add, ":tag", tag);
    return stmt_run(add, error);
}

bool ticket_find_foreign_tag(struct store *store, const char *domain, const char *tag,
                             int64_t *number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, FIND_FOREIGN_TAG);

    stmt_bind_text(query, ":domain", domain);
    stmt_bind_text(query, ":tag", tag);
    return stmt_number(query, number, error);
}

bool ticket_next_number(struct store *store, int64_t *number, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, NEXT_NUMBER);

    return stmt_number(query, number, error);
}

/* What ADD and UPDATE have in common. */
static void bind_ticket(struct stmt *stmt, const struct ticket *ticket)
{
    const struct ticket_department *owner;

    g_assert(ticket->number > 0 && ticket->departments->len > 0);
    owner = ticket->departments->pdata[0];
    stmt_bind_int(stmt, ":number", ticket->number);
    stmt_bind_int(stmt, ":department", owner->id);
    stmt_bind_text(stmt, ":state", ticket->open ? "open" : "closed");
    stmt_bind_text(stmt, ":waiting", ticket->waiting_for_us ? "us" : "customer");
    stmt_bind_int(stmt, ":waiting_since", ticket->waiting_since);
    stmt_bind_text(stmt, ":requester", ticket->requester);
    stmt_bind_text(stmt, ":requester_name", ticket->requester_name);
    stmt_bind_id(stmt, ":assignee", ticket->assignee_id);
    stmt_bind_int(stmt, ":updated_at", ticket->updated_at);
    stmt_bind_id(stmt, ":closed_at", ticket->closed_at);
}

static bool add_department(struct store *store, const struct ticket *ticket, int64_t id,
                           GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    AUTO(stmt)
    stmt = stmt_use(store, &ticket_sql, id == owner->id ? DROP_DEPARTMENT : ADD_DEPARTMENT);

    stmt_bind_int(stmt, ":number", ticket->number);
    stmt_bind_int(stmt, ":department", id);
    return stmt_run(stmt, error);
}

static bool add_correspondent(struct store *store, const struct ticket *ticket,
                              const struct correspondent *correspondent, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &ticket_sql, ADD_CORRESPONDENT);

    stmt_bind_int(add, ":number", ticket->number);
    stmt_bind_text(add, ":address", correspondent->address);
    stmt_bind_text(add, ":name", correspondent->name);
    return stmt_run(add, error);
}

static bool is_among(GPtrArray *correspondents, const char *address)
{
    for (guint i = 0; i < correspondents->len; i++)
        if (strcmp(((struct correspondent *)correspondents->pdata[i])->address, address) == 0)
            return true;
    return false;
}

static bool drop_correspondents(struct store *store, const struct ticket *ticket, GError **error)
{
    g_autoptr(GPtrArray) former = list_correspondents(store, ticket->number, error);

    for (guint i = 0; former != NULL && i < former->len; i++) {
        const struct correspondent *person = former->pdata[i];
        AUTO(stmt) drop = stmt_use(store, &ticket_sql, DROP_CORRESPONDENT);

        stmt_bind_int(drop, ":number", ticket->number);
        stmt_bind_text(drop, ":address", person->address);
        if (!is_among(ticket->correspondents, person->address) && !stmt_run(drop, error))
            return false;
    }
    return former != NULL;
}

/* Also takes the owner out of the further departments, where it may have been before. */
static bool write_people(struct store *store, const struct ticket *ticket, GError **error)
{
    for (guint i = 0; i < ticket->departments->len; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];

        if (!add_department(store, ticket, department->id, error))
            return false;
    }
    for (guint i = 0; i < ticket->correspondents->len; i++)
        if (!add_correspondent(store, ticket, ticket->correspondents->pdata[i], error))
            return false;
    return true;
}

static bool prefix_number(const struct ticket *ticket, GError **error)
{
    g_prefix_error(error, "ticket %" G_GINT64_FORMAT ": ", ticket->number);
    return false;
}

bool ticket_add(struct store *store, const struct ticket *ticket, GError **error)
{
    AUTO(stmt) add = stmt_use(store, &ticket_sql, ADD);

    bind_ticket(add, ticket);
    stmt_bind_text(add, ":subject", ticket->subject);
    stmt_bind_int(add, ":opened_at", ticket->opened_at);
    if (!stmt_run(add, error) || !write_people(store, ticket, error))
        return prefix_number(ticket, error);
    return true;
}

bool ticket_update(struct store *store, const struct ticket *ticket, GError **error)
{
    AUTO(stmt) update = stmt_use(store, &ticket_sql, UPDATE);

    bind_ticket(update, ticket);
    stmt_bind_id(update, ":merged_into", ticket->merged_into);
    stmt_bind_int(update, ":is_spam", ticket->is_spam);
    if (!stmt_run(update, error))
        return prefix_number(ticket, error);
    if (stmt_changes(store) == 0)
        return error_set(error, ERROR_NOT_FOUND, "no ticket %" G_GINT64_FORMAT, ticket->number);
    return (drop_correspondents(store, ticket, error) && write_people(store, ticket, error)) ||
           prefix_number(ticket, error);
}

static int choose_list(const struct ticket_filter *filter)
{
    bool open = filter->open == 1 || filter->waiting_for_us >= 0 || filter->waiting_before != 0;

    if (filter->requester != NULL)
        return LIST_OF_REQUESTER;
    if (filter->assignee_id != 0)
        return LIST_OF_ASSIGNEE;
    if (open)
        return filter->department_id != 0 ? LIST_OPEN_OF_DEPARTMENT : LIST_OPEN;
    return LIST_ALL;
}

static void bind_filter(struct stmt *query, const struct ticket_filter *filter)
{
    static const char *const state[] = {NULL, "closed", "open"};
    static const char *const waiting[] = {NULL, "customer", "us"};

    g_assert(filter->open >= -1 && filter->open <= 1);
    g_assert(filter->waiting_for_us >= -1 && filter->waiting_for_us <= 1);
    stmt_bind_id(query, ":department", filter->department_id);
    stmt_bind_text(query, ":state", state[filter->open + 1]);
    stmt_bind_text(query, ":waiting", waiting[filter->waiting_for_us + 1]);
    stmt_bind_id(query, ":before", filter->waiting_before);
    stmt_bind_id(query, ":assignee", filter->assignee_id);
    stmt_bind_int(query, ":nobody", filter->nobody);
    stmt_bind_text(query, ":requester", filter->requester);
    stmt_bind_id(query, ":since", filter->updated_since);
}

static GArray *list_numbers(struct store *store, const struct ticket_filter *filter, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &ticket_sql, choose_list(filter));
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool row = false;

    bind_filter(query, filter);
    while (stmt_step(query, &row, error)) {
        int64_t number = row ? stmt_int(query, 0) : 0;

        if (!row)
            return g_steal_pointer(&numbers);
        g_array_append_val(numbers, number);
    }
    return NULL;
}

/* Only the numbers are kept, so that each may do with the store what it likes. */
bool ticket_list(struct store *store, const struct ticket_filter *filter, ticket_each each,
                 void *data, GError **error)
{
    g_autoptr(GArray) numbers = list_numbers(store, filter, error);

    for (guint i = 0; numbers != NULL && i < numbers->len; i++) {
        AUTO(ticket) ticket = NULL;
        GError *problem = NULL;

        if (!ticket_find(store, g_array_index(numbers, int64_t, i), &ticket, error))
            return false;
        if (ticket == NULL || each(ticket, data, &problem))
            continue;
        if (problem == NULL)
            return true;
        g_propagate_error(error, problem);
        return false;
    }
    return numbers != NULL;
}
