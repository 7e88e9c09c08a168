/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One pass; the only thing to remember is a CR at the end of what was seen. Any thread.
 */
#include "milter/crlf.h"

#define LONE_CR ' '

size_t crlf_convert(struct crlf *crlf, const void *in, size_t size, void *out)
{
    const char *from = in;
    char *to = out;

    for (const char *end = from + size; from < end; from++) {
        if (crlf->has_cr && *from != '\n')
            *to++ = LONE_CR;
        crlf->has_cr = *from == '\r';
        if (*from == '\n')
            *to++ = '\r';
        if (*from != '\r')
            *to++ = *from;
    }
    return (size_t)(to - (char *)out);
}

size_t crlf_end(struct crlf *crlf, void *out)
{
    bool has_cr = crlf->has_cr;

    crlf->has_cr = false;
    if (has_cr)
        *(char *)out = LONE_CR;
    return has_cr ? 1 : 0;
}
