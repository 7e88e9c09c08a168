/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about who gets a message.
 */
#include <string.h>

#include "db/event.h"
#include "db/message.h"
#include "tests/pairs/rules.h"

#define PEOPLE (READER_REQUESTER | READER_CORRESPONDENT)

enum finding rules_break(GString *why, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_string_append_vprintf(why, format, arguments);
    va_end(arguments);
    return FINDING_BROKEN;
}

static bool is_taken(const struct outcome *outcome)
{
    return outcome->decision->verdict == DECISION_TAKE;
}

static const struct reader *reader_at(const struct outcome *outcome, guint i)
{
    return &g_array_index(outcome->readers, struct reader, i);
}

/* An operator's command is for nobody outside either. */
static enum finding stays_inside(const struct outcome *outcome, GString *why)
{
    bool is_inside = outcome->decision->kind == KIND_NOTE ||
                     (outcome->decision->kind == KIND_COMMAND && outcome->acts_as_operator);

    if (!is_taken(outcome) || !is_inside)
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++)
        if ((reader_at(outcome, i)->is & (PEOPLE | READER_OUTSIDER)) != 0)
            return rules_break(why, "%s reads it", reader_at(outcome, i)->address);
    return FINDING_HOLDS;
}

static bool did_get(const struct outcome *first, const char *address)
{
    for (guint i = 0; first != NULL && i < first->readers->len; i++)
        if (strcmp(reader_at(first, i)->address, address) == 0)
            return true;
    return false;
}

/* A retry goes to those again who should have had it before the message itself moved the ticket. */
static bool may_get(const struct outcome *outcome, const struct reader *reader)
{
    if ((outcome->turn == TURN_AGAIN || outcome->turn == TURN_BACK ||
         (outcome->turn == TURN_FORGED && outcome->is_proven)) &&
        did_get(outcome->first, reader->address))
        return true;
    if ((reader->is & (READER_OPERATOR | READER_POSTMASTER)) != 0)
        return true;
    return (reader->is & PEOPLE) != 0 && outcome->decision->kind == KIND_ANSWER;
}

static enum finding may_get_it(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = reader_at(outcome, i);

        if (!reader->was_there && !may_get(outcome, reader))
            return rules_break(why, "%s is given it", reader->address);
    }
    return FINDING_HOLDS;
}

static enum finding only_operators_speak(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome) || outcome->acts_as_operator)
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = reader_at(outcome, i);

        if (!reader->was_there && (reader->is & (READER_OPERATOR | READER_POSTMASTER)) == 0)
            return rules_break(why, "%s is given it", reader->address);
    }
    if (outcome->decision->audience == AUDIENCE_CUSTOMERS)
        return rules_break(why, "it goes out under the department's name");
    return FINDING_HOLDS;
}

/* A source route is taken out in both spellings. */
static bool is_route_of(const char *given, const char *out)
{
    const char *colon = strchr(given, ':');
    size_t bracket = given[0] == '<' ? 1 : 0;

    return given[bracket] == '@' && colon != NULL && strncmp(given, out, bracket) == 0 &&
           strcmp(colon + 1, out + bracket) == 0;
}

static bool is_explained(const struct outcome *outcome, const char *out)
{
    for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
        const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
        const char *word;

        if (cast_role(outcome->cast, recipient->address, &word) != 0 &&
            (strcmp(recipient->given, out) == 0 || is_route_of(recipient->given, out)))
            return true;
    }
    return false;
}

static enum finding roles_go(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;

    if (!is_taken(outcome))
        return FINDING_NONE;
    if ((outcome->all_readers & READER_ROLE) != 0)
        return rules_break(why, "a role address is a recipient still");
    for (guint i = 0; i < decision->recipients_out->len; i++)
        if (!is_explained(outcome, decision->recipients_out->pdata[i]))
            return rules_break(why, "%s is taken out",
                               (const char *)decision->recipients_out->pdata[i]);
    return FINDING_HOLDS;
}

static bool is_one(const struct reader *one, const struct reader *other)
{
    return strcmp(one->address, other->address) == 0 ||
           (one->operator_id != 0 && one->operator_id == other->operator_id);
}

static enum finding nobody_twice(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *one = reader_at(outcome, i);

        for (guint j = 0; j < i; j++) {
            const struct reader *other = reader_at(outcome, j);

            if ((!one->was_there || !other->was_there || one->is_brought || other->is_brought) &&
                is_one(one, other))
                return rules_break(why, "%s and %s", other->address, one->address);
        }
    }
    return FINDING_HOLDS;
}

static bool has_event(const struct decision *decision, const char *kind)
{
    for (guint i = 0; i < decision->events->len; i++)
        if (strcmp(((const struct event *)decision->events->pdata[i])->kind, kind) == 0)
            return true;
    return false;
}

