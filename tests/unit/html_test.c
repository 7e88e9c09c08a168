/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/html: pages and their text, whole and character by character.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/html.h"

static const struct {
    const char *name;
    const char *in;
    const char *want;
} rows[] = {
    {"nothing", "", ""},
    {"text", "Hello", "Hello"},
    {"white space", " \n a \t b\r\n c ", "a b c"},
    {"inline elements", "a<b>b</b>c <i>d</i>", "abc d"},
    {"paragraphs", "<p>a</p><p>b</p>", "a\n\nb"},
    {"blocks", "<div>a</div><div>b</div>", "a\nb"},
    {"many blocks", "<div><div>a</div></div><div></div><div><div>b</div></div>", "a\nb"},
    {"line breaks", "a<br>b<br/>c<BR >d", "a\nb\nc\nd"},
    {"two line breaks", "a<br><br>b<br><br><br>c", "a\n\nb\n\nc"},
    {"table", "<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>", "a b\nc d"},
    {"list", "<ul><li>a<li>b</ul>c", "a\nb\n\nc"},
    {"preformatted", "a<pre>b  c\n  d\r\n\n\ne</pre>f  g", "a\n\nb  c\n  d\n\ne\n\nf g"},
    {"script", "a<script>if (1 < 2) \"</p>\"</script>b", "ab"},
    {"script with a tag in it", "a<SCRIPT x='>'>'</scrip'</script >b", "ab"},
    {"script that never ends", "a<script>b</p>", "a"},
    {"style", "<style>p { x: y }</style>a", "a"},
    {"head", "<html><head><meta x=y><title>t</title></head><body>a</body></html>", "a"},
    {"comment", "a<!-- <p>b</p> -- > -->c", "ac"},
    {"short comments", "a<!-->b<!--->c<!---->d", "abcd"},
    {"comment that never ends", "a<!-- b", "a"},
    {"declarations", "<!DOCTYPE html><?xml version='1'?>a<![if !mso]>b<![endif]>", "ab"},
    {"no comment", "<!-x-- b>a", "a"},
    {"attribute with a bracket", "<a title=\"x > y\" href='>'>a</a>", "a"},
    {"quotes out of place", "<hr size=1 width=\"80% noshade align=\"left\">a<i b\">c", "ac"},
    {"unquoted value with quotes", "<a b=c\"d>e", "e"},
    {"closing tag of nothing", "a</>b</ c>d", "abd"},
    {"no tag", "1 < 2 <3 <", "1 < 2 <3 <"},
    {"no closing tag", "a </", "a </"},
    {"overlong tag", "<abcdefghijklmnopqrstuvwxyz>a</abcdefghijklmnopqrstuvwxyz>b", "ab"},
    {"entities", "&lt;&gt;&amp;&quot;&apos;&eacute;&Eacute;&euro;&zwj;&AElig;&yuml;&sigmaf;",
     "<>&\"'éÉ€\u200dÆÿς"},
    {"numbers", "&#65;&#x41;&#X41;&#233;&#x20AC;&#128512;", "AAAé€😀"},
    {"numbers of Windows-1252", "&#128;&#150;&#x99;", "€–™"},
    {"numbers of nothing", "&#0;&#xD800;&#1114112;&#99999999999;&#129;",
     "\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD"},
    {"entities without a semicolon", "&eacute x&lt<b>&#65 &#x42z", "é x<A Bz"},
    {"no entities", "AT&T & x &nothing; &; &#; &#x; &#xg;", "AT&T & x &nothing; &; &#; &#x; &#xg;"},
    {"overlong entity", "&abcdefghijklmnopqrstuvwxyz;", "&abcdefghijklmnopqrstuvwxyz;"},
    {"entity at the end", "a&amp", "a&"},
    {"space that does not break", "a&nbsp;&nbsp;b\u00a0c", "a b c"},
    {"UTF-8", "<p>Ünïcödé ¢</p>", "Ünïcödé ¢"},
};

static void reduced(void **state)
{
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        AUTO(html) whole = html_new();
        AUTO(html) single = html_new();
        g_autoptr(GString) first = g_string_new(NULL);
        g_autoptr(GString) second = g_string_new(NULL);

        html_step(whole, rows[i].in, strlen(rows[i].in), first);
        html_finish(whole, first);
        for (const char *at = rows[i].in; *at != '\0'; at = g_utf8_next_char(at))
            html_step(single, at, (size_t)(g_utf8_next_char(at) - at), second);
        html_finish(single, second);
        if (strcmp(first->str, rows[i].want) != 0 || strcmp(second->str, rows[i].want) != 0) {
            print_error("%s: \"%s\", \"%s\"\n", rows[i].name, first->str, second->str);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* Text does not begin again with the second page. */
static void appended(void **state)
{
    AUTO(html) html = html_new();
    g_autoptr(GString) out = g_string_new("x");

    (void)state;
    html_step(html, "<p>a</p>", 8, out);
    html_finish(html, out);
    assert_string_equal(out->str, "xa");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(reduced), cmocka_unit_test(appended)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
