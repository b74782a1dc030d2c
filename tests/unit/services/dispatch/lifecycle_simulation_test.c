/* Random lives: two cases of a tenant, everybody who may do something to them and some who may not, commands that make
 * sense and commands that do not, and the system's own points. After every step the invariants hold (casework_broken),
 * a second reading of the told events comes to the same states, and from wherever it stands a case can be brought to
 * its close.
 *
 * 5,000 lives; REDRESS_TEST_FULL=1: 100,000. REDRESS_TEST_SEED=n runs the one life of that seed and tells every step. A
 * life that fails is run again aloud, and what it did is kept in lifecycle_simulation.<seed>.txt ($REDRESS_TEST_TMP or
 * /tmp).
 * timeout: 3600 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/event/json.h"
#include "tests/support/calendars.h"
#include "tests/support/casework.h"

#define STEPS      60
#define CLOSE_IN   40 /* steps from anywhere */
#define ORDERS_MAX 64

/* The one who can always be asked: trained, never recused, not the complainant. */
#define ALWAYS_FIT "E5"

struct life {
    struct casework w;
    uint64_t seed;
    enum case_status read[2]; /* as a reader of the events has it */
    const char *department[2];
    int billed[2][ORDERS_MAX + 1];
    size_t done, refused, rejected, bills;
    FILE *aloud; /* NULL: in silence */
};

static bool one_in(struct life *l, int n)
{
    return random_within(&l->seed, 1, n) == 1;
}

/* ---- a second reading of the events: states from what is told, written without a look at the table ---- */

static enum case_status read_refusal(const struct life *l, int i, const Redress__V1__Refused *e)
{
    bool to_another = *e->proposed_department && strcmp(e->proposed_department, l->department[i]) != 0;

    return to_another && e->bounces < l->w.tenant.handling.bounces_max ? CASE_ASSIGNED : CASE_TO_CLASSIFY;
}

/* Given to somebody: because of what was told before it, by the system, or by hand. */
static enum case_status read_reassignment(enum case_status was, const char *before, bool by_system)
{
    bool is_new = was == CASE_TO_CLASSIFY || was == CASE_ASSIGNED || was == CASE_REOPENED || was == CASE_ACKNOWLEDGED;

    if (strcmp(before, "recused") == 0)
        return was == CASE_ACKNOWLEDGED ? CASE_ASSIGNED : was;
    if (by_system || strcmp(before, "refused") == 0 || strcmp(before, "reopened") == 0)
        return was;
    return is_new ? CASE_ASSIGNED : was;
}

static enum case_status read_event(const struct life *l, int i, const struct case_event *e, const char *before,
                                   bool by_system)
{
    static const struct {
        const char *member;
        enum case_status status;
    } plain[] = {
        { "assigned", CASE_ASSIGNED },
        { "investigation_started", CASE_INVESTIGATING },
        { "investigated", CASE_INVESTIGATED },
        { "plan_proposed", CASE_PLAN_PROPOSED },
        { "plan_confirmed", CASE_PLAN_CONFIRMED },
        { "plan_rejected", CASE_INVESTIGATED },
        { "rectification_started", CASE_RECTIFYING },
        { "rectified", CASE_RECTIFIED },
        { "fed_back", CASE_FED_BACK },
        { "confirmed", CASE_CONFIRMED },
        { "answered", CASE_ANSWERED },
        { "closed", CASE_CLOSED },
        { "reopened", CASE_REOPENED },
        { "archived", CASE_ARCHIVED },
        { "withdrawn", CASE_WITHDRAWN },
        { "merged", CASE_MERGED },
        { "erased", CASE_ERASED },
    };
    enum case_status was = l->read[i];

    for (size_t k = 0; k < sizeof(plain) / sizeof(*plain); k++)
        if (strcmp(e->member, plain[k].member) == 0)
            return plain[k].status;
    if (strcmp(e->member, "acknowledged") == 0)
        return was == CASE_ASSIGNED || was == CASE_REOPENED ? CASE_ACKNOWLEDGED : was;
    if (strcmp(e->member, "dissatisfied") == 0)
        return was == CASE_ANSWERED ? CASE_ACKNOWLEDGED : CASE_INVESTIGATED;
    if (strcmp(e->member, "evaluated") == 0)
        return ((const Redress__V1__Evaluated *)e->message)->effective ? CASE_EVALUATED : CASE_INVESTIGATED;
    if (strcmp(e->member, "refused") == 0)
        return read_refusal(l, i, (const Redress__V1__Refused *)e->message);
    return strcmp(e->member, "reassigned") == 0 ? read_reassignment(was, before, by_system) : was;
}

