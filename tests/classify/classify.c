/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Classifies the real mails of tests/corpus, and holds the result against labels.tsv: a line a
 * mail, with tabs between: file, label, and for reports "address status action" of each recipient,
 * with ", " between them. Labels:
 *
 *     bounce   a delivery report about a failure      list      sent by a mailing list's software
 *     delayed  one about a delay                      person    by a person, or made to look so
 *     auto     an automatic answer                    complaint a feedback report (RFC 5965)
 *     receipt  a read receipt
 *
 * The envelope sender is that of Return-Path or of an mbox's "From " line. Where neither is there,
 * it is the address in From, so that nothing passes for a machine's by what was left out; if a
 * report is missed for that, it is said what a null sender, which all reports should have, makes of
 * it.
 *
 * usage: classify CORPUS LABELS     prints TAP, the confusion table, and each miss
 *        classify --show FILE…      what is read out of each, as lines for labels.tsv
 */
#include <stdio.h>
#include <string.h>

#include "milter/address.h"
#include "milter/machine.h"
#include "milter/report.h"
#include "tests/unit/letter.h"

/* What comes out: the kinds of report, then what machine.h says. */
enum got { GOT_BOUNCE, GOT_DELAYED, GOT_AUTO, GOT_QUIET, GOT_PERSON, GOTS };
static const char *const got_names[GOTS] = {"bounce", "delayed", "auto", "quiet", "person"};

/* What is right for which label, and how many of them must be: fewer is a step back. */
static const struct label {
    const char *name;
    bool right[GOTS];
    unsigned least;
} labels[] = {
    {"bounce", {[GOT_BOUNCE] = true}, 177},
    {"delayed", {[GOT_DELAYED] = true}, 7},
    {"auto", {[GOT_AUTO] = true}, 7},
    {"receipt", {[GOT_AUTO] = true}, 5},
    {"complaint", {[GOT_QUIET] = true, [GOT_PERSON] = true}, 12},
    {"list", {[GOT_QUIET] = true}, 80},
    {"person", {[GOT_QUIET] = true, [GOT_PERSON] = true}, 575},
};

/* How many recipients of reports are read rightly. */
#define LEAST_ADDRESSES 213
#define LEAST_STATUSES 212
#define LEAST_ACTIONS 213

struct result {
    enum got got;
    bool has_sender; /* the file records one */
    char *reason;
    char *recipients; /* as in labels.tsv */
    char *about;      /* what is known of the message that it is about */
};

static void clear_result(struct result *result)
{
    g_free(result->reason);
    g_free(result->recipients);
    g_free(result->about);
}

/* Skips a mailbox's "From " line; its address in *sender, if there is one. */
static const char *skip_separator(const char *bytes, gsize *size, char **sender)
{
    const char *end = memchr(bytes, '\n', *size);

    if (*size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        *size -= 3;
    }
    if (*size < 6 || memcmp(bytes, "From ", 5) != 0 || bytes[5] == ' ' || end == NULL)
        return bytes;
    *sender = g_strndup(bytes + 5, strcspn(bytes + 5, " \r\n"));
    *size -= (gsize)(end + 1 - bytes);
    return end + 1;
}

/* fallback: the sender where none is recorded, or NULL: that of From. */
static struct envelope *make_envelope(const struct mail *mail, const char *separator,
                                      const char *fallback, bool *has_sender)
{
    struct envelope *envelope = envelope_new();
    const char *path = mail_header(mail, "Return-Path", 0);
    const struct mail_address *from = mail->from->len > 0 ? mail->from->pdata[0] : NULL;

    if (path == NULL && g_strcmp0(separator, "MAILER-DAEMON") == 0)
        path = "<>";
    else if (path == NULL)
        path = separator;
    *has_sender = path != NULL;
    if (path == NULL)
        path = fallback;
    if (path == NULL)
        path = from == NULL ? "nobody@example.invalid" : from->address;
    g_autofree char *trimmed = g_strstrip(g_strdup(path));
    envelope_set_sender(envelope, trimmed);
    return envelope;
}

