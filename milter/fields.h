/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields that stand in text: in a delivery report, in a message that was returned. Decides
 * what is a field and where a block of them ends; what they mean is the reader's business. Pure
 * functions; any thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_FIELDS_H
#define COUNTERFOIL_MILTER_FIELDS_H

#include <glib.h>
#include <stddef.h>

/* More fields of one block are not read. */
#define FIELDS_MAX 2000

/* The length of the field name that a line of size bytes begins with, or 0: it is no field. */
size_t fields_name(const char *line, size_t size);

/*
 * The fields that size bytes of text begin with: struct mail_header, the array frees them. Empty
 * lines in front are skipped, the first behind ends the block, lines that are no field are left
 * out. Line ends are "\n". *taken: how many bytes that was, 0 only at the end of text.
 */
GPtrArray *fields_read(const char *text, size_t size, size_t *taken);

/* The value of the first field of that name, any case, or NULL. Borrowed. */
const char *fields_find(const GPtrArray *fields, const char *name);

#endif
