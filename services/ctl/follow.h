/* Sees accepted submissions through to their assignment: when it was published, and what it says. */
#pragma once

#include "exchange.h"
#include "redress/v1/complaint_event.pb-c.h"

struct follow;

struct follow *follow_new(struct arena *a);
void follow_free(struct follow *f);
/* An outcome said that this one was accepted: its assignment is waited for, or has come already. */
void follow_expect(struct follow *f, struct exchange_item *item);
/* An event of redress.complaints.v1; at_us: Kafka's time of it. Only assignments count. */
void follow_take(struct follow *f, const Redress__V1__ComplaintEvent *e, int64_t at_us);
/* Accepted ones whose assignment has not been seen. */
size_t follow_open(const struct follow *f);

/* What became of them, as two tables. Accepted ones: number, project, category, severity, department, handler, time
 * from publishing to the assignment's publication; refused ones: what is wrong with which field. Names come from
 * PostgreSQL where it answers, codes stand in for them elsewhere. */
void follow_print(struct ctl *c, const struct exchange_item *items, size_t count);
