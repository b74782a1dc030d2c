/* One batch of dispatch: what its parts share. Records of three topics come mixed; new cases are made first, then
 * commands and points of clocks act on them in the order in which they came. */
#pragma once

#include "handling.h"
#include "store.h"

struct dispatch {
    struct tenant_set *tenants;
    struct arena scratch;    /* for one complaint at a time */
    int64_t refit_revision;  /* of the tenants' settings, whose changes refit.c has followed */
    struct uuid refit_until; /* how far it is with the newer one */
    int refit_looks;         /* at the page after that */
};

struct work {
    struct batch *batch;
    struct dispatch *state;
    struct tenant_load *loads; /* of every tenant that the batch is about */
    size_t load_count;
};

/* Of all tenants, for work that no record asks for. */
void work_load_tenants(struct work *w);
/* The tenant's part of the batch; NULL: dispatch does not know the tenant. */
struct tenant_load *work_load(struct work *w, const char *tenant_id);

/* Lets an event of a case leave, as its next version. `texts` may be NULL. */
int work_emit(struct work *w, const struct record *cause, struct case_state *c, const char *actor, int64_t at_us,
              const char *member, ProtobufCMessage *message, const struct deed_text *texts, size_t text_count);

/* registrations.c: complaint events; what is new becomes a case, classified and given to somebody. */
int registrations_process(struct work *w);
void registrations_metrics(void);
/* acting.c: commands and points of clocks. */
int acting_process(struct work *w);
/* Points (redress.v1.SlaEvent) that did not come with this batch. */
int acting_points(struct work *w, ProtobufCMessage *const *messages, size_t count);
void acting_metrics(void);
/* point.c: whether an event of this ce_type tells a point of a clock. */
bool point_is(const char *type);

/* Normalised texts of a complaint, for those who look for names in them (R12). In the arena. */
const struct str *work_names_in(struct arena *a, const struct complaint_texts *t, size_t *ret_count);
