/* Commitments (服务承诺): which times are promised to whom, by which policy, in which version.
 *
 * A policy is a file (policy_file.c, docs/policies.md); a tenant's book holds all its policies in all their versions.
 * Everything here is pure: same input, same answer. Names begin with sla_, because `struct policy` is dispatch's.
 *
 * A daemon's use of it:
 *   1. keeps the text of each version in its tables and loads it with sla_policy_load_text; a running clock remembers
 *      (policy code, version, clock name, start event, the date of its start), which is enough to find all else again;
 *   2. on an event, sla_resolve gives what starts, sla_clock_stops and sla_clock_skips what ends; an event whose
 *      `ends_case` is set ends all clocks of the case;
 *   3. bounds of the same `step` are one promise to the reader: each has its own due instant (sla_due), the earliest
 *      counts (sla_strictest), the explanation shows all. A pause may make another one the strictest;
 *   4. when the facts of a case change (classified, re-classified), sla_resolve again with the clock's own start event
 *      and date: same versions, new limits. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calendar.h"
#include "clock.h"
#include "common/base/arena.h"
#include "common/base/str.h"
#include "limit.h"

/* ---- words: each list is a table in policy_words.c ---- */

/* What can happen to a complaint and matters to a clock. Tables keep the numbers: new ones go to the end.
 *   id, name, member of ComplaintEvent.event that says so, may start, may stop, once in the life of a case, ends it,
 *   Chinese, English (as in "within 24 hours of ...") */
#define SLA_EVENTS(E)                                                                                                  \
    E(RECEIVED, "received", "registered", 1, 0, 1, 0, "收到投诉", "receipt of the complaint")                          \
    E(REGISTERED, "registered", "registered", 1, 1, 1, 0, "登记并告知编号", "registration, the number told")           \
    E(ASSIGNED, "assigned", "assigned", 1, 1, 0, 0, "分派", "assignment")                                              \
    E(REASSIGNED, "reassigned", "reassigned", 1, 1, 0, 0, "改派", "re-assignment")                                     \
    E(REFUSED, "refused", "refused", 1, 1, 0, 0, "退回分派", "refusal of the assignment")                              \
    E(ACKNOWLEDGED, "acknowledged", "acknowledged", 1, 1, 0, 0, "处理人确认接收", "acknowledgement by the handler")    \
    E(CONTACTED, "contacted", "contacted", 1, 1, 0, 0, "联系投诉人", "contact with the complainant")                   \
    E(INVESTIGATION_STARTED, "investigation_started", "investigation_started", 1, 1, 0, 0, "开始调查",                 \
      "start of the investigation")                                                                                    \
    E(INVESTIGATED, "investigated", "investigated", 1, 1, 0, 0, "完成调查", "end of the investigation")                \
    E(PLAN_PROPOSED, "plan_proposed", "plan_proposed", 1, 1, 0, 0, "提出处理方案", "proposal of a plan")               \
    E(PLAN_CONFIRMED, "plan_confirmed", "plan_confirmed", 1, 1, 0, 0, "投诉人确认方案", "confirmation of the plan")    \
    E(PLAN_REJECTED, "plan_rejected", "plan_rejected", 1, 1, 0, 0, "投诉人不同意方案", "rejection of the plan")        \
    E(RECTIFIED, "rectified", "rectified", 1, 1, 0, 0, "完成整改", "completion of the rectification")                  \
    E(EVALUATED, "evaluated", "evaluated", 1, 1, 0, 0, "整改效果评估", "evaluation of the effect")                     \
    E(FED_BACK, "fed_back", "fed_back", 1, 1, 0, 0, "反馈处理结果", "feedback of the result")                          \
    E(DISSATISFIED, "dissatisfied", "dissatisfied", 1, 1, 0, 0, "投诉人不满意", "dissatisfaction of the complainant")  \
    E(PROGRESS_TOLD, "progress_told", "progress_told", 1, 1, 0, 0, "告知进展", "news on the progress")                 \
    E(APPOINTMENT_AGREED, "appointment_agreed", "appointment_agreed", 1, 1, 0, 0, "约定上门时间",                      \
      "agreement on an appointment")                                                                                   \
    E(WORK_ORDER_DONE, "work_order_done", "work_order_done", 1, 1, 0, 0, "完成维修", "completion of the work order")   \
    E(PAUSED, "paused", "paused", 0, 0, 0, 0, "暂停计时", "pause")                                                     \
    E(RESUMED, "resumed", "resumed", 0, 0, 0, 0, "恢复计时", "end of the pause")                                       \
    E(CLOSED, "closed", "closed", 0, 1, 0, 1, "结案", "closing of the case")                                           \
    E(WITHDRAWN, "withdrawn", "withdrawn", 0, 0, 0, 1, "撤回投诉", "withdrawal of the complaint")                      \
    E(MERGED, "merged", "merged", 0, 0, 0, 1, "并入另一投诉单", "merging into another case")                           \
    E(REOPENED, "reopened", "reopened", 1, 0, 0, 0, "重新受理", "re-opening of the case")                              \
    E(CONFIRMED, "confirmed", "confirmed", 1, 1, 0, 0, "投诉人确认结果", "confirmation of the result")                 \
    E(ANSWERED, "answered", "answered", 1, 1, 0, 0, "答复咨询或建议", "answer to a consultation or suggestion")        \
    E(INFORMATION_REQUESTED, "information_requested", "information_requested", 1, 0, 0, 0, "请投诉人补充资料",         \
      "request for information")                                                                                       \
    E(INFORMATION_GIVEN, "information_given", "information_given", 0, 1, 0, 0, "收到补充资料",                         \
      "answer to the request for information")                                                                         \
    E(INSPECTION_OPENED, "inspection_opened", "inspection_opened", 1, 0, 0, 0, "启动联合查勘",                         \
      "opening of the joint inspection")                                                                               \
    E(INSPECTED, "inspected", "inspected", 0, 1, 0, 0, "完成联合查勘", "joint inspection")                             \
    E(WORK_ORDER_OPENED, "work_order_opened", "work_order_opened", 1, 1, 0, 0, "开出维修单",                           \
      "opening of a work order")                                                                                       \
    E(QUOTE_APPROVED, "quote_approved", "quote_approved", 1, 1, 0, 0, "客户同意报价", "approval of the quote")         \
    E(ESCALATED, "escalated", "escalated", 1, 1, 0, 0, "升级", "escalation")                                           \
    E(REVIEWED, "reviewed", "reviewed", 1, 1, 0, 0, "跨部门评审", "review across departments")                         \
    E(WORK_ORDER_CANCELLED, "work_order_cancelled", "work_order_cancelled", 0, 1, 0, 0, "取消维修单",                  \
      "cancelling of the work order")

