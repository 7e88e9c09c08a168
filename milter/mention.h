/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that are mentioned in text that a machine wrote: in brackets or without, glued to
 * punctuation. Only plain ASCII ones: in text nobody can tell where others begin. Pure functions;
 * any thread; no errors; linear in time.
 */
#ifndef COUNTERFOIL_MILTER_MENTION_H
#define COUNTERFOIL_MILTER_MENTION_H

#include <stdbool.h>
#include <stddef.h>

/* One mention: the address in normal form, and where it stands. */
struct mention {
    char *address; /* yours */
    size_t begin;
    size_t end; /* behind its last byte */
};

/* Finds the first mention at or behind from in size bytes of valid UTF-8. False: there is none, and
 * nothing is to be freed. */
bool mention_find(const char *text, size_t size, size_t from, struct mention *mention);

#endif
