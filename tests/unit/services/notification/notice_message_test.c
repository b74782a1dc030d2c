/* A message has one id for ever, and a lane in which messages keep their order. */
#include "services/notification/message.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

/* Whatever of these five differs, it is another message. */
struct origin {
    char tenant[16], key[32], route[24], recipient[16];
    enum notice_channel channel;
};

static struct uuid id_of(const struct origin *o)
{
    return message_id(o->tenant, o->key, o->route, o->recipient, o->channel);
}

static void scribble(char *out, size_t size, unsigned short seed[3])
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyz0123456789:/-_.";
    size_t len = 1 + (size_t)nrand48(seed) % (size - 1);

    for (size_t i = 0; i < len; i++)
        out[i] = signs[(size_t)nrand48(seed) % (sizeof signs - 1)];
    out[len] = '\0';
}

static struct origin any(unsigned short seed[3])
{
    struct origin o;

    memset(&o, 0, sizeof o);
    scribble(o.tenant, sizeof o.tenant, seed);
    scribble(o.key, sizeof o.key, seed);
    scribble(o.route, sizeof o.route, seed);
    scribble(o.recipient, sizeof o.recipient, seed);
    o.channel = (enum notice_channel)(1 + nrand48(seed) % NOTICE_CHANNELS);
    return o;
}

Test(notice_message, the_same_event_route_recipient_and_channel_have_one_id_for_ever)
{
    char text[UUID_TEXT_SIZE];
    struct uuid id = message_id("demo", "c:1", "registered_complainant", "", NOTICE_SMS);

    /* written down: another release must not give another one, or everybody is told again */
    uuid_format(&id, text);
    cr_assert_str_eq(text, "8a137f52-c68d-8ac6-9198-3a3bfdc8937b");
}

Test(notice_message, the_id_is_a_uuid_of_our_own_making)
{
    unsigned short seed[3] = { 9, 5, 6 };

    for (int i = 0; i < 500; i++) {
        struct origin o = any(seed);
        struct uuid id = id_of(&o);

        cr_assert_eq(id.bytes[6] >> 4, 8, "version 8");
        cr_assert_eq(id.bytes[8] >> 6, 2, "variant of RFC 9562");
    }
}

Test(notice_message, whatever_part_differs_the_id_differs)
{
    unsigned short seed[3] = { 2, 7, 1 };

    for (int i = 0; i < 3000; i++) {
        struct origin one = any(seed), other = one, fresh = any(seed);
        struct uuid a, b;

        switch (i % 5) {
        case 0:
            memcpy(other.tenant, fresh.tenant, sizeof other.tenant);
            break;
        case 1:
            memcpy(other.key, fresh.key, sizeof other.key);
            break;
        case 2:
            memcpy(other.route, fresh.route, sizeof other.route);
            break;
        case 3:
            memcpy(other.recipient, fresh.recipient, sizeof other.recipient);
            break;
        default:
            other.channel = fresh.channel;
            break;
        }
        a = id_of(&one);
        b = id_of(&other);
        cr_assert_eq(uuid_eq(&a, &b), memcmp(&one, &other, sizeof one) == 0, "part %d", i % 5);
    }
}

Test(notice_message, what_moves_from_one_part_to_the_next_is_another_message)
{
    struct uuid one = message_id("demo", "c:1", "ab", "c", NOTICE_SMS);
    struct uuid two = message_id("demo", "c:1", "a", "bc", NOTICE_SMS);
    struct uuid three = message_id("demo", "c:1", "abc", "", NOTICE_SMS);

    cr_assert_not(uuid_eq(&one, &two));
    cr_assert_not(uuid_eq(&one, &three));
    cr_assert_not(uuid_eq(&two, &three));
}

/* ---- lanes ---- */

static struct message to(const char *recipient, enum notice_audience audience, enum notice_channel channel)
{
    struct message m = {
        .tenant = "demo", .recipient = recipient, .audience = audience, .channel = channel, .gateway = "first"
    };

    m.complaint.bytes[0] = 1;
    return m;
}

static bool same_lane(const struct message *a, const struct message *b)
{
    return message_lane(a) == message_lane(b);
}

Test(notice_message, one_person_one_case_and_one_channel_are_one_lane)
{
    struct message one = to("E1", NOTICE_TO_HANDLER, NOTICE_SMS), two = to("E1", NOTICE_TO_RECEIVERS, NOTICE_SMS);

    one.event = "assigned";
    two.event = "sla.warning";
    cr_assert(same_lane(&one, &two), "in whichever capacity he is told");
}

Test(notice_message, another_person_case_or_channel_is_another_lane)
{
    struct message one = to("E1", NOTICE_TO_HANDLER, NOTICE_SMS), two = one;

    two.recipient = "E2";
    cr_assert_not(same_lane(&one, &two));
    two = one;
    two.channel = NOTICE_EMAIL;
    cr_assert_not(same_lane(&one, &two));
    two = one;
    two.complaint.bytes[15] = 1;
    cr_assert_not(same_lane(&one, &two));
}

Test(notice_message, who_has_no_staff_id_has_a_lane_by_what_he_is)
{
    struct message complainant = to("", NOTICE_TO_COMPLAINANT, NOTICE_SMS);
    struct message again = to("", NOTICE_TO_COMPLAINANT, NOTICE_SMS);
    struct message group = to("", NOTICE_TO_GROUP, NOTICE_SMS);

    cr_assert(same_lane(&complainant, &again));
    cr_assert_not(same_lane(&complainant, &group));
}

Test(notice_message, tenants_do_not_wait_for_each_other)
{
    struct message one = to("E1", NOTICE_TO_HANDLER, NOTICE_SMS), two = one;

    two.tenant = "another";
    cr_assert_not(same_lane(&one, &two), "a digest is about no case, and staff ids are the tenant's own");
}

Test(notice_message, groups_do_not_wait_for_each_others_gateway)
{
    struct message one = to("", NOTICE_TO_GROUP, NOTICE_GROUP), two = one;

    two.gateway = "second";
    cr_assert_not(same_lane(&one, &two));
}
