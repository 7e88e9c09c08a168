/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store in fair weather and foul: files that are not there, not ours, not writable, moved,
 * replaced; a full disk, somebody else's lock; and what the statements look at.
 */
#include "tests/db/fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/department.h"
#include "db/event.h"
#include "db/stmt.h"

#define NOBODY 65534

static void close_store(struct fixture *f)
{
    g_clear_pointer(&f->store, store_close);
}

static void open_store(struct fixture *f)
{
    close_store(f);
    assert_done((f->store = store_open(f->path, STORE_WRITE, &error)) != NULL);
}

static bool add_event(struct store *store, const char *kind, GError **error)
{
    AUTO(event) event = event_new(kind, NULL, NULL);

    return event_add(store, event, error);
}

static int64_t count_events(struct store *store)
{
    return fixture_number(store, "SELECT count(*) FROM event WHERE kind = 'test'");
}

static void is_created_once(void **state)
{
    struct fixture *f = *state;
    g_autofree char *nowhere = fixture_path(f, "no/archive.db");
    mode_t before = umask(0);
    struct stat found;

    assert_done((f->store = store_open(f->path, STORE_CREATE, &error)) != NULL);
    umask(before);
    assert_int_equal(stat(f->path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0640);
    assert_true(store_is_current(f->store));
    assert_fails(store_open(f->path, STORE_CREATE, &error) != NULL, ERROR_REFUSED,
                 "it exists already");
    assert_fails(store_open(nowhere, STORE_CREATE, &error) != NULL, ERROR_REFUSED,
                 "No such file or directory");
}

static void missing_file_is_said(void **state)
{
    struct fixture *f = *state;

    assert_fails(store_open(f->path, STORE_WRITE, &error) != NULL, ERROR_NOT_FOUND,
                 "archive.db: No such file or directory; `counterfoil init` makes a new one");
    assert_fails(store_open(f->path, STORE_READ, &error) != NULL, ERROR_NOT_FOUND, f->path);
    assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));
}

static void open_to_others_is_refused(void **state)
{
    static const mode_t modes[] = {0644, 0641, 0642, 0660, 0666};
    struct fixture *f = *state;

    close_store(f);
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        print_message("# %04o\n", (unsigned)modes[i]);
        assert_int_equal(chmod(f->path, modes[i]), 0);
        assert_fails(store_open(f->path, STORE_READ, &error) != NULL, ERROR_CONFIG, "chmod 0640");
    }
    assert_int_equal(chmod(f->path, 0600), 0);
    open_store(f);
}

static void transactions_are_whole(void **state)
{
    struct fixture *f = *state;
    AUTO(store) reader = NULL;

    assert_done((reader = store_open(f->path, STORE_READ, &error)) != NULL);
    assert_done(store_begin(f->store, &error));
    assert_done(add_event(f->store, "test", &error));
    assert_int_equal(count_events(reader), 0);
    assert_done(store_mark(f->store, &error));
    assert_done(add_event(f->store, "test", &error));
    assert_true(store_undo(f->store));
    assert_done(store_mark(f->store, &error));
    assert_done(add_event(f->store, "test", &error));
    assert_done(store_release(f->store, &error));
    assert_done(store_begin_reading(reader, &error));
    assert_int_equal(count_events(reader), 0);
    assert_done(store_commit(f->store, &error));
    assert_int_equal(count_events(reader), 0);
    store_end_reading(reader);
    assert_int_equal(count_events(reader), 2);
    assert_done(store_begin(f->store, &error));
    assert_done(add_event(f->store, "test", &error));
    store_rollback(f->store);
    assert_int_equal(count_events(reader), 2);
    assert_fails(store_commit(f->store, &error), ERROR_TEMPORARY, "rolled back");
    store_checkpoint(f->store);
}

static void readers_cannot_write(void **state)
{
    struct fixture *f = *state;
    AUTO(store) reader = NULL;

    assert_done((reader = store_open(f->path, STORE_READ, &error)) != NULL);
    assert_fails(add_event(reader, "test", &error), ERROR_TEMPORARY, "readonly");
    assert_int_equal(count_events(f->store), 0);
}

