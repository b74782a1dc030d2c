/* timeout: 300
 * Whatever arrives on the topic: nothing stops, nothing else is lost, the reason is told, memory stays flat. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/kafka/producer.h"
#include "tests/support/suite.h"

#define COMPLAINTS "SELECT count(*) FROM intake.complaint"
#define READ       "SELECT coalesce(sum(next_offset), 0)::int8 FROM intake.consumer"
#define DEAD(why)  "SELECT count(*) FROM intake.dead_letter WHERE reason = '" why "'"
#define REJECTED   "SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"

struct desk {
    struct suite *suite;
    struct kafka_producer *producer;
    pid_t intake;
    int sent, good;
    char received_at[RFC3339_SIZE];
};

static struct desk desk_open(const char *name)
{
    struct desk d = { .suite = suite_new(name) };
    struct kafka_options o = suite_kafka(d.suite);
    struct kafka_producer_spec spec = { .timeout_ms = 20000, .max_record_bytes = 16 << 20 };
    const char *given = getenv("ASAN_OPTIONS");
    char asan[1000];

    /* What the sanitizer keeps of freed memory (256 MB) is no growth of the daemon's. */
    snprintf(asan, sizeof asan, "%s%squarantine_size_mb=16", given ? given : "", given && *given ? ":" : "");
    setenv("ASAN_OPTIONS", asan, 1);
    rfc3339_format(clock_wall_us() / 1000000 * 1000000, d.received_at);
    suite_execute(d.suite, "UPDATE journal.cursor SET epoch = journal.current_epoch()"); /* the relay's work */
    suite_apply_tenant(d.suite);
    cr_assert_eq(kafka_producer_new(&o, &spec, &d.producer), 0, "%s", err_text());
    d.intake = suite_start(d.suite, "intake", "1", NULL);
    cr_assert(suite_wait_ready(d.suite, d.intake, 40));
    return d;
}

static void desk_close(struct desk *d)
{
    cr_expect(suite_alive(d->suite, d->intake), "intake ended");
    kafka_producer_free(d->producer);
    suite_free(d->suite);
}

static void send_bytes(struct desk *d, const void *value, size_t len)
{
    struct kafka_message m = {
        .topic = TOPIC_SUBMISSIONS, .partition = d->sent % 4, .key = "k", .key_len = 1, .value = value, .value_len = len
    };
    int r;

    while ((r = kafka_produce(d->producer, &m)) == ERR_RETRY)
        kafka_producer_poll(d->producer, 10);
    cr_assert_eq(r, 0, "%s", err_text());
    d->sent++;
}

static void send_good(struct desk *d)
{
    char json[1024];
    int n =
        snprintf(json, sizeof json,
                 "{\"tenant\":\"demo\",\"source\":\"test\",\"sourceEventId\":\"g-%d\",\"channel\":\"CHANNEL_WEBSITE\","
                 "\"receivedAt\":\"%s\",\"projectCode\":\"YHHY\",\"complainant\":{\"name\":\"测试\","
                 "\"phone\":\"13900001234\"},\"description\":\"卫生间顶部渗水，第%d次报修\"}",
                 d->good, d->received_at, d->good);

    d->good++;
    send_bytes(d, json, (size_t)n);
}

/* Everything read, and all that was good registered. */
static void expect_done(struct desk *d)
{
    cr_assert_eq(kafka_producer_flush(d->producer, 60000), 0, "%s", err_text());
    cr_assert(suite_wait_number(d->suite, READ, d->sent, 90));
    cr_expect_eq(suite_number(d->suite, COMPLAINTS), d->good);
}

static int64_t resident_kb(pid_t pid)
{
    char path[64], line[256];
    long kb = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    f = fopen(path, "r");
    cr_assert_not_null(f);
    while (fgets(line, sizeof line, f))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    fclose(f);
    return kb;
}

