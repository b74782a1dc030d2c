/* When somebody is told: quiet hours, digests, what is asked first, what comes too late. */
#include "routing_fixture.h"

TestSuite(routing_when, .init = set_up, .fini = tear_down);

static void now_is(const char *text)
{
    f.r.at_us = f.r.now_us = at(text);
}

static void assert_held(enum notice_audience to, enum message_held why, const char *until)
{
    const struct message *m;

    f.settings.route_count = 0;
    (void)route(to);
    m = plan(0);
    cr_assert_eq(m->state, MESSAGE_HELD);
    cr_assert_eq(m->held, why);
    cr_assert_eq(m->next_us, at(until));
}

/* ---- quiet hours ---- */

Test(routing_when, by_day_it_goes_at_once)
{
    const struct message *m;

    route(NOTICE_TO_HANDLER);
    m = plan(0);
    cr_assert_eq(m->state, MESSAGE_QUEUED);
    cr_assert_eq(m->held, HELD_NOT);
    cr_assert_eq(m->next_us, f.r.now_us);
    cr_assert_eq(m->expires_us, f.r.at_us + 24 * HOUR);
}

Test(routing_when, at_night_it_waits_for_the_morning)
{
    now_is("2026-11-26T23:30:00+08:00");
    assert_held(NOTICE_TO_COMPLAINANT, HELD_QUIET, "2026-11-27T08:00:00+08:00");
    now_is("2026-11-27T03:00:00+08:00");
    assert_held(NOTICE_TO_HANDLER, HELD_QUIET, "2026-11-27T08:00:00+08:00");
}

Test(routing_when, quiet_hours_begin_and_end_on_the_minute)
{
    route(NOTICE_TO_HANDLER);
    now_is("2026-11-26T20:59:59.999999+08:00");
    cr_assert_eq(plan(0)->state, MESSAGE_QUEUED);
    now_is("2026-11-26T21:00:00+08:00");
    cr_assert_eq(plan(0)->state, MESSAGE_HELD);
    now_is("2026-11-27T07:59:59.999999+08:00");
    cr_assert_eq(plan(0)->state, MESSAGE_HELD);
    now_is("2026-11-27T08:00:00+08:00");
    cr_assert_eq(plan(0)->state, MESSAGE_QUEUED);
}

Test(routing_when, what_is_urgent_is_told_at_night)
{
    now_is("2026-11-27T03:00:00+08:00");
    route(NOTICE_TO_HANDLER)->urgency = NOTICE_URGENT;
    cr_assert_eq(plan(0)->state, MESSAGE_QUEUED);
    cr_assert_eq(plan(0)->next_us, f.r.now_us);
}

Test(routing_when, a_mail_wakes_nobody_and_systems_do_not_sleep)
{
    now_is("2026-11-27T03:00:00+08:00");
    route_on(NOTICE_TO_HANDLER, NOTICE_EMAIL);
    route_on(NOTICE_TO_GROUP, NOTICE_WEBHOOK);
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP)->list = "bell";
    assert_told("E1 email, bus webhook, bell group held");
}

Test(routing_when, quiet_hours_within_a_day)
{
    f.settings.quiet_from_minute = 12 * 60;
    f.settings.quiet_to_minute = 14 * 60;
    now_is("2026-11-26T12:00:00+08:00");
    assert_held(NOTICE_TO_HANDLER, HELD_QUIET, "2026-11-26T14:00:00+08:00");
    now_is("2026-11-26T14:00:00+08:00");
    assert_told("E1 sms/email");
    now_is("2026-11-26T11:59:00+08:00");
    assert_told("E1 sms/email");
    now_is("2026-11-26T23:00:00+08:00");
    assert_told("E1 sms/email");
}

Test(routing_when, equal_times_are_never_quiet)
{
    f.settings.quiet_from_minute = f.settings.quiet_to_minute = 8 * 60;
    route(NOTICE_TO_HANDLER);
    for (int i = 0; i < 24; i++) {
        f.r.now_us += HOUR;
        f.r.at_us += HOUR;
        cr_assert_eq(plan(0)->state, MESSAGE_QUEUED);
    }
}

Test(routing_when, the_night_is_where_the_tenant_is)
{
    now_is("2026-11-26T10:00:00+08:00"); /* 21:00 of the 25th in New York */
    cr_assert_eq(zone_load(&f.a, "America/New_York", 2026, 2027, &f.zone), 0);
    assert_held(NOTICE_TO_HANDLER, HELD_QUIET, "2026-11-26T08:00:00-05:00");
}

Test(routing_when, the_morning_after_the_clocks_changed_is_at_the_new_time)
{
    cr_assert_eq(zone_load(&f.a, "America/New_York", 2026, 2027, &f.zone), 0);
    now_is("2026-03-07T22:00:00-05:00"); /* summer time begins in this night */
    assert_held(NOTICE_TO_HANDLER, HELD_QUIET, "2026-03-08T08:00:00-04:00");
    now_is("2026-10-31T22:00:00-04:00"); /* and ends in this */
    assert_held(NOTICE_TO_HANDLER, HELD_QUIET, "2026-11-01T08:00:00-05:00");
}

