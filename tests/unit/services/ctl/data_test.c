/* What the data commands decide without a server: templates of recordings, forms of files, what is shown of bytes. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/event/words.h"
#include "redress/v1/submission.pb-c.h"
#include "services/ctl/dead_letter.h"
#include "services/ctl/exchange.h"
#include "services/ctl/recording.h"
#include "services/ctl/submissions.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(data, .init = set_up, .fini = tear_down);

static const char *resolved(const char *text)
{
    struct strbuf b;
    int64_t now;

    cr_assert(rfc3339_parse("2026-11-01T08:00:00.75Z", strlen("2026-11-01T08:00:00.75Z"), &now));
    strbuf_init(&b, &arena);
    recording_resolve(&b, text, strlen(text), now);
    return b.data ? b.data : "";
}

Test(data, templates_count_back_from_whole_seconds)
{
    cr_assert_str_eq(resolved("{{now-0s}}"), "2026-11-01T08:00:00Z");
    cr_assert_str_eq(resolved("{{now-90s}}"), "2026-11-01T07:58:30Z");
    cr_assert_str_eq(resolved("a {{now-3m}} b {{now-2h}} c"), "a 2026-11-01T07:57:00Z b 2026-11-01T06:00:00Z c");
    cr_assert_str_eq(resolved("{{now-31d}}"), "2026-10-01T08:00:00Z");
}

Test(data, what_is_no_template_stays)
{
    static const char *const texts[] = {
        "{{now}}",  "{{now-}}",  "{{now-3}}", "{{now-3w}}", "{{now-3h}",
        "{{now-3h", "{{later}}", "{",         "",           "{{now-99999999999999999999d}}"
    };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        cr_assert_str_eq(resolved(texts[i]), texts[i]);
}

static bool lines(const char *text)
{
    return submissions_are_lines(text, strlen(text));
}

Test(data, json_lines_are_told_from_one_object)
{
    cr_assert(lines("{\"a\":1}"));
    cr_assert(lines("{\"a\":1}\n\n{\"b\":2}\n"));
    cr_assert_not(lines("{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"));
    cr_assert_not(lines("{\n{}\n }"));
    cr_assert_not(lines("\n\x04"
                        "demo"));
    cr_assert_not(lines(""));
}

Test(data, unknown_text_is_shown_without_what_could_be_personal)
{
    static const char text[] = "{\"name\":\"张三\",\"phone\":\"13900000001\",\"mail\":\"li.si@example.com\"}\x01";
    const char *shown = mask_unknown(&arena, text, sizeof text - 1);

    cr_assert_eq(strlen(shown), sizeof text - 1);
    cr_assert_null(strstr(shown, "139"));
    cr_assert_null(strstr(shown, "li.si"));
    cr_assert_null(strpbrk(shown, "\xe5\x01"));
    cr_assert_not_null(strstr(shown, "\"phone\":\"***********\""));
}

static void add_part(struct strbuf *b, const char *text)
{
    unsigned char size[4] = { 0, 0, 0, (unsigned char)strlen(text) };

    strbuf_add(b, size, sizeof size);
    strbuf_adds(b, text);
}

Test(data, a_kept_record_is_opened_with_its_own_key_and_id_only)
{
    struct vault_key master, other;
    struct uuid id = uuid_new(1), another = uuid_new(2);
    char context[64] = "dead-letter:";
    struct kept_record k;
    struct strbuf b;
    void *sealed;
    size_t len;

    vault_new_key(&master);
    vault_new_key(&other);
    strbuf_init(&b, &arena);
    add_part(&b, "key");
    add_part(&b, "");
    add_part(&b, "ce_id");
    add_part(&b, "1");
    uuid_format(&id, context + strlen(context));
    sealed = vault_seal(&arena, &master, context, b.data, b.len, &len);
    cr_assert(kept_record_open(&arena, &master, &id, sealed, len, &k));
    cr_assert_eq(k.key_len, 3u);
    cr_assert_eq(k.value_len, 0u);
    cr_assert_eq(k.header_count, 1u);
    cr_assert_str_eq(k.headers[0].name, "ce_id");
    cr_assert_not(kept_record_open(&arena, &other, &id, sealed, len, &k));
    cr_assert_not(kept_record_open(&arena, &master, &another, sealed, len, &k));
    sealed = vault_seal(&arena, &master, context, b.data, b.len - 1, &len); /* its last part is cut off */
    cr_assert_not(kept_record_open(&arena, &master, &id, sealed, len, &k));
}

Test(data, codes_of_enums_lose_their_prefix)
{
    cr_assert_str_eq(enum_code(&arena, &redress__v1__channel__descriptor, 1), "hotline");
    cr_assert_str_eq(enum_code(&arena, &redress__v1__complainant_kind__descriptor, 2), "corporate");
    cr_assert_str_eq(enum_code(&arena, &redress__v1__channel__descriptor, 0), "");
    cr_assert_str_eq(enum_code(&arena, &redress__v1__channel__descriptor, 77), "77");
    cr_assert_str_eq(word_of("hotline"), "热线");
    cr_assert_str_eq(word_of("nothing"), "nothing");
    cr_assert_null(word_of(NULL));
}

Test(data, results_have_one_word)
{
    struct field_problem problems[] = { { "a", "required", "" }, { "", "undecodable", "" } };
    struct exchange_item item = { .state = EXCHANGE_ANSWERED,
                                  .result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_CONFLICT };

    cr_assert_str_eq(exchange_result(&item), "CONFLICT");
    item.state = EXCHANGE_DEAD;
    cr_assert_str_eq(exchange_result(&item), "DEAD_LETTER");
    item.state = EXCHANGE_WAITING;
    cr_assert_str_eq(exchange_result(&item), "NO_ANSWER");
    item.problems = problems;
    item.problem_count = 2;
    cr_assert_str_eq(exchange_problems(&arena, &item), "a:required :undecodable");
}
