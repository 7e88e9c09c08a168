/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one writer: many share a commit, nobody is harmed by a neighbour, and what it said to be
 * written is there, whatever happens.
 *
 * A crew is threads that hand in one work each, in a known order, while a first work holds the
 * writer until all have queued up: so they are in one batch.
 */
#include "tests/db/fixture.h"

#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/event.h"
#include "db/journal.h"
#include "db/stmt.h"

#define DEADLINE_US (20 * G_USEC_PER_SEC)
#define KILLS 5
#define KILL_AFTER 200
#define CHILD_THREADS 8

static void wait_for_waiting(struct journal *journal, int64_t wanted)
{
    int64_t end = g_get_monotonic_time() + DEADLINE_US;
    struct journal_counts counts;

    do {
        g_usleep(100);
        journal_count(journal, &counts);
    } while (counts.waiting < wanted && g_get_monotonic_time() < end);
    if (counts.waiting < wanted)
        g_error("%d wait instead of %d", (int)counts.waiting, (int)wanted);
}

static bool add_event(struct store *store, int64_t number, GError **error)
{
    AUTO(event) event = event_new("test", NULL, NULL);

    event->at = number;
    return event_add(store, event, error);
}

static bool has_event(struct store *store, int64_t number)
{
    g_autofree char *sql = g_strdup_printf(
        "SELECT count(*) FROM event WHERE kind = 'test' AND at = %" G_GINT64_FORMAT, number);
    int64_t count = fixture_number(store, sql);

    assert_in_range(count, 0, 1);
    return count == 1;
}

struct member {
    struct journal *journal;
    journal_work work;
    int64_t number;
    int64_t crew; /* the hold waits for so many */
    int runs;
    bool ok;
    GError *error;
    GThread *thread;
};

static void *hand_in(void *data)
{
    struct member *member = data;

    member->ok = journal_run(member->journal, member->work, member, &member->error);
    return NULL;
}

/* Every work writes its number first, whatever it does then. */
static bool begin_work(struct store *store, struct member *member, GError **error)
{
    member->runs++;
    return add_event(store, member->number, error);
}

static bool work_well(struct store *store, void *data, GError **error)
{
    return begin_work(store, data, error);
}

static bool work_and_hold(struct store *store, void *data, GError **error)
{
    struct member *member = data;

    if (member->runs == 0)
        wait_for_waiting(member->journal, member->crew);
    return begin_work(store, member, error);
}

static bool work_and_refuse(struct store *store, void *data, GError **error)
{
    return begin_work(store, data, error) && error_set(error, ERROR_REFUSED, "not today");
}

static bool work_and_be_silent(struct store *store, void *data, GError **error)
{
    (void)begin_work(store, data, error);
    return false;
}

static bool work_badly_twice_over(struct store *store, void *data, GError **error)
{
    return begin_work(store, data, error) && begin_work(store, data, error) &&
           fixture_number(store, "SELECT count(*) FROM event") > 0 &&
           error_set(error, ERROR_NOT_FOUND, "nothing to find");
}

/* Until the disk is full: then SQLite gives the whole transaction up. */
static bool work_and_fill(struct store *store, void *data, GError **error)
{
    g_autofree char *large = g_strnfill(60000, 'x');
    bool done = begin_work(store, data, error);

    fixture_execute(store, "PRAGMA max_page_count = 100");
    while (done) {
        AUTO(event) event = event_new("large", NULL, large);

        done = event_add(store, event, error);
    }
    return false;
}

static bool work_and_not_notice(struct store *store, void *data, GError **error)
{
    work_and_fill(store, data, NULL);
    (void)error;
    return true;
}