static void read_department(struct life *l, int i, const struct case_event *e)
{
    if (strcmp(e->member, "assigned") == 0)
        l->department[i] = ((const Redress__V1__Assigned *)e->message)->department_code;
    else if (strcmp(e->member, "reassigned") == 0)
        l->department[i] = ((const Redress__V1__Reassigned *)e->message)->department_code;
}

static const char *read_all(struct life *l, bool by_system)
{
    const char *before = "";

    for (size_t k = 0; k < l->w.h.event_count; k++) {
        const struct case_event *e = &l->w.h.events[k];
        int i = (int)(e->on - l->w.cases);

        l->read[i] = read_event(l, i, e, before, by_system);
        read_department(l, i, e);
        before = e->member;
    }
    for (int i = 0; i < 2; i++) {
        if (l->read[i] != l->w.cases[i].status)
            return "the events tell another state";
        if (strcmp(l->department[i], l->w.cases[i].department) != 0)
            return "the events tell another department";
    }
    return NULL;
}

/* ---- what must hold of a step ---- */

static bool is_afterwards(enum case_command what)
{
    return what == CMD_REOPEN || what == CMD_ARCHIVE || what == CMD_SPLIT || what == CMD_ANSWER_SURVEY ||
           what == CMD_SET_LEGAL_HOLD || what == CMD_LIFT_LEGAL_HOLD || what == CMD_ERASE;
}

/* Every signed paid order of a case is on the bill once, and no other. */
static const char *check_bills(struct life *l)
{
    l->bills += l->w.h.bill_count;
    for (size_t k = 0; k < l->w.h.bill_count; k++)
        l->billed[l->w.h.bills[k].on - l->w.cases][l->w.h.bills[k].order->number]++;
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < l->w.cases[i].orders.count; k++) {
            const struct work_order *o = l->w.cases[i].orders.items[k];

            if (l->billed[i][o->number] != (o->paid && o->status == ORDER_SIGNED))
                return "a fee is not on the bill exactly once";
        }
    return NULL;
}

/* It only rises, but where it is lowered by somebody. */
static const char *check_levels(const struct life *l)
{
    for (size_t k = 0; k < l->w.h.event_count; k++) {
        const Redress__V1__Escalated *e = (const Redress__V1__Escalated *)l->w.h.events[k].message;

        if (strcmp(l->w.h.events[k].member, "escalated") == 0 && (e->to_level <= e->from_level || e->n_to == 0))
            return "it was escalated to where it stands, or to nobody";
    }
    return NULL;
}

static const char *check_step(struct life *l, int r, enum case_status was, bool afterwards, bool by_system)
{
    const char *broken = l->w.broken;

    l->done += r == 0;
    l->refused += r == HANDLING_REFUSED;
    l->rejected += r < 0;
    if (broken || r != 0)
        return broken;
    if (!case_status_alive(was) && !afterwards)
        return "something was done to a case that is over";
    broken = read_all(l, by_system);
    if (!broken)
        broken = check_levels(l);
    return broken ? broken : check_bills(l);
}

