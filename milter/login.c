/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compares logins with what an operator has. Knows no mail and no session, and does not ask whether
 * the login was checked by anybody. Pure.
 */
#include "milter/login.h"

#include "milter/address.h"

static void add(GPtrArray *logins, const char *login)
{
    g_ptr_array_add(logins, g_ascii_strdown(login, -1));
}

GPtrArray *login_list(const struct conf *conf, const struct operator_person *person)
{
    GPtrArray *logins = g_ptr_array_new_with_free_func(g_free);

    if (person->login != NULL) {
        add(logins, person->login);
        return logins;
    }
    for (guint i = 0; i < person->addresses->len; i++) {
        const char *address = person->addresses->pdata[i];
        g_autofree char *local = address_local(address);

        add(logins, address);
        if (conf_is_local_domain(conf, address_domain(address)))
            add(logins, local);
    }
    return logins;
}

bool login_is_of(const struct conf *conf, const struct operator_person *person, const char *login)
{
    g_autoptr(GPtrArray) logins = login_list(conf, person);
    g_autofree char *folded = g_ascii_strdown(login, -1);

    return g_ptr_array_find_with_equal_func(logins, folded, g_str_equal, NULL);
}
