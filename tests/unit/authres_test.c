/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/authres: whose field it is, what it proves of example.net, and what speaks against it; in
 * the shapes that verifiers write, and in those that somebody writes who wants to be taken for one.
 */
#include "milter/authres.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#define ME "mx.example.com"

static const struct {
    const char *name;
    const char *value;
    bool is_ours;
    const char *want;
} rows[] = {
    /* Verifiers. */
    {"OpenDMARC", " mx.example.com; dmarc=pass (p=reject dis=none) header.from=example.net", true,
     "dmarc"},
    {"OpenDMARC, nothing published",
     " mx.example.com; dmarc=none (p=none dis=none) "
     "header.from=example.net",
     true, NULL},
    {"OpenDMARC, its own SPF", " mx.example.com; spf=pass smtp.mailfrom=jane@example.net", true,
     NULL},
    {"OpenDMARC, with a job's number",
     " mx.example.com/4F5A2C1B; dmarc=pass (p=none dis=none) "
     "header.from=example.net",
     false, "dmarc"},
    {"OpenDKIM",
     " mx.example.com;\n\tdkim=pass (2048-bit key; unprotected) header.d=example.net "
     "header.i=@example.net header.a=rsa-sha256 header.s=mail header.b=\"cT6+bD/x\";\n"
     "\tdkim-atps=neutral",
     true, "dkim"},
    {"OpenDKIM, no reason",
     " mx.example.com; dkim=none reason=\"no signature\";\n"
     "\tdkim-adsp=none (unprotected policy)",
     true, NULL},
    {"rspamd",
     " mx.example.com;\n\tdkim=pass header.d=example.net header.s=s1 header.b=RkX0h/1a;\n"
     "\tspf=pass (mx.example.com: domain of jane@example.net designates 192.0.2.1 as permitted\n"
     " sender) smtp.mailfrom=jane@example.net;\n"
     "\tdmarc=pass (policy=quarantine) header.from=example.net",
     true, "dmarc"},
    {"rspamd, nothing published",
     " mx.example.com;\n\tdkim=pass header.d=example.net header.s=s1 header.b=RkX0h/1a;\n"
     "\tdmarc=none;\n\tspf=softfail (mx.example.com: 192.0.2.1 is neither permitted nor denied by "
     "domain of jane@example.net) smtp.mailfrom=jane@example.net",
     true, "dkim"},
    {"rspamd, who logged in",
     " mx.example.com;\n\tauth=pass smtp.auth=jane "
     "smtp.mailfrom=jane@example.net",
     true, NULL},
    {"Exim",
     " mx.example.com;\n\tiprev=pass (out.example.net) smtp.remote-ip=192.0.2.1;\n"
     "\tspf=pass smtp.mailfrom=example.net;\n"
     "\tdkim=pass header.d=example.net header.s=20250101 header.a=rsa-sha256;\n"
     "\tdmarc=pass header.from=example.net;\n\tarc=none",
     true, "dmarc"},
    {"Gmail",
     " mx.google.com;\n       dkim=pass header.i=@example.net header.s=s1 header.b=\"Aa0/+=\";\n"
     "       spf=pass (google.com: domain of jane@example.net designates 192.0.2.1 as permitted "
     "sender) smtp.mailfrom=jane@example.net;\n"
     "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.net",
     false, "dmarc"},
    {"Microsoft, which has no name",
     " spf=pass (sender IP is 192.0.2.1) "
     "smtp.mailfrom=example.net; dkim=pass (signature was verified)"
     " header.d=example.net;dmarc=pass action=none "
     "header.from=example.net;compauth=pass reason=100",
     false, NULL},
    {"Microsoft, in a chain",
     " mx.example.com 1; spf=pass smtp.mailfrom=example.net; dmarc=pass action=none "
     "header.from=example.net; dkim=pass (signature was verified) header.d=example.net; arc=none",
     true, "dmarc"},
    {"Fastmail",
     " mx.example.com;\n    dkim=pass (2048-bit rsa key sha256) header.d=example.net "
     "header.i=@example.net header.b=Ab+/12 header.a=rsa-sha256 header.s=s1 x-bits=2048;\n"
     "    dmarc=pass policy.published-domain-policy=none\n      policy.applied-disposition=none\n"
     "      policy.evaluated-disposition=none (p=none,d=none,d.eval=none)\n"
     "      policy.policy-from=p header.from=example.net;\n    iprev=pass smtp.remote-ip=192.0.2.1",
     true, "dmarc"},
    {"amavis", " mx.example.com (amavisd-new);\n\tdkim=pass (1024-bit key) header.d=example.net",
     true, "dkim"},
    {"no results", " mx.example.com; none", true, NULL},
    {"nothing at all", " mx.example.com", true, NULL},
    {"Yahoo, long ago",
     " mx.example.com  from=example.net; domainkeys=pass (ok);  "
     "from=example.net; dkim=pass (ok)",
     true, NULL},

    /* How it may be written. */
    {"case", " MX.Example.COM; DKIM=Pass Header.D=Example.NET", true, "dkim"},
    {"version", " mx.example.com 1; dkim=pass header.d=example.net", true, "dkim"},
    {"version, with comments", " (a) mx.example.com (b) 1 (c) ; dkim=pass header.d=example.net",
     true, "dkim"},
    {"a version to come", " mx.example.com 2; dkim=pass header.d=example.net", true, NULL},
    {"quoted name", " \"mx.example.com\"; dkim=pass header.d=example.net", true, "dkim"},
    {"comments anywhere",
     " (x;) mx.example.com; (dkim=fail;) dkim (\\)) = (a(b)c) pass (;) header.d (y) = (z)\n"
     "\texample.net (\");",
     true, "dkim"},
    {"no space at all", "mx.example.com;dkim=pass header.d=example.net;", true, "dkim"},
    {"empty results", " mx.example.com;;;dkim=pass header.d=example.net;;", true, "dkim"},
    {"a quoted reason",
     " mx.example.com; dkim=pass reason=\"x; dkim=fail (\\\"\" "
     "header.d=example.net",
     true, "dkim"},
    {"several signatures",
     " mx.example.com; dkim=pass header.d=list.example.org; "
     "dkim=fail header.d=example.net; dkim=pass header.d=example.net",
     true, "dkim"},
    {"dmarc goes first",
     " mx.example.com; dkim=pass header.d=example.net; "
     "dmarc=pass header.from=example.net",
     true, "dmarc"},

    /* What proves nothing. */
    {"failed", " mx.example.com; dkim=fail header.d=example.net", true, NULL},
    {"dmarc failed",
     " mx.example.com; dkim=pass header.d=example.net; dmarc=fail (p=none) "
     "header.from=example.net",
     true, NULL},
    {"dmarc failed and passed", " mx.example.com; dmarc=pass header.from=example.net; dmarc=fail",
     true, NULL},
    {"dmarc in trouble", " mx.example.com; dkim=pass header.d=example.net; dmarc=temperror", true,
     "dkim"},
    {"another domain",
     " mx.example.com; dkim=pass header.d=example.org; "
     "dmarc=pass header.from=example.org",
     true, NULL},
    {"no domain", " mx.example.com; dkim=pass; dmarc=pass (p=none)", true, NULL},
    {"the identity alone", " mx.example.com; dkim=pass header.i=@example.net", true, NULL},
    {"the domain above", " mx.example.com; dkim=pass header.d=net", true, NULL},
    {"a domain below", " mx.example.com; dkim=pass header.d=mail.example.net", true, NULL},
    {"a longer domain", " mx.example.com; dkim=pass header.d=example.net.evil.example", true, NULL},
    {"a domain that ends so", " mx.example.com; dkim=pass header.d=evilexample.net", true, NULL},
    {"the root's dot", " mx.example.com; dkim=pass header.d=example.net.", true, NULL},
    {"the wrong property",
     " mx.example.com; dkim=pass header.from=example.net; "
     "dmarc=pass header.d=example.net",
     true, NULL},
    {"another method",
     " mx.example.com; spf=pass header.d=example.net; xdkim=pass "
     "header.d=example.net; dkim-adsp=pass header.d=example.net",
     true, NULL},
    {"almost passed",
     " mx.example.com; dkim=passed header.d=example.net; dkim=pas "
     "header.d=example.net; dkim= header.d=example.net",
     true, NULL},
    {"a result of its own", " mx.example.com; dkim=pass; header.d=example.net", true, NULL},
    {"a method in another's result",
     " mx.example.com; dkim=fail x=y dkim=pass "
     "header.d=example.net",
     true, NULL},

    /* Somebody's work. */
    {"a comment that touches", " mx.example.com; dkim=pass header.d=example.net(.evil.example",
     true, NULL},
    {"a comment that touches and ends",
     " mx.example.com; dkim=pass header.d=example.net(.evil.example) header.s=s", true, NULL},
    {"a comment that touches dmarc's", " mx.example.com; dmarc=pass header.from=example.net(x)",
     true, NULL},
    {"quotes that touch", " mx.example.com; dkim=pass header.d=example.net\".evil.example\"", true,
     NULL},
    {"a domain in quotes", " mx.example.com; dkim=pass header.d=\"example.net\"", true, NULL},
    {"a domain with a space", " mx.example.com; dkim=pass header.d=example.net .evil.example", true,
     NULL},
    {"two domains", " mx.example.com; dkim=pass header.d=example.net header.d=evil.example", true,
     NULL},
    {"two domains, the other way",
     " mx.example.com; dkim=pass header.d=evil.example "
     "header.d=example.net",
     true, NULL},
    {"a sender's quotes",
     " mx.example.com; spf=pass smtp.mailfrom=\"x; dkim=pass "
     "header.d=example.net \"@evil.example",
     true, NULL},
    {"a sender's quotes and backslash",
     " mx.example.com; spf=pass smtp.mailfrom=\"\\\"; dkim=pass header.d=example.net "
     "\"@evil.example",
     true, NULL},
    {"in a comment", " mx.example.com; spf=none (; dkim=pass header.d=example.net;)", true, NULL},
    {"in a comment without end", " mx.example.com; spf=none (; dkim=pass header.d=example.net",
     true, NULL},
    {"in quotes without end", " mx.example.com; spf=none \"; dkim=pass header.d=example.net", true,
     NULL},
    {"in the name's comment", " (mx.example.com; dkim=pass header.d=example.net;", false, NULL},
    {"words alone", " mx.example.com; dkim=pass yes header.d=example.net", true, NULL},
    {"no semicolon", " mx.example.com dkim=pass header.d=example.net", true, NULL},
    {"no method", " mx.example.com; =pass header.d=example.net", true, NULL},
    {"marks", " mx.example.com; )= = )dkim=pass header.d=example.net", true, NULL},
    {"nothing", "", false, NULL},
    {"space", " \n\t", false, NULL},
    {"a semicolon", ";", false, NULL},
    {"a quote", "\"", false, NULL},
    {"quotes", "\"\"", false, NULL},

    /* Whose field it is. */
    {"a longer name", " mx.example.com.evil.example; dkim=pass header.d=example.net", false,
     "dkim"},
    {"a name that ends so", " evil-mx.example.com; dkim=pass header.d=example.net", false, "dkim"},
    {"a name with a comment in it",
     " mx.example.com(.evil.example); dkim=pass header.d=example.net", false, "dkim"},
    {"the name in a comment", " evil.example (mx.example.com); dkim=pass header.d=example.net",
     false, "dkim"},
    {"the name second", " evil.example mx.example.com; dkim=pass header.d=example.net", false,
     NULL},
    {"a quoted pair in the name", " \"mx\\.example.com\"; dkim=pass header.d=example.net", false,
     "dkim"},
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool is_ours = authres_is_of(rows[i].value, ME);
        const char *got = authres_prove(rows[i].value, "example.net");

        if (is_ours != rows[i].is_ours)
            fail_msg("%s: is %sours", rows[i].name, is_ours ? "" : "not ");
        if (g_strcmp0(got, rows[i].want) != 0)
            fail_msg("%s: got %s, want %s", rows[i].name, got != NULL ? got : "nothing",
                     rows[i].want != NULL ? rows[i].want : "nothing");
    }
}