/* Hands in all works, the first of which holds the writer, and waits for the results. */
static void run_crew(struct journal *journal, struct member *crew, int count)
{
    struct journal_counts before;

    journal_count(journal, &before);
    for (int i = 0; i < count; i++) {
        crew[i].journal = journal;
        crew[i].crew = before.waiting + count;
        crew[i].number = crew[i].number != 0 ? crew[i].number : i + 1;
        crew[i].thread = g_thread_new("member", hand_in, &crew[i]);
        if (i < count - 1)
            wait_for_waiting(journal, before.waiting + i + 1);
    }
    for (int i = 0; i < count; i++)
        g_thread_join(crew[i].thread);
}

static void check_member(struct store *store, struct member *member, int wanted, const char *words)
{
    if (member->error != NULL)
        print_message("# member %d: %s\n", (int)member->number, member->error->message);
    assert_int_equal(member->ok, wanted < 0);
    if (wanted >= 0)
        fixture_check_error(member->error, (enum error_code)wanted, words, "work");
    else
        assert_null(member->error);
    g_clear_error(&member->error);
    assert_int_equal(has_event(store, member->number), member->ok);
}

static struct journal *start(const struct fixture *f)
{
    struct journal *journal;

    assert_done((journal = journal_open(f->path, &error)) != NULL);
    return journal;
}

static bool run(struct journal *journal, int64_t number, GError **error)
{
    struct member member = {.journal = journal, .number = number};

    return journal_run(journal, work_well, &member, error);
}

static void many_share_a_commit(void **state)
{
    enum { MEMBERS = 100 };
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[MEMBERS] = {{.work = work_and_hold}};
    struct journal_counts counts;

    for (int i = 1; i < MEMBERS; i++)
        crew[i].work = work_well;
    run_crew(journal, crew, MEMBERS);
    journal_count(journal, &counts);
    assert_int_equal(counts.works, MEMBERS);
    assert_in_range(counts.commits, 1, 10);
    assert_int_equal(counts.waiting, 0);
    journal_close(journal);
    for (int i = 0; i < MEMBERS; i++)
        check_member(f->store, &crew[i], -1, NULL);
}

struct runner {
    struct journal *journal;
    int64_t first;
    int refused;
};

static bool refuse_odd(struct store *store, void *data, GError **error)
{
    int64_t number = *(const int64_t *)data;

    return add_event(store, number, error) &&
           (number % 2 == 0 || error_set(error, ERROR_REFUSED, "odd"));
}

static void *run_many(void *data)
{
    struct runner *runner = data;

    for (int64_t number = runner->first; number < runner->first + 20; number++) {
        GError *error = NULL;

        if (!journal_run(runner->journal, refuse_odd, &number, &error))
            runner->refused += error->code == (int)ERROR_REFUSED && number % 2 == 1;
        g_clear_error(&error);
    }
    return NULL;
}

static void a_hundred_threads_get_their_own_results(void **state)
{
    enum { RUNNERS = 100 };
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct runner runners[RUNNERS] = {{0}};
    GThread *threads[RUNNERS];
    struct journal_counts counts;

    for (int i = 0; i < RUNNERS; i++) {
        runners[i].journal = journal;
        runners[i].first = 1000 * (i + 1);
        threads[i] = g_thread_new("runner", run_many, &runners[i]);
    }
    for (int i = 0; i < RUNNERS; i++) {
        g_thread_join(threads[i]);
        assert_int_equal(runners[i].refused, 10);
    }
    journal_count(journal, &counts);
    assert_int_equal(counts.works, RUNNERS * 10);
    print_message("# %d commits\n", (int)counts.commits);
    journal_close(journal);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event "
                                              "WHERE kind = 'test' AND at % 2 = 0"),
                     RUNNERS * 10);
    assert_int_equal(fixture_number(f->store, "SELECT count(*) FROM event "
                                              "WHERE kind = 'test' AND at % 2 = 1"),
                     0);
}

