/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sets a site up, and takes it down again.
 */
#include "tests/cases/bench.h"

#include <glib/gstdio.h>
#include <string.h>

#include "db/stmt.h"
#include "milter/record.h"
#include "milter/report.h"
#include "tests/unit/letter.h"

static void fail_on(const GError *error)
{
    if (error != NULL)
        g_error("%s", error->message);
}

void bench_open(struct bench *bench, const char *conf)
{
    g_autoptr(GError) error = NULL;
    const struct site site = {"Example", "postmaster@example.com", "test"};
    g_autofree char *database = NULL;
    uint8_t mark[DIGEST_SIZE];

    for (int i = 0; i < KEY_SIZE; i++)
        bench->key[i] = (uint8_t)i;
    key_mark(bench->key, mark);
    bench->folder = g_dir_make_tmp("counterfoil-case-XXXXXX", &error);
    fail_on(error);
    database = g_build_filename(bench->folder, "db", NULL);
    bench->store = store_open(database, STORE_CREATE, &error);
    fail_on(error);
    store_begin(bench->store, &error);
    site_add(bench->store, &site, mark, &error);
    store_commit(bench->store, &error);
    fail_on(error);
    bench->site = site_find(bench->store, &error);
    bench->conf = conf_load(conf, &error);
    fail_on(error);
    bench->decides =
        (struct decide_site){bench->conf, bench->site, {bench->site->tag, bench->key, KEY_SIZE}};
}

void bench_close(struct bench *bench)
{
    static const char *const files[] = {"db", "db-wal", "db-shm"};

    store_close(bench->store);
    site_free(bench->site);
    conf_free(bench->conf);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(bench->folder, files[i], NULL);

        g_unlink(path);
    }
    g_rmdir(bench->folder);
    g_free(bench->folder);
}

void bench_seed(struct bench *bench, const char *file)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sql = NULL;
    char *message = NULL;

    g_file_get_contents(file, &sql, NULL, &error);
    fail_on(error);
    if (sqlite3_exec(store_handle(bench->store), sql, NULL, NULL, &message) != SQLITE_OK)
        g_error("%s: %s", file, message);
}

struct mail *bench_read(const char *text, const char *hostname, struct spool **spool)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *wire = g_strjoinv("\r\n", lines);
    struct letter letter = letter_open(wire, strlen(wire), 1 << 20);
    g_autoptr(GError) error = NULL;
    struct mail *mail = mail_parse(letter.headers, letter.spool, hostname, &error);

    fail_on(error);
    *spool = letter.spool;
    return mail;
}

struct decision *bench_decide(const struct bench *bench, const struct envelope *envelope,
                              const struct mail *mail, const struct spool *spool, int64_t now)
{
    g_autoptr(GError) error = NULL;
    AUTO(report) report = report_read(envelope, mail, spool, &error);
    struct decision *decision;

    fail_on(error);
    decision = decide(&bench->decides, bench->store, envelope, mail, report, now, &error);
    fail_on(error);
    return decision;
}

void bench_record(const struct bench *bench, const struct decision *decision,
                  const struct envelope *envelope, const struct mail *mail,
                  const struct spool *spool, int64_t now)
{
    g_autoptr(GError) error = NULL;

    record_write(bench->store, decision, envelope, mail, spool, now, &error);
    fail_on(error);
}
