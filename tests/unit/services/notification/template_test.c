/* Templates: what they look like, and what becomes of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "redress/v1/command.pb-c.h"
#include "services/dispatch/lifecycle.h"
#include "services/notification/notice_event.h"
#include "services/notification/template.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(template, .init = set_up, .fini = tear_down);

static struct notice_fact known[] = {
    { "number", "YHHY-20261126-00042" },
    { "project", "云湖花园" },
    { "amount", "" },
    { "why", "第一行\r\n<b>\"第二行\"</b> & 'x'" },
    { "text.result", "换了\t水管" },
};
static const struct notice_facts facts = { .items = known, .count = sizeof known / sizeof *known };

static const char *render(const char *text, enum template_form form)
{
    struct strbuf b;
    const char *missing = "";

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "");
    cr_assert_null(template_check(&arena, text, NULL, NULL));
    cr_assert_eq(template_render(&b, text, &facts, form, &missing), 0, "%s", missing);
    return b.data;
}

static const char *html(const char *text)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    template_html_from_text(&b, text);
    return render(b.data, TEMPLATE_HTML);
}

Test(template, values_stand_where_their_names_were)
{
    cr_assert_str_eq(render("编号{{number}}（{{project}}）。", TEMPLATE_PLAIN),
                     "编号YHHY-20261126-00042（云湖花园）。");
    cr_assert_str_eq(render("{{number}}{{number}}", TEMPLATE_PLAIN), "YHHY-20261126-00042YHHY-20261126-00042");
    cr_assert_str_eq(render("", TEMPLATE_PLAIN), "");
    cr_assert_str_eq(render("one { brace }", TEMPLATE_PLAIN), "one { brace }");
}

Test(template, a_section_without_a_value_is_left_out)
{
    cr_assert_str_eq(render("a{{#amount}}：{{amount}}元{{/amount}}b", TEMPLATE_PLAIN), "ab");
    cr_assert_str_eq(render("a{{#project}}：{{project}}{{/project}}b", TEMPLATE_PLAIN), "a：云湖花园b");
}

Test(template, a_section_within_one_that_is_left_out_is_left_out_too)
{
    cr_assert_str_eq(render("a{{#amount}}b{{#project}}c{{/project}}d{{/amount}}e", TEMPLATE_PLAIN), "ae");
    cr_assert_str_eq(render("a{{#project}}b{{#amount}}c{{/amount}}d{{/project}}e", TEMPLATE_PLAIN), "abde");
}

Test(template, a_section_on_lines_of_its_own_leaves_no_empty_lines)
{
    cr_assert_str_eq(render("a\n{{#amount}}\nb\n{{/amount}}\nc", TEMPLATE_PLAIN), "a\nc");
    cr_assert_str_eq(render("a\n{{#project}}\nb\n{{/project}}\nc", TEMPLATE_PLAIN), "a\nb\nc");
    cr_assert_str_eq(render("a {{#project}}\nb{{/project}}\nc", TEMPLATE_PLAIN), "a \nb\nc");
}

Test(template, a_text_ends_without_line_breaks_whatever_was_left_out)
{
    cr_assert_str_eq(render("a\n\n{{#amount}}\nb\n{{/amount}}", TEMPLATE_PLAIN), "a");
    cr_assert_str_eq(render("a\n{{#project}}\nb\n{{/project}}", TEMPLATE_PLAIN), "a\nb");
}

Test(template, what_is_missing_is_named_and_nothing_is_written)
{
    struct strbuf b;
    const char *missing = NULL;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "before");
    cr_assert_eq(template_render(&b, "{{number}} {{nobody}}", &facts, TEMPLATE_PLAIN, &missing), 1);
    cr_assert_str_eq(missing, "nobody");
    cr_assert_str_eq(b.data, "before");
}

Test(template, a_name_in_a_section_that_is_left_out_must_be_known_all_the_same)
{
    struct strbuf b;
    const char *missing = NULL;

    strbuf_init(&b, &arena);
    cr_assert_eq(template_render(&b, "{{#amount}}{{nobody}}{{/amount}}", &facts, TEMPLATE_PLAIN, &missing), 1);
    cr_assert_str_eq(missing, "nobody");
}

Test(template, a_value_is_never_taken_for_a_template)
{
    struct notice_fact items[] = { { "a", "{{number}}" } };
    struct notice_facts own = { .items = items, .count = 1 };
    struct strbuf b;
    const char *missing = "";

    strbuf_init(&b, &arena);
    cr_assert_eq(template_render(&b, "{{a}}", &own, TEMPLATE_PLAIN, &missing), 0);
    cr_assert_str_eq(b.data, "{{number}}");
}

Test(template, values_are_escaped_in_html_and_the_rest_is_not)
{
    cr_assert_str_eq(render("<p>{{why}}</p>", TEMPLATE_HTML),
                     "<p>第一行<br>&lt;b&gt;&quot;第二行&quot;&lt;/b&gt; &amp; &#39;x&#39;</p>");
}

Test(template, values_bring_no_line_breaks_or_controls_into_a_line)
{
    struct notice_fact items[] = { { "a", "x\r\nBcc: y\t\x01\x7f\xC2\x85z" } };
    struct notice_facts own = { .items = items, .count = 1 };
    struct strbuf b;
    const char *missing = "";

    strbuf_init(&b, &arena);
    cr_assert_eq(template_render(&b, "{{a}}", &own, TEMPLATE_LINE, &missing), 0);
    cr_assert_str_eq(b.data, "x Bcc: y z");
}

Test(template, plain_text_keeps_values_as_they_are)
{
    cr_assert_str_eq(render("{{text.result}}", TEMPLATE_PLAIN), "换了\t水管");
}

Test(template, html_comes_of_text_by_paragraphs_and_lines)
{
    cr_assert_str_eq(html("您好：\n\n编号 <{{number}}>\n项目 {{project}}"),
                     "<p>您好：</p>\n<p>编号 &lt;YHHY-20261126-00042&gt;<br>\n项目 云湖花园</p>");
}

Test(template, html_of_a_text_keeps_its_sections)
{
    cr_assert_str_eq(html("a\n{{#amount}}\nb\n{{/amount}}\nc"), "<p>a<br>\nc</p>");
    cr_assert_str_eq(html("a\n\n{{#project}}\nb\n\nc\n{{/project}}\nd"), "<p>a</p>\n<p>b</p>\n<p>c<br>\nd</p>");
    cr_assert_str_eq(html("a{{#amount}}b\n\nc{{/amount}}d"), "<p>ad</p>");
}

/* ---- template_check ---- */