static void append_recipients(const struct report *report, GString *out)
{
    for (guint i = 0; i < report->recipients->len; i++) {
        const struct report_recipient *recipient = report->recipients->pdata[i];

        g_string_append_printf(out, "%s%s %s %s", i == 0 ? "" : ", ",
                               recipient->address == NULL ? "-" : recipient->address,
                               recipient->status[0] == '\0' ? "-" : recipient->status,
                               report_action_name(recipient->action));
    }
}

static enum got classify(const struct envelope *envelope, const struct mail *mail,
                         const struct report *report, const char **reason)
{
    if (report != NULL) {
        *reason = report->reason;
        if (report->action == REPORT_FAILED)
            return GOT_BOUNCE;
        return report->action == REPORT_DELAYED ? GOT_DELAYED : GOT_AUTO;
    }
    if (machine_is_auto(envelope, mail, reason))
        return GOT_AUTO;
    return machine_is_quiet(envelope, mail, reason) ? GOT_QUIET : GOT_PERSON;
}

static struct result read_file(const char *path, const char *fallback)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    g_autofree char *separator = NULL;
    g_autoptr(GString) recipients = g_string_new(NULL);
    g_autoptr(GString) about = g_string_new(NULL);
    const char *reason = NULL;
    gsize size;

    if (!g_file_get_contents(path, &bytes, &size, &error))
        g_error("%s", error->message);
    const char *begin = skip_separator(bytes, &size, &separator);
    struct letter letter = letter_open(begin, size, SIZE_MAX);
    AUTO(mail) mail = mail_parse(g_steal_pointer(&letter.headers), letter.spool, NULL, NULL);
    bool has_sender;
    AUTO(envelope) envelope = make_envelope(mail, separator, fallback, &has_sender);
    AUTO(report) report = report_read(envelope, mail, letter.spool, &error);
    enum got got = classify(envelope, mail, report, &reason);
    if (error != NULL)
        g_error("%s: %s", path, error->message);
    if (report != NULL) {
        append_recipients(report, recipients);
        g_string_append_printf(about, "id=%s subject=%s references=%u addresses=%u",
                               report->message_id, report->subject, report->references->len,
                               report->addresses->len);
    }
    letter_close(&letter);
    return (struct result){got, has_sender, g_strdup(reason), g_strdup(recipients->str),
                           g_strdup(about->str)};
}

static void show(int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        struct result result = read_file(paths[i], NULL);

        printf("%s\t%s\t%s\t(%s; %s)\n", paths[i], got_names[result.got], result.recipients,
               result.reason == NULL ? "" : result.reason, result.about);
        clear_result(&result);
    }
}

/* How the recipients that were read compare with those that are there. */
struct score {
    unsigned all;
    unsigned addresses;
    unsigned statuses;
    unsigned actions;
};

/* Counts, for each "address status action" that is wanted, what of it was read. */
static bool compare_recipients(const char *want, const char *got, struct score *score)
{
    g_auto(GStrv) wanted = g_strsplit(want, ", ", -1);
    g_auto(GStrv) read = g_strsplit(got, ", ", -1);
    bool is_same = g_strv_length(wanted) == g_strv_length(read);

    for (size_t i = 0; wanted[i] != NULL; i++) {
        g_auto(GStrv) words = g_strsplit(wanted[i], " ", 3);
        bool found = false;

        score->all++;
        for (size_t j = 0; read[j] != NULL && !found; j++) {
            g_auto(GStrv) told = g_strsplit(read[j], " ", 3);

            found = g_strv_length(told) == 3 && strcmp(told[0], words[0]) == 0;
            if (!found)
                continue;
            score->addresses++;
            score->statuses += strcmp(told[1], words[1]) == 0;
            score->actions += strcmp(told[2], words[2]) == 0;
            is_same =
                is_same && g_strv_equal((const char *const *)told, (const char *const *)words);
        }
        is_same = is_same && found;
    }
    return is_same;
}

