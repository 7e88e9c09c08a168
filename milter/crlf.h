/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Line ends as SMTP has them: CR and LF never stand alone (RFC 5321, section 2.3.8). What a mail
 * has of them alone is sent so that no server takes for the end of a line, or of the mail, what
 * another does not: LF as CRLF, which is what every server makes of it, and CR as a space. All
 * other bytes stay. Pure but for the caller's state; any thread.
 */
#ifndef COUNTERFOIL_MILTER_CRLF_H
#define COUNTERFOIL_MILTER_CRLF_H

#include <stdbool.h>
#include <stddef.h>

/* Between two calls; all zero at the beginning. */
struct crlf {
    bool has_cr; /* whether it stands alone, the next byte tells */
};

/* The most bytes that size bytes become. */
#define CRLF_MAX(size) (2 * (size) + 1)

/* Writes what the next size bytes become to out, which has room for CRLF_MAX(size); how many those
 * are. */
size_t crlf_convert(struct crlf *crlf, const void *in, size_t size, void *out);

/* The same for the end: no more than one byte. */
size_t crlf_end(struct crlf *crlf, void *out);

#endif
