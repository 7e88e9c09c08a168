/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: one line a message, to syslog (facility mail) or to standard error. Decides how a
 * line looks and which lines are held back; what is worth a line, and that no message content is
 * in it, is the callers' business.
 *
 * Every function may be called from any thread; none fails; log_open() comes first, before there
 * are threads (until then: standard error, level info). A line is never longer than LOG_LINE_MAX
 * and leaves with one write(2) or syslog(3), so that lines do not mix.
 */
#ifndef COUNTERFOIL_MILTER_LOG_H
#define COUNTERFOIL_MILTER_LOG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LOG_LINE_MAX 4096  /* bytes with the line end: what a pipe takes in one piece */
#define LOG_QUOTED_MAX 256 /* bytes that log_quoted() gives at most, with the "..." */
#define LOG_FAULT_KINDS 32 /* kinds of fault that are told apart */

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/*
 * Says where the lines go, and the least important level that is written; GLib's own messages
 * take the same way from then on. On standard error a line reads "error: text", "warning: text",
 * "text" (info) or "debug: text"; "<3>" and the like stand before it when standard error is the
 * systemd journal (JOURNAL_STREAM), which takes that for the level. To syslog go the same words.
 */
void log_open(bool to_syslog, enum log_level level);

/* Writes one line, without a line end in format. Controls that got into it become "?". */
void log_write(enum log_level level, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * Writes a line of level error about a fault that may come with every message: at most one a
 * minute of each kind; the next one tells how many were held back. kind: a short static word,
 * such as "database"; it stands before the text. From the LOG_FAULT_KINDS-th on, kinds share one
 * minute.
 */
void log_fault(const char *kind, const char *format, ...) G_GNUC_PRINTF(2, 3);

/*
 * The rule of log_fault(), with the clock as a parameter (monotonic microseconds): is a line of
 * that kind due now? Then *held is how many were not since the last one that was.
 */
bool log_fault_is_due(const char *kind, int64_t now_us, uint64_t *held);

/*
 * What every string from outside passes on its way into a line: line ends, controls, invisible
 * and direction-changing characters, bytes that are no UTF-8 and the backslash become \n, \x1b,
 * \u{202e}, \xff, \\; cut to LOG_QUOTED_MAX bytes with "..." at the end. NULL gives "". Free with
 * g_free().
 */
char *log_quoted(const char *text);

#endif
