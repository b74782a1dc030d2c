#include "facts.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/event/words.h"

#define LABEL_COLUMNS 26

static bool for_people(const struct facts *f)
{
    return f->ctl->output == CTL_TABLE;
}

void facts_begin(struct facts *f, struct ctl *c)
{
    *f = (struct facts){ .ctl = c };
    strbuf_init(&f->out, c->arena);
    if (!for_people(f))
        strbuf_addc(&f->out, '{');
}

void facts_json(struct facts *f, const char *name, const char *json)
{
    if (for_people(f) || !name)
        return;
    strbuf_printf(&f->out, "%s\"%s\":%s", f->started ? "," : "", name, json);
    f->started = true;
}

/* What others wrote must not steer a terminal. */
static void add_printable(struct strbuf *b, const char *text)
{
    size_t len = strlen(text);

    if (!utf8_valid(text, len)) {
        strbuf_adds(b, "(not UTF-8)");
        return;
    }
    for (size_t at = 0; at < len;) {
        size_t from = at;
        uint32_t code = utf8_next(text, len, &at);
        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
            (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
            strbuf_addc(b, ' ');
        else
            strbuf_add(b, text + from, at - from);
    }
}

static void add_line(struct facts *f, const char *label, const char *value)
{
    size_t width;

    if (!label || !value || !*value)
        return;
    width = utf8_width(label, strlen(label));
    strbuf_printf(&f->out, "%s%*s  ", label, (int)(width < LABEL_COLUMNS ? LABEL_COLUMNS - width : 0), "");
    add_printable(&f->out, value);
    strbuf_addc(&f->out, '\n');
}

static const char *quoted(struct arena *a, const char *value)
{
    struct strbuf b;

    if (!value)
        return "null";
    strbuf_init(&b, a);
    strbuf_add_json(&b, value, strlen(value));
    return b.data;
}

void facts_text(struct facts *f, const char *name, const char *label, const char *value)
{
    if (for_people(f))
        add_line(f, label, value);
    else
        facts_json(f, name, quoted(f->ctl->arena, value && *value ? value : NULL));
}

void facts_code(struct facts *f, const char *name, const char *label, const char *code)
{
    facts_text(f, name, label, for_people(f) ? word_of(code) : code);
}

void facts_int(struct facts *f, const char *name, const char *label, int64_t value)
{
    const char *text = arena_printf(f->ctl->arena, "%lld", (long long)value);

    if (for_people(f))
        add_line(f, label, text);
    else
        facts_json(f, name, text);
}

void facts_bool(struct facts *f, const char *name, const char *label, bool value)
{
    if (for_people(f))
        add_line(f, label, value ? "是" : "否");
    else
        facts_json(f, name, value ? "true" : "false");
}

const char *facts_local_time(struct arena *a, int64_t at_us)
{
    time_t seconds = (time_t)(at_us / 1000000);
    struct tm local;
    char text[32];

    if (at_us == 0 || !localtime_r(&seconds, &local) || strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local) == 0)
        return "";
    return arena_strdup(a, text);
}

void facts_time(struct facts *f, const char *name, const char *label, int64_t at_us)
{
    char text[RFC3339_SIZE];

    if (for_people(f)) {
        add_line(f, label, facts_local_time(f->ctl->arena, at_us));
        return;
    }
    rfc3339_format(at_us, text);
    facts_text(f, name, label, at_us ? text : NULL);
}

void facts_list(struct facts *f, const char *name, const char *heading)
{
    if (for_people(f))
        strbuf_printf(&f->out, "\n%s\n", heading);
    else
        strbuf_printf(&f->out, "%s\"%s\":[", f->started ? "," : "", name);
    f->started = false;
}

void facts_item(struct facts *f, const char *line)
{
    if (for_people(f)) {
        strbuf_adds(&f->out, "  ");
        add_printable(&f->out, line);
        strbuf_addc(&f->out, '\n');
        return;
    }
    strbuf_adds(&f->out, f->started ? ",{" : "{");
    f->started = false;
}

void facts_item_end(struct facts *f)
{
    if (!for_people(f))
        strbuf_addc(&f->out, '}');
    f->started = true;
}

void facts_list_end(struct facts *f)
{
    if (!for_people(f))
        strbuf_addc(&f->out, ']');
    f->started = true;
}

void facts_end(struct facts *f)
{
    if (!for_people(f))
        strbuf_adds(&f->out, "}\n");
    fwrite(f->out.data, 1, f->out.len, stdout);
}