static void tell_step(struct life *l, const char *actor, const char *what, const ProtobufCMessage *m, int r)
{
    struct strbuf json;

    if (!l->aloud)
        return;
    strbuf_init(&json, &l->w.arena);
    strbuf_adds(&json, "");
    if (m)
        (void)json_write(&json, m);
    fprintf(l->aloud, "case %d  %-12s %-22s %s\n", (int)(l->w.c - l->w.cases) + 1, actor, what, json.data);
    fprintf(l->aloud, "        %s%s, %s of %s\n",
            r == 0  ? "done"
            : r < 0 ? "rejected: "
                    : "refused: ",
            r == 0                ? ""
            : r < 0               ? l->w.problems.items[0].path
            : l->w.h.refusal.code ? l->w.h.refusal.code
                                  : "nothing to do",
            case_status_name((int)l->w.c->status), l->w.c->assignee);
}

/* ---- steps ---- */

static const char *any_actor(struct life *l)
{
    static const char *const others[] = { "complainant", "agent:7", "X9", "system:dispatch" };
    int i = (int)random_within(&l->seed, 0, CASEWORK_STAFF + 7);

    if (one_in(l, 3))
        return one_in(l, 3) ? "complainant" : l->w.c->assignee;
    if (i < CASEWORK_STAFF)
        return l->w.staff[i].id;
    return i < CASEWORK_STAFF + 4 ? others[i - CASEWORK_STAFF] : l->w.c->assignee;
}

static const char *const *list_for(struct life *l, const char *actor)
{
    struct handling h = { .arena = &l->w.arena, .tenant = &l->w.tenant, .load = l->w.load, .now_us = l->w.now_us };

    return handling_allowed(&h, l->w.c, actor);
}

/* Something of the list; CASE_COMMAND_COUNT: there is nothing on it. */
static enum case_command any_of(struct life *l, const char *const *all)
{
    size_t n = 0;

    while (all[n])
        n++;
    return n ? case_command_find(all[random_within(&l->seed, 0, (int64_t)n - 1)]) : CASE_COMMAND_COUNT;
}

/* Whatever is random in it, the one who can always be asked stays so. */
static bool spares(enum case_command what, const ProtobufCMessage *m)
{
    return what != CMD_RECUSE || strcmp(((const Redress__V1__Recuse *)m)->staff_id, ALWAYS_FIT) != 0;
}

static bool is_listed(const char *const *all, enum case_command what)
{
    while (*all && strcmp(*all, case_commands[what].name) != 0)
        all++;
    return *all != NULL;
}

/* What is listed is not refused for state or role; what is not listed is refused. */
static const char *check_list(const struct life *l, bool listed, int r)
{
    const char *code = r == HANDLING_REFUSED ? l->w.h.refusal.code : "";

    if (r == HANDLING_REFUSED && (!code || !l->w.h.refusal.rule || l->w.h.refusal.rule[0] != 'R'))
        return "a refusal names no rule";
    if (listed && (strcmp(code, "wrong_state") == 0 || strcmp(code, "wrong_role") == 0))
        return "what is listed is refused for state or role";
    return !listed && r == 0 ? "what is not listed is done" : NULL;
}

static const char *give_command(struct life *l)
{
    const char *actor = any_actor(l), *const *list = list_for(l, actor);
    enum case_command what =
        one_in(l, 3) ? (enum case_command)random_within(&l->seed, 0, CASE_COMMAND_COUNT - 1) : any_of(l, list);
    enum case_status was = l->w.c->status;
    bool orders_full = l->w.c->orders.count == ORDERS_MAX, listed;
    const char *broken;
    ProtobufCMessage *m;
    int r;

    if (what == CASE_COMMAND_COUNT || !casework_message(what) || (what == CMD_OPEN_WORK_ORDER && orders_full))
        return NULL;
    m = casework_fill(&l->w.arena, what, l->w.now_us, one_in(l, 2) ? NULL : &l->seed);
    if (!spares(what, m))
        return NULL;
    listed = is_listed(list, what);
    l->w.at_us = one_in(l, 4) ? l->w.now_us - random_within(&l->seed, 0, 48) * CASEWORK_HOUR_US : 0;
    r = casework_give(&l->w, actor, what, m);
    l->w.at_us = 0;
    tell_step(l, actor, case_commands[what].name, m, r);
    broken = check_step(l, r, was, is_afterwards(what), false);
    if (strncmp(actor, "system:", 7) == 0)
        return r == 0 ? "somebody passed for the system" : broken; /* the list is another: that of the system itself */
    return broken || r < 0 ? broken : check_list(l, listed, r);
}

