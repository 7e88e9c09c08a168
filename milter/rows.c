/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table, row by row, in the order in which they are tried. What each row does to the ticket and
 * who gets a copy stands in one small function. Knows no header. The thread that holds the store.
 */
#include "milter/rows.h"

#include <string.h>

#include "db/event.h"
#include "milter/action.h"
#include "milter/address.h"
#include "milter/again.h"
#include "milter/copies.h"
#include "milter/foreigntag.h"
#include "milter/gate.h"
#include "milter/obey.h"
#include "milter/orders.h"
#include "milter/owntext.h"
#include "milter/people.h"
#include "milter/refuse.h"
#include "milter/subject.h"

/* Opening a ticket, and joining one. */

static void add_department(struct matter *matter, struct ticket *ticket,
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
static void add_departments(struct matter *matter, struct ticket *ticket)
{
    if (ticket->departments->len == 0)
        add_department(matter, ticket, matter->main->department);
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        add_department(matter, ticket, addressee->department);
    }
}

static void set_waiting(struct matter *matter, struct ticket *ticket, bool for_us)
{
    if (ticket->waiting_since != 0 && ticket->waiting_for_us == for_us)
        return;
    ticket->waiting_for_us = for_us;
    ticket->waiting_since = matter->now;
}

/* The new ticket and the old one name each other. The old ID leads to the new ticket only where
 * somebody of the old one opened it: else a stranger with an ID would draw its people's mail. */
static void take_over(struct matter *matter)
{
    struct decision *decision = matter->decision;
    const char *author = matter->author.address;
    int64_t old = matter->old->number;
    g_autofree char *old_number = g_strdup_printf("%" G_GINT64_FORMAT, old);
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, decision->ticket->number);

    decision_add_event(decision, "continues", author, old_number);
    decision_add_event_of(decision, old, "continues", author, number);
    if (ticket_has_person(matter->old, author))
        decision->continues = old;
}

/* An open ticket without requester, owned by the first department written to. */
static bool open_empty(struct matter *matter, GError **error)
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
    set_waiting(matter, ticket, true);
    decision_add_event(decision, "opened", matter->author.address, NULL);
    add_departments(matter, ticket);
    if (matter->old != NULL)
        take_over(matter);
    if (matter->bad_id != 0) {
        g_autofree char *claimed = g_strdup_printf("%" G_GINT64_FORMAT, matter->bad_id);

        decision_add_event(decision, "bad-id", matter->author.address, claimed);
    }
    return true;
}

/* The ticket that was found goes on. */
static struct ticket *go_on(struct matter *matter)
{
    struct ticket *ticket = g_steal_pointer(&matter->ticket);

    matter->decision->ticket = ticket;
    ticket->updated_at = matter->now;
    return ticket;
}

static void reopen(struct matter *matter, struct ticket *ticket)
{
    if (ticket->open)
        return;
    ticket->open = true;
    ticket->closed_at = 0;
    set_waiting(matter, ticket, true);
    decision_add_event(matter->decision, "reopened", matter->author.address, NULL);
}

