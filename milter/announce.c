/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From events to notices. Decides whom, not what it says. The thread that holds the store.
 */
#include "milter/announce.h"

#include <string.h>

#include "db/conversation.h"
#include "db/event.h"
#include "db/operator.h"
#include "milter/handover.h"
#include "milter/machine.h"

struct change {
    struct post *post;
    const struct ticket *ticket;
    const struct event *event;
    bool may_quote;   /* the requester knows of the ticket */
    GPtrArray *heirs; /* struct operator_person: who gets it whole, each once */
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

/* Who was not to be told that there is a ticket (a list, a machine, somebody in whose name others
 * write) is not told either that there is one no more: unless they have come to know it. */
static bool knows_of_it(struct change *change, bool *knows, GError **error)
{
    const struct ticket *ticket = change->ticket;

    *knows = change->may_quote;
    return *knows || outbox_has_kind(change->post->store, ticket->number,
                                     wording_kinds[NOTICE_ACKNOWLEDGE], knows, error);
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
    bool knows;

    if (!is_for_somebody(ticket))
        return true;
    if (!knows_of_it(change, &knows, error))
        return false;
    if (!knows)
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

/* Whose it becomes: they get a handover. Nobody needs one of what they did themselves. */

static void add_heir(struct change *change, struct operator_person *person)
{
    for (guint i = 0; i < change->heirs->len; i++)
        if (((const struct operator_person *)change->heirs->pdata[i])->id == person->id) {
            operator_free(person);
            return;
        }
    if (person->id != change->post->operator_id)
        g_ptr_array_add(change->heirs, person);
    else
        operator_free(person);
}

/* Whoever has it in the end. */
static bool hand_to_assignee(struct change *change, GError **error)
{
    AUTO(operator_person) person = NULL;

    if (change->ticket->assignee_id == 0)
        return true;
    if (!operator_find_id(change->post->store, change->ticket->assignee_id, &person, error))
        return false;
    if (person != NULL)
        add_heir(change, g_steal_pointer(&person));
    return true;
}

/* Members of a department that the ticket was of have seen it. before: NULL, if it is new. */
static bool has_seen(struct change *change, const struct ticket *before,
                     const struct operator_person *person, bool *has, GError **error)
{
    const GPtrArray *departments = before != NULL ? before->departments : NULL;
    bool ever;

    *has = false;
    for (guint i = 0; departments != NULL && i < departments->len && !*has; i++) {
        const struct ticket_department *department = departments->pdata[i];

        if (!department_has_member(change->post->store, department->id, person->id, has, &ever,
                                   error))
            return false;
    }
    return true;
}

static bool hand_to_members(struct change *change, GError **error)
{
    int64_t department = change->event->department_id;
    g_autoptr(GPtrArray) members = NULL;
    AUTO(ticket) before = NULL;

    if (!ticket_has_department(change->ticket, department))
        return true;
    if (!ticket_find(change->post->store, change->ticket->number, &before, error))
        return false;
    members = operator_members(change->post->store, department, error);
    if (members == NULL)
        return false;
    while (members->len > 0) {
        AUTO(operator_person) person = g_ptr_array_steal_index(members, 0);
        bool has;

        if (!has_seen(change, before, person, &has, error))
            return false;
        if (!has)
            add_heir(change, g_steal_pointer(&person));
    }
    return true;
}

/* Where there is nothing but the message that brings the department in, they have that. */
static bool hand_to_joining(struct change *change, GError **error)
{
    int64_t message = change->post->message != 0 ? change->post->message : G_MAXINT64;
    bool has = false;

    if (!conversation_has_before(change->post->store, change->ticket->number, message, &has, error))
        return false;
    return !has || hand_to_members(change, error);
}

/* What follows from which event. */
static const struct {
    const char *kind;
    bool (*tell)(struct change *change, GError **error);
} consequences[] = {
    {"closed", tell_closed},     {"moved", tell_moved},          {"moved", hand_to_members},
    {"shared", hand_to_joining}, {"assigned", hand_to_assignee},
};

static bool tell(struct change *change, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(consequences); i++)
        if (strcmp(consequences[i].kind, change->event->kind) == 0 &&
            !consequences[i].tell(change, error))
            return false;
    return true;
}

static bool is_of(const struct change *change, const struct event *event)
{
    int64_t ticket = event->ticket != 0 ? event->ticket : change->post->ticket;

    return ticket == change->ticket->number;
}

static bool hand_over(struct change *change, GPtrArray *events, GError **error)
{
    return !change->post->hands_over || change->ticket->merged_into != 0 ||
           handover_write(change->post, change->ticket, change->heirs, events, error);
}

bool announce_changes(struct post *post, const struct ticket *ticket, GPtrArray *events,
                      bool is_answered, GError **error)
{
    g_autoptr(GPtrArray) heirs = g_ptr_array_new_with_free_func((GDestroyNotify)operator_free);
    struct change change = {
        .post = post, .ticket = ticket, .heirs = heirs, .may_quote = is_answered};
    guint count = events->len; /* what is kept back adds to them */

    if (!is_answered && !post_may_quote(post, ticket, &change.may_quote, error))
        return false;
    for (guint i = 0; i < count; i++) {
        change.event = events->pdata[i];
        if (is_of(&change, change.event) && !tell(&change, error))
            return false;
    }
    return hand_over(&change, events, error);
}
