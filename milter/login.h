/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * By which SMTP AUTH logins an operator is known (DESIGN section 5, proof (a)): the same rule for
 * mail, for who types a command, and for whether two operators could be told apart. Pure functions,
 * any thread, no errors.
 */
#ifndef COUNTERFOIL_MILTER_LOGIN_H
#define COUNTERFOIL_MILTER_LOGIN_H

#include <glib.h>
#include <stdbool.h>

#include "db/operator.h"
#include "milter/conf.h"

/* The login that the person was given; without one, each of their addresses, and the local part of
 * each that is in local_domains. char *, in lower case as far as it is ASCII, freed with the array;
 * a login may stand there twice. */
GPtrArray *login_list(const struct conf *conf, const struct operator_person *person);

/* Is login one of login_list(), in any case of ASCII letters? */
bool login_is_of(const struct conf *conf, const struct operator_person *person, const char *login);

#endif
