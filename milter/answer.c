/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows in which an operator writes to customers: is it meant for them, for whom does it open a
 * ticket, as whom does it speak. Knows no header edit. The thread that holds the store.
 */
#include "milter/answer.h"

#include <string.h>

#include "db/department.h"
#include "milter/copies.h"
#include "milter/course.h"
#include "milter/direct.h"
#include "milter/obey.h"
#include "milter/orders.h"
#include "milter/people.h"
#include "milter/refuse.h"

/* The role address the answer speaks as: the one written to, where its department is on the
 * ticket, else the primary of the owner. */
bool answer_choose_role(struct matter *matter, const struct ticket *ticket, GError **error)
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
    course_wait(matter, ticket, false);
    if (!answer_choose_role(matter, ticket, error) || !people_join(matter, ticket, true, error) ||
        !assign_to_author(matter, ticket, error) || !copies_for_people(matter, error))
        return false;
    direct_note(matter);
    copies_choose_audience(matter);
    return true;
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

/* An answer is a slip; or it has the role address in To; or To and Cc name nobody, and it is alone
 * in the envelope; or it has somebody of the ticket in To. A question to a third person, with the
 * role in Cc or Bcc, is none. */
static bool is_meant_as_answer(const struct matter *matter, const struct ticket *ticket)
{
    const struct mail *mail = matter->mail;
    const char *role = matter->main->role;

    if (matter->stand_in != NULL ||
        addressees_place(mail->to, matter->site->conf->mail.recipient_delimiter, role) >= 0)
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

bool answer_write(struct matter *matter, GError **error)
{
    const char *requester = matter->ticket->requester;

    if (!is_meant_as_answer(matter, matter->ticket)) {
        g_autofree char *text =
            g_strdup_printf("this would go to %s; to answer, write To %s",
                            requester != NULL ? requester : "the customer", matter->main->role);

        refuse(matter, "550", "5.7.1", text);
        return true;
    }
    return send_answer(matter, course_go_on(matter), error);
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

/* For whom a ticket is opened. Where the header alone is proven, they are whom it names: they may
 * have the message already, and the envelope may name anybody. NULL: refused. */
static bool choose_requester(struct matter *matter, const char **address, GError **error)
{
    const char *named = NULL;
    const char *outsider;
    bool is_hidden;

    *address = NULL;
    outsider = first_outsider(matter, &is_hidden);
    if ((is_hidden || matter->author.header_alone) && !people_find_outsider(matter, &named, error))
        return false;
    if (matter->author.header_alone && named != NULL)
        *address = named;
    else if (outsider == NULL)
        refuse(matter, "550", "5.1.3", "the recipient outside this site has no usable address");
    else if (matter->author.header_alone)
        refuse(matter, "550", "5.7.1",
               "a hidden recipient would become the requester, and nothing proves that you wrote "
               "to them; put them in To");
    else if (is_hidden && named != NULL)
        refuse(matter, "550", "5.7.1",
               "a hidden recipient would become the requester, whom the others see; write to them "
               "alone, or put them in To");
    else
        *address = outsider;
    return true;
}

static const char *name_of(const struct matter *matter, const char *address)
{
    const struct mail_address *person = people_named(matter->mail->to, address);

    if (person == NULL)
        person = people_named(matter->mail->cc, address);
    return person != NULL ? person->name : NULL;
}

/* The way to start a conversation from the department. */
bool answer_open(struct matter *matter, GError **error)
{
    const char *requester;
    struct ticket *ticket;

    if (!choose_requester(matter, &requester, error))
        return false;
    if (requester == NULL)
        return true;
    if (!course_open(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(requester);
    ticket->requester_name = g_strdup(name_of(matter, requester));
    return send_answer(matter, ticket, error);
}

/* role+for-LOCAL=DOMAIN: the same, for whom it names, wherever else the message went. */
bool answer_open_for(struct matter *matter, GError **error)
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
    if (!course_open(matter, error))
        return false;
    ticket = matter->decision->ticket;
    ticket->requester = g_strdup(person);
    ticket->requester_name = g_strdup(name_of(matter, person));
    return obey_first(matter, ticket, error) &&
           (refuse_is_final(matter) || send_answer(matter, ticket, error));
}
