/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which operator is meant. Decides what is near enough, and never guesses between two.
 */
#include "milter/who.h"

#include <string.h>

#include "db/error.h"
#include "milter/address.h"
#include "milter/log.h"
#include "milter/nearest.h"

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

static void set_nobody(GError **error, const char *who, const char *hint, const GPtrArray *all)
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
        error_set(error, ERROR_NOT_FOUND, "no operator `%s`; %s", quoted, hint);
}

static bool choose(struct store *store, const char *who, const char *hint,
                   struct operator_person **out, GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(store, error);
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
        return operator_find_id(store, ((struct operator_person *)meant->pdata[0])->id, out, error);
    if (meant->len > 1)
        set_ambiguous(error, who, meant);
    else
        set_nobody(error, who, hint, all);
    return false;
}

bool who_find(struct store *store, const char *who, const char *hint, struct operator_person **out,
              GError **error)
{
    g_autofree char *address = address_normalise(who);

    *out = NULL;
    if (address != NULL && !operator_find(store, address, out, error))
        return false;
    if (*out != NULL)
        return true;
    if (*who == '\0' || !g_utf8_validate(who, -1, NULL)) {
        g_autofree char *quoted = log_quoted(who);

        return error_set(error, ERROR_NOT_FOUND, "no operator `%s`; %s", quoted, hint);
    }
    return choose(store, who, hint, out, error);
}
