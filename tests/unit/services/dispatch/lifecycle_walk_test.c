/* Walks the table of the life of a case: every row from every state of it by every role of it, with all guards holding
 * and with each of them broken alone; every other state and role is refused. What was never walked is a failure. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/casework.h"

#define NO_GUARD CASE_GUARD_COUNT

/* ---- what makes a guard hold, and what breaks it ---- */

struct scene {
    struct casework w;
    const struct lifecycle_row *row;
    enum case_status from;
    const char *actor;
    struct strbuf json; /* members of the command's object */
};

static void ask(struct scene *s, const char *member)
{
    strbuf_printf(&s->json, "%s%s", s->json.len ? ", " : "", member);
}

static void set_fact(struct scene *s, uint32_t fact, bool is)
{
    s->w.c->facts = is ? s->w.c->facts | fact : s->w.c->facts & ~fact;
}

/* An order to which the row's command may be given. */
static void add_order(struct scene *s)
{
    static const struct {
        enum case_command command;
        bool paid;
        enum order_status status;
    } ready[] = {
        { CMD_QUOTE_WORK, true, ORDER_OPENED },       { CMD_APPROVE_QUOTE, true, ORDER_QUOTED },
        { CMD_DISPATCH_WORK, false, ORDER_OPENED },   { CMD_AGREE_APPOINTMENT, false, ORDER_OPENED },
        { CMD_FINISH_WORK, false, ORDER_DISPATCHED }, { CMD_SIGN_WORK, false, ORDER_DONE },
        { CMD_CANCEL_WORK, false, ORDER_OPENED },
    };

    for (size_t i = 0; i < sizeof(ready) / sizeof(*ready); i++)
        if (ready[i].command == s->row->command) {
            struct work_order *o = work_order_add(&s->w.arena, &s->w.c->orders, ready[i].paid, s->w.now_us);

            o->status = ready[i].status;
            o->quote = o->status == ORDER_QUOTED;
        }
}

static void may_handle(struct scene *s, bool holds)
{
    int i = tenant_staff(&s->w.tenant, s->actor);

    if (i >= 0)
        s->w.staff[i].trained = holds;
}

static void unacknowledged(struct scene *s, bool holds)
{
    set_fact(s, FACT_ACKNOWLEDGED, !holds);
}

static void proposal(struct scene *s, bool holds)
{
    s->w.c->department = "engineering";
    ask(s, holds ? "\"proposed_department\": \"environment\"" : "\"proposed_department\": \"engineering\"");
}

static void classified(struct scene *s, bool holds)
{
    if (!holds)
        s->w.c->category = "";
}

static void not_awarded(struct scene *s, bool holds)
{
    set_fact(s, FACT_AWARDED, !holds);
}

static void simple(struct scene *s, bool holds)
{
    set_fact(s, FACT_REWORKED, !holds);
}

static void consultation(struct scene *s, bool holds)
{
    s->w.c->category = holds ? "non_complaint.consultation" : "repair_request";
}

static void met_if_complex(struct scene *s, bool holds)
{
    s->w.c->complexity = REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX;
    set_fact(s, FACT_MEETING_AGREED, holds);
    ask(s, "\"steps\": [{\"deadline\": \"2036-01-01T00:00:00Z\"}]");
}

static void in_future(struct scene *s, bool holds)
{
    const char *name = s->row->command == CMD_PROPOSE_PLAN        ? "deadline"
                       : s->row->command == CMD_AGREE_APPOINTMENT ? "to"
                                                                  : "at";

    ask(s, arena_printf(&s->w.arena, "\"%s\": \"%s-01-01T00:00:00Z\"", name, holds ? "2036" : "2026"));
}

static void way_proven(struct scene *s, bool holds)
{
    ask(s, holds ? "\"way\": \"CONFIRMATION_WAY_PHONE\", \"recorded_by\": \"C1\""
                 : "\"way\": \"CONFIRMATION_WAY_SIGNATURE\"");
}

static void no_open_work(struct scene *s, bool holds)
{
    if (!holds)
        work_order_add(&s->w.arena, &s->w.c->orders, false, s->w.now_us);
}

