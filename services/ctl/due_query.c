#include "due_query.h"

#include <jansson.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"

#define TIME_FORM "a time with its offset such as 2026-09-18T15:00:00+08:00"

/* ---- reading ---- */

int due_read_time(const char *what, const char *text, size_t len, int64_t *ret_us)
{
    if (rfc3339_parse(text, len, ret_us))
        return 0;
    return err_set(ERR_POISON, "%s: found \"%.*s\"; allowed is " TIME_FORM, what, (int)(len < 40 ? len : 40), text);
}

static const char *kind_of(const json_t *j)
{
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object",     [JSON_ARRAY] = "a list", [JSON_STRING] = "a text", [JSON_INTEGER] = "a number",
        [JSON_REAL] = "a broken number", [JSON_TRUE] = "true",    [JSON_FALSE] = "false",   [JSON_NULL] = "null",
    };

    return j ? kinds[json_typeof(j)] : "nothing";
}

static int read_time(const char *what, const json_t *j, int64_t *ret_us)
{
    if (!json_is_string(j))
        return err_set(ERR_POISON, "%s: found %s; allowed is " TIME_FORM, what, kind_of(j));
    return due_read_time(what, json_string_value(j), json_string_length(j), ret_us);
}

static int read_limit(const json_t *j, struct limit *ret)
{
    if (!json_is_string(j))
        return err_set(ERR_POISON, "limit: found %s; allowed is a text such as \"5wd\"", kind_of(j));
    return limit_parse(json_string_value(j), json_string_length(j), ret);
}

int due_check_pause(size_t number, const struct pause *p)
{
    if (p->from_us <= p->to_us)
        return 0;
    return err_set(ERR_POISON,
                   "pauses[%zu]: found an end before the beginning; allowed is [from, to], or [from, null] "
                   "for a pause without end",
                   number);
}

static int read_pause(size_t number, const json_t *j, struct pause *ret)
{
    char what[32];
    const json_t *to;

    snprintf(what, sizeof what, "pauses[%zu]", number);
    if (!json_is_array(j) || json_array_size(j) != 2)
        return err_set(ERR_POISON,
                       "%s: found %s; allowed is a list of two, [from, to], or [from, null] for a pause "
                       "without end",
                       what, json_is_array(j) ? "a list of another length" : kind_of(j));
    if (read_time(what, json_array_get(j, 0), &ret->from_us) < 0)
        return ERR_POISON;
    to = json_array_get(j, 1);
    ret->to_us = CLOCK_NEVER;
    if (!json_is_null(to) && read_time(what, to, &ret->to_us) < 0)
        return ERR_POISON;
    return due_check_pause(number, ret);
}

static int read_pauses(struct arena *a, const json_t *list, struct clock *c)
{
    size_t n = json_array_size(list), i;
    const json_t *item;
    struct pause *pauses;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list) || n > DUE_PAUSES_MAX)
        return err_set(ERR_POISON, "pauses: found %s; allowed is a list of at most %d pauses",
                       json_is_array(list) ? "too many" : kind_of(list), DUE_PAUSES_MAX);
    pauses = arena_array(a, struct pause, n + 1);
    json_array_foreach (list, i, item)
        if (read_pause(i + 1, item, &pauses[i]) < 0)
            return ERR_POISON;
    c->pauses = pauses;
    c->pause_count = clock_pauses_merge(pauses, n, c->start_us);
    return 0;
}

int due_add_percent(struct due_query *q, int64_t percent)
{
    if (percent < 1 || percent > DUE_PERCENT_MAX)
        return err_set(ERR_POISON, "percents: found %lld; allowed are whole numbers from 1 to %d", (long long)percent,
                       DUE_PERCENT_MAX);
    for (size_t i = 0; i < q->percent_count; i++)
        if (q->percents[i] == percent)
            return 0;
    if (q->percent_count == DUE_PERCENTS_MAX)
        return err_set(ERR_POISON, "percents: found more than %d; that many are allowed", DUE_PERCENTS_MAX);
    q->percents[q->percent_count++] = (int)percent;
    return 0;
}

static int read_percents(const json_t *list, struct due_query *q)
{
    const json_t *item;
    size_t i;

    if (!list || json_is_null(list))
        return 0;
    if (!json_is_array(list))
        return err_set(ERR_POISON, "percents: found %s; allowed is a list such as [50, 80, 150]", kind_of(list));
    json_array_foreach (list, i, item) {
        if (!json_is_integer(item))
            return err_set(ERR_POISON, "percents[%zu]: found %s; allowed are whole numbers from 1 to %d", i + 1,
                           kind_of(item), DUE_PERCENT_MAX);
        if (due_add_percent(q, json_integer_value(item)) < 0)
            return ERR_POISON;
    }
    return 0;
}

static int check_keys(json_t *root)
{
    static const char *const known[] = { "from", "limit", "pauses", "percents", "explain", NULL };
    const char *key;
    json_t *value;

    json_object_foreach(root, key, value)
    {
        int i = 0;

        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return err_set(ERR_POISON, "found the key \"%.40s\"; allowed are from, limit, pauses, percents, explain",
                           key);
    }
    return 0;
}

static int read_query(struct arena *a, json_t *root, struct due_query *q)
{
    const json_t *explain = json_object_get(root, "explain");

    if (check_keys(root) < 0 || read_time("from", json_object_get(root, "from"), &q->clock.start_us) < 0 ||
        read_limit(json_object_get(root, "limit"), &q->clock.limit) < 0 ||
        read_pauses(a, json_object_get(root, "pauses"), &q->clock) < 0 ||
        read_percents(json_object_get(root, "percents"), q) < 0)
        return ERR_POISON;
    if (explain && !json_is_null(explain) && !json_is_boolean(explain))
        return err_set(ERR_POISON, "explain: found %s; allowed is true or false", kind_of(explain));
    q->explain = json_is_true(explain);
    return 0;
}

