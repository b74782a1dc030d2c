/* What is done next with a message, by each answer that its gateway can give. */
#include "services/notification/delivery.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SECOND   INT64_C(1000000)
#define MINUTE   (60 * SECOND)
#define HOUR     (60 * MINUTE)
#define NOW      INT64_C(1764122400000000) /* 2025-11-26 10:00 in Shanghai */
#define ATTEMPTS 5

static const struct zone_change change = { INT64_MIN, 8 * HOUR };
static const struct zone shanghai = { "Asia/Shanghai", &change, 1 };
static const struct delivery_limits limits = { ATTEMPTS };

/* Two for SMS, one for e-mail, none for WeChat. */
static struct gateway gateways[3];
static const struct notice_settings settings = {
    .gateways = gateways,
    .gateway_count = 3,
    .quiet_from_minute = 21 * 60,
    .quiet_to_minute = 8 * 60,
};
enum { SMS_FIRST, SMS_SECOND, MAIL };

static const enum notice_channel others[] = { NOTICE_WECHAT, NOTICE_EMAIL };
static struct delivery_state m;
static struct delivery_step step;

static void set_up(void)
{
    gateways[SMS_FIRST] = (struct gateway){ .name = "first", .kind = gateway_kind("kannel") };
    gateways[SMS_SECOND] = (struct gateway){ .name = "second", .kind = gateway_kind("kannel") };
    gateways[MAIL] = (struct gateway){ .name = "mail", .kind = gateway_kind("smtp") };
    m = (struct delivery_state){
        .channel = NOTICE_SMS,
        .others = others,
        .other_count = 2,
        .urgency = NOTICE_NORMAL,
        .gateway = &gateways[SMS_FIRST],
        .attempts = 1,
        .expires_us = NOW + 24 * HOUR,
        .now_us = NOW,
        .random = 500, /* no jitter */
    };
}

TestSuite(delivery, .init = set_up);

static void answered_after(enum answer_class class, int64_t retry_after_ms)
{
    const struct answer answer = { .class = class, .request_id = "", .code = "", .retry_after_ms = retry_after_ms };

    memset(&step, 0xff, sizeof step); /* what is left alone shows */
    delivery_next(&settings, &shanghai, &limits, &m, &answer, &step);
}

static void answered(enum answer_class class)
{
    answered_after(class, 0);
}

static void assert_queued(int gateway, int64_t next_us)
{
    cr_assert_eq(step.state, MESSAGE_QUEUED);
    cr_assert_eq(step.gateway, &gateways[gateway], "by %s", step.gateway ? step.gateway->name : "none");
    cr_assert_eq(step.next_us, next_us, "%lld s from now", (long long)((step.next_us - NOW) / SECOND));
    cr_assert_eq((int)step.go_on, 0);
}

static void assert_failed(enum notice_channel go_on)
{
    cr_assert_eq(step.state, MESSAGE_FAILED);
    cr_assert_null(step.gateway);
    cr_assert_eq(step.go_on, go_on);
}

/* ---- by class ---- */

Test(delivery, what_was_accepted_is_sent)
{
    answered(ANSWER_ACCEPTED);
    cr_assert_eq(step.state, MESSAGE_SENT);
    cr_assert_eq((int)step.go_on, 0);
    cr_assert_null(step.gateway);
    cr_assert_not(step.bad_address);
}

Test(delivery, what_certainly_did_not_go_is_tried_again_by_the_same_gateway)
{
    answered(ANSWER_RETRY);
    assert_queued(SMS_FIRST, NOW + 5 * SECOND);
    m.attempts = 3;
    answered(ANSWER_RETRY);
    assert_queued(SMS_FIRST, NOW + 20 * SECOND);
}

Test(delivery, when_the_attempts_are_used_up_the_next_gateway_has_it)
{
    m.attempts = ATTEMPTS - 1;
    answered(ANSWER_RETRY);
    cr_assert_eq(step.gateway, &gateways[SMS_FIRST]);
    m.attempts = ATTEMPTS;
    answered(ANSWER_RETRY);
    assert_queued(SMS_SECOND, NOW);
}

Test(delivery, when_there_is_no_other_gateway_another_channel_has_it)
{
    m.attempts = ATTEMPTS;
    m.gateway = &gateways[SMS_SECOND];
    answered(ANSWER_RETRY);
    assert_failed(NOTICE_EMAIL); /* WeChat has no gateway */
}

