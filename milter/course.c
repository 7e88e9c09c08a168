/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens a ticket for a message, or lets the one that was found go on. Knows no kind of message and
 * no copy. The thread that holds the store.
 */
#include "milter/course.h"

#include "milter/action.h"
#include "milter/author.h"
#include "milter/gate.h"
#include "milter/subject.h"

void course_join_one(struct matter *matter, struct ticket *ticket,
                     const struct department *department)
{
    struct action action = {matter->store, matter->author.address, matter->now,
                            matter->decision->events};

    if (ticket->departments->len == 0 || ticket_has_department(ticket, department->id) ||
        gate_may_join(matter, department))
        action_share(&action, ticket, department);
    else
        decision_add_event(matter->decision, "closed-department", matter->author.address,
                           department->name);
}

/* The departments written to join; the one it is handled under owns a new ticket. */
void course_join(struct matter *matter, struct ticket *ticket)
{
    if (ticket->departments->len == 0)
        course_join_one(matter, ticket, matter->main->department);
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        course_join_one(matter, ticket, addressee->department);
    }
}

void course_wait(struct matter *matter, struct ticket *ticket, bool for_us)
{
    if (ticket->waiting_since != 0 && ticket->waiting_for_us == for_us)
        return;
    ticket->waiting_for_us = for_us;
    ticket->waiting_since = matter->now;
}

/* The new ticket and the old one name each other. The old ID leads to the new ticket only where
 * somebody of the old one opened it, and not against a refusal: else a stranger with an ID would
 * draw its people's mail. */
static void take_over(struct matter *matter)
{
    struct decision *decision = matter->decision;
    const char *author = matter->author.address;
    int64_t old = matter->old->number;
    g_autofree char *old_number = g_strdup_printf("%" G_GINT64_FORMAT, old);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, decision->ticket->number);

    decision_add_event(decision, "continues", author, old_number);
    decision_add_event_of(decision, old, "continues", author, number);
    if (matter->refusal == NULL && author_is_person(matter, matter->old))
        decision->continues = old;
}

/* An open ticket without requester, owned by the first department written to. */
bool course_open(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;
    struct ticket *ticket = ticket_new();

    decision->ticket = ticket;
    decision->is_new_ticket = true;
    if (!ticket_next_number(matter->store, &ticket->number, error))
        return false;
    ticket->open = true;
    ticket->opened_at = matter->now;
    ticket->updated_at = matter->now;
    ticket->subject = subject_bare(&matter->site->id, matter->mail->subject);
    course_wait(matter, ticket, true);
    decision_add_event(decision, "opened", matter->author.address, NULL);
    course_join(matter, ticket);
    if (matter->old != NULL)
        take_over(matter);
    if (matter->bad_id != 0) {
        g_autofree char *claimed = g_strdup_printf("%" G_GINT64_FORMAT, matter->bad_id);

        decision_add_event(decision, "bad-id", matter->author.address, claimed);
    }
    return true;
}

/* The ticket that was found goes on. */
struct ticket *course_go_on(struct matter *matter)
{
    struct ticket *ticket = g_steal_pointer(&matter->ticket);

    matter->decision->ticket = ticket;
    ticket->updated_at = matter->now;
    return ticket;
}

void course_reopen(struct matter *matter, struct ticket *ticket)
{
    if (ticket->open)
        return;
    ticket->open = true;
    ticket->closed_at = 0;
    course_wait(matter, ticket, true);
    decision_add_event(matter->decision, "reopened", matter->author.address, NULL);
}
