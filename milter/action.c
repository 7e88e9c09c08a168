/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changes tickets in memory. Knows neither who may do it, nor how it was asked for. The thread that
 * holds the store.
 */
#include "milter/action.h"

#include <string.h>

#include "db/error.h"
#include "db/event.h"

static void note(struct action *action, const char *kind, const char *detail)
{
    g_ptr_array_add(action->events, event_new(kind, action->actor, detail));
}

static bool refuse(GError **error, const struct ticket *ticket, const char *why)
{
    return error_set(error, ERROR_REFUSED, "ticket %" G_GINT64_FORMAT " %s", ticket->number, why);
}

bool action_close(struct action *action, struct ticket *ticket, GError **error)
{
    if (!ticket->open)
        return refuse(error, ticket, "is closed already");
    ticket->open = false;
    ticket->closed_at = action->now;
    note(action, "closed", NULL);
    return true;
}

/* One whose department is gone has nobody who could answer. */
static bool has_owner(struct action *action, const struct ticket *ticket, GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    AUTO(department) department = NULL;

    if (!department_find_id(action->store, owner->id, &department, error))
        return false;
    if (department == NULL || department->primary == NULL)
        return error_set(error, ERROR_REFUSED,
                         "ticket %" G_GINT64_FORMAT ": its department `%s` was removed",
                         ticket->number, owner->name);
    return true;
}

bool action_reopen(struct action *action, struct ticket *ticket, GError **error)
{
    if (ticket->open)
        return refuse(error, ticket, "is open already");
    if (!has_owner(action, ticket, error))
        return false;
    ticket->open = true;
    ticket->closed_at = 0;
    ticket->waiting_for_us = true;
    ticket->waiting_since = action->now;
    note(action, "reopened", NULL);
    return true;
}

void action_share(struct action *action, struct ticket *ticket, const struct department *department)
{
    if (ticket_has_department(ticket, department->id))
        return;
    if (ticket->departments->len > 0)
        note(action, "shared", department->name);
    g_ptr_array_add(ticket->departments, ticket_department_new(department->id, department->name));
}

/* If the person is in none of the ticket's departments, their first one joins it. */
static bool share_with(struct action *action, struct ticket *ticket,
                       const struct operator_person *person, GError **error)
{
    g_autoptr(GPtrArray) names = operator_departments(action->store, person->id, error);
    AUTO(department) department = NULL;

    if (names == NULL)
        return false;
    if (names->len == 0)
        return error_set(error, ERROR_REFUSED, "%s is in no department", person->address);
    for (guint i = 0; i < ticket->departments->len; i++) {
        const struct ticket_department *own = ticket->departments->pdata[i];

        if (g_ptr_array_find_with_equal_func(names, own->name, g_str_equal, NULL))
            return true;
    }
    if (!department_find(action->store, names->pdata[0], &department, error))
        return false;
    g_assert(department != NULL);
    action_share(action, ticket, department);
    return true;
}

bool action_assign(struct action *action, struct ticket *ticket,
                   const struct operator_person *person, GError **error)
{
    if (ticket->assignee_id == person->id)
        return error_set(error, ERROR_REFUSED, "%s has ticket %" G_GINT64_FORMAT " already",
                         person->address, ticket->number);
    if (!share_with(action, ticket, person, error))
        return false;
    ticket->assignee_id = person->id;
    g_free(ticket->assignee);
    ticket->assignee = g_strdup(person->address);
    note(action, "assigned", person->address);
    return true;
}

bool action_drop(struct action *action, struct ticket *ticket, GError **error)
{
    if (ticket->assignee_id == 0)
        return refuse(error, ticket, "is nobody's already");
    note(action, "dropped", ticket->assignee);
    ticket->assignee_id = 0;
    g_clear_pointer(&ticket->assignee, g_free);
    return true;
}

bool action_move(struct action *action, struct ticket *ticket, const struct department *department,
                 GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];

    if (owner->id == department->id)
        return error_set(error, ERROR_REFUSED, "ticket %" G_GINT64_FORMAT " belongs to %s already",
                         ticket->number, department->name);
    note(action, "moved", department->name);
    for (guint i = ticket->departments->len; i > 1; i--) {
        const struct ticket_department *further = ticket->departments->pdata[i - 1];

        if (further->id == department->id)
            g_ptr_array_remove_index(ticket->departments, i - 1);
    }
    g_ptr_array_remove_index(ticket->departments, 0);
    g_ptr_array_insert(ticket->departments, 0,
                       ticket_department_new(department->id, department->name));
    return true;
}
