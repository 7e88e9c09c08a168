/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key's file.
 */
#include "tests/db/fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "db/key.h"

static void is_made_and_read(void **state)
{
    g_autofree char *path = fixture_path(*state, "key");
    uint8_t made[KEY_SIZE] = {0};
    uint8_t read[KEY_SIZE] = {0};
    uint8_t again[KEY_SIZE] = {0};
    struct stat found;

    assert_done(key_create(path, made, &error));
    assert_done(key_load(path, read, &error));
    assert_memory_equal(made, read, KEY_SIZE);
    assert_int_equal(stat(path, &found), 0);
    assert_int_equal(found.st_mode & 07777, 0600);
    assert_int_equal(found.st_size, KEY_SIZE);
    assert_fails(key_create(path, again, &error), ERROR_REFUSED, "it exists already");
    assert_done(key_load(path, read, &error));
    assert_memory_equal(made, read, KEY_SIZE);
    g_unlink(path);
    assert_done(key_create(path, again, &error));
    assert_memory_not_equal(made, again, KEY_SIZE);
}

static void refuses_what_is_no_key(void **state)
{
    static const struct {
        const char *name;
        gssize size;
        mode_t mode;
        const char *words; /* NULL: it is one */
    } rows[] = {
        {"right", 32, 0600, NULL},
        {"for the group", 32, 0640, NULL},
        {"read-only", 32, 0400, NULL},
        {"empty", 0, 0600, "a key has 32 bytes"},
        {"short", 31, 0600, "a key has 32 bytes"},
        {"long", 33, 0600, "a key has 32 bytes"},
        {"for all", 32, 0644, "others could read or change it"},
        {"for all to use", 32, 0601, "others could read or change it"},
        {"written by the group", 32, 0660, "others could read or change it"},
    };
    static const char bytes[33] = "0123456789abcdef0123456789abcdef";

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = fixture_path(*state, "key");
        uint8_t key[KEY_SIZE] = {0};

        print_message("# %s\n", rows[i].name);
        assert_true(g_file_set_contents(path, bytes, rows[i].size, NULL));
        assert_int_equal(chmod(path, rows[i].mode), 0);
        if (rows[i].words != NULL) {
            assert_fails(key_load(path, key, &error), ERROR_CONFIG, rows[i].words);
        } else {
            assert_done(key_load(path, key, &error));
            assert_memory_equal(key, bytes, KEY_SIZE);
        }
    }
}

static void refuses_what_is_no_file(void **state)
{
    const struct fixture *fixture = *state;
    g_autofree char *missing = fixture_path(fixture, "missing");
    g_autofree char *pipe = fixture_path(fixture, "pipe");
    g_autofree char *nowhere = fixture_path(fixture, "no/key");
    uint8_t key[KEY_SIZE] = {0};

    assert_int_equal(mkfifo(pipe, 0600), 0);
    assert_fails(key_load(missing, key, &error), ERROR_NOT_FOUND, missing);
    assert_fails(key_load(fixture->folder, key, &error), ERROR_CONFIG, "not a file");
    assert_fails(key_load(pipe, key, &error), ERROR_CONFIG, "not a file");
    assert_fails(key_create(nowhere, key, &error), ERROR_REFUSED, "No such file");
}

static void has_a_mark(void **state)
{
    /* HMAC-SHA-256 of "key-mark" with the bytes 0 to 31, by Python's hmac. */
    static const uint8_t wanted[DIGEST_SIZE] = {0x58, 0x7e, 0xaf, 0xf9, 0xf0, 0x6a, 0x86, 0x90,
                                                0x8b, 0xd0, 0xac, 0xa4, 0xcf, 0x07, 0x30, 0x86,
                                                0x27, 0xa6, 0x19, 0x2d, 0x4d, 0xa3, 0x65, 0xf1,
                                                0xe5, 0x41, 0xe4, 0xee, 0xcd, 0xa8, 0xf1, 0xad};
    uint8_t key[KEY_SIZE];
    uint8_t mark[DIGEST_SIZE];

    (void)state;
    for (uint8_t i = 0; i < KEY_SIZE; i++)
        key[i] = i;
    key_mark(key, mark);
    assert_memory_equal(mark, wanted, DIGEST_SIZE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_make_folder, fixture_remove)
    const struct CMUnitTest tests[] = {
        TEST(is_made_and_read),
        TEST(refuses_what_is_no_key),
        TEST(refuses_what_is_no_file),
        TEST(has_a_mark),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
