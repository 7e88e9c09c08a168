/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing a Subject: take our IDs out, read the leading run, put one ID in. Knows no ticket and no
 * header syntax. Any thread; nothing can fail.
 */
#include "milter/subject.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "milter/chars.h"

#define FULLWIDTH_COLON "\xef\xbc\x9a"

const char *const subject_words[] = {
    "[note]", "[new sender]",   "[unproven]", "[auto]", "[bounce]",
    "[spam]", "[no operators]", "[too many]", NULL,
};

/* In lower case; accented ones also in decomposed form. A row holds at most three. */
static const char *const reply_words[][4] = {
    {"re"},                    /* nearly everywhere */
    {"aw", "antw", "antwort"}, /* German, Dutch */
    {"sv", "svar"},            /* Danish, Icelandic, Norwegian, Swedish */
    {"vs"},                    /* Estonian, Finnish */
    {"r", "rif"},              /* Italian */
    {"res"},                   /* Portuguese */
    {"réf", "re\u0301f"},      /* French */
    {"rép", "re\u0301p"},      /* French */
    {"odp", "odg"},            /* Czech, Polish, Slovak; Croatian, Serbian, Slovene */
    {"ynt", "yan"},            /* Turkish */
    {"atb", "ats"},            /* Latvian, Welsh; Lithuanian */
    {"vá", "va\u0301"},        /* Hungarian */
    {"bls"},                   /* Indonesian */
    {"er"},                    /* Basque */
    {"απ", "σχετ"},            /* Greek */
    {"ответ", "отв", "на"},    /* Russian */
    {"отг"},                   /* Bulgarian */
    {"השב", "תשובה"},          /* Hebrew */
    {"رد", "پاسخ"},            /* Arabic, Persian */
    {"回复", "答复"},          /* Chinese, simplified */
    {"回覆", "答覆"},          /* Chinese, traditional */
    {"返信"},                  /* Japanese */
    {"답장", "회신"},          /* Korean */
    {"ตอบ", "ตอบกลับ"},         /* Thai */
    {"trả lời"},               /* Vietnamese */
};

/* A '[' that may yet begin an ID or a word of ours. */
struct opening {
    size_t at;     /* offset in what is kept so far */
    bool after_id; /* only white space between it and an ID that was taken out */
};

/* The length of word at text, any case and white space, or 0. */
static size_t match_word(const char *text, const char *word)
{
    const char *p = text;

    for (; *word != '\0'; word++) {
        if (*word == ' ')
            continue;
        if (p > text)
            p += chars_spaces(p);
        if (g_ascii_tolower(*p) != *word)
            return 0;
        p++;
    }
    return (size_t)(p - text);
}

/* The length of the word of ours at text, or 0. */
static size_t own_word(const char *text)
{
    for (size_t i = 0; *text == '[' && subject_words[i] != NULL; i++) {
        size_t size = match_word(text, subject_words[i]);

        if (size > 0)
            return size;
    }
    return 0;
}

static bool ends_in_space(const GString *text)
{
    const char *last = g_utf8_find_prev_char(text->str, text->str + text->len);

    return last != NULL && chars_space(last) > 0;
}

/* Whether what stands in kept from opening on, up to its ']', is ours. */
static bool is_own(const struct ticketid_site *site, const GString *kept,
                   const struct opening *opening)
{
    const char *text = kept->str + opening->at;
    size_t size = kept->len - opening->at;
    const char *end;
    int64_t number;

    if (ticketid_at(site, text, &end, &number) == TICKETID_VALID)
        return end == text + size;
    return opening->after_id && own_word(text) == size;
}

/*
 * The text without our IDs, and without our words right behind them. An ID that only comes to be
 * when one within it is taken out goes too: what is kept is looked at again at each ']', from the
 * last '[' in it that has none yet. Each byte is so read a bounded number of times.
 */
static GString *take_out(const struct ticketid_site *site, const char *text)
{
    GString *kept = g_string_sized_new(strlen(text) + 1);
    g_autoptr(GArray) openings = g_array_new(FALSE, FALSE, sizeof(struct opening));
    bool after_id = false;

    while (*text != '\0') {
        size_t space = chars_space(text);
        struct opening *top;

        if (*text == '[') {
            struct opening opening = {kept->len, after_id};

            g_array_append_val(openings, opening);
        }
        after_id = after_id && space > 0;
        g_string_append_len(kept, text, (gssize)MAX(space, 1));
        if (*text++ != ']') {
            text += space > 0 ? space - 1 : 0;
            continue;
        }
        top =
            openings->len > 0 ? &g_array_index(openings, struct opening, openings->len - 1) : NULL;
        if (top == NULL || !is_own(site, kept, top)) {
            g_array_set_size(openings, 0); /* nothing of ours has brackets within */
            continue;
        }
        g_string_truncate(kept, top->at);
        g_array_set_size(openings, openings->len - 1);
        after_id = true;
        if (kept->len == 0 || ends_in_space(kept))
            text += chars_spaces(text);
    }
    while (after_id && ends_in_space(kept))
        g_string_truncate(
            kept, (size_t)(g_utf8_find_prev_char(kept->str, kept->str + kept->len) - kept->str));
    return kept;
}

