/* What acts on cases that there are: commands from outside, each answered, and points of clocks, which nobody waits for
 * an answer to. All of a batch is loaded and locked at once, decided in the order in which it came, and saved at once.
 */
#include <stdlib.h>
#include <string.h>

#include "acting.h"
#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "common/base/log.h"
#include "common/base/metrics.h"

static struct metric metric_commands = { "redress_dispatch_commands_total", "Commands answered, by result.",
                                         METRIC_COUNTER, .label = "result" };

void acting_metrics(void)
{
    metric_register(&metric_commands);
}

/* ---- collecting ---- */

static void open_points(struct acting *g, size_t max)
{
    g->points = arena_array(g->w->batch->arena, struct point, max + 1);
    g->early = arena_array(g->w->batch->arena, struct parked_point, max + 1);
}

static void collect(struct acting *g)
{
    struct batch *b = g->w->batch;

    g->commands = arena_array(b->arena, struct order, (size_t)b->count + 1);
    g->firsts = arena_array(b->arena, struct order *, (size_t)b->count + 1);
    open_points(g, (size_t)b->count);
    for (int i = 0; i < b->count; i++) {
        struct record *rec = &b->records[i];

        rec->user = NULL;
        if (strcmp(rec->topic->name, TOPIC_COMMANDS) == 0 && rec->state == RECORD_READY)
            rec->user = order_read(g, rec);
        else if (strcmp(rec->topic->name, TOPIC_SLA) == 0 && rec->state == RECORD_READY)
            rec->user = point_read(g, rec, rec->message);
    }
}

static int compare_keys(const void *x, const void *y)
{
    const struct answered *a = &(*(struct order *const *)x)->key, *b = &(*(struct order *const *)y)->key;
    int r = strcmp(a->command_id, b->command_id);

    if (r == 0)
        r = strcmp(a->source, b->source);
    if (r == 0)
        r = strcmp(a->tenant, b->tenant);
    /* of the same reference the one that came first */
    return r ? r
             : (*(struct order *const *)x > *(struct order *const *)y) -
                   (*(struct order *const *)x < *(struct order *const *)y);
}

/* The same reference twice in a batch: the second gets the answer of the first. */
static void find_repeats(struct acting *g)
{
    size_t kept = 0;

    for (size_t i = 0; i < g->command_count; i++)
        if (g->commands[i].problems.count == 0)
            g->firsts[kept++] = &g->commands[i];
    qsort(g->firsts, kept, sizeof(struct order *), compare_keys);
    g->first_count = 0;
    for (size_t i = 0; i < kept; i++) {
        struct order *o = g->firsts[i], *before = g->first_count ? g->firsts[g->first_count - 1] : NULL;

        if (before && strcmp(before->key.command_id, o->key.command_id) == 0 &&
            strcmp(before->key.source, o->key.source) == 0 && strcmp(before->key.tenant, o->key.tenant) == 0)
            o->first = before;
        else
            g->firsts[g->first_count++] = o;
    }
}

static int find_known(struct acting *g)
{
    struct answered **keys = arena_array(g->w->batch->arena, struct answered *, g->first_count + 1);

    for (size_t i = 0; i < g->first_count; i++)
        keys[i] = &g->firsts[i]->key;
    return store_find_commands(g->w->batch, keys, g->first_count);
}

/* Numbers into ids, of cases and of those they are to be merged into. */
static int find_ids(struct acting *g)
{
    struct named_case **names = arena_array(g->w->batch->arena, struct named_case *, 2 * g->first_count + 1);
    size_t n = 0;

    for (size_t i = 0; i < g->first_count; i++) {
        struct order *o = g->firsts[i];

        if (o->key.known)
            continue;
        if (*o->subject.number)
            names[n++] = &o->subject;
        if (o->into.number && *o->into.number)
            names[n++] = &o->into;
    }
    return store_find_cases(g->w->batch, names, n);
}

static bool assigns(enum case_command what)
{
    switch ((int)what) {
    case CMD_CLASSIFY:
    case CMD_REASSIGN:
    case CMD_REFUSE:
    case CMD_AWARD:
    case CMD_RECUSE:
    case CMD_REOPEN:
    case CMD_SPLIT:
        return true;
    default:
        return false;
    }
}

