/* An event in a sentence for people, Chinese first, from the descriptors: no code per event. */
#pragma once

#include "common/pg/pg.h"
#include "redress/v1/complaint_event.pb-c.h"

struct arena;

/* `names`: of tenant_names.sql; NULL: codes will do. All in the arena. */

/* "提出方案 plan_proposed：方案 1，责任人 S0101 张伟，期限 2026-12-01 18:00:00" */
const char *event_line(struct arena *a, const Redress__V1__ComplaintEvent *e, const struct pg_result *names);
/* "S0101 张伟", "投诉人", "坐席 7", "系统 dispatch" */
const char *event_actor(struct arena *a, const char *actor, const struct pg_result *names);
/* "提出方案"; the name itself where there is no word. */
const char *event_word(const char *member);
/* "责任人" for "responsible_id"; NULL: people are not shown it. The name itself where there is no word. */
const char *event_field_word(const char *field);
