/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads opening hours, one word after the other. Decides which words there are and that no time is
 * given twice; knows neither a moment nor a department. GLib's time zones, but only by their proper
 * names: it takes UTC+2 for two hours west, and some files beside the zones for zones. Any thread.
 */
#include "db/hours.h"

#include <string.h>

#include "db/error.h"
#include "db/value.h"

#define TEXT_MAX 1000       /* bytes */
#define EPOCH_JULIAN 719163 /* 1970-01-01 as GDate counts */
#define LEAP_YEAR 2000
#define WEEKDAYS 7

enum state {
    AT_START,
    AFTER_DAYS, /* their times must follow */
    AFTER_TIME,
    AFTER_NOT, /* a date must follow */
    AFTER_DATE,
};

struct reader {
    struct hours *hours;
    enum state state;
    bool days[WEEKDAYS]; /* that the next time is for */
    const char *last;    /* the word of days before */
};

static const char *const day_names[WEEKDAYS] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                "Friday", "Saturday", "Sunday"};

static bool refuse_word(const char *word, GError **error)
{
    return error_set(error, ERROR_REFUSED,
                     "hours: `%s` is no day (`Mon-Fri`), no time (`09:00-17:30`), no date that is "
                     "closed (`not 12-25`) and no time zone (`Europe/Berlin`, `UTC`)",
                     word);
}

/* May another kind of word follow now? */
static bool check_complete(const struct reader *reader, GError **error)
{
    if (reader->state == AFTER_DAYS)
        return error_set(error, ERROR_REFUSED,
                         "hours: `%s` must be followed by a time such as `09:00-17:30`; the whole "
                         "day is `00:00-24:00`",
                         reader->last);
    return reader->state != AFTER_NOT ||
           error_set(error, ERROR_REFUSED,
                     "hours: `not` must be followed by dates such as `2026-12-25`, or `12-25` for "
                     "every year");
}

/* The day that the first length letters of word begin, two at least; -1: none. */
static int read_day(const char *word, size_t length)
{
    for (int i = 0; length >= 2 && i < WEEKDAYS; i++)
        if (g_ascii_strncasecmp(day_names[i], word, length) == 0)
            return i;
    return -1;
}

static bool read_days(const char *word, int *first, int *last)
{
    const char *hyphen = strchr(word, '-');

    *first = read_day(word, hyphen != NULL ? (size_t)(hyphen - word) : strlen(word));
    *last = hyphen != NULL ? read_day(hyphen + 1, strlen(hyphen + 1)) : *first;
    return *first >= 0 && *last >= 0;
}

static bool add_days(struct reader *reader, const char *word, int first, int last, GError **error)
{
    if (reader->state == AFTER_NOT)
        return check_complete(reader, error);
    if (reader->state != AFTER_DAYS)
        memset(reader->days, 0, sizeof reader->days);
    for (int day = first; day != last; day = (day + 1) % WEEKDAYS)
        reader->days[day] = true;
    reader->days[last] = true;
    reader->state = AFTER_DAYS;
    reader->last = word;
    return true;
}

/* Two digits at most, or exactly. */
static bool read_digits(const char **at, bool exactly, int *number)
{
    size_t digits = strspn(*at, "0123456789");

    if (digits == 0 || digits > 2 || (exactly && digits < 2))
        return false;
    *number = (int)g_ascii_strtoull(*at, NULL, 10);
    *at += digits;
    return true;
}

/* In minutes since midnight, as far as 24:00. */
static bool read_clock(const char **at, int *minute)
{
    int hour;

    if (!read_digits(at, false, &hour) || *(*at)++ != ':' || !read_digits(at, true, minute) ||
        *minute >= 60)
        return false;
    *minute += 60 * hour;
    return *minute <= HOURS_DAY_MINUTES;
}

static void add_range(struct reader *reader, int day, int from, int to)
{
    struct hours_range range = {(GDateWeekday)(G_DATE_MONDAY + day), from, to};

    g_array_append_val(reader->hours->ranges, range);
}

