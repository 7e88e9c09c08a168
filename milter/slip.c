/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides whether mail to no role address is an answer that went astray, and for which role address
 * it was meant. Knows no copy and no header edit, and refuses nothing: what is no slip is none of
 * ours. The thread that holds the store, where it says so.
 */
#include "milter/slip.h"

#include <string.h>

#include "db/department.h"
#include "milter/author.h"
#include "milter/people.h"
#include "milter/stamp.h"

bool slip_may_be(const struct conf *conf, const struct envelope *envelope)
{
    if (!conf->mail.catch_direct)
        return false;
    if (envelope->local)
        return conf->mail.trust_local_submission;
    return envelope->login != NULL || envelope->trusted;
}

bool slip_has_id(const struct ticketid_site *site, const char *subject)
{
    int64_t number;

    return ticketid_find(site, subject, &number) == TICKETID_VALID;
}

/* By the session itself. A header that proves its author says nothing of who sends it now. */
static bool is_proven(const struct matter *matter)
{
    static const char *const by_session[] = {"login", "network", "local", NULL};
    const char *proof = matter->author.proof;

    return proof != NULL && g_strv_contains(by_session, proof);
}

/* It has been sent as an answer, as a copy or by the courier, once. */
static bool was_here(const struct matter *matter)
{
    guint count = mail_header_count(matter->mail, STAMP_HEADER);
    int64_t number;

    for (guint i = 0; i < count; i++)
        if (stamp_read(matter->site->id.key, matter->site->site->instance,
                       mail_header(matter->mail, STAMP_HEADER, i), &number) != STAMP_NONE)
            return true;
    return false;
}

static bool is_named(const struct matter *matter, const char *address)
{
    return people_named(matter->mail->to, address) != NULL ||
           people_named(matter->mail->cc, address) != NULL;
}

/* Somebody of the ticket is among the recipients. One whom the author hid from other people would
 * be shown to them by an answer, and so does not count. */
static bool goes_to_people(struct matter *matter, bool *goes, GError **error)
{
    GPtrArray *all = matter->addressees->all;
    bool is_recipient = false;
    const char *other = NULL;

    *goes = false;
    for (guint i = 0; i < all->len && !*goes; i++) {
        const char *address = ((const struct addressee *)all->pdata[i])->recipient->address;

        if (address == NULL || !ticket_has_person(matter->ticket, address))
            continue;
        *goes = is_named(matter, address);
        is_recipient = true;
    }
    if (*goes || !is_recipient)
        return true;
    if (!people_find_outsider(matter, &other, error))
        return false;
    *goes = other == NULL;
    return true;
}

/* The role address that it should have been sent to, as if it had been. */
static bool stand_in(struct matter *matter, GError **error)
{
    const struct ticket_department *owner = matter->ticket->departments->pdata[0];
    AUTO(department) department = NULL;

    if (!department_find_id(matter->store, owner->id, &department, error))
        return false;
    if (department == NULL || department->primary == NULL)
        return true;
    matter->stand_in = addressee_new_primary(g_steal_pointer(&department));
    matter->main = matter->stand_in;
    return true;
}

bool slip_judge(struct matter *matter, bool *is, GError **error)
{
    bool goes;

    *is = false;
    if (!is_proven(matter) || was_here(matter) || matter->ticket == NULL ||
        (matter->earlier != NULL && strcmp(matter->earlier->kind, "answer") != 0))
        return true;
    if (!goes_to_people(matter, &goes, error))
        return false;
    if (!goes)
        return true;
    if (!stand_in(matter, error))
        return false;
    if (matter->main == NULL)
        return true;
    if (!author_judge(matter, error))
        return false;
    *is = matter->author.is_operator;
    return true;
}
