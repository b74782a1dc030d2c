/* What acting.c (the batch), order.c (a command and its answer) and point.c (a point of a clock) share. */
#pragma once

#include "common/base/metrics.h"
#include "common/runtime/outcome.h"
#include "redress/v1/sla_event.pb-c.h"
#include "work.h"

/* A command of the batch, on its way to its answer. */
struct order {
    const struct record *rec;
    const Redress__V1__Command *message;
    struct outcome_address to;
    struct deed_problems problems; /* none: it can be carried out, as far as one can tell without the case */
    enum case_command what;
    const ProtobufCMessage *fields;
    struct tenant_load *load;
    int64_t at_us;
    struct named_case subject, into; /* the case, and of a merge the one that goes on */
    /* Its answer is that of the same reference earlier in this batch (first), or of one before it (key.known), or it is
     * decided now (done) and kept; what is none of these has no case, and nothing is kept of it. */
    struct order *first;
    struct answered key;                /* its digest is that of who came first with the reference */
    unsigned char digest[SHA256_BYTES]; /* its own */
    bool done;
    struct refusal_text { /* why it was not carried out; code NULL: it was */
        const char *code, *rule, *message, *state;
        const char *const *allowed;
    } refusal;
};

/* A point of a clock that dispatch has to do something about. */
struct point {
    const struct record *rec;
    const Redress__V1__SlaEvent *message;
    struct tenant_load *load;
    struct uuid id;
    const struct point_rule *rule;
    bool passes_on;
};

struct acting {
    struct work *w;
    struct order *commands;
    size_t command_count;
    struct order **firsts; /* valid ones, each reference once */
    size_t first_count;
    struct point *points;
    size_t point_count;
    struct parked_point *early; /* points whose case is not there yet */
    size_t early_count;
    struct case_set cases;
    struct case_texts texts;
};

struct handling acting_handling(struct acting *g, const struct case_state *c, const struct tenant_load *l);
/* Lets everything leave that a deed has brought. */
int acting_tell(struct acting *g, const struct handling *h, const struct record *cause, struct case_state *c,
                const struct deed *deed);

/* order.c */
struct order *order_read(struct acting *g, const struct record *rec);
void order_refuse(struct acting *g, struct order *o, struct case_state *c, struct handling *h);
void order_unknown(struct acting *g, struct order *o);
int order_answer(struct acting *g, struct order *o, struct metric *count);
int order_answer_undecodable(struct acting *g, const struct record *rec);
int bill_emit(struct acting *g, const struct record *cause, const struct case_bill *bill);

/* point.c */
/* rec may be NULL. NULL: nothing to do about it. */
struct point *point_read(struct acting *g, const struct record *rec, const ProtobufCMessage *message);
int point_act(struct acting *g, const struct point *p);
