#include "services/notification/json_body.h"

#include <criterion/criterion.h>
#include <string.h>

#include "common/base/cleanup.h"

static struct arena a;

static void start(void)
{
    arena_init(&a, 0);
}

static void stop(void)
{
    arena_done(&a);
}

TestSuite(json_body, .init = start, .fini = stop);

static const char text[] =
    "{\"s\":\"x\",\"n\":42,\"t\":true,\"q\":\"7\",\"list\":[{\"id\":\"first\"},{\"id\":\"second\"}]}";

Test(json_body, members_are_read_as_text)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(text, strlen(text));

    cr_assert_str_eq(json_body_text(&a, root, "s"), "x");
    cr_assert_str_eq(json_body_text(&a, root, "n"), "42");
    cr_assert_str_eq(json_body_text(&a, root, "t"), "true");
    cr_assert_str_eq(json_body_text(&a, root, "list"), "");
    cr_assert_str_eq(json_body_text(&a, root, "nothing"), "");
    cr_assert_str_eq(json_body_text(&a, NULL, "s"), "");
}

Test(json_body, numbers_may_stand_in_quotes)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(text, strlen(text));

    cr_assert_eq(json_body_int(root, "n"), 42);
    cr_assert_eq(json_body_int(root, "q"), 7);
    cr_assert_eq(json_body_int(root, "s"), 0);
    cr_assert_eq(json_body_int(NULL, "n"), 0);
}

Test(json_body, a_pointer_leads_through_objects_and_lists)
{
    _cleanup_(json_body_freep) json_t *root = json_body_parse(text, strlen(text));

    cr_assert_str_eq(json_body_value(&a, json_body_at(root, "/list/1/id")), "second");
    cr_assert_eq(json_body_at(root, ""), root);
    cr_assert_null(json_body_at(root, "/list/2/id"));
    cr_assert_null(json_body_at(root, "/list/x"));
    cr_assert_null(json_body_at(root, "/s/x"));
    cr_assert_null(json_body_at(root, "list"));
    cr_assert_null(json_body_at(NULL, "/list"));
}

Test(json_body, what_is_no_json_is_nothing)
{
    cr_assert_null(json_body_parse("{", 1));
    cr_assert_null(json_body_parse("", 0));
    cr_assert_null(json_body_parse(NULL, 0));
    cr_assert_null(json_body_parse("{\"a\":\"\xff\"}", 9));
}
