/* What handling.c (may he?) and effects.c (what follows?) share. */
#pragma once

#include "handling.h"

struct deciding {
    struct handling *h;
    struct case_state *c;
    const struct deed *deed;
    uint32_t roles; /* of the actor */
    const struct lifecycle_row *row;
    struct work_order *order; /* that the command names; NULL: none, or there is no such one */
};

/* effects.c: changes the case and tells. 0, or < 0. */
int effects_of(struct deciding *d);

/* What is told: a new event to be filled in; the command's own, with what the command brought; a text in it. */
void *told_new(struct handling *h, struct case_state *on, const char *member);
void *told_own(struct deciding *d);
char *told_text(const char *s);

void effects_move_to(struct deciding *d, enum case_status to);
int64_t later_of(int64_t x_us, int64_t y_us);
/* A major case needs its joint inspection (R13); what is at stake in the home may be too much (R34). */
void effects_open_inspection(struct handling *h, struct case_state *c);
void effects_weigh_amount(struct handling *h, struct case_state *c);

/* giving.c */
/* To the person named, or to whoever is best; "" for a department: the same. 0, or HANDLING_REFUSED: he may not have
 * it. */
int effect_give(struct deciding *d, const char *department, const char *staff_id, Redress__V1__Reassigned **ret);
int effect_reassign(struct deciding *d);
int effect_award(struct deciding *d);
int effect_refuse_it(struct deciding *d);
int effect_acknowledge(struct deciding *d);
int effect_recuse(struct deciding *d);
int effect_classify_by_hand(struct deciding *d);

/* ordering.c */
int effect_open_work_order(struct deciding *d);
int effect_quote_work(struct deciding *d);
int effect_approve_quote(struct deciding *d);
int effect_dispatch_work(struct deciding *d);
int effect_agree_appointment(struct deciding *d);
int effect_finish_work(struct deciding *d);
int effect_sign_work(struct deciding *d);
int effect_cancel_work(struct deciding *d);

/* The message of a command's type; NULL for what the system does without one. */
#define FIELDS(type, d) ((const Redress__V1__##type *)(d)->deed->fields)
