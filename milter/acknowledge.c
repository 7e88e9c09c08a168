/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reasons against an acknowledgement, in the order in which they are looked for, and what it is
 * made of. Knows no bytes of a mail. The thread that holds the store.
 */
#include "milter/acknowledge.h"

#include "milter/author.h"
#include "milter/machine.h"

/* Why there is none: *why is yours; it stays NULL if this is no reason. */
typedef bool (*reason)(struct matter *matter, char **why, GError **error);

/* They know their own department, and get a copy. */
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

static bool check_role(struct matter *matter, const char *address, char **why, GError **error)
{
    bool is_role;

    if (*why != NULL || address[0] == '\0')
        return true;
    if (!addressees_is_role(matter->store, matter->site->conf->mail.recipient_delimiter, address,
                            &is_role, error))
        return false;
    if (is_role)
        *why = g_strdup_printf("it is from %s, a role address", address);
    return true;
}

/* What we acknowledge to ourselves goes round. */
static bool by_role_address(struct matter *matter, char **why, GError **error)
{
    GPtrArray *from = matter->mail->from;

    for (guint i = 0; i < from->len; i++)
        if (!check_role(matter, ((const struct mail_address *)from->pdata[i])->address, why, error))
            return false;
    return check_role(matter, matter->envelope->sender, why, error) &&
           check_role(matter, matter->decision->ticket->requester, why, error);
}

static bool by_machine(struct matter *matter, char **why, GError **error)
{
    const char *what = NULL;

    (void)error;
    if (machine_is_quiet(matter->envelope, matter->mail, &what))
        *why = g_strdup_printf("it must not be answered automatically (%s)", what);
    else if (machine_is_no_reply(matter->decision->ticket->requester))
        *why = g_strdup("nobody reads mail there");
    return true;
}

static bool by_spam(struct matter *matter, char **why, GError **error)
{
    (void)error;
    if (matter->is_spam)
        *why = g_strdup("it is marked as spam");
    else if (matter->is_spammer)
        *why = g_strdup("earlier mail of theirs was called spam");
    return true;
}

static bool by_forger(struct matter *matter, char **why, GError **error)
{
    const char *doubt = author_find_doubt(matter);

    (void)error;
    if (doubt != NULL)
        *why = g_strdup_printf("From is forged, says %s (%s)", matter->site->conf->mail.authserv_id,
                               doubt);
    return true;
}

static bool find_reason(struct matter *matter, char **why, GError **error)
{
    static const reason reasons[] = {by_operator, by_role_address, by_machine, by_spam, by_forger};

    for (size_t i = 0; i < G_N_ELEMENTS(reasons) && *why == NULL; i++)
        if (!reasons[i](matter, why, error))
            return false;
    return true;
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
