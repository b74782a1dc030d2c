#include "casework.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calendars.h"
#include "common/event/json.h"
#include "common/event/pii.h"

#define COUNT(items) (sizeof(items) / sizeof((items)[0]))
#define WORDS(...)                                                                                                     \
    {                                                                                                                  \
        (const char *const[]){ __VA_ARGS__ }, COUNT(((const char *const[]){ __VA_ARGS__ }))                            \
    }

/* ---- the tenant ---- */

struct department casework_departments[CASEWORK_DEPARTMENTS] = {
    { "customer_service", "客服部", "C1", WORDS("C2") },
    { "engineering", "工程部", "E1", WORDS("E2", "E5") },
    { "environment", "环境部", "N1", WORDS("N2") },
};

struct category casework_categories[CASEWORK_CATEGORIES] = {
    { .code = "house_quality", .parent = "", .department = "engineering", .complex = true },
    { .code = "house_quality.structural_hazard",
      .parent = "house_quality",
      .department = "engineering",
      .complex = true },
    { .code = "repair_request", .parent = "", .department = "engineering" },
    { .code = "property_service", .parent = "", .department = "environment" },
    { .code = "property_service.cleaning", .parent = "property_service", .department = "environment" },
    { .code = "property_service.cleaning_staff", .parent = "property_service", .department = "environment" },
    { .code = "non_complaint.consultation", .parent = "", .department = "customer_service" },
};

/* The pipe is dearer in the garden, and everything was cheaper last year. */
static const struct price prices[] = {
    { "", "pipe", "水管", "米", CASEWORK_TODAY - 400, 1000 },
    { "", "pipe", "水管", "米", CASEWORK_TODAY - 10, 1001 },
    { "", "pipe", "水管", "米", CASEWORK_TODAY + 1, 9999 },
    { "GARDEN", "pipe", "水管", "米", CASEWORK_TODAY - 100, 2005 },
    { "", "hour", "工时", "小时", CASEWORK_TODAY - 400, 8000 },
};

static const struct tenant the_tenant = {
    .id = "demo",
    .name = "示范集团",
    .zone = "Asia/Shanghai",
    .duty = "D1",
    .policy = { .categories = casework_categories,
                .category_count = COUNT(casework_categories),
                .rules = { .major_categories = WORDS("house_quality.structural_hazard"),
                           .complex_amount_fen = 5000000 } },
    .departments = casework_departments,
    .department_count = COUNT(casework_departments),
    .staff_count = CASEWORK_STAFF,
    .management = WORDS("M1", "M2"),
    .handling = { .bounces_max = 3,
                  .reminders = 2,
                  .reopen_days = 30,
                  .recurrence_days = 180,
                  .retain_years = 3,
                  .backdate_hours = 48,
                  .escalate_amount_fen = 1000000,
                  .paid_categories = WORDS("property_service.cleaning") },
    .prices = { prices, COUNT(prices) },
};

const char *const casework_ids[CASEWORK_STAFF] = { "C1", "C2", "C3", "D1", "E1", "E2", "E3",
                                                   "E4", "E5", "M1", "M2", "N1", "N2", "N3" };
static const char *const names[CASEWORK_STAFF] = {
    "陈主任", "楚客服", "崔客服", "丁值班", "额主任", "鄂师傅", "恩师傅",
    "尔师傅", "二师傅", "马总",   "孟总",   "聂主任", "牛保洁", "农保洁"
};

static const char *department_of(const char *id)
{
    switch (id[0]) {
    case 'C':
        return "customer_service";
    case 'E':
        return "engineering";
    case 'N':
        return "environment";
    default:
        return "office"; /* none that complaints go to */
    }
}

static void hire(struct casework *w)
{
    for (int i = 0; i < CASEWORK_STAFF; i++) {
        w->away[i] = (struct absence){ CASEWORK_TODAY - 1, CASEWORK_TODAY + 30 };
        w->staff[i] = (struct staff){ .id = casework_ids[i],
                                      .name = str_from(names[i]),
                                      .department = department_of(casework_ids[i]),
                                      .trained = true,
                                      .on_duty = true,
                                      .absences = &w->away[i],
                                      .phone_key = i == N2 ? CASEWORK_PHONE : "" };
    }
}

