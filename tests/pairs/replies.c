/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules about questions: which are of no ticket, and what is told to whom.
 */
#include <string.h>

#include "db/outbox.h"
#include "milter/stamp.h"
#include "tests/pairs/rules.h"

static bool is_taken(const struct outcome *outcome)
{
    return outcome->decision->verdict == DECISION_TAKE;
}

static const struct outbox_mail *mail_at(const struct outcome *outcome, guint i)
{
    return outcome->decision->outbox->pdata[i];
}

static bool is_reply(const struct outbox_mail *mail)
{
    return strcmp(mail->kind, "status") == 0 || strcmp(mail->kind, "result") == 0;
}

static const char *whom(const struct outbox_mail *mail)
{
    return mail->recipients->pdata[0];
}

/* Header and text, which are ASCII or UTF-8 as they stand. Yours. */
static char *text_of(const struct outbox_mail *mail)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < mail->pieces->len; i++) {
        const struct outbox_piece *piece = mail->pieces->pdata[i];

        if (piece->bytes != NULL)
            g_string_append_len(text, g_bytes_get_data(piece->bytes, NULL), (gssize)piece->size);
    }
    return g_string_free(text, FALSE);
}

/* Calls look for each of them. */
static enum finding each_reply(const struct outcome *outcome, GString *why,
                               enum finding (*look)(const struct outcome *outcome,
                                                    const struct outbox_mail *mail,
                                                    const char *text, GString *why))
{
    enum finding finding = FINDING_NONE;

    for (guint i = 0; is_taken(outcome) && i < outcome->decision->outbox->len; i++) {
        const struct outbox_mail *mail = mail_at(outcome, i);
        g_autofree char *text = text_of(mail);
        enum finding found = is_reply(mail) ? look(outcome, mail, text, why) : FINDING_NONE;

        if (found == FINDING_BROKEN)
            return found;
        finding = MAX(finding, found);
    }
    return finding;
}

/* It opens no ticket and changes none, and nobody is given it. */
static enum finding of_no_ticket(const struct outcome *outcome, GString *why)
{
    const struct decision *decision = outcome->decision;
    const struct header_edit *first;

    if (!is_taken(outcome) || outcome->turn == TURN_LEG || outcome->turn == TURN_FORGED)
        return FINDING_NONE;
    if (outcome->turn == TURN_FIRST && (decision->ticket == NULL) != outcome->is_question)
        return rules_break(why, decision->ticket == NULL ? "it has none" : "it has one");
    if (decision->ticket != NULL)
        return FINDING_NONE;
    if (decision->kind != KIND_COMMAND || decision->copies->len > 0 ||
        decision->recipients_in->len > 0 || decision->further->len > 0 || decision->sender != NULL)
        return rules_break(why, "something comes of it");
    first = decision->edits->len > 0 ? decision->edits->pdata[0] : NULL;
    if (outcome->turn == TURN_FIRST && (first == NULL || strcmp(first->name, STAMP_HEADER) != 0))
        return rules_break(why, "it bears no stamp");
    return FINDING_HOLDS;
}

/* As a customer: of the ticket as it is now. */
static enum finding on_record(const struct outcome *outcome, const struct outbox_mail *mail,
                              const char *text, GString *why)
{
    const char *address = whom(mail);

    (void)text;
    if (mail->recipients->len != 1)
        return rules_break(why, "it goes to several");
    if (outcome->acts_as_operator)
        return GPOINTER_TO_INT(g_hash_table_lookup(outcome->cast->first, address)) ==
                       outcome->operator_id
                   ? FINDING_HOLDS
                   : rules_break(why, "it goes to %s", address);
    if (outcome->decision->ticket == NULL || !ticket_has_person(outcome->decision->ticket, address))
        return rules_break(why, "it goes to %s, who is not of the ticket", address);
    if (strcmp(address, outcome->scene.writer->address) != 0 && !outcome->is_requester)
        return rules_break(why, "it goes to %s, who did not ask", address);
    return mail->is_counted ? FINDING_HOLDS : rules_break(why, "it is not counted");
}

static enum finding goes_to_record(const struct outcome *outcome, GString *why)
{
    return each_reply(outcome, why, on_record);
}

/* Whom it tells of besides the one who reads it; NULL: nobody. */
static const char *find_other(const struct outcome *outcome, const char *address, const char *text)
{
    static const char *const people[] = {"kim@example.net", "kay@example.net",  "lee@example.org",
                                         "zoe@example.org", "moe@junk.example", "stan@",
                                         "Kay Colleague",   "Zoe Other",        "Operator",
                                         "Ann Accountant",  "Mel Moved",        NULL};
    int64_t person = cast_operator(outcome->cast, address);
    GHashTableIter i;
    gpointer other;
    gpointer id;

    for (const char *const *one = people; *one != NULL; one++)
        if (strcmp(*one, address) != 0 && strstr(text, *one) != NULL)
            return *one;
    g_hash_table_iter_init(&i, outcome->cast->operators);
    while (g_hash_table_iter_next(&i, &other, &id))
        if ((person == 0 || GPOINTER_TO_INT(id) != person) && strstr(text, other) != NULL)
            return other;
    return NULL;
}

