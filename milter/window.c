/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sliding buffer over a spool. Decides how much is read at once, and nothing else. One thread
 * at a time; errors are the spool's.
 */
#include "milter/window.h"

#include <string.h>

#define BUFFER_BYTES (2 * WINDOW_MIN)

struct window *window_new(const struct spool *spool, int64_t begin, GError **error)
{
    AUTO(window) window = g_new0(struct window, 1);
    const uint8_t *memory = spool_memory(spool);

    window->spool = spool;
    if (memory != NULL) {
        window->bytes = memory + begin;
        window->size = (size_t)(spool_size(spool) - begin);
        window->is_last = true;
        return g_steal_pointer(&window);
    }
    window->buffer = g_malloc(BUFFER_BYTES);
    window->bytes = window->buffer;
    window->end = begin;
    if (!window_advance(window, 0, error))
        return NULL;
    return g_steal_pointer(&window);
}

void window_free(struct window *window)
{
    if (window == NULL)
        return;
    g_free(window->buffer);
    g_free(window);
}

bool window_advance(struct window *window, size_t taken, GError **error)
{
    window->size -= taken;
    if (window->is_last) {
        window->bytes += taken;
        return true;
    }
    memmove(window->buffer, window->buffer + taken, window->size);
    gssize count = spool_read(window->spool, window->end, window->buffer + window->size,
                              BUFFER_BYTES - window->size, error);
    if (count < 0)
        return false;
    window->size += (size_t)count;
    window->end += count;
    window->is_last = window->end == spool_size(window->spool);
    return true;
}