enum sla_event {
#define E(id, ...) SLA_##id,
    SLA_EVENTS(E)
#undef E
        SLA_EVENT_COUNT,
};

struct sla_event_info {
    const char *name;   /* "received" */
    const char *member; /* of ComplaintEvent.event */
    bool may_start, may_stop;
    bool once;      /* never twice for a case */
    bool ends_case; /* closed, withdrawn, merged: no clock of the case runs on */
    const char *zh, *en;
};
extern const struct sla_event_info sla_events[SLA_EVENT_COUNT];
/* SLA_EVENT_COUNT: there is none. */
enum sla_event sla_event_find(const char *name);

/* Why a clock may wait (R14): bits, so that a policy allows a set of them. */
enum sla_pause {
    SLA_PAUSE_OUTSIDE_PARTY = 1 << 0,      /* "outside_party" */
    SLA_PAUSE_COMPLAINANT_ABSENT = 1 << 1, /* "complainant_absent": cannot be reached, nobody at home */
    SLA_PAUSE_COMPLAINANT_ASKED = 1 << 2,  /* "complainant_asked": wants to wait */
    SLA_PAUSE_AUTHORITY = 1 << 3,          /* "authority": a public body examines it */
    SLA_PAUSE_FORCE_MAJEURE = 1 << 4,      /* "force_majeure" */
    SLA_PAUSE_INFORMATION = 1 << 5,        /* "information": the complainant was asked for something */
};

/* Who hears of it (R35), a set too. A role without anybody is the tenant's duty role in the end, never nobody. */
enum sla_receiver {
    SLA_TO_HANDLER = 1 << 0,           /* "handler" */
    SLA_TO_DEPARTMENT_HEAD = 1 << 1,   /* "department_head" */
    SLA_TO_CUSTOMER_SERVICE = 1 << 2,  /* "customer_service" */
    SLA_TO_SENIOR_MANAGEMENT = 1 << 3, /* "senior_management" */
    SLA_TO_DUTY = 1 << 4,              /* "duty" */
};

struct sla_word {
    const char *name, *zh, *en;
};
/* In the order of the bits; a NULL name ends them. */
extern const struct sla_word sla_pauses[], sla_receivers[];

enum sla_level { SLA_REMINDER, SLA_WARNING, SLA_URGENT };
extern const struct sla_word sla_levels[]; /* "reminder", "warning", "urgent" */

/* The numbers of redress.v1.Severity and Complexity; 0: not known yet, or any. */
enum sla_severity { SLA_ANY_SEVERITY, SLA_GENERAL, SLA_MAJOR };
enum sla_complexity { SLA_ANY_COMPLEXITY, SLA_SIMPLE, SLA_COMPLEX };
extern const struct sla_word sla_severities[], sla_complexities[]; /* [0]: any */

