/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Line ends as they are sent, wherever the bytes are cut.
 */
#include "milter/crlf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#define BYTES(literal) literal, sizeof(literal) - 1

static const struct {
    const char *in;
    size_t in_size;
    const char *want;
    size_t want_size;
} rows[] = {
    {BYTES(""), BYTES("")},
    {BYTES("a\r\nb"), BYTES("a\r\nb")},
    {BYTES("\r\n\r\n"), BYTES("\r\n\r\n")},
    {BYTES("a\nb\n"), BYTES("a\r\nb\r\n")},
    {BYTES("a\rb"), BYTES("a b")},
    {BYTES("a\r"), BYTES("a ")},
    {BYTES("\r\r\n"), BYTES(" \r\n")},
    {BYTES("\r\r\r"), BYTES("   ")},
    {BYTES("\n\r"), BYTES("\r\n ")},
    {BYTES("\n\r\n"), BYTES("\r\n\r\n")},
    {BYTES("\r.\r\n"), BYTES(" .\r\n")},
    {BYTES("\n.\n"), BYTES("\r\n.\r\n")},
    {BYTES("\n.\r"), BYTES("\r\n. ")},
    {BYTES("\0\x80\xff\0"), BYTES("\0\x80\xff\0")},
    {BYTES("\n\n\n\n"), BYTES("\r\n\r\n\r\n\r\n")},
};

/* In pieces of that size. */
static void check(size_t row, size_t piece)
{
    struct crlf crlf = {false};
    g_autoptr(GString) out = g_string_new(NULL);
    char room[64];

    for (size_t at = 0; at < rows[row].in_size; at += piece) {
        size_t size = MIN(piece, rows[row].in_size - at);
        size_t made = crlf_convert(&crlf, rows[row].in + at, size, room);

        assert_true(made <= CRLF_MAX(size));
        g_string_append_len(out, room, (gssize)made);
    }
    g_string_append_len(out, room, (gssize)crlf_end(&crlf, room));
    if (out->len != rows[row].want_size || memcmp(out->str, rows[row].want, out->len) != 0)
        fail_msg("row %zu in pieces of %zu: got %zu bytes, \"%s\"", row, piece, out->len, out->str);
    assert_int_equal(crlf_end(&crlf, room), 0);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t row = 0; row < G_N_ELEMENTS(rows); row++)
        for (size_t piece = 1; piece <= 4; piece++)
            check(row, piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
