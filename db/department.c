/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables department, role_address and membership. Decides who an address belongs to,
 * and whose tickets become nobody's when somebody leaves. The thread that holds the store.
 */
#include "db/department.h"

#include <string.h>

#include "db/department_setting.h"
#include "db/error.h"
#include "db/event.h"
#include "db/operator.h"
#include "db/site.h"
#include "db/stmt.h"
#include "db/value.h"

enum {
    FIND,
    FIND_ID,
    FIND_ROLE,
    LIST,
    ADDRESSES,
    ROLES,
    ADD,
    REMOVE,
    SET, /* the settings, one after the other */
    LAST_SET = SET + DEPARTMENT_SETTINGS - 1,
    ADD_ADDRESS,
    REMOVE_ADDRESS,
    REMOVE_ADDRESSES,
    CLEAR_PRIMARY,
    SET_PRIMARY,
    OPEN_TICKETS,
    JOIN,
    LEAVE,
    NOTE_DROPPED,
    DROP,
    HAS_MEMBER,
    STATEMENTS
};

#define COLUMNS                                                                                    \
    "SELECT id, name, title, from_name, via_name, follow_up, assign, expected, hours, "            \
    "correspondents, reopen_ms, closed, spam FROM department "

#define SET_COLUMN(column) "UPDATE department SET " column " = :value WHERE id = :id"

/* Is the department :id or another, that the table in the middle names, on this ticket? */
#define TICKET_HAS(department)                                                                     \
    "(ticket.department_id = " department                                                          \
    " OR EXISTS (SELECT 1 FROM ticket_department AS further "                                      \
    "WHERE further.ticket = ticket.number AND further.department_id = " department "))"

/* The open tickets of somebody who left :id, but those that they still have by another. */
#define LOST_TICKETS                                                                               \
    "assignee_id = :operator AND state = 'open' AND " TICKET_HAS(                                  \
        ":id") " AND NOT EXISTS "                                                                  \
               "(SELECT 1 FROM membership WHERE membership.operator_id = :operator "               \
               "AND membership.left_at IS NULL AND " TICKET_HAS("membership.department_id") ")"

static const char *const statements[STATEMENTS] = {
    [FIND] = COLUMNS "WHERE name = :name COLLATE NOCASE AND removed_at IS NULL",
    [FIND_ID] = COLUMNS "WHERE id = :id",
    [FIND_ROLE] =
        COLUMNS "WHERE id = (SELECT department_id FROM role_address WHERE address = :role)",
    [LIST] = COLUMNS "WHERE removed_at IS NULL ORDER BY name COLLATE NOCASE",
    [ADDRESSES] = "SELECT address, is_primary FROM role_address WHERE department_id = :id "
                  "ORDER BY is_primary DESC, address",
    [ROLES] = "SELECT address FROM role_address ORDER BY address",
    [ADD] = "INSERT INTO department (name, title, added_at) VALUES (:name, :title, :now)",
    [REMOVE] = "UPDATE department SET removed_at = :now WHERE id = :id",
    [SET] = SET_COLUMN("title"),
    [SET + 1] = SET_COLUMN("from_name"),
    [SET + 2] = SET_COLUMN("via_name"),
    [SET + 3] = SET_COLUMN("follow_up"),
    [SET + 4] = SET_COLUMN("assign"),
    [SET + 5] = SET_COLUMN("expected"),
    [SET + 6] = SET_COLUMN("hours"),
    [SET + 7] = SET_COLUMN("correspondents"),
    [SET + 8] = SET_COLUMN("reopen_ms"),
    [SET + 9] = SET_COLUMN("closed"),
    [SET + 10] = SET_COLUMN("spam"),
    [ADD_ADDRESS] = "INSERT INTO role_address (address, department_id, is_primary) "
                    "VALUES (:role, :id, :primary)",
    [REMOVE_ADDRESS] = "DELETE FROM role_address WHERE address = :role AND department_id = :id",
    [REMOVE_ADDRESSES] = "DELETE FROM role_address WHERE department_id = :id",
    [CLEAR_PRIMARY] = "UPDATE role_address SET is_primary = 0 "
                      "WHERE department_id = :id AND is_primary = 1",
    [SET_PRIMARY] = "UPDATE role_address SET is_primary = 1 "
                    "WHERE address = :role AND department_id = :id",
    [OPEN_TICKETS] = "SELECT count(*) FROM ticket WHERE department_id = :id AND state = 'open'",
    [JOIN] = "INSERT INTO membership (department_id, operator_id, joined_at) "
             "VALUES (:id, :operator, :now) "
             "ON CONFLICT (department_id, operator_id) WHERE left_at IS NULL DO NOTHING",
    [LEAVE] = "UPDATE membership SET left_at = :now "
              "WHERE department_id = :id AND operator_id = :operator AND left_at IS NULL",
    [NOTE_DROPPED] = "INSERT INTO event (at, kind, ticket, department_id, actor, detail) "
                     "SELECT :now, 'dropped', number, :id, :actor, :address FROM ticket "
                     "WHERE " LOST_TICKETS " ORDER BY number",
    [DROP] = "UPDATE ticket SET assignee_id = NULL, updated_at = :now WHERE " LOST_TICKETS,
    [HAS_MEMBER] = "SELECT count(*) FILTER (WHERE left_at IS NULL), count(*) FROM membership "
                   "WHERE operator_id = :operator AND department_id = :id",
};

