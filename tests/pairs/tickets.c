/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about what a message does to tickets.
 */
#include <string.h>

#include "tests/pairs/rules.h"

/* A question is of no ticket; see replies.c. */
static bool is_taken(const struct outcome *outcome)
{
    return outcome->decision->verdict == DECISION_TAKE && outcome->decision->ticket != NULL;
}

/* Is that word among the role addresses written to, or one that begins so? */
static bool asks(const struct outcome *outcome, const char *word)
{
    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *extension;

        if (cast_role(outcome->cast, recipient->address, &extension) != 0 && extension != NULL &&
            g_str_has_prefix(extension, word))
            return true;
    }
    return false;
}

static bool is_written_to(const struct outcome *outcome, int64_t department)
{
    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *extension;

        if (cast_role(outcome->cast, recipient->address, &extension) == department)
            return true;
    }
    return false;
}

/* 30 days before now, in seed.sql. */
static bool is_closed_long_ago(const struct ticket *ticket)
{
    return ticket != NULL && !ticket->open &&
           ticket->closed_at < INT64_C(1772445600000) - 30 * INT64_C(86400000);
}

/* What operators and machines write stays where it belongs; so does what is only noted, what the
 * requester says to close it, and a command alone. */
static enum finding right_ticket(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    const struct ticket *meant = outcome->meant;

    if (!is_taken(outcome) || outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if (is_closed_long_ago(meant) && !outcome->acts_as_operator &&
        !outcome->scene.writer->is_machine && decision->kind != KIND_NOTE &&
        decision->kind != KIND_COMMAND && !(outcome->is_requester && asks(outcome, "close")))
        meant = NULL;
    if (meant == NULL && !decision->is_new_ticket)
        return rules_break(why, "it gets into ticket %" G_GINT64_FORMAT, decision->ticket->number);
    if (meant != NULL && decision->is_new_ticket && decision->kind == KIND_NOTE)
        return FINDING_HOLDS;
    if (meant != NULL && (decision->is_new_ticket || decision->ticket->number != meant->number))
        return rules_break(why,
                           "it is of ticket %" G_GINT64_FORMAT ", and gets into %" G_GINT64_FORMAT,
                           meant->number, decision->ticket->number);
    return FINDING_HOLDS;
}

static bool is_kind_allowed(const struct outcome *outcome)
{
    const struct writer *writer = outcome->scene.writer;
    const struct ticket *ticket = outcome->before;

    switch (outcome->decision->kind) {
    case KIND_ANSWER:
        return outcome->acts_as_operator;
    case KIND_NOTE:
        return outcome->acts_as_operator || outcome->envelope->second_door ||
               (outcome->is_proven && ticket != NULL && asks(outcome, "note") &&
                cast_had_copy(outcome->cast, ticket->number, outcome->operator_id));
    case KIND_COMMAND:
        return outcome->acts_as_operator ||
               (outcome->is_requester && asks(outcome, "close") && !writer->is_machine) ||
               ((outcome->is_requester || outcome->is_person) && !writer->is_machine &&
                (asks(outcome, "status") || asks(outcome, "help")));
    case KIND_AUTO:
    case KIND_BOUNCE:
        return writer->is_machine;
    case KIND_REQUEST:
        return !writer->is_machine && ticket == NULL;
    case KIND_FOLLOWUP:
        return !writer->is_machine && ticket != NULL && !outcome->acts_as_operator;
    }
    return false;
}

static enum finding right_kind(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (!is_taken(outcome) || outcome->turn == TURN_AGAIN || decision->is_repeat)
        return FINDING_NONE;
    if (!is_kind_allowed(outcome))
        return rules_break(why, "%s", decision_kind_name(decision->kind));
    if (decision->operator_id != 0 && (!outcome->is_proven || outcome->scene.writer->is_machine ||
                                       decision->operator_id != outcome->operator_id))
        return rules_break(why, "it is recorded as operator %" G_GINT64_FORMAT "'s",
                           decision->operator_id);
    return FINDING_HOLDS;
}

/* Closing is for operators and the requester; all else that commands do, for operators. A customer
 * reopens by writing, a machine by nothing. */
static const char *find_wrong(const struct outcome *outcome)
{
    const struct ticket *was = outcome->before;
    const struct ticket *is = outcome->decision->ticket;
    bool acts = outcome->acts_as_operator;
    bool is_machine = outcome->scene.writer->is_machine;

    if (was->open && !is->open && !acts &&
        !(outcome->is_requester && asks(outcome, "close") && !is_machine))
        return "closed";
    if (!was->open && is->open && !acts && (is_machine || outcome->decision->kind == KIND_NOTE))
        return "reopened";
    if (was->assignee_id != is->assignee_id && !acts)
        return "assigned";
    if (was->is_spam != is->is_spam && !acts)
        return "called spam";
    if (was->merged_into != is->merged_into && !acts)
        return "merged";
    if (((struct ticket_department *)was->departments->pdata[0])->id !=
            ((struct ticket_department *)is->departments->pdata[0])->id &&
        !(acts && asks(outcome, "move-")))
        return "moved";
    if (g_strcmp0(was->requester, is->requester) != 0)
        return "given to another requester";
    return NULL;
}

static enum finding who_may_change(const struct outcome *outcome, GString *why)
{
    const char *wrong;

    if (!is_taken(outcome) || outcome->before == NULL)
        return FINDING_NONE;
    wrong = find_wrong(outcome);
    return wrong == NULL ? FINDING_HOLDS : rules_break(why, "it is %s", wrong);
}

/* Commands of proven operators alone; what they write to joins, too. */
static enum finding who_may_join(const struct outcome *outcome, GString *why)
{
    GPtrArray *departments;

    if (!is_taken(outcome) || outcome->before == NULL || outcome->turn == TURN_LEG)
        return FINDING_NONE;
    departments = outcome->decision->ticket->departments;
    for (guint i = 0; i < departments->len; i++) {
        const struct ticket_department *department = departments->pdata[i];
        bool may = outcome->acts_as_operator
                       ? is_written_to(outcome, department->id) || asks(outcome, "move-") ||
                             asks(outcome, "assign-")
                       : is_written_to(outcome, department->id) &&
                             !outcome->scene.writer->is_machine &&
                             (outcome->decision->kind != KIND_NOTE || outcome->is_proven);

        if (!may && !ticket_has_department(outcome->before, department->id))
            return rules_break(why, "%s joins", department->name);
    }
    return FINDING_HOLDS;
}

/* By move and merge nobody reaches what they are not in (6). */
static enum finding own_tickets(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    bool moves = asks(outcome, "move-");

    if (!is_taken(outcome) || outcome->turn != TURN_FIRST || !outcome->acts_as_operator ||
        outcome->before == NULL || (decision->further->len == 0 && !moves))
        return FINDING_NONE;
    if (!cast_is_on(outcome->cast, outcome->before, outcome->operator_id))
        return rules_break(why, "they are of no department on it");
    for (guint i = 0; i < decision->further->len; i++) {
        const struct ticket *further = decision->further->pdata[i];

        if (!cast_is_on(outcome->cast, cast_ticket(outcome->cast, further->number),
                        outcome->operator_id))
            return rules_break(why, "nor of any on ticket %" G_GINT64_FORMAT, further->number);
    }
    return FINDING_HOLDS;
}

static bool is_named(const struct outcome *outcome, const char *address)
{
    const struct sending *sending = outcome->scene.sending;
    g_autofree char *argument = g_strdup(address);

    if ((sending->to != NULL && strstr(sending->to, address) != NULL) ||
        (sending->cc != NULL && strstr(sending->cc, address) != NULL))
        return true;
    *strchr(argument, '@') = '=';
    for (int i = 0; sending->recipients[i] != NULL; i++)
        if (strstr(sending->recipients[i], argument) != NULL)
            return true;
    return false;
}

static const char *domain(const char *address)
{
    const char *at = strchr(address, '@');

    return at != NULL ? at : "";
}

/* An operator names people, or answers them. The ticket's requester, or who opens one, brings in
 * their own company. Anybody else brings in nobody, not even themselves. */
static bool may_bring_in(const struct outcome *outcome, const char *address)
{
    const char *author = outcome->scene.writer->address;
    const char *answered = outcome->scene.whose->answers;
    const char *word;

    if (cast_operator(outcome->cast, address) != 0 || cast_role(outcome->cast, address, &word) != 0)
        return false;
    if (outcome->acts_as_operator)
        return is_named(outcome, address) ||
               (answered != NULL && strcmp(domain(answered), domain(address)) == 0);
    if (outcome->scene.writer->is_machine || outcome->decision->kind == KIND_NOTE ||
        (outcome->before != NULL && !outcome->is_requester))
        return false;
    return author != NULL && is_named(outcome, address) &&
           strcmp(domain(author), domain(address)) == 0;
}

static enum finding who_may_come(const struct outcome *outcome, GString *why)
{
    GPtrArray *people;

    if (!is_taken(outcome))
        return FINDING_NONE;
    people = outcome->decision->ticket->correspondents;
    for (guint i = 0; i < people->len; i++) {
        const char *address = ((struct correspondent *)people->pdata[i])->address;

        if ((outcome->before == NULL || !ticket_has_person(outcome->before, address)) &&
            !may_bring_in(outcome, address))
            return rules_break(why, "%s is a correspondent now", address);
    }
    for (guint i = 0; outcome->before != NULL && i < outcome->before->correspondents->len; i++) {
        const char *address =
            ((struct correspondent *)outcome->before->correspondents->pdata[i])->address;

        if (!ticket_has_person(outcome->decision->ticket, address) &&
            !(outcome->acts_as_operator && asks(outcome, "uncc-")))
            return rules_break(why, "%s is none any more", address);
    }
    return FINDING_HOLDS;
}

/* Of a customer's the author; of an operator's for somebody, whom it names; else nobody. */
static enum finding whose_it_is(const struct outcome *outcome, GString *why)
{
    const char *requester;
    const char *author = outcome->scene.writer->address;
    bool is_right;

    if (!is_taken(outcome) || outcome->before != NULL)
        return FINDING_NONE;
    requester = outcome->decision->ticket->requester;
    if (outcome->decision->kind == KIND_ANSWER)
        is_right = requester != NULL && cast_operator(outcome->cast, requester) == 0 &&
                   (is_named(outcome, requester) || (outcome->all_readers & READER_REQUESTER) != 0);
    else if (outcome->decision->kind == KIND_REQUEST)
        is_right = g_strcmp0(requester, author) == 0;
    else
        is_right = requester == NULL;
    return is_right ? FINDING_HOLDS : rules_break(why, "%s", requester);
}

/* The old ID leads on only for somebody of the old ticket: a stranger would draw its people's
 * mail. */
static enum finding who_takes_over(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (!is_taken(outcome) || decision->continues == 0)
        return FINDING_NONE;
    if (!outcome->is_person || outcome->scene.writer->is_machine)
        return rules_break(why, "ticket %" G_GINT64_FORMAT " leads to it", decision->continues);
    return FINDING_HOLDS;
}

const struct rule rules_of_tickets[] = {
    {"nobody gets into somebody else's ticket, everybody into their own (4)", right_ticket},
    {"the kind is one that the author may write, an operator is one proven (5)", right_kind},
    {"only who may do so closes, reopens, assigns, moves, merges, calls it spam (5, 6)",
     who_may_change},
    {"only departments written to join, or where an operator sends it (5, 6)", who_may_join},
    {"move and merge reach only tickets of the operator's departments (6)", own_tickets},
    {"people join by an operator's hand, or by the requester's of their own domain (4, 5)",
     who_may_come},
    {"a new ticket is its author's, or whom an operator opens it for, or nobody's (5)",
     whose_it_is},
    {"a closed ticket leads on only for its own people (4)", who_takes_over},
    {NULL, NULL},
};
