/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/subject: ticket 1042 of the site whose key is the bytes 0 to 31. Each row is written
 * twice: what was written once must come back the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "milter/subject.h"

#define ID "[Example #1042-Y1JWZ]"
#define OTHER "[Example #42-D00JM]"

static const uint8_t key[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
static const struct ticketid_site site = {"Example", key, sizeof key};

struct row {
    const char *name;
    const char *in;
    const char *want;
};

static const struct row plain_rows[] = {
    {"new", "Printer", ID " Printer"},
    {"none", NULL, ID " (no subject)"},
    {"empty", "", ID " (no subject)"},
    {"blank", " \t ", ID " (no subject)"},
    {"ideographic blank", "\u3000", ID " (no subject)"},
    {"only an ID", ID, ID " (no subject)"},
    {"only a prefix", "Re:", "Re: " ID " (no subject)"},
    {"reads that way", ID " Printer", ID " Printer"},
    {"reads that way, reply", "Re: " ID " Printer", "Re: " ID " Printer"},
    {"reads that way, none", ID " (no subject)", ID " (no subject)"},
    {"to the letter", ID " a  b\u3000c : [x] Re: d ", ID " a  b\u3000c : [x] Re: d "},

    {"another ticket's ID", OTHER " Printer", ID " Printer"},
    {"two IDs", ID " " OTHER " Printer", ID " Printer"},
    {"ID after reply", "Re: " OTHER " Printer", "Re: " ID " Printer"},
    {"ID before reply", OTHER " Re: Printer", "Re: " ID " Printer"},
    {"run of both", "Re: " ID " AW: " OTHER " SV: Printer", "Re: " ID " Printer"},
    {"glued run", "Re:" ID "Re:Printer", "Re: " ID " Printer"},
    {"ID in the middle", "Printer " ID " on fire", ID " Printer on fire"},
    {"ID in the middle, wide", "Printer  " ID "  on fire", ID " Printer  on fire"},
    {"ID glued left", "Printer" ID " on fire", ID " Printer on fire"},
    {"ID glued right", "Printer " ID "on fire", ID " Printer on fire"},
    {"ID glued both", "Printer" ID "on fire", ID " Printeron fire"},
    {"ID at the end", "Printer " ID, ID " Printer"},
    {"ID glued to the end", "Printer" ID, ID " Printer"},
    {"ID at the end, space", "Printer " ID " ", ID " Printer"},
    {"two IDs in the middle", "Printer " ID " " OTHER " on fire", ID " Printer on fire"},
    {"lower case, folded ID", "Re: [example\n #1042-yijwz] Printer", "Re: " ID " Printer"},
    {"ID in brackets", "[Printer " ID " x]", ID " [Printer x]"},
    {"ID out of two", "[Exam" ID "ple #42-D00JM] x", ID " x"},
    {"ID out of two, wide", "[Exam " ID " ple #42-D00JM] x", ID " x"},
    {"word out of an ID", ID " [no" ID "te] x", ID " x"},
    {"prefix out of an ID", "R" ID "e: x", "Re: " ID " x"},
    {"bad ID stays", "[Example #1042-AAAAA] Printer", ID " [Example #1042-AAAAA] Printer"},
    {"bad ID ends the run", "Re: [Example #1042] Re: x", "Re: " ID " [Example #1042] Re: x"},
    {"customer's own tag", "Re: [Other #7] Printer", "Re: " ID " [Other #7] Printer"},
    {"customer's tag before ours", "[Other #7] " ID " Printer", ID " [Other #7] Printer"},
    {"look-alike tag", "[\u0415xample #1042-Y1JWZ] x", ID " [\u0415xample #1042-Y1JWZ] x"},

    {"forward stays", "Fwd: Printer", ID " Fwd: Printer"},
    {"forward before ID", "Fwd: " ID " Printer", ID " Fwd: Printer"},
    {"forward before reply", "Fwd: Re: " ID " Printer", ID " Fwd: Re: Printer"},
    {"reply before forward", "Re: Fwd: " ID " Printer", "Re: " ID " Fwd: Printer"},
    {"FW", "FW: Printer", ID " FW: Printer"},
    {"WG", "WG: Printer", ID " WG: Printer"},
    {"TR", "Tr. : Printer", ID " Tr. : Printer"},
    {"RV forwards, in Spanish", "RV: Printer", ID " RV: Printer"},
    {"I forwards, in Italian", "I: Printer", ID " I: Printer"},
    {"Chinese forward", "转发：Printer", ID " 转发：Printer"},
    {"Mozilla's old forward", "[Fwd: Printer]", ID " [Fwd: Printer]"},

    {"re", "re: x", "Re: " ID " x"},
    {"RE", "RE: x", "Re: " ID " x"},
    {"no space", "Re:x", "Re: " ID " x"},
    {"French space", "RE : x", "Re: " ID " x"},
    {"French no-break space", "RE\u00a0: x", "Re: " ID " x"},
    {"full-width colon", "Re：x", "Re: " ID " x"},
    {"many", "Re: RE: AW: Re:re : x", "Re: " ID " x"},
    {"counter", "Re[2]: x", "Re: " ID " x"},
    {"counter, large", "Re[12345]: x", "Re: " ID " x"},
    {"counter in round", "Re(2): x", "Re: " ID " x"},
    {"counter, caret", "Re^2: x", "Re: " ID " x"},
    {"counter, star", "Re*3: x", "Re: " ID " x"},
    {"counter, space", "RE [2] : x", "Re: " ID " x"},
    {"lone AW", "AW: x", "Re: " ID " x"},
    {"Aw", "Aw: x", "Re: " ID " x"},
    {"Antw", "Antw: x", "Re: " ID " x"},
    {"Antwort", "Antwort: x", "Re: " ID " x"},
    {"SV", "SV: x", "Re: " ID " x"},
    {"VS", "VS: x", "Re: " ID " x"},
    {"R", "R: x", "Re: " ID " x"},
    {"RIF", "Rif: x", "Re: " ID " x"},
    {"RES", "RES: x", "Re: " ID " x"},
    {"Odp", "Odp: x", "Re: " ID " x"},
    {"Odg", "Odg: x", "Re: " ID " x"},
    {"YNT", "YNT: x", "Re: " ID " x"},
    {"ATB", "ATB: x", "Re: " ID " x"},
    {"Réf", "Réf: x", "Re: " ID " x"},
    {"RÉF, dot", "RÉF. : x", "Re: " ID " x"},
    {"Réf, decomposed", "Re\u0301f: x", "Re: " ID " x"},
    {"Vá", "Vá: x", "Re: " ID " x"},
    {"VÁ", "VÁ: x", "Re: " ID " x"},
    {"Greek", "ΑΠ: x", "Re: " ID " x"},
    {"Russian", "Ответ: x", "Re: " ID " x"},
    {"Hebrew", "השב: x", "Re: " ID " x"},
    {"Arabic", "رد: x", "Re: " ID " x"},
    {"Chinese", "回复: x", "Re: " ID " x"},
    {"Chinese, full-width colon", "回复：x", "Re: " ID " x"},
    {"Chinese, other word", "答复: x", "Re: " ID " x"},
    {"Chinese, traditional", "回覆: x", "Re: " ID " x"},
    {"Japanese", "返信: x", "Re: " ID " x"},
    {"Korean", "답장: x", "Re: " ID " x"},
    {"Vietnamese", "Trả lời: x", "Re: " ID " x"},
    {"mixed run", "回复：AW: Re[2]: " OTHER " RE : x", "Re: " ID " x"},

    {"word that begins so", "Report: x", ID " Report: x"},
    {"Reference", "Ref: x", ID " Ref: x"},
    {"no colon", "Re x", ID " Re x"},
    {"colon alone", ": x", ID " : x"},
    {"counter without digits", "Re[]: x", ID " Re[]: x"},
    {"counter not closed", "Re[2: x", ID " Re[2: x"},
    {"counter closed otherwise", "Re[2): x", ID " Re[2): x"},
    {"counter without colon", "Re [2] x", ID " Re [2] x"},
    {"a product called RE2", "RE2: x", ID " RE2: x"},
    {"reply later on", "Printer Re: x", ID " Printer Re: x"},
    {"list tag first", "[list] Re: x", ID " [list] Re: x"},

    {"our words leave", ID " [note] x", ID " x"},
    {"several", ID " [note] [new sender] [unproven] [auto] x", ID " x"},
    {"the others", ID " [bounce][spam] [no operators] [too many]x", ID " x"},
    {"in the reply", "Re: " ID " [note] x", "Re: " ID " x"},
    {"before the ID", "[note] Re: " ID " x", "Re: " ID " x"},
    {"without ID: claimed", "[note] x", ID " x"},
    {"any case, folded", ID " [New\n  Sender] x", ID " x"},
    {"behind an ID further on", "Fwd: " ID " [note] [auto] x", ID " Fwd: x"},
    {"further on: somebody's", "Fwd: [note] x", ID " Fwd: [note] x"},
    {"no word of ours", ID " [notes] x", ID " [notes] x"},
    {"bad ID before it", "[Example #1-AAAAA] [note] x", ID " [Example #1-AAAAA] [note] x"},
    {"only words", ID " [note]", ID " (no subject)"},

    {"Japanese subject", "Re: " ID " お問い合わせ", "Re: " ID " お問い合わせ"},
    {"emoji", "\U0001F468\u200d\U0001F469\u200d\U0001F467 x",
     ID " \U0001F468\u200d\U0001F469\u200d\U0001F467 x"},
    {"not UTF-8",
     "Dr\xfc"
     "cker",
     ID " Dr\ufffd"
        "cker"},
    {"not UTF-8 around an ID",
     "\xc2" ID "\xa0"
     "x",
     ID " \ufffd\ufffdx"},
};

static const struct row note_rows[] = {
    {"new", "Printer", ID " [note] [new sender] Printer"},
    {"reply", "Re: " ID " Printer", "Re: " ID " [note] [new sender] Printer"},
    {"none", NULL, ID " [note] [new sender] (no subject)"},
    {"has one", "Re: " ID " [note] Printer", "Re: " ID " [note] [new sender] Printer"},
    {"has another", ID " [spam] Printer", ID " [note] [new sender] Printer"},
    {"reads that way", ID " [note] [new sender] x", ID " [note] [new sender] x"},
    {"forward", "Fwd: " ID " [note] x", ID " [note] [new sender] Fwd: x"},
};

static void write_rows(const struct row *rows, size_t count, const char *const *words)
{
    int failed = 0;

    for (size_t i = 0; i < count; i++) {
        g_autofree char *once = subject_write(&site, 1042, rows[i].in, words);
        g_autofree char *twice = subject_write(&site, 1042, once, words);

        if (strcmp(once, rows[i].want) != 0 || strcmp(twice, once) != 0) {
            print_error("%s:\n  have %s\n  want %s\n  then %s\n", rows[i].name, once, rows[i].want,
                        twice);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

static void plain(void **state)
{
    (void)state;
    write_rows(plain_rows, G_N_ELEMENTS(plain_rows), NULL);
}

static void with_words(void **state)
{
    const char *const words[] = {subject_words[0], subject_words[1], NULL};

    (void)state;
    write_rows(note_rows, G_N_ELEMENTS(note_rows), words);
}

/* The operators' version turned into the customers' is what the customers' would have been. */
static void words_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(plain_rows); i++) {
        g_autofree char *operators = subject_write(&site, 1042, plain_rows[i].in, subject_words);
        g_autofree char *customers = subject_write(&site, 1042, operators, NULL);

        assert_string_equal(customers, plain_rows[i].want);
    }
}

static void listed_words(void **state)
{
    static const char *const want[] = {"[note]",   "[new sender]", "[unproven]",     "[auto]",
                                       "[bounce]", "[spam]",       "[no operators]", "[too many]"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++)
        assert_string_equal(subject_words[i], want[i]);
    assert_null(subject_words[G_N_ELEMENTS(want)]);
}

static void bare(void **state)
{
    static const struct row rows[] = {
        {"none", NULL, "(no subject)"},
        {"empty", "", "(no subject)"},
        {"only ours", "Re: " ID " [note] ", "(no subject)"},
        {"only white space", " \u3000 ", "(no subject)"},
        {"plain", "Printer", "Printer"},
        {"all of it", "[auto] Re: AW: " ID " [note] 回复：Printer on fire", "Printer on fire"},
        {"ID at the end", "Printer " ID, "Printer"},
        {"white space", "  Printer  on fire \u3000", "Printer  on fire"},
        {"forward stays", "Re: Fwd: " ID " Printer", "Fwd: Printer"},
        {"another's tag stays", "Re: [Other #7] Printer", "[Other #7] Printer"},
        {"not UTF-8",
         "Dr\xfc"
         "cker",
         "Dr\ufffd"
         "cker"},
    };
    int failed = 0;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *have = subject_bare(&site, rows[i].in);

        if (strcmp(have, rows[i].want) != 0) {
            print_error("%s:\n  have %s\n  want %s\n", rows[i].name, have, rows[i].want);
            failed++;
        }
    }
    assert_int_equal(failed, 0);
}

/* What would take minutes if it took quadratic time. */
static void large(void **state)
{
    static const char *const pieces[] = {"[",     "[ ",    "]",      "Re: ",         "[note] ",
                                         "Re \t", " ",     "\u3000", "[Example #1 ", "[Exam",
                                         "[no",   "Re[1]", "[a]",    "[Example #1]"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autofree char *once = NULL;
        g_autofree char *twice = NULL;

        while (text->len < 1000000)
            g_string_append(text, pieces[i]);
        once = subject_write(&site, 1042, text->str, NULL);
        twice = subject_write(&site, 1042, once, NULL);
        assert_string_equal(once, twice);
    }
}

/* The same for one bracket that is long to read and closed again and again. */
static void closed_often(void **state)
{
    g_autoptr(GString) text = g_string_new("[Example #1");
    g_autofree char *have = NULL;

    (void)state;
    for (int i = 0; i < 300000; i++)
        g_string_append_c(text, ' ');
    g_string_append(text, "x");
    for (int i = 0; i < 300000; i++)
        g_string_append_c(text, ']');
    have = subject_write(&site, 1042, text->str, NULL);
    assert_true(g_str_has_prefix(have, ID " [Example #1 "));
    assert_int_equal(strlen(have), strlen(ID) + 1 + text->len);
}

/* IDs within IDs: each that is taken out completes the one around it. */
static void nested(void **state)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *have = NULL;

    (void)state;
    for (int i = 0; i < 5000; i++)
        g_string_append(text, "[Exam");
    for (int i = 0; i < 5000; i++)
        g_string_append(text, "ple #42-D00JM]");
    have = subject_write(&site, 1042, text->str, NULL);
    assert_string_equal(have, ID " (no subject)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain),  cmocka_unit_test(with_words),   cmocka_unit_test(words_leave),
        cmocka_unit_test(bare),   cmocka_unit_test(listed_words), cmocka_unit_test(large),
        cmocka_unit_test(nested), cmocka_unit_test(closed_often),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