/* A department may ask that spam reaches nobody; a command alone says nothing. */
static enum finding never_into_a_void(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome) || outcome->acts_as_operator ||
        outcome->decision->kind == KIND_COMMAND || has_event(outcome->decision, "spam") ||
        outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if ((outcome->all_readers & (READER_OPERATOR | READER_POSTMASTER)) == 0)
        return rules_break(why, "no operator reads it");
    return FINDING_HOLDS;
}

static bool reads(const struct outcome *outcome, int64_t person)
{
    for (guint i = 0; i < outcome->readers->len; i++)
        if (reader_at(outcome, i)->operator_id == person)
            return true;
    return false;
}

/* Who is in a department on the ticket, before as after: what moves is handed over otherwise. */
static bool is_due(const struct outcome *outcome, int64_t person)
{
    const struct decision *decision = outcome->decision;

    if (outcome->acts_as_operator && person == outcome->operator_id &&
        decision->kind != KIND_REQUEST)
        return false;
    if (decision->kind == KIND_NOTE &&
        cast_operator(outcome->cast, decision->ticket->requester) == person)
        return false;
    return cast_is_on(outcome->cast, decision->ticket, person) &&
           (outcome->before == NULL || cast_is_on(outcome->cast, outcome->before, person) ||
            !outcome->acts_as_operator);
}

/* The assignee's alone, in one manner; an address outside ASCII is the postmaster's. */
static enum finding every_operator(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    bool is_narrowed = decision->kind == KIND_FOLLOWUP && decision->ticket->assignee_id != 0 &&
                       outcome->scene.manner->sql != NULL;
    GHashTableIter i;
    gpointer address;
    gpointer person;

    if (!is_taken(outcome) || is_narrowed || outcome->scene.manner->is_spam ||
        (decision->kind != KIND_REQUEST && decision->kind != KIND_FOLLOWUP &&
         decision->kind != KIND_NOTE && decision->kind != KIND_ANSWER) ||
        outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    g_hash_table_iter_init(&i, outcome->cast->operators);
    while (g_hash_table_iter_next(&i, &address, &person))
        if (is_due(outcome, GPOINTER_TO_INT(person)) && !reads(outcome, GPOINTER_TO_INT(person)) &&
            (g_str_is_ascii(address) || (outcome->all_readers & READER_POSTMASTER) == 0))
            return rules_break(why, "%s does not get it", (const char *)address);
    return FINDING_HOLDS;
}

static bool has_copy(const struct outcome *outcome, const char *address)
{
    for (guint i = 0; i < outcome->decision->copies->len; i++)
        if (strcmp(((struct message_copy *)outcome->decision->copies->pdata[i])->address,
                   address) == 0)
            return true;
    return false;
}

static bool gets(const struct outcome *outcome, const struct message_copy *copy)
{
    for (guint i = 0; i < outcome->readers->len; i++)
        if (strcmp(reader_at(outcome, i)->address, copy->address) == 0 ||
            (copy->operator_id != 0 && reader_at(outcome, i)->operator_id == copy->operator_id))
            return true;
    return false;
}

static enum finding the_record_says_so(const struct outcome *outcome, GString *why)
{
    GPtrArray *copies = outcome->decision->copies;

    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++)
        if ((!reader_at(outcome, i)->was_there || reader_at(outcome, i)->is_brought) &&
            !has_copy(outcome, reader_at(outcome, i)->address))
            return rules_break(why, "%s, who is no copy", reader_at(outcome, i)->address);
    for (guint i = 0; i < copies->len; i++)
        if (!gets(outcome, copies->pdata[i]))
            return rules_break(why, "%s does not get it",
                               ((struct message_copy *)copies->pdata[i])->address);
    return FINDING_HOLDS;
}

/* The postmaster stands in, and only where nobody else can. */
static enum finding postmaster_stands_in(const struct outcome *outcome, GString *why)
{
    g_autofree char *subject = NULL;
    GHashTableIter i;
    gpointer address;
    gpointer person;

    if (!is_taken(outcome) || (outcome->all_readers & READER_POSTMASTER) == 0 ||
        outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    subject = outcome_header(outcome, "Subject");
    if (outcome->decision->audience == AUDIENCE_OPERATORS && strstr(subject, "[no operators]"))
        return (outcome->all_readers & READER_OPERATOR) == 0
                   ? FINDING_HOLDS
                   : rules_break(why, "beside operators who get it");
    if (has_event(outcome->decision, "no-operators"))
        return FINDING_HOLDS;
    g_hash_table_iter_init(&i, outcome->cast->operators);
    while (g_hash_table_iter_next(&i, &address, &person))
        if (!g_str_is_ascii(address) && !outcome->envelope->smtputf8 &&
            cast_is_on(outcome->cast, outcome->decision->ticket, GPOINTER_TO_INT(person)))
            return FINDING_HOLDS;
    return rules_break(why, "without need");
}

/* Who is brought it, or was when the same mail came first. */
static bool is_brought(const struct outcome *outcome, const struct reader *reader)
{
    for (; outcome != NULL; outcome = outcome->decision->is_repeat ? outcome->first : NULL)
        for (guint i = 0; i < outcome->readers->len; i++)
            if (reader_at(outcome, i)->is_brought && is_one(reader_at(outcome, i), reader))
                return true;
    return false;
}

/* The courier's does not come a second time either, nor beside the other one. */
static enum finding one_version(const struct outcome *outcome, GString *why)
{
    enum finding finding = FINDING_NONE;

    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = reader_at(outcome, i);

