/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/subject: what is written begins as it must, has one valid ID, the ticket's, and is written
 * the same again; the operators' version leads to the customers'. In the input, ! stands for a
 * valid ID, % for half of one, so that they are met at all.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[4] = {1, 2, 3, 4};
static const struct ticketid_site site = {"X", key, sizeof key};

static char *read_input(const uint8_t *data, size_t size)
{
    g_autofree char *other = ticketid_format(&site, 7);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < size && data[i] != 0; i++) {
        if (data[i] == '!')
            g_string_append(text, other);
        else if (data[i] == '%')
            g_string_append_len(text, other, 6);
        else if (data[i] == '~')
            g_string_append(text, other + 6);
        else
            g_string_append_c(text, (char)data[i]);
    }
    return g_string_free(text, FALSE);
}

static int count_valid(const char *text)
{
    int count = 0;
    const char *end;
    int64_t number;

    for (text = strchr(text, '['); text != NULL; text = strchr(text + 1, '['))
        count += ticketid_at(&site, text, &end, &number) == TICKETID_VALID;
    return count;
}

static void check(const char *subject, const char *const *words)
{
    g_autofree char *id = ticketid_format(&site, 1042);
    g_autofree char *once = subject_write(&site, 1042, subject, words);
    g_autofree char *twice = subject_write(&site, 1042, once, words);
    g_autofree char *bare = subject_bare(&site, subject);
    g_autofree char *bare_again = subject_bare(&site, once);
    const char *p = g_str_has_prefix(once, "Re: ") ? once + 4 : once;

    g_assert_cmpstr(once, ==, twice);
    g_assert_cmpstr(bare, ==, bare_again);
    g_assert(g_utf8_validate(once, -1, NULL));
    g_assert(g_str_has_prefix(p, id));
    g_assert(p[strlen(id)] == ' ' && p[strlen(id) + 1] != '\0');
    g_assert_cmpint(count_valid(once), ==, 1);
    g_assert_cmpint(count_valid(bare), ==, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *subject = read_input(data, size);
    const char *const some[] = {subject_words[0], subject_words[6], NULL};
    g_autofree char *plain = subject_write(&site, 1042, subject, NULL);
    g_autofree char *marked = subject_write(&site, 1042, subject, some);
    g_autofree char *unmarked = subject_write(&site, 1042, marked, NULL);

    check(subject, NULL);
    check(subject, some);
    check(subject, subject_words);
    g_assert_cmpstr(plain, ==, unmarked);
    return 0;
}
