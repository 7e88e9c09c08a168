/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `counterfoil department template`. What a template may be is milter/wording's business. Shows in
 * a transaction that reads; sets in one of its own, which begins when the text is there.
 */
#include "admin/templates.h"

#include <string.h>

#include "admin/object.h"
#include "admin/plain.h"
#include "admin/typed.h"
#include "db/department_template.h"
#include "db/error.h"
#include "milter/chars.h"
#include "milter/log.h"
#include "milter/nearest.h"
#include "milter/wording.h"

#define BOM "\xef\xbb\xbf"

static bool find_kind(const char *name, enum notice_kind *kind, GError **error)
{
    g_autofree char *quoted = log_quoted(name);
    g_autofree char *all = g_strjoinv(", ", (char **)wording_kinds);
    const char *nearest = nearest_name(name, wording_kinds);

    for (int i = 0; wording_kinds[i] != NULL; i++)
        if (strcmp(wording_kinds[i], name) == 0) {
            *kind = (enum notice_kind)i;
            return true;
        }
    return request_wrong(error,
                         nearest != NULL ? "no kind of notice `%s`; did you mean `%s`?"
                                         : "no kind of notice `%s`; there are %s",
                         quoted, nearest != NULL ? nearest : all);
}

/* own: the department's template, or NULL. */
static const char *source_of(const char *own)
{
    return own == NULL ? "built-in" : *own == '\0' ? "off" : "own";
}

static bool show_one(struct context *context, const struct department *department,
                     enum notice_kind kind, const char *own, GError **error)
{
    const char *text = own != NULL ? own : wording_built_in(kind);
    g_autoptr(GString) out = g_string_new(NULL);

    if (output_is_json(context->output)) {
        AUTO(row) row = object_template(department, wording_kinds[kind], source_of(own), text);

        return output_one(context->output, row, error);
    }
    if (!output_is_terminal(context->output))
        return output_text(context->output, text, error);
    g_autofree char *head =
        g_strdup_printf("%s, %s: %s", department->name, wording_kinds[kind], source_of(own));
    output_paint(context->output, out, "1", head);
    g_string_append(out, *text != '\0' ? "\n\n" : "\n");
    plain_append_lines(out, text, "", 0);
    return output_text(context->output, out->str, error);
}

/* Text that can be a template, with an end to its last line; "": none of the kind is sent. Yours.
 */
static char *read_template(struct context *context, const char *file, GError **error)
{
    g_autoptr(GString) input = NULL;
    g_autofree char *text = NULL;

    caller_pause(context->caller); /* the file may be the person's own */
    input = typed_read(strcmp(file, "-") != 0 ? file : NULL, "template", WORDING_MAX, error);
    caller_resume(context->caller);
    if (input == NULL)
        return NULL;
    if (g_str_has_prefix(input->str, BOM))
        g_string_erase(input, 0, (gssize)strlen(BOM));
    text = typed_check(input, "template", error);
    if (text == NULL)
        return NULL;
    if (text[chars_spaces(text)] == '\0')
        return g_strdup("");
    if (!wording_check(text, error))
        return NULL;
    return g_strconcat(text, g_str_has_suffix(text, "\n") ? "" : "\n", NULL);
}

static void say(struct context *context, const struct department *department, const char *kind,
                const char *own)
{
    if (own == NULL)
        output_say(context->output, "%s: the template of `%s` is the built-in one",
                   department->name, kind);
    else if (*own == '\0')
        output_say(context->output, "%s: no notice of the kind `%s` is sent", department->name,
                   kind);
    else
        output_say(context->output, "%s: the template of `%s` is set", department->name, kind);
}

/* own: NULL for the one that is built in. */
static bool set(struct context *context, const char *name, enum notice_kind kind, const char *own,
                GError **error)
{
    AUTO(department) department = NULL;
    g_autofree char *detail = g_strdup_printf("%s: %s", wording_kinds[kind], source_of(own));

    if (!context_find_department(context, name, &department, error) ||
        !department_template_set(context->store, department->id, wording_kinds[kind], own, error) ||
        !context_add_event(context, "department-template", 0, department->id, detail, error))
        return false;
    say(context, department, wording_kinds[kind], own);
    return !output_is_json(context->output) || show_one(context, department, kind, own, error);
}

static bool show(struct context *context, const struct department *department,
                 enum notice_kind kind, GError **error)
{
    g_autofree char *own = NULL;

    return department_template_find(context->store, department->id, wording_kinds[kind], &own,
                                    error) &&
           show_one(context, department, kind, own, error);
}

bool templates_run(struct context *context, char **arguments, GError **error)
{
    bool is_default = request_flag(context->request, "default");
    const char *file = arguments[2];
    AUTO(department) department = NULL;
    g_autofree char *own = NULL;
    enum notice_kind kind = NOTICE_ACKNOWLEDGE;

    if (is_default && file != NULL)
        return request_wrong(error, "either FILE or --default");
    if (!find_kind(arguments[1], &kind, error) ||
        !context_find_department(context, arguments[0], &department, error))
        return false;
    if (!is_default && file == NULL)
        return show(context, department, kind, error);
    if (file != NULL && (own = read_template(context, file, error)) == NULL)
        return false;
    if (!store_begin(context->store, error))
        return false;
    context->now = g_get_real_time() / 1000;
    if (set(context, arguments[0], kind, own, error))
        return store_commit(context->store, error);
    store_rollback(context->store);
    return false;
}