        if (!reader->is_brought && is_brought(outcome, reader))
            return rules_break(why, "%s", reader->address);
        if (reader->is_brought && outcome->decision->is_repeat &&
            is_brought(outcome->first, reader))
            return rules_break(why, "%s again", reader->address);
        finding = reader->is_brought ? FINDING_HOLDS : finding;
    }
    return finding;
}

/* The requester is a customer, whatever department they are in; one whose ticket the answer itself
 * merged into another's gets it again as they got it. */
static enum finding operators_read_their_own(const struct outcome *outcome, GString *why)
{
    if (!is_taken(outcome) || outcome->decision->audience != AUDIENCE_CUSTOMERS)
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = reader_at(outcome, i);
        bool had = outcome->decision->is_repeat && did_get(outcome->first, reader->address);

        if (!reader->is_brought && reader->operator_id != 0 &&
            (reader->is & READER_REQUESTER) == 0 && !had)
            return rules_break(why, "%s", reader->address);
    }
    return FINDING_HOLDS;
}

/* An operator of another department may have been written to by the one who answers. */
static bool may_be_brought(const struct outcome *outcome, const struct reader *reader)
{
    bool is_answer = outcome->decision->kind == KIND_ANSWER;

    if (is_answer && (reader->is & PEOPLE) != 0)
        return false;
    return (reader->is & (READER_OPERATOR | READER_POSTMASTER)) != 0 ||
           (is_answer && (reader->is & READER_STAFF) != 0 && reader->was_there);
}

static enum finding courier_brings_operators(const struct outcome *outcome, GString *why)
{
    enum finding finding = FINDING_NONE;

    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->readers->len; i++) {
        const struct reader *reader = reader_at(outcome, i);

        if (!reader->is_brought)
            continue;
        if (outcome->decision->audience == AUDIENCE_OPERATORS)
            return rules_break(why, "to %s, though the message itself is it", reader->address);
        if (!may_be_brought(outcome, reader) &&
            !(outcome->first != NULL && did_get(outcome->first, reader->address)))
            return rules_break(why, "%s", reader->address);
        finding = FINDING_HOLDS;
    }
    return finding;
}

/* Whoever else is taken out is brought it. */
static enum finding nobody_is_lost(const struct outcome *outcome, GString *why)
{
    GPtrArray *out = outcome->decision->operators_out;

    if (!is_taken(outcome) || out->len == 0)
        return FINDING_NONE;
    for (guint i = 0; i < out->len; i++) {
        struct reader reader = {NULL, 0, 0, true, false};

        for (guint j = 0; j < outcome->envelope->recipients->len; j++) {
            const struct envelope_recipient *one = outcome->envelope->recipients->pdata[j];

            if (strcmp(one->given, out->pdata[i]) == 0)
                reader.address = one->address;
        }
        reader.operator_id = cast_operator(outcome->cast, reader.address);
        if (reader.address == NULL || !is_brought(outcome, &reader))
            return rules_break(why, "%s", (const char *)out->pdata[i]);
    }
    return FINDING_HOLDS;
}

const struct rule rules_of_readers[] = {
    {"a note or an operator's command reaches nobody outside, nor the requester (5, note)",
     stays_inside},
    {"who is added is an operator of the ticket now, or of its people and it is an answer (5)",
     may_get_it},
    {"only an operator's mail reaches people through us (5, proof)", only_operators_speak},
    {"role addresses are taken out, and nothing else (3, Edit)", roles_go},
    {"nobody gets it twice (5, One copy each)", nobody_twice},
    {"nobody gets two versions, not of a repetition either (3, 9)", one_version},
    {"no operator reads an answer's customers' version (3)", operators_read_their_own},
    {"the courier brings its version to operators, and to nobody else (3)",
     courier_brings_operators},
    {"an operator who is taken out is brought it (3)", nobody_is_lost},
    {"mail is never accepted into a void (5, Nobody in the department)", never_into_a_void},
    {"every operator of the ticket gets it (9, at least once to every operator)", every_operator},
    {"the record says who got it (2, copy)", the_record_says_so},
    {"the postmaster stands in for nobody who can be reached (5)", postmaster_stands_in},
    {NULL, NULL},
};
