/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/authres: no text proves a domain that is not in it; and text that a verifier took over
 * from a stranger proves nothing as long as the verifier quotes it.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/authres.h"

#define DOMAIN "example.net"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* text with a backslash before each of marks. */
static char *escape(const char *text, const char *marks)
{
    GString *out = g_string_new(NULL);

    for (; *text != '\0'; text++) {
        if (strchr(marks, *text) != NULL)
            g_string_append_c(out, '\\');
        g_string_append_c(out, *text);
    }
    return g_string_free(out, FALSE);
}

static void check_quoted(const char *text)
{
    g_autofree char *quoted = escape(text, "\\\"");
    g_autofree char *comment = escape(text, "\\()");
    g_autofree char *value =
        g_strdup_printf("mx; spf=pass (%s) smtp.mailfrom=\"%s\"@evil.example; dkim=fail reason="
                        "\"%s\" header.d=" DOMAIN,
                        comment, quoted, quoted);

    g_assert(authres_is_of(value, "mx"));
    g_assert_null(authres_prove(value, DOMAIN));
    g_assert_null(authres_disprove(value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_autofree char *after = g_strconcat("mx (", text, NULL);
    const char *proof = authres_prove(text, DOMAIN);
    const char *doubt = authres_disprove(text);

    if (proof != NULL) {
        g_assert_nonnull(strstr(lower, DOMAIN));
        g_assert_nonnull(strstr(lower, proof));
        g_assert_nonnull(strstr(lower, "pass"));
    }
    if (doubt != NULL) {
        g_assert_null(proof);
        g_assert_nonnull(strstr(lower, "fail"));
        g_assert_nonnull(strstr(lower, doubt[0] == 'd' ? "dmarc" : "spf"));
    }
    if (authres_is_of(text, "mx.example.com"))
        g_assert_nonnull(strstr(lower, "mx.example.com"));
    g_assert(authres_is_of(after, "mx"));
    check_quoted(text);
    return 0;
}
