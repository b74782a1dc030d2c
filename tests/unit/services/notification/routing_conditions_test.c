/* Conditions of routes: which fields they see, and what holds. */
#include "routing_fixture.h"

TestSuite(routing_conditions, .init = set_up, .fini = tear_down);

static size_t count_of(const char *const *values)
{
    size_t n = 0;

    while (values[n])
        n++;
    return n;
}

static bool holds(const char *field, const char *const *values)
{
    const struct notice_condition c = { .field = field, .values = values, .value_count = count_of(values) };
    struct notice_condition not = c;

    not .negated = true;
    cr_assert_neq(routing_matches(&f.a, &c, &f.r), routing_matches(&f.a, &not, &f.r),
                  "negated it is always the opposite");
    return routing_matches(&f.a, &c, &f.r);
}

#define assert_holds(field, ...) cr_assert(holds(field, VALUES(__VA_ARGS__)))
#define assert_not(field, ...)   cr_assert_not(holds(field, VALUES(__VA_ARGS__)))

/* ---- the event's own fields ---- */

Test(routing_conditions, any_of_the_values)
{
    static Redress__V1__Paused e = REDRESS__V1__PAUSED__INIT;

    e.reason = REDRESS__V1__WAIT_REASON__WAIT_REASON_AUTHORITY;
    MEMBER(PAUSED, &e);
    assert_holds("reason", "authority");
    assert_holds("reason", "outside_party", "authority");
    assert_not("reason", "outside_party", "force_majeure");
}

Test(routing_conditions, truth_and_its_absence)
{
    static Redress__V1__Rectified e = REDRESS__V1__RECTIFIED__INIT;

    MEMBER(RECTIFIED, &e);
    assert_holds("simple", "false");
    assert_not("simple", "true");
    e.simple = true;
    assert_holds("simple", "true");
}

Test(routing_conditions, an_empty_field_is_asked_for_by_nothing)
{
    static Redress__V1__Assigned e = REDRESS__V1__ASSIGNED__INIT;

    MEMBER(ASSIGNED, &e);
    assert_holds("category_code", "");
    e.category_code = TEXT("fees");
    assert_not("category_code", "");
    assert_holds("category_code", "fees");
}

Test(routing_conditions, a_number)
{
    static Redress__V1__Dissatisfied e = REDRESS__V1__DISSATISFIED__INIT;

    e.times = 2;
    MEMBER(DISSATISFIED, &e);
    assert_holds("times", "2", "3");
    assert_not("times", "1");
}

Test(routing_conditions, a_list_holds_the_value)
{
    static Redress__V1__MeetingHeld e = REDRESS__V1__MEETING_HELD__INIT;
    static char *departments[] = { TEXT("sales"), TEXT("engineering") };

    MEMBER(MEETING_HELD, &e);
    assert_not("departments", "sales");
    e.departments = departments;
    e.n_departments = 2;
    assert_holds("departments", "engineering");
    assert_not("departments", "security");
}

Test(routing_conditions, the_events_own_field_goes_before_the_cases)
{
    static Redress__V1__Assigned e = REDRESS__V1__ASSIGNED__INIT;

    e.severity = REDRESS__V1__SEVERITY__SEVERITY_MAJOR; /* the case was general until then */
    MEMBER(ASSIGNED, &e);
    assert_holds("severity", "major");
    assert_not("severity", "general");
}

/* ---- a clock's ---- */

Test(routing_conditions, a_clocks_point_and_the_clock_itself)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_WARNING, 80);
    f.to[f.point.n_to++] = REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_HANDLER;
    f.to[f.point.n_to++] = REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_DEPARTMENT_HEAD;
    assert_holds("level", "warning");
    assert_holds("percent", "80");
    assert_holds("to", "department_head");
    assert_not("to", "senior_management");
    assert_holds("name", "first_response");
    assert_holds("step", "contact");
    assert_holds("tell_complainant", "false");
}

Test(routing_conditions, a_clocks_event_without_a_point_has_none_of_its_fields)
{
    static Redress__V1__ClockMet met = REDRESS__V1__CLOCK_MET__INIT;

    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_WARNING, 80);
    f.sla.event_case = REDRESS__V1__SLA_EVENT__EVENT_MET;
    f.sla.met = &met;
    assert_not("level", "warning");
    assert_holds("step", "contact");
    assert_holds("in_time", "false");
}

Test(routing_conditions, a_clocks_event_sees_the_case_too)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_WARNING, 80);
    f.about.severity = "major";
    assert_holds("severity", "major");
    assert_holds("department", "engineering");
}

/* ---- the case's ---- */

Test(routing_conditions, what_is_known_of_the_case)
{
    assert_holds("severity", "general");
    assert_holds("complexity", "simple");
    assert_holds("project", "YHHY");
    assert_holds("department", "engineering");
    assert_holds("status", "assigned");
    assert_not("project", "YHH");
    assert_not("project", "YHHY2");
}

Test(routing_conditions, a_category_means_those_below_it_too)
{
    assert_holds("category", "quality");
    assert_holds("category", "quality.leakage");
    assert_not("category", "quality.leakage.roof");
    assert_not("category", "quali");
    f.about.category = "quality_other";
    assert_not("category", "quality");
    f.about.category = "";
    assert_not("category", "quality");
    assert_holds("category", "");
}

Test(routing_conditions, whether_the_complainant_can_be_reached_so)
{
    assert_holds("phone", "true");
    assert_holds("email", "true");
    f.about.complainant.email = false;
    assert_holds("email", "false");
    assert_not("email", "true");
}

Test(routing_conditions, a_field_that_nothing_has_holds_never)
{
    assert_not("colour", "red");
    assert_not("colour", "");
}

/* ---- together ---- */

Test(routing_conditions, all_of_them_must_hold)
{
    const struct notice_condition both[] = {
        { .field = "severity", .values = VALUES("general"), .value_count = 1 },
        { .field = "email", .values = VALUES("true"), .value_count = 1 },
    };
    struct notice_route *r = route(NOTICE_TO_HANDLER);

    r->conditions = both;
    r->condition_count = 2;
    assert_told("E1 sms/email");
    f.about.complainant.email = false;
    assert_nobody();
}

Test(routing_conditions, opposite_routes_tell_exactly_one)
{
    const struct notice_condition major = { .field = "severity", .values = VALUES("major"), .value_count = 1 };
    const struct notice_condition other = {
        .field = "severity", .values = VALUES("major"), .value_count = 1, .negated = true
    };
    struct notice_route *one = route(NOTICE_TO_HANDLER), *two = route(NOTICE_TO_DEPARTMENT_HEAD);

    one->conditions = &major;
    two->conditions = &other;
    one->condition_count = two->condition_count = 1;
    assert_told("H1 sms/email");
    f.about.severity = "major";
    assert_told("E1 sms/email");
    f.about.severity = ""; /* before it is classified */
    assert_told("H1 sms/email");
}
