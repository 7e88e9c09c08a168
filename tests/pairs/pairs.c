/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who gets what: all pairs of who wrote, what is in the envelope and whose ticket it is, held
 * against every rule.
 *
 * usage: pairs [--table | --all] [--every N] FOLDER   FOLDER has conf and seed.sql
 *   --table    each pair plainly, and print for each what comes of it
 *   --all      each pair in every manner and again: takes minutes
 *   --every N  only one pair of N
 * Prints TAP, a test for each rule, and as diagnostics how often what came of whose mail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/pairs/rules.h"
#include "tests/pairs/walk.h"

/* So many outcomes that break one rule are told in full. */
#define TOLD_MAX 3

static const struct rule *const all_rules[] = {
    rules_of_readers, rules_of_letters,   rules_of_tickets, rules_of_verdicts,
    rules_of_notices, rules_of_handovers, rules_of_replies};

struct score {
    const struct rule *rule;
    unsigned asked;
    unsigned broken;
    GString *told;
};

/* What came of one writer's mail. */
struct account {
    GHashTable *counts; /* outcome -> how many */
    GHashTable *blocks; /* outcomes of all tickets, as text -> GPtrArray of sendings */
    GPtrArray *order;   /* the blocks' texts, in order; borrowed */
};

struct book {
    struct score *scores;
    unsigned rules;
    unsigned decisions;
    struct account *accounts; /* one for each writer */
    struct scene current;     /* the one entered last */
    GPtrArray *lines;         /* char *: outcomes of the page, in order */
    GHashTable *tickets;      /* outcome -> GString, whose tickets */
    bool keeps_table;
};

static void open_scores(struct book *book)
{
    GArray *scores = g_array_new(FALSE, TRUE, sizeof(struct score));

    for (size_t i = 0; i < G_N_ELEMENTS(all_rules); i++)
        for (const struct rule *rule = all_rules[i]; rule->name != NULL; rule++) {
            struct score score = {rule, 0, 0, g_string_new(NULL)};

            g_array_append_val(scores, score);
        }
    book->rules = scores->len;
    book->scores = (struct score *)g_array_free(scores, FALSE);
}

/* Each line a diagnostic. */
static void append_lines(GString *out, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        if (**line != '\0')
            g_string_append_printf(out, "#     %s\n", *line);
}

static void tell(GString *out, const struct outcome *outcome, const char *why)
{
    static const char *const turns[] = {
        [TURN_FIRST] = "",
        [TURN_AGAIN] = ", again",
        [TURN_LEG] = ", another leg",
        [TURN_BACK] = ", as it left",
        [TURN_COPY] = ", as the courier brought it",
        [TURN_FORGED] = ", forged",
    };
    const struct scene *scene = &outcome->scene;
    g_autofree char *printed = decision_print(outcome->decision);

    g_string_append_printf(out, "# %s × %s × %s × %s%s: %s\n", scene->writer->name,
                           scene->sending->name, scene->whose->name, scene->manner->name,
                           turns[outcome->turn], why);
    append_lines(out, printed);
}

static void judge(struct book *book, const struct outcome *outcome)
{
    g_autoptr(GString) why = g_string_new(NULL);

    for (unsigned i = 0; i < book->rules; i++) {
        struct score *score = &book->scores[i];
        enum finding finding = score->rule->look(outcome, g_string_truncate(why, 0));

        score->asked += finding != FINDING_NONE;
        if (finding == FINDING_BROKEN && score->broken++ < TOLD_MAX)
            tell(score->told, outcome, why->str);
    }
}

/* The sending is done with: sendings of which the same comes stand together. */
static void turn_page(struct book *book)
{
    g_autoptr(GString) block = g_string_new(NULL);
    struct account *account;
    GPtrArray *sendings;

    if (book->current.writer == NULL)
        return;
    account = &book->accounts[book->current.writer - scene_writers];
    for (guint i = 0; i < book->lines->len; i++) {
        const char *outcome = book->lines->pdata[i];
        const GString *tickets = g_hash_table_lookup(book->tickets, outcome);

        g_string_append_printf(block, "%s\n    %s\n", outcome, tickets->str);
    }
    g_ptr_array_set_size(book->lines, 0);
    g_hash_table_remove_all(book->tickets);
    sendings = g_hash_table_lookup(account->blocks, block->str);
    if (sendings == NULL) {
        char *text = g_strdup(block->str);

        sendings = g_ptr_array_new();
        g_hash_table_insert(account->blocks, text, sendings);
        g_ptr_array_add(account->order, text);
    }
    g_ptr_array_add(sendings, (gpointer)book->current.sending->name);
}

static void enter(struct book *book, const struct outcome *outcome, const char *description)
{
    GString *tickets;

    if (book->current.writer != outcome->scene.writer ||
        book->current.sending != outcome->scene.sending)
        turn_page(book);
    book->current = outcome->scene;
    tickets = g_hash_table_lookup(book->tickets, description);
    if (tickets == NULL) {
        char *line = g_strdup(description);

        tickets = g_string_new(NULL);
        g_hash_table_insert(book->tickets, line, tickets);
        g_ptr_array_add(book->lines, line);
    }
    g_string_append_printf(tickets, "%s%s", tickets->len > 0 ? "; " : "",
                           outcome->scene.whose->name);
}

