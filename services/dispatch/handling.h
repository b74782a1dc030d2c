/* What a command does to a case: whether this person may do it now, what follows from it, and what is told. Pure: the
 * same case, command, tenant and time give the same answer; nothing here knows of tables, topics or the time of day.
 *
 *     struct handling h = { .arena = ..., .tenant = ..., .load = ..., .today = ..., .now_us = ... };
 *     if (handling_apply(&h, the_case, &deed) == HANDLING_REFUSED)   the case is as it was; h.refusal says why
 *     else                                                           h.events are to be told, in their order
 *
 * Everybody goes this way: commands from Kafka, redressctl, the watchdog's points and what follows registration. */
#pragma once

#include "assign.h"
#include "case.h"
#include "deed.h"

#define HANDLING_REFUSED 1

/* One event of the record, on the case or on another one that it touches (a merge). */
struct case_event {
    struct case_state *on;
    const char *member; /* of ComplaintEvent */
    ProtobufCMessage *message;
};

/* A fee that goes on the bill (R31). */
struct case_bill {
    const struct case_state *on;
    const struct work_order *order;
};

struct refusal {
    const char *code, *rule; /* stable words; rule "" for none */
    const char *chinese, *english;
};

struct handling {
    struct arena *arena;
    const struct tenant *tenant;
    struct workload *load; /* in the order of tenant->staff; what is given and taken is counted in it */
    int32_t today;         /* tenant_today */
    int64_t now_us;
    int64_t at_us;            /* when it was done: now, or what the command says */
    struct case_state *other; /* of a merge: the case that goes on; NULL: there is none */
    const struct str *texts;  /* of the complaint, normalised: who stands in them may not handle it (R12) */
    size_t text_count;
    int64_t home_amount_fen; /* at stake in other cases of the same home within a year (R34) */
    /* what came of it */
    struct case_event *events;
    size_t event_count, event_cap;
    struct case_bill *bills;
    size_t bill_count, bill_cap;
    struct refusal refusal;
};

/* What this actor is to the case: enum case_role; 0: nobody whom the tenant knows. "system:..." is the system only for
 * deeds without fields of a command: nobody can claim to be it. */
uint32_t handling_roles(const struct tenant *t, const struct case_state *c, const char *actor);

/* Now, for a deed that does not say when it was done. A transaction that began after ours may have been at the case
 * before us: what comes after its step was not done before it. */
int64_t handling_now(const struct handling *h, const struct case_state *c);

/* 0, HANDLING_REFUSED, or < 0. */
int handling_apply(struct handling *h, struct case_state *c, const struct deed *d);

/* What follows from a registration and its first assignment: the joint inspection of a major one (R13), the amount at
 * stake (R34). */
void handling_begin(struct handling *h, struct case_state *c);

/* The commands that an actor may give to the case as it is, as far as that does not hang on what he asks for; NULL at
 * the end. In the arena. */
const char *const *handling_allowed(struct handling *h, struct case_state *c, const char *actor);

/* The staff behind a level of escalation: never nobody (R35). In the arena, NULL at the end. */
const char **handling_people(struct arena *a, const struct tenant *t, const struct case_state *c, int level,
                             int32_t today);

/* Adds an event to what is to be told. */
void handling_tell(struct handling *h, struct case_state *on, const char *member, ProtobufCMessage *message);

/* ---- for what the system does of its own (points of clocks) ---- */

/* Raises the case to a level, unless it stands there or higher. */
int handling_escalate(struct handling *h, struct case_state *c, int level, Redress__V1__EscalationCondition why);
/* Whoever has it may not any more (R12): to somebody else, who has to acknowledge it. HANDLING_REFUSED: there is
 * nobody. */
int handling_give_anew(struct handling *h, struct case_state *c);
/* Nobody acknowledged: to the next one, then to the head, then to the duty role (R11). */
int handling_pass_on(struct handling *h, struct case_state *c);