const struct stmt_table department_sql = {STMT_DEPARTMENT, STATEMENTS, statements};

void department_free(struct department *department)
{
    if (department == NULL)
        return;
    g_free(department->name);
    g_free(department->title);
    g_free(department->from_name);
    g_free(department->via_name);
    g_free(department->follow_up);
    g_free(department->assign);
    g_free(department->expected);
    g_free(department->hours);
    g_free(department->correspondents);
    g_free(department->reopen);
    g_free(department->closed);
    g_free(department->spam);
    g_free(department->primary);
    g_clear_pointer(&department->addresses, g_ptr_array_unref);
    g_free(department);
}

static void *read_department(struct stmt *row)
{
    struct department *department = g_new0(struct department, 1);

    department->id = stmt_int(row, 0);
    department->name = stmt_copy(row, 1);
    department->title = stmt_copy(row, 2);
    department->from_name = stmt_copy(row, 3);
    department->via_name = stmt_copy(row, 4);
    department->follow_up = stmt_copy(row, 5);
    department->assign = stmt_copy(row, 6);
    department->expected = stmt_copy(row, 7);
    department->hours = stmt_copy(row, 8);
    department->correspondents = stmt_copy(row, 9);
    department->reopen_ms = stmt_int(row, 10);
    department->reopen = value_write_time(department->reopen_ms);
    department->closed = stmt_copy(row, 11);
    department->spam = stmt_copy(row, 12);
    department->addresses = g_ptr_array_new_with_free_func(g_free);
    return department;
}

static bool read_addresses(struct store *store, struct department *department, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &department_sql, ADDRESSES);
    bool row = false;

    stmt_bind_int(list, ":id", department->id);
    while (stmt_step(list, &row, error)) {
        if (!row)
            return true;
        if (stmt_int(list, 1) == 1)
            department->primary = stmt_copy(list, 0);
        g_ptr_array_add(department->addresses, stmt_copy(list, 0));
    }
    return false;
}

static bool find(struct store *store, struct stmt *query, struct department **out, GError **error)
{
    AUTO(department) department = NULL;
    bool row = false;

    *out = NULL;
    if (!stmt_step(query, &row, error))
        return false;
    if (!row)
        return true;
    department = read_department(query);
    if (!read_addresses(store, department, error))
        return false;
    *out = g_steal_pointer(&department);
    return true;
}

bool department_find(struct store *store, const char *name, struct department **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &department_sql, FIND);

    stmt_bind_text(query, ":name", name);
    return find(store, query, out, error);
}

bool department_find_id(struct store *store, int64_t id, struct department **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &department_sql, FIND_ID);

    stmt_bind_int(query, ":id", id);
    return find(store, query, out, error);
}

