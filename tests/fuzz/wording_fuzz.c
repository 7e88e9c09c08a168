/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * milter/wording, milter/flowed: whatever a template and the values in it are, what comes out can
 * be mailed, and is read as it was meant. The input is a template and, behind a NUL each, the
 * subject, the requester and the operator.
 */
#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "milter/flowed.h"
#include "milter/wording.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LONGEST 998 /* RFC 5321, 4.5.3.1.6, without the line's end */

static size_t count_lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* One line of a body. is_soft: that the one before it was; then it must go on. */
static bool check_line(const char *line, bool is_soft)
{
    const char *content = *line == ' ' ? line + 1 : line;
    size_t size = strlen(line);
    bool is_signature = strcmp(content, "-- ") == 0;

    g_assert(size <= LONGEST);
    g_assert(line[0] != '>' && !g_str_has_prefix(line, "From "));
    g_assert(!is_soft || (*content != '\0' && !is_signature));
    return g_str_has_suffix(content, " ") && !is_signature;
}

/* As RFC 3676, 4 says. Yours: the text that it stands for. */
static char *read_back(const char *body)
{
    g_auto(GStrv) lines = g_strsplit(body, "\r\n", -1);
    GString *text = g_string_new(NULL);
    bool is_soft = false;

    for (char **line = lines; *line != NULL && line[1] != NULL; line++) {
        g_assert(strpbrk(*line, "\r\n") == NULL);
        is_soft = check_line(*line, is_soft);
        g_string_append(text, **line == ' ' ? *line + 1 : *line);
        if (!is_soft)
            g_string_append_c(text, '\n');
    }
    g_assert(!is_soft);
    return g_string_free(text, FALSE);
}

/* Without what no body can say: blanks at the end of a line. Yours. */
static char *without_blanks(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line != NULL; line++)
        for (size_t size = strlen(*line); size > 0 && (*line)[size - 1] == ' '; size--)
            if (strcmp(*line, "-- ") != 0)
                (*line)[size - 1] = '\0';
            else
                break;
    return g_strjoinv("\n", lines);
}

static bool has_long_word(const char *text)
{
    for (size_t size; *text != '\0'; text += size + (text[size] != '\0')) {
        size = strcspn(text, " \n");
        if (size > 800)
            return true;
    }
    return false;
}

static void check_flowed(const char *text)
{
    g_autoptr(GString) body = g_string_new(NULL);
    g_autofree char *back = NULL;

    flowed_append(body, text);
    g_assert(g_utf8_validate(body->str, -1, NULL));
    back = read_back(body->str);
    if (!has_long_word(text)) {
        g_autoptr(GString) again = g_string_new(NULL);
        g_autofree char *plain = without_blanks(back);

        g_assert_cmpstr(back, ==, plain);
        flowed_append(again, back);
        g_assert_cmpstr(again->str, ==, body->str);
    }
}

static void check_expanded(const char *template, const struct template_variable *variables)
{
    g_autofree char *subject = NULL;
    g_autofree char *text = NULL;

    wording_expand(template, variables, &subject, &text);
    g_assert(strlen(text) <= strlen(template) * 4 * (WORDING_VALUE_MAX + 2));
    check_flowed(text);
    if (!wording_check(template, NULL))
        return;
    g_assert(g_utf8_validate(subject, -1, NULL));
    g_assert(strpbrk(subject, "\r\n") == NULL);
    /* No value makes a line of its own. */
    g_assert(count_lines(text) <= count_lines(template) + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    const uint8_t *end = data + size;

    while (words->len < 4) {
        const uint8_t *nul = data < end ? memchr(data, '\0', (size_t)(end - data)) : NULL;
        size_t length = nul != NULL ? (size_t)(nul - data) : (size_t)(end - data);

        g_ptr_array_add(words, g_strndup((const char *)data, length));
        data += length + (nul != NULL);
    }
    const struct template_variable variables[] = {
        {"ticket", NULL},
        {"id", "[X #1-ABCDE]"},
        {"subject", words->pdata[1]},
        {"requester", words->pdata[2]},
        {"operator", words->pdata[3]},
        {NULL, NULL},
    };

    check_expanded(words->pdata[0], variables);
    check_flowed(text);
    return 0;
}