Test(template, names_are_listed_once_in_the_order_in_which_they_first_stand)
{
    const char *const *vars;
    size_t count = 0;

    cr_assert_null(template_check(&arena, "{{b}}{{#a}}{{b}}{{c_1.d}}{{/a}}{{a}}", &vars, &count));
    cr_assert_eq(count, 3);
    cr_assert_str_eq(vars[0], "b");
    cr_assert_str_eq(vars[1], "a");
    cr_assert_str_eq(vars[2], "c_1.d");
}

static const struct {
    const char *text, *words;
} malformed[] = {
    { "a {{number", "found \"{{number\"" },
    { "a {{ number }}", "found \"{{ number }}\"" },
    { "a {{Number}}", "small letters" },
    { "a {{}}", "found \"{{}}\"" },
    { "a {{#}}", "found \"{{#}}\"" },
    { "a {{^number}}", "found \"{{^number}}\"" },
    { "a {{number} b", "found \"{{number} b\"" },
    { "a }} b", "found \"}} b\"" },
    { "a {{编号}}", "found \"{{编号}}\"" },
    { "{{aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa}}", "at most 48" },
    { "{{#a}}b", "found no {{/a}} for {{#a}}" },
    { "b{{/a}}", "no {{#a}} before it" },
    { "{{#a}}{{#b}}{{/a}}{{/b}}", "found {{/a}} where {{/b}} has to come first" },
    { "{{#a}}{{#a}}{{/a}}{{/a}}", "within itself" },
    { "{{#a}}{{#b}}{{#c}}{{#d}}{{#e}}{{/e}}{{/d}}{{/c}}{{/b}}{{/a}}", "5 deep" },
};

Test(template, what_is_malformed_is_told)
{
    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        const char *wrong = template_check(&arena, malformed[i].text, NULL, NULL);

        cr_assert(wrong && strstr(wrong, malformed[i].words), "%s: %s", malformed[i].text, wrong ? wrong : "nothing");
    }
}

Test(template, too_many_names_are_too_many)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (int i = 0; i < 50; i++)
        strbuf_printf(&b, "{{n%d}}", i);
    cr_assert_null(template_check(&arena, b.data, NULL, NULL));
    strbuf_adds(&b, "{{one_more}}");
    cr_assert_not_null(strstr(template_check(&arena, b.data, NULL, NULL), "more than 50 names"));
}

/* ---- template_sms_parts ---- */

static const char *times(const char *piece, int count)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "");
    for (int i = 0; i < count; i++)
        strbuf_adds(&b, piece);
    return b.data;
}

Test(template, seventy_chinese_characters_are_one_part_and_then_sixty_seven_each)
{
    cr_assert_eq(template_sms_parts(times("房", 70)), 1);
    cr_assert_eq(template_sms_parts(times("房", 71)), 2);
    cr_assert_eq(template_sms_parts(times("房", 134)), 2);
    cr_assert_eq(template_sms_parts(times("房", 135)), 3);
}

