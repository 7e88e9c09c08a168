/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one place through which text gets into a header, and out of one: encoding, quoting, folding
 * (RFC 5322, RFC 2047). Nothing that comes in here, whoever wrote it, can begin a header of its
 * own. Knows no message and no MTA.
 *
 * Values for the wire are as a filter gives them to the MTA: with their leading space, folds as
 * "\n " (RFC 5322's CRLF is the MTA's business), lines of at most 78 bytes where that can be
 * done, and always of less than 998. Linear in time; pure functions, any thread, no errors.
 */
#ifndef COUNTERFOIL_MILTER_HEADER_H
#define COUNTERFOIL_MILTER_HEADER_H

#include <glib.h>
#include <stdbool.h>

/* The longest display name that is written, in characters; more is cut off. */
#define HEADER_NAME_MAX 200

/* The most bytes of a text, and of a list of mailboxes, that are written; more is cut off.
 * libmilter hands the MTA no value of 64 KiB or more, encoded as it is then. */
#define HEADER_TEXT_MAX (16 * 1024)
#define HEADER_LIST_MAX (48 * 1024)

/*
 * Unstructured text (a Subject) as the value of the header field called name, whose length counts
 * for the first line. header_decode() of it is utf8 to the letter, but for what can't stand in a
 * header: tabs and line breaks become spaces, other controls are lost, bytes that are not UTF-8
 * become U+FFFD; and what is beyond HEADER_TEXT_MAX. ASCII words in front ("Re: [Example
 * #1042-K7QX2]") stay as they are; encoded is from the first word that needs it to the last. Yours.
 */
char *header_text(const char *name, const char *utf8);

/*
 * A person: `"Kim Customer via Example Support" <support@example.com>`, quoted or encoded as
 * needed, on one line, however long. name: display name in UTF-8; NULL or blank gives the bare
 * address. Controls and what turns the direction of text around are taken out of it, so that it
 * can't reorder what we write behind it. address: in normal form (address_normalise). Yours.
 */
char *header_mailbox(const char *name, const char *address);

/* mailboxes (char *, each from header_mailbox) as the value of the header field called name,
 * folded behind commas, and within a mailbox only if it fills more than a line; without those from
 * the first on that no longer fits into HEADER_LIST_MAX. Yours. */
char *header_mailboxes(const char *name, GPtrArray *mailboxes);

/* How many Message-IDs a list that is written has, at most, and how long each may be, in bytes. */
#define HEADER_IDS_MAX 12
#define HEADER_ID_MAX 250

/*
 * ids (char *, without angle brackets, the newest last) as the value of In-Reply-To or References,
 * one a line. Of more than HEADER_IDS_MAX the first and the last ones; without those that are not
 * printable ASCII, or too long. NULL when none is left. Yours.
 */
char *header_ids(GPtrArray *ids);

/* Whether value can be given to an MTA: no CR, and each LF followed by a space or a tab. */
bool header_is_safe(const char *value);

/*
 * What the value of a header says, from its raw form as the MTA shows it: unfolded, without the
 * white space around it, encoded words decoded; raw bytes that are not UTF-8 are read as
 * Windows-1252; each control becomes a space. Valid UTF-8. Yours.
 */
char *header_decode(const char *raw);

#endif
