/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom a message is handed to. Knows no header. The thread that holds the store.
 */
#include "milter/copies.h"

#include <string.h>

#include "milter/address.h"
#include "milter/again.h"
#include "milter/direct.h"
#include "milter/gate.h"
#include "milter/people.h"
#include "milter/refuse.h"

static bool has_copy(GPtrArray *copies, const char *address, int64_t operator_id)
{
    for (guint i = 0; i < copies->len; i++) {
        const struct message_copy *copy = copies->pdata[i];

        if (strcmp(copy->address, address) == 0 ||
            (operator_id != 0 && copy->operator_id == operator_id))
            return true;
    }
    return false;
}

static void add(struct matter *matter, const char *address, const char *role, int64_t operator_id)
{
    GPtrArray *copies = matter->decision->copies;

    if (!has_copy(copies, address, operator_id))
        g_ptr_array_add(copies, message_copy_new(address, role, operator_id));
}

/* An address outside ASCII travels only where the sender announced SMTPUTF8 (RFC 6531): else it is
 * the operator's next one; NULL when there is none. */
const char *copies_usable_address(const struct matter *matter, const struct operator_person *person)
{
    for (guint i = 0; i < person->addresses->len; i++)
        if (matter->envelope->smtputf8 || address_is_ascii(person->addresses->pdata[i]))
            return person->addresses->pdata[i];
    return NULL;
}

/* Under which role address a department's members get it: the one written to, if it is theirs. */
static const char *role_for(const struct matter *matter, int64_t department_id)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        if (addressee->department->id == department_id)
            return addressee->role;
    }
    return matter->decision->role;
}

static void add_operator(struct matter *matter, const struct operator_person *person,
                         const char *role)
{
    const char *address = copies_usable_address(matter, person);

    if (address != NULL)
        add(matter, address, role, person->id);
    else
        add(matter, matter->site->site->postmaster, role, 0);
}

/* What nobody wrote is for the assignee; a follow-up, where the owner wants it so. */
static bool is_for_assignee(const struct matter *matter, const struct department *owner)
{
    return matter->decision->kind == KIND_AUTO ||
           (matter->decision->kind == KIND_FOLLOWUP && strcmp(owner->follow_up, "assignee") == 0);
}

/* The operator who knows what it says: the author; or whose autoresponder wrote it, which would
 * answer the copy. 0: nobody. */
static int64_t whom_to_spare(const struct matter *matter)
{
    bool is_own = matter->author.is_operator && matter->decision->kind != KIND_REQUEST;

    if (matter->author.person == NULL || !(is_own || matter->decision->kind == KIND_AUTO))
        return 0;
    return matter->author.person->id;
}

/* The requester is a customer on the ticket, whatever department they are in: a note is not for
 * them, nor what a machine says about one, with the note in it; and the answer they have already.
 */
static bool is_customer(const struct matter *matter, const struct operator_person *person)
{
    enum decision_kind kind = matter->decision->kind;
    const char *requester = matter->decision->ticket->requester;

    return kind != KIND_REQUEST && kind != KIND_FOLLOWUP && requester != NULL &&
           operator_has_address(person, requester);
}

/* *only: 0, or the assignee whom alone it is for, as long as they are a member. */
static bool find_only(struct matter *matter, int64_t *only, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;
    const struct ticket_department *owner = ticket->departments->pdata[0];
    AUTO(operator_person) assignee = NULL;
    AUTO(department) department = NULL;
    bool now = false;
    bool ever;

    *only = 0;
    if (ticket->assignee_id == 0 || ticket->assignee_id == whom_to_spare(matter))
        return true;
    if (!operator_find_id(matter->store, ticket->assignee_id, &assignee, error) ||
        !department_find_id(matter->store, owner->id, &department, error) ||
        !department_has_member(matter->store, owner->id, ticket->assignee_id, &now, &ever, error))
        return false;
    if (now && department != NULL && assignee != NULL && !is_customer(matter, assignee) &&
        is_for_assignee(matter, department))
        *only = ticket->assignee_id;
    return true;
}