static void failing_work_harms_no_neighbour(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[] = {
        {.work = work_and_hold}, {.work = work_well},          {.work = work_and_refuse},
        {.work = work_well},     {.work = work_and_be_silent}, {.work = work_badly_twice_over},
        {.work = work_well},
    };

    run_crew(journal, crew, G_N_ELEMENTS(crew));
    journal_close(journal);
    check_member(f->store, &crew[0], -1, NULL);
    check_member(f->store, &crew[1], -1, NULL);
    check_member(f->store, &crew[2], ERROR_REFUSED, "not today");
    check_member(f->store, &crew[3], -1, NULL);
    check_member(f->store, &crew[4], ERROR_BUG, "without saying why");
    check_member(f->store, &crew[5], ERROR_NOT_FOUND, "nothing to find");
    check_member(f->store, &crew[6], -1, NULL);
    for (size_t i = 1; i < 5; i++)
        assert_int_equal(crew[i].runs, 1);
}

static void lost_transaction_harms_no_neighbour(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[] = {
        {.work = work_and_hold}, {.work = work_well}, {.work = work_and_refuse},
        {.work = work_and_fill}, {.work = work_well},
    };

    run_crew(journal, crew, G_N_ELEMENTS(crew));
    assert_done(run(journal, 77, &error));
    journal_close(journal);
    check_member(f->store, &crew[0], -1, NULL);
    check_member(f->store, &crew[1], -1, NULL);
    check_member(f->store, &crew[2], ERROR_REFUSED, "not today");
    check_member(f->store, &crew[3], ERROR_TEMPORARY, "full");
    check_member(f->store, &crew[4], -1, NULL);
    assert_int_equal(crew[1].runs, 2);
    assert_int_equal(crew[2].runs, 2);
    assert_int_equal(crew[3].runs, 1);
    assert_int_equal(crew[4].runs, 1);
    assert_true(has_event(f->store, 77));
}

static void unnoticed_loss_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[] = {{.work = work_and_hold}, {.work = work_and_not_notice}};

    run_crew(journal, crew, G_N_ELEMENTS(crew));
    journal_close(journal);
    check_member(f->store, &crew[0], -1, NULL);
    check_member(f->store, &crew[1], ERROR_TEMPORARY, "rolled back");
}

static void losing_twice_is_the_end(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[] = {
        {.work = work_and_hold}, {.work = work_well}, {.work = work_and_fill},
        {.work = work_and_fill}, {.work = work_well}, {.work = work_and_fill},
    };

    run_crew(journal, crew, G_N_ELEMENTS(crew));
    assert_done(run(journal, 77, &error));
    journal_close(journal);
    check_member(f->store, &crew[1], ERROR_TEMPORARY, "lost twice");
    check_member(f->store, &crew[2], ERROR_TEMPORARY, "full");
    check_member(f->store, &crew[3], ERROR_TEMPORARY, "full");
    check_member(f->store, &crew[4], -1, NULL);
    check_member(f->store, &crew[5], ERROR_TEMPORARY, "full");
    g_clear_error(&crew[0].error);
}

