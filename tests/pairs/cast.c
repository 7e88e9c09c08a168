/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the people with SQL of its own.
 */
#include "tests/pairs/cast.h"

#include <sqlite3.h>
#include <string.h>

#include "db/stmt.h"

enum { MEMBER_NOW = 1, MEMBER_ONCE = 2 };

/* Two columns: a text and a number. */
static GHashTable *read_map(const struct bench *bench, const char *sql)
{
    GHashTable *map = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    sqlite3_stmt *query = NULL;

    if (sqlite3_prepare_v2(store_handle(bench->store), sql, -1, &query, NULL) != SQLITE_OK)
        g_error("%s", sqlite3_errmsg(store_handle(bench->store)));
    while (sqlite3_step(query) == SQLITE_ROW)
        g_hash_table_insert(map, g_strdup((const char *)sqlite3_column_text(query, 0)),
                            GINT_TO_POINTER(sqlite3_column_int(query, 1)));
    sqlite3_finalize(query);
    return map;
}

static GHashTable *read_leads(const struct bench *bench)
{
    return read_map(bench, "SELECT number, coalesce(merged_into, continued_in, number) "
                           "FROM ticket");
}

static void add_ticket(struct cast *cast, const struct bench *bench, int64_t number)
{
    g_autoptr(GError) error = NULL;
    struct ticket *ticket = NULL;

    if (!ticket_find(bench->store, number, &ticket, &error))
        g_error("%s", error->message);
    g_ptr_array_add(cast->tickets, ticket);
}

struct cast *cast_read(const struct bench *bench)
{
    struct cast *cast = g_new0(struct cast, 1);

    cast->operators = read_map(bench, "SELECT address, operator_id FROM operator_address");
    cast->roles = read_map(bench, "SELECT address, department_id FROM role_address");
    cast->members = read_map(bench, "SELECT department_id || ' ' || operator_id, "
                                    "CASE WHEN max(left_at IS NULL) THEN 1 ELSE 2 END "
                                    "FROM membership GROUP BY department_id, operator_id");
    cast->first = read_map(bench, "SELECT address, operator_id FROM operator_address "
                                  "WHERE position = 0");
    cast->answered = read_map(bench, "SELECT ticket || ' ' || address, 1 FROM copy "
                                     "JOIN message ON number = message WHERE kind = 'answer' "
                                     "AND copy.operator_id IS NULL");
    cast->copies = read_map(bench, "SELECT ticket || ' ' || copy.operator_id, 1 FROM copy "
                                   "JOIN message ON number = message "
                                   "WHERE copy.operator_id IS NOT NULL");
    cast->leads = read_leads(bench);
    cast->tickets = g_ptr_array_new_with_free_func((GDestroyNotify)ticket_free);
    for (int64_t number = 1; number <= g_hash_table_size(cast->leads); number++)
        add_ticket(cast, bench, number);
    cast->postmaster = bench->site->postmaster;
    return cast;
}

void cast_free(struct cast *cast)
{
    g_hash_table_unref(cast->operators);
    g_hash_table_unref(cast->roles);
    g_hash_table_unref(cast->members);
    g_hash_table_unref(cast->first);
    g_hash_table_unref(cast->answered);
    g_hash_table_unref(cast->copies);
    g_hash_table_unref(cast->leads);
    g_ptr_array_unref(cast->tickets);
    g_free(cast);
}

int64_t cast_operator(const struct cast *cast, const char *address)
{
    return address != NULL ? GPOINTER_TO_INT(g_hash_table_lookup(cast->operators, address)) : 0;
}

int64_t cast_role(const struct cast *cast, const char *address, const char **word)
{
    const char *plus = address != NULL ? strchr(address, '+') : NULL;
    const char *at = address != NULL ? strchr(address, '@') : NULL;
    g_autofree char *base = NULL;

    *word = NULL;
    if (address == NULL || plus == NULL || at == NULL || plus > at)
        return address != NULL ? GPOINTER_TO_INT(g_hash_table_lookup(cast->roles, address)) : 0;
    *word = plus + 1;
    base = g_strdup_printf("%.*s%s", (int)(plus - address), address, at);
    return GPOINTER_TO_INT(g_hash_table_lookup(cast->roles, base));
}

static int look_up(GHashTable *map, int64_t first, int64_t person)
{
    char key[64];

    g_snprintf(key, sizeof key, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, first, person);
    return GPOINTER_TO_INT(g_hash_table_lookup(map, key));
}

bool cast_is_member(const struct cast *cast, int64_t department, int64_t person)
{
    return look_up(cast->members, department, person) == MEMBER_NOW;
}

bool cast_was_member(const struct cast *cast, int64_t department, int64_t person)
{
    return look_up(cast->members, department, person) != 0;
}

bool cast_is_employed(const struct cast *cast, int64_t person)
{
    GHashTableIter i;
    gpointer department;

    g_hash_table_iter_init(&i, cast->roles);
    while (g_hash_table_iter_next(&i, NULL, &department))
        if (cast_is_member(cast, GPOINTER_TO_INT(department), person))
            return true;
    return false;
}

bool cast_had_answer(const struct cast *cast, int64_t ticket, const char *address)
{
    g_autofree char *key = g_strdup_printf("%" G_GINT64_FORMAT " %s", ticket, address);

    return g_hash_table_contains(cast->answered, key);
}

bool cast_had_copy(const struct cast *cast, int64_t ticket, int64_t person)
{
    return look_up(cast->copies, ticket, person) != 0;
}

const struct ticket *cast_ticket(const struct cast *cast, int64_t number)
{
    return number > 0 && number <= cast->tickets->len ? cast->tickets->pdata[number - 1] : NULL;
}

const struct ticket *cast_leads_to(const struct cast *cast, int64_t number)
{
    char key[32];

    g_snprintf(key, sizeof key, "%" G_GINT64_FORMAT, number);
    return cast_ticket(cast, GPOINTER_TO_INT(g_hash_table_lookup(cast->leads, key)));
}

static bool is_on(const struct cast *cast, const struct ticket *ticket, int64_t person,
                  bool (*is)(const struct cast *cast, int64_t department, int64_t person))
{
    for (guint i = 0; ticket != NULL && i < ticket->departments->len; i++)
        if (is(cast, ((struct ticket_department *)ticket->departments->pdata[i])->id, person))
            return true;
    return false;
}

bool cast_is_on(const struct cast *cast, const struct ticket *ticket, int64_t person)
{
    return is_on(cast, ticket, person, cast_is_member);
}

bool cast_was_on(const struct cast *cast, const struct ticket *ticket, int64_t person)
{
    return is_on(cast, ticket, person, cast_was_member);
}
