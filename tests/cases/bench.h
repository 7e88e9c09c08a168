/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A site for tests to decide in: a store in a temporary folder, with a configuration, and nothing
 * in it but what a seed brings. Whatever goes wrong with it ends the test.
 */
#ifndef COUNTERFOIL_TESTS_CASES_BENCH_H
#define COUNTERFOIL_TESTS_CASES_BENCH_H

#include "milter/decide.h"

struct bench {
    struct store *store;
    struct conf *conf;
    struct site *site;
    uint8_t key[KEY_SIZE];      /* the same in every test */
    struct decide_site decides; /* of these; borrows */
    char *folder;
};

/* conf: the configuration's file. */
void bench_open(struct bench *bench, const char *conf);
void bench_close(struct bench *bench);

/* Runs the SQL in a file. */
void bench_seed(struct bench *bench, const char *file);

/* Reads a message (LF line ends). hostname: as mail_parse() has it. Both are yours. */
struct mail *bench_read(const char *text, const char *hostname, struct spool **spool);

/* As session and writer do, inside the caller's transaction: yours. */
struct decision *bench_decide(const struct bench *bench, const struct envelope *envelope,
                              const struct mail *mail, const struct spool *spool, int64_t now);
void bench_record(const struct bench *bench, const struct decision *decision,
                  const struct envelope *envelope, const struct mail *mail,
                  const struct spool *spool, int64_t now);

#endif
