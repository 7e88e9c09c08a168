/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about what is refused, what a refusal says, and about the same mail again.
 */
#include <string.h>

#include "db/event.h"
#include "tests/pairs/rules.h"

static enum finding writes_nothing(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (outcome->writes != 0)
        return rules_break(why, "%" G_GINT64_FORMAT " rows", outcome->writes);
    if (decision->verdict != DECISION_TAKE &&
        (decision->recipients_in->len > 0 || decision->recipients_out->len > 0 ||
         decision->edits->len > 0 || decision->sender != NULL))
        return rules_break(why, "it is not taken, and edited");
    return FINDING_HOLDS;
}

static enum finding second_door(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (!outcome->envelope->second_door)
        return FINDING_NONE;
    if (decision->verdict == DECISION_WAIT && strcmp(decision->reply_code, "451") == 0 &&
        strcmp(decision->reply_status, "4.3.5") == 0) {
        for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
            const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
            const char *word;

            if (cast_role(outcome->cast, recipient->address, &word) == 0)
                return FINDING_HOLDS;
        }
        return rules_break(why, "it waits, though all recipients are role addresses");
    }
    return decision->verdict == DECISION_TAKE ? FINDING_HOLDS
                                              : rules_break(why, "%s", decision->reply_code);
}

/* A customer's mail is refused only where DESIGN says so: never for a ticket's sake. */
static enum finding front_door(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (outcome->envelope->second_door)
        return FINDING_NONE;
    if (decision->verdict == DECISION_WAIT)
        return rules_break(why, "it waits");
    if (decision->verdict != DECISION_REFUSE || outcome->operator_id != 0)
        return FINDING_HOLDS;
    if (outcome->turn == TURN_BACK || outcome->turn == TURN_COPY)
        return FINDING_NONE;
    if (strcmp(decision->reply_status, "5.2.1") == 0 || /* closed department */
        strcmp(decision->reply_status, "5.6.0") == 0)   /* an operator among several From */
        return FINDING_HOLDS;
    return rules_break(why, "%s", decision->reply);
}

static bool has_role(const struct outcome *outcome)
{
    const char *word;

    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];

        if (cast_role(outcome->cast, recipient->address, &word) != 0)
            return true;
    }
    return false;
}

/* Somebody of the ticket is a recipient; *named: and stands in To or Cc. */
static bool goes_to_people(const struct outcome *outcome, bool *named)
{
    const struct sending *sending = outcome->scene.sending;
    bool goes = false;

    *named = false;
    for (int i = 0; sending->recipients[i] != NULL; i++) {
        const char *address = sending->recipients[i];

        if (!ticket_has_person(outcome->meant, address))
            continue;
        goes = true;
        *named = *named || (sending->to != NULL && strstr(sending->to, address) != NULL) ||
                 (sending->cc != NULL && strstr(sending->cc, address) != NULL);
    }
    return goes;
}

/* An answer to people's own addresses, by an operator of the ticket whom the session proves. */
static enum finding slips(const struct outcome *outcome, GString *why)
{
    const struct writer *writer = outcome->scene.writer;
    const struct decision *decision = outcome->decision;
    bool named = false;
    bool is_slip = outcome->acts_as_operator && !writer->proof_is_in_header &&
                   outcome->scene.whose->by == BY_SUBJECT && outcome->meant != NULL &&
                   cast_is_on(outcome->cast, outcome->meant, outcome->operator_id) &&
                   goes_to_people(outcome, &named);

