/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edit distance with swaps (optimal string alignment) over short names. The work is bounded by
 * LENGTH_MAX squared for each name, whatever comes in. Any thread.
 */
#include "milter/nearest.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define LENGTH_MAX 64

static bool same(char a, char b)
{
    return g_ascii_tolower(a) == g_ascii_tolower(b);
}

/* Both at most LENGTH_MAX long. Three rows of the usual table are alive at a time. */
static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LENGTH_MAX + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0 : 1);
            row[j] = MIN(MIN(last[j], row[j - 1]) + 1, changed);
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        size_t *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

const char *nearest_name(const char *wrong, const char *const *names)
{
    const char *nearest = NULL;
    size_t smallest = LENGTH_MAX;
    size_t length = strnlen(wrong, LENGTH_MAX + 1);

    if (length > LENGTH_MAX)
        return NULL;
    for (; *names != NULL; names++) {
        size_t name_length = strnlen(*names, LENGTH_MAX + 1);
        if (name_length > LENGTH_MAX)
            continue;
        size_t steps = distance(wrong, length, *names, name_length);
        if (steps < smallest && steps <= MAX(length, name_length) / 3) {
            smallest = steps;
            nearest = *names;
        }
    }
    return nearest;
}