/* A bystander keeps the live message; then the operators' copies are no version of their own. */
static void choose_audience(struct matter *matter)
{
    matter->decision->audience =
        matter->addressees->outsiders > 0 ? AUDIENCE_BYSTANDERS : AUDIENCE_OPERATORS;
}

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

    if (!open_empty(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(matter->author.address);
    ticket->requester_name = g_strdup(matter->author.name);
    note_foreign_tags(matter);
    choose_audience(matter);
    return people_join(matter, ticket, matter->author.is_operator, error) &&
           copies_for_operators(matter, error);
}

static bool follow_up(struct matter *matter, GError **error)
{
    struct ticket *ticket = go_on(matter);
    const char *author = matter->author.address;
    bool is_person = author != NULL && ticket_has_person(ticket, author);

    if (!orders_has(matter, COMMAND_CLOSE))
        reopen(matter, ticket);
    set_waiting(matter, ticket, true);
    add_departments(matter, ticket);
    choose_audience(matter);
    matter->is_stranger = !is_person && !matter->by_foreign_tag;
    if (matter->is_stranger)
        decision_add_event(matter->decision, "stranger", author, NULL);
    else
        note_foreign_tags(matter);
    if (is_person && !people_join(matter, ticket, false, error))
        return false;
    return copies_for_operators(matter, error);
}

/* Nobody wrote it: it opens a ticket if it has none, but speaks for no customer. */
static bool take_in(struct matter *matter, GError **error)
{
    choose_audience(matter);
    if (matter->ticket != NULL)
        go_on(matter);
    else if (!open_empty(matter, error))
        return false;
    return copies_for_operators(matter, error);
}

/* What the front door would have refused, at the second door: operators see it, nobody else. */
static bool unproven_note(struct matter *matter, GError **error)
{
    matter->decision->audience = AUDIENCE_OPERATORS;
    if (matter->ticket != NULL)
        go_on(matter);
    else if (!open_empty(matter, error))
        return false;
    decision_add_event(matter->decision, "unproven", matter->author.address, matter->refusal);
    return copies_for_operators(matter, error);
}

/* The role address the answer speaks as: the one written to, where its department is on the
 * ticket, else the primary of the owner. */
static bool choose_speaker(struct matter *matter, const struct ticket *ticket, GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    AUTO(department) department = NULL;

    if (ticket_has_department(ticket, matter->main->department->id))
        return true;
    if (!department_find_id(matter->store, owner->id, &department, error))
        return false;
    if (department != NULL && department->primary != NULL) {
        g_free(matter->decision->role);
        matter->decision->role = g_strdup(department->primary);
    }
    return true;
}

static bool assign_to_author(struct matter *matter, struct ticket *ticket, GError **error)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    const struct operator_person *person = matter->author.person;
    AUTO(department) department = NULL;

    if (ticket->assignee_id != 0)
        return true;
    if (!department_find_id(matter->store, owner->id, &department, error))
        return false;
    if (department == NULL || strcmp(department->assign, "first-reply") != 0)
        return true;
    ticket->assignee_id = person->id;
    ticket->assignee = g_strdup(person->address);
    decision_add_event(matter->decision, "assigned", person->address, person->address);
    return true;
}

static bool send_answer(struct matter *matter, struct ticket *ticket, GError **error)
{
    matter->decision->audience = AUDIENCE_CUSTOMERS;
    set_waiting(matter, ticket, false);
    return choose_speaker(matter, ticket, error) && people_join(matter, ticket, true, error) &&
           assign_to_author(matter, ticket, error) && copies_for_people(matter, error);
}

static bool stands_in(GPtrArray *addresses, const struct matter *matter, const char *role)
{
    for (guint i = 0; i < addresses->len; i++) {
        const struct mail_address *written = addresses->pdata[i];
        g_autofree char *base = NULL;
        g_autofree char *extension = NULL;

        address_cut(written->address, matter->site->conf->mail.recipient_delimiter, &base,
                    &extension);
        if (strcmp(written->address, role) == 0 || strcmp(base, role) == 0)
            return true;
    }
    return false;
}

/* Nobody but the role address, with whatever commands, is written to. */
static bool is_alone(const struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];

        if (g_strcmp0(addressee->role, matter->main->role) != 0)
            return false;
    }
    return true;
}

/* An answer has the role address in To; or To and Cc name nobody, and it is alone in the envelope;
 * or it has somebody of the ticket in To. A question to a third person, with the role in Cc or Bcc,
 * is none. */
static bool is_meant_as_answer(const struct matter *matter, const struct ticket *ticket)
{
    const struct mail *mail = matter->mail;
    const char *role = matter->main->role;

    if (stands_in(mail->to, matter, role))
        return true;
    if (mail->to->len == 0 && mail->cc->len == 0 && is_alone(matter))
        return true;
    for (guint i = 0; i < mail->to->len; i++) {
        const struct mail_address *written = mail->to->pdata[i];

        if (ticket_has_person(ticket, written->address))
            return true;
    }
    return false;
}

static bool answer(struct matter *matter, GError **error)
{
    const char *requester = matter->ticket->requester;

    if (!is_meant_as_answer(matter, matter->ticket)) {
        g_autofree char *text =
            g_strdup_printf("this would go to %s; to answer, write To %s",
                            requester != NULL ? requester : "the customer", matter->main->role);

        refuse(matter, "550", "5.7.1", text);
        return true;
    }
    return send_answer(matter, go_on(matter), error);
}