static bool fill(struct store *store, GError **error)
{
    g_autofree char *large = g_strnfill(60000, 'x');

    for (int i = 0; i < 1000; i++) {
        AUTO(event) event = event_new("large", NULL, large);

        if (!event_add(store, event, error))
            return false;
    }
    return true;
}

static void full_disk_passes(void **state)
{
    struct fixture *f = *state;

    assert_done(add_event(f->store, "test", &error));
    fixture_execute(f->store, "PRAGMA max_page_count = 100");
    assert_done(store_begin(f->store, &error));
    assert_done(store_mark(f->store, &error));
    assert_fails(fill(f->store, &error), ERROR_TEMPORARY, "full");
    assert_false(store_undo(f->store));
    assert_fails(store_commit(f->store, &error), ERROR_TEMPORARY, "rolled back");
    store_rollback(f->store);
    assert_done(store_begin(f->store, &error));
    assert_done(add_event(f->store, "test", &error));
    assert_done(store_commit(f->store, &error));
    fixture_execute(f->store, "PRAGMA max_page_count = 1000000");
    assert_done(store_begin(f->store, &error));
    assert_done(fill(f->store, &error));
    assert_done(store_commit(f->store, &error));
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event"), 1002);
}

static void lock_passes(void **state)
{
    struct fixture *f = *state;
    AUTO(store) other = NULL;

    assert_done((other = store_open_patient(f->path, STORE_WRITE, 50, &error)) != NULL);
    assert_done(store_begin(f->store, &error));
    assert_fails(store_begin(other, &error), ERROR_TEMPORARY, "database is locked");
    assert_fails(add_event(other, "test", &error), ERROR_TEMPORARY, "database is locked");
    assert_int_equal(count_events(other), 0);
    assert_done(store_commit(f->store, &error));
    assert_done(store_begin(other, &error));
    assert_done(add_event(other, "test", &error));
    assert_done(store_commit(other, &error));
    assert_int_equal(count_events(f->store), 1);
}

/* What was committed before is all in the file that was moved. */
static void moved_file_is_noticed(void **state)
{
    struct fixture *f = *state;
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    AUTO(store) moved = NULL;

    assert_done(add_event(f->store, "test", &error));
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_false(store_is_current(f->store));
    assert_fails(store_begin(f->store, &error), ERROR_TEMPORARY, "moved away or replaced");
    close_store(f);
    assert_fails(store_open(f->path, STORE_WRITE, &error) != NULL, ERROR_NOT_FOUND, f->path);
    assert_done((moved = store_open(elsewhere, STORE_WRITE, &error)) != NULL);
    assert_int_equal(count_events(moved), 1);
    store_close(g_steal_pointer(&moved));
    assert_int_equal(g_rename(elsewhere, f->path), 0);
    open_store(f);
    assert_done(store_begin(f->store, &error));
}

/* The old log lies beside the new file, and must not be taken for its own. */
static void replaced_file_is_noticed(void **state)
{
    struct fixture *f = *state;
    g_autofree char *other_path = fixture_path(f, "other.db");
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    AUTO(store) other = NULL;

    assert_done((other = store_open(other_path, STORE_CREATE, &error)) != NULL);
    for (int i = 0; i < 3; i++)
        assert_done(add_event(other, "test", &error));
    store_close(g_steal_pointer(&other));
    assert_done(store_begin(f->store, &error));
    assert_done(fill(f->store, &error));
    assert_done(store_commit(f->store, &error));
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_int_equal(g_rename(other_path, f->path), 0);
    assert_fails(store_begin(f->store, &error), ERROR_TEMPORARY, "moved away or replaced");
    open_store(f);
    assert_int_equal(count_events(f->store), 3);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event"), 3);
    assert_int_equal(fixture_number(f->store, "SELECT integrity_check = 'ok' "
                                              "FROM pragma_integrity_check"),
                     1);
    close_store(f);
    assert_done((f->store = store_open(elsewhere, STORE_WRITE, &error)) != NULL);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event WHERE kind = 'large'"),
                     1000);
}

