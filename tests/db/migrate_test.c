/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The schema: made, brought up to date from every older one, and what is refused.
 */
#include "tests/db/fixture.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "db/migrate.h"
#include "db/resources.h"
#include "db/stmt.h"

#define FOLDER "/counterfoil/db/"
#define OPENERS 6

static void write_file(const char *path, const char *bytes, gssize size)
{
    assert_true(g_file_set_contents(path, bytes, size, NULL));
    assert_int_equal(chmod(path, 0640), 0);
}

/* A database that SQL made, at the fixture's path. */
static void make_database(const struct fixture *f, const char *sql)
{
    sqlite3 *handle = NULL;
    char *problem = NULL;

    assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s", problem);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_int_equal(chmod(f->path, 0640), 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char **list_files(void)
{
    char **files = g_resource_enumerate_children(db_get_resource(), FOLDER,
                                                 G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

    assert_non_null(files);
    qsort(files, g_strv_length(files), sizeof *files, by_name);
    return files;
}

/* What an older program left: the first files alone. */
static void make_old(const struct fixture *f, char **files, int version)
{
    g_autoptr(GString) sql = g_string_new(NULL);

    for (int i = 0; i < version; i++) {
        g_autofree char *path = g_strconcat(FOLDER, files[i], NULL);
        g_autoptr(GBytes) bytes =
            g_resource_lookup_data(db_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);

        g_string_append_len(sql, g_bytes_get_data(bytes, NULL), (gssize)g_bytes_get_size(bytes));
    }
    g_string_append_printf(sql, ";PRAGMA application_id = %d; PRAGMA user_version = %d",
                           MIGRATE_APPLICATION_ID, version);
    make_database(f, sql->str);
}

static char *print_schema(struct store *store)
{
    g_autoptr(GString) all = g_string_new(NULL);
    sqlite3_stmt *stmt = NULL;

    assert_int_equal(sqlite3_prepare_v2(store_handle(store),
                                        "SELECT type || ' ' || name || ': ' || coalesce(sql, '') "
                                        "FROM sqlite_schema ORDER BY type, name",
                                        -1, &stmt, NULL),
                     SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        g_string_append_printf(all, "%s\n", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return g_string_free(g_steal_pointer(&all), FALSE);
}

static void files_are_numbered(void **state)
{
    g_auto(GStrv) files = list_files();

    (void)state;
    for (int i = 0; files[i] != NULL; i++) {
        g_autofree char *prefix = g_strdup_printf("%04d-", i + 1);

        assert_true(g_str_has_prefix(files[i], prefix));
        assert_true(g_str_has_suffix(files[i], ".sql"));
    }
    assert_int_equal(migrate_newest(), g_strv_length(files));
}

static void old_ones_become_like_new_ones(void **state)
{
    struct fixture *f = *state;
    g_auto(GStrv) files = list_files();
    g_autofree char *fresh_path = fixture_path(f, "fresh.db");
    g_autofree char *fresh = NULL;
    AUTO(store) store = NULL;

    assert_done((store = store_open(fresh_path, STORE_CREATE, &error)) != NULL);
    fresh = print_schema(store);
    assert_non_null(strstr(fresh, "CREATE TABLE ticket"));
    for (int version = 0; version <= migrate_newest(); version++) {
        AUTO(store) updated = NULL;
        g_autofree char *schema = NULL;
        g_autofree char *log = g_strconcat(f->path, "-wal", NULL);

        print_message("# from %d\n", version);
        g_unlink(f->path);
        g_unlink(log);
        make_old(f, files, version);
        assert_done((updated = store_open(f->path, STORE_WRITE, &error)) != NULL);
        schema = print_schema(updated);
        assert_string_equal(schema, fresh);
        assert_int_equal(fixture_number(updated, "PRAGMA user_version"), migrate_newest());
        assert_int_equal(fixture_number(updated, "PRAGMA application_id"), 0x43666f69);
        assert_int_equal(fixture_number(updated, "PRAGMA foreign_keys"), 1);
        assert_int_equal(fixture_number(updated, "PRAGMA synchronous"), 2);
        assert_int_equal(fixture_number(updated, "SELECT journal_mode = 'wal' "
                                                 "FROM pragma_journal_mode"),
                         1);
    }
}

#define OLD_MESSAGES                                                                               \
    "INSERT INTO department (id, name, title, added_at) VALUES (1, 'support', 'Support', 0);"      \
    "INSERT INTO ticket (number, department_id, waiting, waiting_since, subject, opened_at, "      \
    "updated_at) VALUES (1, 1, 'us', 0, '', 0, 0);"                                                \
    "INSERT INTO message (number, ticket, kind, at, sender, proof, body_text, malformed, size, "   \
    "sha256, same_sha256, body_sha256) SELECT column1, 1, 'note', 7, 'j@x', column2, 'text', 0, "  \
    "4, zeroblob(32), zeroblob(32), zeroblob(32) FROM (VALUES (1, NULL), (2, 'login'), "           \
    "(3, 'network'), (4, 'local'));"
#define ADD_PROOF                                                                                  \
    "INSERT INTO message (ticket, kind, at, sender, proof, body_text, malformed, size, sha256, "   \
    "same_sha256, body_sha256) SELECT ticket, kind, at, sender, "

/* The columns proof and ticket are new ones, with all that was in the old. */
static void proofs_are_kept(void **state)
{
    const struct fixture *f = *state;
    g_auto(GStrv) files = list_files();
    AUTO(store) store = NULL;

    make_old(f, files, 2);
    make_database(f, OLD_MESSAGES);
    assert_done((store = store_open(f->path, STORE_WRITE, &error)) != NULL);
    assert_int_equal(fixture_number(store, "SELECT group_concat(coalesce(proof, '-')) = "
                                           "'-,login,network,local' FROM (SELECT proof FROM "
                                           "message WHERE body_text = 'text' ORDER BY number)"),
                     1);
    assert_int_equal(fixture_number(store, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
    assert_int_equal(fixture_number(store, "SELECT count(*) FROM pragma_integrity_check "
                                           "WHERE integrity_check <> 'ok'"),
                     0);
    assert_int_equal(fixture_number(store, "SELECT count(*) FROM v_message"), 4);
    assert_int_equal(fixture_number(store, "SELECT count(*) FROM message WHERE ticket = 1"), 4);
    fixture_execute(store, ADD_PROOF "'dmarc', body_text, malformed, size, sha256, same_sha256, "
                                     "body_sha256 FROM message WHERE number = 1");
    fixture_execute(store, ADD_PROOF "'dkim', body_text, malformed, size, sha256, same_sha256, "
                                     "body_sha256 FROM message WHERE number = 1");
    assert_int_not_equal(sqlite3_exec(store_handle(store),
                                      "UPDATE message SET proof = 'word' WHERE number = 1", NULL,
                                      NULL, NULL),
                         SQLITE_OK);
}

#define OLD_COPY                                                                                   \
    "INSERT INTO copy (message, address, role, at) VALUES (1, 'jane@x', 'support@x', 7);"

/* Nothing is promised, and nothing is sent, on account of what was before. */
static void nothing_is_sent_yet(void **state)
{
    const struct fixture *f = *state;
    g_auto(GStrv) files = list_files();
    AUTO(store) store = NULL;

    make_old(f, files, 5);
    make_database(f, OLD_MESSAGES OLD_COPY);
    assert_done((store = store_open(f->path, STORE_WRITE, &error)) != NULL);
    assert_int_equal(fixture_number(store, "SELECT expected IS NULL AND hours IS NULL "
                                           "FROM department"),
                     1);
    assert_int_equal(fixture_number(store, "SELECT by_courier FROM copy WHERE address = 'jane@x'"),
                     0);
    assert_int_equal(fixture_number(store, "SELECT (SELECT count(*) FROM outbox) + "
                                           "(SELECT count(*) FROM outbox_recipient) + "
                                           "(SELECT count(*) FROM department_template)"),
                     0);
    fixture_execute(store, "INSERT INTO outbox (kind, message, at, sender) "
                           "VALUES ('copy', 1, 8, '')");
    assert_int_equal(fixture_number(store, "SELECT number FROM outbox"), 1);
}

/* Refused, and not a byte of it changed. */
static void check_refused(const struct fixture *f, enum store_mode mode, const char *words)
{
    g_autofree char *before = NULL;
    g_autofree char *after = NULL;
    gsize size_before, size_after;

    assert_true(g_file_get_contents(f->path, &before, &size_before, NULL));
    assert_fails(store_open(f->path, mode, &error) != NULL, ERROR_CONFIG, words);
    assert_true(g_file_get_contents(f->path, &after, &size_after, NULL));
    assert_int_equal(size_before, size_after);
    assert_memory_equal(before, after, size_before);
}

static void others_databases_are_refused(void **state)
{
    static const struct {
        const char *name, *sql, *words;
    } rows[] = {
        {"another program's", "PRAGMA application_id = 5; CREATE TABLE a (b)",
         "not one of Counterfoil's"},
        {"another program's, empty", "PRAGMA application_id = 5", "not one of Counterfoil's"},
        {"nobody's", "CREATE TABLE a (b)", "not one of Counterfoil's"},
        {"nobody's, with a version", "PRAGMA user_version = 1", "not one of Counterfoil's"},
        {"ours, newer", "PRAGMA application_id = 1130786665; PRAGMA user_version = 9999",
         "schema 9999, made by a newer Counterfoil; this one knows schemas up to"},
    };
    const struct fixture *f = *state;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("# %s\n", rows[i].name);
        g_unlink(f->path);
        make_database(f, rows[i].sql);
        check_refused(f, STORE_WRITE, rows[i].words);
        check_refused(f, STORE_READ, rows[i].words);
    }
}

static void other_files_are_refused(void **state)
{
    const struct fixture *f = *state;
    g_autofree char *noise = g_strnfill(5000, 'x');

    write_file(f->path, noise, -1);
    check_refused(f, STORE_WRITE, "not a database");
    check_refused(f, STORE_READ, "not a database");
}

static void readers_change_nothing(void **state)
{
    const struct fixture *f = *state;
    g_auto(GStrv) files = list_files();

    write_file(f->path, "", 0);
    check_refused(f, STORE_READ, "has schema 0, this program needs");
    g_unlink(f->path);
    make_old(f, files, migrate_newest() - 1);
    check_refused(f, STORE_READ, "this program needs");
}

static void an_empty_file_is_filled(void **state)
{
    const struct fixture *f = *state;
    AUTO(store) store = NULL;

    write_file(f->path, "", 0);
    assert_done((store = store_open(f->path, STORE_WRITE, &error)) != NULL);
    assert_int_equal(fixture_number(store, "SELECT count(*) FROM ticket"), 0);
}

static void failure_leaves_the_old_schema(void **state)
{
    const struct fixture *f = *state;
    sqlite3 *handle = NULL;
    sqlite3_stmt *stmt = NULL;

    make_database(f, "PRAGMA application_id = 1130786665; CREATE TABLE event (in_the_way)");
    assert_fails(store_open(f->path, STORE_WRITE, &error) != NULL, ERROR_BUG,
                 "0001-record.sql: updating the database's schema: table event already exists");
    assert_int_equal(sqlite3_open(f->path, &handle), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(handle, "SELECT count(*) FROM sqlite_schema", -1, &stmt, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(stmt, 0), 1);
    sqlite3_finalize(stmt);
    sqlite3_close(handle);
}

static void *open_it(void *path)
{
    GError *error = NULL;
    struct store *store = store_open(path, STORE_WRITE, &error);

    store_close(store);
    return error;
}

static void threads_open_at_once(void **state)
{
    const struct fixture *f = *state;

    for (int round = 0; round < 10; round++) {
        GThread *threads[OPENERS];
        g_autofree char *log = g_strconcat(f->path, "-wal", NULL);

        g_unlink(f->path);
        g_unlink(log);
        write_file(f->path, "", 0);
        for (int i = 0; i < OPENERS; i++)
            threads[i] = g_thread_new("opener", open_it, f->path);
        for (int i = 0; i < OPENERS; i++) {
            GError *problem = g_thread_join(threads[i]);

            if (problem != NULL)
                fail_msg("%s", problem->message);
        }
    }
}

static void processes_open_at_once(void **state)
{
    const struct fixture *f = *state;
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    char *arguments[] = {self, (char *)"open", f->path, NULL};
    GPid children[OPENERS];

    write_file(f->path, "", 0);
    for (int i = 0; i < OPENERS; i++)
        assert_done(g_spawn_async(NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                  &children[i], &error));
    for (int i = 0; i < OPENERS; i++) {
        int status;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_done(g_spawn_check_wait_status(status, &error));
    }
}

static int open_in_child(const char *path)
{
    GError *error = open_it((void *)path);

    if (error != NULL)
        g_printerr("%s\n", error->message);
    return error != NULL;
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make_folder, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(files_are_numbered),
        TEST(old_ones_become_like_new_ones),
        TEST(proofs_are_kept),
        TEST(nothing_is_sent_yet),
        TEST(others_databases_are_refused),
        TEST(other_files_are_refused),
        TEST(readers_change_nothing),
        TEST(an_empty_file_is_filled),
        TEST(failure_leaves_the_old_schema),
        TEST(threads_open_at_once),
        TEST(processes_open_at_once),
    };

    if (argc == 3 && strcmp(argv[1], "open") == 0)
        return open_in_child(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