Test(delivery, when_there_is_no_other_channel_either_it_has_failed)
{
    m.attempts = ATTEMPTS;
    m.gateway = &gateways[SMS_SECOND];
    m.other_count = 1;
    answered(ANSWER_RETRY);
    assert_failed(0);
}

Test(delivery, what_this_gateway_will_never_take_goes_to_the_next_at_once)
{
    static const enum answer_class classes[] = { ANSWER_PERMANENT, ANSWER_TEMPLATE, ANSWER_CREDIT, ANSWER_REFUSED };

    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        m.gateway = &gateways[SMS_FIRST];
        answered(classes[i]);
        assert_queued(SMS_SECOND, NOW);
        m.gateway = &gateways[SMS_SECOND];
        answered(classes[i]);
        assert_failed(NOTICE_EMAIL);
        cr_assert_not(step.bad_address, "the address is not to blame for %s", answer_class_names[classes[i] - 1]);
    }
}

Test(delivery, a_bad_address_is_bad_for_every_gateway_and_left_out)
{
    answered(ANSWER_ADDRESS);
    assert_failed(NOTICE_EMAIL);
    cr_assert(step.bad_address);
}

Test(delivery, a_gateway_that_left_the_settings_has_no_next)
{
    m.gateway = NULL;
    answered(ANSWER_PERMANENT);
    assert_failed(NOTICE_EMAIL);
}

/* ---- too many ---- */

Test(delivery, throttled_waits_as_long_as_the_gateway_says)
{
    answered_after(ANSWER_THROTTLED, 90000);
    assert_queued(SMS_FIRST, NOW + 90 * SECOND);
}

Test(delivery, throttled_without_a_word_waits_as_after_any_failure)
{
    m.attempts = 2;
    answered(ANSWER_THROTTLED);
    assert_queued(SMS_FIRST, NOW + 10 * SECOND);
}

Test(delivery, throttled_uses_no_attempts_up)
{
    m.attempts = 100 * ATTEMPTS;
    answered_after(ANSWER_THROTTLED, 1000);
    assert_queued(SMS_FIRST, NOW + SECOND);
}

Test(delivery, throttled_beyond_its_use_goes_another_way)
{
    answered_after(ANSWER_THROTTLED, 25 * 3600 * 1000);
    assert_queued(SMS_SECOND, NOW);
    m.gateway = &gateways[SMS_SECOND];
    answered_after(ANSWER_THROTTLED, 25 * 3600 * 1000);
    assert_failed(NOTICE_EMAIL);
}

/* ---- time ---- */

Test(delivery, an_attempt_that_would_come_too_late_is_not_waited_for)
{
    m.expires_us = NOW + 5 * SECOND;
    answered(ANSWER_RETRY);
    assert_queued(SMS_SECOND, NOW);
    m.expires_us = NOW + 5 * SECOND + 1;
    answered(ANSWER_RETRY);
    assert_queued(SMS_FIRST, NOW + 5 * SECOND);
}

Test(delivery, an_attempt_in_the_night_waits_for_the_morning)
{
    m.now_us = NOW + 11 * HOUR - SECOND; /* 20:59:59 */
    answered(ANSWER_RETRY);
    cr_assert_eq(step.state, MESSAGE_QUEUED);
    cr_assert_eq(step.next_us, NOW + 22 * HOUR, "08:00");
    m.urgency = NOTICE_URGENT;
    answered(ANSWER_RETRY);
    cr_assert_eq(step.next_us, m.now_us + 5 * SECOND);
}

Test(delivery, pauses_double_up_to_half_an_hour)
{
    static const int seconds[] = { 5, 10, 20, 40, 80, 160, 320, 640, 1280, 1800, 1800, 1800 };

    for (int i = 0; i < (int)(sizeof seconds / sizeof *seconds); i++)
        cr_assert_eq(delivery_pause_us(i + 1, 500), seconds[i] * SECOND, "pause %d", i + 1);
    cr_assert_eq(delivery_pause_us(INT_MAX, 500), 1800 * SECOND);
}

