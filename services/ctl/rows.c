/* Rows for people or programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "ctl.h"

struct cell {
    const char *text; /* as the output form wants it; "" for an empty cell of a table */
    size_t width;
};

struct ctl_rows {
    struct ctl *ctl;
    const struct ctl_column *columns;
    int count, at;      /* columns, and the next one of the row being made */
    struct cell *cells; /* of all rows (JSONL: of this row) */
    size_t used, room;
};

struct ctl_rows *ctl_rows_new(struct ctl *c, const struct ctl_column *columns, int count)
{
    struct ctl_rows *r = arena_new(c->arena, struct ctl_rows);

    *r = (struct ctl_rows){ .ctl = c, .columns = columns, .count = count };
    return r;
}

static void print_object(const struct ctl_rows *r, const struct cell *row)
{
    putchar('{');
    for (int i = 0; i < r->count; i++)
        printf("%s\"%s\":%s", i ? "," : "", r->columns[i].name, row[i].text);
    putchar('}');
}

static void row_done(struct ctl_rows *r)
{
    r->at = 0;
    if (r->ctl->output != CTL_JSONL)
        return;
    print_object(r, r->cells);
    putchar('\n');
    fflush(stdout);
    r->used = 0;
}

static void add_cell(struct ctl_rows *r, const char *text, size_t width)
{
    if (r->used == r->room) {
        size_t room = r->room ? 2 * r->room : 64;
        struct cell *grown = arena_array(r->ctl->arena, struct cell, room);

        if (r->used)
            memcpy(grown, r->cells, r->used * sizeof *grown);
        r->cells = grown;
        r->room = room;
    }
    r->cells[r->used++] = (struct cell){ text, width };
    if (++r->at == r->count)
        row_done(r);
}

/* What others wrote must not steer a terminal: control characters become spaces. */
static const char *printable(struct arena *a, const char *text)
{
    struct strbuf b;
    size_t len = strlen(text);

    strbuf_init(&b, a);
    if (!utf8_valid(text, len))
        return "(not UTF-8)";
    for (size_t at = 0; at < len;) {
        size_t from = at;
        uint32_t code = utf8_next(text, len, &at);

        if (code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
            (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
            strbuf_addc(&b, ' ');
        else
            strbuf_add(&b, text + from, at - from);
    }
    return b.data ? b.data : "";
}

static void add_shown(struct ctl_rows *r, const char *text)
{
    add_cell(r, text, utf8_width(text, strlen(text)));
}

static void add_empty(struct ctl_rows *r)
{
    add_cell(r, r->ctl->output == CTL_TABLE ? "" : "null", 0);
}

void ctl_add_text(struct ctl_rows *r, const char *v)
{
    struct strbuf b;

    if (!v) {
        add_empty(r);
    } else if (r->ctl->output == CTL_TABLE) {
        add_shown(r, printable(r->ctl->arena, v));
    } else {
        strbuf_init(&b, r->ctl->arena);
        strbuf_add_json(&b, v, strlen(v));
        add_cell(r, b.data, 0);
    }
}

void ctl_add_int(struct ctl_rows *r, int64_t v)
{
    add_shown(r, arena_printf(r->ctl->arena, "%lld", (long long)v));
}

void ctl_add_bool(struct ctl_rows *r, bool v)
{
    if (r->ctl->output == CTL_TABLE)
        add_shown(r, v ? "yes" : "no");
    else
        add_shown(r, v ? "true" : "false");
}

void ctl_add_time(struct ctl_rows *r, int64_t at_us)
{
    char text[RFC3339_SIZE + 2] = "";
    time_t seconds = (time_t)(at_us / 1000000);
    struct tm local;

    if (at_us == 0) {
        add_empty(r);
    } else if (r->ctl->output == CTL_TABLE && localtime_r(&seconds, &local)) {
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &local);
        add_shown(r, arena_strdup(r->ctl->arena, text));
    } else {
        rfc3339_format(at_us, text);
        add_shown(r, arena_printf(r->ctl->arena, "\"%s\"", text));
    }
}

/* ---- the table ---- */

static void print_cell(const char *text, size_t text_width, size_t width, bool right, bool last)
{
    int space = (int)(width > text_width ? width - text_width : 0);

    printf("%*s%s%*s", right ? space : 0, "", text, right || last ? 0 : space, "");
    if (!last)
        fputs("  ", stdout);
}

static void print_header(const struct ctl_rows *r, const size_t *widths)
{
    bool dim = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

    if (dim)
        fputs("\033[2m", stdout);
    for (int i = 0; i < r->count; i++) {
        const char *title = r->columns[i].title;

        print_cell(title, utf8_width(title, strlen(title)), widths[i], r->columns[i].type == CTL_NUMBER,
                   i == r->count - 1);
    }
    puts(dim ? "\033[0m" : "");
}

static void print_table(const struct ctl_rows *r)
{
    size_t *widths = arena_array(r->ctl->arena, size_t, (size_t)r->count);

    for (int i = 0; i < r->count; i++)
        widths[i] = utf8_width(r->columns[i].title, strlen(r->columns[i].title));
    for (size_t i = 0; i < r->used; i++)
        if (r->cells[i].width > widths[i % (size_t)r->count])
            widths[i % (size_t)r->count] = r->cells[i].width;
    print_header(r, widths);
    for (size_t i = 0; i < r->used; i++) {
        int column = (int)(i % (size_t)r->count);

        print_cell(r->cells[i].text, r->cells[i].width, widths[column], r->columns[column].type == CTL_NUMBER,
                   column == r->count - 1);
        if (column == r->count - 1)
            putchar('\n');
    }
}

static void print_array(const struct ctl_rows *r)
{
    putchar('[');
    for (size_t i = 0; i < r->used; i += (size_t)r->count) {
        fputs(i ? ",\n  " : "\n  ", stdout);
        print_object(r, r->cells + i);
    }
    puts(r->used ? "\n]" : "]");
}

void ctl_rows_end(struct ctl_rows *r)
{
    if (r->at)
        abort(); /* a row that lacks cells: the command is wrong */
    if (r->ctl->output == CTL_TABLE)
        print_table(r);
    else if (r->ctl->output == CTL_JSON)
        print_array(r);
    r->used = 0;
}
