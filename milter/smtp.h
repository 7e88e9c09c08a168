/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hands a mail to the mail server by SMTP, over one connection that is kept for the next: by
 * libcurl, which only smtp.c sees. Says what was seen (attempt.h) and does not judge it; knows no
 * outbox. One thread, but for smtp_cut().
 */
#ifndef COUNTERFOIL_MILTER_SMTP_H
#define COUNTERFOIL_MILTER_SMTP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "db/auto.h"
#include "milter/attempt.h"
#include "milter/submit.h"

struct smtp;

/* To be called by main(), once, before there are threads, and after digest_init(). */
void smtp_init(void);

/* Connects to nobody yet. submit is borrowed; ca_file: whose certificates are believed, instead of
 * the system's; NULL: the system's; borrowed. */
struct smtp *smtp_new(const struct submit *submit, const char *ca_file);
/* Hangs up. */
void smtp_free(struct smtp *smtp);
AUTO_DEFINE(smtp, smtp_free);

struct smtp_mail {
    const char *sender;    /* "" for <> */
    GPtrArray *recipients; /* char *; at least one */
    /* Up to size bytes from offset on; 0: that was all; -1: they can't be had, give up. */
    gssize (*read)(void *data, int64_t offset, void *buffer, size_t size);
    /* Asked all the time, once a second at least: whether to give up. has_ended: it has all the
     * bytes, and may be about to say 250. */
    bool (*is_over)(void *data, bool has_ended);
    void *data; /* for both */
};

/* Tries once, and waits for the answer: for a connection half a minute, for anything that the
 * server is to say or to take, ten (RFC 5321, 4.5.3.2). *attempt: cleared before; yours. CR and LF
 * that stand alone are sent as crlf.h says. */
void smtp_send(struct smtp *smtp, const struct smtp_mail *mail, struct attempt *attempt);

bool smtp_is_connected(const struct smtp *smtp);

/* Takes leave of the server, if there is a connection. It has two minutes to take notice. */
void smtp_hang_up(struct smtp *smtp);

/* Any thread: smtp_hang_up() has waited long enough, now and ever after. */
void smtp_cut(struct smtp *smtp);

#endif
