/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The queue, the writer's thread, and what becomes of a batch. Knows nothing of what is written.
 *
 * A result is given out when its batch is committed, not before: also a refusal may have come
 * from what a neighbour wrote. When SQLite rolls the whole transaction back under a work (disk
 * full, I/O error), that work fails, and those before it run once more, in a new batch.
 *
 * The lock is a pthread_mutex_t, since the thread sanitizer does not understand GLib's.
 */
#include "db/journal.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "db/error.h"

/* A batch ends when nobody waits, or at the first of these, so that the first in it does not
 * wait for ever. */
#define BATCH_WORKS 256
#define BATCH_US (250 * 1000)

/* How often a writer without work looks whether its file is still there. */
#define IDLE_S 1

/* On the stack of the thread that waits for it. */
struct entry {
    journal_work work;
    void *data;
    bool again; /* ran in a batch that was lost */
    bool ok;
    GError *error;
    bool done; /* under the lock, as is finished */
    pthread_cond_t finished;
};

struct journal {
    char *path;
    GThread *writer;
    struct store *store; /* the writer's; NULL: to be opened */
    pthread_mutex_t lock;
    pthread_cond_t changed; /* something is queued, or the journal is closing, or nobody waits */
    GQueue queue;           /* struct entry */
    bool closing;
    struct journal_counts counts;
};

static struct entry *take(struct journal *journal)
{
    struct entry *entry;

    pthread_mutex_lock(&journal->lock);
    entry = g_queue_pop_head(&journal->queue);
    pthread_mutex_unlock(&journal->lock);
    return entry;
}

/* From here on the entry is gone: its thread returns. */
static void finish(struct journal *journal, struct entry *entry)
{
    pthread_mutex_lock(&journal->lock);
    entry->done = true;
    pthread_cond_signal(&entry->finished);
    pthread_mutex_unlock(&journal->lock);
}

static void fail(struct entry *entry, const char *why)
{
    entry->ok = false;
    g_clear_error(&entry->error);
    g_set_error_literal(&entry->error, COUNTERFOIL_ERROR, ERROR_TEMPORARY, why);
}

/* All who are waiting now: whoever comes later may be luckier. */
static void fail_queued(struct journal *journal, const char *why)
{
    guint count;

    pthread_mutex_lock(&journal->lock);
    count = g_queue_get_length(&journal->queue);
    pthread_mutex_unlock(&journal->lock);
    for (; count > 0; count--) {
        struct entry *entry = take(journal);

        fail(entry, why);
        finish(journal, entry);
    }
}

/* Leaves a file that was moved away or replaced, and its log empty: nobody else can use what took
 * its place before that. */
static void look_after_file(struct journal *journal)
{
    if (journal->store != NULL && !store_is_current(journal->store))
        g_clear_pointer(&journal->store, store_close);
}

static bool begin(struct journal *journal, GError **error)
{
    look_after_file(journal);
    if (journal->store == NULL)
        journal->store = store_open(journal->path, STORE_WRITE, error);
    return journal->store != NULL && store_begin(journal->store, error);
}

/* False when the whole transaction is gone. */
static bool run_one(struct store *store, struct entry *entry)
{
    entry->ok = store_mark(store, &entry->error) &&
                entry->work(store, entry->data, &entry->error) &&
                store_release(store, &entry->error);
    if (!entry->ok && entry->error == NULL)
        error_set(&entry->error, ERROR_BUG, "work failed without saying why");
    return entry->ok || store_undo(store);
}

/* False when the transaction is gone; the one that it went under has been told. */
static bool run_queued(struct journal *journal, GPtrArray *batch)
{
    int64_t end = g_get_monotonic_time() + BATCH_US;
    struct entry *entry;

    while (batch->len < BATCH_WORKS && g_get_monotonic_time() < end &&
           (entry = take(journal)) != NULL) {
        if (!run_one(journal->store, entry)) {
            g_autofree char *why = g_strdup(entry->error->message);

            fail(entry, why);
            finish(journal, entry);
            return false;
        }
        g_ptr_array_add(batch, entry);
    }
    return true;
}

/* Back to where they were, in front and in order; at the second time, no more. */
static void put_back(struct journal *journal, GPtrArray *batch)
{
    for (guint i = batch->len; i > 0; i--) {
        struct entry *entry = batch->pdata[i - 1];

        if (entry->again) {
            fail(entry, "database: the transaction was lost twice by errors in others' work");
            finish(journal, entry);
            continue;
        }
        entry->again = true;
        g_clear_error(&entry->error);
        pthread_mutex_lock(&journal->lock);
        g_queue_push_head(&journal->queue, entry);
        pthread_mutex_unlock(&journal->lock);
    }
}

static void give_results(struct journal *journal, GPtrArray *batch)
{
    for (guint i = 0; i < batch->len; i++)
        finish(journal, batch->pdata[i]);
}

