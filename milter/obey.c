/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One small function for each command. What an argument means, and whether the author may do that
 * to this ticket, is decided here; what it does to a ticket, in action.c.
 */
#include "milter/obey.h"

#include <string.h>

#include "db/error.h"
#include "db/event.h"
#include "milter/action.h"
#include "milter/author.h"
#include "milter/handover.h"
#include "milter/listing.h"
#include "milter/log.h"
#include "milter/nearest.h"
#include "milter/orders.h"
#include "milter/people.h"
#include "milter/refuse.h"
#include "milter/who.h"

/* How many members of a department a refusal names. */
#define NAMED_MAX 10

struct work {
    struct matter *matter;
    struct action action;
    struct ticket *ticket; /* the one acted on; borrowed; NULL: of none */
    const char *argument;  /* or NULL */
};

static bool obey_close(struct work *work, GError **error)
{
    return !work->ticket->open || action_close(&work->action, work->ticket, error);
}

static bool obey_reopen(struct work *work, GError **error)
{
    return (work->ticket->open && !work->ticket->is_spam) ||
           action_reopen(&work->action, work->ticket, error);
}

static bool assign(struct work *work, const struct operator_person *person, GError **error)
{
    return work->ticket->assignee_id == person->id ||
           action_assign(&work->action, work->ticket, person, error);
}

static bool obey_take(struct work *work, GError **error)
{
    return assign(work, work->matter->author.person, error);
}

static bool obey_drop(struct work *work, GError **error)
{
    return work->ticket->assignee_id == 0 || action_drop(&work->action, work->ticket, error);
}

