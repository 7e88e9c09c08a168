/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets people join a ticket. Knows no kind of message and no header edit. The thread that holds
 * the store.
 */
#include "milter/people.h"

#include <string.h>

#include "milter/address.h"

/* A header may name thousands; nobody needs more of them looked up than this. */
#define LOOKED_AT_MAX 100

const struct mail_address *people_named(GPtrArray *addresses, const char *address)
{
    for (guint i = 0; i < addresses->len; i++) {
        const struct mail_address *person = addresses->pdata[i];

        if (strcmp(person->address, address) == 0)
            return person;
    }
    return NULL;
}

bool people_is_outside(struct matter *matter, const char *address, bool *is_outside, GError **error)
{
    AUTO(operator_person) person = NULL;
    bool is_role;

    if (!addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter, address,
                            &is_role, error) ||
        !operator_find(matter->store, address, &person, error))
        return false;
    *is_outside = !is_role && person == NULL;
    return true;
}

static bool join(struct matter *matter, struct ticket *ticket, GPtrArray *written, bool anyone,
                 GError **error)
{
    const struct author *author = &matter->author;

    for (guint i = 0; i < MIN(written->len, LOOKED_AT_MAX); i++) {
        const struct mail_address *person = written->pdata[i];
        bool is_outside;

        if (ticket->correspondents->len >= DECIDE_CORRESPONDENTS_MAX)
            return true;
        if (!anyone && !address_same_domain(person->address, author->address))
            continue;
        if (g_strcmp0(person->address, author->address) == 0 ||
            ticket_has_person(ticket, person->address))
            continue;
        if (!people_is_outside(matter, person->address, &is_outside, error))
            return false;
        if (!is_outside)
            continue;
        g_ptr_array_add(ticket->correspondents, correspondent_new(person->address, person->name));
        decision_add_event(matter->decision, "correspondent", author->address, person->address);
    }
    return true;
}

bool people_join(struct matter *matter, struct ticket *ticket, bool anyone, GError **error)
{
    if (matter->author.address == NULL)
        return true;
    return join(matter, ticket, matter->mail->to, anyone, error) &&
           join(matter, ticket, matter->mail->cc, anyone, error);
}

bool people_sort_cc(struct matter *matter, GError **error)
{
    GPtrArray *cc = matter->mail->cc;

    matter->cc_outside = g_ptr_array_new();
    matter->cc_inside = g_ptr_array_new();
    for (guint i = 0; i < cc->len; i++) {
        struct mail_address *person = cc->pdata[i];
        bool is_outside;

        if (!people_is_outside(matter, person->address, &is_outside, error))
            return false;
        g_ptr_array_add(is_outside ? matter->cc_outside : matter->cc_inside, person);
    }
    return true;
}
