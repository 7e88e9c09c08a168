/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key's file. Knows nothing of what the key is for, but how to tell it from another. Any
 * thread; a key that can't be read or is open to strangers is no key.
 */
#include "db/key.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/error.h"

static bool fail(GError **error, enum error_code code, const char *path, const char *why)
{
    g_set_error(error, COUNTERFOIL_ERROR, code, "key file %s: %s", path, why);
    return false;
}

/* A new file is on disk when its folder is. */
static int sync_folder(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0 ? errno : 0;

    if (fd >= 0)
        close(fd);
    return failed;
}

static int write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno != EINTR)
            return errno;
        if (written > 0) {
            bytes += written;
            size -= (size_t)written;
        }
    }
    return fsync(fd) != 0 ? errno : 0;
}

bool key_create(const char *path, uint8_t key[KEY_SIZE], GError **error)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    int failed;

    if (fd < 0)
        return fail(error, ERROR_REFUSED, path,
                    errno == EEXIST ? "it exists already" : g_strerror(errno));
    digest_random(key, KEY_SIZE);
    failed = write_all(fd, key, KEY_SIZE);
    if (close(fd) != 0 && failed == 0)
        failed = errno;
    if (failed == 0)
        failed = sync_folder(path);
    if (failed == 0)
        return true;
    unlink(path);
    return fail(error, ERROR_TEMPORARY, path, g_strerror(failed));
}

/* One byte more than a key has, so that a longer file shows. */
static size_t read_all(int fd, uint8_t bytes[KEY_SIZE + 1])
{
    size_t size = 0;

    while (size < KEY_SIZE + 1) {
        ssize_t got = read(fd, bytes + size, KEY_SIZE + 1 - size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        size += (size_t)got;
    }
    return size;
}

static bool read_key(int fd, const char *path, uint8_t key[KEY_SIZE], GError **error)
{
    uint8_t bytes[KEY_SIZE + 1];
    struct stat found;

    if (fstat(fd, &found) != 0)
        return fail(error, ERROR_CONFIG, path, g_strerror(errno));
    if (!S_ISREG(found.st_mode))
        return fail(error, ERROR_CONFIG, path, "not a file");
    if ((found.st_mode & (S_IRWXO | S_IWGRP)) != 0)
        return fail(error, ERROR_CONFIG, path,
                    "others could read or change it; `chmod 0600` it (0640 at most)");
    if (read_all(fd, bytes) != KEY_SIZE)
        return fail(error, ERROR_CONFIG, path, "not a key: a key has 32 bytes");
    memcpy(key, bytes, KEY_SIZE);
    return true;
}

bool key_load(const char *path, uint8_t key[KEY_SIZE], GError **error)
{
    /* Without waiting, should it be a pipe. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    bool done;

    if (fd < 0)
        return fail(error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_CONFIG, path,
                    g_strerror(errno));
    done = read_key(fd, path, key, error);
    close(fd);
    return done;
}

void key_mark(const uint8_t key[KEY_SIZE], uint8_t mark[DIGEST_SIZE])
{
    static const char what[] = "key-mark";

    digest_hmac(key, KEY_SIZE, what, sizeof what - 1, mark);
}