static void add_cases(struct acting *g)
{
    case_set_init(&g->cases, g->w->batch->arena, 2 * g->first_count + g->point_count);
    for (size_t i = 0; i < g->first_count; i++) {
        const struct order *o = g->firsts[i];
        struct case_row *row;

        if (o->key.known || uuid_is_nil(&o->subject.id))
            continue;
        row = case_set_add(&g->cases, &o->subject.id);
        row->wants_texts |= assigns(o->what);
        row->weigh |= o->what == CMD_PROPOSE_PLAN || o->what == CMD_CLASSIFY;
        if (!uuid_is_nil(&o->into.id))
            case_set_add(&g->cases, &o->into.id);
    }
    for (size_t i = 0; i < g->point_count; i++)
        case_set_add(&g->cases, &g->points[i].id)->wants_texts |= g->points[i].passes_on;
}

/* ---- acting ---- */

static struct case_state *state_of(const struct acting *g, const struct uuid *id, const char *tenant)
{
    struct case_row *row = uuid_is_nil(id) ? NULL : case_set_get(&g->cases, id);

    /* tenants never see each other: another's case is not there */
    return row && row->state && strcmp(row->state->tenant, tenant) == 0 ? row->state : NULL;
}

/* R34: what is at stake in the home's other cases, with what this batch has changed of it since it was read. */
static int64_t home_amount_fen(const struct acting *g, const struct case_row *row)
{
    int64_t sum_fen = row->home_amount_fen;

    if (!row->weigh || !*row->state->home_key)
        return sum_fen;
    for (size_t i = 0; i < g->cases.ids.count; i++) {
        const struct case_row *other = &g->cases.rows[i];

        if (other != row && other->state && other->state->amount_fen != other->loaded_amount_fen &&
            strcmp(other->state->home_key, row->state->home_key) == 0)
            sum_fen += other->state->amount_fen - other->loaded_amount_fen;
    }
    return sum_fen;
}

struct handling acting_handling(struct acting *g, const struct case_state *c, const struct tenant_load *l)
{
    const struct case_row *row = case_set_get(&g->cases, &c->id);
    struct handling h = { .arena = g->w->batch->arena,
                          .tenant = l->tenant,
                          .load = l->load,
                          .today = l->today,
                          .now_us = g->w->batch->now_us,
                          .at_us = g->w->batch->now_us,
                          .home_amount_fen = home_amount_fen(g, row) };

    if (row->has_texts)
        h.texts = work_names_in(h.arena, &row->texts, &h.text_count);
    return h;
}

static void keep_texts(struct acting *g, const struct case_state *c, const struct deed_text *texts, size_t count)
{
    struct case_texts *all = &g->texts;

    if (all->count + count > all->cap) {
        struct case_text *was = all->items;

        all->cap = (all->count + count) * 2;
        all->items = arena_array(g->w->batch->arena, struct case_text, all->cap);
        if (all->count)
            memcpy(all->items, was, all->count * sizeof(*was));
    }
    for (size_t i = 0; i < count; i++)
        all->items[all->count++] = (struct case_text){ c->id, c->version, texts[i].field, texts[i].text };
}

/* The command's texts belong to the first event on its own case. */
int acting_tell(struct acting *g, const struct handling *h, const struct record *cause, struct case_state *c,
                const struct deed *deed)
{
    struct deed_text *texts;
    size_t count = deed_texts(h->arena, deed->fields, &texts);
    int r = 0;

    for (size_t i = 0; r == 0 && i < h->event_count; i++) {
        const struct case_event *e = &h->events[i];
        bool own = e->on == c;

        r = work_emit(g->w, cause, e->on, deed->actor, deed->at_us, e->member, e->message, own ? texts : NULL,
                      own ? count : 0);
        if (r == 0 && own) {
            keep_texts(g, c, texts, count);
            count = 0;
        }
    }
    for (size_t i = 0; r == 0 && i < h->bill_count; i++)
        r = bill_emit(g, cause, &h->bills[i]);
    return r;
}

