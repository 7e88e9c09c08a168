/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds where the text speaks of which recipient; the status is what it says from there to the
 * next. Any thread; nothing can fail.
 */
#include "milter/bounce.h"

#include <string.h>

#include "milter/mail.h"
#include "milter/mention.h"

/* So far into the text, phrases are looked for. */
#define PHRASE_TEXT_MAX (8 * 1024)

/* More mentions are not looked at. */
#define MENTIONS_MAX (4 * REPORT_RECIPIENTS_MAX)

/* What some mail servers say in words alone, and where: in lower case, one space between words. */
static const struct {
    const char *phrase;
    enum report_action action;
} phrases[] = {
    {"has been delayed", REPORT_DELAYED},                     /* Google */
    {"has not yet been delivered", REPORT_DELAYED},           /* Exim */
    {"could not send message for past", REPORT_DELAYED},      /* Sendmail */
    {"this is a warning message only", REPORT_DELAYED},       /* Sendmail, Google */
    {"you do not need to resend", REPORT_DELAYED},            /* Postfix and many others */
    {"was not delivered to", REPORT_FAILED},                  /* Domino */
    {"did not reach the following recipient", REPORT_FAILED}, /* Exchange */
    {"had delivery errors", REPORT_FAILED},                   /* OpenMail */
    {"could not be delivered", REPORT_FAILED},
};

/* One recipient that the text may speak of. */
struct place {
    char *address;
    size_t begin;
    bool is_headed; /* a line begins with it, or it stands in a RCPT command */
};

static void clear_place(void *data)
{
    g_free(((struct place *)data)->address);
}

bool bounce_find_phrase(const char *text, size_t size, enum report_action *action)
{
    g_autoptr(GString) plain = g_string_new(NULL);

    for (size_t i = 0; i < MIN(size, PHRASE_TEXT_MAX); i++) {
        if (!g_ascii_isspace(text[i]))
            g_string_append_c(plain, g_ascii_tolower(text[i]));
        else if (plain->len > 0 && plain->str[plain->len - 1] != ' ')
            g_string_append_c(plain, ' ');
    }
    for (size_t i = 0; i < G_N_ELEMENTS(phrases); i++) {
        if (strstr(plain->str, phrases[i].phrase) != NULL) {
            *action = phrases[i].action;
            return true;
        }
    }
    return false;
}

/* Whether nothing but brackets, quotes and bullets stands before it in its line, or a command. */
static bool is_headed(const char *text, size_t begin)
{
    size_t at = begin;

    while (at > 0 && strchr(" \t<\"'*-", text[at - 1]) != NULL && begin - at < 40)
        at--;
    if (at == 0 || text[at - 1] == '\n')
        return true;
    return at >= 8 && g_ascii_strncasecmp(text + at - 8, "rcpt to:", 8) == 0;
}

/* All that the text mentions and that may be a recipient. */
static GArray *find_places(const struct bounce_text *bounce)
{
    GArray *places = g_array_new(false, false, sizeof(struct place));
    struct mention mention = {0};

    g_array_set_clear_func(places, clear_place);
    while (places->len < MENTIONS_MAX &&
           mention_find(bounce->text, bounce->size, mention.end, &mention)) {
        struct place place = {mention.address, mention.begin,
                              is_headed(bounce->text, mention.begin)};

        g_array_append_val(places, place);
    }
    return places;
}

static const struct place *place_at(const GArray *places, guint index)
{
    return &g_array_index(places, struct place, index);
}

/* Whom the report is about, in order: char *, borrowed, into wanted too. */
static void choose(const struct bounce_text *bounce, const GArray *places, GPtrArray *chosen,
                   GHashTable *wanted)
{
    for (guint i = 0; i < bounce->failed->len; i++) {
        const struct mail_address *failed = g_ptr_array_index(bounce->failed, i);

        if (g_hash_table_add(wanted, failed->address))
            g_ptr_array_add(chosen, failed->address);
    }
    /* First those that a line begins with, then any, then even the report's own. */
    for (int round = 0; round < 3 && chosen->len == 0; round++) {
        for (guint i = 0; i < places->len && (round == 0 || chosen->len == 0); i++) {
            const struct place *place = place_at(places, i);
            bool is_other = g_hash_table_contains(bounce->others, place->address);

            if ((round > 0 || place->is_headed) && (round == 2) == is_other &&
                g_hash_table_add(wanted, place->address))
                g_ptr_array_add(chosen, place->address);
        }
    }
}

/* Where in the text each recipient's own part begins: address to place, borrowed. A line that
 * begins with it counts more than one that only mentions it. */
static GHashTable *find_heads(const GArray *places, GHashTable *wanted)
{
    GHashTable *heads = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < places->len; i++) {
        const struct place *place = place_at(places, i);
        const struct place *head = g_hash_table_lookup(heads, place->address);

        if (g_hash_table_contains(wanted, place->address) &&
            (head == NULL || (place->is_headed && !head->is_headed)))
            g_hash_table_insert(heads, place->address, (void *)place);
    }
    return heads;
}

static int by_value(const void *a, const void *b)
{
    size_t first = *(const size_t *)a;
    size_t second = *(const size_t *)b;

    return first < second ? -1 : first > second;
}

/* Where the parts of the text begin, in order, and its end. */
static GArray *find_bounds(GHashTable *heads, size_t size)
{
    GArray *bounds = g_array_new(false, false, sizeof(size_t));
    GHashTableIter iter;
    void *place;

    g_hash_table_iter_init(&iter, heads);
    while (g_hash_table_iter_next(&iter, NULL, &place))
        g_array_append_val(bounds, ((struct place *)place)->begin);
    g_array_append_val(bounds, size);
    g_array_sort(bounds, by_value);
    return bounds;
}

/* The first bound behind begin. */
static size_t next_bound(const GArray *bounds, size_t begin)
{
    guint low = 0;
    guint high = bounds->len - 1;

    while (low < high) {
        guint middle = (low + high) / 2;

        if (g_array_index(bounds, size_t, middle) > begin)
            high = middle;
        else
            low = middle + 1;
    }
    return g_array_index(bounds, size_t, low);
}

void bounce_read(const struct bounce_text *bounce, const char *to, struct report *report)
{
    g_autoptr(GArray) places = find_places(bounce);
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) heads = NULL;
    g_autoptr(GArray) bounds = NULL;
    enum report_action action = REPORT_FAILED;
    char general[STATUSCODE_SIZE];

    bounce_find_phrase(bounce->text, bounce->size, &action);
    choose(bounce, places, chosen, wanted);
    heads = find_heads(places, wanted);
    bounds = find_bounds(heads, bounce->size);
    /* What is said before all of them holds for all; what is said anywhere, for a lone one. */
    statuscode_find(bounce->text, chosen->len > 1 ? g_array_index(bounds, size_t, 0) : bounce->size,
                    general);
    if (chosen->len == 0)
        g_ptr_array_add(chosen, (char *)to);
    for (guint i = 0; i < chosen->len; i++) {
        const char *address = g_ptr_array_index(chosen, i);
        const struct place *head = address == NULL ? NULL : g_hash_table_lookup(heads, address);
        char status[STATUSCODE_SIZE] = "";

        if (head != NULL)
            statuscode_find(bounce->text + head->begin,
                            next_bound(bounds, head->begin) - head->begin, status);
        report_add_recipient(report, g_strdup(address), NULL, action,
                             status[0] == '\0' ? general : status);
    }
}
