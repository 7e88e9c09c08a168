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

static void note_department(struct action *action, const char *kind,
                            const struct department *department)
{
    struct event *event = event_new(kind, action->actor, department->name);

    event->department_id = department->id;
    g_ptr_array_add(action->events, event);
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

/* One that is part of another is that one. */
static bool check_apart(const struct ticket *ticket, GError **error)
{
    return ticket->merged_into == 0 ||
           error_set(error, ERROR_REFUSED,
                     "ticket %" G_GINT64_FORMAT " is part of ticket %" G_GINT64_FORMAT,
                     ticket->number, ticket->merged_into);
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
    if (!check_apart(ticket, error))
        return false;
    if (ticket->open && !ticket->is_spam)
        return refuse(error, ticket, "is open already");
    if (!has_owner(action, ticket, error))
        return false;
    if (!ticket->open) {
        ticket->open = true;
        ticket->closed_at = 0;
        ticket->waiting_for_us = true;
        ticket->waiting_since = action->now;
    }
    ticket->is_spam = false;
    note(action, "reopened", NULL);
    return true;
}

void action_share(struct action *action, struct ticket *ticket, const struct department *department)
{
    if (ticket_has_department(ticket, department->id))
        return;
    if (ticket->departments->len > 0)
        note_department(action, "shared", department);
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

/* Somebody who is in none of the ticket's departments could not answer. */
static bool drop_stranger(struct action *action, struct ticket *ticket, GError **error)
{
    for (guint i = 0; i < ticket->departments->len; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];
        bool now;
        bool ever;

        if (!department_has_member(action->store, department->id, ticket->assignee_id, &now, &ever,
                                   error))
            return false;
        if (now)
            return true;
    }
    return action_drop(action, ticket, error);
}

bool action_move(struct action *action, struct ticket *ticket, const struct department *department,
                 GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];

    if (owner->id == department->id)
        return error_set(error, ERROR_REFUSED, "ticket %" G_GINT64_FORMAT " belongs to %s already",
                         ticket->number, department->name);
    if (!check_apart(ticket, error))
        return false;
    note_department(action, "moved", department);
    for (guint i = ticket->departments->len; i > 1; i--) {
        const struct ticket_department *further = ticket->departments->pdata[i - 1];

        if (further->id == department->id)
            g_ptr_array_remove_index(ticket->departments, i - 1);
    }
    g_ptr_array_remove_index(ticket->departments, 0);
    g_ptr_array_insert(ticket->departments, 0,
                       ticket_department_new(department->id, department->name));
    return ticket->assignee_id == 0 || drop_stranger(action, ticket, error);
}

static void note_number(struct action *action, const char *kind, int64_t ticket, int64_t detail)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, detail);
    struct event *event = event_new(kind, action->actor, number);

    event->ticket = ticket;
    g_ptr_array_add(action->events, event);
}

static void take_person(struct ticket *target, const char *address, const char *name)
{
    if (address != NULL && !ticket_has_person(target, address))
        g_ptr_array_add(target->correspondents, correspondent_new(address, name));
}

/* What the customer of the one waits for, the other waits for now. */
static void take_waiting(struct ticket *target, const struct ticket *ticket)
{
    if (!ticket->open || !target->open || !ticket->waiting_for_us)
        return;
    if (!target->waiting_for_us || ticket->waiting_since < target->waiting_since)
        target->waiting_since = ticket->waiting_since;
    target->waiting_for_us = true;
}

bool action_merge(struct action *action, struct ticket *ticket, struct ticket *target,
                  GError **error)
{
    g_assert(target->merged_into == 0);
    if (!check_apart(ticket, error))
        return false;
    if (ticket->number == target->number)
        return refuse(error, ticket, "can't be merged into itself");
    take_person(target, ticket->requester, ticket->requester_name);
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        take_person(target, person->address, person->name);
    }
    take_waiting(target, ticket);
    if (ticket->open)
        ticket->closed_at = action->now;
    ticket->open = false;
    ticket->merged_into = target->number;
    ticket->updated_at = action->now;
    target->updated_at = action->now;
    note_number(action, "merged-into", ticket->number, target->number);
    note_number(action, "merged-from", target->number, ticket->number);
    return true;
}

bool action_spam(struct action *action, struct ticket *ticket, GError **error)
{
    if (ticket->is_spam)
        return refuse(error, ticket, "is marked as spam already");
    if (ticket->open && !action_close(action, ticket, error))
        return false;
    ticket->is_spam = true;
    note(action, "spam", ticket->requester);
    return true;
}

bool action_cc(struct action *action, struct ticket *ticket, const char *address, GError **error)
{
    if (ticket_has_person(ticket, address))
        return error_set(error, ERROR_REFUSED, "%s is of ticket %" G_GINT64_FORMAT " already",
                         address, ticket->number);
    if (ticket->correspondents->len >= ACTION_CORRESPONDENTS_MAX)
        return error_set(error, ERROR_REFUSED,
                         "ticket %" G_GINT64_FORMAT " has %d correspondents already",
                         ticket->number, ACTION_CORRESPONDENTS_MAX);
    g_ptr_array_add(ticket->correspondents, correspondent_new(address, NULL));
    note(action, "correspondent", address);
    return true;
}

bool action_uncc(struct action *action, struct ticket *ticket, const char *address, GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        if (strcmp(person->address, address) == 0) {
            g_ptr_array_remove_index(ticket->correspondents, i);
            note(action, "correspondent-removed", address);
            return true;
        }
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", person->address);
    }
    return error_set(error, ERROR_REFUSED,
                     "%s is no correspondent of ticket %" G_GINT64_FORMAT "; %s%s", address,
                     ticket->number, names->len > 0 ? "these are: " : "it has none", names->str);
}