/* The bit of a name, 0: there is none. */
uint32_t sla_bit_find(const struct sla_word words[], const char *name);

/* ---- what a policy says ---- */

struct sla_text {
    const char *zh, *en; /* plain text, never NULL */
};

enum sla_limit_kind { SLA_LIMIT_FIXED, SLA_LIMIT_PLAN_DEADLINE, SLA_LIMIT_APPOINTMENT_END };

struct sla_limit {
    enum sla_limit_kind kind;
    struct limit fixed; /* of SLA_LIMIT_FIXED; {0} otherwise */
};
/* "5wd", "plan_deadline", "appointment_end" */
void sla_limit_format(struct sla_limit l, char out[LIMIT_TEXT_SIZE]);

struct sla_percents {
    const int *items; /* ascending, 1..99 */
    size_t count;
};

struct sla_ladder_step {
    int percent; /* ascending, 100..1000; the first is 100, the breach itself */
    uint32_t to; /* enum sla_receiver, at least one */
    enum sla_level level;
};

struct sla_ladder {
    const struct sla_ladder_step *items;
    size_t count; /* at least 1 */
};

/* What an override may change. */
struct sla_terms {
    struct sla_limit limit;
    const char *calendar; /* name; never NULL in a bound */
    uint32_t pauses;      /* enum sla_pause that stop it from running; none for an agreed date */
    struct sla_percents warnings;
    uint32_t warn_to; /* enum sla_receiver */
    struct sla_ladder ladder;
    bool tell_complainant;
    bool off; /* nothing is promised */
};
enum sla_field {
    SLA_FIELD_LIMIT = 1 << 0,
    SLA_FIELD_CALENDAR = 1 << 1,
    SLA_FIELD_PAUSES = 1 << 2,
    SLA_FIELD_WARNINGS = 1 << 3,
    SLA_FIELD_WARN_TO = 1 << 4,
    SLA_FIELD_LADDER = 1 << 5,
    SLA_FIELD_TELL = 1 << 6,
    SLA_FIELD_OFF = 1 << 7,
};

struct sla_list {
    const char *const *items;
    size_t count;
};

/* For which cases. Empty lists and 0: for any. A category stands for all below it: "repair" for "repair.equipment". */
struct sla_scope {
    struct sla_list projects, categories;
    enum sla_severity severity;
    enum sla_complexity complexity;
};

struct sla_override {
    struct sla_scope when;
    uint32_t sets; /* enum sla_field: which of the terms it changes */
    struct sla_terms terms;
    unsigned line; /* in the policy's file */
};

struct sla_events {
    const enum sla_event *items;
    size_t count;
};

struct sla_clock {
    const char *name; /* "first_response", once in a policy */
    const char *step; /* what it binds; policies that bind the same step say the same */
    const char *rule; /* "R15"; "" for none */
    struct sla_text title;
    struct sla_events start, stop;
    struct sla_list shares_stop; /* steps whose stop events it has on purpose: one act meets both */
    struct sla_events skip;      /* make it pointless: it ends without being met or missed (R30) */
    bool repeats;                /* when it is met it starts anew, while the case is open (R23) */
    bool restarts;               /* a start event while it runs begins a new cycle; otherwise it runs on */
    bool published;              /* owners may read it */
    struct sla_terms terms;
    bool own_calendar;                    /* terms.calendar is the clock's own, not the policy's */
    const struct sla_override *overrides; /* from the least to the most specific */
    size_t override_count;
    unsigned line;
};

struct sla_project_calendar {
    const char *project, *calendar;
};

struct sla_policy {
    const char *code;             /* "standard" */
    int version;                  /* from 1 */
    int32_t effective_from;       /* the first date (days since 1970) on which clocks start by it */
    struct sla_text title, basis; /* basis: contract, regulation; may be "" */
    struct sla_scope applies_to;
    const char *calendar;
    const struct sla_project_calendar *project_calendars;
    size_t project_calendar_count;
    const struct sla_clock *clocks; /* in the file's order */
    size_t clock_count;
    const char *file; /* for messages */
};

/* All policies of a tenant in all versions; sorted by sla_book_sort: by code, then version. */
struct sla_book {
    const char *tenant;
    struct sla_policy *policies;
    size_t count;
};

/* Sorts, and checks what one file alone cannot show: a version twice, a later version that is in effect earlier, an
 * event that stops clocks of two steps. 0, or ERR_FATAL with a line per problem. */
int sla_book_sort(struct arena *a, struct sla_book *b);
/* The version in effect on a date: the newest whose effective_from is not later. NULL: none yet. */
const struct sla_policy *sla_policy_at(const struct sla_book *b, const char *code, int32_t day);
/* A version by its number, as a running clock remembers it; NULL: there is none. */
const struct sla_policy *sla_policy_version(const struct sla_book *b, const char *code, int version);
const struct sla_clock *sla_clock_find(const struct sla_policy *p, const char *name);

