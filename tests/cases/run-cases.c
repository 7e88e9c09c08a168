/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the case folders: what would happen to this mail? Each folder beside this file has
 *
 *     in.eml, in.envelope   the message (LF line ends) and what the MTA says of it
 *     decision.expect       what decide() must print
 *     seed.sql, conf        optional: what is added to the common seed.sql, another
 * counterfoil.conf before-N.eml, .envelope   optional: mails decided and recorded before it, N from
 * 1, each a minute later; the last hour's, but where its envelope says "minutes-ago"
 *
 * usage: run-cases [--accept] FOLDER…   --accept writes decision.expect anew. Prints TAP.
 */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "db/key.h"
#include "db/site.h"
#include "db/stmt.h"
#include "db/store.h"
#include "milter/decide.h"
#include "milter/mail.h"
#include "milter/record.h"
#include "milter/report.h"

/* Monday 2 March 2026, 10:00 UTC. */
#define NOW INT64_C(1772445600000)

struct bench {
    struct store *store;
    struct conf *conf;
    struct site *site;
    uint8_t key[KEY_SIZE];
    char *folder;
};

static char *path_in(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static char *read_file(const char *folder, const char *name)
{
    g_autofree char *path = path_in(folder, name);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* The file must be there. */
static char *must_read(const char *folder, const char *name)
{
    g_autofree char *path = path_in(folder, name);
    g_autoptr(GError) error = NULL;
    char *text;

    if (!g_file_get_contents(path, &text, NULL, &error))
        g_error("%s", error->message);
    return text;
}

static void fail_on(const GError *error)
{
    if (error != NULL)
        g_error("%s", error->message);
}

static void seed(struct bench *bench, const char *folder)
{
    g_autofree char *sql = read_file(folder, "seed.sql");
    char *message = NULL;

    if (sql != NULL &&
        sqlite3_exec(store_handle(bench->store), sql, NULL, NULL, &message) != SQLITE_OK)
        g_error("%s/seed.sql: %s", folder, message);
}

static void open_bench(struct bench *bench, const char *common, const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *own_conf = path_in(folder, "conf");
    g_autofree char *common_conf = path_in(common, "conf");
    const struct site site = {"Example", "postmaster@example.com", "test"};
    g_autofree char *database = NULL;
    uint8_t mark[DIGEST_SIZE];

    for (int i = 0; i < KEY_SIZE; i++)
        bench->key[i] = (uint8_t)i;
    key_mark(bench->key, mark);
    bench->folder = g_dir_make_tmp("counterfoil-case-XXXXXX", &error);
    fail_on(error);
    database = path_in(bench->folder, "db");
    bench->store = store_open(database, STORE_CREATE, &error);
    fail_on(error);
    store_begin(bench->store, &error);
    site_add(bench->store, &site, mark, &error);
    store_commit(bench->store, &error);
    fail_on(error);
    bench->site = site_find(bench->store, &error);
    bench->conf =
        conf_load(g_file_test(own_conf, G_FILE_TEST_EXISTS) ? own_conf : common_conf, &error);
    fail_on(error);
    seed(bench, common);
    seed(bench, folder);
}

static void close_bench(struct bench *bench)
{
    static const char *const files[] = {"db", "db-wal", "db-shm"};

    store_close(bench->store);
    site_free(bench->site);
    conf_free(bench->conf);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = path_in(bench->folder, files[i]);

        g_unlink(path);
    }
    g_rmdir(bench->folder);
    g_free(bench->folder);
}

static bool is_yes(const char *value)
{
    return strcmp(value, "yes") == 0;
}

static void read_line(struct envelope *envelope, const char *key, const char *value)
{
    if (strcmp(key, "second-door") == 0)
        envelope->second_door = is_yes(value);
    else if (strcmp(key, "sender") == 0)
        envelope_set_sender(envelope, value);
    else if (strcmp(key, "recipient") == 0)
        envelope_add_recipient(envelope, value, NULL);
    else if (strcmp(key, "login") == 0)
        envelope->login = g_strdup(value);
    else if (strcmp(key, "client") == 0)
        envelope->client = g_strdup(value);
    else if (strcmp(key, "hostname") == 0)
        envelope->hostname = g_strdup(value);
    else if (strcmp(key, "trusted") == 0)
        envelope->trusted = is_yes(value);
    else if (strcmp(key, "local") == 0)
        envelope->local = is_yes(value);
    else if (strcmp(key, "smtputf8") == 0)
        envelope->smtputf8 = is_yes(value);
    else
        g_error("envelope: unknown word `%s'", key);
}

/* *now is changed where the envelope says that it was another time. */
static struct envelope *read_envelope(const char *folder, const char *name, int64_t *now)
{
    g_autofree char *text = must_read(folder, name);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    struct envelope *envelope = envelope_new();

    for (char **line = lines; *line != NULL; line++) {
        char *colon = strchr(*line, ':');

        if (colon == NULL)
            continue;
        *colon = '\0';
        if (strcmp(*line, "minutes-ago") == 0)
            *now = NOW - g_ascii_strtoll(colon + 1, NULL, 10) * 60000;
        else
            read_line(envelope, *line, g_strstrip(colon + 1));
    }
    return envelope;
}

/* The header as the session gathers it: a field with its folds is one value. */
static GPtrArray *split_header(char *header)
{
    GPtrArray *headers = g_ptr_array_new_with_free_func((GDestroyNotify)mail_header_free);
    g_auto(GStrv) lines = g_strsplit(header, "\n", -1);
    g_autoptr(GString) field = g_string_new(NULL);

    for (char **line = lines;; line++) {
        if (*line != NULL && (**line == ' ' || **line == '\t')) {
            g_string_append_printf(field, "\n%s", *line);
            continue;
        }
        if (field->len > 0) {
            char *colon = strchr(field->str, ':');

            *colon = '\0';
            g_ptr_array_add(headers, mail_header_new(field->str, colon + 1));
        }
        if (*line == NULL)
            return headers;
        g_string_assign(field, *line);
    }
}

static struct mail *read_mail(const char *folder, const char *name, const char *hostname,
                              struct spool **spool)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = must_read(folder, name);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autofree char *wire = g_strjoinv("\r\n", lines);
    g_auto(GStrv) parts = g_strsplit(text, "\n\n", 2);
    struct mail *mail;

    *spool = spool_new(g_get_tmp_dir(), 1 << 20);
    spool_append(*spool, wire, strlen(wire), &error);
    mail = mail_parse(split_header(parts[0]), *spool, hostname, &error);
    fail_on(error);
    return mail;
}