bool department_find_role(struct store *store, const char *role, struct department **out,
                          GError **error)
{
    AUTO(stmt) query = stmt_use(store, &department_sql, FIND_ROLE);

    stmt_bind_text(query, ":role", role);
    return find(store, query, out, error);
}

GPtrArray *department_list(struct store *store, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &department_sql, LIST);
    g_autoptr(GPtrArray) all =
        stmt_collect(list, read_department, (GDestroyNotify)department_free, error);

    for (guint i = 0; all != NULL && i < all->len; i++)
        if (!read_addresses(store, all->pdata[i], error))
            return NULL;
    return g_steal_pointer(&all);
}

static void *read_text(struct stmt *row)
{
    return stmt_copy(row, 0);
}

char **department_roles(struct store *store, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &department_sql, ROLES);
    GPtrArray *all = stmt_collect(list, read_text, NULL, error);

    if (all == NULL)
        return NULL;
    g_ptr_array_add(all, NULL);
    return (char **)g_ptr_array_free(all, FALSE);
}

/* One that was not removed. */
static struct department *find_living(struct store *store, int64_t id, GError **error)
{
    AUTO(department) department = NULL;

    if (!department_find_id(store, id, &department, error))
        return NULL;
    if (department != NULL && department->primary != NULL)
        return g_steal_pointer(&department);
    if (department != NULL)
        error_set(error, ERROR_NOT_FOUND, "department `%s` was removed", department->name);
    else
        error_set(error, ERROR_NOT_FOUND, "no department %" G_GINT64_FORMAT, id);
    return NULL;
}

bool department_set(struct store *store, int64_t id, const char *setting, const char *value,
                    GError **error)
{
    AUTO(department) department = find_living(store, id, error);
    AUTO(stmt) set = NULL;
    int64_t ms = 0;

    if (department == NULL || !department_setting_check(setting, value, error))
        return false;
    set = stmt_use(store, &department_sql, SET + department_setting_find(setting));
    if (strcmp(setting, "reopen") == 0 && value_read_time(setting, value, &ms, error))
        stmt_bind_int(set, ":value", ms);
    else
        stmt_bind_text(set, ":value", value != NULL && *value != '\0' ? value : NULL);
    stmt_bind_int(set, ":id", id);
    return stmt_run(set, error);
}

/* Letters of any script; nothing that would need quotes on a command line or in an address. */
static bool check_name(const char *name, GError **error)
{
    if (!value_check("a department's name", name, error))
        return false;
    for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at))
        if (!g_unichar_isalnum(g_utf8_get_char(at)) && strchr("-_.", *at) == NULL)
            return error_set(error, ERROR_REFUSED,
                             "a department's name is letters, digits, `-`, `_` and `.`: not `%s`",
                             name);
    return true;
}

/* Whatever is sent to a role address comes back to us: it can be nobody's own. */
static bool check_role(struct store *store, const char *role, GError **error)
{
    AUTO(department) owner = NULL;
    AUTO(operator_person) person = NULL;
    bool is_postmaster = false;

    if (!value_check("a role address", role, error) ||
        !department_find_role(store, role, &owner, error) ||
        !operator_find(store, role, &person, error) ||
        !site_is_postmaster(store, role, &is_postmaster, error))
        return false;
    if (owner != NULL)
        return error_set(error, ERROR_REFUSED, "%s belongs to department `%s` already", role,
                         owner->name);
    if (person != NULL)
        return error_set(error, ERROR_REFUSED,
                         "%s is an address of operator %s; a role address can't be a person's own",
                         role, person->address);
    if (is_postmaster)
        return error_set(error, ERROR_REFUSED,
                         "%s is the site's postmaster; a role address can't be that too", role);
    return true;
}

static bool add_address(struct store *store, int64_t id, const char *role, bool primary,
                        GError **error)
{
    AUTO(stmt) add = NULL;

    if (!check_role(store, role, error))
        return false;
    add = stmt_use(store, &department_sql, ADD_ADDRESS);
    stmt_bind_text(add, ":role", role);
    stmt_bind_int(add, ":id", id);
    stmt_bind_int(add, ":primary", primary);
    return stmt_run(add, error);
}