/* Does To or Cc name somebody from outside? */
static bool names_outsider(struct matter *matter, GPtrArray *addresses, bool *names, GError **error)
{
    for (guint i = 0; i < addresses->len && !*names; i++) {
        const struct mail_address *written = addresses->pdata[i];

        if (!people_is_outside(matter, written->address, names, error))
            return false;
    }
    return true;
}

/* The first outside recipient; one who stands in To or Cc before one who stands in neither, since
 * the others will read the requester's address. */
static const char *first_outsider(const struct matter *matter, bool *is_hidden)
{
    const char *hidden = NULL;

    *is_hidden = false;

    for (guint i = 0; i < matter->addressees->all->len; i++) {
        const struct addressee *addressee = matter->addressees->all->pdata[i];
        const char *address = addressee->recipient->address;

        if (!addressee_is_outsider(addressee) || address == NULL)
            continue;
        if (people_named(matter->mail->to, address) || people_named(matter->mail->cc, address))
            return address;
        if (hidden == NULL)
            hidden = address;
    }
    *is_hidden = hidden != NULL;
    return hidden;
}

static const char *name_of(const struct matter *matter, const char *address)
{
    const struct mail_address *person = people_named(matter->mail->to, address);

    if (person == NULL)
        person = people_named(matter->mail->cc, address);
    return person != NULL ? person->name : NULL;
}

