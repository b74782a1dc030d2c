/* A tenant with staff, gateways of every kind and one template, for the tests of routing: a test adds its routes and
 * says who should be told, in one line.
 *
 * It is Thursday, 2026-11-26, 10:00 in Shanghai; quiet hours are 21:00 to 08:00. */
#pragma once

#include <criterion/criterion.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/str.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/sla_event.pb-c.h"
#include "services/notification/gateway.h"
#include "services/notification/routing.h"

#define MINUTE           INT64_C(60000000)
#define HOUR             (60 * MINUTE)
#define TEXT(s)          ((char *)(uintptr_t)(s))
#define MEMBER(event, m) be(REDRESS__V1__COMPLAINT_EVENT__EVENT_##event, m)
#define VALUES(...)      ((const char *const[]){ __VA_ARGS__, NULL })
#define assert_told(who) cr_assert_str_eq(told(), who, "%s", told())
#define assert_nobody()  assert_told("")

static struct {
    struct arena a;
    struct zone zone;
    struct notice_settings settings;
    struct notice_route routes[16];
    struct gateway gateways[6];
    struct case_facts about;
    struct people people;
    struct bad_address bad[4];
    Redress__V1__ComplaintEvent event;
    Redress__V1__SlaEvent sla;
    Redress__V1__PromisedClock clock;
    Redress__V1__ClockPoint point;
    Redress__V1__NoticeReceiver to[8];
    struct routing r;
    struct message *planned;
    size_t count;
} f;

static inline int64_t at(const char *text)
{
    int64_t us = 0;

    cr_assert(rfc3339_parse(text, strlen(text), &us), "%s", text);
    return us;
}

/* Everybody has both; E2 has a phone only, E3 nothing. L1 and L2 are the leaders. */
static const struct person fixture_staff[] = {
    { "C1", true, true, "phone-C1", "mail-C1" },
    { "D1", true, true, "phone-D1", "mail-D1" },
    { "E1", true, true, "phone-E1", "mail-E1" },
    { "E2", true, false, "phone-E2", "" },
    { "E3", false, false, "", "" },
    { "H1", true, true, "phone-H1", "mail-H1" },
    { "L1", true, true, "phone-L1", "mail-L1" },
    { "L2", true, true, "phone-L2", "mail-L2" },
};

static inline void fixture_settings(void)
{
    static const struct notice_text texts[] = {
        { .channel = NOTICE_SMS, .locale = "zh-CN", .text = "x", .subject = "", .html = "" },
        { .channel = NOTICE_EMAIL, .locale = "zh-CN", .text = "x", .subject = "", .html = "" },
        { .channel = NOTICE_WECHAT, .locale = "zh-CN", .text = "x", .subject = "", .html = "" },
        { .channel = NOTICE_GROUP, .locale = "zh-CN", .text = "x", .subject = "", .html = "" },
    };
    static const struct notice_template templates[] = { { "t", texts, 4 },
                                                        { "sms_only", texts, 1 },
                                                        { "u", texts, 4 } };
    static const char *const night[] = { "E2", "E1", "C1" };
    static const struct notice_list lists[] = { { "night", night, 3 } };
    static const char *const names[] = { "line", "mail", "robot", "bell", "bus" };
    static const char *const kinds[] = { "kannel", "smtp", "wecom", "dingtalk", "webhook" };

    f.settings = (struct notice_settings){
        .routes = f.routes,
        .templates = templates,
        .template_count = 3,
        .gateways = f.gateways,
        .gateway_count = 5,
        .lists = lists,
        .list_count = 1,
        .locale = "zh-CN",
        .sign = "示范地产",
        .quiet_from_minute = 21 * 60,
        .quiet_to_minute = 8 * 60,
    };
    for (size_t i = 0; i < 5; i++)
        f.gateways[i] = (struct gateway){ .name = names[i], .kind = gateway_kind(kinds[i]) };
}