Test(bad_input, ten_thousand_records_of_random_bytes)
{
    struct desk d = desk_open("random");
    unsigned seed = (unsigned)clock_wall_us();
    unsigned char bytes[512];
    int64_t before, after;

    fprintf(stderr, "seed %u\n", seed);
    send_good(&d);
    expect_done(&d);
    before = resident_kb(d.intake);
    for (int i = 0; i < 10000; i++) {
        size_t len = (size_t)rand_r(&seed) % sizeof bytes + 1;

        for (size_t k = 0; k < len; k++)
            bytes[k] = (unsigned char)rand_r(&seed);
        send_bytes(&d, bytes, len);
        if (i % 100 == 0)
            send_good(&d);
    }
    expect_done(&d);
    after = resident_kb(d.intake);
    /* each has a dead letter, or was readable by chance and rejected or without a reference */
    cr_expect_eq(suite_number(d.suite, "SELECT (SELECT count(*) FROM intake.dead_letter) + (SELECT count(*) FROM"
                                       " journal.entry WHERE topic = 'redress.outcomes.v1')"),
                 d.sent);
    cr_expect_lt(after - before, 100 << 10, "memory grew from %lld to %lld kB", (long long)before, (long long)after);
    desk_close(&d);
}

/* A field of wire type 2. */
static size_t put_field(unsigned char *at, unsigned field, size_t len)
{
    size_t n = 0;

    at[n++] = (unsigned char)(field << 3 | 2);
    for (; len >= 128; len >>= 7)
        at[n++] = (unsigned char)(len | 128);
    at[n++] = (unsigned char)len;
    return n;
}

Test(bad_input, bombs_cost_only_themselves)
{
    struct desk d = desk_open("bombs");
    size_t large = (size_t)10 << 20, unknown = (size_t)200 << 10, depth = 20000;
    unsigned char *bytes = calloc(large, 1);
    int64_t before;
    size_t len = 0;

    cr_assert_not_null(bytes);
    send_good(&d);
    expect_done(&d);
    before = resident_kb(d.intake);
    for (int i = 0; i < 5; i++)
        send_bytes(&d, bytes, large);  /* 10 MB */
    for (size_t i = 0; i < depth; i++) /* a complainant within a complainant within ... */
        len += put_field(bytes + len, 10, 2);
    send_bytes(&d, bytes, len);
    for (len = 0; len < unknown;) /* nothing but fields that nobody knows */
        len += put_field(bytes + len, 15, 0);
    send_bytes(&d, bytes, len);
    memset(bytes, '[', 100000);
    send_bytes(&d, "{\"complainant\":", 15);
    bytes[0] = '{';
    send_bytes(&d, bytes, 100000);
    send_bytes(&d, "", 0);
    for (int i = 0; i < 1000; i++)
        send_good(&d);
    expect_done(&d);
    cr_expect_eq(suite_number(d.suite, DEAD("too_large") " AND size = 10485760"), 5);
    cr_expect_eq(suite_number(d.suite, DEAD("empty")), 1);
    cr_expect_eq(suite_number(d.suite, "SELECT count(*) FROM intake.dead_letter"), 10);
    cr_expect_lt(resident_kb(d.intake) - before, 150 << 10);
    free(bytes);
    desk_close(&d);
}

Test(bad_input, one_broken_record_in_a_thousand)
{
    struct desk d = desk_open("thousand");

    for (int i = 0; i < 999; i++) {
        if (i == 400)
            send_bytes(&d, "{\"tenant\":\"demo\",\"source\":\"test\",\"sourceEventId\":\"b\",\"descriptio\":\"x\"}",
                       70);
        send_good(&d);
    }
    expect_done(&d);
    cr_expect_eq(suite_number(d.suite, DEAD("unknown_field")), 1);
    cr_expect_eq(suite_number(d.suite, REJECTED " AND key <> 'x'"), 999);
    desk_close(&d);
}

Test(bad_input, another_tenants_name_is_rejected)
{
    struct desk d = desk_open("tenant");
    const char *json = "{\"tenant\":\"other\",\"source\":\"test\",\"sourceEventId\":\"t\"}";

    send_bytes(&d, json, strlen(json));
    send_good(&d);
    expect_done(&d);
    cr_expect_eq(suite_number(d.suite, REJECTED), 2);
    cr_expect_eq(suite_number(d.suite, "SELECT count(*) FROM intake.complaint WHERE tenant_id <> 'demo'"), 0);
    desk_close(&d);
}
