/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scanner for results of the form `method=pass (comment) name.property=value`, and the rule that
 * a doubtful one proves nothing. Knows no message. Any thread; nothing can fail.
 */
#include "milter/authres.h"

#include <glib.h>
#include <stddef.h>
#include <string.h>

#include "milter/comment.h"

struct span {
    const char *begin;
    size_t size;
};

/* One result: what stands between two semicolons. */
struct result {
    struct span method;
    struct span says;   /* "pass" */
    struct span domain; /* header.d or header.from, whichever belongs to the method */
    bool doubtful;
};

static const char *skip_quoted(const char *text)
{
    for (text++; *text != '\0' && *text != '"'; text++)
        if (*text == '\\' && text[1] != '\0')
            text++;
    return *text == '"' ? text + 1 : text;
}

/* All up to the next space or semicolon that is neither in a comment nor in quotes. */
static const char *read_value(const char *text, struct span *out)
{
    out->begin = text;
    while (*text != '\0' && *text != ';' && !g_ascii_isspace(*text)) {
        if (*text == '"')
            text = skip_quoted(text);
        else if (*text == '(')
            text = comment_end(text);
        else
            text++;
    }
    out->size = (size_t)(text - out->begin);
    return text;
}

static bool is(struct span span, const char *word)
{
    return span.size == strlen(word) && g_ascii_strncasecmp(span.begin, word, span.size) == 0;
}

/* Reads "name=value", with white space and comments around "="; or a word without, which leaves
 * name empty. Takes at least one byte of what is not the end of a result. */
static const char *read_item(const char *text, struct span *name, struct span *value)
{
    size_t size = strcspn(text, " \t\r\n\v\f;()\"=");
    const char *next = comment_skip_space(text + size);

    name->begin = text;
    name->size = size;
    if (size > 0 && *next == '=')
        return read_value(comment_skip_space(next + 1), value);
    name->size = 0;
    return read_value(text, value);
}

/* A second domain, or a word alone, is somebody's who wants to be taken for another. */
static void take_item(struct result *result, struct span name, struct span value)
{
    const char *wanted = is(result->method, "dmarc") ? "header.from" : "header.d";

    if (is(name, wanted)) {
        result->doubtful = result->doubtful || result->domain.begin != NULL;
        result->domain = value;
    } else if (name.size == 0) {
        result->doubtful = true;
    }
}

/* Reads one result, up to its semicolon or the field's end. */
static const char *read_result(const char *text, struct result *result)
{
    *result = (struct result){{NULL, 0}, {NULL, 0}, {NULL, 0}, false};
    text = comment_skip_space(text);
    if (*text == '\0' || *text == ';') {
        result->doubtful = true;
        return text;
    }
    text = comment_skip_space(read_item(text, &result->method, &result->says));
    while (*text != '\0' && *text != ';') {
        struct span name;
        struct span value;

        text = comment_skip_space(read_item(text, &name, &value));
        take_item(result, name, value);
    }
    return text;
}

bool authres_is_of(const char *value, const char *authserv_id)
{
    struct span name;

    read_value(comment_skip_space(value), &name);
    if (name.size >= 2 && name.begin[0] == '"' && name.begin[name.size - 1] == '"') {
        name.begin++;
        name.size -= 2;
    }
    return name.size > 0 && is(name, authserv_id);
}

/* Steps over the name, and the version if it is the only one there is. What stands there otherwise
 * is nothing that we can read: NULL. */
static const char *find_results(const char *value)
{
    struct span name;
    struct span version;
    const char *text = comment_skip_space(read_value(comment_skip_space(value), &name));

    if (*text == ';' || *text == '\0')
        return text;
    text = comment_skip_space(read_value(text, &version));
    return is(version, "1") && (*text == ';' || *text == '\0') ? text : NULL;
}

static bool says(const struct result *result, const char *method, const char *word)
{
    return is(result->method, method) && is(result->says, word);
}

static bool proves(const struct result *result, const char *method, const char *domain)
{
    return !result->doubtful && says(result, method, "pass") && domain[0] != '\0' &&
           is(result->domain, domain);
}

const char *authres_prove(const char *value, const char *domain)
{
    const char *text = find_results(value);
    bool by_dmarc = false;
    bool by_dkim = false;
    struct result result;

    while (text != NULL && *text == ';') {
        text = read_result(text + 1, &result);
        if (says(&result, "dmarc", "fail"))
            return NULL;
        by_dmarc = by_dmarc || proves(&result, "dmarc", domain);
        by_dkim = by_dkim || proves(&result, "dkim", domain);
    }
    return by_dmarc ? "dmarc" : by_dkim ? "dkim" : NULL;
}

const char *authres_disprove(const char *value)
{
    const char *text = find_results(value);
    bool spf_fails = false;
    bool passes = false;
    struct result result;

    while (text != NULL && *text == ';') {
        text = read_result(text + 1, &result);
        if (says(&result, "dmarc", "fail"))
            return "dmarc=fail";
        spf_fails = spf_fails || says(&result, "spf", "fail") || says(&result, "spf", "hardfail");
        passes = passes || (!result.doubtful &&
                            (says(&result, "dkim", "pass") || says(&result, "dmarc", "pass")));
    }
    return spf_fails && !passes ? "spf=fail" : NULL;
}