static void look(const struct outcome *outcome, void *data)
{
    struct book *book = data;
    GHashTable *counts;
    char *description;

    book->decisions++;
    judge(book, outcome);
    if (outcome->turn != TURN_FIRST)
        return;
    description = outcome_describe(outcome);
    if (book->keeps_table)
        enter(book, outcome, description);
    counts = book->accounts[outcome->scene.writer - scene_writers].counts;
    g_hash_table_insert(
        counts, description,
        GINT_TO_POINTER(GPOINTER_TO_INT(g_hash_table_lookup(counts, description)) + 1));
}

static int count_of(GHashTable *counts, const void *outcome)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(counts, outcome));
}

static gint by_count(gconstpointer a, gconstpointer b, gpointer counts)
{
    const char *one = *(const char *const *)a;
    const char *other = *(const char *const *)b;
    int difference = count_of(counts, other) - count_of(counts, one);

    return difference != 0 ? difference : strcmp(one, other);
}

static void print_counts(const struct account *account)
{
    guint n;
    g_autofree gpointer *outcomes = g_hash_table_get_keys_as_array(account->counts, &n);

    g_qsort_with_data(outcomes, (gint)n, sizeof *outcomes, by_count, account->counts);
    for (guint i = 0; i < n; i++)
        printf("# %7d  %s\n", count_of(account->counts, outcomes[i]), (const char *)outcomes[i]);
}

static void print_table(const struct account *account)
{
    for (guint i = 0; i < account->order->len; i++) {
        const char *block = account->order->pdata[i];
        GPtrArray *sendings = g_hash_table_lookup(account->blocks, block);
        g_autoptr(GString) text = g_string_new(NULL);

        printf("#   to: %s", (const char *)sendings->pdata[0]);
        for (guint j = 1; j < sendings->len; j++)
            printf("; %s", (const char *)sendings->pdata[j]);
        append_lines(text, block);
        printf("\n%s", text->str);
    }
}

static void print_accounts(const struct book *book)
{
    for (unsigned i = 0; i < scene_writer_count; i++) {
        printf("# %s\n", scene_writers[i].name);
        if (book->keeps_table)
            print_table(&book->accounts[i]);
        else
            print_counts(&book->accounts[i]);
    }
    printf("# %u decisions\n", book->decisions);
}

/* A rule that nothing was held against is no test. */
static unsigned print_scores(const struct book *book)
{
    unsigned failed = 0;

    printf("1..%u\n", book->rules);
    for (unsigned i = 0; i < book->rules; i++) {
        const struct score *score = &book->scores[i];
        bool passed = score->broken == 0 && score->asked > 0;

        fputs(score->told->str, stdout);
        printf("%s %u - %s\n", passed ? "ok" : "not ok", i + 1, score->rule->name);
        printf("# held against %u, broken by %u\n", score->asked, score->broken);
        failed += !passed;
    }
    return failed;
}

static void free_array(gpointer data)
{
    g_ptr_array_unref(data);
}

static void free_string(gpointer data)
{
    g_string_free(data, TRUE);
}

static void open_book(struct book *book)
{
    open_scores(book);
    book->accounts = g_new0(struct account, scene_writer_count);
    book->lines = g_ptr_array_new();
    book->tickets = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_string);
    for (unsigned i = 0; i < scene_writer_count; i++) {
        struct account *account = &book->accounts[i];

        account->counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        account->blocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
        account->order = g_ptr_array_new();
    }
}

static void close_book(struct book *book)
{
    for (unsigned i = 0; i < book->rules; i++)
        g_string_free(book->scores[i].told, TRUE);
    g_free(book->scores);
    for (unsigned i = 0; i < scene_writer_count; i++) {
        g_hash_table_unref(book->accounts[i].counts);
        g_hash_table_unref(book->accounts[i].blocks);
        g_ptr_array_unref(book->accounts[i].order);
    }
    g_free(book->accounts);
    g_ptr_array_unref(book->lines);
    g_hash_table_unref(book->tickets);
}

static unsigned walk(const char *folder, enum walk_how how, unsigned every)
{
    g_autofree char *conf = g_build_filename(folder, "conf", NULL);
    g_autofree char *seed = g_build_filename(folder, "seed.sql", NULL);
    struct book book = {.keeps_table = how == WALK_PLAIN};
    struct bench bench;
    unsigned failed;

    mail_init();
    bench_open(&bench, conf);
    bench_seed(&bench, seed);
    open_book(&book);
    walk_pairs(&bench, how, every, look, &book);
    turn_page(&book);
    print_accounts(&book);
    failed = print_scores(&book);
    close_book(&book);
    bench_close(&bench);
    return failed;
}

int main(int argc, char **argv)
{
    enum walk_how how = WALK_BRIEF;
    int every = 1;
    int i = 1;

    for (; i < argc - 1; i++)
        if (strcmp(argv[i], "--table") == 0)
            how = WALK_PLAIN;
        else if (strcmp(argv[i], "--all") == 0)
            how = WALK_ALL;
        else if (strcmp(argv[i], "--every") == 0 && i + 1 < argc - 1)
            every = atoi(argv[++i]);
        else
            every = 0;
    if (i != argc - 1 || every < 1) {
        fputs("usage: pairs [--table | --all] [--every N] FOLDER\n", stderr);
        return 2;
    }
    return walk(argv[i], how, (unsigned)every) > 0;
}
