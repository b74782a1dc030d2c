/* What a complaint is about (R8): keywords of the tenant's categories found in its texts, added up to a score per
 * category, the best of which wins if it is sure enough.
 *
 * - Texts and keywords are compared in normalised form (normalise.h). All words of all categories, the words of danger
 *   and the harmless phrases are one Vectorscan database, so a text is read once, however many words there are.
 * - A keyword counts once per text and category: strong +3, weak +1, against -2.
 * - The longest wins: where a keyword lies inside a longer one of the same category (电梯 in 电梯故障) only the longer
 *   one counts there.
 * - confidence = 100 * best / (best + second + CLASSIFY_DOUBT), where second is the next category's score, at least 0:
 *   it grows with the evidence for the best and shrinks with the evidence for another. One weak word alone gives 40, a
 *   strong one 67, two categories level at 3 give 40. Below the tenant's by_hand_below a person classifies.
 * - Of equal scores the category that stands earlier in the tenant's file is the best. */
#pragma once

#include "common/base/arena.h"
#include "common/base/str.h"
#include "policy.h"

#define CLASSIFY_STRONG  3
#define CLASSIFY_WEAK    1
#define CLASSIFY_AGAINST (-2)
#define CLASSIFY_DOUBT   1.5

struct classifier;

/* Compiles the words; keeps no pointer into the policy but its order: categories are known by their index in
 * policy->categories. 0, or ERR_FATAL. normalise_init must have been called. Not for use by two threads at once. */
int classifier_new(const struct policy *p, struct classifier **ret);
void classifier_free(struct classifier *c);
void classifier_freep(struct classifier **c);

/* What was found in one complaint's texts. */
struct reading {
    int *scores; /* one per category of the policy, in the arena */
    size_t count;
    const char *danger; /* the tenant's first word of danger outside harmless phrases (R9); NULL: none. Borrowed from
                           the classifier */
};
/* texts: normalised, not to be joined by the caller: a word does not reach from one into the next. */
void classifier_read(struct classifier *c, struct arena *a, const struct str *texts, size_t count, struct reading *ret);

struct verdict {
    const struct category *best, *second; /* NULL: no category has a score above 0 (left) */
    int score, second_score;
    int confidence; /* 0-100; 0 without a best */
};
/* The best category of the policy that the classifier was made from. parent: NULL, or the code of the category whose
 * descendants alone are considered. */
struct verdict classify(const struct policy *p, const struct reading *r, const char *parent);
int classify_confidence(int score, int second_score);
