/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Closed departments, and mail that is marked as spam. Knows no copy and no header. The thread that
 * holds the store.
 */
#include "milter/gate.h"

#include <string.h>

#include "milter/machine.h"
#include "milter/refuse.h"

static bool refuses_spam(const struct department *department)
{
    return strcmp(department->spam, "refuse") == 0;
}

bool gate_may_join(const struct matter *matter, const struct department *department)
{
    return department->closed == NULL || matter->author.is_operator || matter->author.is_machine;
}

/* A department that would refuse it alone is spared it in company; but not where nothing can be
 * refused. */
bool gate_wants_copy(const struct matter *matter, const struct department *department)
{
    return !matter->is_spam || strcmp(department->spam, "copy") == 0 ||
           (matter->refusal != NULL && refuses_spam(department));
}

/* The customer who writes to several is answered by the open ones: the first of them owns. */
static void check_closed(struct matter *matter)
{
    GPtrArray *roles = matter->addressees->roles;

    for (guint i = 0; i < roles->len; i++) {
        const struct addressee *addressee = roles->pdata[i];

        if (gate_may_join(matter, addressee->department)) {
            matter->main = addressee;
            return;
        }
    }
    refuse(matter, "550", "5.2.1", matter->main->department->closed);
}

bool gate_look_for_spam(struct matter *matter, GError **error)
{
    if (matter->author.is_operator)
        return true;
    matter->is_spam = machine_is_spam(matter->mail);
    return matter->author.address == NULL ||
           ticket_has_spammer(matter->store, matter->author.address, &matter->is_spammer, error);
}

static void check_spam(struct matter *matter)
{
    GPtrArray *roles = matter->addressees->roles;

    if (!matter->is_spam)
        return;
    for (guint i = 0; i < roles->len; i++)
        if (!refuses_spam(((const struct addressee *)roles->pdata[i])->department))
            return;
    refuse(matter, "550", "5.7.1", "this message is marked as spam");
}

void gate_check(struct matter *matter)
{
    check_spam(matter);
    if (matter->earlier == NULL && matter->ticket == NULL)
        check_closed(matter);
}
