/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A state machine, one byte after the other, that follows the HTML standard's tokenizer as far as
 * text needs it. Decides which elements break a line and which hide what is in them. Attributes,
 * and with them whatever CSS hides or shows, are not looked at. Never fails; any thread.
 */
#include "milter/html.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "milter/charset.h"

#define NAME_MAX_BYTES 16 /* longer names of tags and entities mean nothing to us */
#define BLANK_LINE 2      /* line ends that make one */
#define NO_COMMENT 3      /* dashes that come too late to begin one */

enum state {
    TEXT,
    ENTITY,      /* after "&" */
    TAG_OPEN,    /* after "<" */
    TAG_NAME,    /* in the name of a tag */
    TAG_REST,    /* in its attributes */
    TAG_QUOTED,  /* in a quoted one */
    DECLARATION, /* after "<!" or "<?" */
    COMMENT,     /* after "<!--" */
    HIDDEN,      /* in the text of an element that shows none */
    HIDDEN_OPEN, /* after "<" there */
    HIDDEN_NAME, /* after "</" there */
};

struct html {
    enum state state;
    char name[NAME_MAX_BYTES + 1]; /* lower case; of a tag or an entity */
    size_t length;                 /* of name; NAME_MAX_BYTES + 1: longer */
    bool closing;                  /* the tag is an end tag */
    char quote;
    bool equals;        /* a value may begin, in the attributes */
    unsigned dashes;    /* seen in a row, in a comment or declaration */
    const char *hidden; /* the element whose text is not shown */
    bool preformatted;
    bool started;       /* something was appended */
    bool space;         /* white space is due before the next character */
    unsigned line_ends; /* line ends are due before it */
};

struct entity {
    const char *name;
    gunichar character;
};