/* From now on no file of this process grows. */
static struct rlimit forbid_growth(const char *path)
{
    g_autofree char *log = g_strconcat(path, "-wal", NULL);
    GStatBuf found;
    struct rlimit before, tight;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(g_stat(log, &found), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    tight = before;
    tight.rlim_cur = (rlim_t)found.st_size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    return before;
}

static void failed_commit_fails_all_and_passes(void **state)
{
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[] = {
        {.work = work_and_hold}, {.work = work_well}, {.work = work_and_refuse}};
    struct journal_counts before, after;
    struct rlimit limit;

    assert_done(run(journal, 76, &error));
    journal_count(journal, &before);
    limit = forbid_growth(f->path);
    run_crew(journal, crew, G_N_ELEMENTS(crew));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    journal_count(journal, &after);
    assert_int_equal(before.commits, after.commits);
    assert_int_equal(before.works, after.works);
    assert_done(run(journal, 77, &error));
    journal_close(journal);
    for (size_t i = 0; i < G_N_ELEMENTS(crew); i++)
        check_member(f->store, &crew[i], ERROR_TEMPORARY, "database: ");
    assert_true(has_event(f->store, 76));
    assert_true(has_event(f->store, 77));
}

static bool set_patience(struct store *store, void *data, GError **error)
{
    (void)data;
    (void)error;
    sqlite3_busy_timeout(store_handle(store), 2000);
    return true;
}

/* All of them after one wait, not one after the other. */
static void lock_fails_all_at_once_and_passes(void **state)
{
    enum { MEMBERS = 20 };
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[MEMBERS] = {{0}};
    int64_t begun;

    for (int i = 0; i < MEMBERS; i++)
        crew[i].work = work_well;
    assert_done(journal_run(journal, set_patience, NULL, &error));
    assert_done(store_begin(f->store, &error));
    begun = g_get_monotonic_time();
    run_crew(journal, crew, MEMBERS);
    assert_in_range(g_get_monotonic_time() - begun, 1900000, 4000000);
    store_rollback(f->store);
    assert_done(run(journal, 77, &error));
    journal_close(journal);
    for (int i = 0; i < MEMBERS; i++)
        check_member(f->store, &crew[i], ERROR_TEMPORARY, "database is locked");
    assert_true(has_event(f->store, 77));
}

static void close_store(struct fixture *f)
{
    g_clear_pointer(&f->store, store_close);
}

static void open_store(struct fixture *f)
{
    close_store(f);
    assert_done((f->store = store_open(f->path, STORE_WRITE, &error)) != NULL);
}

static void moved_file_is_taken_up_again(void **state)
{
    struct fixture *f = *state;
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    struct journal *journal;

    close_store(f);
    journal = start(f);
    assert_done(run(journal, 1, &error));
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_fails(run(journal, 2, &error), ERROR_TEMPORARY, "No such file");
    assert_fails(run(journal, 3, &error), ERROR_TEMPORARY, "No such file");
    assert_int_equal(g_rename(elsewhere, f->path), 0);
    assert_done(run(journal, 4, &error));
    journal_close(journal);
    open_store(f);
    assert_true(has_event(f->store, 1));
    assert_false(has_event(f->store, 2));
    assert_false(has_event(f->store, 3));
    assert_true(has_event(f->store, 4));
}

static void replaced_file_is_taken_up(void **state)
{
    struct fixture *f = *state;
    g_autofree char *other_path = fixture_path(f, "other.db");
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    struct journal *journal;
    AUTO(store) other = NULL;
    AUTO(store) moved = NULL;

    close_store(f);
    assert_done((other = store_open(other_path, STORE_CREATE, &error)) != NULL);
    assert_done(add_event(other, 1, &error));
    store_close(g_steal_pointer(&other));
    journal = start(f);
    assert_done(run(journal, 2, &error));
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_int_equal(g_rename(other_path, f->path), 0);
    assert_done(run(journal, 3, &error));
    journal_close(journal);
    open_store(f);
    assert_true(has_event(f->store, 1));
    assert_false(has_event(f->store, 2));
    assert_true(has_event(f->store, 3));
    assert_int_equal(fixture_number(f->store, "SELECT integrity_check = 'ok' "
                                              "FROM pragma_integrity_check"),
                     1);
    assert_done((moved = store_open(elsewhere, STORE_WRITE, &error)) != NULL);
    assert_true(has_event(moved, 2));
    assert_false(has_event(moved, 3));
}

/* A reader in the same process gets at the new file although no work comes. */
static void idle_writer_leaves_a_replaced_file(void **state)
{
    struct fixture *f = *state;
    int64_t end = g_get_monotonic_time() + DEADLINE_US;
    g_autofree char *other_path = fixture_path(f, "other.db");
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    struct journal *journal;
    AUTO(store) other = NULL;

    close_store(f);
    assert_done((other = store_open(other_path, STORE_CREATE, &error)) != NULL);
    assert_done(add_event(other, 1, &error));
    store_close(g_steal_pointer(&other));
    journal = start(f);
    assert_done(run(journal, 2, &error));
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_int_equal(g_rename(other_path, f->path), 0);
    do {
        g_usleep(1000);
        f->store = store_open(f->path, STORE_READ, NULL);
    } while (f->store == NULL && g_get_monotonic_time() < end);
    assert_non_null(f->store);
    assert_true(has_event(f->store, 1));
    assert_false(has_event(f->store, 2));
    assert_done(run(journal, 3, &error));
    assert_true(has_event(f->store, 3));
    journal_close(journal);
}

static void damaged_file_is_taken_up_once_repaired(void **state)
{
    struct fixture *f = *state;
    g_autofree char *elsewhere = fixture_path(f, "moved.db");
    struct journal *journal;

    close_store(f);
    journal = start(f);
    assert_int_equal(g_rename(f->path, elsewhere), 0);
    assert_true(g_file_set_contents(f->path, "this is no database", -1, NULL));
    assert_int_equal(g_chmod(f->path, 0640), 0);
    assert_fails(run(journal, 1, &error), ERROR_TEMPORARY, "not a database");
    assert_int_equal(g_rename(elsewhere, f->path), 0);
    assert_done(run(journal, 2, &error));
    journal_close(journal);
}

static void *close_it(void *journal)
{
    journal_close(journal);
    return NULL;
}

static bool close_and_work(struct store *store, void *data, GError **error)
{
    struct member *member = data;

    wait_for_waiting(member->journal, member->crew);
    if (member->runs == 0)
        member->thread = g_thread_new("closer", close_it, member->journal);
    return begin_work(store, member, error);
}

/* The journal is closed while six wait for it. */
static void closing_finishes_the_queue(void **state)
{
    enum { MEMBERS = 6 };
    struct fixture *f = *state;
    struct journal *journal = start(f);
    struct member crew[MEMBERS] = {{0}};
    GThread *threads[MEMBERS];

    for (int i = 0; i < MEMBERS; i++) {
        crew[i] = (struct member){
            journal, i == 0 ? close_and_work : work_well, i + 1, MEMBERS, 0, false, NULL, NULL};
        threads[i] = g_thread_new("member", hand_in, &crew[i]);
        if (i < MEMBERS - 1)
            wait_for_waiting(journal, i + 1);
    }
    for (int i = 0; i < MEMBERS; i++)
        g_thread_join(threads[i]);
    g_thread_join(crew[0].thread);
    for (int i = 0; i < MEMBERS; i++)
        check_member(f->store, &crew[i], -1, NULL);
}

static void missing_database_is_said(void **state)
{
    struct fixture *f = *state;

    assert_fails(journal_open(f->path, &error) != NULL, ERROR_NOT_FOUND, "No such file");
    journal_close(NULL);
}

static bool look_at_signals(struct store *store, void *data, GError **error)
{
    sigset_t blocked;

    (void)store;
    (void)error;
    pthread_sigmask(SIG_SETMASK, NULL, &blocked);
    *(bool *)data = sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGHUP) == 1 &&
                    sigismember(&blocked, SIGSEGV) == 0;
    return true;
}

