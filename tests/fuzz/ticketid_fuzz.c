/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/ticketid: whatever the text, what is found is in range, an ID put behind it is found, and
 * an ID spelled in any forgiven way is valid.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/ticketid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[4] = {1, 2, 3, 4};
static const struct ticketid_site site = {"X-1.o", key, sizeof key};

/* The next of the input's bytes, 0 when there are none left. */
static uint8_t next(const uint8_t **data, size_t *size)
{
    if (*size == 0)
        return 0;
    (*size)--;
    return *(*data)++;
}

static void append_spelled(GString *out, char c, uint8_t how)
{
    static const char *const spaces[] = {" ", "\n ", "\t", "\xc2\xa0", "\xe3\x80\x80", "   "};

    if ((how & 7) < G_N_ELEMENTS(spaces) && (how & 8) != 0)
        g_string_append(out, spaces[how & 7]);
    c = (how & 16) != 0 ? g_ascii_tolower(c) : g_ascii_toupper(c);
    g_string_append_c(out, c);
}

/* The same, where look-alikes are forgiven. */
static void append_digit(GString *out, char c, uint8_t how)
{
    static const char ones[] = "1iIlL";

    if (c == '0' && (how & 32) != 0)
        c = 'O';
    else if (c == '1')
        c = ones[(how >> 5) % 5];
    append_spelled(out, c, how);
}

static void check_spelled(const uint8_t *data, size_t size)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *id = NULL;
    uint64_t bits = 0;
    int64_t number;
    int64_t have = -1;
    bool is_number = false;

    for (int i = 0; i < 8; i++)
        bits = bits << 8 | next(&data, &size);
    number = (int64_t)(bits >> (1 + next(&data, &size) % 60));
    number = MAX(number, 1);
    id = ticketid_format(&site, number);
    for (const char *p = id; *p != '\0'; p++) {
        if (*p == ' ')
            continue;
        if (p[-(p > id)] == '#') {
            is_number = true;
            g_string_append(text, "0"); /* the true digit that there must be */
        }
        if (*p == '[')
            g_string_append_c(text, '[');
        else if (is_number)
            append_digit(text, *p, next(&data, &size));
        else
            append_spelled(text, *p, next(&data, &size));
    }
    g_assert(ticketid_find(&site, text->str, &have) == TICKETID_VALID && have == number);
}

static void check_text(const char *text)
{
    g_autofree char *own = ticketid_format(&site, 1042);
    g_autofree char *behind = g_strconcat(text, own, NULL);
    g_autofree char *id = NULL;
    g_autofree char *extension = NULL;
    int64_t number = -1;
    enum ticketid_found found = ticketid_find(&site, text, &number);

    g_assert((found == TICKETID_NONE) == (number == -1));
    g_assert(found == TICKETID_NONE || number >= 1);
    if (found == TICKETID_VALID) {
        int64_t again = -1;

        id = ticketid_format(&site, number);
        g_assert(ticketid_find(&site, id, &again) == TICKETID_VALID && again == number);
    } else {
        g_assert(ticketid_find(&site, behind, &number) == TICKETID_VALID && number == 1042);
    }
    number = -1;
    found = ticketid_parse_extension(&site, text, &number);
    g_assert((found == TICKETID_NONE) == (number == -1));
    if (found == TICKETID_VALID) {
        int64_t again = -1;

        extension = ticketid_extension(&site, number);
        g_assert(ticketid_parse_extension(&site, extension, &again) == TICKETID_VALID);
        g_assert(again == number);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_text(text);
    check_spelled(data, size);
    g_assert(ticketid_is_tag(text) == (strlen(text) >= 1 && strlen(text) <= 24 &&
                                       strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    "0123456789-.") == strlen(text)));
    return 0;
}
