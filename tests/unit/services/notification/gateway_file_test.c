#include "gateway_fixture.h"

static void start(void)
{
    fixture_open("file");
    set("path", "/tmp/out box.jsonl");
}

TestSuite(gateway_file, .init = start, .fini = fixture_close);

Test(gateway_file, a_message_is_one_line)
{
    f.o.text = "a\nb";
    built();
    cr_assert_str_eq(f.t.url, "file:///tmp/out%20box.jsonl");
    cr_assert(f.t.append);
    cr_assert_str_eq(f.t.body, "{\"id\":\"" OUR_ID "\",\"time\":\"2025-11-26T10:30:00Z\",\"channel\":\"sms\","
                               "\"to\":\"+8613800138000\",\"template\":\"registered\",\"locale\":\"zh-CN\","
                               "\"subject\":\"\",\"text\":\"a\\nb\"}\n");
    cr_assert_eq(f.t.body_len, strlen(f.t.body));
}

Test(gateway_file, a_path_begins_at_the_root)
{
    set("path", "out.jsonl");
    cr_assert_eq(build(), 1);
}

Test(gateway_file, what_is_written_is_accepted)
{
    cr_assert_eq(class_of(0, ""), ANSWER_ACCEPTED);
    cr_assert_str_eq(f.answer.code, "written");
}