static bool add_time(struct reader *reader, const char *word, GError **error)
{
    const char *at = word;
    int from;
    int to;

    if (!read_clock(&at, &from) || *at++ != '-' || !read_clock(&at, &to) || *at != '\0' ||
        from == HOURS_DAY_MINUTES || from == to)
        return error_set(error, ERROR_REFUSED,
                         "hours: `%s` must be a time such as `09:00-17:30`, `22:00-06:00` into the "
                         "next day, or `00:00-24:00`",
                         word);
    if (reader->state == AFTER_NOT || reader->state == AFTER_DATE)
        return error_set(error, ERROR_REFUSED,
                         "hours: `%s` stands after dates that are closed; name its days, such as "
                         "`Mon-Fri %s`",
                         word, word);
    for (int day = 0; day < WEEKDAYS; day++) {
        if (!reader->days[day])
            continue;
        add_range(reader, day, from, to > from ? to : HOURS_DAY_MINUTES);
        if (to < from && to > 0)
            add_range(reader, (day + 1) % WEEKDAYS, 0, to);
    }
    reader->state = AFTER_TIME;
    return true;
}

static bool read_date(const char *word, struct hours_closed *date)
{
    const char *at = word;

    date->year = 0;
    if (strspn(word, "0123456789") == 4) {
        date->year = (int)g_ascii_strtoull(word, NULL, 10);
        at += 4;
        if (date->year < 1970 || *at++ != '-')
            return false;
    }
    return read_digits(&at, true, &date->month) && *at++ == '-' &&
           read_digits(&at, true, &date->day) && *at == '\0' &&
           g_date_valid_dmy((GDateDay)date->day, (GDateMonth)date->month,
                            (GDateYear)(date->year != 0 ? date->year : LEAP_YEAR));
}

static bool add_date(struct reader *reader, const char *word, GError **error)
{
    struct hours_closed date;

    if (!read_date(word, &date))
        return error_set(error, ERROR_REFUSED,
                         "hours: `%s` must be a time such as `09:00-17:30`, or a date that is "
                         "closed: `not 2026-12-25`, or `not 12-25` for every year",
                         word);
    if (reader->state != AFTER_NOT && reader->state != AFTER_DATE)
        return error_set(error, ERROR_REFUSED,
                         "hours: `%s` is a date; if it is closed then, write `not %s`", word, word);
    g_array_append_val(reader->hours->closed, date);
    reader->state = AFTER_DATE;
    return true;
}

static bool is_zone_name(const char *word)
{
    if (strcmp(word, "UTC") == 0)
        return true;
    for (const char *at = word; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr("_+-/", *at) == NULL)
            return false;
    return g_ascii_isupper(*word) && strchr(word, '/') != NULL;
}

static bool add_zone(struct reader *reader, const char *word, GError **error)
{
    g_autoptr(GTimeZone) zone = NULL;

    if (!is_zone_name(word))
        return refuse_word(word, error);
    zone = g_time_zone_new_identifier(word);
    if (zone == NULL)
        return error_set(error, ERROR_REFUSED,
                         "hours: no time zone `%s` is known here; they are called `Europe/Berlin` "
                         "or `UTC`",
                         word);
    if (reader->hours->zone != NULL)
        return error_set(error, ERROR_REFUSED, "hours: `%s` is a second time zone; one is for all",
                         word);
    reader->hours->zone = g_steal_pointer(&zone);
    return true;
}

static bool read_word(struct reader *reader, const char *word, GError **error)
{
    int first;
    int last;

    if (g_ascii_strcasecmp(word, "not") == 0) {
        if (!check_complete(reader, error))
            return false;
        reader->state = AFTER_NOT;
        return true;
    }
    if (read_days(word, &first, &last))
        return add_days(reader, word, first, last, error);
    if (strchr(word, ':') != NULL)
        return add_time(reader, word, error);
    return g_ascii_isdigit(*word) ? add_date(reader, word, error) : add_zone(reader, word, error);
}