static void inspected_if_major(struct scene *s, bool holds)
{
    s->w.c->severity = s->w.other->severity = REDRESS__V1__SEVERITY__SEVERITY_MAJOR;
    set_fact(s, FACT_INSPECTION_OPEN, !holds);
    set_fact(s, FACT_INSPECTED, holds);
    s->w.other->facts |= FACT_INSPECTION_OPEN;
}

static void effective(struct scene *s, bool holds)
{
    ask(s, holds ? "\"effective\": true" : "\"effective\": false");
}

static void reminded_enough(struct scene *s, bool holds)
{
    s->w.c->reminders = s->w.tenant.handling.reminders - !holds;
}

static void in_window(struct scene *s, bool holds)
{
    s->w.now_us = s->w.c->reopen_until_us + !holds;
}

static void mergeable(struct scene *s, bool holds)
{
    if (!holds)
        s->w.other = NULL;
}

static void not_waiting(struct scene *s, bool holds)
{
    s->w.c->waiting = holds ? 0 : REDRESS__V1__WAIT_REASON__WAIT_REASON_AUTHORITY;
}

static void waiting(struct scene *s, bool holds)
{
    not_waiting(s, !holds);
}

static void not_asked_yet(struct scene *s, bool holds)
{
    s->w.c->asked = holds ? 0 : UINT32_C(1) << s->w.c->status;
}

static void question_open(struct scene *s, bool holds)
{
    s->w.c->asked = UINT32_C(1) << CASE_ASSIGNED;
    s->w.c->question = holds ? CASE_ASSIGNED : CASE_SAME;
}

static void below_top(struct scene *s, bool holds)
{
    s->w.c->level = holds ? 3 : 4;
}

static void above_bottom(struct scene *s, bool holds)
{
    s->w.c->level = holds ? 2 : 1;
}

static void under_review(struct scene *s, bool holds)
{
    s->w.c->level = holds ? 3 : 2;
}

static void inspection_open(struct scene *s, bool holds)
{
    set_fact(s, FACT_INSPECTION_OPEN, holds);
}

static void order_ready(struct scene *s, bool holds)
{
    if (holds)
        add_order(s);
}

static void rating(struct scene *s, bool holds)
{
    ask(s, holds ? "\"quality\": 5" : "\"quality\": 6");
}

static void not_held(struct scene *s, bool holds)
{
    set_fact(s, FACT_HELD, !holds);
}

static void held(struct scene *s, bool holds)
{
    set_fact(s, FACT_HELD, holds);
}

static void retention_over(struct scene *s, bool holds)
{
    s->w.now_us = s->w.c->retain_until_us - !holds;
}

static void (*const arrange[CASE_GUARD_COUNT])(struct scene *, bool) = {
    [GUARD_MAY_HANDLE] = may_handle,
    [GUARD_UNACKNOWLEDGED] = unacknowledged,
    [GUARD_PROPOSAL] = proposal,
    [GUARD_CLASSIFIED] = classified,
    [GUARD_NOT_AWARDED] = not_awarded,
    [GUARD_SIMPLE] = simple,
    [GUARD_CONSULTATION] = consultation,
    [GUARD_MET_IF_COMPLEX] = met_if_complex,
    [GUARD_IN_FUTURE] = in_future,
    [GUARD_WAY_PROVEN] = way_proven,
    [GUARD_NO_OPEN_WORK] = no_open_work,
    [GUARD_INSPECTED_IF_MAJOR] = inspected_if_major,
    [GUARD_EFFECTIVE] = effective,
    [GUARD_REMINDED_ENOUGH] = reminded_enough,
    [GUARD_IN_WINDOW] = in_window,
    [GUARD_MERGEABLE] = mergeable,
    [GUARD_NOT_WAITING] = not_waiting,
    [GUARD_WAITING] = waiting,
    [GUARD_NOT_ASKED_YET] = not_asked_yet,
    [GUARD_QUESTION_OPEN] = question_open,
    [GUARD_BELOW_TOP] = below_top,
    [GUARD_ABOVE_BOTTOM] = above_bottom,
    [GUARD_UNDER_REVIEW] = under_review,
    [GUARD_INSPECTION_OPEN] = inspection_open,
    [GUARD_ORDER_READY] = order_ready,
    [GUARD_RATING] = rating,
    [GUARD_NOT_HELD] = not_held,
    [GUARD_HELD] = held,
    [GUARD_RETENTION_OVER] = retention_over,
};

