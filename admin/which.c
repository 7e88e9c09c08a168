/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people call a ticket or an operator. Decides what is near enough, and never guesses
 * between two. One thread.
 */
#include "admin/which.h"

#include <string.h>

#include "db/error.h"
#include "milter/log.h"
#include "milter/login.h"
#include "milter/who.h"

#define NUMBER_DIGITS_MAX 18

bool which_number(const char *text, int64_t *number)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > NUMBER_DIGITS_MAX || text[digits] != '\0')
        return false;
    *number = g_ascii_strtoll(text, NULL, 10);
    return true;
}

static bool read_ticket(struct context *context, const char *text, int64_t *number, GError **error)
{
    const char *plain = *text == '#' ? text + 1 : text;
    g_autofree char *quoted = log_quoted(text);
    enum ticketid_found found;

    if (which_number(plain, number))
        return true;
    found = ticketid_parse_extension(&context->ids, plain, number);
    if (found == TICKETID_NONE)
        found = ticketid_find(&context->ids, text, number);
    if (found == TICKETID_VALID)
        return true;
    if (found == TICKETID_BAD)
        return error_set(error, ERROR_REFUSED,
                         "`%s`: the check letters are wrong; this site gave out no such ID",
                         quoted);
    return request_wrong(error, "`%s` is no ticket; write 1042, 1042-K7QX2 or '[%s #1042-K7QX2]'",
                         quoted, context->site->tag);
}

bool which_ticket(struct context *context, const char *text, struct ticket **out, GError **error)
{
    int64_t number = 0;

    *out = NULL;
    if (!read_ticket(context, text, &number, error) ||
        !ticket_find(context->store, number, out, error))
        return false;
    if (*out == NULL)
        error_set(error, ERROR_NOT_FOUND, "no ticket %" G_GINT64_FORMAT, number);
    return *out != NULL;
}

bool which_live_ticket(struct context *context, const char *text, struct ticket **out,
                       GError **error)
{
    AUTO(ticket) named = NULL;

    *out = NULL;
    if (!which_ticket(context, text, &named, error) ||
        !ticket_find_live(context->store, named->number, out, error))
        return false;
    if (*out == NULL)
        error_set(error, ERROR_BUG, "ticket %" G_GINT64_FORMAT " is part of itself", named->number);
    return *out != NULL;
}

bool which_operator(struct context *context, const char *who, struct operator_person **out,
                    GError **error)
{
    *out = NULL;
    if (*who == '\0' || !g_utf8_validate(who, -1, NULL)) {
        g_autofree char *quoted = log_quoted(who);

        return request_wrong(error, "`%s` is nobody", quoted);
    }
    return who_find(context->store, who, "`counterfoil operator list` shows them", out, error);
}

bool which_caller(struct context *context, struct operator_person **out, GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(context->store, error);
    const char *login = caller_login(context->caller);
    const struct operator_person *found = NULL;

    *out = NULL;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        if (!login_is_of(context->conf, all->pdata[i], login))
            continue;
        if (found != NULL)
            return true;
        found = all->pdata[i];
    }
    if (all == NULL || found == NULL)
        return all != NULL;
    return operator_find_id(context->store, found->id, out, error);
}
