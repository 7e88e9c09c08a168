/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil member …`: who is in a department. add, remove and list run in the command's
 * transaction; edit gets the text from editor.c and what it means from roster.c, and applies it in
 * a transaction of its own, if nobody has changed the membership meanwhile.
 */
#include "admin/members.h"

#include <string.h>

#include "admin/change.h"
#include "admin/editor.h"
#include "admin/object.h"
#include "admin/operators.h"
#include "admin/roster.h"
#include "db/error.h"
#include "db/ticket.h"
#include "milter/handover.h"

static bool report(struct context *context, const struct department *department,
                   const struct operator_person *person, const char *change, int64_t unassigned,
                   GError **error)
{
    AUTO(row) row = object_member_change(department, person, change, unassigned);

    return !output_is_json(context->output) || output_row(context->output, row, error);
}

/* newcomers: struct operator_person; those who were no members yet are added. */
static bool join(struct context *context, const struct department *department, const char *address,
                 GPtrArray *newcomers, GError **error)
{
    AUTO(operator_person) person = NULL;
    bool changed;

    if (!context_find_operator(context, address, &person, error)) {
        if (error != NULL && g_error_matches(*error, COUNTERFOIL_ERROR, ERROR_NOT_FOUND))
            g_prefix_error(error, "only operators can be members (`counterfoil operator add` "
                                  "makes one): ");
        return false;
    }
    if (!department_join(context->store, department->id, person->id, caller_actor(context->caller),
                         context->now, &changed, error))
        return false;
    output_say(context->output, changed ? "%s is in %s now" : "%s is in %s already",
               person->address, department->name);
    if (!report(context, department, person, changed ? "joined" : NULL, 0, error))
        return false;
    if (changed)
        g_ptr_array_add(newcomers, g_steal_pointer(&person));
    return true;
}

/* Open tickets on their way to new members. */
struct handovers {
    struct context *context;
    const struct department *department;
    GPtrArray *newcomers; /* struct operator_person */
    int64_t tickets;      /* how many were handed over until now */
    bool are_more;        /* than are handed over */
};

/* Who is in another department of the ticket has had copies of it. */
static bool has_seen(struct handovers *handovers, const struct ticket *ticket,
                     const struct operator_person *person, bool *has, GError **error)
{
    bool ever;

    *has = false;
    for (guint i = 0; i < ticket->departments->len && !*has; i++) {
        const struct ticket_department *other = ticket->departments->pdata[i];

        if (other->id != handovers->department->id &&
            !department_has_member(handovers->context->store, other->id, person->id, has, &ever,
                                   error))
            return false;
    }
    return true;
}

static bool hand_over_one(const struct ticket *ticket, void *data, GError **error)
{
    struct handovers *handovers = data;
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    bool is_done;

    handovers->are_more = handovers->tickets == HANDOVER_TICKETS_MAX;
    if (handovers->are_more)
        return false; /* enough */
    for (guint i = 0; i < handovers->newcomers->len; i++) {
        struct operator_person *person = handovers->newcomers->pdata[i];
        bool has;

        if (!has_seen(handovers, ticket, person, &has, error))
            return false;
        if (!has)
            g_ptr_array_add(to, person);
    }
    if (!change_hand_over(handovers->context, ticket, to, &is_done, error))
        return false;
    handovers->tickets += is_done;
    return true;
}

static bool report_handovers(const struct handovers *handovers, GError **error)
{
    struct context *context = handovers->context;
    AUTO(row)
    row = object_handovers(handovers->department, handovers->tickets, handovers->are_more);

    output_say(context->output, "%" G_GINT64_FORMAT " open ticket%s handed over",
               handovers->tickets, handovers->tickets == 1 ? " is" : "s are");
    if (handovers->are_more)
        output_say(context->output,
                   "there are more: `counterfoil ticket list --department %s --state open`",
                   handovers->department->name);
    return !output_is_json(context->output) || output_row(context->output, row, error);
}

/* What waits for us longest comes first. */
static bool hand_over(struct context *context, const struct department *department,
                      GPtrArray *newcomers, GError **error)
{
    struct ticket_filter filter = {.department_id = department->id, .open = 1, .waiting_for_us = 1};
    struct handovers handovers = {context, department, newcomers, 0, false};

    if (newcomers->len > 0) {
        if (!ticket_list(context->store, &filter, hand_over_one, &handovers, error))
            return false;
        filter.waiting_for_us = 0;
        if (!handovers.are_more &&
            !ticket_list(context->store, &filter, hand_over_one, &handovers, error))
            return false;
    }
    return report_handovers(&handovers, error);
}

bool members_add(struct context *context, char **arguments, GError **error)
{
    g_autoptr(GPtrArray) newcomers = g_ptr_array_new_with_free_func((GDestroyNotify)operator_free);
    AUTO(department) department = NULL;

    if (!context_find_department(context, arguments[0], &department, error))
        return false;
    for (char **address = arguments + 1; *address != NULL; address++)
        if (!join(context, department, *address, newcomers, error))
            return false;
    return !request_flag(context->request, "handover") ||
           hand_over(context, department, newcomers, error);
}

static bool leave(struct context *context, const struct department *department, const char *address,
                  GError **error)
{
    AUTO(operator_person) person = NULL;
    int64_t unassigned = 0;
    bool changed;

    if (!context_find_operator(context, address, &person, error) ||
        !department_leave(context->store, department->id, person->id, caller_actor(context->caller),
                          context->now, &changed, &unassigned, error))
        return false;
    if (!changed) {
        return error_set(error, ERROR_REFUSED, "%s is not in department `%s`", person->address,
                         department->name);
    }
    output_say(context->output, "%s is no longer in %s; %" G_GINT64_FORMAT " ticket%s nobody's now",
               person->address, department->name, unassigned, unassigned == 1 ? " is" : "s are");
    return report(context, department, person, "left", unassigned, error);
}

bool members_remove(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;

    if (!context_find_department(context, arguments[0], &department, error))
        return false;
    for (char **address = arguments + 1; *address != NULL; address++)
        if (!leave(context, department, *address, error))
            return false;
    return true;
}

static bool list_one(struct context *context, const struct department *department, GError **error)
{
    g_autoptr(GPtrArray) people = operator_members(context->store, department->id, error);

    for (guint i = 0; people != NULL && i < people->len; i++) {
        AUTO(row) row = object_member(department, people->pdata[i]);
        if (!output_row(context->output, row, error))
            return false;
    }
    return people != NULL;
}

bool members_list(struct context *context, char **arguments, GError **error)
{
    AUTO(department) one = NULL;
    g_autoptr(GPtrArray) all = NULL;

    if (arguments[0] != NULL)
        return context_find_department(context, arguments[0], &one, error) &&
               list_one(context, one, error);
    all = department_list(context->store, error);
    for (guint i = 0; all != NULL && i < all->len; i++)
        if (!list_one(context, all->pdata[i], error))
            return false;
    return all != NULL;
}

/* A new operator, in *person. */
static bool make_operator(struct context *context, const struct roster_line *line,
                          struct operator_person **person, GError **error)
{
    const char *addresses[] = {line->address, NULL};

    if (!operators_make(context, addresses, line->name, NULL, person, error))
        return false;
    output_say(context->output, "%s is an operator now", line->address);
    return true;
}

static bool rename_operator(struct context *context, const struct operator_person *person,
                            const char *name, GError **error)
{
    if (g_strcmp0(person->name, name) == 0)
        return true;
    if (!operator_set_name(context->store, person->id, name, error) ||
        !context_add_event(context, "operator-renamed", 0, 0, person->address, error))
        return false;
    if (name != NULL)
        output_say(context->output, "%s is called %s now", person->address, name);
    else
        output_say(context->output, "%s has no name now", person->address);
    return true;
}

/* Brings one line of the roster about: the operator, the name, the membership. seen: the ids of
 * the lines before. */
static bool apply_line(struct context *context, const struct department *department,
                       const struct roster_line *line, GHashTable *seen, GError **error)
{
    AUTO(operator_person) person = NULL;
    bool changed;

    if (!operator_find(context->store, line->address, &person, error))
        return false;
    if (!(person == NULL ? make_operator(context, line, &person, error)
                         : rename_operator(context, person, line->name, error)))
        return false;
    if (!g_hash_table_add(seen, g_memdup2(&person->id, sizeof person->id))) {
        return error_set(error, ERROR_REFUSED,
                         "%s is another address of %s, who has a line already", line->address,
                         person->address);
    }
    if (!department_join(context->store, department->id, person->id, caller_actor(context->caller),
                         context->now, &changed, error))
        return false;
    if (changed)
        output_say(context->output, "%s is in %s now", person->address, department->name);
    return report(context, department, person, changed ? "joined" : NULL, 0, error);
}

/* Is the person, by any address, on the roster? */
static bool is_listed(const struct operator_person *person, const struct roster *roster)
{
    for (guint i = 0; i < person->addresses->len; i++)
        if (roster_has(roster, person->addresses->pdata[i]))
            return true;
    return false;
}

/* All lines, with the faults of all gathered in *error; then those who are not listed leave. */
static bool apply(struct context *context, const struct department *department,
                  const struct roster *roster, GError **error)
{
    g_autoptr(GPtrArray) before = operator_members(context->store, department->id, error);
    g_autoptr(GString) faults = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    if (before == NULL)
        return false;
    for (guint i = 0; i < roster->lines->len; i++) {
        const struct roster_line *line = roster->lines->pdata[i];
        g_autoptr(GError) fault = NULL;

        if (apply_line(context, department, line, seen, &fault))
            continue;
        if (!g_error_matches(fault, COUNTERFOIL_ERROR, ERROR_REFUSED)) {
            g_propagate_error(error, g_steal_pointer(&fault));
            return false;
        }
        roster_add_fault(faults, line->number, fault->message);
    }
    if (faults->len > 0) {
        return error_set(error, ERROR_REFUSED, "%s", faults->str);
    }
    for (guint i = 0; i < before->len; i++) {
        const struct operator_person *person = before->pdata[i];
        if (!is_listed(person, roster) && !leave(context, department, person->address, error))
            return false;
    }
    return true;
}

/* The membership as text, as it is now. Yours; NULL with an error. */
static char *read_now(struct context *context, const struct department *department, GError **error)
{
    g_autoptr(GPtrArray) members = operator_members(context->store, department->id, error);

    return members != NULL ? roster_write(department, members) : NULL;
}

/* *is_stale: nothing that the person could write would be right. */
static bool apply_if_unchanged(struct context *context, const struct department *department,
                               const char *before, const struct roster *roster, bool *is_stale,
                               GError **error)
{
    g_autofree char *now = read_now(context, department, error);

    *is_stale = now != NULL && strcmp(now, before) != 0;
    if (*is_stale)
        error_set(error, ERROR_REFUSED,
                  "somebody else has changed department `%s` meanwhile: nothing was changed",
                  department->name);
    return now != NULL && !*is_stale && apply(context, department, roster, error);
}

/* Reads the edited text and applies it as a whole, or not at all. */
static bool try(struct context *context, const struct department *department, const char *before,
                const char *text, bool *is_stale, GError **error)
{
    AUTO(roster) roster = roster_read(text, error);

    *is_stale = false;
    if (roster == NULL || !store_begin(context->store, error))
        return false;
    context->now = g_get_real_time() / 1000;
    if (apply_if_unchanged(context, department, before, roster, is_stale, error))
        return store_commit(context->store, error);
    store_rollback(context->store);
    output_forget(context->output);
    return false;
}

/* Until the text is right, or the person gives up. */
static bool edit(struct context *context, const struct department *department, const char *before,
                 struct editor *editor, GError **error)
{
    for (;;) {
        g_autoptr(GError) fault = NULL;
        g_autofree char *text = editor_run(editor, error);
        bool is_stale;

        if (text == NULL)
            return false;
        if (*text == '\0' || strcmp(text, before) == 0) {
            output_say(context->output, "nothing was changed");
            return true;
        }
        if (try(context, department, before, text, &is_stale, &fault))
            return true;
        if (!is_stale && editor_ask_again(editor, fault->message))
            continue;
        editor_keep(editor, fault);
        g_propagate_error(error, g_steal_pointer(&fault));
        return false;
    }
}

bool members_edit(struct context *context, char **arguments, GError **error)
{
    AUTO(department) department = NULL;
    AUTO(editor) editor = NULL;
    g_autofree char *before = NULL;

    if (!context_find_department(context, arguments[0], &department, error))
        return false;
    before = read_now(context, department, error);
    if (before == NULL)
        return false;
    editor = editor_open(context->caller, "counterfoil-members", before, error);
    return editor != NULL && edit(context, department, before, editor, error);
}