bool sla_clock_starts(const struct sla_clock *c, enum sla_event e);
bool sla_clock_stops(const struct sla_clock *c, enum sla_event e);
bool sla_clock_skips(const struct sla_clock *c, enum sla_event e);

/* ---- what holds for a case ---- */

struct sla_facts {
    const char *project, *category; /* "": not known yet */
    enum sla_severity severity;
    enum sla_complexity complexity;
};

bool sla_scope_matches(const struct sla_scope *s, const struct sla_facts *f);
/* Every case of `narrow` is one of `wide` too. */
bool sla_scope_covers(const struct sla_scope *wide, const struct sla_scope *narrow);
/* What holds for all cases of a scope, whatever else is known of them. */
struct sla_terms sla_terms_for(const struct sla_policy *p, const struct sla_clock *c, const struct sla_scope *s);

/* A clock as it binds one case. */
struct sla_bound {
    const struct sla_policy *policy;
    const struct sla_clock *clock;
    struct sla_terms terms;                /* overrides applied */
    const struct sla_override *limit_from; /* where the limit is from; NULL: the clock itself */
};

/* False: the policy or an override leaves such a case out. */
bool sla_bind(const struct sla_policy *p, const struct sla_clock *c, const struct sla_facts *f, struct sla_bound *ret);

struct sla_bounds {
    struct sla_bound *items;
    size_t count;
};

/* What an event starts on a date (of the tenant's zone), by all policies in effect then; those of the same step stand
 * together. In the arena; points into the book. */
struct sla_bounds sla_resolve(struct arena *a, const struct sla_book *b, const struct sla_facts *f, enum sla_event e,
                              int32_t day);

/* ---- when it is due ---- */

struct sla_run {
    struct sla_terms terms;
    const struct calendar *calendar; /* the one that terms.calendar names */
    int64_t start_us;
    int64_t agreed_us;          /* of SLA_LIMIT_PLAN_DEADLINE and _APPOINTMENT_END: the agreed instant */
    const struct pause *pauses; /* only of reasons in terms.pauses, as clock_pauses_merge leaves them */
    size_t pause_count;
};

/* An agreed instant is its own due instant: no pause moves it, whatever `pauses` holds, and no calendar has to cover
 * it.
 */
enum clock_outcome sla_due(const struct sla_run *r, int64_t *ret_due_us);
/* The instant of a warning or a ladder step. Up to an agreed instant plain time counts. */
enum clock_outcome sla_point(const struct sla_run *r, int64_t due_us, int percent, int64_t *ret_us);
/* The index of the earliest; the first of equals. CLOCK_NEVER for one that is paused. count >= 1. */
size_t sla_strictest(const int64_t due_us[], size_t count);

/* ---- files (policy_file.c) ---- */

/* What a policy may name; NULL instead of a list: only the form is checked. Each list ends with NULL. */
struct sla_names {
    const char *const *calendars, *const *projects, *const *categories;
};

/* 0, or ERR_FATAL: err_text() has a line per problem: file, line, column, what was found, what would be right.
 * `known` may be NULL. `name` stands for the file in messages. */
int sla_policy_load_file(struct arena *a, const char *path, const struct sla_names *known, struct sla_policy *ret);
int sla_policy_load_text(struct arena *a, const char *name, const char *text, size_t len, const struct sla_names *known,
                         struct sla_policy *ret);

/* ---- what changes (policy_diff.c) ---- */

struct sla_change {
    const char *clock;          /* NULL: of the policy itself */
    const char *what;           /* "limit", "start", "warnings", ... or "clock" for one that is new or gone */
    const char *whom;           /* "all cases", "complexity complex", "project YHHY, category repair" */
    const char *before, *after; /* "": there was or is none */
};
/* From one version to another, in the order of the new one's clocks. In the arena; returns how many. */
/* "projects A, B; complexity complex"; "all cases". In the arena. */
const char *sla_scope_text(struct arena *a, const struct sla_scope *s);
size_t sla_diff(struct arena *a, const struct sla_policy *before, const struct sla_policy *after,
                struct sla_change **ret);

/* ---- what owners read (policy_page.c) ---- */

struct sla_page {
    const char *tenant, *project, *project_code;
    int32_t day; /* the promises in effect on this date */
    /* Names for the codes of categories, two per category (code, name), NULL at the end. */
    const char *const *category_names;
};
/* A whole HTML page, Chinese then English, without scripts or anything from elsewhere. */
void sla_page_write(struct strbuf *out, const struct sla_book *b, const struct sla_page *page);