    if (has_role(outcome) || outcome->envelope->second_door || outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if (decision->verdict == DECISION_TAKE)
        return is_slip && decision->kind == KIND_ANSWER ? FINDING_HOLDS
                                                        : rules_break(why, "it is taken");
    if (decision->verdict != DECISION_PASS)
        return rules_break(why, "%s", decision->reply);
    return is_slip && named ? rules_break(why, "it passes") : FINDING_HOLDS;
}

static bool has_event(const struct decision *decision, const char *kind)
{
    for (guint i = 0; i < decision->events->len; i++)
        if (strcmp(((const struct event *)decision->events->pdata[i])->kind, kind) == 0)
            return true;
    return false;
}

static enum finding no_quiet_downgrade(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (outcome->is_proven || !outcome->was_member || outcome->scene.writer->is_machine ||
        decision->verdict == DECISION_WAIT || decision->verdict == DECISION_PASS ||
        outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if (outcome->envelope->second_door)
        return decision->kind == KIND_NOTE && has_event(decision, "unproven")
                   ? FINDING_HOLDS
                   : rules_break(why, "%s", decision_kind_name(decision->kind));
    return decision->verdict == DECISION_REFUSE ? FINDING_HOLDS : rules_break(why, "it is taken");
}

static bool wrote(const struct outcome *outcome, const char *word)
{
    const struct writer *writer = outcome->scene.writer;
    const struct sending *sending = outcome->scene.sending;

    if (strstr(writer->from, word) != NULL || strstr(writer->sender, word) != NULL ||
        (sending->to != NULL && strstr(sending->to, word) != NULL) ||
        (sending->cc != NULL && strstr(sending->cc, word) != NULL))
        return true;
    for (int i = 0; sending->recipients[i] != NULL; i++)
        if (strstr(sending->recipients[i], word) != NULL)
            return true;
    return false;
}

/* Whoever proves nothing learns nothing that they have not said themselves. */
static enum finding keeps_secrets(const struct outcome *outcome, GString *why)
{
    static const char *const others[] = {
        "kim@example.net",  "kay@example.net", "lee@example.org", "zoe@example.org",
        "moe@junk.example", "ann-login",       "stan@",           NULL};
    const char *reply = outcome->decision->reply;
    GHashTableIter i;
    gpointer address;

    if (outcome->decision->verdict != DECISION_REFUSE || outcome->acts_as_operator)
        return FINDING_NONE;
    for (const char *const *other = others; *other != NULL; other++)
        if (strstr(reply, *other) != NULL && !wrote(outcome, *other))
            return rules_break(why, "%s", reply);
    g_hash_table_iter_init(&i, outcome->cast->operators);
    while (g_hash_table_iter_next(&i, &address, NULL))
        if (strstr(reply, address) != NULL && !wrote(outcome, address))
            return rules_break(why, "%s", reply);
    return FINDING_HOLDS;
}

static bool reads(const struct outcome *outcome, const char *address)
{
    for (guint i = 0; i < outcome->readers->len; i++)
        if (strcmp(g_array_index(outcome->readers, struct reader, i).address, address) == 0)
            return true;
    return false;
}

static bool is_same_ticket(const struct outcome *outcome)
{
    const struct ticket *was = outcome->before;
    const struct ticket *is = outcome->decision->ticket;

    if (is == NULL)
        return outcome->first->decision->ticket == NULL;
    return was != NULL && was->number == is->number && was->open == is->open &&
           was->assignee_id == is->assignee_id && was->departments->len == is->departments->len &&
           was->correspondents->len == is->correspondents->len;
}

/* What the courier brings it keeps until it has. */
static guint count_of_the_message(const struct outcome *outcome)
{
    guint count = 0;

    for (guint i = 0; i < outcome->readers->len; i++)
        count += !g_array_index(outcome->readers, struct reader, i).is_brought;
    return count;
}

static enum finding same_as_first(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    const struct outcome *first = outcome->first;

    if (outcome->turn != TURN_AGAIN)
        return FINDING_NONE;
    if (decision->verdict != DECISION_TAKE)
        return rules_break(why, "%s", decision->reply);
    if (!decision->is_repeat || decision->message != first->decision->message ||
        decision->kind != first->decision->kind)
        return rules_break(why, "it is another message");
    if (!is_same_ticket(outcome) || decision->further->len > 0)
        return rules_break(why, "the ticket changes again");
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if (!reads(first, reader->address))
            return rules_break(why, "%s did not get it then", reader->address);
    }
    return outcome->readers->len == count_of_the_message(first)
               ? FINDING_HOLDS
               : rules_break(why, "%u got it then, %u now", count_of_the_message(first),
                             outcome->readers->len);
}

/* Bytes that everybody has who was sent them prove nothing, or nothing new. */
static enum finding forged_gets_nowhere(const struct outcome *outcome, GString *why)
{
    const struct outcome *first = outcome->first;