int due_query_read(struct arena *a, const struct calendar *cal, const char *json, size_t len, struct due_query *ret)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    json_error_t e;

    *ret = (struct due_query){ .clock.calendar = cal };
    if (len == 0)
        return err_set(ERR_POISON, "the line is empty");
    if (len >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0)
        return err_set(ERR_POISON, "found a byte order mark; allowed is UTF-8 without one");
    root = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (!root)
        return err_set(ERR_POISON, "not JSON, at character %d: %s", e.column, e.text);
    if (!json_is_object(root))
        return err_set(ERR_POISON,
                       "found %s; allowed is an object such as {\"from\":\"2026-09-18T15:00:00+08:00\","
                       "\"limit\":\"5wd\"}",
                       kind_of(root));
    return read_query(a, root, ret);
}

/* ---- answering ---- */

static int outside(const struct due_query *q, const char *what)
{
    const struct calendar *cal = q->clock.calendar;
    char first[ZONE_TIME_SIZE], last[ZONE_TIME_SIZE];

    zone_format(&cal->facts.zone, cal->first_us, first);
    zone_format(&cal->facts.zone, cal->last_us, last);
    return err_set(ERR_POISON, "%s does not lie between %s and %s", what, first, last);
}

static int answer_points(const struct due_query *q, struct due_answer *ret)
{
    for (size_t i = 0; i < q->percent_count; i++) {
        char what[32];

        switch (clock_point(&q->clock, ret->due_us, q->percents[i], &ret->points[i])) {
        case CLOCK_REACHED:
            break;
        case CLOCK_PAUSED:
            ret->points[i] = CLOCK_NEVER;
            break;
        case CLOCK_OUTSIDE:
            snprintf(what, sizeof what, "the point of %d %%", q->percents[i]);
            return outside(q, what);
        }
    }
    return 0;
}

int due_query_answer(struct arena *a, const struct due_query *q, struct due_answer *ret)
{
    const struct calendar *cal = q->clock.calendar;
    int r = 0;

    *ret = (struct due_answer){ .due_us = CLOCK_NEVER };
    if (q->clock.start_us < cal->first_us || q->clock.start_us >= cal->last_us)
        return outside(q, "from");
    switch (clock_due(&q->clock, &ret->due_us)) {
    case CLOCK_REACHED:
        ret->provisional = clock_provisional(&q->clock, ret->due_us);
        r = answer_points(q, ret);
        break;
    case CLOCK_PAUSED:
        ret->paused = true;
        break;
    case CLOCK_OUTSIDE:
        return outside(q, "the due instant");
    }
    if (r == 0 && q->explain)
        clock_explain(a, &q->clock, ret->due_us, &ret->days, &ret->day_count);
    return r;
}

/* ---- writing ---- */

static void add_time(struct strbuf *out, const struct due_query *q, int64_t at_us)
{
    char text[ZONE_TIME_SIZE];

    if (at_us == CLOCK_NEVER) {
        strbuf_adds(out, "null");
        return;
    }
    zone_format(&q->clock.calendar->facts.zone, at_us, text);
    strbuf_printf(out, "\"%s\"", text);
}

static void add_day(struct strbuf *out, const struct clock_day *d)
{
    char date[CALENDAR_DATE_SIZE];

    calendar_date_format(d->day, date);
    strbuf_printf(out, "{\"date\":\"%s\",\"weekday\":\"%s\",\"is\":\"%s\",\"counted\":%s,\"hours\":[", date,
                  calendar_weekdays[calendar_weekday(d->day)], clock_day_role_name(d->role),
                  d->counted ? "true" : "false");
    for (size_t i = 0; i < d->is.hours.count; i++) {
        struct hours h = d->is.hours.items[i];

        strbuf_printf(out, "%s\"%02d:%02d-%02d:%02d\"", i ? "," : "", h.open / 60, h.open % 60, h.close / 60,
                      h.close % 60);
    }
    strbuf_printf(out, "],\"ranUs\":%lld", (long long)d->ran_us);
    if (d->is.name) {
        strbuf_adds(out, ",\"name\":");
        strbuf_add_json(out, d->is.name, strlen(d->is.name));
    }
    strbuf_addc(out, '}');
}

void due_answer_write(struct strbuf *out, const struct due_query *q, const struct due_answer *answer)
{
    strbuf_adds(out, "{\"due\":");
    add_time(out, q, answer->due_us);
    if (answer->paused)
        strbuf_adds(out, ",\"paused\":true");
    else
        strbuf_printf(out, ",\"provisional\":%s", answer->provisional ? "true" : "false");
    if (q->percent_count && !answer->paused) {
        strbuf_adds(out, ",\"at\":{");
        for (size_t i = 0; i < q->percent_count; i++) {
            strbuf_printf(out, "%s\"%d\":", i ? "," : "", q->percents[i]);
            add_time(out, q, answer->points[i]);
        }
        strbuf_addc(out, '}');
    }
    if (q->explain) {
        strbuf_adds(out, ",\"days\":[");
        for (size_t i = 0; i < answer->day_count; i++) {
            if (i)
                strbuf_addc(out, ',');
            add_day(out, &answer->days[i]);
        }
        strbuf_addc(out, ']');
    }
    strbuf_addc(out, '}');
}