/* Against From; whatever is not clearly against it is not. */
static const struct {
    const char *name;
    const char *value;
    const char *want;
} doubts[] = {
    {"OpenDMARC", " mx.example.com; dmarc=fail (p=reject dis=none) header.from=example.net",
     "dmarc=fail"},
    {"rspamd",
     " mx.example.com;\n\tdkim=none;\n\tdmarc=fail reason=\"No valid SPF, No valid DKIM\" "
     "header.from=example.net (policy=none);\n\tspf=softfail (mx.example.com: 192.0.2.1 is "
     "neither permitted nor denied) smtp.mailfrom=jane@example.net",
     "dmarc=fail"},
    {"a forger's own signature",
     " mx.example.com; dkim=pass header.d=forger.example; dmarc=fail header.from=example.net",
     "dmarc=fail"},
    {"case", " mx.example.com; DMARC = Fail", "dmarc=fail"},
    {"spf", " mx.example.com; spf=fail smtp.mailfrom=jane@example.net", "spf=fail"},
    {"spf, as it was called", " mx.example.com; spf=hardfail smtp.mailfrom=jane@example.net",
     "spf=fail"},
    {"spf and a bad signature",
     " mx.example.com; dkim=fail header.d=example.net; spf=fail smtp.mailfrom=example.net; "
     "dmarc=none",
     "spf=fail"},
    {"spf and a doubtful signature",
     " mx.example.com; dkim=pass well header.d=example.net; spf=fail smtp.mailfrom=example.net",
     "spf=fail"},
    {"spf, forwarded", " mx.example.com; spf=fail smtp.mailfrom=x; dkim=pass header.d=example.net",
     NULL},
    {"spf, but dmarc", " mx.example.com; dmarc=pass header.from=example.net; spf=fail", NULL},
    {"softfail", " mx.example.com; spf=softfail smtp.mailfrom=jane@example.net", NULL},
    {"other words of spf", " mx.example.com; spf=neutral; spf=none; spf=temperror; spf=permerror",
     NULL},
    {"a bad signature alone", " mx.example.com; dkim=fail header.d=example.net", NULL},
    {"other words of dmarc", " mx.example.com; dmarc=none; dmarc=temperror; dmarc=permerror", NULL},
    {"almost", " mx.example.com; dmarc=failed; xdmarc=fail; spf=failure", NULL},
    {"in a comment", " mx.example.com; spf=pass (; dmarc=fail;) smtp.mailfrom=x", NULL},
    {"in quotes", " mx.example.com; spf=pass smtp.mailfrom=\"; dmarc=fail;\"", NULL},
    {"a version to come", " mx.example.com 2; dmarc=fail", NULL},
    {"passed", " mx.example.com; spf=pass; dkim=pass header.d=example.net; dmarc=pass", NULL},
    {"no results", " mx.example.com; none", NULL},
    {"nothing", "", NULL},
};

