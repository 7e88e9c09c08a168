/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces variables. One pass; knows no variable by name. Any thread.
 */
#include "milter/template.h"

#include <glib.h>
#include <string.h>

static const struct template_variable *find(const struct template_variable *variables,
                                            const char *name, size_t size)
{
    for (const struct template_variable *v = variables; v->name != NULL; v++)
        if (strlen(v->name) == size && memcmp(v->name, name, size) == 0)
            return v;
    return NULL;
}

char *template_expand(const char *text, const struct template_variable *variables)
{
    GString *out = g_string_new(NULL);

    while (*text != '\0') {
        const char *start = strstr(text, "%{");
        const char *end = start != NULL ? strchr(start, '}') : NULL;
        const struct template_variable *found = NULL;

        if (end == NULL) {
            g_string_append(out, text);
            break;
        }
        g_string_append_len(out, text, start - text);
        found = find(variables, start + 2, (size_t)(end - start - 2));
        if (found != NULL)
            g_string_append(out, found->value != NULL ? found->value : "");
        else
            g_string_append_len(out, start, end + 1 - start);
        text = end + 1;
    }
    return g_string_free(out, FALSE);
}