static void signals_are_left_to_others(void **state)
{
    struct journal *journal = start(*state);
    bool blocked = false;
    sigset_t own;

    assert_done(journal_run(journal, look_at_signals, &blocked, &error));
    journal_close(journal);
    assert_true(blocked);
    pthread_sigmask(SIG_SETMASK, NULL, &own);
    assert_int_equal(sigismember(&own, SIGTERM), 0);
}

/* A child writes numbers and says which were written, until it is killed. */

struct child_writer {
    struct journal *journal;
    int64_t next;
};

static void *write_numbers(void *data)
{
    struct child_writer *writer = data;

    for (;; writer->next += CHILD_THREADS) {
        GError *error = NULL;

        if (!run(writer->journal, writer->next, &error))
            g_error("%s", error->message);
        if (write(STDOUT_FILENO, &writer->next, sizeof writer->next) != sizeof writer->next)
            return NULL;
    }
}

static int be_child(const char *path, const char *first)
{
    struct child_writer writers[CHILD_THREADS];
    GThread *threads[CHILD_THREADS];
    GError *error = NULL;
    struct journal *journal = journal_open(path, &error);

    if (journal == NULL)
        g_error("%s", error->message);
    for (int i = 0; i < CHILD_THREADS; i++) {
        writers[i] = (struct child_writer){journal, g_ascii_strtoll(first, NULL, 10) + i};
        threads[i] = g_thread_new("writer", write_numbers, &writers[i]);
    }
    for (int i = 0; i < CHILD_THREADS; i++)
        g_thread_join(threads[i]);
    journal_close(journal);
    return 0;
}