static bool is_unreachable(const struct matter *matter, int64_t operator_id)
{
    for (guint i = 0; matter->unreachable != NULL && i < matter->unreachable->len; i++)
        if (((const struct operator_person *)matter->unreachable->pdata[i])->id == operator_id)
            return true;
    return false;
}

/* had: copies that were made already, or NULL. */
static bool add_members_of(struct matter *matter, int64_t department_id, int64_t only,
                           GPtrArray *had, GError **error)
{
    AUTO(department) department = NULL;
    g_autoptr(GPtrArray) members = operator_members(matter->store, department_id, error);
    int64_t author = whom_to_spare(matter);

    if (members == NULL || !department_find_id(matter->store, department_id, &department, error))
        return false;
    if (department != NULL && !gate_wants_copy(matter, department))
        return true;
    for (guint i = 0; i < members->len; i++) {
        const struct operator_person *person = members->pdata[i];

        if (person->id != author && !is_unreachable(matter, person->id) &&
            !is_customer(matter, person) && (only == 0 || only == person->id) &&
            (had == NULL || !has_copy(had, person->address, person->id)))
            add_operator(matter, person, role_for(matter, department_id));
    }
    return true;
}

static bool add_members(struct matter *matter, int64_t only, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;

    for (guint i = 0; i < ticket->departments->len; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];

        if (!add_members_of(matter, department->id, only, NULL, error))
            return false;
    }
    return true;
}

/* Spam reaches nobody when no department of the ticket wants it. */
static bool is_wanted(struct matter *matter, bool *wanted, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;

    *wanted = !matter->is_spam;
    for (guint i = 0; i < ticket->departments->len && !*wanted; i++) {
        const struct ticket_department *further = ticket->departments->pdata[i];
        AUTO(department) department = NULL;

        if (!department_find_id(matter->store, further->id, &department, error))
            return false;
        *wanted = department == NULL || gate_wants_copy(matter, department);
    }
    return true;
}

/* A note by the only member of the department is nobody else's business. */
static bool is_alone(const struct matter *matter)
{
    return matter->decision->kind == KIND_NOTE && matter->author.is_operator &&
           !matter->author.only_notes;
}

bool copies_for_operators(struct matter *matter, GError **error)
{
    struct decision *decision = matter->decision;
    int64_t only;
    bool wanted;

    if (!is_wanted(matter, &wanted, error))
        return false;
    if (!wanted) {
        decision_add_event(decision, "spam", matter->author.address, "no copies");
        return true;
    }
    if (!find_only(matter, &only, error) || !add_members(matter, only, error))
        return false;
    matter->no_operators = decision->copies->len == 0 && !is_alone(matter);
    matter->too_many = decision->copies->len > DECIDE_COPIES_MAX;
    if (matter->no_operators || matter->too_many) {
        g_ptr_array_set_size(decision->copies, 0);
        add(matter, matter->site->site->postmaster, decision->role, 0);
        decision_add_event(decision, matter->too_many ? "too-many" : "no-operators", NULL,
                           matter->site->site->postmaster);
    }
    return true;
}

static bool add_person(struct matter *matter, const char *address, GError **error)
{
    bool is_outside;
    bool is_role;

    /* A role address would come back to us. The requester may be an operator; nobody else on the
     * people's side may. */
    if (!people_is_outside(matter, address, &is_outside, error) ||
        !addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter, address,
                            &is_role, error))
        return false;
    if (is_role || (!is_outside && g_strcmp0(address, matter->decision->ticket->requester) != 0))
        return true;
    if (direct_has(matter, address))
        return true;
    if (!address_is_ascii(address) && !matter->envelope->smtputf8 && matter->resumed == NULL) {
        refuse(matter, "550", "5.6.7",
               "an address of this ticket is not ASCII; send with a mail program that uses "
               "SMTPUTF8");
        return true;
    }
    add(matter, address, matter->decision->role, 0);
    return true;
}

