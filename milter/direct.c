/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom an operator's own server has sent the message to, as To and Cc say. Knows no copy and no
 * header edit. The thread that holds the store.
 */
#include "milter/direct.h"

#include <string.h>

#include "milter/people.h"

bool direct_has(const struct matter *matter, const char *address)
{
    return g_ptr_array_find_with_equal_func(matter->direct, address, g_str_equal, NULL);
}

void direct_add(struct matter *matter, const char *address)
{
    g_ptr_array_add(matter->direct, g_strdup(address));
}

/* By whichever of an operator's addresses. */
static bool find_requester(struct matter *matter, const char *address, bool *is, GError **error)
{
    const char *requester = matter->ticket != NULL ? matter->ticket->requester : NULL;
    AUTO(operator_person) person = NULL;

    *is = g_strcmp0(requester, address) == 0;
    if (*is || requester == NULL)
        return true;
    if (!operator_find(matter->store, address, &person, error))
        return false;
    *is = person != NULL && operator_has_address(person, requester);
    return true;
}

static bool find(struct matter *matter, GPtrArray *written, GHashTable *seen, GError **error)
{
    for (guint i = 0; i < written->len; i++) {
        const struct mail_address *person = written->pdata[i];
        bool is_customer;

        if (!g_hash_table_add(seen, person->address) ||
            addressees_has(matter->addressees, person->address))
            continue;
        if (!people_is_outside(matter, person->address, &is_customer, error) ||
            (!is_customer && !find_requester(matter, person->address, &is_customer, error)))
            return false;
        if (is_customer)
            direct_add(matter, person->address);
    }
    return true;
}

bool direct_find(struct matter *matter, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (!matter->author.is_operator || !matter->author.header_alone)
        return true;
    return find(matter, matter->mail->to, seen, error) &&
           find(matter, matter->mail->cc, seen, error);
}

void direct_note(struct matter *matter)
{
    for (guint i = 0; i < matter->direct->len; i++)
        decision_add_event(matter->decision, "direct", matter->author.address,
                           matter->direct->pdata[i]);
}