/* One hyphen for each dash, and no blanks around it. */
static char *tidy(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "\xe2\x80\x93", -1);
    g_autofree char *hyphened = g_strjoinv("-", parts);
    g_auto(GStrv) pieces = g_strsplit(hyphened, "-", -1);

    for (char **piece = pieces; *piece != NULL; piece++) {
        if (piece > pieces)
            g_strchug(*piece);
        if (piece[1] != NULL)
            g_strchomp(*piece);
    }
    return g_strjoinv("-", pieces);
}

static int compare(const void *left, const void *right)
{
    const struct hours_range *one = left;
    const struct hours_range *other = right;

    return one->weekday != other->weekday ? (int)one->weekday - (int)other->weekday
                                          : one->from - other->from;
}

/* Two that overlap would hide which of them was meant. */
static bool check_ranges(const GArray *ranges, GError **error)
{
    for (guint i = 1; i < ranges->len; i++) {
        const struct hours_range *one = &g_array_index(ranges, struct hours_range, i - 1);
        const struct hours_range *next = one + 1;

        if (one->weekday == next->weekday && next->from < one->to)
            return error_set(error, ERROR_REFUSED, "hours: two times of %s overlap at %02d:%02d",
                             day_names[next->weekday - G_DATE_MONDAY], next->from / 60,
                             next->from % 60);
    }
    return true;
}

static bool finish(struct reader *reader, GError **error)
{
    struct hours *hours = reader->hours;

    if (!check_complete(reader, error))
        return false;
    if (hours->zone == NULL)
        hours->zone = g_time_zone_new_local();
    if (hours->ranges->len == 0)
        for (int day = 0; day < WEEKDAYS; day++)
            add_range(reader, day, 0, HOURS_DAY_MINUTES);
    g_array_sort(hours->ranges, compare);
    return check_ranges(hours->ranges, error);
}

struct hours *hours_read(const char *text, GError **error)
{
    AUTO(hours) hours = g_new0(struct hours, 1);
    struct reader reader = {.hours = hours};
    g_autofree char *tidied = NULL;
    g_auto(GStrv) words = NULL;

    hours->ranges = g_array_new(FALSE, FALSE, sizeof(struct hours_range));
    hours->closed = g_array_new(FALSE, FALSE, sizeof(struct hours_closed));
    memset(reader.days, true, sizeof reader.days);
    if (text != NULL && *text != '\0' && !value_check_line("hours", text, TEXT_MAX, error))
        return NULL;
    tidied = tidy(text != NULL ? text : "");
    words = g_strsplit_set(tidied, " ,;", -1);
    for (char **word = words; *word != NULL; word++)
        if (**word != '\0' && !read_word(&reader, *word, error))
            return NULL;
    return finish(&reader, error) ? g_steal_pointer(&hours) : NULL;
}

void hours_free(struct hours *hours)
{
    if (hours == NULL)
        return;
    g_clear_pointer(&hours->zone, g_time_zone_unref);
    g_array_unref(hours->ranges);
    g_array_unref(hours->closed);
    g_free(hours);
}

GDate hours_date(int64_t day)
{
    GDate date;

    g_date_clear(&date, 1);
    g_date_set_julian(&date, (guint32)(day + EPOCH_JULIAN));
    return date;
}

static bool is_closed(const struct hours *hours, const GDate *date)
{
    for (guint i = 0; i < hours->closed->len; i++) {
        const struct hours_closed *closed = &g_array_index(hours->closed, struct hours_closed, i);

        if (closed->day == g_date_get_day(date) && closed->month == (int)g_date_get_month(date) &&
            (closed->year == 0 || closed->year == g_date_get_year(date)))
            return true;
    }
    return false;
}

const struct hours_range *hours_of_day(const struct hours *hours, int64_t day, guint *count)
{
    GDate date = hours_date(day);
    const struct hours_range *all = &g_array_index(hours->ranges, struct hours_range, 0);
    GDateWeekday weekday = g_date_get_weekday(&date);
    guint first = 0;

    while (first < hours->ranges->len && all[first].weekday < weekday)
        first++;
    *count = 0;
    while (first + *count < hours->ranges->len && all[first + *count].weekday == weekday)
        (*count)++;
    if (is_closed(hours, &date))
        *count = 0;
    return all + first;
}
