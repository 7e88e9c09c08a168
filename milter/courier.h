/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Brings what is in the outbox to the mail server: a thread of the daemon, which finds what is due,
 * hands it over, and records what became of it before it sends anything else. Knows no kind of
 * notice, and no SMTP (smtp.h) but for what an answer means (attempt.h). Nobody waits for it: mail
 * that can't be sent stays in the outbox.
 */
#ifndef COUNTERFOIL_MILTER_COURIER_H
#define COUNTERFOIL_MILTER_COURIER_H

#include <glib.h>
#include <stdbool.h>

#include "db/auto.h"
#include "db/journal.h"
#include "milter/conf.h"

struct courier;

/* To be called by main(), once, before there are threads, and after digest_init(). */
void courier_init(void);

/* Whether what conf says of the mail server can be used, as far as can be told without asking it;
 * ERROR_CONFIG. */
bool courier_check(const struct conf *conf, GError **error);

/* Starts it; both are borrowed. ERROR_TEMPORARY when there can be no thread. */
struct courier *courier_open(const struct conf *conf, struct journal *journal, GError **error);

/* Stops it. When the mail server has all of a mail and is about to answer it waits for that, a few
 * seconds; a mail that it has not is broken off, and sent another time. */
void courier_close(struct courier *courier);
AUTO_DEFINE(courier, courier_close);

/* Something was put into the outbox, and is committed: it need not wait until the courier looks
 * again, within a second. Any thread. */
void courier_wake(struct courier *courier);

#endif