Test(delivery, pauses_are_a_fifth_longer_or_shorter_and_spread)
{
    unsigned short seed[3] = { 5, 30, 20 };

    for (int n = 1; n <= 12; n++) {
        int64_t middle = delivery_pause_us(n, 500), least = INT64_MAX, most = 0;

        for (int i = 0; i < 2000; i++) {
            int64_t pause = delivery_pause_us(n, (unsigned)jrand48(seed));

            cr_assert_geq(pause, middle * 4 / 5);
            cr_assert_leq(pause, middle * 6 / 5);
            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
        }
        cr_assert_gt(most - least, middle * 3 / 10, "all but together after pause %d", n);
    }
}

/* ---- nobody knows ---- */

Test(delivery, what_may_have_been_sent_is_never_sent_again)
{
    m.attempts = 1;
    answered(ANSWER_UNKNOWN);
    cr_assert_eq(step.state, MESSAGE_UNKNOWN);
    cr_assert_null(step.gateway);
    cr_assert_eq((int)step.go_on, 0);
    cr_assert_eq(step.next_us, NOW + MINUTE, "then the gateway is asked, if it can be");
}

Test(delivery, when_no_receipt_came_nothing_more_is_done_by_itself)
{
    delivery_give_up_waiting(&settings, &m, &step);
    cr_assert_eq(step.state, MESSAGE_UNKNOWN);
    cr_assert_eq((int)step.go_on, 0);
}

Test(delivery, when_no_receipt_came_another_channel_if_the_gateway_says_so)
{
    gateways[SMS_FIRST].unknown_other_channel = true;
    delivery_give_up_waiting(&settings, &m, &step);
    cr_assert_eq(step.state, MESSAGE_UNKNOWN, "what this one became stays unknown");
    cr_assert_eq(step.go_on, NOTICE_EMAIL);
    cr_assert_null(step.gateway, "never the same channel");
    m.gateway = NULL;
    delivery_give_up_waiting(&settings, &m, &step);
    cr_assert_eq((int)step.go_on, 0);
}

/* Whatever the gateways say, in whatever order: a message goes on by a gateway only if it certainly was not sent, never
 * after it expired where it waits, and never back to a gateway that gave it up. */
Test(delivery, whatever_is_answered_it_comes_to_an_end)
{
    unsigned short seed[3] = { 18, 0, 7 };

    for (int run = 0; run < 2000; run++) {
        int calls = 0;

        set_up();
        m.expires_us = NOW + 2 * HOUR + nrand48(seed) % (48 * 3600) * SECOND;
        do {
            enum answer_class class = (enum answer_class)(1 + nrand48(seed) % 9);
            const struct gateway *before = m.gateway;

            m.random = (unsigned)jrand48(seed);
            answered(class);
            cr_assert_lt(++calls, 2000);
            if (step.state != MESSAGE_QUEUED)
                break;
            cr_assert(class != ANSWER_ACCEPTED && class != ANSWER_UNKNOWN && class != ANSWER_ADDRESS);
            cr_assert(step.gateway >= before);
            cr_assert_geq(step.next_us, m.now_us);
            m.gateway = step.gateway;
            m.now_us = step.next_us;
            m.attempts++;
        } while (m.now_us < m.expires_us);
        cr_assert(step.state == MESSAGE_SENT || step.state == MESSAGE_FAILED || step.state == MESSAGE_UNKNOWN);
    }
}

/* ---- on another channel ---- */

static struct arena arena;

