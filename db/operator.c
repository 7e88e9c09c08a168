/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tables operator and operator_address. Decides whose an address or a login is. The thread
 * that holds the store.
 */
#include "db/operator.h"

#include <string.h>

#include "db/department.h"
#include "db/error.h"
#include "db/stmt.h"
#include "db/value.h"

enum {
    FIND,
    FIND_ID,
    FIND_LOGIN,
    LIST,
    MEMBERS,
    ADDRESSES,
    DEPARTMENTS,
    DEPARTMENT_IDS,
    ADD,
    ADD_ADDRESS,
    REMOVE,
    REMOVE_ADDRESSES,
    NOTE_DROPPED,
    DROP,
    SET_NAME,
    STATEMENTS
};

#define COLUMNS "SELECT id, address, name, login FROM operator "
#define THEIR_DEPARTMENTS                                                                          \
    "FROM membership JOIN department ON department.id = membership.department_id "                 \
    "WHERE membership.operator_id = :id AND membership.left_at IS NULL "                           \
    "ORDER BY department.name COLLATE NOCASE"

static const char *const statements[STATEMENTS] = {
    [FIND] = COLUMNS "WHERE id = (SELECT operator_id FROM operator_address "
                     "WHERE operator_address.address = :address)",
    [FIND_ID] = COLUMNS "WHERE id = :id",
    [FIND_LOGIN] = COLUMNS "WHERE login = :login COLLATE NOCASE AND removed_at IS NULL",
    [LIST] = COLUMNS "WHERE removed_at IS NULL ORDER BY address",
    [MEMBERS] = COLUMNS "WHERE id IN (SELECT operator_id FROM membership "
                        "WHERE department_id = :department AND left_at IS NULL) ORDER BY address",
    [ADDRESSES] = "SELECT address FROM operator_address WHERE operator_id = :id ORDER BY position",
    [DEPARTMENTS] = "SELECT department.name " THEIR_DEPARTMENTS,
    [DEPARTMENT_IDS] = "SELECT department.id " THEIR_DEPARTMENTS,
    [ADD] = "INSERT INTO operator (address, name, login, added_at) "
            "VALUES (:address, :name, :login, :now)",
    [ADD_ADDRESS] = "INSERT INTO operator_address (address, operator_id, position) "
                    "VALUES (:address, :id, :position)",
    [REMOVE] = "UPDATE operator SET removed_at = :now, login = NULL WHERE id = :id",
    [REMOVE_ADDRESSES] = "DELETE FROM operator_address WHERE operator_id = :id",
    [NOTE_DROPPED] = "INSERT INTO event (at, kind, ticket, actor, detail) "
                     "SELECT :now, 'dropped', number, :actor, :address FROM ticket "
                     "WHERE assignee_id = :id AND state = 'open' ORDER BY number",
    [DROP] = "UPDATE ticket SET assignee_id = NULL, updated_at = :now "
             "WHERE assignee_id = :id AND state = 'open'",
    [SET_NAME] = "UPDATE operator SET name = :name WHERE id = :id AND removed_at IS NULL",
};

const struct stmt_table operator_sql = {STMT_OPERATOR, STATEMENTS, statements};

void operator_free(struct operator_person *person)
{
    if (person == NULL)
        return;
    g_free(person->address);
    g_free(person->name);
    g_free(person->login);
    g_clear_pointer(&person->addresses, g_ptr_array_unref);
    g_free(person);
}

static void *read_person(struct stmt *row)
{
    struct operator_person *person = g_new0(struct operator_person, 1);

    person->id = stmt_int(row, 0);
    person->address = stmt_copy(row, 1);
    person->name = stmt_copy(row, 2);
    person->login = stmt_copy(row, 3);
    return person;
}

static void *read_text(struct stmt *row)
{
    return stmt_copy(row, 0);
}

static bool read_addresses(struct store *store, struct operator_person *person, GError **error)
{
    AUTO(stmt) list = stmt_use(store, &operator_sql, ADDRESSES);

    stmt_bind_int(list, ":id", person->id);
    person->addresses = stmt_collect(list, read_text, g_free, error);
    return person->addresses != NULL;
}

static bool find(struct store *store, struct stmt *query, struct operator_person **out,
                 GError **error)
{
    AUTO(operator_person) person = NULL;
    bool row = false;

    *out = NULL;
    if (!stmt_step(query, &row, error))
        return false;
    if (!row)
        return true;
    person = read_person(query);
    if (!read_addresses(store, person, error))
        return false;
    *out = g_steal_pointer(&person);
    return true;
}

