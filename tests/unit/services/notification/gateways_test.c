#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("aliyun");
}

TestSuite(gateways, .init = start, .fini = fixture_close);

Test(gateways, every_kind_is_found_by_its_name_and_is_whole)
{
    for (size_t i = 0; gateway_kinds[i]; i++) {
        const struct gateway_kind *k = gateway_kinds[i];

        cr_assert_eq(gateway_kind(k->name), k);
        cr_assert_neq(k->channels, 0, "%s", k->name);
        cr_assert_str_neq(k->help, "");
        cr_assert(k->build && k->read, "%s", k->name);
        cr_assert_eq(!k->build_query, !k->read_query, "%s", k->name);
        cr_assert_null(k->settings[GATEWAY_SETTINGS_MAX - 1].key, "%s", k->name);
    }
    cr_assert_null(gateway_kind("pigeon"));
}

Test(gateways, every_setting_is_explained_and_named_once)
{
    for (size_t i = 0; gateway_kinds[i]; i++)
        for (const struct gateway_setting *s = gateway_kinds[i]->settings; s->key; s++) {
            cr_assert_str_neq(s->help, "");
            cr_assert_not(s->required && s->fallback, "%s", s->key);
            for (const struct gateway_setting *o = gateway_kinds[i]->settings; o < s; o++)
                cr_assert_str_neq(o->key, s->key);
        }
}

Test(gateways, a_setting_is_the_files_or_the_kinds)
{
    cr_assert_str_eq(gateway_setting(&f.g, "endpoint"), "https://dysmsapi.aliyuncs.com");
    set("endpoint", "https://other.example.com");
    cr_assert_str_eq(gateway_setting(&f.g, "endpoint"), "https://other.example.com");
    cr_assert_str_eq(gateway_setting(&f.g, "access_key_secret"), "");
    cr_assert_str_eq(gateway_setting(&f.g, "no_such"), "");
}

Test(gateways, the_language_of_a_template_goes_before_every_one)
{
    cr_assert_str_eq(gateway_template_of(&f.g, "registered", "en")->id, "SMS_2");
    cr_assert_str_eq(gateway_template_of(&f.g, "registered", "zh-CN")->id, "SMS_1");
    cr_assert_null(gateway_template_of(&f.g, "unknown", "en"));
    cr_assert_str_eq(gateway_param(gateway_template_of(&f.g, "registered", "en"), "date"), "day");
    cr_assert_str_eq(gateway_param(gateway_template_of(&f.g, "registered", "en"), "number"), "number");
}

Test(gateways, a_row_of_a_table_may_stand_for_all_that_begin_so)
{
    static const struct answer_code codes[] = { { "A.b", ANSWER_CREDIT },
                                                { "A*", ANSWER_REFUSED },
                                                { "", ANSWER_PERMANENT } };

    cr_assert_eq(answer_class_of(codes, "A.b"), ANSWER_CREDIT);
    cr_assert_eq(answer_class_of(codes, "A.c"), ANSWER_REFUSED);
    cr_assert_eq(answer_class_of(codes, "B"), ANSWER_PERMANENT);
    cr_assert_eq(answer_class_of(codes, ""), ANSWER_PERMANENT);
}

Test(gateways, what_never_arrived_may_be_tried_again_and_what_nobody_answered_is_unknown)
{
    f.t = (struct transfer){ .end = TRANSFER_NOT_SENT, .timed_out = true };
    answer_of(&f.g, &f.t, &f.a, &f.answer);
    cr_assert_eq(f.answer.class, ANSWER_RETRY);
    cr_assert_str_eq(f.answer.code, "no connection");
    f.t.end = TRANSFER_UNKNOWN;
    answer_of(&f.g, &f.t, &f.a, &f.answer);
    cr_assert_eq(f.answer.class, ANSWER_UNKNOWN);
    cr_assert_str_eq(f.answer.code, "timeout");
    f.t.timed_out = false;
    answer_of(&f.g, &f.t, &f.a, &f.answer);
    cr_assert_str_eq(f.answer.code, "no answer");
    cr_assert_str_eq(f.answer.request_id, "");
}

Test(gateways, what_a_status_means)
{
    static const struct {
        long status;
        int64_t retry_after_ms;
        enum answer_class class;
    } all[] = {
        { 200, 0, ANSWER_ACCEPTED },   { 204, 0, ANSWER_ACCEPTED },  { 301, 0, ANSWER_REFUSED },
        { 400, 0, ANSWER_PERMANENT },  { 401, 0, ANSWER_REFUSED },   { 403, 0, ANSWER_REFUSED },
        { 408, 0, ANSWER_THROTTLED },  { 425, 0, ANSWER_THROTTLED }, { 429, 0, ANSWER_THROTTLED },
        { 500, 0, ANSWER_UNKNOWN },    { 503, 0, ANSWER_UNKNOWN },   { 503, 7000, ANSWER_THROTTLED },
        { 504, 7000, ANSWER_UNKNOWN }, { 0, 0, ANSWER_UNKNOWN },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        struct transfer t = { .status = all[i].status, .retry_after_ms = all[i].retry_after_ms };

        cr_assert_eq(answer_class_of_status(&t), all[i].class, "%ld", all[i].status);
    }
}

Test(gateways, retry_after_comes_through_and_a_status_is_the_code_where_there_is_no_other)
{
    f.t.retry_after_ms = 7000;
    answered(503, "");
    cr_assert_eq(f.answer.class, ANSWER_THROTTLED);
    cr_assert_eq(f.answer.retry_after_ms, 7000);
    cr_assert_str_eq(f.answer.code, "http 503");
}