Test(template, one_chinese_character_makes_the_whole_text_chinese)
{
    cr_assert_eq(template_sms_parts(times("a", 160)), 1);
    cr_assert_eq(template_sms_parts(times("a", 161)), 2);
    cr_assert_eq(template_sms_parts(times("a", 306)), 2);
    cr_assert_eq(template_sms_parts(times("a", 307)), 3);
    cr_assert_eq(template_sms_parts(arena_printf(&arena, "房%s", times("a", 70))), 2);
}

Test(template, characters_beyond_the_first_plane_and_behind_the_escape_count_twice)
{
    cr_assert_eq(template_sms_parts(times("😀", 35)), 1);
    cr_assert_eq(template_sms_parts(times("😀", 36)), 2);
    cr_assert_eq(template_sms_parts(times("€", 80)), 1);
    cr_assert_eq(template_sms_parts(times("€", 81)), 2);
    cr_assert_eq(template_sms_parts(times("é", 160)), 1);
    cr_assert_eq(template_sms_parts(times("`", 71)), 2);
    cr_assert_eq(template_sms_parts(""), 1);
}

/* ---- facts ---- */

static bool among(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

Test(template, an_event_has_its_own_fields_and_what_all_have)
{
    const char *const *names = template_names(&arena, "plan_proposed");

    cr_assert(among(names, "number") && among(names, "project") && among(names, "name"));
    cr_assert(among(names, "deadline") && among(names, "amount") && among(names, "text.measures"));
    cr_assert(!among(names, "amount_fen") && !among(names, "steps") && !among(names, "due") &&
              !among(names, "text.result"));
}

Test(template, a_clock_has_its_due_time_and_no_words_that_were_written)
{
    const char *const *names = template_names(&arena, "sla.breached");

    cr_assert(among(names, "clock") && among(names, "due") && among(names, "late") && among(names, "number"));
    cr_assert(!among(names, "point") && !among(names, "text.why"));
}

/* The text fields of the commands that an event comes of: the lifecycle says which these are. */
static const struct {
    const char *command, *event;
} commands[] = {
#define C(id, member, chinese, event, needs) { member, event },
    CASE_COMMANDS(C)
#undef C
        { "contact", "contact_attempted" },
};

static bool comes_with(const char *event, const char *field)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        const ProtobufCFieldDescriptor *f =
            protobuf_c_message_descriptor_get_field_by_name(&redress__v1__command__descriptor, commands[i].command);

        if (f && strcmp(commands[i].event, event) == 0 &&
            protobuf_c_message_descriptor_get_field_by_name(f->descriptor, field))
            return true;
    }
    return false;
}

Test(template, what_was_written_is_a_field_of_a_command_that_brings_the_event)
{
    size_t seen = 0;

    for (const char *const *event = notice_events(&arena); *event; event++)
        for (const char *const *name = template_names(&arena, *event); *name; name++)
            if (strncmp(*name, "text.", 5) == 0) {
                cr_expect(comes_with(*event, *name + 5), "%s: %s", *event, *name);
                seen++;
            }
    cr_assert_gt(seen, 30);
}

Test(template, keys_and_digests_are_no_facts)
{
    const char *const *names = template_names(&arena, "registered");

    cr_assert(among(names, "phone_masked") && among(names, "received_at"));
    cr_assert(!among(names, "home_key") && !among(names, "complainant_key") && !among(names, "demand_sha256"));
}

Test(template, a_value_is_cut_to_what_an_sms_carries)
{
    const char *cut = template_fact_cut(&arena, "project", times("园", 21));

    cr_assert_eq(utf8_count(cut, strlen(cut)), 20);
    cr_assert_str_eq(cut + 19 * strlen("园"), "…");
    cr_assert_str_eq(template_fact_cut(&arena, "project", times("园", 20)), times("园", 20));
    cr_assert_str_eq(template_fact_cut(&arena, "into_number", times("8", 24)), times("8", 24));
}

Test(template, samples_have_a_value_for_each_name_and_the_worst_are_no_shorter)
{
    struct notice_facts usual, worst;

    template_sample_facts(&arena, "", false, &usual);
    template_sample_facts(&arena, "", true, &worst);
    cr_assert_eq(usual.count, worst.count);
    cr_assert_gt(usual.count, 60);
    for (size_t i = 0; i < usual.count; i++) {
        const char *u = usual.items[i].value, *w = worst.items[i].value;

        cr_assert(*u, "%s", usual.items[i].name);
        cr_assert_geq(utf8_count(w, strlen(w)), utf8_count(u, strlen(u)), "%s", usual.items[i].name);
    }
}