bool copies_for_people(struct matter *matter, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;

    if (ticket->requester != NULL && !add_person(matter, ticket->requester, error))
        return false;
    for (guint i = 0; i < ticket->correspondents->len; i++) {
        const struct correspondent *person = ticket->correspondents->pdata[i];

        if (!add_person(matter, person->address, error))
            return false;
    }
    if (matter->decision->copies->len == 0 && matter->direct->len == 0)
        refuse(matter, "550", "5.7.1",
               "this ticket has no requester who could be answered; put the recipient in To");
    return add_members(matter, 0, error);
}

static bool is_written_to(const struct matter *matter, const char *role)
{
    for (guint i = 0; i < matter->addressees->roles->len; i++)
        if (strcmp(((const struct addressee *)matter->addressees->roles->pdata[i])->role, role) ==
            0)
            return true;
    return false;
}

/* (An answer's role address may be one that nobody wrote to: the owner's primary.) */
bool copies_is_of_this_leg(const struct matter *matter, const struct message_copy *copy)
{
    return is_written_to(matter, copy->role) || again_is_leg(matter, copy->role);
}

/* The address that it went to then may be none for this transaction. */
static bool add_again(struct matter *matter, const struct message_copy *copy, GError **error)
{
    AUTO(operator_person) person = NULL;

    if (copy->operator_id != 0 && !matter->envelope->smtputf8 && !address_is_ascii(copy->address)) {
        if (!operator_find_id(matter->store, copy->operator_id, &person, error))
            return false;
        add_operator(matter, person, copy->role);
    } else {
        add(matter, copy->address, copy->role, copy->operator_id);
    }
    return true;
}

bool copies_again(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) copies = message_copies(matter->store, matter->earlier->number, error);
    bool too_often;

    if (copies == NULL || !again_is_too_often(matter, &too_often, error))
        return false;
    if (matter->resumed == NULL && (too_often || !again_is_retry(matter)))
        return true;
    for (guint i = 0; i < copies->len; i++) {
        const struct message_copy *copy = copies->pdata[i];

        if (!copy->by_courier && (matter->resumed != NULL || copies_is_of_this_leg(matter, copy)) &&
            !add_again(matter, copy, error))
            return false;
    }
    return true;
}

bool copies_for_recipients(struct matter *matter, GError **error)
{
    GPtrArray *all = matter->addressees->all;

    for (guint i = 0; i < all->len; i++) {
        const char *address = ((const struct addressee *)all->pdata[i])->recipient->address;

        if (address != NULL && ticket_has_person(matter->decision->ticket, address) &&
            !add_person(matter, address, error))
            return false;
    }
    return true;
}

bool copies_for_legs(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) had = message_copies(matter->store, matter->earlier->number, error);
    int64_t only;

    if (had == NULL || !find_only(matter, &only, error))
        return false;
    for (guint i = 0; i < matter->addressees->roles->len; i++) {
        const struct addressee *addressee = matter->addressees->roles->pdata[i];

        if (again_is_leg(matter, addressee->role) &&
            ticket_has_department(matter->decision->ticket, addressee->department->id) &&
            !add_members_of(matter, addressee->department->id, only, had, error))
            return false;
    }
    return true;
}

/* The postmaster stands in for an operator, unless they are of the ticket. */
bool copies_is_persons(const struct matter *matter, const struct message_copy *copy)
{
    const struct decision *decision = matter->decision;

    return decision->kind == KIND_ANSWER && copy->operator_id == 0 &&
           (strcmp(copy->address, matter->site->site->postmaster) != 0 ||
            ticket_has_person(decision->ticket, copy->address));
}

/* What operators write in the department's name reaches nobody outside in their own. */
static bool goes_to_customers(const struct matter *matter)
{
    const struct decision *decision = matter->decision;

    if (decision->kind != KIND_ANSWER)
        return false;
    for (guint i = 0; i < decision->copies->len; i++)
        if (copies_is_persons(matter, decision->copies->pdata[i]))
            return true;
    return matter->addressees->outsiders > 0;
}

void copies_choose_audience(struct matter *matter)
{
    if (goes_to_customers(matter))
        matter->decision->audience = AUDIENCE_CUSTOMERS;
    else
        matter->decision->audience =
            matter->addressees->outsiders > 0 ? AUDIENCE_BYSTANDERS : AUDIENCE_OPERATORS;
}
