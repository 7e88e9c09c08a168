/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ticket ID: how [Example #1042-K7QX2] is made, and how it is found again in what mail
 * clients and people make of it (DESIGN, section 4). Knows neither tickets nor the record: a
 * valid ID may name a ticket that does not exist.
 *
 * What is read is hostile: any bytes, of any length, valid UTF-8 or not; time is linear in it.
 * Pure functions, any thread, no errors.
 *
 * What is forgiven: any case (also of the tag); O and 0, I and L and 1 alike, in the number
 * (which has at least one true digit) and in the check letters; leading zeros; white space
 * (Unicode's too) anywhere between the brackets, or none; text glued to the brackets.
 * What is not: another tag, look-alikes from outside ASCII, a number that is not in 1..INT64_MAX.
 */
#ifndef COUNTERFOIL_MILTER_TICKETID_H
#define COUNTERFOIL_MILTER_TICKETID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What makes an ID this site's own. Borrowed, for as long as it is used. */
struct ticketid_site {
    const char *tag; /* ticketid_is_tag() holds for it */
    const uint8_t *key;
    size_t key_size; /* bytes */
};

#define TICKETID_CHECK_LETTERS 5
#define TICKETID_CHECK_SIZE (TICKETID_CHECK_LETTERS + 1)

enum ticketid_found {
    TICKETID_NONE,  /* nothing that claims to be an ID of this site */
    TICKETID_VALID, /* an ID that this site has given out */
    TICKETID_BAD,   /* this site's tag and a number, but wrong check letters, too few, or none */
};

/* Whether tag can be a site's: ASCII letters, digits, '-', '.', 1 to 24 of them. */
bool ticketid_is_tag(const char *tag);

/* The check letters of a ticket's number, upper case: the first 25 bits of
 * HMAC-SHA-256(key, "ticket:" + number in decimal), in Crockford's base32. number is from 1. */
void ticketid_check(const struct ticketid_site *site, int64_t number,
                    char out[TICKETID_CHECK_SIZE]);

/* As it stands in a Subject: "[Example #1042-K7QX2]". ASCII. Yours. */
char *ticketid_format(const struct ticketid_site *site, int64_t number);

/* As it stands in an address: "1042-k7qx2". Yours. */
char *ticketid_extension(const struct ticketid_site *site, int64_t number);

/*
 * Reads an address extension, any case. NONE unless it has the whole shape, number, '-' and five
 * letters or digits of Crockford's, so that words ("note", "move-sales") are none; BAD when it
 * has and the letters are wrong. *number is what is claimed when VALID or BAD, else untouched.
 */
enum ticketid_found ticketid_parse_extension(const struct ticketid_site *site,
                                             const char *extension, int64_t *number);

/* The first VALID ID of this site in subject (decoded text; may be NULL); if none is valid, the
 * first BAD one. *number is what it claims, untouched when NONE. */
enum ticketid_found ticketid_find(const struct ticketid_site *site, const char *subject,
                                  int64_t *number);

/*
 * Whether an ID of this site begins exactly at text. *end is the byte after its ']', *number what
 * it claims; both untouched when NONE.
 *
 * Who rewrites a Subject takes only the VALID ones for the site's own. A BAD one was given out by
 * nobody: it is a typo, a forgery or a quotation, matches nothing whether it stays or goes, and
 * whoever reads the mail must see what the sender claimed.
 */
enum ticketid_found ticketid_at(const struct ticketid_site *site, const char *text,
                                const char **end, int64_t *number);

#endif
