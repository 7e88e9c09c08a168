/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words for what happened to a ticket, for somebody who never saw it. Decides how a line reads, not
 * which lines there are, and looks nobody up. What comes from mail becomes part of one line, and
 * can't reorder it. Pure functions; any thread; no errors. All strings are yours.
 */
#ifndef COUNTERFOIL_MILTER_HISTORY_H
#define COUNTERFOIL_MILTER_HISTORY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "db/event.h"
#include "db/message.h"

/* The longest text from outside that stands in a line, in characters; more is cut off. */
#define HISTORY_TEXT_MAX 300

/*
 * "Jane Operator gave it to Joe Operator". who: what to call the event's actor; what: its detail,
 * or what to call the person that it names. Both may be NULL. by_self: these two are one person.
 */
char *history_event(const struct event *event, const char *who, const char *what, bool by_self);

/* Whether the event's detail is somebody's address. */
bool history_names_person(const struct event *event);

/* "Kim Customer <kim@example.net> asked: Printer on fire (message 1, 1.2 kB)". who: its author;
 * subject: what of its Subject is of interest. */
char *history_message(const struct message *message, const char *who, const char *subject);

/* "with invoice.pdf (12.3 kB)". */
char *history_attachment(const struct message_attachment *attachment);

/* text as part of a line: white space as blanks, without controls and what turns the direction of
 * writing, cut at HISTORY_TEXT_MAX. */
char *history_plain(const char *text);

/* "2026-03-02 10:00", UTC; "12.3 kB". */
char *history_time(int64_t at);
char *history_size(int64_t bytes);

#endif
