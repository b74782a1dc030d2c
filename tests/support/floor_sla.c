#include "floor_sla.h"

#include "redress/v1/sla_event.pb-c.h"

/* An event with the messages that it points to. */
struct draft {
    Redress__V1__SlaEvent e;
    Redress__V1__PromisedClock clock;
    Google__Protobuf__Timestamp now, started, due, at;
};

static Google__Protobuf__Timestamp timestamp(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;

    t.seconds = at_us / 1000000;
    t.nanos = (int32_t)(at_us % 1000000 * 1000);
    return t;
}

static void begin(struct draft *d, const struct floor_told *t)
{
    static char policy[] = "standard", rule[] = "R15", limit[] = "24h";

    redress__v1__sla_event__init(&d->e);
    redress__v1__promised_clock__init(&d->clock);
    d->now = timestamp(t->now_us);
    d->started = timestamp(t->started_us);
    d->due = timestamp(t->due_us);
    d->at = timestamp(t->at_us);
    d->clock.policy = policy;
    d->clock.policy_version = 1;
    d->clock.name = d->clock.step = t->clock;
    d->clock.rule = rule;
    d->clock.limit = limit;
    d->clock.cycle = t->cycle;
    d->clock.started_at = &d->started;
    d->clock.due_at = &d->due;
    d->e.tenant = t->tenant;
    d->e.complaint_id = t->complaint;
    d->e.complaint_number = t->number;
    d->e.project_code = t->project;
    d->e.at = &d->now;
    d->e.clock = &d->clock;
}

size_t floor_pack_point(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX])
{
    Redress__V1__NoticeReceiver to[] = { REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_HANDLER,
                                         REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_DEPARTMENT_HEAD };
    Redress__V1__ClockPoint point = REDRESS__V1__CLOCK_POINT__INIT;
    Redress__V1__ClockWarning warning = REDRESS__V1__CLOCK_WARNING__INIT;
    Redress__V1__ClockBreached breached = REDRESS__V1__CLOCK_BREACHED__INIT;
    Redress__V1__ClockLadderStep step = REDRESS__V1__CLOCK_LADDER_STEP__INIT;
    struct draft d;

    begin(&d, t);
    point.percent = t->percent;
    point.reached_at = &d.at;
    point.lateness_ms = (t->now_us - t->at_us) / 1000;
    point.late = point.lateness_ms > 2000;
    point.level = REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_WARNING;
    point.to = to;
    point.n_to = t->percent < 100 ? 1 : 2;
    warning.point = breached.point = step.point = &point;
    d.e.warning = &warning;
    d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_WARNING;
    *ret_type = "redress.v1.SlaEvent.warning";
    if (t->percent == 100) {
        d.e.breached = &breached;
        d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_BREACHED;
        *ret_type = "redress.v1.SlaEvent.breached";
    } else if (t->percent > 100) {
        d.e.ladder_step = &step;
        d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_LADDER_STEP;
        *ret_type = "redress.v1.SlaEvent.ladder_step";
    }
    return redress__v1__sla_event__pack(&d.e, out);
}

size_t floor_pack_started(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX])
{
    Redress__V1__ClockStarted started = REDRESS__V1__CLOCK_STARTED__INIT;
    struct draft d;

    begin(&d, t);
    d.e.started = &started;
    d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_STARTED;
    *ret_type = "redress.v1.SlaEvent.started";
    return redress__v1__sla_event__pack(&d.e, out);
}

size_t floor_pack_met(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX])
{
    Redress__V1__ClockMet met = REDRESS__V1__CLOCK_MET__INIT;
    struct draft d;

    begin(&d, t);
    met.met_at = &d.at;
    met.in_time = 1;
    d.e.met = &met;
    d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_MET;
    *ret_type = "redress.v1.SlaEvent.met";
    return redress__v1__sla_event__pack(&d.e, out);
}

size_t floor_pack_ended(const struct floor_told *t, const char **ret_type, uint8_t out[FLOOR_SLA_MAX])
{
    Redress__V1__ClockEnded ended = REDRESS__V1__CLOCK_ENDED__INIT;
    struct draft d;

    begin(&d, t);
    ended.reason = REDRESS__V1__CLOCK_END_REASON__CLOCK_END_REASON_RESTARTED;
    ended.ended_at = &d.at;
    d.e.ended = &ended;
    d.e.event_case = REDRESS__V1__SLA_EVENT__EVENT_ENDED;
    *ret_type = "redress.v1.SlaEvent.ended";
    return redress__v1__sla_event__pack(&d.e, out);
}
