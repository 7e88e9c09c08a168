/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides where the bytes of a message under way are kept, and nothing else: knows neither mail
 * nor the database. The file has no name from the start, so that whatever ends the program leaves
 * nothing behind. One thread at a time; what the disk refuses is ERROR_TEMPORARY.
 */
#include "milter/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "db/error.h"

/* Apart from the spool, since asking for the sum is no change of the bytes. */
struct sum {
    struct digest *running; /* NULL once value is there */
    uint8_t value[DIGEST_SIZE];
};

struct spool {
    char *folder;
    size_t memory_bytes;
    GByteArray *memory; /* NULL once there is a file */
    int fd;             /* -1 while the bytes are in memory */
    int64_t size;
    bool failed;
    struct sum *sum;
};

struct spool *spool_new(const char *folder, size_t memory_bytes)
{
    struct spool *spool = g_new0(struct spool, 1);

    spool->folder = g_strdup(folder);
    spool->memory_bytes = MIN(memory_bytes, G_MAXINT);
    spool->memory = g_byte_array_new();
    spool->fd = -1;
    spool->sum = g_new0(struct sum, 1);
    spool->sum->running = digest_new();
    return spool;
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->memory != NULL)
        g_byte_array_unref(spool->memory);
    if (spool->fd >= 0)
        close(spool->fd);
    digest_free(spool->sum->running);
    g_free(spool->sum);
    g_free(spool->folder);
    g_free(spool);
}

static void set_error(GError **error, const struct spool *spool, const char *what, int code)
{
    g_set_error(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY, "cannot %s a temporary file in %s: %s",
                what, spool->folder, g_strerror(code));
}

/* A file in folder that no other process can open by name; -1 with errno. */
static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;

    g_autofree char *name = g_build_filename(folder, "spool.XXXXXX", NULL);
    fd = g_mkstemp_full(name, O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        unlink(name);
    return fd;
}

static bool write_all(struct spool *spool, const uint8_t *bytes, size_t size, GError **error)
{
    while (size > 0) {
        ssize_t written = write(spool->fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            set_error(error, spool, "write", errno);
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* Takes the bytes out of memory into a file. */
static bool spill(struct spool *spool, GError **error)
{
    spool->fd = open_nameless(spool->folder);
    if (spool->fd < 0) {
        set_error(error, spool, "make", errno);
        return false;
    }
    if (!write_all(spool, spool->memory->data, spool->memory->len, error))
        return false;
    g_clear_pointer(&spool->memory, g_byte_array_unref);
    return true;
}

static bool keep(struct spool *spool, const void *bytes, size_t size, GError **error)
{
    if (spool->memory != NULL && size <= spool->memory_bytes - spool->memory->len) {
        g_byte_array_append(spool->memory, bytes, (guint)size);
        return true;
    }
    if (spool->memory != NULL && !spill(spool, error))
        return false;
    return write_all(spool, bytes, size, error);
}

bool spool_append(struct spool *spool, const void *bytes, size_t size, GError **error)
{
    if (spool->sum->running == NULL) {
        g_set_error_literal(error, COUNTERFOIL_ERROR, ERROR_BUG,
                            "bytes appended to a message that was taken as complete");
        return false;
    }
    if (spool->failed) {
        g_set_error_literal(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY,
                            "part of this message could not be kept");
        return false;
    }
    if (size == 0)
        return true;
    if (!keep(spool, bytes, size, error)) {
        spool->failed = true;
        return false;
    }
    digest_update(spool->sum->running, bytes, size);
    spool->size += (int64_t)size;
    return true;
}

int64_t spool_size(const struct spool *spool)
{
    return spool->size;
}

void spool_sha256(const struct spool *spool, uint8_t out[DIGEST_SIZE])
{
    struct sum *sum = spool->sum;

    if (sum->running != NULL)
        digest_finish(g_steal_pointer(&sum->running), sum->value);
    memcpy(out, sum->value, DIGEST_SIZE);
}

static gssize read_file(const struct spool *spool, int64_t offset, uint8_t *out, size_t size,
                        GError **error)
{
    size_t count = 0;

    while (count < size) {
        ssize_t got = pread(spool->fd, out + count, size - count, offset + (int64_t)count);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            set_error(error, spool, "read", got < 0 ? errno : EIO);
            return -1;
        }
        count += (size_t)got;
    }
    return (gssize)count;
}

gssize spool_read(const struct spool *spool, int64_t offset, void *out, size_t size, GError **error)
{
    if (spool->failed) {
        g_set_error_literal(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY,
                            "part of this message could not be kept");
        return -1;
    }
    if (offset >= spool->size)
        return 0;
    size = (size_t)MIN((int64_t)MIN(size, G_MAXINT), spool->size - offset);
    if (spool->memory == NULL)
        return read_file(spool, offset, out, size, error);
    memcpy(out, spool->memory->data + offset, size);
    return (gssize)size;
}

const uint8_t *spool_memory(const struct spool *spool)
{
    if (spool->memory == NULL)
        return NULL;
    return spool->size == 0 ? (const uint8_t *)"" : spool->memory->data;
}

int spool_fd(const struct spool *spool)
{
    return spool->fd;
}
