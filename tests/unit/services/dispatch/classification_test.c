/* The default policy against judged texts: a keyword that does harm is noticed here. The figures of the day are in
 * docs/classification.md. */
#include <criterion/criterion.h>

#include "common/base/error.h"
#include "tests/support/classification.h"

#define HELD_OUT_RIGHT      82 /* per cent of the classified; 85 when this was written */
#define HELD_OUT_CLASSIFIED 62 /* per cent of all; 67 */

static struct evaluation evaluated(struct arena *arena, const char *texts)
{
    struct evaluation e;

    cr_assert_eq(
        classification_evaluate(arena, "deploy/policies/categories.yaml", "deploy/policies/rules.yaml", texts, &e), 0,
        "%s", err_text());
    cr_assert_gt(e.classified, 0);
    return e;
}

static double percent(size_t part, size_t whole)
{
    return 100.0 * (double)part / (double)whole;
}

Test(classification, samples)
{
    struct arena arena;
    struct evaluation e;

    arena_init(&arena, 0);
    e = evaluated(&arena, "deploy/samples/complaints.jsonl");
    cr_expect_geq(percent(e.right_classified, e.classified), 95);
    cr_expect_geq(percent(e.classified, e.count), 88);
    cr_expect_geq(percent(e.severity_right, e.count), 97);
    arena_done(&arena);
}

Test(classification, held_out)
{
    struct arena arena;
    struct evaluation e;

    arena_init(&arena, 0);
    e = evaluated(&arena, "tests/fixtures/held_out.jsonl");
    cr_expect_geq(percent(e.right_classified, e.classified), HELD_OUT_RIGHT);
    cr_expect_geq(percent(e.classified, e.count), HELD_OUT_CLASSIFIED);
    cr_expect_geq(percent(e.severity_right, e.count), 93);
    arena_done(&arena);
}
