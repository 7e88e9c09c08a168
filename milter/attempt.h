/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What came of handing one mail to the mail server, and what that means: taken, refused, put off,
 * or nobody's fault but the connection's; and how long to wait before the next time. Knows no
 * connection, no outbox and no clock. Pure; any thread.
 */
#ifndef COUNTERFOIL_MILTER_ATTEMPT_H
#define COUNTERFOIL_MILTER_ATTEMPT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/auto.h"

/* Bytes of what a server said that are kept. */
#define ATTEMPT_REPLY_MAX 400

/* What was seen. */
struct attempt {
    bool is_open;   /* it was ready for a mail: connection, TLS and AUTH were done with */
    bool is_reused; /* … since an earlier mail */
    bool has_begun; /* it asked for the mail's bytes */
    bool has_ended; /* it has them all */
    bool is_cut;    /* we broke it off */
    int code;       /* of its last complete reply; 0: none */
    GString *reply; /* the last one, or the first that refused: one line, code first; or NULL */
    bool is_reply_whole;
    char *fault; /* what was wrong where no reply says it; or NULL */
};

void attempt_clear(struct attempt *attempt);

/* One line of a reply, as it came, with or without its line end. Bytes that can't be shown become
 * spaces, several lines one. After a refusal nothing is of interest any more. */
void attempt_add_line(struct attempt *attempt, const char *line, size_t size);

/* The server is ready for a mail: what it said before is forgotten. */
void attempt_open(struct attempt *attempt);

enum attempt_result {
    ATTEMPT_TAKEN,       /* it has the mail, and answers for it */
    ATTEMPT_REFUSED,     /* for good: 5xx */
    ATTEMPT_DEFERRED,    /* for now: 4xx */
    ATTEMPT_BROKEN,      /* the connection ended within the mail, or 421 (RFC 5321, 3.8) */
    ATTEMPT_UNREACHABLE, /* it did not come to a mail at all */
};

enum attempt_result attempt_judge(const struct attempt *attempt);

/* Whether it was refused or put off before its bytes were asked for: perhaps for one recipient
 * of several. */
bool attempt_is_early(const struct attempt *attempt);

/* Whether it only found out that a connection of before is no more: another try may do better at
 * once. */
bool attempt_is_stale(const struct attempt *attempt);

/* What the server said of it: the reply, or the fault, or both. Yours; valid UTF-8, without
 * controls. */
char *attempt_why(const struct attempt *attempt);

/* How long to wait after a failure: first, then twice that and so on, up to most; in any unit. */
struct attempt_pace {
    int64_t first;
    int64_t most;
};

/* After so many failures before this one, from 0. chance: a random number from 0 to 1, 1 not
 * included, which takes up to a quarter off, so that not all come again at once. */
int64_t attempt_back_off(const struct attempt_pace *pace, int64_t failures, double chance);

#endif
