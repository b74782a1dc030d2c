/* A case as the rules see it: what is known of it, where it stands, and its work orders. Read from the tables, changed
 * by handling.c alone, written back. Texts live in the batch's arena. */
#pragma once

#include "common/base/uuid.h"
#include "lifecycle.h"
#include "policy.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "work_order.h"

/* Bits of case_state.facts; stored: never renumber, only add. */
enum case_fact {
    FACT_ACKNOWLEDGED = 1 << 0,    /* whoever has it said so (R11) */
    FACT_AWARDED = 1 << 1,         /* by customer service: it cannot be refused (R10) */
    FACT_CONTACTED = 1 << 2,       /* the complainant was really spoken to (R15) */
    FACT_MEETING_AGREED = 1 << 3,  /* the newest coordination meeting came to an agreement (R26) */
    FACT_INSPECTION_OPEN = 1 << 4, /* R13 */
    FACT_INSPECTED = 1 << 5,
    FACT_HELD = 1 << 6,          /* legal hold (R47) */
    FACT_RECURRENCE = 1 << 7,    /* the same home had the same trouble not long ago */
    FACT_AMOUNT_RAISED = 1 << 8, /* the amount at stake has escalated it (R34): once is enough */
    FACT_REWORKED = 1 << 9,      /* it went back to planning after it was rectified, or was opened again */
};

struct case_state {
    struct uuid id;
    /* what was registered and found out once */
    const char *tenant, *number, *project, *building, *home_key, *complainant_key;
    const char *category;     /* "" while customer service has to say */
    int severity, complexity; /* redress.v1.Severity, Complexity */
    int64_t received_us, registered_us;
    int64_t amount_fen; /* at stake; 0: none */
    /* where it stands */
    enum case_status status;
    int64_t since_us;                  /* in this state */
    const char *department, *assignee; /* never "" */
    int assignee_role;                 /* redress.v1.AssigneeRole */
    uint32_t facts;                    /* enum case_fact */
    int level;                         /* redress.v1.EscalationLevel; 1 is the handler */
    int waiting;                       /* redress.v1.WaitReason; 0: it does not wait */
    uint32_t asked;                    /* bit per state in which the complainant was asked for something */
    int64_t question_us;               /* when it was asked */
    enum case_status question;         /* in which an answer is still missing; CASE_SAME: none is */
    struct words recused;              /* staff who may not handle it (R12) */
    int bounces, plans, plan_steps, dissatisfied, reminders, reopened, chases;
    int64_t plan_deadline_us; /* of the newest plan; 0: none */
    int64_t assigned_us;      /* to whom has it now */
    int passed_on;            /* in a row, because nobody acknowledged (R11) */
    int64_t closed_us;        /* the newest close; 0: it is not over */
    int64_t reopen_until_us, retain_until_us;
    struct uuid merged_into; /* nil: not merged */
    struct work_orders orders;
    /* its place in the record */
    int64_t version;
    unsigned char head[32];
    bool changed, file_changed; /* case_state's row, case_file's row */
    bool classified;            /* by hand, just now */
};