bool operator_find(struct store *store, const char *address, struct operator_person **out,
                   GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, FIND);

    stmt_bind_text(query, ":address", address);
    return find(store, query, out, error);
}

bool operator_has_address(const struct operator_person *person, const char *address)
{
    return g_ptr_array_find_with_equal_func(person->addresses, address, g_str_equal, NULL);
}

bool operator_find_id(struct store *store, int64_t id, struct operator_person **out, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, FIND_ID);

    stmt_bind_int(query, ":id", id);
    return find(store, query, out, error);
}

static bool find_login(struct store *store, const char *login, struct operator_person **out,
                       GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, FIND_LOGIN);

    stmt_bind_text(query, ":login", login);
    return find(store, query, out, error);
}

static GPtrArray *list(struct store *store, struct stmt *query, GError **error)
{
    g_autoptr(GPtrArray) all =
        stmt_collect(query, read_person, (GDestroyNotify)operator_free, error);

    for (guint i = 0; all != NULL && i < all->len; i++)
        if (!read_addresses(store, all->pdata[i], error))
            return NULL;
    return g_steal_pointer(&all);
}

GPtrArray *operator_list(struct store *store, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, LIST);

    return list(store, query, error);
}

GPtrArray *operator_members(struct store *store, int64_t department_id, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, MEMBERS);

    stmt_bind_int(query, ":department", department_id);
    return list(store, query, error);
}

GPtrArray *operator_departments(struct store *store, int64_t id, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, DEPARTMENTS);

    stmt_bind_int(query, ":id", id);
    return stmt_collect(query, read_text, g_free, error);
}

/* Copies to a role address would come back to us. */
static bool check_address(struct store *store, const char *address, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(operator_person) owner = NULL;
    AUTO(operator_person) login = NULL;

    if (!value_check("an operator's address", address, error) ||
        !department_find_role(store, address, &department, error) ||
        !operator_find(store, address, &owner, error) || !find_login(store, address, &login, error))
        return false;
    if (department != NULL)
        return error_set(error, ERROR_REFUSED,
                         "%s is a role address of department `%s`; it can't be an operator's own",
                         address, department->name);
    if (owner != NULL)
        return error_set(error, ERROR_REFUSED, "%s belongs to operator %s already", address,
                         owner->address);
    if (login != NULL)
        return error_set(error, ERROR_REFUSED, "%s is the login of operator %s", address,
                         login->address);
    return true;
}

/* Whoever has the login is taken for the operator: it can be nobody else's, and nobody else's
 * address either, since that is a login by default. */
static bool check_login(struct store *store, const char *login, GError **error)
{
    AUTO(operator_person) owner = NULL;
    AUTO(operator_person) by_address = NULL;
    g_autofree char *folded = NULL;

    if (!value_check("a login", login, error) || !find_login(store, login, &owner, error))
        return false;
    folded = g_ascii_strdown(login, -1);
    if (!operator_find(store, folded, &by_address, error))
        return false;
    if (owner != NULL)
        return error_set(error, ERROR_REFUSED, "login %s belongs to operator %s already", login,
                         owner->address);
    if (by_address != NULL)
        return error_set(error, ERROR_REFUSED, "login %s is an address of operator %s", login,
                         by_address->address);
    return true;
}

static bool check_new(struct store *store, const char *const *addresses, const char *name,
                      const char *login, GError **error)
{
    g_assert(addresses[0] != NULL);
    for (const char *const *address = addresses; *address != NULL; address++) {
        if (!check_address(store, *address, error))
            return false;
        for (const char *const *other = addresses; other < address; other++)
            if (strcmp(*other, *address) == 0)
                return error_set(error, ERROR_REFUSED, "%s stands there twice", *address);
    }
    return (name == NULL || value_check("an operator's name", name, error)) &&
           (login == NULL || check_login(store, login, error));
}

static bool add_address(struct store *store, int64_t id, const char *address, int64_t position,
                        GError **error)
{
    AUTO(stmt) add = stmt_use(store, &operator_sql, ADD_ADDRESS);

    stmt_bind_text(add, ":address", address);
    stmt_bind_int(add, ":id", id);
    stmt_bind_int(add, ":position", position);
    return stmt_run(add, error);
}