static const struct entity entities[] = {
    /* In the order of strcmp(), for bsearch(). */
    {"AElig", 0xC6},    {"Aacute", 0xC1},   {"Acirc", 0xC2},    {"Agrave", 0xC0},
    {"Alpha", 0x391},   {"Aring", 0xC5},    {"Atilde", 0xC3},   {"Auml", 0xC4},
    {"Beta", 0x392},    {"Ccedil", 0xC7},   {"Chi", 0x3A7},     {"Dagger", 0x2021},
    {"Delta", 0x394},   {"ETH", 0xD0},      {"Eacute", 0xC9},   {"Ecirc", 0xCA},
    {"Egrave", 0xC8},   {"Epsilon", 0x395}, {"Eta", 0x397},     {"Euml", 0xCB},
    {"Gamma", 0x393},   {"Iacute", 0xCD},   {"Icirc", 0xCE},    {"Igrave", 0xCC},
    {"Iota", 0x399},    {"Iuml", 0xCF},     {"Kappa", 0x39A},   {"Lambda", 0x39B},
    {"Mu", 0x39C},      {"Ntilde", 0xD1},   {"Nu", 0x39D},      {"OElig", 0x152},
    {"Oacute", 0xD3},   {"Ocirc", 0xD4},    {"Ograve", 0xD2},   {"Omega", 0x3A9},
    {"Omicron", 0x39F}, {"Oslash", 0xD8},   {"Otilde", 0xD5},   {"Ouml", 0xD6},
    {"Phi", 0x3A6},     {"Pi", 0x3A0},      {"Psi", 0x3A8},     {"Rho", 0x3A1},
    {"Scaron", 0x160},  {"Sigma", 0x3A3},   {"THORN", 0xDE},    {"Tau", 0x3A4},
    {"Theta", 0x398},   {"Uacute", 0xDA},   {"Ucirc", 0xDB},    {"Ugrave", 0xD9},
    {"Upsilon", 0x3A5}, {"Uuml", 0xDC},     {"Xi", 0x39E},      {"Yacute", 0xDD},
    {"Yuml", 0x178},    {"Zeta", 0x396},    {"aacute", 0xE1},   {"acirc", 0xE2},
    {"acute", 0xB4},    {"aelig", 0xE6},    {"agrave", 0xE0},   {"alpha", 0x3B1},
    {"amp", '&'},       {"apos", '\''},     {"aring", 0xE5},    {"atilde", 0xE3},
    {"auml", 0xE4},     {"bdquo", 0x201E},  {"beta", 0x3B2},    {"brvbar", 0xA6},
    {"bull", 0x2022},   {"ccedil", 0xE7},   {"cedil", 0xB8},    {"cent", 0xA2},
    {"check", 0x2713},  {"chi", 0x3C7},     {"circ", 0x2C6},    {"copy", 0xA9},
    {"curren", 0xA4},   {"dagger", 0x2020}, {"darr", 0x2193},   {"deg", 0xB0},
    {"delta", 0x3B4},   {"divide", 0xF7},   {"eacute", 0xE9},   {"ecirc", 0xEA},
    {"egrave", 0xE8},   {"emsp", ' '},      {"ensp", ' '},      {"epsilon", 0x3B5},
    {"eta", 0x3B7},     {"eth", 0xF0},      {"euml", 0xEB},     {"euro", 0x20AC},
    {"frac12", 0xBD},   {"frac14", 0xBC},   {"frac34", 0xBE},   {"gamma", 0x3B3},
    {"ge", 0x2265},     {"gt", '>'},        {"harr", 0x2194},   {"hearts", 0x2665},
    {"hellip", 0x2026}, {"iacute", 0xED},   {"icirc", 0xEE},    {"iexcl", 0xA1},
    {"igrave", 0xEC},   {"infin", 0x221E},  {"iota", 0x3B9},    {"iquest", 0xBF},
    {"iuml", 0xEF},     {"kappa", 0x3BA},   {"lambda", 0x3BB},  {"laquo", 0xAB},
    {"larr", 0x2190},   {"ldquo", 0x201C},  {"le", 0x2264},     {"lsaquo", 0x2039},
    {"lsquo", 0x2018},  {"lt", '<'},        {"macr", 0xAF},     {"mdash", 0x2014},
    {"micro", 0xB5},    {"middot", 0xB7},   {"minus", 0x2212},  {"mu", 0x3BC},
    {"nbsp", ' '},      {"ndash", 0x2013},  {"ne", 0x2260},     {"not", 0xAC},
    {"ntilde", 0xF1},   {"nu", 0x3BD},      {"oacute", 0xF3},   {"ocirc", 0xF4},
    {"oelig", 0x153},   {"ograve", 0xF2},   {"omega", 0x3C9},   {"omicron", 0x3BF},
    {"ordf", 0xAA},     {"ordm", 0xBA},     {"oslash", 0xF8},   {"otilde", 0xF5},
    {"ouml", 0xF6},     {"para", 0xB6},     {"permil", 0x2030}, {"phi", 0x3C6},
    {"pi", 0x3C0},      {"plusmn", 0xB1},   {"pound", 0xA3},    {"psi", 0x3C8},
    {"quot", '"'},      {"raquo", 0xBB},    {"rarr", 0x2192},   {"rdquo", 0x201D},
    {"reg", 0xAE},      {"rho", 0x3C1},     {"rsaquo", 0x203A}, {"rsquo", 0x2019},
    {"sbquo", 0x201A},  {"scaron", 0x161},  {"sect", 0xA7},     {"shy", 0xAD},
    {"sigma", 0x3C3},   {"sigmaf", 0x3C2},  {"sup1", 0xB9},     {"sup2", 0xB2},
    {"sup3", 0xB3},     {"szlig", 0xDF},    {"tau", 0x3C4},     {"theta", 0x3B8},
    {"thinsp", ' '},    {"thorn", 0xFE},    {"tilde", 0x2DC},   {"times", 0xD7},
    {"trade", 0x2122},  {"uacute", 0xFA},   {"uarr", 0x2191},   {"ucirc", 0xFB},
    {"ugrave", 0xF9},   {"uml", 0xA8},      {"upsilon", 0x3C5}, {"uuml", 0xFC},
    {"xi", 0x3BE},      {"yacute", 0xFD},   {"yen", 0xA5},      {"yuml", 0xFF},
    {"zeta", 0x3B6},    {"zwj", 0x200D},    {"zwnj", 0x200C},
};

/* Elements that stand on lines of their own; those of the first list with a blank line around. */
static const char *const paragraphs[] = {"blockquote", "dl", "h1", "h2",  "h3",    "h4", "h5", "h6",
                                         "hr",         "ol", "p",  "pre", "table", "ul", NULL};
static const char *const lines[] = {"address", "article", "aside", "body",     "caption", "center",
                                    "dd",      "div",     "dt",    "fieldset", "figure",  "footer",
                                    "form",    "header",  "li",    "main",     "nav",     "option",
                                    "section", "tr",      NULL};
static const char *const hidden[] = {"script", "style", "title", NULL};

struct html *html_new(void)
{
    return g_new0(struct html, 1);
}

void html_free(struct html *html)
{
    g_free(html);
}

/* Room for something visible: what white space and line ends are due before it. */
static void begin_visible(struct html *html, GString *out)
{
    if (html->started && html->line_ends > 0)
        g_string_append(out, html->line_ends >= BLANK_LINE ? "\n\n" : "\n");
    else if (html->started && html->space)
        g_string_append_c(out, ' ');
    html->started = true;
    html->space = false;
    html->line_ends = 0;
}

static void break_line(struct html *html, unsigned line_ends)
{
    html->line_ends = MAX(html->line_ends, line_ends);
}

