#include <criterion/criterion.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "services/dispatch/classify.h"
#include "services/dispatch/normalise.h"

static struct arena arena;

static void set_up(void)
{
    arena_init(&arena, 0);
    cr_assert_eq(normalise_init(), 0);
}

static void tear_down(void)
{
    arena_done(&arena);
}

TestSuite(classify, .init = set_up, .fini = tear_down);

#define WORDS(...)                                                                                                     \
    {                                                                                                                  \
        (const char *const[]){ __VA_ARGS__ }, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *)            \
    }

static struct category tree[] = {
    { .code = "repair", .parent = "", .ordinal = 1 },
    { .code = "repair.equipment",
      .parent = "repair",
      .ordinal = 2,
      .strong = WORDS("电梯故障", "水泵"),
      .weak = WORDS("电梯", "故障", "维修"),
      .against = WORDS("电梯广告") },
    { .code = "repair.in_unit", .parent = "repair", .ordinal = 3, .strong = WORDS("水龙头"), .weak = WORDS("维修") },
    { .code = "noise", .parent = "", .ordinal = 4, .strong = WORDS("噪音", "扰民"), .weak = WORDS("电梯") },
};
static const struct policy policy = {
    .categories = tree,
    .category_count = sizeof(tree) / sizeof(tree[0]),
    .rules = { .major_words = WORDS("火灾", "漏电", "堵门"),
               .not_major_words = WORDS("防火灾", "漏电保护", "堵门口", "火灾演练"),
               .by_hand_below = 45 },
};

static struct reading reading_of(const char *first, const char *second)
{
    _cleanup_(classifier_freep) struct classifier *c = NULL;
    struct str texts[] = { normalise(&arena, first, strlen(first)), normalise(&arena, second, strlen(second)) };
    struct reading r;

    cr_assert_eq(classifier_new(&policy, &c), 0);
    classifier_read(c, &arena, texts, 2, &r);
    if (r.danger)
        r.danger = arena_strdup(&arena, r.danger);
    return r;
}

static int score(const char *text, const char *code)
{
    return reading_of(text, "").scores[policy_category(&policy, code) - tree];
}

#define STRONG  CLASSIFY_STRONG
#define AGAINST CLASSIFY_AGAINST

Test(classify, strong_counts_three_and_weak_less_the_more_share_it)
{
    cr_expect_eq(score("水泵又坏了", "repair.equipment"), STRONG);
    cr_expect_eq(score("水泵要维修", "repair.equipment"), STRONG + classify_weak(2));
    cr_expect_eq(score("水泵要维修", "repair.in_unit"), classify_weak(2));
    cr_expect_eq(score("今天天气好", "repair.equipment"), 0);
    cr_expect_eq(classify_weak(1), 200);
    cr_expect_eq(classify_weak(2), 100);
    cr_expect_eq(classify_weak(4), 67);
}

Test(classify, a_word_counts_once_however_often_it_comes)
{
    cr_expect_eq(score("水泵、水泵、水泵", "repair.equipment"), STRONG);
    cr_expect_eq(reading_of("水泵", "还是水泵").scores[1], STRONG, "in another text too");
}

Test(classify, the_longest_word_wins_inside_a_category)
{
    cr_expect_eq(score("电梯故障", "repair.equipment"), STRONG, "neither 电梯 nor 故障 counts inside 电梯故障");
    cr_expect_eq(score("电梯故障，电梯又停了", "repair.equipment"), STRONG + classify_weak(2),
                 "but 电梯 elsewhere does");
    cr_expect_eq(score("电梯故障", "noise"), classify_weak(2), "and it does in a category that has no longer word");
}

Test(classify, words_against_take_away)
{
    cr_expect_eq(score("电梯广告太吵，噪音大", "repair.equipment"), AGAINST);
}

Test(classify, a_word_does_not_reach_from_one_text_into_the_next)
{
    cr_expect_eq(reading_of("投诉水", "泵房").scores[1], 0);
}

Test(classify, traditional_and_spaced_texts_are_understood)
{
    cr_expect_eq(score("電 梯 故 障", "repair.equipment"), STRONG);
}