static void register_one(struct casework *w, int i, const char *assignee)
{
    struct case_state *c = &w->cases[i];

    *c = (struct case_state){ .tenant = "demo",
                              .number = i ? "TS-2" : "TS-1",
                              .project = i ? "TOWER" : "GARDEN",
                              .building = "3",
                              .home_key = "home",
                              .complainant_key = CASEWORK_PHONE, /* N2 lives there */
                              .category = "repair_request",
                              .severity = REDRESS__V1__SEVERITY__SEVERITY_GENERAL,
                              .complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE,
                              .received_us = w->now_us - CASEWORK_DAY_US,
                              .registered_us = w->now_us - CASEWORK_DAY_US,
                              .status = CASE_ASSIGNED,
                              .since_us = w->now_us - CASEWORK_HOUR_US,
                              .department = "engineering",
                              .assignee = assignee,
                              .assignee_role = REDRESS__V1__ASSIGNEE_ROLE__ASSIGNEE_ROLE_HANDLER,
                              .assigned_us = w->now_us - CASEWORK_HOUR_US,
                              .level = REDRESS__V1__ESCALATION_LEVEL__ESCALATION_LEVEL_HANDLER,
                              .version = 2 };
    c->id.bytes[15] = (unsigned char)(i + 1);
    w->load[tenant_staff(&w->tenant, assignee)].open++;
}

void casework_init(struct casework *w)
{
    memset(w, 0, sizeof(*w));
    arena_init(&w->arena, 0);
    w->now_us = CASEWORK_NOW_US;
    w->tenant = the_tenant;
    w->tenant.staff = w->staff;
    w->text = str_from("电梯间漏水");
    w->c = &w->cases[0];
    w->other = &w->cases[1];
    hire(w);
    register_one(w, 0, "E3");
    register_one(w, 1, "E4");
}

void casework_done(struct casework *w)
{
    arena_done(&w->arena);
}

void casework_fork(const struct casework *w, struct casework *ret)
{
    *ret = *w;
    arena_init(&ret->arena, 0);
    ret->tenant.staff = ret->staff;
    ret->c = &ret->cases[w->c - w->cases];
    ret->other = w->other ? &ret->cases[w->other - w->cases] : NULL;
    for (int i = 0; i < CASEWORK_STAFF; i++)
        if (ret->staff[i].absences)
            ret->staff[i].absences = &ret->away[i];
    for (int i = 0; i < 2; i++) {
        struct work_orders *o = &ret->cases[i].orders;

        o->items = arena_array(&ret->arena, struct work_order *, o->cap + 1);
        for (size_t k = 0; k < o->count; k++)
            o->items[k] = arena_memdup(&ret->arena, w->cases[i].orders.items[k], sizeof(struct work_order));
    }
}

void casework_absent(struct casework *w, enum casework_staff who, bool away)
{
    w->staff[who].absence_count = away;
}

void casework_make_complex(struct casework *w)
{
    w->c->complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX;
}

/* As a registration does it. */
void casework_make_major(struct casework *w)
{
    struct handling h = { .arena = &w->arena, .tenant = &w->tenant, .load = w->load, .today = CASEWORK_TODAY };

    w->c->severity = REDRESS__V1__SEVERITY__SEVERITY_MAJOR;
    handling_begin(&h, w->c);
}

static void fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

/* As JSON has it; what the command needs besides is filled in. */
static ProtobufCMessage *read_command(struct casework *w, enum case_command what, const char *json)
{
    const ProtobufCMessageDescriptor *d = casework_message(what);
    struct field_problem problem = { 0 };
    ProtobufCMessage *m;

    if (!d || json_read(&w->arena, d, json, strlen(json), &m, &problem) != 0)
        fail(json, 0, problem.message ? problem.message : "no such command");
    casework_fill_up(&w->arena, what, w->now_us, json, m);
    return m;
}

/* ---- giving commands ---- */

/* A copy of all that a command may change. */
struct picture {
    struct case_state cases[2];
    struct work_order *orders[2];
    struct workload load[CASEWORK_STAFF];
};

static struct picture take_picture(struct casework *w)
{
    struct picture p;

    memcpy(p.cases, w->cases, sizeof(p.cases));
    memcpy(p.load, w->load, sizeof(p.load));
    for (int i = 0; i < 2; i++) {
        p.orders[i] = arena_array(&w->arena, struct work_order, w->cases[i].orders.count + 1);
        for (size_t k = 0; k < w->cases[i].orders.count; k++)
            memcpy(&p.orders[i][k], w->cases[i].orders.items[k], sizeof(struct work_order));
    }
    return p;
}

/* Pictures are copied byte by byte: what lies between members is the same, too. */
static bool is_same(const void *x, const void *y, size_t size)
{
    return memcmp(x, y, size) == 0;
}