static void show_space(struct html *html, char c, GString *out)
{
    if (!html->preformatted) {
        html->space = true;
    } else if (c == '\n') {
        html->line_ends++;
    } else if (c != '\r') {
        begin_visible(html, out);
        g_string_append_c(out, c);
    }
}

static void show_character(struct html *html, gunichar c, GString *out)
{
    if (c == ' ') {
        show_space(html, ' ', out);
        return;
    }
    begin_visible(html, out);
    g_string_append_unichar(out, c);
}

static void show(struct html *html, const char *bytes, size_t size, GString *out)
{
    begin_visible(html, out);
    g_string_append_len(out, bytes, (gssize)size);
}

static void begin_name(struct html *html, enum state state)
{
    html->state = state;
    html->length = 0;
    html->name[0] = '\0';
}

/* Whether c was taken as part of a name. */
static bool extend_name(struct html *html, char c)
{
    if (html->length >= NAME_MAX_BYTES) {
        html->length = NAME_MAX_BYTES + 1;
        return false;
    }
    html->name[html->length++] = c;
    html->name[html->length] = '\0';
    return true;
}

static int compare_entity(const void *name, const void *entity)
{
    return strcmp(name, ((const struct entity *)entity)->name);
}

/* The character that the digits of a numeric reference stand for, as browsers read it. */
static gunichar numeric_character(const char *digits)
{
    bool is_hex = digits[0] == 'x' || digits[0] == 'X';
    char *end;
    guint64 value = g_ascii_strtoull(digits + is_hex, &end, is_hex ? 16 : 10);

    if (!g_ascii_isxdigit(digits[is_hex]) || *end != '\0')
        return 0;
    if (value >= 0x80 && value < 0xA0)
        return charset_windows_1252((uint8_t)value);
    if (value == 0xA0 || value == '\t' || value == '\n' || value == '\r')
        return ' ';
    return value >= ' ' && value <= 0x10FFFF && g_unichar_validate((gunichar)value)
               ? (gunichar)value
               : 0xFFFD;
}

/* The character that name, without "&" and ";", stands for, or 0. */
static gunichar entity_character(const char *name)
{
    if (name[0] == '#')
        return numeric_character(name + 1);

    const struct entity *found =
        bsearch(name, entities, G_N_ELEMENTS(entities), sizeof entities[0], compare_entity);
    return found == NULL ? 0 : found->character;
}

/* What was read after "&" is an entity, or it is text. */
static void end_entity(struct html *html, bool has_semicolon, GString *out)
{
    gunichar c = html->length <= NAME_MAX_BYTES ? entity_character(html->name) : 0;

    html->state = TEXT;
    if (c != 0) {
        show_character(html, c, out);
        return;
    }
    show(html, "&", 1, out);
    g_string_append(out, html->name);
    if (has_semicolon)
        g_string_append_c(out, ';');
}

static bool is_listed(const char *const *list, const char *name)
{
    return g_strv_contains(list, name);
}

/* The name of a tag is complete. */
static void end_tag_name(struct html *html)
{
    const char *name = html->length <= NAME_MAX_BYTES ? html->name : "";

    if (strcmp(name, "br") == 0)
        html->line_ends++;
    else if (is_listed(paragraphs, name))
        break_line(html, BLANK_LINE);
    else if (is_listed(lines, name))
        break_line(html, 1);
    else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)
        html->space = true;
    if (strcmp(name, "pre") == 0)
        html->preformatted = !html->closing;
    for (size_t i = 0; hidden[i] != NULL && !html->closing; i++) {
        if (strcmp(name, hidden[i]) == 0)
            html->hidden = hidden[i];
    }
}

static void end_tag(struct html *html)
{
    html->state = html->hidden != NULL ? HIDDEN : TEXT;
}

static void step_rest(struct html *html, char c)
{
    if (c == '>') {
        html->equals = false;
        end_tag(html);
        return;
    }
    html->quote = c;
    html->state = html->equals && (c == '"' || c == '\'') ? TAG_QUOTED : TAG_REST;
    html->equals = c == '=' || (html->equals && g_ascii_isspace(c));
}

static void step_name(struct html *html, char c)
{
    if (c == '>' || c == '/' || g_ascii_isspace(c)) {
        end_tag_name(html);
        step_rest(html, c);
    } else {
        extend_name(html, g_ascii_tolower(c));
    }
}

