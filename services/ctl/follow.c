#include "follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/base/error.h"
#include "common/event/words.h"
#include "ctl_sql.h"

struct watched {
    const char *complaint_id;
    struct exchange_item *item;
    const struct exchange_assignment *assignment;
    UT_hash_handle hh;
};

struct follow {
    struct arena *arena;
    struct watched *all;
    size_t open;
};

struct follow *follow_new(struct arena *a)
{
    struct follow *f = arena_new(a, struct follow);

    f->arena = a;
    return f;
}

void follow_free(struct follow *f)
{
    if (f)
        HASH_CLEAR(hh, f->all);
}

static struct watched *watch(struct follow *f, const char *complaint_id)
{
    struct watched *w;

    HASH_FIND_STR(f->all, complaint_id, w);
    if (w)
        return w;
    w = arena_new(f->arena, struct watched);
    w->complaint_id = arena_strdup(f->arena, complaint_id);
    HASH_ADD_KEYPTR(hh, f->all, w->complaint_id, strlen(w->complaint_id), w);
    return w;
}

void follow_expect(struct follow *f, struct exchange_item *item)
{
    struct watched *w = watch(f, item->complaint_id);

    w->item = item;
    item->assignment = w->assignment;
    f->open += w->assignment == NULL;
}

void follow_take(struct follow *f, const Redress__V1__ComplaintEvent *e, int64_t at_us)
{
    struct exchange_assignment *a;
    struct watched *w;

    if (e->event_case != REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED)
        return;
    w = watch(f, e->complaint_id);
    if (w->assignment)
        return; /* published twice */
    a = arena_new(f->arena, struct exchange_assignment);
    a->at_us = at_us;
    a->project_code = arena_strdup(f->arena, e->project_code);
    a->category_code = arena_strdup(f->arena, e->assigned->category_code);
    a->severity = enum_code(f->arena, &redress__v1__severity__descriptor, (int)e->assigned->severity);
    a->department_code = arena_strdup(f->arena, e->assigned->department_code);
    a->assignee_id = arena_strdup(f->arena, e->assigned->assignee_id);
    w->assignment = a;
    if (w->item) {
        w->item->assignment = a;
        f->open--;
    }
}

size_t follow_open(const struct follow *f)
{
    return f->open;
}

/* ---- the table ---- */

/* "kind code" -> name, as far as PostgreSQL tells. */
static const char *name_of(const struct pg_result *names, const char *kind, const char *code)
{
    for (int i = 0; names && i < pg_rows(names); i++)
        if (strcmp(pg_text(names, i, 0), kind) == 0 && strcmp(pg_text(names, i, 1), code) == 0)
            return pg_text(names, i, 2);
    return code;
}

static int compare_numbers(const void *x, const void *y)
{
    const struct exchange_item *const *a = x, *const *b = y;

    return strcmp((*a)->complaint_number, (*b)->complaint_number);
}

static void add_row(struct ctl_rows *rows, const struct exchange_item *item, const struct pg_result *names)
{
    const struct exchange_assignment *a = item->assignment;

    ctl_add_text(rows, item->complaint_number);
    ctl_add_text(rows, a ? name_of(names, "project", a->project_code) : "");
    ctl_add_text(rows, !a ? "" : a->category_code[0] ? name_of(names, "category", a->category_code) : "待人工分类");
    ctl_add_text(rows, a ? word_of(a->severity) : "");
    ctl_add_text(rows, a ? name_of(names, "department", a->department_code) : "");
    ctl_add_text(rows, a ? name_of(names, "staff", a->assignee_id) : "");
    ctl_add_int(rows, a ? (a->at_us - item->sent_us) / 1000 : -1);
}

static void print_accepted(struct ctl *c, const struct exchange_item *items, size_t count)
{
    static const struct ctl_column columns[] = {
        { "number", "投诉编号 number", CTL_TEXT },          { "project", "项目 project", CTL_TEXT },
        { "category", "类别 category", CTL_TEXT },          { "severity", "严重 severity", CTL_TEXT },
        { "department", "责任部门 department", CTL_TEXT },  { "assignee", "处理人 handler", CTL_TEXT },
        { "assignedAfterMs", "投递到派单 ms", CTL_NUMBER },
    };
    const struct exchange_item **shown = arena_array(c->arena, const struct exchange_item *, count + 1);
    _cleanup_(pg_result_freep) struct pg_result *names = NULL;
    struct ctl_rows *rows = ctl_rows_new(c, columns, sizeof columns / sizeof *columns);
    struct pg_conn *pg = ctl_pg(c);
    size_t n = 0;

    if (pg && pg_exec(pg, &ctl_names, NULL, &names) < 0)
        names = NULL; /* codes will do */
    for (size_t i = 0; i < count; i++)
        if (items[i].state == EXCHANGE_ANSWERED && items[i].followed)
            shown[n++] = &items[i];
    qsort(shown, n, sizeof *shown, compare_numbers);
    for (size_t i = 0; i < n; i++)
        add_row(rows, shown[i], names);
    ctl_rows_end(rows);
}

static bool is_refused(const struct exchange_item *item)
{
    return item->state == EXCHANGE_DEAD || (item->state == EXCHANGE_ANSWERED && item->problem_count > 0);
}

static void print_refused(struct ctl *c, const struct exchange_item *items, size_t count)
{
    static const struct ctl_column columns[] = {
        { "reference", "来件 reference", CTL_TEXT },
        { "result", "结果 result", CTL_TEXT },
        { "path", "字段 field", CTL_TEXT },
        { "why", "原因 why", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, sizeof columns / sizeof *columns);

    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; is_refused(&items[i]) && k < items[i].problem_count; k++) {
            const struct field_problem *p = &items[i].problems[k];

            ctl_add_text(rows, items[i].key);
            ctl_add_text(rows, exchange_result(&items[i]));
            ctl_add_text(rows, p->path);
            ctl_add_text(rows, arena_printf(c->arena, "%s: %s", p->code, p->message));
        }
    ctl_rows_end(rows);
}

void follow_print(struct ctl *c, const struct exchange_item *items, size_t count)
{
    print_accepted(c, items, count);
    putchar('\n');
    print_refused(c, items, count);
    putchar('\n');
}