/* Department names in the seed are found in role addresses, too. */
static enum finding no_word_of_inside(const struct outcome *outcome, const struct outbox_mail *mail,
                                      const char *text, GString *why)
{
    static const char *const words[] = {"Canary",   "canary",      "note by",   "command by",
                                        "Assigned", "Departments", "answer by", NULL};
    const char *other;

    if (outcome->acts_as_operator)
        return FINDING_NONE;
    for (const char *const *word = words; *word != NULL; word++)
        if (strstr(text, *word) != NULL)
            return rules_break(why, "%s stands in it", *word);
    other = find_other(outcome, whom(mail), text);
    return other != NULL ? rules_break(why, "%s stands in it", other) : FINDING_HOLDS;
}

static enum finding customers_see_no_inside(const struct outcome *outcome, GString *why)
{
    return each_reply(outcome, why, no_word_of_inside);
}

/* Whom an answer went to, they have the ticket's subject and their own name from us. Message-IDs
 * are whoever's who wrote them. */
static enum finding quotes_nothing(const struct outcome *outcome, const struct outbox_mail *mail,
                                   const char *text, GString *why)
{
    static const struct {
        const char *word;
        bool is_told;
    } words[] = {
        {"rinter", true},       {"Dr\xc3\xbc", true},  {"Customer", true},
        {"In-Reply-To", false}, {"References", false},
    };
    const struct ticket *ticket = outcome->decision->ticket;

    if (outcome->acts_as_operator || outcome->scene.writer->is_proven)
        return FINDING_NONE;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(text, words[i].word) != NULL &&
            !(words[i].is_told && cast_had_answer(outcome->cast, ticket->number, whom(mail))))
            return rules_break(why, "%s stands in it", words[i].word);
    return FINDING_HOLDS;
}

static enum finding unproven_are_not_quoted(const struct outcome *outcome, GString *why)
{
    return each_reply(outcome, why, quotes_nothing);
}

/* Lists: tickets that are not new. */
static enum finding own_tickets(const struct outcome *outcome, const struct outbox_mail *mail,
                                const char *text, GString *why)
{
    const char *end;
    int64_t number;

    (void)mail;
    if (!outcome->acts_as_operator)
        return FINDING_NONE;
    for (const char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
        const struct ticket *ticket;

        if (ticketid_at(&outcome->site->id, at, &end, &number) != TICKETID_VALID)
            continue;
        ticket = cast_ticket(outcome->cast, number);
        if (ticket != NULL &&
            (!cast_is_on(outcome->cast, ticket, outcome->operator_id) ||
             (ticket->requester != NULL &&
              cast_operator(outcome->cast, ticket->requester) == outcome->operator_id)))
            return rules_break(why, "ticket %" G_GINT64_FORMAT, number);
    }
    return FINDING_HOLDS;
}

static enum finding operators_see_own_tickets(const struct outcome *outcome, GString *why)
{
    return each_reply(outcome, why, own_tickets);
}

/* How many of the words stand in the envelope, each counted once. */
static guint count_words(const struct outcome *outcome, const char *const *words)
{
    guint count = 0;

    for (; *words != NULL; words++)
        for (guint i = 0; i < outcome->envelope->recipients->len; i++) {
            const struct envelope_recipient *recipient = outcome->envelope->recipients->pdata[i];
            const char *word;

            if (cast_role(outcome->cast, recipient->address, &word) != 0 &&
                g_strcmp0(word, *words) == 0) {
                count++;
                break;
            }
        }
    return count;
}

static bool is_list(const struct writer *writer)
{
    return writer->headers != NULL && strstr(writer->headers, "List-") != NULL;
}

/* A notice for each question, once; none to those who may not ask. */
static enum finding one_reply_each(const struct outcome *outcome, GString *why)
{
    static const char *const operators[] = {"status@example.com", "list@example.com",
                                            "search@example.com", "help@example.com", NULL};
    static const char *const peoples[] = {"status@example.com", "help@example.com", NULL};
    const struct writer *writer = outcome->scene.writer;
    bool is_person = (outcome->is_requester || outcome->is_person) && !writer->is_machine;
    bool has_enough =
        outcome->scene.manner->is_enough && g_strcmp0(writer->address, "kim@example.net") == 0;
    bool is_kept_back = outcome->scene.manner->is_spam || has_enough || is_list(writer) ||
                        writer->is_disowned ||
                        (outcome->before != NULL && outcome->before->is_spam);
    guint want = 0;
    guint got = 0;

    if (!is_taken(outcome))
        return FINDING_NONE;
    for (guint i = 0; i < outcome->decision->outbox->len; i++)
        got += is_reply(mail_at(outcome, i));
    if (outcome->decision->is_repeat || outcome->decision->kind == KIND_NOTE)
        return got == 0 || outcome->acts_as_operator ? FINDING_HOLDS : rules_break(why, "%u", got);
    if (outcome->turn != TURN_FIRST)
        return FINDING_NONE;
    if (outcome->acts_as_operator)
        want = count_words(outcome, operators);
    else if (is_person && !is_kept_back)
        want = count_words(outcome, peoples);
    return got == want ? FINDING_HOLDS : rules_break(why, "%u, not %u", got, want);
}

const struct rule rules_of_replies[] = {
    {"a question by an operator is of no ticket, and nothing else is (6)", of_no_ticket},
    {"an answer to a question goes to the address on record of whoever asked (6)", goes_to_record},
    {"what a customer is told has nothing of inside and of others in it (7)",
     customers_see_no_inside},
    {"to a customer without proof nothing is quoted that they have not from us (7)",
     unproven_are_not_quoted},
    {"an operator is told of tickets of their departments, and not as their requester (6)",
     operators_see_own_tickets},
    {"each question is answered once, and to nobody who may not ask (6)", one_reply_each},
    {NULL, NULL},
};
