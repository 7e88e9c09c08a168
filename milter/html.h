/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of an HTML page, to be read and searched: no markup, no script, no style; paragraphs
 * as lines. One pass over whatever comes, without recursion, in memory that does not grow with
 * it. Knows nothing of mail. No state but the caller's; any thread; never fails.
 */
#ifndef COUNTERFOIL_MILTER_HTML_H
#define COUNTERFOIL_MILTER_HTML_H

#include <glib.h>
#include <stddef.h>

#include "db/auto.h"

struct html;

struct html *html_new(void);
void html_free(struct html *html);
AUTO_DEFINE(html, html_free);

/* Reads the next size bytes of the page, whole characters of UTF-8, and appends what there is of
 * text to out. */
void html_step(struct html *html, const char *bytes, size_t size, GString *out);

/* Appends what is left over at the end; the last line is not ended. */
void html_finish(struct html *html, GString *out);

#endif