/* What the child said before it was killed, and in its last moment. */
static GArray *read_numbers(GPid child, int output)
{
    GArray *numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t number;
    ssize_t got;

    while ((got = read(output, &number, sizeof number)) == sizeof number) {
        g_array_append_val(numbers, number);
        if (numbers->len == KILL_AFTER)
            kill(child, SIGKILL);
    }
    assert_int_equal(got, 0);
    return numbers;
}

static void check_numbers(const struct fixture *f, const GArray *numbers)
{
    AUTO(store) store = NULL;

    assert_done((store = store_open(f->path, STORE_WRITE, &error)) != NULL);
    assert_int_equal(fixture_number(store, "SELECT integrity_check = 'ok' "
                                           "FROM pragma_integrity_check"),
                     1);
    for (guint i = 0; i < numbers->len; i++)
        assert_true(has_event(store, g_array_index(numbers, int64_t, i)));
}

/* Starts a child on the database, reads what it says, and kills it. */
static GArray *kill_a_writer(const struct fixture *f, int round)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *first = g_strdup_printf("%d", (round + 1) * 10000000);
    char *arguments[] = {self, (char *)"write", f->path, first, NULL};
    GArray *numbers;
    GPid child;
    int output, status;

    assert_done(g_spawn_async_with_pipes(NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                         NULL, &child, NULL, &output, NULL, &error));
    numbers = read_numbers(child, output);
    close(output);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    assert_true(numbers->len >= KILL_AFTER);
    return numbers;
}

static void killed_writer_kept_its_word(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));

    close_store(f);
    for (int round = 0; round < KILLS; round++) {
        g_autoptr(GArray) numbers = kill_a_writer(f, round);

        g_array_append_vals(all, numbers->data, numbers->len);
        check_numbers(f, all);
    }
}

int main(int argc, char **argv)
{
#define EMPTY(name) cmocka_unit_test_setup_teardown(name, fixture_make_folder, fixture_remove)
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make_store, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(many_share_a_commit),
        TEST(a_hundred_threads_get_their_own_results),
        TEST(failing_work_harms_no_neighbour),
        TEST(lost_transaction_harms_no_neighbour),
        TEST(unnoticed_loss_is_noticed),
        TEST(losing_twice_is_the_end),
        TEST(failed_commit_fails_all_and_passes),
        TEST(lock_fails_all_at_once_and_passes),
        TEST(moved_file_is_taken_up_again),
        TEST(replaced_file_is_taken_up),
        TEST(idle_writer_leaves_a_replaced_file),
        TEST(damaged_file_is_taken_up_once_repaired),
        TEST(closing_finishes_the_queue),
        EMPTY(missing_database_is_said),
        TEST(signals_are_left_to_others),
        TEST(killed_writer_kept_its_word),
    };

    if (argc == 4 && strcmp(argv[1], "write") == 0)
        return be_child(argv[2], argv[3]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
