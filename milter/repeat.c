/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The same mail again: what its earlier record says is done once more; a department that it was not
 * handed over for joins. The thread that holds the store.
 */
#include "milter/repeat.h"

#include <string.h>

#include "db/event.h"
#include "milter/again.h"
#include "milter/answer.h"
#include "milter/author.h"
#include "milter/copies.h"
#include "milter/course.h"
#include "milter/direct.h"
#include "milter/people.h"
#include "milter/refuse.h"

/* The departments that it was not handed over for until now join. */
static void add_legs(struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        if (again_is_leg(matter, addressee->role))
            course_join_one(matter, matter->decision->ticket, addressee->department);
    }
}

/* The ticket that this one took over from. */
static bool restore_old(struct matter *matter, const char *number, GError **error)
{
    ticket_free(matter->old);
    return ticket_find(matter->store, g_ascii_strtoll(number, NULL, 10), &matter->old, error);
}

/* What the operators were told by a word in the Subject, and why, they are told again: the first
 * copies may never have left. Who had it already, had it. */
static bool restore(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) events = event_list(matter->store, matter->earlier->ticket, error);

    for (guint i = 0; events != NULL && i < events->len; i++) {
        const struct event *event = events->pdata[i];

        if (event->message != matter->earlier->number)
            continue;
        matter->is_stranger = matter->is_stranger || strcmp(event->kind, "stranger") == 0;
        matter->no_operators = matter->no_operators || strcmp(event->kind, "no-operators") == 0;
        matter->too_many = matter->too_many || strcmp(event->kind, "too-many") == 0;
        if (!matter->author.header_alone && strcmp(event->kind, "direct") == 0)
            direct_add(matter, event->detail);
        if (strcmp(event->kind, "unproven") == 0 && matter->refusal == NULL)
            matter->refusal = g_strdup(event->detail);
        if (strcmp(event->kind, "continues") == 0 && !restore_old(matter, event->detail, error))
            return false;
    }
    return events != NULL;
}

/* A note, or an operator's command; whoever the author is by now. The requester's own is neither.
 */
static bool is_for_inside(const struct matter *matter)
{
    const struct decision *decision = matter->decision;

    return decision->kind == KIND_NOTE ||
           (decision->kind == KIND_COMMAND && matter->earlier->operator_id != 0 &&
            (decision->ticket == NULL || !author_is_requester(matter, decision->ticket)));
}

bool repeat_follow(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;

    decision->is_repeat = true;
    decision->is_resumed = matter->resumed != NULL;
    decision->is_leg = again_has_leg(matter);
    decision->kind = decision_kind_read(matter->earlier->kind);
    decision->ticket = g_steal_pointer(&matter->ticket);
    if (is_for_inside(matter) && people_first_customer(matter, decision->ticket) != NULL) {
        refuse(matter, "550", "5.7.1", "this was a note, and a note stays inside");
        return true;
    }
    if (decision->ticket == NULL)
        return true; /* a question is for nobody, and its answer is on its way */
    add_legs(matter);
    if (!restore(matter, error) || !answer_choose_role(matter, decision->ticket, error) ||
        !copies_again(matter, error) || !copies_for_legs(matter, error))
        return false;
    if (decision->kind == KIND_ANSWER && !copies_for_recipients(matter, error))
        return false;
    copies_choose_audience(matter);
    return true;
}
