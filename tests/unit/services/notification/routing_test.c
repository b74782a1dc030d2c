/* Who is told of an event, through which channel, and when. */
#include "routing_fixture.h"

#include "services/notification/notice_facts.h"

TestSuite(routing, .init = set_up, .fini = tear_down);

static const enum notice_audience staff_places[] = { NOTICE_TO_HANDLER, NOTICE_TO_DEPARTMENT_HEAD,
                                                     NOTICE_TO_CUSTOMER_SERVICE, NOTICE_TO_DUTY };

/* ---- whom ---- */

Test(routing, each_place_is_who_stands_in_it)
{
    route(NOTICE_TO_COMPLAINANT);
    for (size_t i = 0; i < 4; i++)
        route(staff_places[i]);
    route(NOTICE_TO_LEADERS);
    assert_told("complainant sms/email, E1 sms/email, H1 sms/email, C1 sms/email, D1 sms/email, L1 sms/email, "
                "L2 sms/email");
}

Test(routing, a_list_of_the_tenant_in_its_order)
{
    route(NOTICE_TO_LIST)->list = "night";
    assert_told("E2 sms, E1 sms/email, C1 sms/email");
}

Test(routing, only_routes_of_the_event_count)
{
    route(NOTICE_TO_HANDLER)->event = "closed";
    assert_nobody();
}

Test(routing, an_explicit_none_tells_nobody)
{
    struct notice_route *r = route(NOTICE_TO_HANDLER);

    r->none = true;
    assert_nobody();
    cr_assert_not(routing_wants(&f.settings, "noted"));
    r->none = false;
    cr_assert(routing_wants(&f.settings, "noted"));
    cr_assert_not(routing_wants(&f.settings, "closed"));
}

Test(routing, one_person_is_told_once_by_the_first_route_that_finds_him)
{
    f.people.department_head = "E1";
    f.people.customer_service = "E1";
    route(NOTICE_TO_HANDLER)->template = "u";
    route_on(NOTICE_TO_DEPARTMENT_HEAD, NOTICE_EMAIL);
    route(NOTICE_TO_CUSTOMER_SERVICE);
    assert_told("E1 sms/email");
    cr_assert_str_eq(plan(0)->template, "u");
    cr_assert_eq(plan(0)->audience, NOTICE_TO_HANDLER);
}

Test(routing, the_complainant_is_told_once)
{
    route_on(NOTICE_TO_COMPLAINANT, NOTICE_SMS);
    route_on(NOTICE_TO_COMPLAINANT, NOTICE_EMAIL);
    assert_told("complainant sms");
}

Test(routing, who_did_it_is_not_told)
{
    f.r.actor = "E1";
    route(NOTICE_TO_HANDLER);
    route(NOTICE_TO_DEPARTMENT_HEAD);
    assert_told("H1 sms/email");
}

Test(routing, who_did_it_is_told_in_no_other_place_either)
{
    f.r.actor = "L1";
    f.people.department_head = "L1";
    route(NOTICE_TO_DEPARTMENT_HEAD);
    route(NOTICE_TO_LEADERS);
    assert_told("L2 sms/email");
}

Test(routing, the_complainant_hears_of_his_own_steps)
{
    f.r.actor = "complainant";
    route(NOTICE_TO_COMPLAINANT);
    assert_told("complainant sms/email");
}

/* ---- R35: never nobody ---- */

Test(routing, while_nobody_handles_it_customer_service_is_told)
{
    f.people.handler = "";
    route(NOTICE_TO_HANDLER);
    assert_told("C1 sms/email");
}

Test(routing, a_place_without_anybody_is_the_duty_role)
{
    f.people.handler = f.people.department_head = f.people.customer_service = "";
    f.people.leader_count = 0;
    for (size_t i = 0; i < 3; i++) {
        f.settings.route_count = 0;
        route(staff_places[i]);
        assert_told("D1 sms/email");
    }
    f.settings.route_count = 0;
    route(NOTICE_TO_LEADERS);
    assert_told("D1 sms/email");
}

