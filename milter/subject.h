/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a Subject is written (DESIGN, section 4): which of the words in front of it are a reply's,
 * which are ours, and where the ticket ID goes. Text in, text out, both decoded UTF-8: how it gets
 * into a header is header_text()'s business, which ticket it is somebody else's.
 *
 * Text is hostile: what is not UTF-8 becomes U+FFFD, any length takes linear time. Pure
 * functions, any thread, no errors.
 *
 * A reply prefix is one that some mail program puts before an answer, in any common language and
 * case, with or without a counter (Re[2]:) and space before the colon, which may be full-width.
 * What a program puts before a forwarded mail (Fwd:, WG:, TR:, RV:, I:) is none. VS: is one (it
 * answers in Finnish, though it forwards in Danish).
 */
#ifndef COUNTERFOIL_MILTER_SUBJECT_H
#define COUNTERFOIL_MILTER_SUBJECT_H

#include <stdint.h>

#include "milter/ticketid.h"

/* What stands for a subject that there is not. */
#define SUBJECT_NONE "(no subject)"

/* The bracketed words that tell an operator something, such as "[note]". NULL ends them. */
extern const char *const subject_words[];

/*
 * The subject with the ticket's ID: `Re: ` if a reply prefix stood among the leading reply
 * prefixes, own IDs and own words; the ID; words; the rest to the letter, or SUBJECT_NONE. One
 * that reads so already comes back the same.
 *
 * Own IDs are the VALID ones of ticketid_at(): all are taken out, wherever they stand, and leave no
 * gap. Own words (subject_words, any case) are taken out of the leading run and from right behind
 * an ID. subject: NULL when there is none. words: NULL-terminated, of subject_words; NULL when
 * none are to stand there (what goes to customers). Yours.
 */
char *subject_write(const struct ticketid_site *site, int64_t number, const char *subject,
                    const char *const *words);

/* The subject as lists show it: without reply prefixes in front, own IDs, own words and outer
 * white space; SUBJECT_NONE when nothing is left, or subject is NULL. Yours. */
char *subject_bare(const struct ticketid_site *site, const char *subject);

#endif
