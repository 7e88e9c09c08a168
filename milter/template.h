/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text with %{variables}. Pure functions.
 */
#ifndef COUNTERFOIL_MILTER_TEMPLATE_H
#define COUNTERFOIL_MILTER_TEMPLATE_H

struct template_variable {
    const char *name;  /* NULL ends a list of variables */
    const char *value; /* NULL: nothing */
};

/* text with each %{name} of the list replaced by its value, once (a value is not looked through
 * again); an unknown variable stays as it is. Yours. */
char *template_expand(const char *text, const struct template_variable *variables);

#endif