static bool check_new(struct store *store, const char *name, const char *title, const char *role,
                      GError **error)
{
    AUTO(department) same = NULL;

    if (!check_name(name, error) || !department_setting_check("title", title, error) ||
        !check_role(store, role, error) || !department_find(store, name, &same, error))
        return false;
    if (same != NULL)
        return error_set(error, ERROR_REFUSED, "there is a department `%s` already", same->name);
    return true;
}

bool department_add(struct store *store, const char *name, const char *title, const char *role,
                    int64_t now, int64_t *id, GError **error)
{
    AUTO(stmt) add = NULL;

    if (!check_new(store, name, title, role, error))
        return false;
    add = stmt_use(store, &department_sql, ADD);
    stmt_bind_text(add, ":name", name);
    stmt_bind_text(add, ":title", title);
    stmt_bind_int(add, ":now", now);
    if (!stmt_run(add, error))
        return false;
    *id = stmt_last_id(store);
    return add_address(store, *id, role, true, error);
}

/* A statement that knows :id and nothing else. */
static bool run_for(struct store *store, int statement, int64_t id, GError **error)
{
    AUTO(stmt) stmt = stmt_use(store, &department_sql, statement);

    stmt_bind_int(stmt, ":id", id);
    return stmt_run(stmt, error);
}

static bool dismiss_members(struct store *store, int64_t id, int64_t now, GError **error)
{
    g_autoptr(GPtrArray) members = operator_members(store, id, error);
    int64_t unassigned = 0;
    bool changed = false;

    for (guint i = 0; members != NULL && i < members->len; i++) {
        const struct operator_person *person = members->pdata[i];

        if (!department_leave(store, id, person->id, NULL, now, &changed, &unassigned, error))
            return false;
    }
    return members != NULL;
}

bool department_remove(struct store *store, int64_t id, int64_t now, GError **error)
{
    AUTO(department) department = find_living(store, id, error);
    AUTO(stmt) remove = NULL;

    if (department == NULL || !dismiss_members(store, id, now, error) ||
        !run_for(store, REMOVE_ADDRESSES, id, error))
        return false;
    remove = stmt_use(store, &department_sql, REMOVE);
    stmt_bind_int(remove, ":id", id);
    stmt_bind_int(remove, ":now", now);
    return stmt_run(remove, error);
}

bool department_add_address(struct store *store, int64_t id, const char *role, GError **error)
{
    AUTO(department) department = find_living(store, id, error);

    return department != NULL && add_address(store, id, role, false, error);
}

/* A statement on one address of the department, which must have it. */
static bool run_for_address(struct store *store, int statement, const struct department *department,
                            const char *role, GError **error)
{
    AUTO(stmt) stmt = stmt_use(store, &department_sql, statement);

    stmt_bind_text(stmt, ":role", role);
    stmt_bind_int(stmt, ":id", department->id);
    if (!stmt_run(stmt, error))
        return false;
    return stmt_changes(store) > 0 ||
           error_set(error, ERROR_NOT_FOUND, "department `%s` has no address %s", department->name,
                     role);
}

bool department_remove_address(struct store *store, int64_t id, const char *role, GError **error)
{
    AUTO(department) department = find_living(store, id, error);

    if (department == NULL)
        return false;
    if (strcmp(department->primary, role) == 0)
        return error_set(error, ERROR_REFUSED,
                         "%s is the primary address of department `%s`; make another one primary "
                         "first",
                         role, department->name);
    return run_for_address(store, REMOVE_ADDRESS, department, role, error);
}

bool department_set_primary(struct store *store, int64_t id, const char *role, GError **error)
{
    AUTO(department) department = find_living(store, id, error);

    if (department == NULL)
        return false;
    if (!g_ptr_array_find_with_equal_func(department->addresses, role, g_str_equal, NULL))
        return error_set(error, ERROR_NOT_FOUND, "department `%s` has no address %s",
                         department->name, role);
    return run_for(store, CLEAR_PRIMARY, id, error) &&
           run_for_address(store, SET_PRIMARY, department, role, error);
}