/* One step further with one of its work orders, as people usually do, and once more what was done already. */
static const char *work_on(struct life *l)
{
    static const struct {
        enum case_command command;
        const char *actor;
    } next[] = {
        [ORDER_OPENED] = { CMD_DISPATCH_WORK, "C3" },    [ORDER_QUOTED] = { CMD_APPROVE_QUOTE, "complainant" },
        [ORDER_APPROVED] = { CMD_DISPATCH_WORK, "C3" },  [ORDER_DISPATCHED] = { CMD_FINISH_WORK, "C3" },
        [ORDER_DONE] = { CMD_SIGN_WORK, "complainant" }, [ORDER_SIGNED] = { CMD_SIGN_WORK, "complainant" },
        [ORDER_CANCELLED] = { CMD_DISPATCH_WORK, "C3" },
    };
    const struct work_orders *all = &l->w.c->orders;
    const struct work_order *o = all->items[random_within(&l->seed, 0, (int64_t)all->count - 1)];
    enum case_command what =
        o->paid && (o->status == ORDER_OPENED || one_in(l, 8)) ? CMD_QUOTE_WORK : next[o->status].command;
    const char *quote = what == CMD_APPROVE_QUOTE ? arena_printf(&l->w.arena, ", \"quote\": %d", o->quote) : "";
    const char *actor = what == CMD_QUOTE_WORK ? "C3" : next[o->status].actor;
    const char *json = arena_printf(&l->w.arena, "{\"work_order\": %d%s}", o->number, quote);
    enum case_status was = l->w.c->status;
    int r = casework_do(&l->w, actor, case_commands[what].name, json);

    tell_step(l, actor, case_commands[what].name, NULL, r);
    return check_step(l, r, was, false, false);
}

/* What clocks bring (point.c), and the archive. */
static const char *come_to_a_point(struct life *l)
{
    static const enum case_command own[] = { CMD_REMIND, CMD_CLOSE, CMD_GIVE_INFORMATION, CMD_ARCHIVE, CMD_ERASE };
    enum case_status was = l->w.c->status;
    size_t which = (size_t)random_within(&l->seed, 0, 6);
    const char *name;
    int r;

    if (which == 5) {
        name = "(pass on)";
        r = casework_pass_on(&l->w);
    } else if (which == 6) {
        name = "(escalate)";
        r = casework_escalate(&l->w, (int)random_within(&l->seed, 1, 4));
    } else {
        name = case_commands[own[which]].name;
        r = casework_system(&l->w, own[which]);
    }
    tell_step(l, "system", name, NULL, r);
    return check_step(l, r, was, which < 5 && is_afterwards(own[which]), true);
}

/* Time goes on; people come, go and are trained or not; money is at stake elsewhere in the home. */
static void world_changes(struct life *l)
{
    int who = (int)random_within(&l->seed, 0, CASEWORK_STAFF - 1);

    l->w.now_us += random_within(&l->seed, 1, one_in(l, 10) ? 40000 : 72) * CASEWORK_HOUR_US;
    l->w.away[who].from = CASEWORK_TODAY - 1;
    l->w.away[who].to = CASEWORK_TODAY + 10000;
    casework_absent(&l->w, (enum casework_staff)who, one_in(l, 3));
    if (strcmp(l->w.staff[who].id, ALWAYS_FIT) != 0)
        l->w.staff[who].trained = !one_in(l, 4);
    l->w.home_amount_fen = random_within(&l->seed, 0, 2000000);
}