Test(classify, the_best_and_the_second)
{
    struct reading r = reading_of("电梯故障，水泵噪音", "");
    struct verdict v = classify(&policy, &r, NULL);

    cr_assert_not_null(v.best);
    cr_expect_str_eq(v.best->code, "repair.equipment");
    cr_expect_eq(v.score, 2 * STRONG);
    cr_expect_str_eq(v.second->code, "noise");
    cr_expect_eq(v.second_score, STRONG + classify_weak(2));
}

Test(classify, of_equals_the_earlier_in_the_file_is_the_best)
{
    struct reading r = reading_of("水龙头、噪音", "");
    struct verdict v = classify(&policy, &r, NULL);

    cr_assert_not_null(v.best);
    cr_expect_str_eq(v.best->code, "repair.in_unit");
    cr_expect_lt(v.confidence, policy.rules.by_hand_below, "a tie is for a person");
}

Test(classify, within_a_group_only_its_members_count)
{
    struct reading r = reading_of("扰民的噪音，水龙头", "");
    struct verdict v = classify(&policy, &r, "repair");

    cr_assert_not_null(v.best);
    cr_expect_str_eq(v.best->code, "repair.in_unit");
    cr_expect_eq(v.second_score, 0);
}

Test(classify, nothing_found_is_nobody)
{
    struct reading r = reading_of("你好", "");
    struct verdict v = classify(&policy, &r, NULL);

    cr_expect_null(v.best);
    cr_expect_eq(v.confidence, 0);
}

Test(classify, confidence_grows_with_the_evidence_and_shrinks_with_doubt)
{
    cr_expect_eq(classify_confidence(0, 0), 0);
    cr_expect_eq(classify_confidence(100, 0), 33);
    cr_expect_eq(classify_confidence(300, 0), 60);
    cr_expect_eq(classify_confidence(300, 300), 38);
    cr_expect_eq(classify_confidence(300, -200), 60);
    for (int best = 1; best < 1200; best += 17)
        for (int second = 0; second <= best; second += 13) {
            cr_expect_leq(classify_confidence(best, second), classify_confidence(best + 1, second));
            cr_expect_geq(classify_confidence(best, second), classify_confidence(best, second + 1));
            cr_expect(classify_confidence(best, second) >= 0 && classify_confidence(best, second) <= 100);
        }
}

Test(classify, words_of_danger)
{
    /* R9 */
    cr_expect_str_eq(reading_of("楼道火灾", "").danger, "火灾");
    cr_expect_str_eq(reading_of("", "再不解决就堵门").danger, "堵门");
    cr_expect_null(reading_of("水泵坏了", "").danger);
}

Test(classify, harmless_phrases_hide_words_of_danger)
{
    cr_expect_null(reading_of("漏电保护器跳闸", "").danger);
    cr_expect_null(reading_of("有人把车堵门口", "").danger);
    cr_expect_null(reading_of("火灾演练通知，预防火灾", "").danger);
    cr_expect_str_eq(reading_of("漏电保护器不起作用，插座漏电", "").danger, "漏电", "but not elsewhere in the text");
}

Test(classify, a_policy_without_words_leaves_everything_to_people)
{
    struct category one = { .code = "a", .parent = "", .ordinal = 1 };
    const struct policy empty = { .categories = &one, .category_count = 1 };
    _cleanup_(classifier_freep) struct classifier *c = NULL;
    struct str text = STR("漏水");
    struct reading r;

    cr_assert_eq(classifier_new(&empty, &c), 0);
    classifier_read(c, &arena, &text, 1, &r);
    cr_expect_null(classify(&empty, &r, NULL).best);
    cr_expect_null(r.danger);
}

Test(classify, a_text_of_nothing_but_keywords_is_survived)
{
    size_t len = 60000;
    char *text = arena_alloc(&arena, len + 1);

    for (size_t i = 0; i + 12 <= len; i += 12)
        memcpy(text + i, "电梯故障", 12);
    text[len] = '\0';
    cr_expect_geq(score(text, "repair.equipment"), STRONG);
}