static size_t find_label(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        if (strcmp(labels[i].name, name) == 0)
            return i;
    }
    g_error("no label %s", name);
}

static void print_miss(const char *path, const char *file, const char *label,
                       const struct result *result)
{
    printf("# miss: %s, %s, is taken for %s (%s)", file, label, got_names[result->got],
           result->reason == NULL ? "nothing special" : result->reason);
    if (!result->has_sender) {
        struct result other = read_file(path, "<>");
        printf("; its sender is not recorded, a null one makes it %s", got_names[other.got]);
        clear_result(&other);
    }
    printf("\n");
}

static void judge(const char *corpus, const char *line, unsigned counts[][GOTS],
                  struct score *score)
{
    g_auto(GStrv) row = g_strsplit(line, "\t", 3);
    g_autofree char *path = g_build_filename(corpus, row[0], NULL);
    size_t label = find_label(row[1]);
    struct result result = read_file(path, NULL);

    counts[label][result.got]++;
    if (!labels[label].right[result.got])
        print_miss(path, row[0], row[1], &result);
    if (row[2] != NULL && !compare_recipients(row[2], result.recipients, score) &&
        labels[label].right[result.got])
        printf("# miss: %s has %s, read was %s\n", row[0], row[2], result.recipients);
    clear_result(&result);
}

static void print_table(unsigned counts[][GOTS])
{
    printf("# %-10s", "is");
    for (size_t got = 0; got < GOTS; got++)
        printf("%10s", got_names[got]);
    printf("   (taken for)\n");
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        printf("# %-10s", labels[i].name);
        for (size_t got = 0; got < GOTS; got++)
            printf("%10u", counts[i][got]);
        printf("\n");
    }
}

static bool report_line(unsigned number, bool is_good, const char *what, unsigned right,
                        unsigned all)
{
    printf("%s %u - %s: %u of %u\n", is_good ? "ok" : "not ok", number, what, right, all);
    return is_good;
}

static bool print_results(unsigned counts[][GOTS], const struct score *score)
{
    unsigned number = 0;
    bool is_good = true;

    printf("1..%zu\n", G_N_ELEMENTS(labels) + 3);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        unsigned all = 0;
        unsigned right = 0;

        for (size_t got = 0; got < GOTS; got++) {
            all += counts[i][got];
            right += labels[i].right[got] ? counts[i][got] : 0;
        }
        is_good &=
            report_line(++number, right >= labels[i].least && all > 0, labels[i].name, right, all);
    }
    is_good &= report_line(++number, score->addresses >= LEAST_ADDRESSES, "addresses",
                           score->addresses, score->all);
    is_good &= report_line(++number, score->statuses >= LEAST_STATUSES, "status codes",
                           score->statuses, score->all);
    is_good &= report_line(++number, score->actions >= LEAST_ACTIONS, "actions", score->actions,
                           score->all);
    return is_good;
}

int main(int argc, char **argv)
{
    unsigned counts[G_N_ELEMENTS(labels)][GOTS] = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    struct score score = {0};

    mail_init();
    if (argc > 2 && strcmp(argv[1], "--show") == 0) {
        show(argc - 2, argv + 2);
        return 0;
    }
    if (argc != 3)
        return 2;
    if (!g_file_get_contents(argv[2], &text, NULL, &error))
        g_error("%s", error->message);
    lines = g_strsplit(text, "\n", -1);
    for (size_t i = 0; lines[i] != NULL; i++) {
        if (lines[i][0] != '\0')
            judge(argv[1], lines[i], counts, &score);
    }
    print_table(counts);
    return print_results(counts, &score) ? 0 : 1;
}