static bool commit(struct journal *journal, GPtrArray *batch)
{
    g_autoptr(GError) error = NULL;

    if (!store_commit(journal->store, &error)) {
        for (guint i = 0; i < batch->len; i++)
            fail(batch->pdata[i], error->message);
        return false;
    }
    pthread_mutex_lock(&journal->lock);
    journal->counts.commits++;
    for (guint i = 0; i < batch->len; i++)
        journal->counts.works += ((const struct entry *)batch->pdata[i])->ok;
    pthread_mutex_unlock(&journal->lock);
    return true;
}

static void run_batch(struct journal *journal)
{
    g_autoptr(GPtrArray) batch = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    bool done = false;

    if (!begin(journal, &error)) {
        fail_queued(journal, error->message);
    } else if (!run_queued(journal, batch)) {
        store_rollback(journal->store);
        put_back(journal, batch);
    } else {
        done = commit(journal, batch);
        give_results(journal, batch);
    }
    if (!done)
        g_clear_pointer(&journal->store, store_close);
}

/* Until something happens, under the lock; false: nothing did. */
static bool wait_a_while(struct journal *journal)
{
    struct timespec end;

    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += IDLE_S;
    return pthread_cond_timedwait(&journal->changed, &journal->lock, &end) == 0;
}

/* False: closing, and nothing left to do. */
static bool wait_for_work(struct journal *journal)
{
    bool some;

    pthread_mutex_lock(&journal->lock);
    while (g_queue_is_empty(&journal->queue) && !journal->closing) {
        if (wait_a_while(journal))
            continue;
        pthread_mutex_unlock(&journal->lock);
        look_after_file(journal);
        pthread_mutex_lock(&journal->lock);
    }
    some = !g_queue_is_empty(&journal->queue);
    pthread_mutex_unlock(&journal->lock);
    return some;
}

static void *write_batches(void *data)
{
    struct journal *journal = data;

    while (wait_for_work(journal))
        run_batch(journal);
    return NULL;
}

/* The writer inherits the mask: signals are for the thread that waits for them. */
static GThread *start_writer(struct journal *journal, GError **error)
{
    g_autoptr(GError) problem = NULL;
    GThread *writer;
    sigset_t all, before;

    sigfillset(&all);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGILL);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    writer = g_thread_try_new("journal", write_batches, journal, &problem);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (writer == NULL)
        error_set(error, ERROR_TEMPORARY, "journal: %s", problem->message);
    return writer;
}

static void free_journal(struct journal *journal)
{
    store_close(journal->store);
    pthread_cond_destroy(&journal->changed);
    pthread_mutex_destroy(&journal->lock);
    g_free(journal->path);
    g_free(journal);
}

struct journal *journal_open(const char *path, GError **error)
{
    struct store *store = store_open(path, STORE_WRITE, error);
    pthread_condattr_t clock;
    struct journal *journal;

    if (store == NULL)
        return NULL;
    journal = g_new0(struct journal, 1);
    journal->path = g_strdup(path);
    journal->store = store;
    g_queue_init(&journal->queue);
    pthread_mutex_init(&journal->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&journal->changed, &clock);
    pthread_condattr_destroy(&clock);
    journal->writer = start_writer(journal, error);
    if (journal->writer == NULL)
        g_clear_pointer(&journal, free_journal);
    return journal;
}

void journal_close(struct journal *journal)
{
    if (journal == NULL)
        return;
    pthread_mutex_lock(&journal->lock);
    journal->closing = true;
    pthread_cond_broadcast(&journal->changed);
    pthread_mutex_unlock(&journal->lock);
    g_thread_join(journal->writer);
    pthread_mutex_lock(&journal->lock);
    while (journal->counts.waiting > 0)
        pthread_cond_wait(&journal->changed, &journal->lock);
    pthread_mutex_unlock(&journal->lock);
    free_journal(journal);
}

void journal_count(struct journal *journal, struct journal_counts *counts)
{
    pthread_mutex_lock(&journal->lock);
    *counts = journal->counts;
    pthread_mutex_unlock(&journal->lock);
}

/* False: the journal takes nothing any more. */
static bool wait_for_result(struct journal *journal, struct entry *entry)
{
    bool taken;

    pthread_mutex_lock(&journal->lock);
    taken = !journal->closing;
    if (taken) {
        journal->counts.waiting++;
        g_queue_push_tail(&journal->queue, entry);
        pthread_cond_broadcast(&journal->changed);
        while (!entry->done)
            pthread_cond_wait(&entry->finished, &journal->lock);
        journal->counts.waiting--;
        pthread_cond_broadcast(&journal->changed);
    }
    pthread_mutex_unlock(&journal->lock);
    return taken;
}

bool journal_run(struct journal *journal, journal_work work, void *data, GError **error)
{
    struct entry entry = {.work = work, .data = data};

    pthread_cond_init(&entry.finished, NULL);
    if (!wait_for_result(journal, &entry))
        fail(&entry, "closing down");
    pthread_cond_destroy(&entry.finished);
    if (!entry.ok)
        g_propagate_error(error, entry.error);
    else
        g_clear_error(&entry.error);
    return entry.ok;
}
