/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reasons, in the order in which they are looked for. Knows no kind of notice. The thread that
 * holds the store.
 */
#include "milter/hindrance.h"

#include "milter/author.h"
#include "milter/machine.h"

/* *why is yours; it stays NULL if this is no reason. */
typedef bool (*reason)(struct matter *matter, const char *address, char **why, GError **error);

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
static bool by_role_address(struct matter *matter, const char *address, char **why, GError **error)
{
    GPtrArray *from = matter->mail->from;

    for (guint i = 0; i < from->len; i++)
        if (!check_role(matter, ((const struct mail_address *)from->pdata[i])->address, why, error))
            return false;
    return check_role(matter, matter->envelope->sender, why, error) &&
           check_role(matter, address, why, error);
}

static bool by_machine(struct matter *matter, const char *address, char **why, GError **error)
{
    const char *what = NULL;

    (void)error;
    if (machine_is_quiet(matter->envelope, matter->mail, &what))
        *why = g_strdup_printf("it must not be answered automatically (%s)", what);
    else if (machine_is_no_reply(address))
        *why = g_strdup("nobody reads mail there");
    return true;
}

static bool by_spam(struct matter *matter, const char *address, char **why, GError **error)
{
    (void)address;
    (void)error;
    if (matter->is_spam)
        *why = g_strdup("it is marked as spam");
    else if (matter->is_spammer)
        *why = g_strdup("earlier mail of theirs was called spam");
    return true;
}

static bool by_forger(struct matter *matter, const char *address, char **why, GError **error)
{
    const char *doubt = author_find_doubt(matter);

    (void)address;
    (void)error;
    if (doubt != NULL)
        *why = g_strdup_printf("From is forged, says %s (%s)", matter->site->conf->mail.authserv_id,
                               doubt);
    return true;
}

bool hindrance_find(struct matter *matter, const char *address, char **why, GError **error)
{
    static const reason reasons[] = {by_role_address, by_machine, by_spam, by_forger};

    *why = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(reasons) && *why == NULL; i++)
        if (!reasons[i](matter, address, why, error))
            return false;
    return true;
}
