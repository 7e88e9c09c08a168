/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the MTA says of a transaction, and what we take it for.
 */
#include "milter/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

static const struct {
    const char *given;
    const char *normal; /* the MTA's own, or NULL */
    bool second_door;
    const char *want;
} recipients[] = {
    {"<support@example.com>", NULL, false, "support@example.com"},
    {"support@example.com", NULL, false, "support@example.com"}, /* sendmail(1) */
    {"<\"support\"@Example.COM.>", NULL, false, "support@example.com"},
    {"<@relay.example:support@example.com>", NULL, false, "support@example.com"},
    {"<support>", "support@example.com", false, "support@example.com"},
    {"<support>", NULL, false, NULL},
    {"<>", NULL, false, NULL},
    {"<support@example.com.counterfoil.invalid>", NULL, true, "support@example.com"},
    {"<support+1-abcde@example.com.counterfoil.invalid>", NULL, true,
     "support+1-abcde@example.com"},
    {"<support@example.com.counterfoil.invalid>", NULL, false,
     "support@example.com.counterfoil.invalid"},
    {"<support@example.com>", NULL, true, "support@example.com"},
};

static void test_recipients(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(recipients); i++) {
        AUTO(envelope) envelope = envelope_new();
        const struct envelope_recipient *got;

        envelope->second_door = recipients[i].second_door;
        envelope_add_recipient(envelope, recipients[i].given, recipients[i].normal);
        got = envelope->recipients->pdata[0];
        assert_string_equal(got->given, recipients[i].given);
        if (g_strcmp0(got->address, recipients[i].want) != 0)
            fail_msg("%s: got %s, want %s", recipients[i].given,
                     got->address != NULL ? got->address : "nothing",
                     recipients[i].want != NULL ? recipients[i].want : "nothing");
    }
}

static const struct {
    const char *given;
    const char *want;
} senders[] = {
    {"<>", ""},
    {"", ""},
    {"<Kim@Example.NET>", "kim@example.net"},
    {"kim@example.net", "kim@example.net"},
    {"<root>", "root"}, /* not the null sender */
};

static void test_senders(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(senders); i++) {
        AUTO(envelope) envelope = envelope_new();

        envelope_set_sender(envelope, senders[i].given);
        assert_string_equal(envelope->sender, senders[i].want);
    }
}

static const struct {
    const char *client; /* or NULL */
    bool local;
    bool second_door;
    bool want;
} clients[] = {
    {"127.0.0.1", false, false, true},
    {"127.255.0.7", false, false, true},
    {"::1", false, false, true},
    {"::ffff:127.0.0.1", false, false, true},
    {"::FFFF:127.9.9.9", false, false, true},
    {"192.0.2.7", false, false, false},
    {"128.0.0.1", false, false, false},
    {"::ffff:192.0.2.7", false, false, false},
    {"::ffff:", false, false, false},
    {"::2", false, false, false},
    {"2001:db8::1", false, false, false},
    {"", false, false, false},
    {"127.0.0.1.example.com", false, false, false},
    {NULL, false, false, false},
    {NULL, true, false, true},
    {"127.0.0.1", true, false, true},
    {NULL, false, true, true},
    {"192.0.2.7", false, true, true},
};

static void test_is_from_here(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(clients); i++) {
        AUTO(envelope) envelope = envelope_new();

        envelope->client = g_strdup(clients[i].client);
        envelope->local = clients[i].local;
        envelope->second_door = clients[i].second_door;
        if (envelope_is_from_here(envelope) != clients[i].want)
            fail_msg("row %zu", i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recipients),
        cmocka_unit_test(test_senders),
        cmocka_unit_test(test_is_from_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
