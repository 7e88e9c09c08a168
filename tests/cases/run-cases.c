/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs the case folders: what would happen to this mail? Each folder beside this file has
 *
 *     in.eml, in.envelope   the message (LF line ends) and what the MTA says of it
 *     decision.expect       what decide() must print
 *     outbox.expect         optional: the mails it writes to the outbox
 *     seed.sql, conf        optional: what is added to the common seed.sql, another
 * counterfoil.conf before-N.eml, .envelope   optional: mails decided and recorded before it, N from
 * 1, each a minute later; the last hour's, but where its envelope says "minutes-ago"
 *
 * usage: run-cases [--accept] FOLDER…      --accept writes decision.expect anew, and outbox.expect
 *                                          where there is one. Prints TAP.
 *        run-cases --outbox BAG FOLDER…    Puts the mails of the outbox into the folder BAG
 *                                          (mailbag.h), as FOLDER's name, and compares nothing.
 */
#include <stdio.h>
#include <string.h>

#include "milter/record.h"
#include "tests/cases/bench.h"
#include "tests/cases/mailbag.h"

/* Monday 2 March 2026, 10:00 UTC. */
#define NOW INT64_C(1772445600000)

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

static void seed(struct bench *bench, const char *folder)
{
    g_autofree char *path = path_in(folder, "seed.sql");

    if (g_file_test(path, G_FILE_TEST_EXISTS))
        bench_seed(bench, path);
}

static void open_bench(struct bench *bench, const char *common, const char *folder)
{
    g_autofree char *own_conf = path_in(folder, "conf");
    g_autofree char *common_conf = path_in(common, "conf");

    bench_open(bench, g_file_test(own_conf, G_FILE_TEST_EXISTS) ? own_conf : common_conf);
    seed(bench, common);
    seed(bench, folder);
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

/* Decides, and records as the writer does. */
static struct decision *pass(struct bench *bench, const char *folder, const char *name, int64_t now)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *eml = g_strconcat(name, ".eml", NULL);
    g_autofree char *env = g_strconcat(name, ".envelope", NULL);
    AUTO(envelope) envelope = read_envelope(folder, env, &now);
    g_autofree char *text = must_read(folder, eml);
    AUTO(spool) spool = NULL;
    AUTO(mail) mail = bench_read(text, envelope->hostname, &spool);
    struct decision *decision;

    if (!store_begin(bench->store, &error))
        g_error("%s", error->message);
    decision = bench_decide(bench, envelope, mail, spool, now);
    if (decision->verdict == DECISION_TAKE)
        bench_record(bench, decision, envelope, mail, spool, now);
    else if (!record_events(bench->store, decision, now, &error))
        g_error("%s", error->message);
    if (!store_commit(bench->store, &error))
        g_error("%s", error->message);
    return decision;
}

static void print_mail(GString *out, const struct outbox_mail *mail)
{
    g_string_append_printf(out, "=== %s\n", mail->kind);
    for (guint i = 0; i < mail->pieces->len; i++) {
        const struct outbox_piece *piece = mail->pieces->pdata[i];

        if (piece->bytes != NULL)
            g_string_append_len(out, g_bytes_get_data(piece->bytes, NULL), (gssize)piece->size);
        else
            g_string_append_printf(out,
                                   "{message %" G_GINT64_FORMAT " from byte %" G_GINT64_FORMAT
                                   ": %" G_GINT64_FORMAT " bytes}\n",
                                   piece->message, piece->begin, piece->size);
    }
    g_string_replace(out, "\r\n", "\n", 0);
}

/* What the case is about, as text: the decision, and the mails of its outbox. */
struct outcome {
    char *decision;
    char *outbox;
};

/* bag: NULL, or where the mails go. */
static struct outcome run_case(const char *common, const char *folder, const char *bag)
{
    struct bench bench = {NULL};
    AUTO(decision) decision = NULL;
    g_autoptr(GString) outbox = g_string_new(NULL);
    struct outcome outcome;

    open_bench(&bench, common, folder);
    for (int i = 1;; i++) {
        g_autofree char *name = g_strdup_printf("before-%d", i);
        g_autofree char *file = g_strconcat(folder, "/", name, ".eml", NULL);

        if (!g_file_test(file, G_FILE_TEST_EXISTS))
            break;
        decision_free(pass(&bench, folder, name, NOW - 3600000 + i * 60000));
    }
    decision = pass(&bench, folder, "in", NOW);
    outcome.decision = decision_print(decision);
    for (guint i = 0; i < decision->outbox->len; i++)
        print_mail(outbox, decision->outbox->pdata[i]);
    outcome.outbox = g_string_free(g_steal_pointer(&outbox), FALSE);
    if (bag != NULL) {
        g_autofree char *name = g_path_get_basename(folder);

        mailbag_empty(bench.store, NOW, bag, name, NULL);
    }
    bench_close(&bench);
    return outcome;
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

/* True when it came out as the file says. */
static bool check_file(const char *folder, const char *name, const char *got, bool accept)
{
    g_autofree char *expected = read_file(folder, name);
    g_autofree char *path = path_in(folder, name);

    if (accept)
        return g_file_set_contents(path, got, -1, NULL);
    if (expected != NULL && strcmp(expected, got) == 0)
        return true;
    print_difference(expected != NULL ? expected : "", got);
    return false;
}

/* bag: NULL, or where the mails go; then nothing is compared. */
static bool check_case(const char *given, bool accept, const char *bag)
{
    g_autofree char *folder = g_canonicalize_filename(given, NULL);
    g_autofree char *common = g_path_get_dirname(folder);
    g_autofree char *outbox = path_in(folder, "outbox.expect");
    struct outcome outcome = run_case(common, folder, bag);
    bool passed = bag != NULL || check_file(folder, "decision.expect", outcome.decision, accept);

    if (bag == NULL && g_file_test(outbox, G_FILE_TEST_EXISTS))
        passed = check_file(folder, "outbox.expect", outcome.outbox, accept) && passed;
    g_free(outcome.decision);
    g_free(outcome.outbox);
    return passed;
}

int main(int argc, char **argv)
{
    bool accept = argc > 1 && strcmp(argv[1], "--accept") == 0;
    bool is_outbox = argc > 2 && strcmp(argv[1], "--outbox") == 0;
    int first = is_outbox ? 3 : accept ? 2 : 1;
    int failed = 0;

    mail_init();
    printf("1..%d\n", argc - first);
    for (int i = first; i < argc; i++) {
        g_autofree char *name = g_path_get_basename(argv[i]); /* without a final slash */
        bool passed = check_case(argv[i], accept, is_outbox ? argv[2] : NULL);

        printf("%s %d - %s\n", passed ? "ok" : "not ok", i - first + 1, name);
        failed += !passed;
    }
    return failed > 0;
}