/* ---- the way out ---- */

static int fixed(struct casework *w, const char *actor, const char *command, const char *json)
{
    return casework_do(w, actor, command, json);
}

static void end_orders(struct casework *w)
{
    for (size_t i = 0; i < w->c->orders.count; i++) {
        struct work_order *o = w->c->orders.items[i];
        const char *json = arena_printf(&w->arena, "{\"work_order\": %d}", o->number);

        if (work_order_open(o))
            (void)(o->status == ORDER_DONE ? fixed(w, "complainant", "sign_work", json)
                                           : fixed(w, "C1", "cancel_work", json));
    }
}

/* One step nearer to the close, by commands that people have at hand. */
static void step_out(struct casework *w)
{
    const char *has_it = w->c->assignee;

    if (w->c->waiting)
        (void)fixed(w, "C1", "resume", "{}");
    if (w->c->facts & FACT_INSPECTION_OPEN)
        (void)fixed(w, "C1", "record_inspection", "{}");
    if (!*w->c->category)
        (void)fixed(w, "C1", "classify", "{\"category_code\": \"repair_request\"}");
    if (strcmp(has_it, ALWAYS_FIT) != 0 || w->c->status == CASE_TO_CLASSIFY)
        (void)fixed(w, "C1", "reassign", "{\"department_code\": \"engineering\", \"assignee_id\": \"" ALWAYS_FIT "\"}");
    end_orders(w);
    if (!(w->c->facts & FACT_MEETING_AGREED))
        (void)fixed(w, "C1", "hold_meeting", "{\"agreed\": true}");
    (void)fixed(w, ALWAYS_FIT, "acknowledge", "{}");
    (void)fixed(w, ALWAYS_FIT, "start_investigation", "{}");
    (void)fixed(w, ALWAYS_FIT, "complete_investigation", "{}");
    if (w->c->status == CASE_INVESTIGATED)
        (void)casework_give(w, ALWAYS_FIT, CMD_PROPOSE_PLAN,
                            casework_fill(&w->arena, CMD_PROPOSE_PLAN, w->now_us, NULL));
    (void)fixed(w, "complainant", "confirm_plan", "{}");
    (void)fixed(w, ALWAYS_FIT, "complete", "{}");
    (void)fixed(w, "C1", "evaluate", "{\"effective\": true}");
    (void)fixed(w, "C1", "feed_back", "{}");
    (void)fixed(w, "complainant", "confirm", "{}");
    (void)fixed(w, "C1", "close", "{}");
}

static const char *check_way_out(const struct life *l)
{
    const char *broken = NULL;
    struct casework w;

    casework_fork(&l->w, &w);
    for (int i = 0; i < CLOSE_IN && case_status_alive(w.c->status) && !w.broken; i++)
        step_out(&w);
    if (w.broken)
        broken = w.broken;
    else if (w.c->status != CASE_CLOSED)
        broken = "no way leads to its close from here";
    casework_done(&w);
    return broken;
}

/* Somebody among those whose matter it is can do something. */
static const char *check_somebody_can(struct life *l)
{
    const struct department *d = tenant_department(&l->w.tenant, l->w.c->department);

    return *list_for(l, l->w.c->assignee) || *list_for(l, d->head) || *list_for(l, "C1") ? NULL
                                                                                         : "nobody can do anything";
}

/* ---- a life ---- */

static const char *step(struct life *l)
{
    const char *broken = NULL;
    int i = (int)random_within(&l->seed, 0, 1);

    l->w.c = &l->w.cases[i];
    l->w.other = one_in(l, 10) ? (one_in(l, 2) ? NULL : l->w.c) : &l->w.cases[1 - i];
    if (one_in(l, 6))
        broken = come_to_a_point(l);
    else if (one_in(l, 8))
        world_changes(l);
    else if (l->w.c->orders.count && one_in(l, 4))
        broken = work_on(l);
    else
        broken = give_command(l);
    if (!broken && case_status_alive(l->w.c->status) && one_in(l, 12))
        broken = check_somebody_can(l);
    if (!broken && case_status_alive(l->w.c->status) && one_in(l, 100))
        broken = check_way_out(l);
    return broken;
}

