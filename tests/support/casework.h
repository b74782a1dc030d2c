/* A tenant, its people and two cases, for tests of what may be done to a case and what follows (handling.h). What is
 * asked for comes through the contract: JSON of the command's message, checked as dispatch checks it.
 *
 *     struct casework w;
 *     casework_init(&w);
 *     casework_bring(&w, CASE_PLAN_PROPOSED);
 *     DONE(&w, "complainant", "reject_plan", "{\"said\": \"太慢\"}");
 *     TOLD(&w, "plan_rejected", "escalated");
 *
 * Whatever a test does, casework_do sees to it that a refusal changes nothing and that the cases stay sound. */
#pragma once

#include "services/dispatch/handling.h"

#define CASEWORK_NOW_US  INT64_C(1772416800000000) /* 2026-03-02 02:00 UTC, a Monday */
#define CASEWORK_TODAY   20514
#define CASEWORK_HOUR_US INT64_C(3600000000)
#define CASEWORK_DAY_US  INT64_C(86400000000)
#define CASEWORK_PHONE   "phone-of-the-complainant"

/* In the order of their ids. C: customer service, D: the duty role (of no department), E: engineering, M: management,
 * N: environment. The first of a department is its head, the second his deputy (engineering has two). */
enum casework_staff { C1, C2, C3, D1, E1, E2, E3, E4, E5, M1, M2, N1, N2, N3, CASEWORK_STAFF };

struct casework {
    struct arena arena;
    struct tenant tenant;
    struct staff staff[CASEWORK_STAFF];
    struct absence away[CASEWORK_STAFF];
    struct workload load[CASEWORK_STAFF];
    struct case_state cases[2];
    struct case_state *c, *other; /* whom commands are about, and whom it may be merged into */
    struct str text;              /* of the complaint */
    int64_t now_us, at_us;        /* at_us 0: now */
    int64_t home_amount_fen;
    /* of the newest command */
    struct handling h;
    struct deed_problems problems;
    const char *broken; /* an invariant that does not hold any more, in words; NULL: all do */
};

/* A general, simple complaint of engineering, just assigned to E3; the other one is E4's. */
void casework_init(struct casework *w);
void casework_done(struct casework *w);
/* The same once more, to go another way from here; to be done with, too. */
void casework_fork(const struct casework *w, struct casework *ret);

/* Gives the command; what it needs and JSON does not say is filled in. As handling_apply; -1 where dispatch would not
 * even look at the case (w->problems). */
int casework_do(struct casework *w, const char *actor, const char *command, const char *json);
/* The same for a message, as it is. */
int casework_give(struct casework *w, const char *actor, enum case_command what, const ProtobufCMessage *fields);
/* What the system does without a command. */
int casework_system(struct casework *w, enum case_command what);
int casework_pass_on(struct casework *w);
int casework_escalate(struct casework *w, int level);

/* By commands from where it is along the straight way: assigned, acknowledged, ... evaluated, fed_back, confirmed,
 * closed, archived; also to_classify, answered, withdrawn, merged and reopened. */
void casework_bring(struct casework *w, enum case_status to);
void casework_make_complex(struct casework *w);
void casework_make_major(struct casework *w);
/* On leave today. */
void casework_absent(struct casework *w, enum casework_staff who, bool away);

bool casework_allows(struct casework *w, const char *actor, const char *command);
/* The event of the newest command; NULL: it told no such one. */
const ProtobufCMessage *casework_told(const struct casework *w, const char *member);

/* An invariant that does not hold, in words; NULL: all do. */
const char *casework_broken(const struct casework *w);

/* The tenant's words, for messages that name them. */
#define CASEWORK_DEPARTMENTS 3
#define CASEWORK_CATEGORIES  7
extern struct department casework_departments[CASEWORK_DEPARTMENTS];
extern struct category casework_categories[CASEWORK_CATEGORIES];
extern const char *const casework_ids[CASEWORK_STAFF];

/* A message of the command with every field filled in; with a state for random_within anyhow, empty ones and nonsense
 * included. */
ProtobufCMessage *casework_fill(struct arena *a, enum case_command what, int64_t now_us, uint64_t *random);
/* A plan in one step, however late it has become; JSON in the arena. */
const char *casework_plan_json(struct casework *w);
/* Fills in what the command needs and its JSON does not say. */
void casework_fill_up(struct arena *a, enum case_command what, int64_t now_us, const char *json, ProtobufCMessage *m);
/* The command's message; NULL: it is not in the contract. */
const ProtobufCMessageDescriptor *casework_message(enum case_command what);

/* The events of the newest command, in their order and no others. */
#define TOLD(w, ...)                  casework_expect_told(w, (const char *const[]){ __VA_ARGS__, NULL }, __FILE__, __LINE__)
#define DONE(w, actor, command, json) casework_expect(w, actor, command, json, NULL, NULL, __FILE__, __LINE__)
/* Refused with this code, for the sake of this rule. */
#define REFUSED(w, actor, command, json, code, rule)                                                                   \
    casework_expect(w, actor, command, json, code, rule, __FILE__, __LINE__)
#define EVENT(w, type, member) ((const Redress__V1__##type *)casework_told(w, member))

void casework_expect(struct casework *w, const char *actor, const char *command, const char *json, const char *code,
                     const char *rule, const char *file, int line);
void casework_expect_told(const struct casework *w, const char *const *members, const char *file, int line);