/* ---- a scene ---- */

static const char *actor_of(const struct casework *w, uint32_t role)
{
    switch (role) {
    case ROLE_SYSTEM:
        return "system:dispatch";
    case ROLE_HANDLER:
        return w->c->assignee;
    case ROLE_DEPARTMENT_HEAD:
        return tenant_department(&w->tenant, w->c->department)->head;
    case ROLE_SERVICE:
        return "C3";
    case ROLE_MANAGEMENT:
        return "M1";
    default:
        return role == ROLE_COMPLAINANT ? "complainant" : "agent:7";
    }
}

/* Dispatch itself never sees a case before it is given to somebody, but the table's sets of states begin there. */
static void come_to(struct scene *s, enum case_status from)
{
    if (from == CASE_REGISTERED)
        s->w.c->status = CASE_REGISTERED;
    else
        casework_bring(&s->w, from);
}

/* All guards of the row hold, but for the one that is broken. */
static void scene_init(struct scene *s, const struct lifecycle_row *row, enum case_status from, uint32_t role,
                       enum case_guard broken)
{
    memset(s, 0, sizeof(*s));
    casework_init(&s->w);
    s->row = row;
    s->from = from;
    come_to(s, from);
    strbuf_init(&s->json, &s->w.arena);
    s->actor = actor_of(&s->w, role);
    for (int g = 0; g < CASE_GUARD_COUNT; g++)
        if ((row->guards >> g & 1) && g != (int)broken)
            arrange[g](s, true);
    if (broken != NO_GUARD)
        arrange[broken](s, false);
}

static int act(struct scene *s)
{
    if (s->row->command == CMD_ANSWER_SURVEY)
        ask(s, "\"service_quality\": 90"); /* one of three at least */
    if (strcmp(s->actor, "system:dispatch") == 0)
        return casework_system(&s->w, s->row->command);
    return casework_do(&s->w, s->actor, case_commands[s->row->command].name,
                       arena_printf(&s->w.arena, "{%s}", s->json.len ? s->json.data : ""));
}

static const char *said(const struct scene *s, int r)
{
    return r == 0 ? "done" : r < 0 ? s->w.problems.items[0].path : s->w.h.refusal.code;
}

/* The registration's own rows are decided elsewhere (decide_test.c). */
static bool is_by_other_means(const struct lifecycle_row *row)
{
    return !*case_commands[row->command].event;
}

#define EACH_ROW(row)      for (const struct lifecycle_row *row = lifecycle; row < lifecycle + lifecycle_rows; row++)
#define EACH_STATE(status) for (enum case_status status = CASE_REGISTERED; status <= CASE_ERASED; status++)
#define EACH_ROLE(role)    for (uint32_t role = 1; role < 1U << CASE_ROLE_COUNT; role <<= 1)

/* ---- the walks ---- */

static void walk(const struct lifecycle_row *row, enum case_status from, uint32_t role)
{
    struct scene s;
    int r;

    scene_init(&s, row, from, role, NO_GUARD);
    r = act(&s);
    cr_expect_eq(r, 0, "%s from %s by %s: %s", case_commands[row->command].name, case_status_name((int)from),
                 case_role_name(role), said(&s, r));
    cr_expect_eq(s.w.c->status, row->to == CASE_SAME ? from : row->to, "%s from %s leads to %s",
                 case_commands[row->command].name, case_status_name((int)from), case_status_name((int)s.w.c->status));
    cr_expect(s.w.h.event_count > 0);
    casework_done(&s.w);
}