static bool is_as_it_was(const struct casework *w, const struct picture *p)
{
    if (!is_same(p->cases, w->cases, sizeof(p->cases)) || !is_same(p->load, w->load, sizeof(p->load)))
        return false;
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < w->cases[i].orders.count; k++)
            if (!is_same(&p->orders[i][k], w->cases[i].orders.items[k], sizeof(struct work_order)))
                return false;
    return true;
}

static struct handling prepare(struct casework *w)
{
    return (struct handling){ .arena = &w->arena,
                              .tenant = &w->tenant,
                              .load = w->load,
                              .today =
                                  (int32_t)((w->now_us + 8 * CASEWORK_HOUR_US) / CASEWORK_DAY_US), /* of Shanghai */
                              .now_us = w->now_us,
                              .at_us = w->at_us ? w->at_us : w->now_us,
                              .other = w->other,
                              .texts = &w->text,
                              .text_count = 1,
                              .home_amount_fen = w->home_amount_fen };
}

static void begin(struct casework *w)
{
    w->problems = (struct deed_problems){ 0 };
    w->h = prepare(w);
    for (int i = 0; i < 2; i++)
        w->cases[i].changed = w->cases[i].file_changed = w->cases[i].classified = false;
}

static const char *what_moved(const struct case_state *was, const struct case_state *c, size_t told)
{
    if (told == 0 && !is_same(was, c, sizeof(*c)))
        return "the case changed and nothing was told";
    if (told && !c->changed)
        return "something was told and the row is not to be saved";
    if ((was->severity != c->severity || was->complexity != c->complexity || was->amount_fen != c->amount_fen ||
         strcmp(was->category, c->category) != 0) &&
        !c->file_changed)
        return "the file changed and is not to be saved";
    if (c->since_us < was->since_us)
        return "it came into its state before it came into the one before";
    if (c->assigned_us < was->assigned_us)
        return "it was given to somebody before it was given to the one before him";
    return NULL;
}

/* As work_emit numbers them. */
static const char *number_events(struct casework *w, const struct picture *p)
{
    const char *broken = NULL;

    for (int i = 0; i < 2 && !broken; i++) {
        size_t told = 0;

        for (size_t k = 0; k < w->h.event_count; k++)
            told += w->h.events[k].on == &w->cases[i];
        broken = what_moved(&p->cases[i], &w->cases[i], told);
        w->cases[i].version += (int64_t)told;
    }
    return broken;
}

static int end(struct casework *w, const struct picture *p, int r)
{
    if (r == HANDLING_REFUSED && !is_as_it_was(w, p))
        w->broken = "a refusal changed something";
    else if (r == 0 && w->h.event_count == 0)
        w->broken = "something was done and nothing is told of it";
    else if (r == 0)
        w->broken = number_events(w, p);
    if (!w->broken)
        w->broken = casework_broken(w);
    return r;
}

int casework_give(struct casework *w, const char *actor, enum case_command what, const ProtobufCMessage *fields)
{
    struct deed deed = { what, fields, actor, w->at_us ? w->at_us : w->now_us };
    struct picture p;

    begin(w);
    if (fields)
        deed_check(&w->arena, &w->tenant, what, fields, &w->problems);
    if (w->problems.count)
        return -1;
    p = take_picture(w);
    return end(w, &p, handling_apply(&w->h, w->c, &deed));
}

int casework_do(struct casework *w, const char *actor, const char *command, const char *json)
{
    enum case_command what = case_command_find(command);

    if (what == CASE_COMMAND_COUNT)
        fail(command, 0, "no such command");
    return casework_give(w, actor, what, read_command(w, what, json));
}

int casework_system(struct casework *w, enum case_command what)
{
    return casework_give(w, "system:dispatch", what, NULL);
}

int casework_pass_on(struct casework *w)
{
    struct picture p;

    begin(w);
    p = take_picture(w);
    return end(w, &p, handling_pass_on(&w->h, w->c));
}

int casework_escalate(struct casework *w, int level)
{
    struct picture p;

    begin(w);
    p = take_picture(w);
    return end(w, &p,
               handling_escalate(&w->h, w->c, level, REDRESS__V1__ESCALATION_CONDITION__ESCALATION_CONDITION_BREACH));
}

bool casework_allows(struct casework *w, const char *actor, const char *command)
{
    struct handling h = prepare(w);
    const char *const *all = handling_allowed(&h, w->c, actor);

    while (*all && strcmp(*all, command) != 0)
        all++;
    return *all != NULL;
}

const ProtobufCMessage *casework_told(const struct casework *w, const char *member)
{
    for (size_t i = 0; i < w->h.event_count; i++)
        if (strcmp(w->h.events[i].member, member) == 0)
            return w->h.events[i].message;
    return NULL;
}

