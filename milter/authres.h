/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads what a mail server's verifier wrote about a message: one value of Authentication-Results
 * (RFC 8601). Decides whose field it is and whether it proves the domain in From; which field of a
 * message counts, and what the proof is good for, is others' business.
 *
 * A value is what its white space and semicolons part, to the letter: a comment or a quoted string
 * that touches it is part of it. A signer's d=example.com(.evil.example), which some verifiers
 * copy as it stands, is not example.com.
 *
 * Pure functions; any thread; no errors; one pass over a value of any length and content.
 */
#ifndef COUNTERFOIL_MILTER_AUTHRES_H
#define COUNTERFOIL_MILTER_AUTHRES_H

#include <stdbool.h>

#define AUTHRES_HEADER "Authentication-Results"

/* Whether the field is authserv_id's: its first value, whole, with or without quotes, is that name
 * in any case of letters (RFC 8601, 2.2). Who can't read further than that, still knows it. */
bool authres_is_of(const char *value, const char *authserv_id);

/*
 * What in the field proves that a message with this domain in From (normal form) comes from there:
 * "dmarc", for dmarc=pass with that header.from; or "dkim", for dkim=pass with that header.d; or
 * NULL. One result of several is enough, but dmarc=fail beside it is proof of nothing, nor is a
 * result that names two domains or has words in it that are no properties.
 *
 * The domains must be equal. A signature of the domain above would do for DMARC, but only where
 * that one belongs to the same people: which the list of public suffixes says, and nothing else
 * (d=example.com for sub.example.com; d=co.uk for example.co.uk). Whoever needs it has a verifier
 * that writes dmarc=pass. A domain outside ASCII is equal only as it was written.
 */
const char *authres_prove(const char *value, const char *domain);

/*
 * What in the field says that From is forged: "dmarc=fail"; or "spf=fail", where neither dkim=pass
 * nor dmarc=pass stands beside it; or NULL. Of whatever domain: nothing is gained by it that could
 * be worth a lie. hardfail is fail, as RFC 5451 called it; softfail is none: a domain that says so
 * does not know all its servers (RFC 7208, 8.5).
 */
const char *authres_disprove(const char *value);

#endif
