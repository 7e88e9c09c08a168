/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the tests of the record begin with: a folder of their own, and in it a database with a
 * site, departments and operators. For cmocka's setup and teardown.
 */
#ifndef COUNTERFOIL_TESTS_DB_FIXTURE_H
#define COUNTERFOIL_TESTS_DB_FIXTURE_H

/* cmocka wants these before itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <stdbool.h>

#include "db/error.h"
#include "db/message.h"
#include "db/store.h"
#include "db/ticket.h"

struct fixture {
    char *folder;
    char *path; /* of the database */
    struct store *store;
    int64_t support;    /* support@example.com, help@example.com; jane and joe are in it */
    int64_t accounting; /* accounting@example.com; nobody is in it */
    int64_t jane;       /* jane@example.com, jane.doe@example.com; login jd */
    int64_t joe;        /* joe@example.com */
};

/* The time at which all of that was made. */
#define FIXTURE_NOW 1000

/* A folder alone; with an open database in it, and nothing in that; and with everything. */
int fixture_make_folder(void **state);
int fixture_make_store(void **state);
int fixture_make(void **state);
int fixture_remove(void **state);

/* A path in the folder: g_free(). */
char *fixture_path(const struct fixture *fixture, const char *name);

/* A ticket of a department, from kim@example.net, added; and a message on it with those bytes. */
int64_t fixture_add_ticket(struct store *store, int64_t department, int64_t assignee);
int64_t fixture_add_message(struct store *store, int64_t ticket, const char *bytes);

/* A number out of SQL of the test's own; and SQL that must work. */
int64_t fixture_number(struct store *store, const char *sql);
void fixture_execute(struct store *store, const char *sql);

/* Ends the test unless call, which sets &error, succeeds; fails with that code and words. */
#define assert_done(call)                                                                          \
    do {                                                                                           \
        GError *error = NULL;                                                                      \
        bool done = (call);                                                                        \
        if (!done)                                                                                 \
            fail_msg("%s: %s", #call, error != NULL ? error->message : "no reason given");         \
        assert_null(error);                                                                        \
    } while (0)

#define assert_fails(call, wanted, words)                                                          \
    do {                                                                                           \
        GError *error = NULL;                                                                      \
        if (call)                                                                                  \
            fail_msg("%s: should fail", #call);                                                    \
        fixture_check_error(error, wanted, words, #call);                                          \
        g_clear_error(&error);                                                                     \
    } while (0)

void fixture_check_error(const GError *error, enum error_code wanted, const char *words,
                         const char *call);

#endif