    if (outcome->turn != TURN_FORGED || outcome->decision->verdict != DECISION_TAKE)
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if (!reader->was_there && (reader->is & (READER_OPERATOR | READER_POSTMASTER)) == 0 &&
            !(outcome->is_proven && reads(first, reader->address)))
            return rules_break(why, "%s is given it", reader->address);
    }
    if (first->acts_as_operator && outcome->decision->is_repeat && !outcome->is_proven)
        return rules_break(why, "it passes for the operator's own");
    return FINDING_HOLDS;
}

/* An operator may have had it at another address. */
static bool was_for(const struct outcome *first, const struct reader *reader)
{
    for (guint i = 0; i < first->readers->len; i++) {
        const struct reader *other = &g_array_index(first->readers, struct reader, i);

        if (strcmp(other->address, reader->address) == 0 ||
            (reader->operator_id != 0 && other->operator_id == reader->operator_id))
            return true;
    }
    return false;
}

/* Only this host resumes; everybody who was sent a message has its stamp. */
static enum finding comes_back(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    bool is_from_here = strcmp(outcome->envelope->client, "127.0.0.1") == 0;

    if (outcome->turn != TURN_BACK)
        return FINDING_NONE;
    if (decision->verdict != DECISION_TAKE)
        return !is_from_here && strcmp(decision->reply_status, "5.4.6") != 0
                   ? rules_break(why, "%s", decision->reply)
                   : FINDING_HOLDS;
    if (!is_from_here || !decision->is_repeat ||
        decision->message != outcome->first->decision->message)
        return rules_break(why, "it is taken");
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if (!reader->was_there && !was_for(outcome->first, reader))
            return rules_break(why, "it was not for %s then", reader->address);
    }
    return FINDING_HOLDS;
}

/* Whoever sends it, by whichever door: nobody outside gets it again. */
static enum finding copy_is_a_loop(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (outcome->turn != TURN_COPY)
        return FINDING_NONE;
    if (decision->verdict != DECISION_TAKE)
        return strcmp(decision->reply_status, "5.4.6") == 0
                   ? FINDING_HOLDS
                   : rules_break(why, "%s", decision->reply);
    if (!outcome->envelope->second_door || decision->is_repeat || decision->kind != KIND_NOTE ||
        decision->outbox->len > 0)
        return rules_break(why, "it is taken");
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = &g_array_index(outcome->readers, struct reader, i);

        if ((reader->is & (READER_OPERATOR | READER_POSTMASTER)) == 0)
            return rules_break(why, "%s is given it", reader->address);
    }
    return FINDING_HOLDS;
}

const struct rule rules_of_verdicts[] = {
    {"deciding writes nothing, and what is not taken is not edited (3, Decide)", writes_nothing},
    {"the second door refuses nothing, and waits only for the role map (13)", second_door},
    {"the front door refuses customers only for a closed department, or an operator's name (5)",
     front_door},
    {"without a role address all mail passes, but the slip of an operator of the ticket (5)",
     slips},
    {"an operator's address without proof is never a quiet customer (5, proof)",
     no_quiet_downgrade},
    {"a refusal tells whoever proves nothing only what they wrote (5, 8)", keeps_secrets},
    {"a retry is the same message, ticket and people (9)", same_as_first},
    {"the same mail by somebody who proves nothing reaches no more people (9)",
     forged_gets_nowhere},
    {"what left here goes on only by this host, to those whom it was for (5, loop stamp; 13)",
     comes_back},
    {"what the courier brought is a loop wherever it comes back (3, 5, loop stamp)",
     copy_is_a_loop},
    {NULL, NULL},
};
