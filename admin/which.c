/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people call a ticket or an operator. Decides what is near enough, and never guesses
 * between two. One thread.
 */
#include "admin/which.h"

#include <string.h>

#include "db/error.h"
#include "milter/address.h"
#include "milter/log.h"
#include "milter/nearest.h"

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

static bool begins(const char *text, const char *folded)
{
    g_autofree char *own = text != NULL ? g_utf8_casefold(text, -1) : NULL;

    return own != NULL && g_str_has_prefix(own, folded);
}

static bool has_local(const struct operator_person *person, const char *folded)
{
    for (guint i = 0; i < person->addresses->len; i++) {
        g_autofree char *local = address_local(person->addresses->pdata[i]);
        g_autofree char *own = g_utf8_casefold(local, -1);
        if (strcmp(own, folded) == 0)
            return true;
    }
    return false;
}

static bool has_beginning(const struct operator_person *person, const char *folded)
{
    for (guint i = 0; i < person->addresses->len; i++)
        if (begins(person->addresses->pdata[i], folded))
            return true;
    return begins(person->name, folded);
}

/* Those of all for whom is_meant holds: borrowed. */
static GPtrArray *pick(const GPtrArray *all, const char *folded,
                       bool (*is_meant)(const struct operator_person *, const char *))
{
    GPtrArray *some = g_ptr_array_new();

    for (guint i = 0; i < all->len; i++)
        if (is_meant(all->pdata[i], folded))
            g_ptr_array_add(some, all->pdata[i]);
    return some;
}

static void set_ambiguous(GError **error, const char *who, const GPtrArray *people)
{
    g_autoptr(GString) list = g_string_new(NULL);
    g_autofree char *quoted = log_quoted(who);

    for (guint i = 0; i < people->len; i++)
        g_string_append_printf(list, "%s%s", i > 0 ? ", " : "",
                               ((struct operator_person *)people->pdata[i])->address);
    error_set(error, ERROR_REFUSED, "`%s` could be any of %s", quoted, list->str);
}

static void set_nobody(GError **error, const char *who, const GPtrArray *all)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *quoted = log_quoted(who);
    const char *nearest;

    for (guint i = 0; i < all->len; i++) {
        const GPtrArray *addresses = ((struct operator_person *)all->pdata[i])->addresses;
        for (guint n = 0; n < addresses->len; n++) {
            g_ptr_array_add(names, address_local(addresses->pdata[n]));
            g_ptr_array_add(names, g_strdup(addresses->pdata[n]));
        }
    }
    g_ptr_array_add(names, NULL);
    nearest = nearest_name(who, (const char *const *)names->pdata);
    if (nearest != NULL)
        error_set(error, ERROR_NOT_FOUND, "no operator `%s`; did you mean `%s`?", quoted, nearest);
    else
        error_set(error, ERROR_NOT_FOUND,
                  "no operator `%s`; `counterfoil operator list` shows them", quoted);
}

static bool choose(struct context *context, const char *who, struct operator_person **out,
                   GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(context->store, error);
    g_autofree char *folded = g_utf8_casefold(who, -1);
    g_autoptr(GPtrArray) meant = NULL;

    if (all == NULL)
        return false;
    meant = pick(all, folded, has_local);
    if (meant->len == 0) {
        g_ptr_array_unref(meant);
        meant = pick(all, folded, has_beginning);
    }
    if (meant->len == 1)
        return operator_find_id(context->store, ((struct operator_person *)meant->pdata[0])->id,
                                out, error);
    if (meant->len > 1)
        set_ambiguous(error, who, meant);
    else
        set_nobody(error, who, all);
    return false;
}

bool which_operator(struct context *context, const char *who, struct operator_person **out,
                    GError **error)
{
    g_autofree char *address = address_normalise(who);

    *out = NULL;
    if (address != NULL && !operator_find(context->store, address, out, error))
        return false;
    if (*out != NULL)
        return true;
    if (*who == '\0' || !g_utf8_validate(who, -1, NULL)) {
        g_autofree char *quoted = log_quoted(who);
        return request_wrong(error, "`%s` is nobody", quoted);
    }
    return choose(context, who, out, error);
}

/* The rule of SMTP AUTH (DESIGN 5): the login that is set; else an address, or the local part of
 * one in our own domains. */
static bool has_login(const struct context *context, const struct operator_person *person,
                      const char *login)
{
    if (person->login != NULL)
        return g_ascii_strcasecmp(person->login, login) == 0;
    for (guint i = 0; i < person->addresses->len; i++) {
        const char *address = person->addresses->pdata[i];
        g_autofree char *local = address_local(address);

        if (g_ascii_strcasecmp(address, login) == 0 ||
            (conf_is_local_domain(context->conf, address_domain(address)) &&
             g_ascii_strcasecmp(local, login) == 0))
            return true;
    }
    return false;
}

bool which_caller(struct context *context, struct operator_person **out, GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(context->store, error);
    const char *login = caller_login(context->caller);
    const struct operator_person *found = NULL;

    *out = NULL;
    for (guint i = 0; all != NULL && i < all->len; i++) {
        if (!has_login(context, all->pdata[i], login))
            continue;
        if (found != NULL)
            return true;
        found = all->pdata[i];
    }
    if (all == NULL || found == NULL)
        return all != NULL;
    return operator_find_id(context->store, found->id, out, error);
}