Test(routing, where_nobody_is_left_everybody_can_see_it)
{
    f.people.handler = f.people.department_head = f.people.customer_service = f.people.duty = "";
    f.people.leader_count = 0;
    for (size_t i = 0; i < 4; i++)
        route(staff_places[i]);
    route(NOTICE_TO_LEADERS);
    assert_told("handler sms failed, department_head sms failed, customer_service sms failed, duty sms failed, "
                "leaders sms failed");
    for (size_t i = 0; i < 5; i++) {
        cr_assert_str_eq(plan(i)->code, "nobody in this place");
        for (size_t k = 0; k < i; k++)
            cr_assert_not(uuid_eq(&f.planned[i].id, &f.planned[k].id), "each is a row of its own");
    }
}

/* ---- whom the event names ---- */

Test(routing, an_escalation_names_its_receivers)
{
    static Redress__V1__Escalated e = REDRESS__V1__ESCALATED__INIT;
    static char *to[] = { TEXT("H1"), TEXT("E2"), TEXT("H1") };

    e.to = to;
    e.n_to = 3;
    MEMBER(ESCALATED, &e);
    route(NOTICE_TO_RECEIVERS);
    assert_told("H1 sms/email, E2 sms");
}

Test(routing, an_inspection_names_who_comes_and_who_leads)
{
    static Redress__V1__InspectionArranged e = REDRESS__V1__INSPECTION_ARRANGED__INIT;
    static char *attendees[] = { TEXT("E1"), TEXT("C1") };

    e.attendee_ids = attendees;
    e.n_attendee_ids = 2;
    MEMBER(INSPECTION_ARRANGED, &e);
    route(NOTICE_TO_RECEIVERS);
    assert_told("E1 sms/email, C1 sms/email"); /* no leader is named */
    e.leader_id = TEXT("L1");
    assert_told("E1 sms/email, C1 sms/email, L1 sms/email");
}

Test(routing, whom_an_event_names_is_known_before_it_is_planned)
{
    static Redress__V1__Assigned e = REDRESS__V1__ASSIGNED__INIT;
    const char **ids;
    size_t count = 9;

    MEMBER(ASSIGNED, &e);
    (void)routing_named(&f.a, &f.event.base, &count);
    cr_assert_eq(count, 0, "an empty id is nobody");
    e.assignee_id = TEXT("E2");
    ids = routing_named(&f.a, &f.event.base, &count);
    cr_assert_eq(count, 1);
    cr_assert_str_eq(ids[0], "E2");
}

Test(routing, what_names_nobody_names_nobody)
{
    static Redress__V1__AppointmentAgreed e = REDRESS__V1__APPOINTMENT_AGREED__INIT;
    static Google__Protobuf__Timestamp to = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    size_t count = 9;

    e.to = &to; /* of the same name, but a time */
    MEMBER(APPOINTMENT_AGREED, &e);
    (void)routing_named(&f.a, &f.event.base, &count);
    cr_assert_eq(count, 0);
}

Test(routing, a_point_of_a_clock_names_places)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_URGENT, 200);
    for (int i = 1; i <= 5; i++)
        f.to[f.point.n_to++] = (Redress__V1__NoticeReceiver)i;
    route(NOTICE_TO_RECEIVERS);
    assert_told("E1 sms/email, H1 sms/email, C1 sms/email, L1 sms/email, L2 sms/email, D1 sms/email");
}

Test(routing, a_point_for_the_handler_before_there_is_one_is_for_customer_service)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_REMINDER, 50);
    f.to[f.point.n_to++] = REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_HANDLER;
    f.people.handler = "";
    route(NOTICE_TO_RECEIVERS);
    assert_told("C1 sms/email");
}

Test(routing, a_place_of_a_newer_contract_is_the_duty_role)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_WARNING, 80);
    f.to[f.point.n_to++] = (Redress__V1__NoticeReceiver)77;
    route(NOTICE_TO_RECEIVERS);
    assert_told("D1 sms/email");
}

Test(routing, a_point_for_senior_management_without_any_is_for_the_duty_role)
{
    be_point(REDRESS__V1__NOTICE_LEVEL__NOTICE_LEVEL_URGENT, 200);
    f.to[f.point.n_to++] = REDRESS__V1__NOTICE_RECEIVER__NOTICE_RECEIVER_SENIOR_MANAGEMENT;
    f.people.leader_count = 0;
    route(NOTICE_TO_RECEIVERS);
    assert_told("D1 sms/email");
}

