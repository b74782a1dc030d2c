/* What a tenant decides about classification: its category tree with keywords (R8), department and complexity of each
 * category (R10, R9), and the rules for severity, complexity and doubt; and the figures of a case's life after that.
 * The same structures are filled from files (policy_file.h, for `redressctl tenant apply`) and from the tables
 * (tenant.h, for the daemon). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"

/* Texts of one list, in the order of the file. */
struct words {
    const char *const *items;
    size_t count;
};

struct category {
    const char *code;       /* "house_quality.leakage" */
    const char *parent;     /* "" for a root */
    const char *name;       /* Chinese */
    const char *department; /* its own or its parent's (R10) */
    bool complex;           /* its own or its parent's (R9) */
    int ordinal;            /* from 1, in the file's order: the earlier wins a tie */
    struct words strong, weak, against;
    unsigned line; /* of categories.yaml, for messages; 0 if it came from a table */
};

/* R9, R13, R34, and when a person classifies. */
struct rules {
    struct words major_categories, major_words, not_major_words;
    struct words complex_departments;
    int64_t complex_amount_fen;        /* at stake from here on: complex; 0: no such rule */
    int by_hand_below;                 /* confidence, 0-100 */
    unsigned complex_departments_line; /* of rules.yaml, for messages; 0 if it came from a table */
};

struct policy {
    struct category *categories; /* parents before their children, ordinal 1..count */
    size_t category_count;
    struct rules rules;
};

/* Figures of the life of a case; every one of them is the tenant's (R22). */
struct handling_rules {
    int bounces_max;              /* refusals with which customer service awards it (R10) */
    int reminders;                /* before an unanswered case may be closed (R28) */
    int reopen_days;              /* after the close */
    int recurrence_days;          /* same home, same category: it came again */
    int retain_years;             /* after the close (R47) */
    int backdate_hours;           /* how long ago a thing that is told now may have been done */
    int64_t escalate_amount_fen;  /* more than that at stake, in a year and a home: escalated (R34); 0: no such rule */
    struct words paid_categories; /* work for them and those below is paid, unless it is said otherwise (R31) */
};

/* What holds where a tenant's files say nothing; the columns of dispatch.tenant have the same figures. Its
 * paid_categories are of the default tree: in-unit cleaning and greening, which are paid (R31), stand there under
 * repair.in_unit_paid, whose words 上门保洁, 擦玻璃 and 自家花园 are; property_service.cleaning and
 * community_environment.greening are for public areas. */
extern const struct handling_rules handling_defaults;

/* NULL if there is none of that code. */
const struct category *policy_category(const struct policy *p, const char *code);
bool words_have(const struct words *w, const char *word);
/* Of a list as SQL hands it over: \x1f between its items, which stands in none of them, for the files refuse it. */
struct words words_split(struct arena *a, const char *list);
