#include "policy.h"

#include <string.h>

const struct category *policy_category(const struct policy *p, const char *code)
{
    for (size_t i = 0; i < p->category_count; i++)
        if (strcmp(p->categories[i].code, code) == 0)
            return &p->categories[i];
    return NULL;
}

bool words_have(const struct words *w, const char *word)
{
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->items[i], word) == 0)
            return true;
    return false;
}