/* The way to start a conversation from the department. */
static bool open_for(struct matter *matter, GError **error)
{
    bool is_hidden;
    bool names = false;
    const char *outsider = first_outsider(matter, &is_hidden);
    struct ticket *ticket;

    if (is_hidden && (!names_outsider(matter, matter->mail->to, &names, error) ||
                      !names_outsider(matter, matter->mail->cc, &names, error)))
        return false;
    if (is_hidden && names) {
        refuse(matter, "550", "5.7.1",
               "a hidden recipient would become the requester, whom the others see; write to them "
               "alone, or put them in To");
        return true;
    }
    if (outsider == NULL) {
        refuse(matter, "550", "5.1.3", "the recipient outside this site has no usable address");
        return true;
    }
    if (!open_empty(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(outsider);
    ticket->requester_name = g_strdup(name_of(matter, outsider));
    return send_answer(matter, ticket, error);
}

/* role+for-LOCAL=DOMAIN: the same, for whom it names, wherever else the message went. */
static bool open_for_named(struct matter *matter, GError **error)
{
    g_autofree char *person = orders_person(matter);
    struct ticket *ticket;
    bool is_role;

    if (!addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter, person,
                            &is_role, error))
        return false;
    if (is_role) {
        refuse(matter, "550", "5.5.4", "+for takes a person's address, not a department's");
        return true;
    }
    if (!open_empty(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(person);
    ticket->requester_name = g_strdup(name_of(matter, person));
    return obey_first(matter, ticket, error) &&
           (refuse_is_final(matter) || send_answer(matter, ticket, error));
}

/* Words for the operators alone. They go to those who have the ticket when the commands are done.
 */
static bool note(struct matter *matter, GError **error)
{
    (void)error;
    matter->decision->audience = AUDIENCE_OPERATORS;
    add_departments(matter, go_on(matter));
    return true;
}

static bool hand_note(struct matter *matter, GError **error)
{
    return choose_speaker(matter, matter->decision->ticket, error) &&
           copies_for_operators(matter, error);
}

/* A command, and no word to anybody. */
static bool command(struct matter *matter, GError **error)
{
    (void)error;
    choose_audience(matter);
    go_on(matter);
    return true;
}

static bool end_command(struct matter *matter, GError **error)
{
    return choose_speaker(matter, matter->decision->ticket, error);
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
    {WHO_REPORT, ANY_TICKET, ANYBODY, ANYTHING, KIND_BOUNCE, take_in, NULL},
    {WHO_MACHINE, ANY_TICKET, ANYBODY, ANYTHING, KIND_AUTO, take_in, NULL},
    {WHO_CUSTOMER, NO_TICKET, ANYBODY, ANYTHING, KIND_REQUEST, request, NULL},
    {WHO_CUSTOMER, TICKET, ANYBODY, PLAIN | WORDS, KIND_FOLLOWUP, follow_up, NULL},
    {WHO_CUSTOMER, TICKET, ANYBODY, NO_WORDS, KIND_COMMAND, command, end_command},
    {WHO_OPERATOR, TICKET, ROLES_ALONE, TO_NOTE | WORDS, KIND_NOTE, note, hand_note},
    {WHO_OPERATOR, TICKET, ROLES_ALONE, NO_WORDS, KIND_COMMAND, command, end_command},
    {WHO_OPERATOR, NO_TICKET, ANYBODY, TO_FOR, KIND_ANSWER, open_for_named, NULL},
    {WHO_OPERATOR, TICKET, ANYBODY, PLAIN, KIND_ANSWER, answer, NULL},
    {WHO_OPERATOR, NO_TICKET, OUTSIDERS, PLAIN, KIND_ANSWER, open_for, NULL},
    {WHO_OPERATOR, NO_TICKET, ROLES_ALONE, PLAIN, KIND_REQUEST, request, NULL},
};

static enum who who_wrote(const struct matter *matter)
{
    if (matter->refusal != NULL)
        return WHO_UNPROVEN;
    if (matter->author.is_machine)
        return g_strcmp0(matter->mail->report_type, "delivery-status") == 0 ? WHO_REPORT
                                                                            : WHO_MACHINE;
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

/* Further mail of somebody whose ticket was called spam is shown as such. */
static bool look_for_spam(struct matter *matter, GError **error)
{
    if (matter->author.address == NULL || matter->author.is_operator)
        return true;
    return ticket_has_spammer(matter->store, matter->author.address, &matter->is_spammer, error);
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
    enum whom addressed_to = matter->addressees->outsiders > 0 ? OUTSIDERS : ROLES_ALONE;
    enum asking asking = asked(matter);

    if (!look_for_spam(matter, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *row = &rows[i];

        if (row->author != author || (row->ticket & ticket) == 0 ||
            (row->addressed_to & addressed_to) == 0 || (row->asking & asking) == 0)
            continue;
        return follow(matter, row, error);
    }
    g_assert_not_reached();
}

/* The departments that it was not handed over for until now join. */
static void add_legs(struct matter *matter)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        if (again_is_leg(matter, addressee->role))
            add_department(matter, matter->decision->ticket, addressee->department);
    }
}

/* An answer that goes to colleagues alone is their version. */
static bool goes_to_people(const struct decision *decision)
{
    for (guint i = 0; i < decision->copies->len; i++) {
        const struct message_copy *copy = decision->copies->pdata[i];

        if (copy->operator_id == 0)
            return true;
    }
    return false;
}

/* What the operators were told by a word in the Subject, they are told again: the first copies may
 * never have left. */
static bool restore_words(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) events = event_list(matter->store, matter->earlier->ticket, error);

    for (guint i = 0; events != NULL && i < events->len; i++) {
        const struct event *event = events->pdata[i];

        if (event->message != matter->earlier->number)
            continue;
        matter->is_stranger = matter->is_stranger || strcmp(event->kind, "stranger") == 0;
        matter->no_operators = matter->no_operators || strcmp(event->kind, "no-operators") == 0;
        matter->too_many = matter->too_many || strcmp(event->kind, "too-many") == 0;
    }
    return events != NULL;
}

bool rows_repeat(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;

    decision->is_repeat = true;
    decision->is_leg = again_has_leg(matter);
    decision->kind = decision_kind_read(matter->earlier->kind);
    decision->ticket = g_steal_pointer(&matter->ticket);
    if (matter->author.is_operator && matter->addressees->outsiders > 0 &&
        (decision->kind == KIND_NOTE || decision->kind == KIND_COMMAND)) {
        refuse(matter, "550", "5.7.1", "this was a note, and a note stays inside");
        return true;
    }
    add_legs(matter);
    if (!restore_words(matter, error) || !choose_speaker(matter, decision->ticket, error) ||
        !copies_again(matter, error) || !copies_for_legs(matter, error))
        return false;
    if (decision->kind == KIND_ANSWER && (!decision->is_leg || goes_to_people(decision)))
        decision->audience = AUDIENCE_CUSTOMERS;
    else
        choose_audience(matter);
    return true;
}