bool department_open_tickets(struct store *store, int64_t id, int64_t *count, GError **error)
{
    AUTO(stmt) find = stmt_use(store, &department_sql, OPEN_TICKETS);

    stmt_bind_int(find, ":id", id);
    return stmt_number(find, count, error);
}

/* What happened to a membership. */
static bool add_event(struct store *store, int64_t id, const char *kind, const char *actor,
                      const char *address, int64_t now, GError **error)
{
    AUTO(event) event = event_new(kind, actor, address);

    event->at = now;
    event->department_id = id;
    return event_add(store, event, error);
}

static struct operator_person *find_person(struct store *store, int64_t id, GError **error)
{
    AUTO(operator_person) person = NULL;

    if (!operator_find_id(store, id, &person, error))
        return NULL;
    if (person == NULL)
        error_set(error, ERROR_NOT_FOUND, "no operator %" G_GINT64_FORMAT, id);
    return g_steal_pointer(&person);
}

/* JOIN or LEAVE. */
static bool change_membership(struct store *store, int statement, int64_t id, int64_t operator_id,
                              int64_t now, bool *changed, GError **error)
{
    AUTO(stmt) change = stmt_use(store, &department_sql, statement);

    stmt_bind_int(change, ":id", id);
    stmt_bind_int(change, ":operator", operator_id);
    stmt_bind_int(change, ":now", now);
    if (!stmt_run(change, error))
        return false;
    *changed = stmt_changes(store) > 0;
    return true;
}

bool department_join(struct store *store, int64_t id, int64_t operator_id, const char *actor,
                     int64_t now, bool *changed, GError **error)
{
    AUTO(department) department = find_living(store, id, error);
    AUTO(operator_person) person = NULL;

    *changed = false;
    if (department == NULL || (person = find_person(store, operator_id, error)) == NULL)
        return false;
    if (person->addresses->len == 0)
        return error_set(error, ERROR_NOT_FOUND, "operator %s was removed", person->address);
    if (!change_membership(store, JOIN, id, operator_id, now, changed, error))
        return false;
    return !*changed || add_event(store, id, "joined", actor, person->address, now, error);
}

/* The events first: they are about the tickets as they are before. */
static bool drop_tickets(struct store *store, int64_t id, const struct operator_person *person,
                         const char *actor, int64_t now, int64_t *unassigned, GError **error)
{
    AUTO(stmt) note = stmt_use(store, &department_sql, NOTE_DROPPED);
    AUTO(stmt) drop = stmt_use(store, &department_sql, DROP);

    stmt_bind_int(note, ":id", id);
    stmt_bind_int(note, ":operator", person->id);
    stmt_bind_int(note, ":now", now);
    stmt_bind_text(note, ":actor", actor);
    stmt_bind_text(note, ":address", person->address);
    stmt_bind_int(drop, ":id", id);
    stmt_bind_int(drop, ":operator", person->id);
    stmt_bind_int(drop, ":now", now);
    if (!stmt_run(note, error) || !stmt_run(drop, error))
        return false;
    *unassigned = stmt_changes(store);
    return true;
}

bool department_leave(struct store *store, int64_t id, int64_t operator_id, const char *actor,
                      int64_t now, bool *changed, int64_t *unassigned, GError **error)
{
    AUTO(operator_person) person = find_person(store, operator_id, error);

    *changed = false;
    *unassigned = 0;
    if (person == NULL || !change_membership(store, LEAVE, id, operator_id, now, changed, error))
        return false;
    return !*changed || (add_event(store, id, "left", actor, person->address, now, error) &&
                         drop_tickets(store, id, person, actor, now, unassigned, error));
}

bool department_has_member(struct store *store, int64_t id, int64_t operator_id, bool *now,
                           bool *ever, GError **error)
{
    AUTO(stmt) find = stmt_use(store, &department_sql, HAS_MEMBER);
    bool row = false;

    stmt_bind_int(find, ":id", id);
    stmt_bind_int(find, ":operator", operator_id);
    if (!stmt_step(find, &row, error))
        return false;
    *now = stmt_int(find, 0) > 0;
    *ever = stmt_int(find, 1) > 0;
    return true;
}
