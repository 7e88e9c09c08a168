/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/address: a normal form is its own normal form, is in its limits, has no controls, and what
 * is cut off can be put on again.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/address.h"
#include "milter/chars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_normal(const char *text, const char *normal)
{
    g_autofree char *again = address_normalise(normal);
    g_autofree char *bracketed = g_strconcat("<@x:", normal, "> (y)", NULL);
    g_autofree char *unbracketed = address_normalise(bracketed);
    size_t domain = strlen(address_domain(normal));
    gunichar c;
    size_t size;

    g_assert_cmpstr(again, ==, normal);
    g_assert_cmpstr(unbracketed, ==, normal);
    g_assert(strlen(normal) <= ADDRESS_MAX && domain > 0);
    g_assert(strlen(normal) - domain - 1 <= ADDRESS_LOCAL_MAX);
    g_assert(!g_utf8_validate(text, -1, NULL) || g_utf8_validate(normal, -1, NULL));
    for (const char *p = normal; (size = chars_next(p, &c)) > 0; p += size)
        g_assert(!chars_is_control(c) && !(c < 0x80 && g_ascii_isupper((char)c)));
}

static void check_parts(const char *normal)
{
    g_autofree char *local = address_local(normal);
    g_autofree char *spelled = address_spelled(normal);
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    g_assert(*local != '\0' && g_str_has_suffix(spelled, address_domain(normal)));
    g_assert(address_same_domain(normal, normal));
    if (address_cut(normal, "+", &base, &extension)) {
        g_autofree char *whole = address_extend(base, '+', extension);
        g_autofree char *again = address_normalise(base);

        g_assert_cmpstr(whole, ==, normal);
        g_assert_cmpstr(again, ==, base);
    } else {
        g_assert_cmpstr(base, ==, normal);
        g_assert(extension == NULL);
    }
}

/* Whatever bytes they are, they may come where an address is expected. */
static void check_any(const char *text)
{
    g_autofree char *local = address_local(text);
    g_autofree char *spelled = address_spelled(text);
    g_autofree char *extended = address_extend(text, '-', "note");
    g_autofree char *base = NULL;
    g_autofree char *extension = NULL;

    g_assert(local != NULL && spelled != NULL && extended != NULL);
    g_assert(address_cut(text, "+-", &base, &extension) == (extension != NULL));
    g_assert(base != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *normal = address_normalise(text);

    check_any(text);
    if (normal != NULL) {
        check_normal(text, normal);
        check_parts(normal);
    }
    return 0;
}