/* Decides, and records as the writer does. */
static struct decision *pass(struct bench *bench, const char *folder, const char *name, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *eml = g_strconcat(name, ".eml", NULL);
    g_autofree char *env = g_strconcat(name, ".envelope", NULL);
    AUTO(envelope) envelope = read_envelope(folder, env, &now);
    AUTO(spool) spool = NULL;
    AUTO(mail) mail = read_mail(folder, eml, envelope->hostname, &spool);
    const struct decide_site site = {bench->conf, bench->site, {"Example", bench->key, KEY_SIZE}};
    AUTO(report) report = report_read(envelope, mail, spool, &error);
    struct decision *decision;

    fail_on(error);
    store_begin(bench->store, &error);
    fail_on(error);
    decision = decide(&site, bench->store, envelope, mail, report, now, &error);
    fail_on(error);
    if (decision->verdict == DECISION_TAKE)
        record_write(bench->store, decision, envelope, mail, spool, now, &error);
    else
        record_events(bench->store, decision, now, &error);
    fail_on(error);
    store_commit(bench->store, &error);
    fail_on(error);
    return decision;
}

static char *run_case(const char *common, const char *folder)
{
    struct bench bench = {NULL};
    AUTO(decision) decision = NULL;
    char *printed;

    open_bench(&bench, common, folder);
    for (int i = 1;; i++) {
        g_autofree char *name = g_strdup_printf("before-%d", i);
        g_autofree char *file = g_strconcat(folder, "/", name, ".eml", NULL);

        if (!g_file_test(file, G_FILE_TEST_EXISTS))
            break;
        decision_free(pass(&bench, folder, name, NOW - 3600000 + i * 60000));
    }
    decision = pass(&bench, folder, "in", NOW);
    printed = decision_print(decision);
    close_bench(&bench);
    return printed;
}

static void print_difference(const char *expected, const char *got)
{
    g_auto(GStrv) want = g_strsplit(expected, "\n", -1);
    g_auto(GStrv) have = g_strsplit(got, "\n", -1);

    for (char **line = want; *line != NULL; line++)
        if (!g_strv_contains((const char *const *)have, *line))
            printf("# - %s\n", *line);
    for (char **line = have; *line != NULL; line++)
        if (!g_strv_contains((const char *const *)want, *line))
            printf("# + %s\n", *line);
}

/* True when it came out as expected. */
static bool check_case(const char *given, bool accept)
{
    g_autofree char *folder = g_canonicalize_filename(given, NULL);
    g_autofree char *common = g_path_get_dirname(folder);
    g_autofree char *expected = read_file(folder, "decision.expect");
    g_autofree char *got = run_case(common, folder);
    g_autofree char *path = path_in(folder, "decision.expect");

    if (accept)
        return g_file_set_contents(path, got, -1, NULL);
    if (expected != NULL && strcmp(expected, got) == 0)
        return true;
    print_difference(expected != NULL ? expected : "", got);
    return false;
}

int main(int argc, char **argv)
{
    bool accept = argc > 1 && strcmp(argv[1], "--accept") == 0;
    int first = accept ? 2 : 1;
    int failed = 0;

    mail_init();
    printf("1..%d\n", argc - first);
    for (int i = first; i < argc; i++) {
        g_autofree char *name = g_path_get_basename(argv[i]); /* without a final slash */
        bool passed = check_case(argv[i], accept);

        printf("%s %d - %s\n", passed ? "ok" : "not ok", i - first + 1, name);
        failed += !passed;
    }
    return failed > 0;
}
