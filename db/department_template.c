/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table department_template. The thread that holds the store.
 */
#include "db/department_template.h"

#include "db/stmt.h"

enum { FIND, LIST, SET, CLEAR, STATEMENTS };

static const char *const statements[STATEMENTS] = {
    [FIND] = "SELECT text FROM department_template WHERE department_id = :department "
             "AND kind = :kind",
    [LIST] = "SELECT kind, text = '' FROM department_template WHERE department_id = :department "
             "ORDER BY kind",
    [SET] = "INSERT INTO department_template (department_id, kind, text) "
            "VALUES (:department, :kind, :text) "
            "ON CONFLICT (department_id, kind) DO UPDATE SET text = :text",
    [CLEAR] = "DELETE FROM department_template WHERE department_id = :department AND kind = :kind",
};

const struct stmt_table department_template_sql = {STMT_DEPARTMENT_TEMPLATE, STATEMENTS,
                                                   statements};

bool department_template_find(struct store *store, int64_t department_id, const char *kind,
                              char **text, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &department_template_sql, FIND);
    bool row;

    stmt_bind_int(query, ":department", department_id);
    stmt_bind_text(query, ":kind", kind);
    if (!stmt_step(query, &row, error))
        return false;
    *text = row ? stmt_copy(query, 0) : NULL;
    return true;
}

bool department_template_list(struct store *store, int64_t department_id, GPtrArray *own,
                              GPtrArray *off, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &department_template_sql, LIST);
    bool row = true;

    stmt_bind_int(query, ":department", department_id);
    while (row) {
        if (!stmt_step(query, &row, error))
            return false;
        if (row)
            g_ptr_array_add(stmt_int(query, 1) != 0 ? off : own, stmt_copy(query, 0));
    }
    return true;
}

bool department_template_set(struct store *store, int64_t department_id, const char *kind,
                             const char *text, GError **error)
{
    AUTO(stmt) change = stmt_use(store, &department_template_sql, text != NULL ? SET : CLEAR);

    stmt_bind_int(change, ":department", department_id);
    stmt_bind_text(change, ":kind", kind);
    if (text != NULL)
        stmt_bind_text(change, ":text", text);
    return stmt_run(change, error);
}