static void set_up_follow_up(void)
{
    set_up();
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(follow_up, .init = set_up_follow_up, .fini = tear_down);

static struct message message(void)
{
    return (struct message){
        .id = message_id("demo", "c:1", "t", "E1", NOTICE_SMS),
        .tenant = "demo",
        .number = "YHHY-1",
        .event = "assigned",
        .version = 2,
        .cause = "",
        .audience = NOTICE_TO_HANDLER,
        .recipient = "E1",
        .channel = NOTICE_SMS,
        .others = { NOTICE_EMAIL, NOTICE_WECHAT },
        .other_count = 2,
        .template = "t",
        .locale = "en",
        .urgency = NOTICE_NORMAL,
        .facts = "{}",
        .gateway = "second",
        .state = MESSAGE_SENDING,
        .code = "smtp 550",
        .attempts = 4,
        .expires_us = NOW + HOUR,
    };
}

static struct message follow(const struct message *before, enum notice_channel channel, int64_t now_us)
{
    return delivery_follow_up(&arena, &settings, &shanghai, before, channel, now_us);
}

Test(follow_up, is_a_message_of_its_own_about_the_same)
{
    struct message first = message(), next = follow(&first, NOTICE_EMAIL, NOW);

    cr_assert_not(uuid_eq(&first.id, &next.id));
    cr_assert_eq(next.channel, NOTICE_EMAIL);
    cr_assert_str_eq(next.gateway, "mail");
    cr_assert_str_eq(next.recipient, "E1");
    cr_assert_str_eq(next.template, "t");
    cr_assert_str_eq(next.locale, "en");
    cr_assert_eq(next.version, 2);
    cr_assert_eq(next.attempts, 0);
    cr_assert_str_eq(next.code, "");
    cr_assert_eq(next.state, MESSAGE_QUEUED);
    cr_assert_eq(next.held, HELD_NOT);
    cr_assert_eq(next.next_us, NOW);
    cr_assert_eq(next.expires_us, first.expires_us, "it does not live longer for that");
}

Test(follow_up, has_the_channels_that_are_left)
{
    struct message first = message(), next = follow(&first, NOTICE_EMAIL, NOW);

    cr_assert_eq(next.other_count, 1);
    cr_assert_eq(next.others[0], NOTICE_WECHAT);
    gateways[SMS_FIRST].kind = gateway_kind("file");
    next = follow(&first, NOTICE_WECHAT, NOW);
    cr_assert_eq(next.other_count, 0, "never back to one that was passed over");
}

Test(follow_up, is_the_same_one_however_often_it_is_asked_for)
{
    struct message first = message(), one = follow(&first, NOTICE_EMAIL, NOW), two;

    two = follow(&first, NOTICE_EMAIL, NOW + HOUR);
    cr_assert(uuid_eq(&one.id, &two.id));
}

Test(follow_up, keeps_the_quiet_hours_of_its_channel)
{
    struct message first = message(), next;
    int64_t night = NOW + 13 * HOUR;

    next = follow(&first, NOTICE_EMAIL, night);
    cr_assert_eq(next.state, MESSAGE_QUEUED, "a mail wakes nobody");
    first.channel = NOTICE_EMAIL;
    first.others[0] = NOTICE_SMS;
    next = follow(&first, NOTICE_SMS, night);
    cr_assert_eq(next.state, MESSAGE_HELD);
    cr_assert_eq(next.held, HELD_QUIET);
    cr_assert_eq(next.next_us, NOW + 22 * HOUR);
    first.urgency = NOTICE_URGENT;
    next = follow(&first, NOTICE_SMS, night);
    cr_assert_eq(next.state, MESSAGE_QUEUED);
}

/* ---- what is meant for one gateway, and gateways that are gone ---- */

Test(delivery, what_is_for_one_group_never_goes_to_another)
{
    static const enum answer_class refused[] = { ANSWER_PERMANENT, ANSWER_TEMPLATE, ANSWER_CREDIT, ANSWER_REFUSED };

    m.fixed = true;
    m.other_count = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        answered_after(refused[i], 0);
        cr_assert_eq(step.state, MESSAGE_FAILED);
        cr_assert_null(step.gateway);
    }
}

Test(delivery, a_groups_message_and_a_test_are_for_their_gateway_alone)
{
    struct message group = { .audience = NOTICE_TO_GROUP, .event = "registered" };
    struct message test = { .audience = NOTICE_TO_LIST, .event = "test" };
    struct message person = { .audience = NOTICE_TO_LIST, .event = "registered" };

    cr_assert(delivery_is_fixed(&group));
    cr_assert(delivery_is_fixed(&test));
    cr_assert_not(delivery_is_fixed(&person));
}

Test(delivery, what_waits_for_a_gateway_that_is_gone_goes_by_the_first_one)
{
    m.gateway = NULL;
    delivery_reroute(&settings, &m, &step);
    cr_assert_eq(step.state, MESSAGE_QUEUED);
    cr_assert_eq(step.gateway, &gateways[SMS_FIRST]);
    m.fixed = true;
    delivery_reroute(&settings, &m, &step);
    cr_assert_eq(step.state, MESSAGE_FAILED, "nobody else is meant");
    cr_assert_eq(step.go_on, NOTICE_EMAIL);
}
