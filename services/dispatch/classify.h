/* What a complaint is about (R8): keywords of the tenant's categories found in its texts, added up to a score per
 * category, the best of which wins if it is sure enough.
 *
 * - Texts and keywords are compared in normalised form (normalise.h). All words of all categories, the words of danger
 *   and the harmless phrases are one Vectorscan database, so a text is read once, however many words there are.
 * - A keyword counts once per text and category: strong +3, against -2, weak 2 / (1 + log2 n), where n is the number of
 *   categories that have the word, strong or weak: +2 if it is the only one, +1 for two, +0.67 for four. What many
 *   categories share says little about any (docs/classification.md has the measurement).
 * - The longest wins: where a keyword lies inside a longer one of the same category (电梯 in 电梯故障) only the longer
 *   one counts there.
 * - confidence = 100 * best / (best + second + 2), where second is the next category's score, at least 0: it grows with
 *   the evidence for the best and shrinks with the evidence for another. A strong word alone gives 60, a weak one that
 *   two categories share 33, two categories level at 3 give 38. Below the tenant's by_hand_below a person classifies.
 * - Of equal scores the category that stands earlier in the tenant's file is the best. */
#pragma once

#include "common/base/arena.h"
#include "common/base/str.h"
#include "policy.h"

/* Scores are counted in hundredths. */
#define CLASSIFY_POINT   100
#define CLASSIFY_STRONG  (3 * CLASSIFY_POINT)
#define CLASSIFY_AGAINST (-2 * CLASSIFY_POINT)
#define CLASSIFY_DOUBT   (2 * CLASSIFY_POINT)

struct classifier;

/* Compiles the words; keeps no pointer into the policy but its order: categories are known by their index in
 * policy->categories. 0, or ERR_FATAL. normalise_init must have been called. Not for use by two threads at once. */
int classifier_new(const struct policy *p, struct classifier **ret);
void classifier_free(struct classifier *c);
void classifier_freep(struct classifier **c);

/* What was found in one complaint's texts. */
struct reading {
    int *scores; /* hundredths, one per category of the policy, in the arena */
    size_t count;
    const char *danger; /* the tenant's first word of danger outside harmless phrases (R9); NULL: none. Borrowed from
                           the classifier */
};
/* texts: normalised, not to be joined by the caller: a word does not reach from one into the next. */
void classifier_read(struct classifier *c, struct arena *a, const struct str *texts, size_t count, struct reading *ret);

struct verdict {
    const struct category *best, *second; /* NULL: no category has a score above 0 (left) */
    int score, second_score;              /* hundredths */
    int confidence;                       /* 0-100; 0 without a best */
};
/* The best category of the policy that the classifier was made from. parent: NULL, or the code of the category whose
 * descendants alone are considered. */
struct verdict classify(const struct policy *p, const struct reading *r, const char *parent);
int classify_confidence(int score, int second_score);
/* What a weak keyword counts that this many categories have. */
int classify_weak(unsigned categories);
