/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the mail server takes mail: which URLs are understood, and which refused, in which words
 * and never with the password in them.
 */
#include "milter/submit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *text;
    enum submit_security security;
    const char *place;
    const char *user;
    const char *password;
} good[] = {
    {"smtp://127.0.0.1:25", SUBMIT_PLAIN, "127.0.0.1:25", NULL, NULL},
    {"smtp://localhost", SUBMIT_PLAIN, "localhost:25", NULL, NULL},
    {"smtp://mail.example.com/", SUBMIT_PLAIN, "mail.example.com:25", NULL, NULL},
    {"SMTP://Mail.Example.com:2525", SUBMIT_PLAIN, "Mail.Example.com:2525", NULL, NULL},
    {"smtps://mail.example.com", SUBMIT_TLS, "mail.example.com:465", NULL, NULL},
    {"smtp+starttls://mail_1", SUBMIT_STARTTLS, "mail_1:587", NULL, NULL},
    {"smtp://[::1]", SUBMIT_PLAIN, "[::1]:25", NULL, NULL},
    {"smtps://[2001:db8::1]:24", SUBMIT_TLS, "[2001:db8::1]:24", NULL, NULL},
    {"smtps://b\xc3\xbc.example", SUBMIT_TLS, "xn--b-eha.example:465", NULL, NULL},
    {"smtps://a:b@mail", SUBMIT_TLS, "mail:465", "a", "b"},
    {"smtp+starttls://a%40example.com:p%3A%2F%40%25@mail:26", SUBMIT_STARTTLS, "mail:26",
     "a@example.com", "p:/@%"},
    {"smtps://a:b:c@mail", SUBMIT_TLS, "mail:465", "a", "b:c"},
    {"smtps://a;AUTH=PLAIN:b@mail", SUBMIT_TLS, "mail:465", "a;AUTH=PLAIN", "b"},
    {"smtp://a:b@127.0.0.1", SUBMIT_PLAIN, "127.0.0.1:25", "a", "b"},
    {"smtp://a:b@127.8.9.1:2525", SUBMIT_PLAIN, "127.8.9.1:2525", "a", "b"},
    {"smtp://a:b@[::1]", SUBMIT_PLAIN, "[::1]:25", "a", "b"},
    {"smtp://a:b@LocalHost", SUBMIT_PLAIN, "LocalHost:25", "a", "b"},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        struct submit submit = {0};
        g_autofree char *why = submit_kind.read(good[i].text, &submit);

        if (why != NULL)
            fail_msg("%s: %s", good[i].text, why);
        if (submit.security != good[i].security || g_strcmp0(submit.place, good[i].place) != 0 ||
            g_strcmp0(submit.user, good[i].user) != 0 ||
            g_strcmp0(submit.password, good[i].password) != 0)
            fail_msg("%s: %d %s %s %s", good[i].text, (int)submit.security, submit.place,
                     submit.user, submit.password);
        submit_kind.clear(&submit);
        assert_null(submit.place);
        assert_null(submit.password);
    }
}

static const struct {
    const char *text;
    const char *want;
} bad[] = {
    {"", "it is no URL"},
    {"127.0.0.1:25", "it is no URL"},
    {"mail.example.com", "it is no URL"},
    {"smtp:", "it has no host"},
    {"smtp://", "it has no host"},
    {"smtp://:25", "it has no host"},
    {"smtp://a b", "it has no host"},
    {"smtp://mail%0d%0a", "it has no host"},
    {"smtp://mail%2Fsecret", "it has no host"},
    {"http://mail", "its scheme is not smtp, smtps or smtp+starttls"},
    {"lmtp://secret:secret@mail", "its scheme is not smtp, smtps or smtp+starttls"},
    {"smtp://mail:0", "its port is not from 1 to 65535"},
    {"smtp://mail:65536", "it is no URL"},
    {"smtp://mail:x", "it is no URL"},
    {"smtp://mail/name", "something follows its host and port"},
    {"smtp://mail?secret", "something follows its host and port"},
    {"smtp://mail/#secret", "something follows its host and port"},
    {"smtps://secret@mail", "user and password go together"},
    {"smtps://secret:@mail", "user and password go together"},
    {"smtps://:secret@mail", "user and password go together"},
    {"smtps://secret:secret%0Asecret@mail", "a control character is in user or password"},
    {"smtps://secret%00:secret@mail", "it is no URL"},
    {"smtp://secret:secret@mail", "its password would go unencrypted to another machine"},
    {"smtp://secret:secret@192.0.2.1", "its password would go unencrypted to another machine"},
    {"smtp://secret:secret@[2001:db8::1]", "its password would go unencrypted to another machine"},
    {"smtp://secret:secret@localhost.example.com", "its password would go unencrypted"},
    {"smtp://secret:secret@127.0.0.1.example.com", "its password would go unencrypted"},
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct submit submit = {SUBMIT_TLS, g_strdup("before:1"), g_strdup("u"), g_strdup("p")};
        g_autofree char *why = submit_kind.read(bad[i].text, &submit);

        if (why == NULL || !g_str_has_prefix(why, bad[i].want))
            fail_msg("\"%s\": got \"%s\", want \"%s\"", bad[i].text, why, bad[i].want);
        if (strstr(why, "secret") != NULL)
            fail_msg("\"%s\" is quoted: %s", bad[i].text, why);
        assert_int_equal(submit.security, SUBMIT_TLS);
        assert_string_equal(submit.place, "before:1");
        assert_string_equal(submit.password, "p");
        submit_kind.clear(&submit);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
