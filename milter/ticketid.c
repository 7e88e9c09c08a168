/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket IDs: making and finding them. One pass over hostile text, nothing kept. Any thread;
 * nothing can fail.
 */
#include "milter/ticketid.h"

#include <glib.h>
#include <string.h>

#include "db/digest.h"
#include "milter/chars.h"

#define TAG_MAX 24

/* What something in the shape of an ID claims. */
struct claim {
    int64_t number;
    bool has_digit; /* not only letters that stand for digits */
    bool is_too_big;
    char check[TICKETID_CHECK_LETTERS]; /* canonical */
    size_t letters;                     /* how many there were, perhaps more than fit */
    bool is_foreign;                    /* one of them is not Crockford's */
};

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The letter of Crockford's base32 that c stands for, or NUL. */
static char canonical(char c)
{
    char upper = g_ascii_toupper(c);

    if (upper == 'O')
        return '0';
    if (upper == 'I' || upper == 'L')
        return '1';
    return upper != '\0' && strchr(crockford, upper) != NULL ? upper : '\0';
}

bool ticketid_is_tag(const char *tag)
{
    size_t size = 0;

    for (; tag[size] != '\0'; size++)
        if (size == TAG_MAX ||
            !(g_ascii_isalnum(tag[size]) || tag[size] == '-' || tag[size] == '.'))
            return false;
    return size > 0;
}

void ticketid_check(const struct ticketid_site *site, int64_t number, char out[TICKETID_CHECK_SIZE])
{
    g_autofree char *text = g_strdup_printf("ticket:%" G_GINT64_FORMAT, number);
    uint8_t mac[DIGEST_SIZE];
    uint32_t bits;

    digest_hmac(site->key, site->key_size, text, strlen(text), mac);
    bits = (uint32_t)mac[0] << 24 | (uint32_t)mac[1] << 16 | (uint32_t)mac[2] << 8 | mac[3];
    for (int i = 0; i < TICKETID_CHECK_LETTERS; i++)
        out[i] = crockford[bits >> (27 - 5 * i) & 31];
    out[TICKETID_CHECK_LETTERS] = '\0';
}

char *ticketid_format(const struct ticketid_site *site, int64_t number)
{
    char check[TICKETID_CHECK_SIZE];

    ticketid_check(site, number, check);
    return g_strdup_printf("[%s #%" G_GINT64_FORMAT "-%s]", site->tag, number, check);
}

char *ticketid_extension(const struct ticketid_site *site, int64_t number)
{
    char check[TICKETID_CHECK_SIZE];
    g_autofree char *upper = NULL;

    ticketid_check(site, number, check);
    upper = g_strdup_printf("%" G_GINT64_FORMAT "-%s", number, check);
    return g_ascii_strdown(upper, -1);
}

static void add_digit(struct claim *claim, int digit)
{
    if (claim->number > (INT64_MAX - digit) / 10)
        claim->is_too_big = true;
    else
        claim->number = claim->number * 10 + digit;
}

static void add_letter(struct claim *claim, char letter)
{
    if (letter == '\0')
        claim->is_foreign = true;
    else if (claim->letters < TICKETID_CHECK_LETTERS)
        claim->check[claim->letters] = letter;
    claim->letters++;
}

static const char *skip(const char *text, bool is_spaced)
{
    return is_spaced ? text + chars_spaces(text) : text;
}

/* Reads a number and, after '-', letters; returns where they end. */
static const char *read_claim(const char *text, bool is_spaced, struct claim *claim)
{
    const char *p = skip(text, is_spaced);

    for (; g_ascii_isdigit(canonical(*p)); p = skip(p + 1, is_spaced)) {
        claim->has_digit = claim->has_digit || g_ascii_isdigit(*p);
        add_digit(claim, canonical(*p) - '0');
    }
    if (*p != '-')
        return p;
    for (p = skip(p + 1, is_spaced); g_ascii_isalnum(*p); p = skip(p + 1, is_spaced))
        add_letter(claim, canonical(*p));
    return p;
}

static bool is_number(const struct claim *claim)
{
    return claim->has_digit && !claim->is_too_big && claim->number > 0;
}

static bool has_all_letters(const struct claim *claim)
{
    return claim->letters == TICKETID_CHECK_LETTERS && !claim->is_foreign;
}

static enum ticketid_found judge(const struct ticketid_site *site, const struct claim *claim)
{
    char check[TICKETID_CHECK_SIZE];

    if (!is_number(claim))
        return TICKETID_NONE;
    if (!has_all_letters(claim))
        return TICKETID_BAD;
    ticketid_check(site, claim->number, check);
    return digest_equal(check, claim->check, TICKETID_CHECK_LETTERS) ? TICKETID_VALID
                                                                     : TICKETID_BAD;
}

enum ticketid_found ticketid_parse_extension(const struct ticketid_site *site,
                                             const char *extension, int64_t *number)
{
    struct claim claim = {0};
    enum ticketid_found found = TICKETID_NONE;

    if (*read_claim(extension, false, &claim) == '\0' && has_all_letters(&claim))
        found = judge(site, &claim);
    if (found != TICKETID_NONE)
        *number = claim.number;
    return found;
}

/* Where the site's tag and '#' end, if they are what stands at text, else NULL. */
static const char *skip_tag(const char *text, const char *tag)
{
    const char *p = text + chars_spaces(text);

    for (; *tag != '\0'; tag++, p += 1 + chars_spaces(p + 1))
        if (g_ascii_tolower(*p) != g_ascii_tolower(*tag))
            return NULL;
    return *p == '#' ? p + 1 : NULL;
}

/* No '[' can stand within an ID, so looking at each '[' of a text reads no byte twice. */
enum ticketid_found ticketid_at(const struct ticketid_site *site, const char *text,
                                const char **end, int64_t *number)
{
    struct claim claim = {0};
    enum ticketid_found found;
    const char *p;

    if (*text != '[' || (p = skip_tag(text + 1, site->tag)) == NULL)
        return TICKETID_NONE;
    p = read_claim(p, true, &claim);
    if (*p != ']')
        return TICKETID_NONE;
    found = judge(site, &claim);
    if (found != TICKETID_NONE) {
        *end = p + 1;
        *number = claim.number;
    }
    return found;
}

enum ticketid_found ticketid_find(const struct ticketid_site *site, const char *subject,
                                  int64_t *number)
{
    enum ticketid_found first = TICKETID_NONE;
    const char *p = subject == NULL ? NULL : strchr(subject, '[');

    for (; p != NULL; p = strchr(p + 1, '[')) {
        const char *end;
        int64_t claimed;
        enum ticketid_found found = ticketid_at(site, p, &end, &claimed);

        if (found == TICKETID_VALID || (found == TICKETID_BAD && first == TICKETID_NONE)) {
            *number = claimed;
            first = found;
        }
        if (found == TICKETID_VALID)
            break;
    }
    return first;
}