/* The length of the reply word at text, in any case, or 0. */
static size_t reply_word(const char *text, const char *word)
{
    const char *p = text;

    for (;;) {
        gunichar want;
        gunichar have;
        size_t size = chars_next(word, &want);

        if (size == 0)
            return (size_t)(p - text);
        word += size;
        size = chars_next(p, &have);
        if (size == 0 || chars_lower(have) != want)
            return 0;
        p += size;
    }
}

/* The length of a counter, as in Re[2]: Re(2): Re^2: Re*2:, or 0. */
static size_t counter(const char *text)
{
    static const char opens[] = "[(^*";
    static const char closes[] = "])";
    const char *kind = *text != '\0' ? strchr(opens, *text) : NULL;
    size_t digits;

    if (kind == NULL)
        return 0;
    digits = strspn(text + 1, "0123456789");
    if (digits == 0)
        return 0;
    if (kind - opens > 1)
        return 1 + digits;
    return text[1 + digits] == closes[kind - opens] ? digits + 2 : 0;
}

/* The length of what follows a reply word up to and with its colon, or 0. */
static size_t reply_colon(const char *text)
{
    const char *p = text;

    if (*p == '.')
        p++;
    p += chars_spaces(p);
    p += counter(p);
    p += chars_spaces(p);
    if (*p == ':')
        return (size_t)(p + 1 - text);
    if (g_str_has_prefix(p, FULLWIDTH_COLON))
        return (size_t)(p - text) + strlen(FULLWIDTH_COLON);
    return 0;
}

/* The length of the reply prefix at text, or 0. */
static size_t reply_prefix(const char *text)
{
    for (size_t row = 0; row < G_N_ELEMENTS(reply_words); row++)
        for (const char *const *word = reply_words[row]; *word != NULL; word++) {
            size_t size = reply_word(text, *word);
            size_t colon = size > 0 ? reply_colon(text + size) : 0;

            if (colon > 0)
                return size + colon;
        }
    return 0;
}

/* Where the leading run of white space, reply prefixes and own words ends. */
static const char *skip_leading(const char *text, bool *is_reply)
{
    for (;;) {
        size_t size = chars_spaces(text);

        if (size == 0)
            size = own_word(text);
        if (size == 0) {
            size = reply_prefix(text);
            *is_reply = *is_reply || size > 0;
        }
        if (size == 0)
            return text;
        text += size;
    }
}

/* What is left of a subject, "" if nothing is. Yours. */
static char *read_subject(const struct ticketid_site *site, const char *subject, bool *is_reply)
{
    g_autofree char *valid = chars_valid(subject == NULL ? "" : subject);
    g_autoptr(GString) kept = take_out(site, valid);

    *is_reply = false;
    return g_strdup(skip_leading(kept->str, is_reply));
}

char *subject_write(const struct ticketid_site *site, int64_t number, const char *subject,
                    const char *const *words)
{
    bool is_reply;
    g_autofree char *rest = read_subject(site, subject, &is_reply);
    g_autofree char *id = ticketid_format(site, number);
    GString *out = g_string_new(is_reply ? "Re: " : "");

    g_string_append(out, id);
    for (; words != NULL && *words != NULL; words++)
        g_string_append_printf(out, " %s", *words);
    g_string_append_printf(out, " %s", *rest != '\0' ? rest : SUBJECT_NONE);
    return g_string_free(out, FALSE);
}

char *subject_bare(const struct ticketid_site *site, const char *subject)
{
    bool is_reply;
    g_autofree char *rest = read_subject(site, subject, &is_reply);
    const char *end = rest + strlen(rest);
    const char *last;

    while ((last = g_utf8_find_prev_char(rest, end)) != NULL && chars_space(last) > 0)
        end = last;
    return end > rest ? g_strndup(rest, (size_t)(end - rest)) : g_strdup(SUBJECT_NONE);
}