Test(lifecycle_walk, every_row_from_every_state_by_every_role)
{
    size_t walked = 0, elsewhere = 0;

    EACH_ROW(row)
    {
        size_t before = walked;

        if (is_by_other_means(row)) {
            elsewhere++;
            continue;
        }
        EACH_STATE(from)
        EACH_ROLE(role)
        if ((row->from >> from & 1) && (row->who & role)) {
            walk(row, from, role);
            walked++;
        }
        cr_expect_gt(walked, before, "row %td was never walked", row - lifecycle);
    }
    cr_expect_eq(elsewhere, 2, "assign, hand_over");
}

/* Another row for the same may do what this one does not, where it asks for less. */
static const struct lifecycle_row *row_after(const struct lifecycle_row *row, enum case_status from,
                                             enum case_guard broken)
{
    for (const struct lifecycle_row *next = row + 1; next < lifecycle + lifecycle_rows; next++)
        if (next->command == row->command && (next->from >> from & 1) && !(next->guards >> broken & 1))
            return next;
    return NULL;
}

/* A state-bound guard is broken for the system, too; what hangs on what is asked for only for people. */
static uint32_t somebody(const struct lifecycle_row *row)
{
    uint32_t people = row->who & ~(uint32_t)ROLE_SYSTEM;

    return people ? people & -people : ROLE_SYSTEM;
}

static void stumble(const struct lifecycle_row *row, enum case_status from, enum case_guard broken)
{
    const struct lifecycle_row *other = row_after(row, from, broken);
    struct scene s;
    int r;

    scene_init(&s, row, from, somebody(row), broken);
    r = act(&s);
    if (other) {
        cr_expect_eq(r, 0, "%s: %s", case_commands[row->command].name, said(&s, r));
        cr_expect_eq(s.w.c->status, other->to);
    } else {
        cr_expect_eq(r, HANDLING_REFUSED, "%s from %s is done although %s", case_commands[row->command].name,
                     case_status_name((int)from), case_guards[broken].code);
        cr_expect_str_eq(said(&s, r), case_guards[broken].code, "%s from %s: %s instead of %s",
                         case_commands[row->command].name, case_status_name((int)from), said(&s, r),
                         case_guards[broken].code);
        cr_expect_str_eq(s.w.h.refusal.rule, case_guards[broken].rule);
    }
    casework_done(&s.w);
}

Test(lifecycle_walk, every_guard_of_every_row_refuses)
{
    EACH_ROW(row)
    for (int g = 0; g < CASE_GUARD_COUNT; g++) {
        size_t stumbled = 0;

        if (!(row->guards >> g & 1))
            continue;
        EACH_STATE(from)
        if (row->from >> from & 1) {
            stumble(row, from, (enum case_guard)g);
            stumbled++;
        }
        cr_expect_gt(stumbled, 0, "%s of row %td never refused", case_guards[g].code, row - lifecycle);
    }
}

/* In a state of a command nobody but the roles of its rows; in other states nobody at all. */
static void be_refused(enum case_command what, enum case_status from, uint32_t role)
{
    uint32_t allowed = 0, roles;
    struct scene s;
    int r;

    EACH_ROW(row)
    if (row->command == what && (row->from >> from & 1))
        allowed |= row->who;
    scene_init(&s, lifecycle_find(from, what) ? lifecycle_find(from, what) : lifecycle, from, role, NO_GUARD);
    s.row = &(const struct lifecycle_row){ .command = what };
    roles = role == ROLE_SYSTEM ? role : handling_roles(&s.w.tenant, s.w.c, s.actor);
    if (!(roles & allowed)) {
        r = act(&s);
        cr_expect_str_eq(said(&s, r), allowed ? "wrong_role" : "wrong_state", "%s in %s by %s: %s",
                         case_commands[what].name, case_status_name((int)from), s.actor, said(&s, r));
        cr_expect_eq(s.w.h.refusal.rule[0], 'R');
    }
    casework_done(&s.w);
}

Test(lifecycle_walk, in_other_states_and_by_others_nothing)
{
    for (int what = 0; what < CASE_COMMAND_COUNT; what++)
        EACH_STATE(from)
    EACH_ROLE(role)
    if (role == ROLE_SYSTEM || casework_message((enum case_command)what))
        be_refused((enum case_command)what, from, role);
}
