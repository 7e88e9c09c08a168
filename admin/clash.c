/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two things would be one. Equal addresses and equal logins are the record's to refuse
 * (operator_add(), department_add_address()); what only the configuration makes equal is refused
 * here. One thread.
 */
#include "admin/clash.h"

#include <string.h>

#include "db/error.h"
#include "milter/address.h"
#include "milter/login.h"

bool clash_find_role(struct context *context, const char *address, struct department **out,
                     char **role, GError **error)
{
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    *role = NULL;
    if (!department_find_role(context->store, address, out, error))
        return false;
    if (*out != NULL) {
        *role = g_strdup(address);
        return true;
    }
    if (!address_cut(address, context->conf->mail.recipient_delimiter, &base, &extension))
        return true;
    if (!department_find_role(context->store, base, out, error))
        return false;
    if (*out != NULL)
        *role = g_steal_pointer(&base);
    return true;
}

static bool refuse_extended(const char *address, const char *whose, const char *role,
                            GError **error)
{
    return error_set(error, ERROR_REFUSED,
                     "%s, an address of %s, is role address %s with an extension: mail to it would "
                     "come back",
                     address, whose, role);
}

static bool check_address(struct context *context, const struct operator_person *person,
                          const char *address, GError **error)
{
    AUTO(department) department = NULL;
    g_autofree char *role = NULL;
    g_autofree char *whose = g_strdup_printf("operator %s", person->address);

    return clash_find_role(context, address, &department, &role, error) &&
           (department == NULL || refuse_extended(address, whose, role, error));
}

/* Is any of person's logins another's too? */
static bool check_logins(const struct conf *conf, const struct operator_person *person,
                         const struct operator_person *other, GError **error)
{
    g_autoptr(GPtrArray) logins = login_list(conf, person);

    for (guint i = 0; i < logins->len; i++) {
        const char *login = logins->pdata[i];

        if (login_is_of(conf, other, login))
            return error_set(error, ERROR_REFUSED,
                             "login %s would prove two operators, %s and %s: whoever has no "
                             "--login logs in by an address, or its local part in local_domains",
                             login, person->address, other->address);
    }
    return true;
}

bool clash_check_operator(struct context *context, const GPtrArray *all,
                          const struct operator_person *person, GError **error)
{
    for (guint i = 0; i < person->addresses->len; i++)
        if (!check_address(context, person, person->addresses->pdata[i], error))
            return false;
    for (guint i = 0; i < all->len; i++) {
        const struct operator_person *other = all->pdata[i];

        if (other->id != person->id && !check_logins(context->conf, person, other, error))
            return false;
    }
    return true;
}

static bool check_extended(struct context *context, const char *role, const char *address,
                           const char *whose, GError **error)
{
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    return !address_cut(address, context->conf->mail.recipient_delimiter, &base, &extension) ||
           strcmp(base, role) != 0 || refuse_extended(address, whose, role, error);
}

static bool check_person(struct context *context, const char *role,
                         const struct operator_person *person, GError **error)
{
    g_autofree char *whose = g_strdup_printf("operator %s", person->address);

    for (guint i = 0; i < person->addresses->len; i++)
        if (!check_extended(context, role, person->addresses->pdata[i], whose, error))
            return false;
    return true;
}

bool clash_check_role(struct context *context, const char *role, GError **error)
{
    g_autoptr(GPtrArray) all = operator_list(context->store, error);

    for (guint i = 0; all != NULL && i < all->len; i++)
        if (!check_person(context, role, all->pdata[i], error))
            return false;
    return all != NULL &&
           check_extended(context, role, context->site->postmaster, "the site's postmaster", error);
}