void casework_expect(struct casework *w, const char *actor, const char *command, const char *json, const char *code,
                     const char *rule, const char *file, int line)
{
    int r = casework_do(w, actor, command, json);
    const char *why = r == 0 ? "done" : r < 0 ? w->problems.items[0].code : w->h.refusal.code;

    if (w->broken)
        fail(file, line, w->broken);
    if (strcmp(why, code ? code : "done") != 0 || (code && strcmp(w->h.refusal.rule, rule) != 0))
        fail(file, line,
             arena_printf(&w->arena, "%s by %s: %s %s instead of %s %s", command, actor, why,
                          r > 0   ? w->h.refusal.rule
                          : r < 0 ? w->problems.items[0].path
                                  : "",
                          code ? code : "done", rule ? rule : ""));
}

void casework_expect_told(const struct casework *w, const char *const *members, const char *file, int line)
{
    for (size_t i = 0; i < w->h.event_count || members[i]; i++) {
        const char *told = i < w->h.event_count ? w->h.events[i].member : "nothing";
        const char *expected = members[i] ? members[i] : "nothing";

        if (strcmp(told, expected) != 0) {
            fprintf(stderr, "event %zu is %s, not %s\n", i + 1, told, expected);
            fail(file, line, "other events were told");
        }
    }
}

/* ---- along the way ---- */

struct way_step {
    enum case_status from;
    const char *actor, *command, *json; /* actor "": whoever has it */
};
static const struct way_step way[] = {
    { CASE_TO_CLASSIFY, "C1", "classify", "{\"category_code\": \"repair_request\"}" },
    { CASE_ASSIGNED, "", "acknowledge", "{}" },
    { CASE_REOPENED, "", "acknowledge", "{}" },
    { CASE_ACKNOWLEDGED, "", "start_investigation", "{}" },
    { CASE_INVESTIGATING, "", "complete_investigation", "{}" },
    { CASE_INVESTIGATED, "", "propose_plan", NULL },
    { CASE_PLAN_PROPOSED, "complainant", "confirm_plan", "{}" },
    { CASE_PLAN_CONFIRMED, "", "start_rectification", "{}" },
    { CASE_RECTIFYING, "", "complete", "{}" },
    { CASE_RECTIFIED, "", "evaluate", "{\"effective\": true}" },
    { CASE_EVALUATED, "", "feed_back", "{}" },
    { CASE_FED_BACK, "complainant", "confirm", "{}" },
    { CASE_CONFIRMED, "C3", "close", "{}" },
    { CASE_CLOSED, "C3", "archive", "{}" },
};

/* States beside the way: from which one they are entered, and how. */
static const struct way_step aside[CASE_ERASED + 1] = {
    [CASE_TO_CLASSIFY] = { CASE_ASSIGNED, "", "refuse", "{}" },
    [CASE_ANSWERED] = { CASE_ASSIGNED, "C3", "answer", "{}" },
    [CASE_WITHDRAWN] = { CASE_ASSIGNED, "complainant", "withdraw", "{}" },
    [CASE_MERGED] = { CASE_ASSIGNED, "C3", "merge", "{}" },
    [CASE_REOPENED] = { CASE_CLOSED, "complainant", "reopen", "{}" },
};

static void take_step(struct casework *w, const struct way_step *s)
{
    DONE(w, *s->actor ? s->actor : w->c->assignee, s->command, s->json ? s->json : casework_plan_json(w));
}

static void step_along(struct casework *w)
{
    for (size_t i = 0; i < COUNT(way); i++) {
        if (way[i].from != w->c->status)
            continue;
        if (way[i].from == CASE_INVESTIGATED && w->c->complexity != REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE)
            DONE(w, w->c->assignee, "hold_meeting", "{\"agreed\": true}");
        if (way[i].from == CASE_CONFIRMED && (w->c->facts & FACT_INSPECTION_OPEN))
            DONE(w, "M1", "record_inspection", "{}");
        take_step(w, &way[i]);
        return;
    }
    fail(case_status_name((int)w->c->status), 0, "no way leads on from here");
}

void casework_bring(struct casework *w, enum case_status to)
{
    if (to == CASE_ANSWERED && strncmp(w->c->category, "non_complaint", 13) != 0)
        DONE(w, "C1", "classify", "{\"category_code\": \"non_complaint.consultation\"}");
    if (aside[to].command && w->c->status != to) {
        casework_bring(w, aside[to].from);
        take_step(w, &aside[to]);
    }
    if (to == CASE_ERASED) {
        casework_bring(w, CASE_ARCHIVED);
        w->now_us = w->c->retain_until_us;
        if (casework_system(w, CMD_ERASE) != 0)
            fail("erase", 0, w->h.refusal.code);
    }
    while (w->c->status != to)
        step_along(w);
}

