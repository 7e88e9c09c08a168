/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From events to notices. Decides whom, not what it says. The thread that holds the store.
 */
#include "milter/announce.h"

#include <string.h>

#include "db/event.h"
#include "db/operator.h"
#include "milter/machine.h"

struct change {
    struct post *post;
    const struct ticket *ticket;
    const struct event *event;
    bool may_quote; /* the requester knows of the ticket */
};

/* Nobody reads what is sent there, or a program would answer it. */
static bool is_for_somebody(const struct ticket *ticket)
{
    return ticket->requester != NULL && !ticket->is_spam && ticket->merged_into == 0 &&
           !machine_is_no_reply(ticket->requester);
}

/* An operator's name, by the address that an event has. *person is yours, NULL: of none. */
static bool find_actor(struct change *change, struct operator_person **person, GError **error)
{
    *person = NULL;
    return change->event->actor == NULL ||
           operator_find(change->post->store, change->event->actor, person, error);
}

/* To the requester, from the department that owns the ticket. */
static bool tell_requester(struct change *change, enum notice_kind kind, GError **error)
{
    const struct ticket *ticket = change->ticket;
    const struct ticket_department *owner = ticket->departments->pdata[0];
    struct mail_address requester = {NULL, ticket->requester};
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    AUTO(department) department = NULL;
    AUTO(operator_person) actor = NULL;
    struct notice notice = {.kind = kind, .ticket = ticket, .to = to};

    if (!is_for_somebody(ticket))
        return true;
    if (!department_find_id(change->post->store, owner->id, &department, error) ||
        !find_actor(change, &actor, error))
        return false;
    if (department == NULL || department->primary == NULL)
        return true;
    g_ptr_array_add(to, &requester);
    requester.name = ticket->requester_name;
    notice.department = department;
    notice.role = department->primary;
    notice.may_quote = change->may_quote;
    notice.operator_name = actor != NULL ? actor->name : NULL;
    notice.is_counted = g_strcmp0(change->event->actor, ticket->requester) == 0;
    return post_notice(change->post, &notice, error);
}

static bool tell_closed(struct change *change, GError **error)
{
    return change->ticket->open || tell_requester(change, NOTICE_CLOSED, error);
}

static bool tell_moved(struct change *change, GError **error)
{
    return tell_requester(change, NOTICE_MOVED, error);
}

/* What follows from which event. */
static const struct {
    const char *kind;
    bool (*tell)(struct change *change, GError **error);
} consequences[] = {
    {"closed", tell_closed},
    {"moved", tell_moved},
};

static bool tell(struct change *change, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(consequences); i++)
        if (strcmp(consequences[i].kind, change->event->kind) == 0 &&
            !consequences[i].tell(change, error))
            return false;
    return true;
}

bool announce_changes(struct post *post, const struct ticket *ticket, GPtrArray *events,
                      bool is_answered, GError **error)
{
    struct change change = {.post = post, .ticket = ticket, .may_quote = is_answered};
    guint count = events->len; /* what is kept back adds to them */

    if (!is_answered && !post_may_quote(post, ticket, &change.may_quote, error))
        return false;
    for (guint i = 0; i < count; i++) {
        change.event = events->pdata[i];
        if ((change.event->ticket == 0 || change.event->ticket == ticket->number) &&
            !tell(&change, error))
            return false;
    }
    return true;
}