/* Every kind of case is born: major, complex, a consultation, one to be classified; half of them are on their way. */
static void be_born(struct life *l)
{
    struct case_state *c = l->w.c;
    bool under_way = one_in(l, 2);

    if (one_in(l, 4))
        casework_make_major(&l->w);
    if (one_in(l, 3))
        casework_make_complex(&l->w);
    if (one_in(l, 5)) {
        c->category = "";
        c->status = CASE_TO_CLASSIFY;
    } else if (one_in(l, 5)) {
        c->category = "non_complaint.consultation";
    }
    if (under_way)
        casework_bring(&l->w, (enum case_status)random_within(&l->seed, CASE_ACKNOWLEDGED, CASE_ARCHIVED));
}

struct tally {
    size_t done, refused, rejected, bills;
    uint64_t reached; /* bit per state */
};

static const char *live(uint64_t seed, FILE *aloud, struct tally *tally)
{
    struct life *l = calloc(1, sizeof(*l));
    const char *broken = NULL;

    l->seed = seed * UINT64_C(0x2545f4914f6cdd1d);
    l->aloud = aloud;
    casework_init(&l->w);
    be_born(l);
    for (int i = 0; i < 2; i++) {
        l->read[i] = l->w.cases[i].status;
        l->department[i] = l->w.cases[i].department;
    }
    for (int i = 0; i < STEPS && !broken; i++) {
        broken = step(l);
        tally->reached |= UINT64_C(1) << l->w.c->status;
    }
    tally->done += l->done;
    tally->refused += l->refused;
    tally->rejected += l->rejected;
    tally->bills += l->bills;
    casework_done(&l->w);
    free(l);
    return broken;
}

static void fail_aloud(uint64_t seed, const char *broken)
{
    const char *folder = getenv("REDRESS_TEST_TMP");
    struct tally ignored = { 0 };
    char path[256];
    FILE *kept;

    snprintf(path, sizeof(path), "%s/lifecycle_simulation.%" PRIu64 ".txt", folder ? folder : "/tmp", seed);
    kept = fopen(path, "w");
    if (kept) {
        (void)live(seed, kept, &ignored);
        fprintf(kept, "%s\n", broken);
        fclose(kept);
    }
    (void)live(seed, stderr, &ignored);
    cr_assert_fail("REDRESS_TEST_SEED=%" PRIu64 ": %s (kept in %s)", seed, broken, path);
}

Test(lifecycle_simulation, whatever_is_done_to_them_cases_stay_sound)
{
    const char *one = getenv("REDRESS_TEST_SEED"), *full = getenv("REDRESS_TEST_FULL");
    uint64_t first = one ? strtoull(one, NULL, 10) : 1, last = one ? first : full && *full == '1' ? 100000 : 5000;
    struct tally tally = { 0 };

    for (uint64_t seed = first; seed <= last; seed++) {
        const char *broken = live(seed, one ? stderr : NULL, &tally);

        if (broken)
            fail_aloud(seed, broken);
    }
    fprintf(stderr, "%" PRIu64 " lives: %zu commands done, %zu refused, %zu rejected, %zu fees\n", last - first + 1,
            tally.done, tally.refused, tally.rejected, tally.bills);
    if (one)
        return;
    cr_expect_gt(tally.done, 5 * last, "they live");
    cr_expect_gt(tally.bills, last / 100, "and pay");
    for (int status = CASE_TO_CLASSIFY; status <= CASE_ERASED; status++)
        cr_expect(tally.reached >> status & 1, "no life came to %s", case_status_name(status));
}
