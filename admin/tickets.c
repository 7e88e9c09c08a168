/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil ticket …`: which tickets a list shows, and when a change to one is refused. Runs in
 * the command's transaction; each change leaves an event that bears the login.
 */
#include "admin/tickets.h"

#include <string.h>

#include "admin/change.h"
#include "admin/note.h"
#include "admin/object.h"
#include "admin/when.h"
#include "admin/which.h"
#include "db/error.h"
#include "db/event.h"
#include "milter/action.h"
#include "milter/log.h"

static bool wrong_option(GError **error, const char *option, const char *value, const char *allowed)
{
    g_autofree char *quoted = log_quoted(value);

    return request_wrong(error, "--%s `%s`: it must be %s", option, quoted, allowed);
}

/* Reads an option that is yes, no, or not given: 1, 0, -1. */
static bool read_choice(struct context *context, const char *option, const char *yes,
                        const char *no, int *out, GError **error)
{
    const char *value = request_text(context->request, option);
    g_autofree char *allowed = g_strdup_printf("%s or %s", yes, no);

    *out = value == NULL ? -1 : strcmp(value, yes) == 0 ? 1 : 0;
    return *out != 0 || strcmp(value, no) == 0 || wrong_option(error, option, value, allowed);
}

static bool read_department(struct context *context, struct ticket_filter *filter, GError **error)
{
    const char *name = request_text(context->request, "department");
    AUTO(department) department = NULL;

    if (name == NULL)
        return true;
    if (!context_find_department(context, name, &department, error))
        return false;
    filter->department_id = department->id;
    return true;
}

static bool read_assignee(struct context *context, struct ticket_filter *filter, GError **error)
{
    const char *who = request_text(context->request, "assignee");
    AUTO(operator_person) person = NULL;

    filter->nobody = who != NULL && strcmp(who, "nobody") == 0;
    if (who == NULL || filter->nobody)
        return true;
    if (!which_operator(context, who, &person, error))
        return false;
    filter->assignee_id = person->id;
    return true;
}

static bool read_times(struct context *context, struct ticket_filter *filter, GError **error)
{
    const char *older = request_text(context->request, "older");
    const char *since = request_text(context->request, "since");
    int64_t age_ms;

    if (older != NULL && !when_read_age(older, &age_ms))
        return wrong_option(error, "older", older, "a number with s, m, h, d or w, such as 4h");
    if (older != NULL)
        filter->waiting_before = MAX(context->now - age_ms, 1);
    if (since != NULL && !when_read_date(since, &filter->updated_since))
        return wrong_option(error, "since", since,
                            "a day, such as 2026-11-22, or a time, such as 2026-11-22T15:56:17Z");
    return true;
}

static bool read_filter(struct context *context, struct ticket_filter *filter, GError **error)
{
    if (!read_choice(context, "state", "open", "closed", &filter->open, error) ||
        !read_choice(context, "waiting", "us", "customer", &filter->waiting_for_us, error) ||
        !read_times(context, filter, error))
        return false;
    if (filter->open == 0 && (filter->waiting_for_us != -1 || filter->waiting_before != 0)) {
        return request_wrong(
            error, "a closed ticket waits for nobody: leave --state closed or --waiting and "
                   "--older out");
    }
    return read_department(context, filter, error) && read_assignee(context, filter, error);
}

static bool list_one(const struct ticket *ticket, void *data, GError **error)
{
    struct context *context = data;
    AUTO(row) row = object_ticket(context, ticket);

    return output_row(context->output, row, error);
}

bool tickets_list(struct context *context, char **arguments, GError **error)
{
    const char *requester = request_text(context->request, "requester");
    struct ticket_filter filter = {0};
    g_autofree char *address = NULL;

    (void)arguments;
    if (!read_filter(context, &filter, error))
        return false;
    if (requester != NULL) {
        address = context_read_address(requester, error);
        if (address == NULL)
            return false;
        filter.requester = address;
    }
    return ticket_list(context->store, &filter, list_one, context, error);
}

/* With JSON, shows the ticket as it is recorded now. */
static bool show_changed(struct context *context, int64_t number, GError **error)
{
    AUTO(ticket) after = NULL;
    AUTO(row) row = NULL;

    if (!output_is_json(context->output))
        return true;
    if (!ticket_find(context->store, number, &after, error))
        return false;
    row = object_ticket(context, after);
    return output_one(context->output, row, error);
}

/* Records what was done; with JSON, shows the ticket. by: who does it; NULL: no operator. */
static bool record_by(struct context *context, const struct action *action, struct ticket *ticket,
                      const struct operator_person *by, GError **error)
{
    return change_record(context, action, ticket, by != NULL ? by->id : 0, true, error) &&
           show_changed(context, ticket->number, error);
}

/* By whoever types. */
static bool record(struct context *context, const struct action *action, struct ticket *ticket,
                   GError **error)
{
    AUTO(operator_person) caller = NULL;

    return which_caller(context, &caller, error) &&
           record_by(context, action, ticket, caller, error);
}

bool tickets_close(struct context *context, char **arguments, GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !action_close(&action, ticket, error))
        return false;
    output_say(context->output, "ticket %" G_GINT64_FORMAT " is closed", ticket->number);
    return record(context, &action, ticket, error);
}

bool tickets_reopen(struct context *context, char **arguments, GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !action_reopen(&action, ticket, error))
        return false;
    output_say(context->output, "ticket %" G_GINT64_FORMAT " is open again", ticket->number);
    return record(context, &action, ticket, error);
}

/* action_assign() says so, too, but not what to type. */
static bool check_membership(struct context *context, const struct operator_person *person,
                             GError **error)
{
    g_autoptr(GPtrArray) names = operator_departments(context->store, person->id, error);

    if (names == NULL)
        return false;
    return names->len > 0 ||
           error_set(error, ERROR_REFUSED,
                     "%s is in no department; `counterfoil member add` makes them a member",
                     person->address);
}

/* by: who does it; NULL: no operator. */
static bool assign(struct context *context, struct ticket *ticket,
                   const struct operator_person *person, const struct operator_person *by,
                   GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    guint departments = ticket->departments->len;

    if (ticket->assignee_id != person->id && !check_membership(context, person, error))
        return false;
    if (!action_assign(&action, ticket, person, error))
        return false;
    for (guint i = departments; i < ticket->departments->len; i++)
        output_say(context->output, "department %s joins ticket %" G_GINT64_FORMAT,
                   ((struct ticket_department *)ticket->departments->pdata[i])->name,
                   ticket->number);
    output_say(context->output, "%s has ticket %" G_GINT64_FORMAT " now", person->address,
               ticket->number);
    return record_by(context, &action, ticket, by, error);
}

bool tickets_assign(struct context *context, char **arguments, GError **error)
{
    AUTO(ticket) ticket = NULL;
    AUTO(operator_person) person = NULL;
    AUTO(operator_person) caller = NULL;

    return which_ticket(context, arguments[0], &ticket, error) &&
           which_operator(context, arguments[1], &person, error) &&
           which_caller(context, &caller, error) && assign(context, ticket, person, caller, error);
}

bool tickets_take(struct context *context, char **arguments, GError **error)
{
    const char *who = request_text(context->request, "as");
    AUTO(ticket) ticket = NULL;
    AUTO(operator_person) person = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !(who != NULL ? which_operator(context, who, &person, error)
                      : which_caller(context, &person, error)))
        return false;
    if (person == NULL) {
        return request_wrong(error,
                             "`%s` is no operator's login: say who takes it with --as OPERATOR",
                             caller_login(context->caller));
    }
    return assign(context, ticket, person, person, error);
}

bool tickets_drop(struct context *context, char **arguments, GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !action_drop(&action, ticket, error))
        return false;
    output_say(context->output, "ticket %" G_GINT64_FORMAT " is nobody's now", ticket->number);
    return record(context, &action, ticket, error);
}

bool tickets_move(struct context *context, char **arguments, GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;
    AUTO(department) department = NULL;
    int64_t assignee;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !context_find_department(context, arguments[1], &department, error))
        return false;
    assignee = ticket->assignee_id;
    if (!action_move(&action, ticket, department, error))
        return false;
    output_say(context->output, "ticket %" G_GINT64_FORMAT " belongs to %s now", ticket->number,
               department->name);
    if (ticket->assignee_id != assignee)
        output_say(context->output, "ticket %" G_GINT64_FORMAT " is nobody's now", ticket->number);
    return record(context, &action, ticket, error);
}

bool tickets_merge(struct context *context, char **arguments, GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;
    AUTO(ticket) ticket = NULL;
    AUTO(ticket) target = NULL;

    if (!which_ticket(context, arguments[0], &ticket, error) ||
        !which_live_ticket(context, arguments[1], &target, error) ||
        !action_merge(&action, ticket, target, error) ||
        !ticket_update(context->store, target, error))
        return false;
    output_say(context->output,
               "ticket %" G_GINT64_FORMAT " is part of ticket %" G_GINT64_FORMAT " now",
               ticket->number, target->number);
    return record(context, &action, ticket, error) && show_changed(context, target->number, error);
}

/* The tickets that were named, each once. NULL: one of them is none. */
static GPtrArray *find_tickets(struct context *context, char *const *names, GError **error)
{
    g_autoptr(GPtrArray) tickets = g_ptr_array_new_with_free_func((GDestroyNotify)ticket_free);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);

    for (; *names != NULL; names++) {
        AUTO(ticket) ticket = NULL;

        if (!which_live_ticket(context, *names, &ticket, error))
            return NULL;
        if (g_hash_table_contains(seen, &ticket->number))
            continue;
        g_hash_table_add(seen, &ticket->number);
        g_ptr_array_add(tickets, g_steal_pointer(&ticket));
    }
    return g_steal_pointer(&tickets);
}

static bool add_note(struct context *context, struct ticket *ticket, const char *text,
                     GError **error)
{
    struct action action = change_begin(context);
    g_autoptr(GPtrArray) events = action.events;

    g_ptr_array_add(events, event_new(EVENT_NOTE, action.actor, text));
    output_say(context->output, "the note is on ticket %" G_GINT64_FORMAT, ticket->number);
    return record(context, &action, ticket, error);
}

static bool add_notes(struct context *context, char *const *names, const char *text, GError **error)
{
    g_autoptr(GPtrArray) tickets = find_tickets(context, names, error);

    for (guint i = 0; tickets != NULL && i < tickets->len; i++)
        if (!add_note(context, tickets->pdata[i], text, error))
            return false;
    return tickets != NULL;
}

/* Wrong names are said before anybody types; and while somebody does, the filter must be able to
 * write, so the transaction comes last. */
bool tickets_note(struct context *context, char **arguments, GError **error)
{
    g_autoptr(GPtrArray) found = find_tickets(context, arguments, error);
    g_autofree char *text =
        found != NULL ? note_read(request_text(context->request, "text"), error) : NULL;

    if (text == NULL || !store_begin(context->store, error))
        return false;
    context->now = g_get_real_time() / 1000;
    if (add_notes(context, arguments, text, error))
        return store_commit(context->store, error);
    store_rollback(context->store);
    return false;
}
