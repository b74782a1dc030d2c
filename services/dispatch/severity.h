/* How serious (R9, R13) and how complex (R9, R34) a complaint is, by the tenant's rules. */
#pragma once

#include "classify.h"
#include "policy.h"

struct severity {
    bool major;
    const char *by_category; /* the category that makes it major; NULL */
    const char *by_word;     /* the word of danger that does; NULL */
};
/* category: its code, "" where a person classifies. */
struct severity severity_decide(const struct rules *rules, const char *category, const struct reading *reading);

enum complexity_cause { COMPLEX_NOT, COMPLEX_BY_CATEGORY, COMPLEX_BY_DEPARTMENT, COMPLEX_BY_AMOUNT };

/* category: NULL where a person classifies. amount_fen: 0 where nothing is at stake. */
enum complexity_cause complexity_decide(const struct rules *rules, const struct category *category,
                                        const char *department, int64_t amount_fen);
