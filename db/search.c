/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads tickets and compares, one after the other: SQLite folds no letters outside ASCII. No word
 * gets into SQL. The thread that holds the store.
 */
#include "db/search.h"

#include <string.h>

#include "db/stmt.h"

static const char *const statements[] = {
    "SELECT number, subject, requester, requester_name, "
    "(SELECT group_concat(address || ' ' || coalesce(name, ''), ' ') FROM correspondent "
    "WHERE correspondent.ticket = ticket.number) FROM ticket "
    "WHERE number > (SELECT max(number) FROM ticket) - :look_at "
    "AND EXISTS (SELECT 1 FROM membership WHERE operator_id = :operator AND left_at IS NULL "
    "AND (membership.department_id = ticket.department_id OR membership.department_id IN "
    "(SELECT further.department_id FROM ticket_department AS further "
    "WHERE further.ticket = ticket.number))) AND NOT EXISTS (SELECT 1 FROM operator_address "
    "WHERE operator_id = :operator AND address = ticket.requester) ORDER BY number DESC",
};

const struct stmt_table search_sql = {STMT_SEARCH, G_N_ELEMENTS(statements), statements};

struct word {
    char *text;     /* folded; NULL: a number alone */
    int64_t number; /* 0: none */
};

/* One form for all spellings of a letter, large and small. */
static char *fold(const char *text)
{
    g_autofree char *composed = NULL;

    if (g_str_is_ascii(text))
        return g_ascii_strdown(text, -1);
    composed = g_utf8_normalize(text, -1, G_NORMALIZE_ALL_COMPOSE);
    return composed != NULL ? g_utf8_casefold(composed, -1) : g_ascii_strdown(text, -1);
}

/* 0: it is none. */
static int64_t read_number(const char *digits)
{
    size_t size = strspn(digits, "0123456789");

    return size > 0 && size <= 18 && digits[size] == '\0' ? g_ascii_strtoll(digits, NULL, 10) : 0;
}

static void clear_word(gpointer data)
{
    g_free(((struct word *)data)->text);
}

static GArray *read_words(const char *const *words)
{
    GArray *array = g_array_new(FALSE, TRUE, sizeof(struct word));

    g_array_set_clear_func(array, clear_word);
    for (guint i = 0; words[i] != NULL; i++) {
        bool is_marked = words[i][0] == '#';
        struct word *word;

        g_array_set_size(array, i + 1);
        word = &g_array_index(array, struct word, i);
        word->number = read_number(words[i] + is_marked);
        if (!is_marked || word->number == 0)
            word->text = fold(words[i]);
    }
    return array;
}

static bool has_all(GArray *words, int64_t number, const char *text)
{
    for (guint i = 0; i < words->len; i++) {
        const struct word *word = &g_array_index(words, struct word, i);

        if (word->number != number && (word->text == NULL || strstr(text, word->text) == NULL))
            return false;
    }
    return true;
}

static bool fits(struct stmt *row, GArray *words)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *folded = NULL;

    for (int column = 1; column <= 4; column++) {
        const char *part = stmt_text(row, column);

        g_string_append_printf(text, "%s\n", part != NULL ? part : "");
    }
    folded = fold(text->str);
    return has_all(words, stmt_int(row, 0), folded);
}

GArray *search_tickets(struct store *store, int64_t operator_id, const char *const *words,
                       int64_t most, GError **error)
{
    AUTO(stmt) query = stmt_use(store, &search_sql, 0);
    g_autoptr(GArray) wanted = read_words(words);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    bool row = true;

    stmt_bind_int(query, ":operator", operator_id);
    stmt_bind_int(query, ":look_at", SEARCH_TICKETS_MAX);
    while (row && (int64_t)numbers->len < most) {
        int64_t number;

        if (!stmt_step(query, &row, error))
            return NULL;
        number = row ? stmt_int(query, 0) : 0;
        if (row && fits(query, wanted))
            g_array_append_val(numbers, number);
    }
    return g_steal_pointer(&numbers);
}