/* Whom somebody in this department most likely meant. */
static char *name_members(struct work *work, GError **error)
{
    const struct department *department = work->matter->main->department;
    g_autoptr(GPtrArray) members = operator_members(work->matter->store, department->id, error);
    g_autoptr(GString) text = g_string_new(NULL);

    if (members == NULL)
        return NULL;
    g_string_printf(text, "in %s are:", department->title);
    for (guint i = 0; i < MIN(members->len, NAMED_MAX); i++)
        g_string_append_printf(text, "%s %s", i > 0 ? "," : "",
                               ((struct operator_person *)members->pdata[i])->address);
    if (members->len > NAMED_MAX)
        g_string_append(text, " and others");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool obey_assign(struct work *work, GError **error)
{
    g_autofree char *hint = name_members(work, error);
    g_autofree char *address = command_address(work->argument);
    AUTO(operator_person) person = NULL;

    return hint != NULL &&
           who_find(work->matter->store, address != NULL ? address : work->argument, hint, &person,
                    error) &&
           assign(work, person, error);
}

static bool refuse_department(struct work *work, GError **error)
{
    g_autoptr(GPtrArray) all = department_list(work->matter->store, error);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autofree char *quoted = log_quoted(work->argument);
    g_autofree char *list = NULL;
    const char *nearest;

    if (all == NULL)
        return false;
    for (guint i = 0; i < all->len; i++)
        g_ptr_array_add(names, ((struct department *)all->pdata[i])->name);
    g_ptr_array_add(names, NULL);
    nearest = nearest_name(work->argument, (const char *const *)names->pdata);
    list = g_strjoinv(", ", (char **)names->pdata);
    return nearest != NULL ? error_set(error, ERROR_NOT_FOUND,
                                       "no department `%s`; did you mean `%s`?", quoted, nearest)
                           : error_set(error, ERROR_NOT_FOUND, "no department `%s`; there are: %s",
                                       quoted, list);
}

/* Move and merge reach only tickets of departments that the author is a member of, now: not of
 * those that join because they are written to. */
static bool is_out_of_reach(int64_t number, GError **error)
{
    return error_set(error, ERROR_NOT_FOUND,
                     "there is no ticket %" G_GINT64_FORMAT " in a department that you are in",
                     number);
}

static bool check_own(struct work *work, GError **error)
{
    return work->matter->author.is_on_ticket || is_out_of_reach(work->ticket->number, error);
}

static bool find_target(struct work *work, int64_t number, struct ticket **target, GError **error)
{
    bool is_on = false;

    if (!ticket_find_live(work->matter->store, number, target, error) ||
        (*target != NULL && !author_is_on_ticket(work->matter, *target, &is_on, error)))
        return false;
    return is_on || is_out_of_reach(number, error);
}

static bool obey_move(struct work *work, GError **error)
{
    const struct ticket_department *owner = work->ticket->departments->pdata[0];
    AUTO(department) department = NULL;

    if (!check_own(work, error) ||
        !department_find(work->matter->store, work->argument, &department, error))
        return false;
    if (department == NULL)
        return refuse_department(work, error);
    return owner->id == department->id ||
           action_move(&work->action, work->ticket, department, error);
}

/* 1042, or 1042-k7qx2. */
static bool read_number(struct work *work, int64_t *number, GError **error)
{
    const char *text = work->argument;
    g_autofree char *quoted = log_quoted(text);

    if (ticketid_parse_extension(&work->matter->site->id, text, number) == TICKETID_VALID ||
        g_ascii_string_to_signed(text, 10, 1, G_MAXINT64, number, NULL))
        return true;
    return error_set(error, ERROR_REFUSED,
                     "`%s` is no ticket's number; write +merge-1042 to merge into ticket 1042",
                     quoted);
}

static bool obey_merge(struct work *work, GError **error)
{
    AUTO(ticket) target = NULL;
    int64_t number = 0;

    if (work->matter->decision->further->len > 0)
        return error_set(error, ERROR_REFUSED, "a message merges its ticket once");
    if (!read_number(work, &number, error) || !check_own(work, error) ||
        !find_target(work, number, &target, error) ||
        !action_merge(&work->action, work->ticket, target, error))
        return false;
    work->ticket = target;
    g_ptr_array_add(work->matter->decision->further, g_steal_pointer(&target));
    return true;
}

static char *read_person(struct work *work, GError **error)
{
    char *address = command_address(work->argument);
    g_autofree char *quoted = log_quoted(work->argument);

    if (address == NULL)
        error_set(error, ERROR_REFUSED,
                  "`%s` is no address; write LOCAL=DOMAIN, as in +cc-kim=example.net", quoted);
    return address;
}

static bool obey_cc(struct work *work, GError **error)
{
    g_autofree char *address = read_person(work, error);
    bool is_outside;

    if (address == NULL || !people_is_outside(work->matter, address, &is_outside, error))
        return false;
    if (!is_outside)
        return error_set(error, ERROR_REFUSED,
                         "%s is a role address or an operator's: no correspondent", address);
    return ticket_has_person(work->ticket, address) ||
           action_cc(&work->action, work->ticket, address, error);
}

static bool obey_uncc(struct work *work, GError **error)
{
    g_autofree char *address = read_person(work, error);

    return address != NULL && action_uncc(&work->action, work->ticket, address, error);
}

static bool obey_spam(struct work *work, GError **error)
{
    return work->ticket->is_spam || action_spam(&work->action, work->ticket, error);
}

/* How it stands is told of own tickets alone: to their people, and to their departments. */
static bool obey_status(struct work *work, GError **error)
{
    return !work->matter->author.is_operator || check_own(work, error);
}

/* The whole of it, with all notes. */
static bool obey_show(struct work *work, GError **error)
{
    return check_own(work, error) &&
           (handover_is_for(work->ticket, work->matter->author.person) ||
            error_set(error, ERROR_REFUSED,
                      "you are a correspondent of this ticket, and may not see its notes"));
}

static bool obey_search(struct work *work, GError **error)
{
    g_auto(GStrv) words =
        listing_words(&work->matter->site->id, work->matter->mail->subject, error);

    return words != NULL;
}

/* The row does what +note and +for ask; ask.h answers questions. */
static const struct {
    bool (*obey)(struct work *work, GError **error);
    bool is_first;
} commands[] = {
    [COMMAND_NOTE] = {NULL, false},          [COMMAND_CLOSE] = {obey_close, false},
    [COMMAND_REOPEN] = {obey_reopen, true},  [COMMAND_TAKE] = {obey_take, false},
    [COMMAND_DROP] = {obey_drop, false},     [COMMAND_ASSIGN] = {obey_assign, false},
    [COMMAND_MOVE] = {obey_move, false},     [COMMAND_MERGE] = {obey_merge, false},
    [COMMAND_CC] = {obey_cc, true},          [COMMAND_UNCC] = {obey_uncc, true},
    [COMMAND_FOR] = {NULL, false},           [COMMAND_SPAM] = {obey_spam, false},
    [COMMAND_STATUS] = {obey_status, false}, [COMMAND_SHOW] = {obey_show, false},
    [COMMAND_LIST] = {NULL, false},          [COMMAND_SEARCH] = {obey_search, false},
    [COMMAND_HELP] = {NULL, false},
};

/* Events that a command left on another ticket than the message's say so. */
static void name_ticket(struct work *work, guint first, int64_t ticket)
{
    GPtrArray *events = work->matter->decision->events;

    for (guint i = first; i < events->len; i++) {
        struct event *event = events->pdata[i];

        if (event->ticket == 0)
            event->ticket = ticket;
    }
}

/* What the author can do something about is their refusal; all else is an error. */
static bool settle(struct work *work, GError *problem, GError **error)
{
    if (!g_error_matches(problem, COUNTERFOIL_ERROR, ERROR_REFUSED) &&
        !g_error_matches(problem, COUNTERFOIL_ERROR, ERROR_NOT_FOUND)) {
        g_propagate_error(error, problem);
        return false;
    }
    refuse(work->matter, "550", "5.5.4", problem->message);
    g_error_free(problem);
    return true;
}

static int64_t number_of(const struct work *work)
{
    return work->ticket != NULL ? work->ticket->number : 0;
}

static bool obey_all(struct work *work, bool first, GError **error)
{
    struct matter *matter = work->matter;
    int64_t own = number_of(work);

    for (guint i = 0; i < matter->orders->len && !refuse_is_final(matter); i++) {
        const struct order *order = matter->orders->pdata[i];
        guint events = matter->decision->events->len;
        int64_t ticket = number_of(work);
        GError *problem = NULL;

        if (commands[order->command].obey == NULL || commands[order->command].is_first != first)
            continue;
        work->argument = order->argument;
        if (!commands[order->command].obey(work, &problem) && !settle(work, problem, error))
            return false;
        if (ticket != own)
            name_ticket(work, events, ticket);
    }
    return true;
}

static struct work begin(struct matter *matter, struct ticket *ticket)
{
    struct work work = {
        .matter = matter,
        .action = {matter->store, matter->author.address, matter->now, matter->decision->events},
        .ticket = ticket,
    };

    return work;
}

bool obey_first(struct matter *matter, struct ticket *ticket, GError **error)
{
    struct work work = begin(matter, ticket);

    return obey_all(&work, true, error);
}

bool obey_then(struct matter *matter, GError **error)
{
    struct work work = begin(matter, matter->decision->ticket);

    return obey_all(&work, false, error);
}
