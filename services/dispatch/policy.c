#include "policy.h"

#include <string.h>

#define WORDS_SEPARATOR '\x1f'

static const char *const paid_by_default[] = { "repair.in_unit_paid" };

const struct handling_rules handling_defaults = {
    .bounces_max = 2,
    .reminders = 2,
    .reopen_days = 30,
    .recurrence_days = 90,
    .retain_years = 3,
    .backdate_hours = 72,
    .escalate_amount_fen = 1000000,
    .paid_categories = { paid_by_default, 1 },
};

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

struct words words_split(struct arena *a, const char *list)
{
    const char **items;
    size_t n = 1;

    if (!*list)
        return (struct words){ 0 };
    for (const char *p = list; *p; p++)
        n += *p == WORDS_SEPARATOR;
    items = arena_array(a, const char *, n);
    for (size_t i = 0; i < n; i++) {
        const char *end = strchrnul(list, WORDS_SEPARATOR);

        items[i] = arena_strndup(a, list, (size_t)(end - list));
        list = end + 1;
    }
    return (struct words){ items, n };
}