bool operator_add(struct store *store, const char *const *addresses, const char *name,
                  const char *login, int64_t now, int64_t *id, GError **error)
{
    AUTO(stmt) add = NULL;

    if (!check_new(store, addresses, name, login, error))
        return false;
    add = stmt_use(store, &operator_sql, ADD);
    stmt_bind_text(add, ":address", addresses[0]);
    stmt_bind_text(add, ":name", name);
    stmt_bind_text(add, ":login", login);
    stmt_bind_int(add, ":now", now);
    if (!stmt_run(add, error))
        return false;
    *id = stmt_last_id(store);
    for (int64_t position = 0; addresses[position] != NULL; position++)
        if (!add_address(store, *id, addresses[position], position, error))
            return false;
    return true;
}

static struct operator_person *find_living(struct store *store, int64_t id, GError **error)
{
    AUTO(operator_person) person = NULL;

    if (!operator_find_id(store, id, &person, error))
        return NULL;
    if (person != NULL && person->addresses->len > 0)
        return g_steal_pointer(&person);
    if (person != NULL)
        error_set(error, ERROR_NOT_FOUND, "operator %s was removed", person->address);
    else
        error_set(error, ERROR_NOT_FOUND, "no operator %" G_GINT64_FORMAT, id);
    return NULL;
}

static void *read_id(struct stmt *row)
{
    int64_t id = stmt_int(row, 0);

    return g_memdup2(&id, sizeof id);
}

static bool leave_departments(struct store *store, int64_t id, const char *actor, int64_t now,
                              int64_t *unassigned, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &operator_sql, DEPARTMENT_IDS);
    g_autoptr(GPtrArray) departments = NULL;
    int64_t dropped = 0;
    bool changed = false;

    stmt_bind_int(query, ":id", id);
    departments = stmt_collect(query, read_id, g_free, error);
    for (guint i = 0; departments != NULL && i < departments->len; i++) {
        const int64_t *department = departments->pdata[i];

        if (!department_leave(store, *department, id, actor, now, &changed, &dropped, error))
            return false;
        *unassigned += dropped;
    }
    return departments != NULL;
}

/* What they still have without being in a department of it. */
static bool drop_tickets(struct store *store, const struct operator_person *person,
                         const char *actor, int64_t now, int64_t *unassigned, GError **error)
{
    AUTO(stmt) note = stmt_use(store, &operator_sql, NOTE_DROPPED);
    AUTO(stmt) drop = stmt_use(store, &operator_sql, DROP);

    stmt_bind_int(note, ":id", person->id);
    stmt_bind_int(note, ":now", now);
    stmt_bind_text(note, ":actor", actor);
    stmt_bind_text(note, ":address", person->address);
    stmt_bind_int(drop, ":id", person->id);
    stmt_bind_int(drop, ":now", now);
    if (!stmt_run(note, error) || !stmt_run(drop, error))
        return false;
    *unassigned += stmt_changes(store);
    return true;
}

bool operator_remove(struct store *store, int64_t id, const char *actor, int64_t now,
                     int64_t *unassigned, GError **error)
{
    AUTO(operator_person) person = find_living(store, id, error);
    AUTO(stmt) addresses = NULL;
    AUTO(stmt) remove = NULL;

    *unassigned = 0;
    if (person == NULL || !leave_departments(store, id, actor, now, unassigned, error) ||
        !drop_tickets(store, person, actor, now, unassigned, error))
        return false;
    addresses = stmt_use(store, &operator_sql, REMOVE_ADDRESSES);
    stmt_bind_int(addresses, ":id", id);
    remove = stmt_use(store, &operator_sql, REMOVE);
    stmt_bind_int(remove, ":id", id);
    stmt_bind_int(remove, ":now", now);
    return stmt_run(addresses, error) && stmt_run(remove, error);
}

bool operator_set_name(struct store *store, int64_t id, const char *name, GError **error)
{
    AUTO(operator_person) person = find_living(store, id, error);
    AUTO(stmt) set = NULL;

    if (person == NULL || (name != NULL && !value_check("an operator's name", name, error)))
        return false;
    set = stmt_use(store, &operator_sql, SET_NAME);
    stmt_bind_int(set, ":id", id);
    stmt_bind_text(set, ":name", name);
    return stmt_run(set, error);
}
