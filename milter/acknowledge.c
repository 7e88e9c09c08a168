/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets an acknowledgement, and what it is made of. Knows no bytes of a mail. The thread that
 * holds the store.
 */
#include "milter/acknowledge.h"

#include "milter/hindrance.h"

/* They know their own department, and get a copy. *why is yours; it stays NULL if this is no
 * reason. */
static bool by_operator(struct matter *matter, char **why, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;
    AUTO(operator_person) person = NULL;

    if (!operator_find(matter->store, ticket->requester, &person, error))
        return false;
    for (guint i = 0; person != NULL && i < ticket->departments->len && *why == NULL; i++) {
        const struct ticket_department *department = ticket->departments->pdata[i];
        bool is_now;
        bool was_ever;

        if (!department_has_member(matter->store, department->id, person->id, &is_now, &was_ever,
                                   error))
            return false;
        if (is_now)
            *why = g_strdup_printf("an operator of %s", department->name);
    }
    return true;
}

static bool find_reason(struct matter *matter, char **why, GError **error)
{
    return by_operator(matter, why, error) &&
           (*why != NULL ||
            hindrance_find(matter, matter->decision->ticket->requester, why, error));
}

/* One that the department does not send anyway is not kept back. */
static bool is_sent(struct matter *matter, bool *is, GError **error)
{
    g_autofree char *template = NULL;

    if (!wording_find(matter->store, matter->main->department->id, NOTICE_ACKNOWLEDGE, &template,
                      error))
        return false;
    *is = template[0] != '\0';
    return true;
}

/* As long as nobody has proven to have written it, it may be somebody else who reads this. */
static bool tell(struct matter *matter, struct post *post, GError **error)
{
    const struct ticket *ticket = matter->decision->ticket;
    struct mail_address requester = {ticket->requester_name, ticket->requester};
    g_autoptr(GPtrArray) to = g_ptr_array_new();
    struct notice notice = {
        .kind = NOTICE_ACKNOWLEDGE,
        .department = matter->main->department,
        .role = matter->decision->role,
        .ticket = ticket,
        .to = to,
        .is_counted = true,
        .may_quote = matter->author.proof != NULL,
        .is_reply = true,
        .answers = matter->mail,
    };

    g_ptr_array_add(to, &requester);
    return post_notice(post, &notice, error);
}

bool acknowledge_request(struct matter *matter, struct post *post, GError **error)
{
    const struct decision *decision = matter->decision;
    const struct ticket *ticket = decision->ticket;
    g_autofree char *why = NULL;
    bool sends;

    if (!decision->is_new_ticket || decision->kind != KIND_REQUEST || ticket->requester == NULL)
        return true;
    if (!is_sent(matter, &sends, error) || (sends && !find_reason(matter, &why, error)))
        return false;
    if (why != NULL)
        post_keep_back(post, ticket->number, NOTICE_ACKNOWLEDGE, ticket->requester, why);
    return !sends || why != NULL || tell(matter, post, error);
}
