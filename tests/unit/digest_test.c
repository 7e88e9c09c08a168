/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * db/digest: published vectors (FIPS 180-4 examples, RFC 4231), in pieces and whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "db/digest.h"

static char *hex(const uint8_t *bytes)
{
    GString *out = g_string_new(NULL);

    for (size_t i = 0; i < DIGEST_SIZE; i++)
        g_string_append_printf(out, "%02x", bytes[i]);
    return g_string_free(out, FALSE);
}

static void expect(const char *row, const uint8_t *digest, const char *want, int *failed)
{
    g_autofree char *have = hex(digest);

    if (strcmp(have, want) != 0) {
        print_error("%s: have %s, want %s\n", row, have, want);
        (*failed)++;
    }
}

static void sha256(void **state)
{
    static const struct {
        const char *name;
        const char *in;
        const char *want;
    } rows[] = {
        {"empty", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"two blocks", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    uint8_t out[DIGEST_SIZE];
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct digest *whole = digest_new();
        struct digest *pieces = digest_new();

        digest_update(whole, rows[i].in, strlen(rows[i].in));
        digest_finish(whole, out);
        expect(rows[i].name, out, rows[i].want, &failed);
        for (const char *p = rows[i].in; *p != '\0'; p++)
            digest_update(pieces, p, 1);
        digest_update(pieces, NULL, 0);
        digest_finish(pieces, out);
        expect(rows[i].name, out, rows[i].want, &failed);
    }
    assert_int_equal(failed, 0);
}

static void hmac(void **state)
{
    static const struct {
        const char *name;
        const char *key;
        const char *data;
        const char *want;
    } rows[] = {
        {"RFC 4231, case 2", "Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {"key and data empty", "", "",
         "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    uint8_t out[DIGEST_SIZE];
    uint8_t key[131];
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        digest_hmac((const uint8_t *)rows[i].key, strlen(rows[i].key), rows[i].data,
                    strlen(rows[i].data), out);
        expect(rows[i].name, out, rows[i].want, &failed);
    }
    memset(key, 0xaa, sizeof key);
    digest_hmac(key, sizeof key, "Test Using Larger Than Block-Size Key - Hash Key First", 54, out);
    expect("RFC 4231, case 6", out,
           "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", &failed);
    digest_hmac(NULL, 0, NULL, 0, out);
    expect("no key, no data", out, rows[1].want, &failed);
    assert_int_equal(failed, 0);
}

static void random_bytes(void **state)
{
    uint8_t a[64] = {0};
    uint8_t b[64] = {0};
    uint8_t zero[64] = {0};

    (void)state;
    digest_random(a, 63);
    digest_random(b, 63);
    assert_int_equal(a[63], 0);
    assert_false(digest_equal(a, b, 63));
    assert_false(digest_equal(a, zero, 63));
    digest_random(b, 0);
}

static void equal(void **state)
{
    (void)state;
    assert_true(digest_equal("abc", "abd", 2));
    assert_false(digest_equal("abc", "abd", 3));
    assert_false(digest_equal("xbc", "abc", 3));
    assert_true(digest_equal("", "", 0));
}

static void given_up(void **state)
{
    struct digest *digest = digest_new();

    (void)state;
    digest_update(digest, "x", 1);
    digest_free(digest);
    digest_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256), cmocka_unit_test(hmac),     cmocka_unit_test(random_bytes),
        cmocka_unit_test(equal),  cmocka_unit_test(given_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