/* Nobody opens the new file while the old one's log still lies there for it. */
static void replaced_file_waits_for_the_old_writer(void **state)
{
    struct fixture *f = *state;
    g_autofree char *other_path = fixture_path(f, "other.db");
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    AUTO(store) old_reader = NULL;
    AUTO(store) reader = NULL;
    AUTO(store) other = NULL;

    assert_done((other = store_open(other_path, STORE_CREATE, &error)) != NULL);
    for (int i = 0; i < 3; i++)
        assert_done(add_event(other, "test", &error));
    store_close(g_steal_pointer(&other));
    assert_done(add_event(f->store, "test", &error));
    assert_done((old_reader = store_open(f->path, STORE_READ, &error)) != NULL);
    assert_int_equal(count_events(old_reader), 1);
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_int_equal(g_rename(other_path, f->path), 0);
    assert_fails(store_open(f->path, STORE_READ, &error) != NULL, ERROR_TEMPORARY,
                 "the one before is still in use");
    assert_fails(store_open(f->path, STORE_WRITE, &error) != NULL, ERROR_TEMPORARY,
                 "the one before is still in use");
    close_store(f);
    assert_done((reader = store_open(f->path, STORE_READ, &error)) != NULL);
    store_close(g_steal_pointer(&old_reader));
    assert_int_equal(count_events(reader), 3);
    open_store(f);
    assert_done(add_event(f->store, "test", &error));
    assert_int_equal(count_events(reader), 4);
    assert_int_equal(fixture_number(f->store, "SELECT integrity_check = 'ok' "
                                              "FROM pragma_integrity_check"),
                     1);
}

/* Without its log, what is committed next would be gone after a crash. */
static void removed_log_is_noticed(void **state)
{
    struct fixture *f = *state;
    g_autofree char *log = g_strconcat(f->path, "-wal", NULL);

    assert_done(add_event(f->store, "test", &error));
    assert_int_equal(g_unlink(log), 0);
    assert_fails(store_begin(f->store, &error), ERROR_TEMPORARY, "moved away or replaced");
    open_store(f);
    assert_int_equal(count_events(f->store), 1);
    assert_done(store_begin(f->store, &error));
}

static void log_is_empty_when_closed(void **state)
{
    struct fixture *f = *state;
    g_autofree char *log = g_strconcat(f->path, "-wal", NULL);
    struct stat found;

    assert_done(store_begin(f->store, &error));
    assert_done(fill(f->store, &error));
    assert_done(store_commit(f->store, &error));
    close_store(f);
    assert_int_equal(stat(log, &found), 0);
    assert_int_equal(found.st_size, 0);
}

/* As somebody who may read the file, and not write it: 0 when all is as it should be. */
static int try_as_nobody(const char *path)
{
    AUTO(store) reader = NULL;
    GError *error = NULL;

    if (geteuid() == 0 && (setregid(NOBODY, NOBODY) != 0 || setreuid(NOBODY, NOBODY) != 0))
        return 2;
    if (store_open(path, STORE_WRITE, &error) != NULL || error->code != (int)ERROR_TEMPORARY ||
        strstr(error->message, "can't be written to") == NULL)
        return 3;
    g_clear_error(&error);
    reader = store_open(path, STORE_READ, &error);
    if (reader == NULL)
        g_printerr("%s\n", error->message);
    g_clear_error(&error);
    return reader != NULL && count_events(reader) == 1 ? 0 : 4;
}

static void check_as_nobody(const struct fixture *f)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    char *arguments[] = {self, (char *)"nobody", f->path, NULL};
    int status;

    assert_done(g_spawn_sync(NULL, arguments, NULL, G_SPAWN_CHILD_INHERITS_STDIN, NULL, NULL, NULL,
                             NULL, &status, &error));
    assert_done(g_spawn_check_wait_status(status, &error));
}

