/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the mail server takes mail, as a URL says it: smtp://HOST, smtps://HOST (TLS from the first
 * byte on) and smtp+starttls://HOST (TLS before anything else, or nothing), with USER:PASSWORD@ for
 * AUTH and :PORT. A password goes nowhere without TLS but to the loopback address. Knows no
 * connection. Pure; any thread; keeps nothing.
 */
#ifndef COUNTERFOIL_MILTER_SUBMIT_H
#define COUNTERFOIL_MILTER_SUBMIT_H

#include "milter/setting.h"

enum submit_security { SUBMIT_PLAIN, SUBMIT_TLS, SUBMIT_STARTTLS };

struct submit {
    enum submit_security security;
    char *place;    /* HOST:PORT, an IPv6 address in brackets; safe to print */
    char *user;     /* NULL: no AUTH */
    char *password; /* NULL with user */
};

/* The kind of a setting that is a struct submit. What it says of a wrong one does not quote it. */
extern const struct setting_kind submit_kind;

#endif