/* ---- what always holds ---- */

static bool is_over(const struct case_state *c)
{
    return !case_status_alive(c->status);
}

static const char *broken_loads(const struct casework *w)
{
    for (int i = 0; i < CASEWORK_STAFF; i++) {
        int64_t open = 0;

        for (int k = 0; k < 2; k++)
            open += !is_over(&w->cases[k]) && strcmp(w->cases[k].assignee, w->staff[i].id) == 0;
        if (open != w->load[i].open)
            return "a workload is not the number of living cases that the person has";
    }
    return NULL;
}

static const char *broken_order(const struct work_order *o, int number)
{
    int64_t total_fen = 0;

    for (size_t i = 0; i < o->line_count; i++)
        total_fen += o->lines[i].amount_fen;
    if (o->number != number)
        return "work orders are not numbered 1, 2, ...";
    if (total_fen != o->total_fen)
        return "the total is not the sum of the lines";
    if (!o->paid && (o->quote || o->total_fen))
        return "free work has a quote";
    if (o->paid && o->status >= ORDER_APPROVED && o->status <= ORDER_SIGNED && (!o->quote || o->approved != o->quote))
        return "paid work goes on without an approval of its newest quote";
    if (o->approved && o->approved != o->quote)
        return "an older quote is the one that was approved";
    if (o->status == ORDER_SIGNED && (o->quality < 1 || o->quality > 5 || o->attitude < 1 || o->attitude > 5))
        return "signed work is not rated";
    return NULL;
}

static const char *broken_orders(const struct case_state *c)
{
    const char *broken = NULL;

    for (size_t i = 0; i < c->orders.count && !broken; i++)
        broken = broken_order(c->orders.items[i], (int)i + 1);
    return broken;
}

static const char *broken_end(const struct case_state *c)
{
    if (work_orders_open(&c->orders))
        return "it is over and a work order is open";
    if (c->facts & FACT_INSPECTION_OPEN)
        return "it is over and an inspection is open";
    if (c->severity == REDRESS__V1__SEVERITY__SEVERITY_MAJOR && !(c->facts & FACT_INSPECTED))
        return "it is over, major, and was not inspected";
    if (c->waiting || c->question)
        return "it is over and waits for something";
    if (!c->closed_us)
        return "it is over since no time";
    if ((c->status == CASE_WITHDRAWN || c->status == CASE_MERGED) && c->reopen_until_us)
        return "it could be opened again, though nobody closed it";
    if (c->status == CASE_CLOSED && !c->reopen_until_us)
        return "it is closed without a time in which to open it again";
    if (c->status == CASE_MERGED && uuid_is_nil(&c->merged_into))
        return "it was merged into nothing";
    return NULL;
}

static const char *broken_life(const struct casework *w, const struct case_state *c)
{
    if (tenant_staff(&w->tenant, c->assignee) < 0 || !tenant_department(&w->tenant, c->department))
        return "nobody of the tenant has it";
    if (c->severity == REDRESS__V1__SEVERITY__SEVERITY_MAJOR && !(c->facts & (FACT_INSPECTION_OPEN | FACT_INSPECTED)))
        return "it is major and no inspection was opened";
    if (c->closed_us || c->reopen_until_us || c->retain_until_us || !uuid_is_nil(&c->merged_into))
        return "it goes on and has something of its end";
    return NULL;
}

static const char *broken_case(const struct casework *w, const struct case_state *c)
{
    const char *broken = broken_orders(c);

    if (broken)
        return broken;
    if (!case_status_name((int)c->status))
        return "it is in no state";
    if (c->level < 1 || c->level > 4)
        return "its level is not 1 to 4";
    if (c->since_us > w->now_us || c->assigned_us > w->now_us || c->assigned_us < c->received_us)
        return "it was there before it was received, or will be";
    if ((c->facts & FACT_INSPECTION_OPEN) && (c->facts & FACT_INSPECTED))
        return "its inspection is open and done";
    if (c->question && !(c->asked >> c->question & 1))
        return "a question is open that was not asked";
    if (c->waiting < 0 || c->waiting > REDRESS__V1__WAIT_REASON__WAIT_REASON_INFORMATION)
        return "it waits for no reason";
    return is_over(c) ? broken_end(c) : broken_life(w, c);
}

const char *casework_broken(const struct casework *w)
{
    const char *broken = broken_loads(w);

    for (int i = 0; i < 2 && !broken; i++)
        broken = broken_case(w, &w->cases[i]);
    return broken;
}