static void read_only_file_can_be_read(void **state)
{
    struct fixture *f = *state;

    assert_done(add_event(f->store, "test", &error));
    assert_int_equal(chmod(f->folder, 0755), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(f->path, 0, NOBODY), 0);
    else
        assert_int_equal(chmod(f->path, 0440), 0);
    open_store(f);
    if (geteuid() == 0)
        check_as_nobody(f); /* while somebody writes */
    close_store(f);
    check_as_nobody(f); /* and while nobody does */
}

/* Which tables a statement may read from end to end: small ones, and what was asked for whole. */
static bool may_scan(const char *sql, const char *plan)
{
    static const char *const small[] = {"SCAN site", "SCAN department", "SCAN operator",
                                        "SCAN role_address", "SCAN part"};

    for (size_t i = 0; i < G_N_ELEMENTS(small); i++)
        if (g_str_has_prefix(plan, small[i]))
            return true;
    return g_str_has_prefix(plan, "SCAN CONSTANT ROW") ||
           g_str_has_prefix(plan, "SCAN (subquery") || strstr(plan, "sqlite_sequence") != NULL ||
           (strcmp(plan, "SCAN ticket USING INDEX ticket_open") == 0 &&
            (strstr(sql, "WHERE state = 'open' AND (:department") != NULL ||
             strstr(sql,
                    "count(*) OVER () FROM ticket INDEXED BY ticket_open WHERE state = 'open'") !=
                 NULL)) ||
           (strcmp(plan, "SCAN ticket") == 0 && strstr(sql, "WHERE true AND (:department") != NULL);
}

static void check_plan(struct store *store, const char *sql)
{
    g_autofree char *explain = g_strconcat("EXPLAIN QUERY PLAN ", sql, NULL);
    sqlite3_stmt *stmt = NULL;

    assert_int_equal(sqlite3_prepare_v2(store_handle(store), explain, -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *plan = (const char *)sqlite3_column_text(stmt, 3);

        if (g_str_has_prefix(plan, "SCAN") && !may_scan(sql, plan))
            fail_msg("%s\n%s", plan, sql);
    }
    sqlite3_finalize(stmt);
}

static void statements_use_indexes(void **state)
{
    static const struct stmt_table *const tables[] = {
        &site_sql,  &department_sql, &operator_sql, &ticket_sql, &message_sql,
        &event_sql, &exchange_sql,   &worklist_sql, &search_sql,
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
        for (int n = 0; n < tables[i]->count; n++)
            check_plan(f->store, tables[i]->sql[n]);
}

static void views_can_be_read(void **state)
{
    struct fixture *f = *state;
    int64_t ticket = fixture_add_ticket(f->store, f->support, f->jane);

    fixture_add_message(f->store, ticket, "a");
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM v_ticket WHERE messages = 1 "
                                              "AND assignee = 'jane@example.com'"),
                     1);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM v_message WHERE copies = 0"),
                     1);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM v_member "
                                              "WHERE department = 'support'"),
                     2);
}

int main(int argc, char **argv)
{
#define EMPTY(name) cmocka_unit_test_setup_teardown(name, fixture_make_folder, fixture_remove)
#define STORE(name) cmocka_unit_test_setup_teardown(name, fixture_make_store, fixture_remove)
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make, fixture_remove)
    const struct CMUnitTest tests[] = {
        EMPTY(is_created_once),
        EMPTY(missing_file_is_said),
        STORE(open_to_others_is_refused),
        STORE(transactions_are_whole),
        STORE(readers_cannot_write),
        STORE(full_disk_passes),
        STORE(lock_passes),
        STORE(moved_file_is_noticed),
        STORE(replaced_file_is_noticed),
        STORE(replaced_file_waits_for_the_old_writer),
        STORE(removed_log_is_noticed),
        STORE(log_is_empty_when_closed),
        STORE(read_only_file_can_be_read),
        STORE(statements_use_indexes),
        TEST(views_can_be_read),
    };

    if (argc == 3 && strcmp(argv[1], "nobody") == 0)
        return try_as_nobody(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
