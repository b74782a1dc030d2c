#include "severity.h"

struct severity severity_decide(const struct rules *rules, const char *category, const struct reading *reading)
{
    struct severity s = { 0 };

    if (*category && words_have(&rules->major_categories, category))
        s.by_category = category;
    s.by_word = reading->danger;
    s.major = s.by_category || s.by_word;
    return s;
}

enum complexity_cause complexity_decide(const struct rules *rules, const struct category *category,
                                        const char *department, int64_t amount_fen)
{
    if (category && category->complex)
        return COMPLEX_BY_CATEGORY;
    if (words_have(&rules->complex_departments, department))
        return COMPLEX_BY_DEPARTMENT;
    if (rules->complex_amount_fen > 0 && amount_fen >= rules->complex_amount_fen)
        return COMPLEX_BY_AMOUNT;
    return COMPLEX_NOT;
}
