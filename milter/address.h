/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mail addresses as envelopes and configuration have them: one normal form for all spellings of
 * a mailbox, so that addresses are compared as strings. Knows no header (lists, display names and
 * groups are the parser's), no department, and no MTA but for how Postfix cuts an extension off.
 *
 * The normal form is `local@domain`, in lower case (Unicode's, but nothing from outside ASCII
 * becomes ASCII), the local part in quotes only if it can't do without, no final dot. It has no
 * controls. It is valid UTF-8 if what it was made from is.
 *
 * What comes in is hostile; time is linear. Pure functions, any thread, no errors.
 */
#ifndef COUNTERFOIL_MILTER_ADDRESS_H
#define COUNTERFOIL_MILTER_ADDRESS_H

#include <stdbool.h>

/* The longest normal form, and the longest local part in it, in bytes (RFC 5321 has 254 and 64;
 * the wild has more). */
#define ADDRESS_MAX 512
#define ADDRESS_LOCAL_MAX 256

/*
 * The normal form of an address (RFC 5321, section 4.1.2; RFC 5322, section 3.4.1, old forms
 * too): angle brackets, source route, comments, white space around these and around '.' and '@',
 * needless quotes and one final dot are left out. Dots that no RFC allows (`a..b@`, `a.@`: there
 * are such mailboxes) put the local part in quotes. A domain may be a literal, `[192.0.2.1]`.
 * NULL if it is no such address: no '@', an empty local part, domain or label, white space
 * between words, something behind it, a control, too long; `<>` too. Yours.
 */
char *address_normalise(const char *address);

/* All that follows takes addresses in normal form, and is total for anything else. */

/* The local part, without quotes: `kim smith` of `"kim smith"@example.net`. Yours. */
char *address_local(const char *normal);

/* The domain, borrowed from normal; "" if there is no '@'. */
const char *address_domain(const char *normal);

/*
 * Cuts an extension off, at the first character of the local part that is one of delimiters
 * (ASCII; NULL or "": none), as Postfix does. As there, an address whose local part begins with
 * one has no extension, nor have postmaster, mailer-daemon and double-bounce, nor, when '-' is
 * one, owner-* and *-request. True: *base is the address without delimiter and extension,
 * *extension what followed, perhaps "". False: *base is a copy, *extension NULL. All yours.
 */
bool address_cut(const char *normal, const char *delimiters, char **base, char **extension);

/* The address with delimiter and extension behind its local part; extension is ours, without
 * controls. Yours. */
char *address_extend(const char *normal, char delimiter, const char *extension);

bool address_is_ascii(const char *normal);

/* As it can stand in a display name without looking like an address: `kim at example.net`.
 * Yours. */
char *address_spelled(const char *normal);

bool address_same_domain(const char *a, const char *b);

#endif
