#include <criterion/criterion.h>

#include "services/dispatch/severity.h"

static const char *const hazards[] = { "house_quality.structural_hazard" };
static const char *const technical[] = { "engineering" };
static const struct rules rules = {
    .major_categories = { hazards, 1 },
    .complex_departments = { technical, 1 },
    .complex_amount_fen = 1000000,
};
static const struct category lamp = { .code = "repair.public_area", .complex = false };
static const struct category crack = { .code = "house_quality.cracking", .complex = true };

Test(severity, a_category_can_be_major_whatever_its_words)
{
    /* R9 */
    struct severity s = severity_decide(&rules, "house_quality.structural_hazard", &(struct reading){ 0 });

    cr_expect(s.major);
    cr_expect_str_eq(s.by_category, "house_quality.structural_hazard");
}

Test(severity, a_word_of_danger_makes_any_complaint_major)
{
    /* R9, R13: also one that a person must classify */
    struct reading danger = { .danger = "漏电" };

    cr_expect(severity_decide(&rules, "fees.unclear_charge", &danger).major);
    cr_expect(severity_decide(&rules, "", &danger).major);
}

Test(severity, all_else_is_general)
{
    cr_expect_not(severity_decide(&rules, "fees.unclear_charge", &(struct reading){ 0 }).major);
    cr_expect_not(severity_decide(&rules, "", &(struct reading){ 0 }).major);
}

Test(complexity, by_category_department_or_amount)
{
    /* R9: engineering is complex; R34: 10,000 yuan */
    cr_expect_eq(complexity_decide(&rules, &crack, "design", 0), COMPLEX_BY_CATEGORY);
    cr_expect_eq(complexity_decide(&rules, &lamp, "engineering", 0), COMPLEX_BY_DEPARTMENT);
    cr_expect_eq(complexity_decide(&rules, &lamp, "security", 1000000), COMPLEX_BY_AMOUNT);
    cr_expect_eq(complexity_decide(&rules, &lamp, "security", 999999), COMPLEX_NOT);
    cr_expect_eq(complexity_decide(&rules, NULL, "customer_service", 0), COMPLEX_NOT);
}

Test(complexity, no_amount_is_too_much_without_a_limit)
{
    struct rules unlimited = rules;

    unlimited.complex_amount_fen = 0;
    cr_expect_eq(complexity_decide(&unlimited, &lamp, "security", INT64_MAX), COMPLEX_NOT);
}