/* ---- groups ---- */

Test(routing, a_group_is_every_robot_of_its_channels)
{
    struct notice_route *r = route_on(NOTICE_TO_GROUP, NOTICE_GROUP);

    assert_told("robot group, bell group");
    r->channels[1] = NOTICE_WEBHOOK;
    r->channel_count = 2;
    assert_told("robot group, bell group, bus webhook");
}

Test(routing, a_group_by_its_name_is_that_one)
{
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP)->list = "bell";
    assert_told("bell group");
    cr_assert_str_eq(plan(0)->gateway, "bell");
}

Test(routing, each_group_is_told_for_itself_and_once)
{
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP);
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP)->list = "bell";
    assert_told("robot group, bell group");
    cr_assert_not(uuid_eq(&f.planned[0].id, &f.planned[1].id));
}

/* ---- how ---- */

Test(routing, channels_that_lead_to_nobody_are_left_out)
{
    f.people.handler = "E2"; /* no e-mail */
    route(NOTICE_TO_HANDLER);
    f.about.complainant.phone = false;
    route(NOTICE_TO_COMPLAINANT);
    assert_told("E2 sms, complainant email");
    cr_assert_str_eq(plan(0)->gateway, "line");
    cr_assert_str_eq(plan(1)->gateway, "mail");
}

Test(routing, who_cannot_be_reached_shows_as_failed)
{
    f.people.handler = "E3";
    f.people.department_head = "X9"; /* not among the staff */
    f.about.complainant.phone = f.about.complainant.email = false;
    route(NOTICE_TO_HANDLER);
    route(NOTICE_TO_DEPARTMENT_HEAD);
    route(NOTICE_TO_COMPLAINANT);
    assert_told("E3 sms failed, X9 sms failed, complainant sms failed");
    cr_assert_str_eq(plan(0)->code, "no address");
    cr_assert_eq(plan(0)->held, HELD_NOT);
}

Test(routing, a_channel_without_a_gateway_is_left_out)
{
    f.gateways[0].kind = gateway_kind("smtp");
    route(NOTICE_TO_HANDLER);
    assert_told("E1 email");
    cr_assert_str_eq(plan(0)->gateway, "line", "the first one of the channel");
}

Test(routing, a_channel_for_which_there_are_no_words_is_left_out)
{
    struct notice_route *r = route(NOTICE_TO_HANDLER);

    r->channels[0] = NOTICE_EMAIL;
    r->channels[1] = NOTICE_SMS;
    r->template = "sms_only";
    assert_told("E1 sms");
    r->template = "no such template";
    assert_told("E1 email failed");
}

Test(routing, an_address_that_bounced_is_left_out)
{
    f.bad[f.r.bad_count++] = (struct bad_address){ NOTICE_SMS, "phone-owner" };
    f.bad[f.r.bad_count++] = (struct bad_address){ NOTICE_SMS, "mail-E1" }; /* of another channel */
    route(NOTICE_TO_COMPLAINANT);
    route(NOTICE_TO_HANDLER);
    assert_told("complainant email, E1 sms/email");
    f.bad[f.r.bad_count++] = (struct bad_address){ NOTICE_EMAIL, "mail-owner" };
    assert_told("complainant sms failed, E1 sms/email");
}

Test(routing, a_bad_address_without_a_key_is_nobodys)
{
    f.bad[f.r.bad_count++] = (struct bad_address){ NOTICE_SMS, "" };
    f.about.complainant.phone_key = "";
    route(NOTICE_TO_COMPLAINANT);
    assert_told("complainant sms/email");
}

Test(routing, the_complainant_is_told_as_he_wished)
{
    struct notice_route *r = route(NOTICE_TO_COMPLAINANT);

    f.about.complainant.preferred = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_EMAIL;
    assert_told("complainant sms/email"); /* the route does not ask */
    r->preferred = true;
    assert_told("complainant email/sms");
    f.about.complainant.email = false;
    assert_told("complainant sms");
}

