/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table, row by row, in the order in which they are tried. What each row does to the ticket and
 * who gets a copy stands in one small function. Knows no header. The thread that holds the store.
 */
#include "milter/rows.h"

#include <string.h>

#include "milter/answer.h"
#include "milter/author.h"
#include "milter/bounced.h"
#include "milter/copies.h"
#include "milter/course.h"
#include "milter/foreigntag.h"
#include "milter/obey.h"
#include "milter/orders.h"
#include "milter/owntext.h"
#include "milter/people.h"
#include "milter/refuse.h"

#define DAY_MS (24 * INT64_C(3600000))

/* What a customer's own ticketing system calls it: the next mail from there may bear it alone. */
static void note_foreign_tags(struct matter *matter)
{
    if (matter->author.address != NULL && matter->author.person == NULL && !matter->is_spam)
        matter->decision->foreign_tags = foreigntag_list(&matter->site->id, matter->mail->subject);
}

/* The rows. */

static bool request(struct matter *matter, GError **error)
{
    struct ticket *ticket;

    if (!course_open(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(matter->author.address);
    ticket->requester_name = g_strdup(matter->author.name);
    note_foreign_tags(matter);
    copies_choose_audience(matter);
    return people_join(matter, ticket, matter->author.is_operator, error) &&
           copies_for_operators(matter, error);
}

static bool follow_up(struct matter *matter, GError **error)
{
    struct ticket *ticket = course_go_on(matter);
    const char *author = matter->author.address;
    bool is_person = author_is_person(matter, ticket);

    if (!orders_has(matter, COMMAND_CLOSE))
        course_reopen(matter, ticket);
    course_wait(matter, ticket, true);
    course_join(matter, ticket);
    copies_choose_audience(matter);
    matter->is_stranger = !is_person && !matter->by_foreign_tag;
    if (matter->is_stranger)
        decision_add_event(matter->decision, "stranger", author, NULL);
    else
        note_foreign_tags(matter);
    if (author_is_requester(matter, ticket) && !people_join(matter, ticket, false, error))
        return false;
    return copies_for_operators(matter, error);
}

/* Nobody wrote it: it opens a ticket if it has none, but speaks for no customer. */
static bool take_in(struct matter *matter, GError **error)
{
    copies_choose_audience(matter);
    if (matter->ticket == NULL)
        return course_open(matter, error);
    return answer_choose_role(matter, course_go_on(matter), error);
}

static bool bounce(struct matter *matter, GError **error)
{
    return take_in(matter, error) && bounced_read(matter, error) &&
           copies_for_operators(matter, error);
}

/* A copy of the first one a day is enough of what one sender's machine has to say. */
static bool auto_reply(struct matter *matter, GError **error)
{
    bool had = false;

    if (!take_in(matter, error))
        return false;
    if (!matter->decision->is_new_ticket &&
        !message_has_copied_auto(matter->store, matter->decision->ticket->number,
                                 matter->author.address, matter->now - DAY_MS, &had, error))
        return false;
    return had || copies_for_operators(matter, error);
}

/* What the front door would have refused, at the second door: operators see it, nobody else, and no
 * department joins by it. */
static bool unproven_note(struct matter *matter, GError **error)
{
    bool done;

    matter->decision->audience = AUDIENCE_OPERATORS;
    if (matter->ticket != NULL)
        done = answer_choose_role(matter, course_go_on(matter), error);
    else
        done = course_open(matter, error);
    if (!done)
        return false;
    decision_add_event(matter->decision, "unproven", matter->author.address, matter->refusal);
    return copies_for_operators(matter, error);
}

/* Words for the operators alone. They go to those who have the ticket when the commands are done.
 */
static bool note(struct matter *matter, GError **error)
{
    (void)error;
    matter->decision->audience = AUDIENCE_OPERATORS;
    course_join(matter, course_go_on(matter));
    return true;
}

static bool hand_note(struct matter *matter, GError **error)
{
    return answer_choose_role(matter, matter->decision->ticket, error) &&
           copies_for_operators(matter, error);
}

/* A command, and no word to anybody. */
static bool command(struct matter *matter, GError **error)
{
    (void)error;
    copies_choose_audience(matter);
    course_go_on(matter);
    return true;
}

static bool end_command(struct matter *matter, GError **error)
{
    return answer_choose_role(matter, matter->decision->ticket, error);
}

/* A question about no ticket: the notice that answers it is all that comes of it. */
static bool question(struct matter *matter, GError **error)
{
    (void)error;
    matter->decision->audience = AUDIENCE_OPERATORS;
    return true;
}

/* The table. */

enum who { WHO_UNPROVEN, WHO_REPORT, WHO_MACHINE, WHO_CUSTOMER, WHO_OPERATOR };
enum where { NO_TICKET = 1, TICKET = 2, ANY_TICKET = NO_TICKET | TICKET };
enum whom { ROLES_ALONE = 1, OUTSIDERS = 2, ANYBODY = ROLES_ALONE | OUTSIDERS };
enum asking {
    PLAIN = 1,    /* the role address, with or without commands beside it */
    TO_NOTE = 2,  /* role+note */
    TO_FOR = 4,   /* role+for-… */
    WORDS = 8,    /* commands alone, and own words in the text */
    NO_WORDS = 16 /* commands alone */
};
#define ANYTHING (PLAIN | TO_NOTE | TO_FOR | WORDS | NO_WORDS)

static const struct row {
    enum who author;
    enum where ticket;
    enum whom addressed_to;
    int asking; /* enum asking, any of */
    enum decision_kind kind;
    bool (*happens)(struct matter *matter, GError **error);
    bool (*afterwards)(struct matter *matter, GError **error); /* when the commands are done */
} rows[] = {
    {WHO_UNPROVEN, ANY_TICKET, ANYBODY, ANYTHING, KIND_NOTE, unproven_note, NULL},
    {WHO_REPORT, ANY_TICKET, ANYBODY, ANYTHING, KIND_BOUNCE, bounce, NULL},
    {WHO_MACHINE, ANY_TICKET, ANYBODY, ANYTHING, KIND_AUTO, auto_reply, NULL},
    {WHO_CUSTOMER, NO_TICKET, ANYBODY, ANYTHING, KIND_REQUEST, request, NULL},
    {WHO_CUSTOMER, TICKET, ANYBODY, PLAIN | WORDS, KIND_FOLLOWUP, follow_up, NULL},
    {WHO_CUSTOMER, TICKET, ANYBODY, NO_WORDS, KIND_COMMAND, command, end_command},
    {WHO_OPERATOR, TICKET, ROLES_ALONE, TO_NOTE | WORDS, KIND_NOTE, note, hand_note},
    {WHO_OPERATOR, TICKET, ROLES_ALONE, NO_WORDS, KIND_COMMAND, command, end_command},
    {WHO_OPERATOR, NO_TICKET, ANYBODY, WORDS | NO_WORDS, KIND_COMMAND, question, NULL},
    {WHO_OPERATOR, NO_TICKET, ANYBODY, TO_FOR, KIND_ANSWER, answer_open_for, NULL},
    {WHO_OPERATOR, TICKET, ANYBODY, PLAIN, KIND_ANSWER, answer_write, NULL},
    {WHO_OPERATOR, NO_TICKET, OUTSIDERS, PLAIN, KIND_ANSWER, answer_open, NULL},
    {WHO_OPERATOR, NO_TICKET, ROLES_ALONE, PLAIN, KIND_REQUEST, request, NULL},
};

static enum who who_wrote(const struct matter *matter)
{
    if (matter->refusal != NULL)
        return WHO_UNPROVEN;
    if (matter->report != NULL && matter->report->action == REPORT_FAILED)
        return WHO_REPORT;
    if (matter->author.is_machine)
        return WHO_MACHINE;
    return matter->author.is_operator ? WHO_OPERATOR : WHO_CUSTOMER;
}

static enum asking asked(const struct matter *matter)
{
    if (orders_has(matter, COMMAND_NOTE))
        return TO_NOTE;
    if (orders_has(matter, COMMAND_FOR))
        return TO_FOR;
    if (matter->orders->len == 0 || matter->has_plain)
        return PLAIN;
    return owntext_has(matter->mail->text) ? WORDS : NO_WORDS;
}

/* What the commands want before the row, the row, and what they want after it. */
static bool follow(struct matter *matter, const struct row *row, GError **error)
{
    matter->decision->kind = row->kind;
    if (matter->ticket != NULL && !obey_first(matter, matter->ticket, error))
        return false;
    if (refuse_is_final(matter))
        return true;
    if (!row->happens(matter, error))
        return false;
    if (refuse_is_final(matter))
        return true;
    return obey_then(matter, error) &&
           (refuse_is_final(matter) || row->afterwards == NULL || row->afterwards(matter, error));
}

bool rows_follow(struct matter *matter, GError **error)
{
    enum who author = who_wrote(matter);
    enum where ticket = matter->ticket != NULL ? TICKET : NO_TICKET;
    guint outsiders = matter->addressees->outsiders + matter->direct->len;
    enum whom addressed_to = outsiders > 0 ? OUTSIDERS : ROLES_ALONE;
    enum asking asking = asked(matter);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];

        if (row->author != author || (row->ticket & ticket) == 0 ||
            (row->addressed_to & addressed_to) == 0 || (row->asking & asking) == 0)
            continue;
        return follow(matter, row, error);
    }
    g_assert_not_reached();
}
