/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/spool: the same bytes come back, wherever they are kept; a disk that refuses them.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>

#include "db/error.h"
#include "milter/spool.h"

static int make_folder(void **state)
{
    *state = g_dir_make_tmp("spool-XXXXXX", NULL);
    return *state == NULL ? -1 : 0;
}

static int remove_folder(void **state)
{
    int result = g_rmdir(*state); /* fails if anything was left in it */

    g_free(*state);
    return result;
}

static uint8_t byte_at(size_t offset)
{
    return (uint8_t)(offset * 7 + offset / 251);
}

static void append_pattern(struct spool *spool, size_t size, size_t piece)
{
    g_autofree uint8_t *bytes = g_malloc(piece);

    for (size_t offset = 0; offset < size;) {
        size_t count = MIN(piece, size - offset);

        for (size_t i = 0; i < count; i++)
            bytes[i] = byte_at(offset + i);
        assert_true(spool_append(spool, bytes, count, NULL));
        offset += count;
    }
}

static bool is_pattern(const struct spool *spool, size_t size, size_t piece)
{
    g_autofree uint8_t *bytes = g_malloc(piece);

    for (size_t offset = 0; offset < size;) {
        gssize count = spool_read(spool, (int64_t)offset, bytes, piece, NULL);

        if (count != (gssize)MIN(piece, size - offset))
            return false;
        for (gssize i = 0; i < count; i++) {
            if (bytes[i] != byte_at(offset + (size_t)i))
                return false;
        }
        offset += (size_t)count;
    }
    return spool_read(spool, (int64_t)size, bytes, piece, NULL) == 0 &&
           spool_read(spool, (int64_t)size + 1, bytes, piece, NULL) == 0;
}

static bool is_hash(const struct spool *spool, size_t size)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    uint8_t want[DIGEST_SIZE];
    uint8_t got[DIGEST_SIZE];
    gsize length = sizeof want;

    for (size_t i = 0; i < size; i++) {
        uint8_t byte = byte_at(i);
        g_checksum_update(checksum, &byte, 1);
    }
    g_checksum_get_digest(checksum, want, &length);
    spool_sha256(spool, got);
    if (memcmp(got, want, DIGEST_SIZE) != 0)
        return false;
    memset(got, 0, sizeof got);
    spool_sha256(spool, got);
    return memcmp(got, want, DIGEST_SIZE) == 0;
}

static void kept(void **state)
{
    static const struct {
        const char *name;
        size_t memory;
        size_t size;
        size_t piece;
        bool in_memory;
    } rows[] = {
        {"empty", 100, 0, 1, true},
        {"empty, no memory", 0, 0, 1, true},
        {"below the limit", 100, 99, 10, true},
        {"at the limit", 100, 100, 10, true},
        {"over the limit, in one piece", 100, 101, 101, false},
        {"over the limit, byte for byte", 100, 101, 1, false},
        {"no memory", 0, 1, 1, false},
        {"large", 1000, 1000000, 65537, false},
        {"large, in memory", SIZE_MAX, 1000000, 65537, true},
    };
    int failed = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(spool) spool = spool_new(*state, rows[i].memory);

        append_pattern(spool, rows[i].size, rows[i].piece);
        if (spool_size(spool) != (int64_t)rows[i].size ||
            (spool_memory(spool) != NULL) != rows[i].in_memory ||
            (spool_fd(spool) < 0) != rows[i].in_memory || !is_pattern(spool, rows[i].size, 777) ||
            !is_hash(spool, rows[i].size)) {
            print_error("%s\n", rows[i].name);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void file_has_no_name(void **state)
{
    AUTO(spool) spool = spool_new(*state, 0);
    g_autoptr(GDir) folder = NULL;

    append_pattern(spool, 10, 10);
    assert_true(spool_fd(spool) >= 0);
    folder = g_dir_open(*state, 0, NULL);
    assert_null(g_dir_read_name(folder));
}

static void closed_by_its_sum(void **state)
{
    AUTO(spool) spool = spool_new(*state, 100);
    g_autoptr(GError) error = NULL;
    uint8_t sum[DIGEST_SIZE];

    spool_sha256(spool, sum);
    assert_false(spool_append(spool, "x", 1, &error));
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_BUG));
    assert_int_equal(spool_size(spool), 0);
}

static void no_folder(void **state)
{
    g_autofree char *folder = g_build_filename(*state, "none", NULL);
    AUTO(spool) spool = spool_new(folder, 2);
    g_autoptr(GError) error = NULL;
    char byte;

    assert_true(spool_append(spool, "xx", 2, NULL));
    assert_false(spool_append(spool, "x", 1, &error));
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY));
    assert_non_null(strstr(error->message, folder));
    assert_false(spool_append(spool, "x", 1, NULL));
    assert_int_equal(spool_read(spool, 0, &byte, 1, NULL), -1);
}

/* A limit on the size of files stands for a full disk: the same call fails. */
static void full_disk(void **state)
{
    AUTO(spool) spool = spool_new(*state, 0);
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = g_malloc0(5000);
    struct rlimit before;
    struct rlimit small;

    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 4096;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    bool first = spool_append(spool, bytes, 4000, NULL);
    bool second = spool_append(spool, bytes, 5000, &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, SIG_DFL);

    assert_true(first);
    assert_false(second);
    assert_true(g_error_matches(error, COUNTERFOIL_ERROR, ERROR_TEMPORARY));
    assert_false(spool_append(spool, bytes, 1, NULL));
}

static void nothing(void **state)
{
    AUTO(spool) spool = spool_new(*state, 0);

    assert_true(spool_append(spool, NULL, 0, NULL));
    assert_non_null(spool_memory(spool));
    spool_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kept, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(file_has_no_name, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(closed_by_its_sum, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(no_folder, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(full_disk, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(nothing, make_folder, remove_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