Test(routing, who_wants_a_call_or_a_letter_gets_what_comes_next)
{
    static const int wishes[] = { REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_UNSPECIFIED,
                                  REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_PHONE,
                                  REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_LETTER,
                                  REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_WECHAT, 99 };

    route(NOTICE_TO_COMPLAINANT)->preferred = true;
    for (size_t i = 0; i < sizeof wishes / sizeof *wishes; i++) {
        f.about.complainant.preferred = wishes[i];
        assert_told("complainant sms/email");
    }
}

Test(routing, who_follows_the_account_may_be_told_there)
{
    struct notice_route *r = route(NOTICE_TO_COMPLAINANT);

    r->preferred = true;
    r->channels[1] = NOTICE_WECHAT;
    f.gateways[f.settings.gateway_count++] = (struct gateway){ .name = "account", .kind = gateway_kind("wechat") };
    f.about.complainant.preferred = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_WECHAT;
    assert_told("complainant sms"); /* his open id is not known */
    f.about.complainant.wechat = true;
    f.about.complainant.wechat_key = "open-owner";
    assert_told("complainant wechat/sms");
    f.bad[f.r.bad_count++] = (struct bad_address){ NOTICE_WECHAT, "open-owner" };
    assert_told("complainant sms");
}

Test(routing, the_complainants_wish_is_not_the_staffs)
{
    f.about.complainant.preferred = REDRESS__V1__CONTACT_CHANNEL__CONTACT_CHANNEL_EMAIL;
    route(NOTICE_TO_HANDLER)->preferred = true;
    assert_told("E1 sms/email");
}

Test(routing, gateways_of_a_channel_in_the_order_of_the_settings)
{
    const struct gateway *first = routing_gateway(&f.settings, NOTICE_GROUP, NULL), *second;

    cr_assert_str_eq(first->name, "robot");
    second = routing_gateway(&f.settings, NOTICE_GROUP, first);
    cr_assert_str_eq(second->name, "bell");
    cr_assert_null(routing_gateway(&f.settings, NOTICE_GROUP, second));
    cr_assert_null(routing_gateway(&f.settings, NOTICE_WECHAT, NULL));
}

/* ---- the message ---- */

Test(routing, a_message_says_what_it_is_about)
{
    const struct message *m;
    struct notice_facts facts;

    f.r.cause = "cycle";
    route(NOTICE_TO_HANDLER)->urgency = NOTICE_LOW;
    m = plan(0);
    cr_assert_str_eq(m->tenant, "demo");
    cr_assert(uuid_eq(&m->complaint, &f.about.id));
    cr_assert_str_eq(m->number, "YHHY-1");
    cr_assert_str_eq(m->event, "noted");
    cr_assert_eq(m->version, 3);
    cr_assert_str_eq(m->cause, "cycle");
    cr_assert_str_eq(m->locale, "zh-CN");
    cr_assert_eq(m->urgency, NOTICE_LOW);
    cr_assert_eq(m->attempts, 0);
    notice_facts_init(&facts);
    cr_assert(notice_facts_read(&f.a, m->facts, &facts));
    cr_assert_str_eq(notice_fact(&facts, "project"), "云湖花园");
    cr_assert_str_eq(notice_fact(&facts, "tenant"), "示范");
    cr_assert_str_eq(notice_fact(&facts, "sign"), "示范地产");
}

Test(routing, planned_again_it_is_the_same_message)
{
    struct uuid id;

    route(NOTICE_TO_HANDLER);
    id = plan(0)->id;
    f.r.now_us += 5 * HOUR; /* later, after a restart */
    cr_assert(uuid_eq(&id, &plan(0)->id));
    f.r.event_key = "c:4";
    cr_assert_not(uuid_eq(&id, &plan(0)->id), "another event is another message");
}

Test(routing, everybody_has_a_message_of_his_own)
{
    route(NOTICE_TO_COMPLAINANT);
    for (size_t i = 0; i < 4; i++)
        route(staff_places[i]);
    route(NOTICE_TO_LEADERS);
    route_on(NOTICE_TO_GROUP, NOTICE_GROUP);
    (void)plan(8);
    for (size_t i = 0; i < f.count; i++)
        for (size_t k = 0; k < i; k++)
            cr_assert_not(uuid_eq(&f.planned[i].id, &f.planned[k].id), "%zu and %zu", i, k);
}