static inline void set_up(void)
{
    static const char *const leaders[] = { "L1", "L2" };

    memset(&f, 0, sizeof f);
    arena_init(&f.a, 0);
    fixture_settings();
    cr_assert_eq(zone_load(&f.a, "Asia/Shanghai", 2025, 2027, &f.zone), 0);
    f.about = (struct case_facts){
        .tenant = "demo",
        .number = "YHHY-1",
        .project = "YHHY",
        .project_name = "云湖花园",
        .category = "quality.leakage",
        .category_name = "渗漏",
        .department = "engineering",
        .department_name = "工程部",
        .status = "assigned",
        .severity = "general",
        .complexity = "simple",
        .handler = "E1",
        .handler_name = "李工",
        .complainant = { .phone = true,
                         .email = true,
                         .phone_key = "phone-owner",
                         .email_key = "mail-owner",
                         .wechat_key = "" },
    };
    f.about.id.bytes[0] = 7;
    f.people = (struct people){ .handler = "E1",
                                .department_head = "H1",
                                .customer_service = "C1",
                                .duty = "D1",
                                .leaders = leaders,
                                .leader_count = 2,
                                .staff = fixture_staff,
                                .staff_count = sizeof fixture_staff / sizeof *fixture_staff };
    redress__v1__complaint_event__init(&f.event);
    f.r = (struct routing){ .tenant = "demo",
                            .tenant_name = "示范",
                            .settings = &f.settings,
                            .zone = &f.zone,
                            .about = &f.about,
                            .people = &f.people,
                            .bad = f.bad,
                            .event = &f.event.base,
                            .event_name = "noted",
                            .event_key = "c:3",
                            .cause = "",
                            .actor = "system:dispatch",
                            .version = 3,
                            .at_us = at("2026-11-26T10:00:00+08:00") };
    f.r.now_us = f.r.at_us;
}

static inline void tear_down(void)
{
    arena_done(&f.a);
}

/* The event that happened, by its member. */
static inline void be(Redress__V1__ComplaintEvent__EventCase which, void *member)
{
    f.event.event_case = which;
    f.event.registered = member; /* whichever it is: they share their place */
}

/* A point of a clock that was reached. */
static inline void be_point(Redress__V1__NoticeLevel level, int percent)
{
    static Redress__V1__ClockBreached breached;

    redress__v1__sla_event__init(&f.sla);
    redress__v1__promised_clock__init(&f.clock);
    redress__v1__clock_point__init(&f.point);
    redress__v1__clock_breached__init(&breached);
    f.clock.name = TEXT("first_response");
    f.clock.step = TEXT("contact");
    f.point.level = level;
    f.point.percent = percent;
    f.point.to = f.to;
    breached.point = &f.point;
    f.sla.clock = &f.clock;
    f.sla.event_case = REDRESS__V1__SLA_EVENT__EVENT_BREACHED;
    f.sla.breached = &breached;
    f.r.event = &f.sla.base;
    f.r.event_name = "sla.breached";
}

/* A route of the event; SMS first, then e-mail. */
static inline struct notice_route *route(enum notice_audience to)
{
    struct notice_route *r = &f.routes[f.settings.route_count++];

    *r = (struct notice_route){ .event = f.r.event_name,
                                .why = "",
                                .to = to,
                                .list = "",
                                .channels = { NOTICE_SMS, NOTICE_EMAIL },
                                .channel_count = 2,
                                .template = "t",
                                .urgency = NOTICE_NORMAL,
                                .expires_minutes = 24 * 60 };
    return r;
}

static inline struct notice_route *route_on(enum notice_audience to, enum notice_channel channel)
{
    struct notice_route *r = route(to);

    r->channels[0] = channel;
    r->channel_count = 1;
    return r;
}

/* The n-th message that is planned, beginning with 0. */
static inline const struct message *plan(size_t n)
{
    f.planned = routing_plan(&f.a, &f.r, &f.count);
    cr_assert_lt(n, f.count, "only %zu messages", f.count);
    return &f.planned[n];
}

static inline void say(struct strbuf *out, const struct message *m)
{
    static const char *const states[] = {
        [MESSAGE_QUEUED] = "", [MESSAGE_HELD] = " held", [MESSAGE_FAILED] = " failed", [MESSAGE_EXPIRED] = " expired"
    };

    strbuf_printf(out, "%s%s %s", out->len ? ", " : "",
                  *m->recipient                    ? m->recipient
                  : m->audience == NOTICE_TO_GROUP ? m->gateway
                                                   : notice_audience_names[m->audience - 1],
                  notice_channel_names[m->channel - 1]);
    for (size_t i = 0; i < m->other_count; i++)
        strbuf_printf(out, "/%s", notice_channel_names[m->others[i] - 1]);
    strbuf_adds(out, states[m->state]);
}

/* Who is told, how, and how else: "E1 sms/email, H1 email failed". */
static inline const char *told(void)
{
    struct strbuf out;

    strbuf_init(&out, &f.a);
    strbuf_adds(&out, "");
    f.planned = routing_plan(&f.a, &f.r, &f.count);
    for (size_t i = 0; i < f.count; i++)
        say(&out, &f.planned[i]);
    return out.data;
}
