/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Uses the functions under test to make what they are tested on; what fails here fails the test.
 */
#include "tests/db/fixture.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

#include "db/department.h"
#include "db/operator.h"
#include "db/site.h"
#include "db/stmt.h"

int fixture_make_folder(void **state)
{
    struct fixture *fixture = g_new0(struct fixture, 1);

    fixture->folder = g_dir_make_tmp("counterfoil-db-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->folder, "archive.db", NULL);
    *state = fixture;
    return fixture->folder != NULL ? 0 : -1;
}

int fixture_make_store(void **state)
{
    struct fixture *fixture;

    if (fixture_make_folder(state) != 0)
        return -1;
    fixture = *state;
    assert_done((fixture->store = store_open(fixture->path, STORE_CREATE, &error)) != NULL);
    return 0;
}

static void add_people(struct fixture *f)
{
    const char *const jane[] = {"jane@example.com", "jane.doe@example.com", NULL};
    const char *const joe[] = {"joe@example.com", NULL};
    bool changed = false;

    assert_done(operator_add(f->store, jane, "Jane Doe", "jd", FIXTURE_NOW, &f->jane, &error));
    assert_done(operator_add(f->store, joe, NULL, NULL, FIXTURE_NOW, &f->joe, &error));
    assert_done(
        department_join(f->store, f->support, f->jane, "root", FIXTURE_NOW, &changed, &error));
    assert_done(
        department_join(f->store, f->support, f->joe, "root", FIXTURE_NOW, &changed, &error));
}

int fixture_make(void **state)
{
    const uint8_t mark[DIGEST_SIZE] = {1, 2, 3};
    const struct site site = {"Example", "postmaster@example.com", "instance"};
    struct fixture *f;

    if (fixture_make_store(state) != 0)
        return -1;
    f = *state;
    assert_done(store_begin(f->store, &error));
    assert_done(site_add(f->store, &site, mark, &error));
    assert_done(department_add(f->store, "support", "Example Support", "support@example.com",
                               FIXTURE_NOW, &f->support, &error));
    assert_done(department_add_address(f->store, f->support, "help@example.com", &error));
    assert_done(department_add(f->store, "accounting", "Accounting", "accounting@example.com",
                               FIXTURE_NOW, &f->accounting, &error));
    add_people(f);
    assert_done(store_commit(f->store, &error));
    return 0;
}

static void remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir != NULL && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        if (g_file_test(path, G_FILE_TEST_IS_DIR) && !g_file_test(path, G_FILE_TEST_IS_SYMLINK))
            remove_folder(path);
        else
            g_unlink(path);
    }
    if (dir != NULL)
        g_dir_close(dir);
    g_rmdir(folder);
}

int fixture_remove(void **state)
{
    struct fixture *fixture = *state;

    store_close(fixture->store);
    remove_folder(fixture->folder);
    g_free(fixture->folder);
    g_free(fixture->path);
    g_free(fixture);
    return 0;
}

char *fixture_path(const struct fixture *fixture, const char *name)
{
    return g_build_filename(fixture->folder, name, NULL);
}

int64_t fixture_add_ticket(struct store *store, int64_t department, int64_t assignee)
{
    AUTO(ticket) ticket = ticket_new();

    assert_done(ticket_next_number(store, &ticket->number, &error));
    g_ptr_array_add(ticket->departments, ticket_department_new(department, NULL));
    ticket->requester = g_strdup("kim@example.net");
    ticket->subject = g_strdup("It does not work");
    ticket->assignee_id = assignee;
    ticket->waiting_since = ticket->opened_at = ticket->updated_at = FIXTURE_NOW;
    assert_done(ticket_add(store, ticket, &error));
    return ticket->number;
}

int64_t fixture_add_message(struct store *store, int64_t ticket, const char *bytes)
{
    AUTO(message) message = message_new();

    assert_done(message_next_number(store, &message->number, &error));
    message->ticket = ticket;
    message->kind = g_strdup("request");
    message->at = FIXTURE_NOW;
    message->sender = g_strdup("");
    message->text = g_strdup(bytes);
    message->size_bytes = (int64_t)strlen(bytes);
    assert_done(message_add(store, message, &error));
    assert_done(message_add_piece(store, message->number, 0, bytes, strlen(bytes), &error));
    return message->number;
}

int64_t fixture_number(struct store *store, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    int64_t number;

    assert_int_equal(sqlite3_prepare_v2(store_handle(store), sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    number = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return number;
}

void fixture_execute(struct store *store, const char *sql)
{
    char *problem = NULL;

    if (sqlite3_exec(store_handle(store), sql, NULL, NULL, &problem) != SQLITE_OK)
        fail_msg("%s: %s", sql, problem);
}

void fixture_check_error(const GError *error, enum error_code wanted, const char *words,
                         const char *call)
{
    if (error == NULL)
        fail_msg("%s: no error set", call);
    if (error->domain != COUNTERFOIL_ERROR || error->code != (int)wanted)
        fail_msg("%s: code %d instead of %d: %s", call, error->code, (int)wanted, error->message);
    if (strstr(error->message, words) == NULL)
        fail_msg("%s: `%s` does not say `%s`", call, error->message, words);
}