static bool is_quiet_at(int from, int to, int minute)
{
    while (from != to) {
        if (from == minute)
            return true;
        from = (from + 1) % (24 * 60);
    }
    return false;
}

/* Against walking through the night minute by minute. */
Test(routing_when, whenever_it_is_nothing_goes_in_quiet_hours)
{
    static const int times[][2] = { { 21, 8 }, { 0, 6 }, { 12, 14 }, { 23, 0 }, { 1, 0 }, { 8, 21 } };
    int64_t midnight = at("2026-11-26T00:00:00+08:00");

    for (size_t i = 0; i < sizeof times / sizeof *times; i++)
        for (int minute = 0; minute < 24 * 60; minute++) {
            int64_t now = midnight + minute * MINUTE + MINUTE / 2, then;
            int expected = minute;

            f.settings.quiet_from_minute = times[i][0] * 60;
            f.settings.quiet_to_minute = times[i][1] * 60;
            then = routing_not_before(&f.settings, &f.zone, NOTICE_SMS, NOTICE_NORMAL, now);
            while (is_quiet_at(times[i][0] * 60, times[i][1] * 60, expected % (24 * 60)))
                expected++;
            cr_assert_eq(then, expected == minute ? now : midnight + expected * MINUTE, "%d:00 to %d:00 at minute %d",
                         times[i][0], times[i][1], minute);
        }
}

/* ---- digests, and what is asked first ---- */

Test(routing_when, notices_to_one_of_the_staff_are_gathered)
{
    const struct message *m;

    route(NOTICE_TO_HANDLER)->digest_minutes = 30;
    m = plan(0);
    cr_assert_eq(m->state, MESSAGE_HELD);
    cr_assert_eq(m->held, HELD_DIGEST);
    cr_assert_eq(m->next_us, f.r.now_us + 30 * MINUTE);
}

Test(routing_when, a_digest_that_would_come_at_night_waits_for_the_morning)
{
    now_is("2026-11-26T23:30:00+08:00");
    route(NOTICE_TO_HANDLER)->digest_minutes = 30;
    cr_assert_eq(plan(0)->held, HELD_DIGEST);
    cr_assert_eq(plan(0)->next_us, at("2026-11-27T08:00:00+08:00"));
}

Test(routing_when, a_digest_that_ends_in_the_night_waits_for_the_morning)
{
    now_is("2026-11-26T20:45:00+08:00");
    route(NOTICE_TO_HANDLER)->digest_minutes = 30;
    cr_assert_eq(plan(0)->next_us, at("2026-11-27T08:00:00+08:00"));
}

/* What is gathered goes by the staff id: complainants have none and would read of each other's cases. */
Test(routing_when, nothing_is_gathered_for_complainants_and_groups)
{
    route(NOTICE_TO_COMPLAINANT)->digest_minutes = 30;
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP)->digest_minutes = 30;
    assert_told("complainant sms/email, robot group, bell group");
    now_is("2026-11-26T23:30:00+08:00");
    cr_assert_eq(plan(0)->held, HELD_QUIET);
}

Test(routing_when, what_is_asked_first_is_held_until_somebody_says_yes)
{
    const struct message *m;

    route(NOTICE_TO_COMPLAINANT)->ask_first = true;
    m = plan(0);
    cr_assert_eq(m->state, MESSAGE_HELD);
    cr_assert_eq(m->held, HELD_ASKED);
    cr_assert_geq(m->next_us, m->expires_us, "it does not go by itself");
    now_is("2026-11-26T23:30:00+08:00");
    cr_assert_eq(plan(0)->held, HELD_ASKED);
}

/* ---- too late ---- */

Test(routing_when, what_comes_too_late_expires_for_all_to_see)
{
    const struct message *m;

    route(NOTICE_TO_HANDLER)->expires_minutes = 60;
    f.r.now_us = f.r.at_us + HOUR;
    m = plan(0);
    cr_assert_eq(m->state, MESSAGE_EXPIRED);
    cr_assert_eq(m->held, HELD_NOT);
    cr_assert_str_eq(m->code, "came too late");
    f.r.now_us--;
    cr_assert_eq(plan(0)->state, MESSAGE_QUEUED);
}

Test(routing_when, its_age_is_that_of_the_event)
{
    route(NOTICE_TO_HANDLER);
    f.r.now_us = f.r.at_us + 3 * HOUR;
    cr_assert_eq(plan(0)->expires_us, f.r.at_us + 24 * HOUR);
}

Test(routing_when, what_is_too_late_is_not_asked_about)
{
    struct notice_route *r = route(NOTICE_TO_COMPLAINANT);

    r->ask_first = true;
    r->expires_minutes = 60;
    f.r.now_us = f.r.at_us + 2 * HOUR;
    cr_assert_eq(plan(0)->state, MESSAGE_EXPIRED);
}
