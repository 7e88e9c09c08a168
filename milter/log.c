/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a line goes is set once, before there are threads, and read ever after; the only thing
 * that changes is the small table of faults, under its lock. A line that cannot be written is
 * lost: there is nobody left to tell.
 */
#include "milter/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "milter/chars.h"

#define FAULT_INTERVAL_US (60 * G_TIME_SPAN_SECOND)

static const struct {
    int priority;
    const char *prefix;
} levels[] = {
    [LOG_LEVEL_ERROR] = {LOG_ERR, "error: "},
    [LOG_LEVEL_WARNING] = {LOG_WARNING, "warning: "},
    [LOG_LEVEL_INFO] = {LOG_INFO, ""},
    [LOG_LEVEL_DEBUG] = {LOG_DEBUG, "debug: "},
};

static struct {
    bool to_syslog;
    bool to_journal;
    enum log_level level;
} target = {.level = LOG_LEVEL_INFO};

/* No GMutex: the thread sanitizer does not understand it. */
static struct {
    pthread_mutex_t lock;
    size_t count;
    struct fault {
        const char *kind;
        int64_t written_us;
        uint64_t held;
    } kinds[LOG_FAULT_KINDS];
} faults = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* systemd.exec(5): the variable is inherited, so it counts only if it names our own stderr. */
static bool stderr_is_journal(void)
{
    const char *stream = g_getenv("JOURNAL_STREAM");
    struct stat status;

    if (stream == NULL || fstat(STDERR_FILENO, &status) != 0)
        return false;
    g_autofree char *own =
        g_strdup_printf("%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, own) == 0;
}

/* Cuts line to length bytes, "..." included, at the start of a character. */
static void shorten(GString *line, size_t length)
{
    if (line->len <= length)
        return;
    size_t cut = length - 3;
    while (cut > 0 && ((unsigned char)line->str[cut] & 0xC0) == 0x80)
        cut--;
    g_string_truncate(line, cut);
    g_string_append(line, "...");
}

static void write_whole(const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return;
        bytes += written;
        size -= (size_t)written;
    }
}

static void write_line(enum log_level level, const char *text)
{
    g_autoptr(GString) line = g_string_sized_new(256);

    if (target.to_journal)
        g_string_append_printf(line, "<%d>", levels[level].priority);
    g_string_append(line, levels[level].prefix);
    g_string_append(line, text);
    shorten(line, LOG_LINE_MAX - 1);
    for (size_t i = 0; i < line->len; i++)
        if (g_ascii_iscntrl(line->str[i]))
            line->str[i] = '?';
    if (target.to_syslog) {
        syslog(levels[level].priority, "%s", line->str);
        return;
    }
    g_string_append_c(line, '\n');
    write_whole(line->str, line->len);
}

static const char *field(const GLogField *fields, gsize count, const char *name)
{
    for (gsize i = 0; i < count; i++)
        if (strcmp(fields[i].key, name) == 0 && fields[i].length < 0)
            return fields[i].value;
    return NULL;
}

static enum log_level level_of(GLogLevelFlags flags)
{
    if (flags & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL))
        return LOG_LEVEL_ERROR;
    if (flags & G_LOG_LEVEL_WARNING)
        return LOG_LEVEL_WARNING;
    return flags & G_LOG_LEVEL_DEBUG ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO;
}

/* GLib gives its messages here, and aborts by itself after a fatal one. */
static GLogWriterOutput write_glib(GLogLevelFlags flags, const GLogField *fields, gsize count,
                                   gpointer unused)
{
    (void)unused;
    const char *domain = field(fields, count, "GLIB_DOMAIN");
    const char *message = field(fields, count, "MESSAGE");
    g_autofree char *quoted = log_quoted(message);

    log_write(level_of(flags), "%s: %s", domain != NULL ? domain : "GLib", quoted);
    return G_LOG_WRITER_HANDLED;
}

void log_open(bool to_syslog, enum log_level level)
{
    static bool glib_is_ours; /* GLib takes a writer only once */

    target.to_syslog = to_syslog;
    target.to_journal = !to_syslog && stderr_is_journal();
    target.level = level;
    if (to_syslog)
        openlog("counterfoil", LOG_PID | LOG_NDELAY, LOG_MAIL);
    if (!glib_is_ours)
        g_log_set_writer_func(write_glib, NULL, NULL);
    glib_is_ours = true;
}

void log_write(enum log_level level, const char *format, ...)
{
    va_list arguments;

    if (level > target.level)
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    write_line(level, text);
}

static bool is_due(const char *kind, int64_t now_us, uint64_t *held)
{
    struct fault *fault = NULL;

    for (size_t i = 0; i < faults.count && fault == NULL; i++)
        if (strcmp(faults.kinds[i].kind, kind) == 0)
            fault = &faults.kinds[i];
    if (fault == NULL && faults.count == LOG_FAULT_KINDS)
        fault = &faults.kinds[LOG_FAULT_KINDS - 1];
    if (fault == NULL) {
        fault = &faults.kinds[faults.count++];
        *fault = (struct fault){.kind = kind, .written_us = now_us - FAULT_INTERVAL_US};
    }
    if (now_us - fault->written_us < FAULT_INTERVAL_US) {
        fault->held++;
        return false;
    }
    *held = fault->held;
    fault->held = 0;
    fault->written_us = now_us;
    return true;
}

bool log_fault_is_due(const char *kind, int64_t now_us, uint64_t *held)
{
    bool due;

    pthread_mutex_lock(&faults.lock);
    due = is_due(kind, now_us, held);
    pthread_mutex_unlock(&faults.lock);
    return due;
}

void log_fault(const char *kind, const char *format, ...)
{
    va_list arguments;
    uint64_t held;

    if (!log_fault_is_due(kind, g_get_monotonic_time(), &held))
        return;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (held == 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", kind, text);
    else
        log_write(LOG_LEVEL_ERROR, "%s: %s (%" G_GUINT64_FORMAT " more were not logged)", kind,
                  text, held);
}

/* One character, or one byte that is no UTF-8; gives how many bytes of text it took. */
static size_t append_quoted(GString *out, const char *text)
{
    static const char escaped[] = "\n\r\t\\", letters[] = "nrt\\";
    gunichar c;
    size_t size = chars_next(text, &c);
    const char *escape = strchr(escaped, *text);

    if (escape != NULL)
        g_string_append_printf(out, "\\%c", letters[escape - escaped]);
    else if (c == CHARS_INVALID || (c < 0x80 && !g_ascii_isprint((char)c)))
        g_string_append_printf(out, "\\x%02x", (unsigned char)*text);
    else if (!g_unichar_isprint(c) || c == 0x2028 || c == 0x2029) /* line separators */
        g_string_append_printf(out, "\\u{%x}", (unsigned)c);
    else
        g_string_append_unichar(out, c);
    return size;
}

char *log_quoted(const char *text)
{
    GString *out = g_string_sized_new(64);
    size_t keep = 0; /* so much leaves room for the dots */

    while (text != NULL && *text != '\0' && out->len <= LOG_QUOTED_MAX) {
        text += append_quoted(out, text);
        if (out->len <= LOG_QUOTED_MAX - 3)
            keep = out->len;
    }
    if (out->len > LOG_QUOTED_MAX) {
        g_string_truncate(out, keep);
        g_string_append(out, "...");
    }
    return g_string_free(out, FALSE);
}