static void test_doubts(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(doubts); i++) {
        const char *got = authres_disprove(doubts[i].value);

        if (g_strcmp0(got, doubts[i].want) != 0)
            fail_msg("%s: got %s, want %s", doubts[i].name, got != NULL ? got : "nothing",
                     doubts[i].want != NULL ? doubts[i].want : "nothing");
        if (got != NULL)
            assert_null(authres_prove(doubts[i].value, "example.net"));
    }
}

/* An address may have no domain that could be proven. */
static void test_no_domain(void **state)
{
    (void)state;
    assert_null(authres_prove(" mx.example.com; dkim=pass header.d=", ""));
    assert_null(authres_prove(" mx.example.com; dkim=pass header.d= ; dmarc=pass", ""));
    assert_false(authres_is_of(" ; dkim=pass", ""));
}

/* However deep and however many: it takes no time, and no stack. */
static void test_hostile(void **state)
{
    static const char *const pieces[] = {"(",    ")",          "\"",          "\\",   "; ", "=",
                                         "a=(b", "dkim=pass;", "header.d=x ", "(\\)", "x ", "a = "};
    gint64 begin = g_get_monotonic_time();

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) value = g_string_new(" mx.example.com; ");

        while (value->len < 1000 * 1000)
            g_string_append(value, pieces[i]);
        assert_null(authres_prove(value->str, "example.net"));
        assert_null(authres_disprove(value->str));
        assert_true(authres_is_of(value->str, ME));
        assert_false(authres_is_of(value->str + sizeof " mx.example.com; " - 1, ME));
    }
    assert_true(g_get_monotonic_time() - begin < 5 * G_TIME_SPAN_SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_doubts),
                                       cmocka_unit_test(test_no_domain),
                                       cmocka_unit_test(test_hostile)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
