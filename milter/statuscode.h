/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The numbers by which mail servers say what became of a message: enhanced status codes such as
 * 5.1.1 (RFC 3463), and the reply codes of SMTP such as 550 (RFC 5321, 4.2). Finds them in text
 * of any kind, and tells them from addresses, versions and times by what stands around them.
 * Hand-written scanners, one pass; pure functions, any thread, no errors.
 */
#ifndef COUNTERFOIL_MILTER_STATUSCODE_H
#define COUNTERFOIL_MILTER_STATUSCODE_H

#include <stddef.h>

/* "5.999.999" and its NUL. */
#define STATUSCODE_SIZE 10

/*
 * What size bytes of text say of a failure. out: the first enhanced status code of class 4 or 5
 * that says more than x.0.0; else the first x.0.0; else x.0.0 of the first reply code 4xx or 5xx;
 * else "". Lines may have any ends.
 */
void statuscode_find(const char *text, size_t size, char out[STATUSCODE_SIZE]);

/* The value of a Status field (RFC 3464, 2.3.4), whatever its class and whatever follows it; ""
 * when it does not begin with a code. */
void statuscode_read(const char *value, char out[STATUSCODE_SIZE]);

#endif
