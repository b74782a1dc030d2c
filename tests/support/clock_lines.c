#include "clock_lines.h"

#include <inttypes.h>

#include "common/base/str.h"
#include "common/event/unpack.h"
#include "redress/v1/sla_event.pb-c.h"

const char *clock_lines_since(const struct lined_case *m, int64_t at_us)
{
    int64_t us = at_us - m->received_us;

    return us % MINUTE ? arena_printf(&m->stage->arena, "+%.6fs", (double)us / SECOND)
                       : arena_printf(&m->stage->arena, "+%" PRId64 ":%02" PRId64, us / HOUR, us / MINUTE % 60);
}

static const char *id_text(const struct lined_case *m)
{
    char *text = arena_alloc(&m->stage->arena, UUID_TEXT_SIZE);

    uuid_format(&m->id, text);
    return text;
}

const char *clock_lines_stand(const struct lined_case *m)
{
    struct pg_result *r = stage_ask(
        m->stage,
        arena_printf(&m->stage->arena,
                     "SELECT name, work_order, cycle, state, due_at, ended_at, fired::int4, strictest, provisional "
                     "FROM watchdog.clock_view WHERE complaint_id = '%s' ORDER BY name COLLATE \"C\", work_order, "
                     "cycle",
                     id_text(m)));
    struct strbuf b;

    strbuf_init(&b, &m->stage->arena);
    strbuf_adds(&b, "");
    for (int i = 0; i < pg_rows(r); i++) {
        strbuf_adds(&b, pg_text(r, i, 0));
        if (pg_int4(r, i, 1))
            strbuf_printf(&b, "/%d", pg_int4(r, i, 1));
        strbuf_printf(&b, " #%d %s", pg_int4(r, i, 2), pg_text(r, i, 3));
        strbuf_printf(&b, ", due %s", pg_is_null(r, i, 4) ? "never" : clock_lines_since(m, pg_time_us(r, i, 4)));
        if (!pg_is_null(r, i, 5))
            strbuf_printf(&b, ", ended %s", clock_lines_since(m, pg_time_us(r, i, 5)));
        if (pg_int4(r, i, 6))
            strbuf_printf(&b, ", told %d", pg_int4(r, i, 6));
        strbuf_printf(&b, "%s%s\n", pg_bool(r, i, 8) ? ", provisional" : "", pg_bool(r, i, 7) ? ", counts" : "");
    }
    pg_result_free(r);
    return b.data;
}

/* ---- what stands in the journal ---- */

static int64_t time_us(const Google__Protobuf__Timestamp *t)
{
    return t->seconds * SECOND + t->nanos / 1000;
}

static const char *due_text(const struct lined_case *m, const Redress__V1__PromisedClock *c)
{
    return c->due_at ? arena_printf(&m->stage->arena, "due %s%s", clock_lines_since(m, time_us(c->due_at)),
                                    c->provisional ? " provisional" : "")
                     : "due never";
}

static void add_due_changed(struct strbuf *b, const struct lined_case *m, const Redress__V1__SlaEvent *e)
{
    const Redress__V1__ClockDueChanged *d = e->due_changed;

    strbuf_printf(b, "%s, was %s, %s: %s", due_text(m, e->clock),
                  d->old_due_at ? clock_lines_since(m, time_us(d->old_due_at)) : "never",
                  d->reason == REDRESS__V1__CLOCK_CHANGE_REASON__CLOCK_CHANGE_REASON_CALENDAR ? "calendar"
                  : d->reason == REDRESS__V1__CLOCK_CHANGE_REASON__CLOCK_CHANGE_REASON_POLICY ? "policy"
                                                                                              : "?",
                  d->text);
}

static void add_event(struct strbuf *b, const struct lined_case *m, const Redress__V1__SlaEvent *e)
{
    static const char *const why[] = { "?", "skipped", "case ended", "restarted", "not promised" };

    switch ((int)e->event_case) {
    case REDRESS__V1__SLA_EVENT__EVENT_STARTED:
        strbuf_printf(b, "started %s, %s", clock_lines_since(m, time_us(e->clock->started_at)), due_text(m, e->clock));
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_WARNING:
        strbuf_printf(b, "warning %d %%", e->warning->point->percent);
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_MET:
        strbuf_printf(b, "met %s %s", clock_lines_since(m, time_us(e->met->met_at)),
                      e->met->in_time ? "in time" : "too late");
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_ENDED:
        strbuf_printf(b, "ended %s, %s", clock_lines_since(m, time_us(e->ended->ended_at)), why[e->ended->reason]);
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_PAUSED:
        strbuf_printf(b, "paused %s, %s", clock_lines_since(m, time_us(e->paused->paused_at)), due_text(m, e->clock));
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_RESUMED:
        strbuf_printf(b, "resumed %s, %s", clock_lines_since(m, time_us(e->resumed->resumed_at)),
                      due_text(m, e->clock));
        break;
    case REDRESS__V1__SLA_EVENT__EVENT_DUE_CHANGED:
        add_due_changed(b, m, e);
        break;
    default:
        strbuf_printf(b, "event %d", (int)e->event_case);
    }
}

const char *clock_lines_told(const struct lined_case *m)
{
    struct pg_result *r =
        stage_ask(m->stage, arena_printf(&m->stage->arena,
                                         "SELECT payload FROM journal.entry WHERE topic = 'redress.sla.v1' AND "
                                         "key = '%s' ORDER BY batch, ord",
                                         id_text(m)));
    struct strbuf b;

    strbuf_init(&b, &m->stage->arena);
    strbuf_adds(&b, "");
    for (int i = 0; i < pg_rows(r); i++) {
        struct field_problem problem;
        const Redress__V1__SlaEvent *e;
        ProtobufCMessage *message;
        size_t len;
        const void *bytes = pg_bytes(r, i, 0, &len);

        if (event_unpack(&m->stage->arena, &redress__v1__sla_event__descriptor, bytes, len, &message, &problem) != 0) {
            strbuf_adds(&b, "an event that cannot be read\n");
            continue;
        }
        e = (const Redress__V1__SlaEvent *)message;
        strbuf_adds(&b, e->clock->name);
        if (e->clock->work_order)
            strbuf_printf(&b, "/%d", e->clock->work_order);
        strbuf_printf(&b, " #%d ", e->clock->cycle);
        add_event(&b, m, e);
        strbuf_addc(&b, '\n');
    }
    pg_result_free(r);
    return b.data;
}
