/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One message, one version: who is to read another one leaves the live transaction. Knows no header
 * edit. The thread that holds the store.
 */
#include "milter/route.h"

#include <string.h>

#include "milter/address.h"
#include "milter/copies.h"

/* What takes a recipient out again: exactly what the MTA said at RCPT; but Postfix, which says a
 * source route (<@relay:support@example.com>), knows the recipient without it. */
static void take_out(GPtrArray *out, const char *given)
{
    const char *bare = given + (*given == '<');
    const char *end_of_route = *bare == '@' ? strchr(bare, ':') : NULL;

    g_ptr_array_add(out, g_strdup(given));
    if (end_of_route != NULL)
        g_ptr_array_add(out, g_strdup_printf("%s%s", *given == '<' ? "<" : "", end_of_route + 1));
}

/* When a message is resumed, whoever was added before a role address of theirs went out has it. */
static bool is_due(const struct matter *matter, const struct message_copy *copy)
{
    return matter->resumed == NULL || copies_is_of_this_leg(matter, copy);
}

/* The courier brings operators what the live message is not. */
static void choose_ways(struct matter *matter)
{
    GPtrArray *copies = matter->decision->copies;

    for (guint i = 0; i < copies->len; i++) {
        struct message_copy *copy = copies->pdata[i];

        copy->by_courier = matter->decision->audience != AUDIENCE_OPERATORS &&
                           !copies_is_persons(matter, copy) && is_due(matter, copy);
    }
}

/* Is there a copy for them that goes this way? */
static bool has_copy(GPtrArray *copies, const struct addressee *addressee, bool by_courier)
{
    for (guint i = 0; i < copies->len; i++) {
        const struct message_copy *copy = copies->pdata[i];

        if (copy->by_courier == by_courier &&
            (g_strcmp0(copy->address, addressee->recipient->address) == 0 ||
             (addressee->person != NULL && copy->operator_id == addressee->person->id)))
            return true;
    }
    return false;
}

/* An operator to whom the author of an answer wrote as well: also one who is in none of the
 * ticket's departments, or the author themselves. Customers' version would not tell them who wrote,
 * and their reply to all would go to the customer, in their own name. The requester is a customer;
 * so is, when an answer comes again, whoever was then. */
static bool may_bring(const struct matter *matter, const struct addressee *addressee)
{
    const char *requester;

    if (matter->decision->audience != AUDIENCE_CUSTOMERS || addressee->person == NULL ||
        has_copy(matter->decision->copies, addressee, false))
        return false;
    requester = matter->decision->ticket->requester;
    return requester == NULL || !operator_has_address(addressee->person, requester);
}

/* False: they can't be reached by another way than the live one. */
static bool bring(struct matter *matter, const struct addressee *addressee)
{
    const char *address = addressee->recipient->address;
    struct message_copy *copy;

    if (!matter->envelope->smtputf8 && !address_is_ascii(address))
        address = copies_usable_address(matter, addressee->person);
    if (address == NULL)
        return false;
    copy = message_copy_new(address, matter->decision->role, addressee->person->id);
    copy->by_courier = true;
    g_ptr_array_add(matter->decision->copies, copy);
    return true;
}

/* recorded: copies of the same mail. */
static void take_out_recipients(struct matter *matter, GPtrArray *recorded)
{
    struct decision *decision = matter->decision;
    GPtrArray *all = matter->addressees->all;

    for (guint i = 0; i < all->len; i++) {
        const struct addressee *addressee = all->pdata[i];

        if (addressee->role != NULL)
            take_out(decision->recipients_out, addressee->recipient->given);
        else if (has_copy(decision->copies, addressee, true) ||
                 has_copy(recorded, addressee, true) ||
                 (may_bring(matter, addressee) && bring(matter, addressee)))
            take_out(decision->operators_out, addressee->recipient->given);
    }
}

/* Whoever is a recipient already is not added: Postfix would deliver twice. */
static void add_recipients(struct matter *matter)
{
    struct decision *decision = matter->decision;

    for (guint i = 0; i < decision->copies->len; i++) {
        const struct message_copy *copy = decision->copies->pdata[i];

        if (!copy->by_courier && is_due(matter, copy) &&
            !addressees_has(matter->addressees, copy->address) &&
            (copy->operator_id == 0 ||
             !addressees_has_operator(matter->addressees, copy->operator_id)))
            g_ptr_array_add(decision->recipients_in, g_strdup(copy->address));
    }
}

bool route_copies(struct matter *matter, GError **error)
{
    g_autoptr(GPtrArray) recorded =
        matter->earlier != NULL ? message_copies(matter->store, matter->earlier->number, error)
                                : g_ptr_array_new();

    if (recorded == NULL)
        return false;
    choose_ways(matter);
    add_recipients(matter);
    take_out_recipients(matter, recorded);
    return true;
}