/* After "<": a tag, a comment, or just that character. False: it is text, c included. */
static bool step_open(struct html *html, char c, GString *out)
{
    if (c == '/' && !html->closing) {
        html->closing = true;
    } else if (g_ascii_isalpha(c)) {
        begin_name(html, TAG_NAME);
        extend_name(html, g_ascii_tolower(c));
    } else if (c == '!' || c == '?' || html->closing) {
        html->state = c == '>' ? TEXT : DECLARATION;
        html->dashes = c == '!' && !html->closing ? 0 : NO_COMMENT;
    } else {
        show(html, "<", 1, out);
        html->state = TEXT;
        return false;
    }
    return true;
}

/* In "<!…": "--" at once makes it a comment. */
static void step_declaration(struct html *html, char c)
{
    html->dashes = c == '-' && html->dashes < NO_COMMENT ? html->dashes + 1 : NO_COMMENT;
    if (c == '>')
        html->state = TEXT;
    else if (html->dashes == 2)
        html->state = COMMENT;
}

static void step_comment(struct html *html, char c)
{
    if (c == '>' && html->dashes >= 2)
        html->state = TEXT;
    html->dashes = c == '-' ? 2 - (html->dashes == 0) : 0;
}

/* In script, style and title only their own end tag means something. */
static void step_hidden(struct html *html, char c)
{
    if (html->state == HIDDEN_NAME && g_ascii_isalnum(c)) {
        extend_name(html, g_ascii_tolower(c));
        return;
    }
    if (html->state == HIDDEN_NAME && strcmp(html->name, html->hidden) == 0 &&
        html->length <= NAME_MAX_BYTES) {
        html->hidden = NULL;
        step_rest(html, c);
        return;
    }
    if (html->state == HIDDEN_OPEN && c == '/')
        begin_name(html, HIDDEN_NAME);
    else
        html->state = c == '<' ? HIDDEN_OPEN : HIDDEN;
}

/* Whether c can follow what was read of an entity. */
static bool goes_on(const struct html *html, char c)
{
    if (html->length == 0)
        return g_ascii_isalpha(c) || c == '#';
    if (html->name[0] != '#')
        return g_ascii_isalnum(c);
    if (html->length == 1)
        return g_ascii_isdigit(c) || c == 'x' || c == 'X';
    return g_ascii_isdigit(html->name[1]) ? g_ascii_isdigit(c) : g_ascii_isxdigit(c);
}

/* After "&". False: c is no part of the entity. */
static bool step_entity(struct html *html, char c, GString *out)
{
    if (c == ';')
        end_entity(html, true, out);
    else if (!goes_on(html, c) || !extend_name(html, c))
        end_entity(html, false, out);
    return c == ';' || html->state == ENTITY;
}

/* Takes text up to something that means more; how many bytes. */
static size_t step_text(struct html *html, const char *bytes, size_t size, GString *out)
{
    size_t length = 0;

    while (length < size && bytes[length] != '<' && bytes[length] != '&' &&
           !g_ascii_isspace(bytes[length]) && bytes[length] != '\xC2')
        length++;
    if (length > 0) {
        show(html, bytes, length, out);
        return length;
    }
    if (bytes[0] == '\xC2' && size > 1) {
        if (bytes[1] == '\xA0')
            show_space(html, ' ', out);
        else
            show(html, bytes, 2, out);
        return 2;
    }
    if (bytes[0] == '<') {
        html->state = TAG_OPEN;
        html->closing = false;
    } else if (bytes[0] == '&') {
        begin_name(html, ENTITY);
    } else {
        show_space(html, bytes[0], out);
    }
    return 1;
}

/* Reads on from bytes, of which there is one at least; how many were taken. */
static size_t step(struct html *html, const char *bytes, size_t size, GString *out)
{
    char c = bytes[0];

    switch (html->state) {
    case TEXT:
        return step_text(html, bytes, size, out);
    case ENTITY:
        return step_entity(html, c, out);
    case TAG_OPEN:
        return step_open(html, c, out);
    case TAG_NAME:
        step_name(html, c);
        return 1;
    case TAG_REST:
        step_rest(html, c);
        return 1;
    case TAG_QUOTED:
        if (c == html->quote)
            html->state = TAG_REST;
        return 1;
    case DECLARATION:
        step_declaration(html, c);
        return 1;
    case COMMENT:
        step_comment(html, c);
        return 1;
    case HIDDEN:
    case HIDDEN_OPEN:
    case HIDDEN_NAME:
        step_hidden(html, c);
        return 1;
    }
    return size;
}

void html_step(struct html *html, const char *bytes, size_t size, GString *out)
{
    while (size > 0) {
        size_t taken = step(html, bytes, size, out);

        bytes += taken;
        size -= taken;
    }
}

void html_finish(struct html *html, GString *out)
{
    if (html->state == ENTITY)
        end_entity(html, false, out);
    else if (html->state == TAG_OPEN)
        show(html, html->closing ? "</" : "<", html->closing ? 2 : 1, out);
    html->state = TEXT;
}
