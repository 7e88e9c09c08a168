/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes lists of tickets. Decides how they read; which tickets there are, db/worklist.h and
 * db/search.h know. The thread that holds the store.
 */
#include "milter/listing.h"

#include <string.h>

#include "db/error.h"
#include "db/search.h"
#include "db/ticket.h"
#include "db/worklist.h"
#include "milter/age.h"
#include "milter/history.h"
#include "milter/subject.h"

/* A text that is being written. */
struct page {
    const struct listing *listing;
    bool names_departments; /* the operator is in several */
    GString *text;
};

static bool begin(struct page *page, const struct listing *listing, GError **error)
{
    g_autoptr(GPtrArray) departments =
        operator_departments(listing->store, listing->person->id, error);

    if (departments == NULL)
        return false;
    page->listing = listing;
    page->names_departments = departments->len > 1;
    page->text = g_string_new(NULL);
    return true;
}

static void append_state(const struct page *page, const struct ticket *ticket)
{
    g_autofree char *age = age_since(ticket->waiting_since, page->listing->now);
    g_autofree char *closed = history_time(ticket->closed_at);

    if (!ticket->open)
        g_string_append_printf(page->text, "closed %s UTC", closed);
    else if (ticket->waiting_for_us)
        g_string_append(page->text, age);
    else
        g_string_append_printf(page->text, "%s, waits for the customer", age);
}

static void append_ticket(const struct page *page, const struct ticket *ticket)
{
    const struct ticket_department *owner = ticket->departments->pdata[0];
    g_autofree char *id = ticketid_format(page->listing->id, ticket->number);
    g_autofree char *subject = history_plain(ticket->subject);

    g_string_append_printf(page->text, "%s ", id);
    append_state(page, ticket);
    if (page->names_departments)
        g_string_append_printf(page->text, ", %s", owner->name);
    g_string_append_printf(page->text, ", %s\n%s\n\n",
                           ticket->requester != NULL ? ticket->requester : "nobody", subject);
}

static bool append_tickets(const struct page *page, GArray *numbers, guint most, GError **error)
{
    for (guint i = 0; i < MIN(numbers->len, most); i++) {
        AUTO(ticket) ticket = NULL;

        if (!ticket_find(page->listing->store, g_array_index(numbers, int64_t, i), &ticket, error))
            return false;
        if (ticket != NULL)
            append_ticket(page, ticket);
    }
    return true;
}

static bool append_group(const struct page *page, enum worklist which, GError **error)
{
    static const char *const names[] = {
        [WORKLIST_MINE] = "Yours",
        [WORKLIST_NOBODYS] = "Nobody's",
        [WORKLIST_OTHERS] = "Colleagues', waiting for us",
    };
    const struct listing *listing = page->listing;
    int64_t total = 0;
    g_autoptr(GArray) numbers =
        worklist_find(listing->store, which, listing->person->id, LISTING_MAX, &total, error);

    if (numbers == NULL)
        return false;
    g_string_append_printf(page->text, "%s: %" G_GINT64_FORMAT "\n\n", names[which], total);
    if (!append_tickets(page, numbers, LISTING_MAX, error))
        return false;
    if (total > numbers->len)
        g_string_append_printf(page->text, "and %" G_GINT64_FORMAT " more\n\n",
                               total - numbers->len);
    return true;
}

static char *finish(struct page *page, bool done)
{
    return g_string_free(page->text, !done);
}

char *listing_work(const struct listing *listing, GError **error)
{
    struct page page;
    bool done;

    if (!begin(&page, listing, error))
        return NULL;
    done = append_group(&page, WORKLIST_MINE, error) &&
           append_group(&page, WORKLIST_NOBODYS, error) &&
           append_group(&page, WORKLIST_OTHERS, error);
    return finish(&page, done);
}

static void add_word(GPtrArray *words, const char *begin, const char *end)
{
    if (end > begin)
        g_ptr_array_add(words, g_strndup(begin, (gsize)(end - begin)));
}

static void split(GPtrArray *words, const char *text)
{
    const char *begin = text;
    const char *c;

    for (c = text; *c != '\0'; c = g_utf8_next_char(c)) {
        if (!g_unichar_isspace(g_utf8_get_char(c)))
            continue;
        add_word(words, begin, c);
        begin = g_utf8_next_char(c);
    }
    add_word(words, begin, c);
}

char **listing_words(const struct ticketid_site *id, const char *subject, GError **error)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *bare = subject_bare(id, subject);
    size_t size = strlen(bare);
    int64_t number;

    if (ticketid_find(id, subject, &number) == TICKETID_VALID)
        g_ptr_array_add(words, g_strdup_printf("#%" G_GINT64_FORMAT, number));
    if (strcmp(bare, SUBJECT_NONE) != 0 && size <= LISTING_WORDS_SIZE_MAX)
        split(words, bare);
    if (words->len > LISTING_WORDS_MAX || size > LISTING_WORDS_SIZE_MAX) {
        error_set(error, ERROR_REFUSED, "+search takes at most %d words in the Subject",
                  LISTING_WORDS_MAX);
        return NULL;
    }
    if (words->len == 0) {
        error_set(error, ERROR_REFUSED,
                  "+search looks for the words of the Subject, and there are none");
        return NULL;
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

char *listing_found(const struct listing *listing, char **words, GError **error)
{
    g_autoptr(GArray) numbers = search_tickets(listing->store, listing->person->id,
                                               (const char *const *)words, LISTING_MAX + 1, error);
    struct page page;

    if (numbers == NULL || !begin(&page, listing, error))
        return NULL;
    if (numbers->len == 0)
        g_string_append(page.text, "No ticket has all of these words.\n");
    if (!append_tickets(&page, numbers, LISTING_MAX, error))
        return finish(&page, false);
    if (numbers->len > LISTING_MAX)
        g_string_append_printf(page.text, "These are the newest %d; there are more.\n",
                               LISTING_MAX);
    return finish(&page, true);
}