static int carry_out(struct acting *g, struct order *o, struct case_state *c)
{
    struct handling h = acting_handling(g, c, o->load);
    const struct deed deed = { o->what, o->fields, o->message->actor, o->message->at ? o->at_us : handling_now(&h, c) };
    int r;

    h.at_us = deed.at_us;
    h.other = state_of(g, &o->into.id, o->key.tenant);
    o->key.complaint = c->id;
    if (*o->message->complaint_number && strcmp(o->message->complaint_number, c->number) != 0)
        h.refusal = (struct refusal){ "other_number", "", "投诉单标识与编号不是同一投诉单",
                                      "complaint_id and complaint_number name different cases" };
    else if (o->message->expected_version && o->message->expected_version->value != c->version)
        h.refusal =
            (struct refusal){ "stale_version", "", "投诉单已有新进展，请重新查看", "the case has gone on since" };
    r = h.refusal.code ? HANDLING_REFUSED : handling_apply(&h, c, &deed);
    if (r == HANDLING_REFUSED)
        order_refuse(g, o, c, &h);
    else if (r == 0)
        r = acting_tell(g, &h, o->rec, c, &deed);
    o->key.version = c->version;
    return r < 0 ? r : 0;
}

static int act(struct acting *g, struct order *o)
{
    struct case_state *c;

    if (o->problems.count || o->first || o->key.known)
        return 0;
    c = state_of(g, &o->subject.id, o->key.tenant);
    if (!c) {
        order_unknown(g, o);
        return 0;
    }
    o->done = true;
    return carry_out(g, o, c);
}

static int act_all(struct acting *g)
{
    struct batch *b = g->w->batch;
    int r = 0;

    for (int i = 0; r == 0 && i < b->count; i++) {
        struct record *rec = &b->records[i];

        if (!rec->user)
            continue;
        if (strcmp(rec->topic->name, TOPIC_COMMANDS) == 0)
            r = act(g, rec->user);
        else
            r = point_act(g, rec->user);
    }
    return r;
}

/* ---- answering ---- */

static int answer_all(struct acting *g)
{
    struct batch *b = g->w->batch;
    int r = 0;

    for (int i = 0; r == 0 && i < b->count; i++) {
        const struct record *rec = &b->records[i];

        if (strcmp(rec->topic->name, TOPIC_COMMANDS) != 0)
            continue;
        if (rec->state == RECORD_READY)
            r = order_answer(g, rec->user, &metric_commands);
        else if (rec->state == RECORD_UNDECODABLE)
            r = order_answer_undecodable(g, rec);
    }
    return r;
}

static int save(struct acting *g)
{
    struct answered **done = arena_array(g->w->batch->arena, struct answered *, g->first_count + 1);
    size_t n = 0;
    int r = store_save_cases(g->w->batch, &g->cases, &g->texts);

    for (size_t i = 0; i < g->first_count; i++)
        if (g->firsts[i]->done)
            done[n++] = &g->firsts[i]->key;
    if (r == 0)
        r = store_park_points(g->w->batch, g->early, g->early_count);
    return r < 0 ? r : store_save_commands(g->w->batch, done, n);
}

static int load(struct acting *g, struct pg_result **ret_texts)
{
    int r;

    add_cases(g);
    r = store_load_cases(g->w->batch, &g->cases);
    if (r == 0)
        r = store_load_home_amounts(g->w->batch, &g->cases);
    return r < 0 ? r : store_load_texts(g->w->batch, &g->cases, ret_texts);
}

int acting_process(struct work *w)
{
    _cleanup_(pg_result_freep) struct pg_result *texts = NULL;
    struct acting g = { .w = w };
    int r = 0;

    collect(&g);
    find_repeats(&g);
    if (g.first_count) {
        r = find_known(&g);
        if (r == 0)
            r = find_ids(&g);
    }
    if (r == 0)
        r = load(&g, &texts);
    if (r == 0)
        r = act_all(&g);
    if (r == 0)
        r = answer_all(&g);
    return r < 0 ? r : save(&g);
}

int acting_points(struct work *w, ProtobufCMessage *const *messages, size_t count)
{
    _cleanup_(pg_result_freep) struct pg_result *texts = NULL;
    struct acting g = { .w = w };
    int r;

    open_points(&g, count);
    for (size_t i = 0; i < count; i++)
        (void)point_read(&g, NULL, messages[i]);
    r = load(&g, &texts);
    for (size_t i = 0; r == 0 && i < g.point_count; i++)
        r = point_act(&g, &g.points[i]);
    return r < 0 ? r : save(&g);
}
