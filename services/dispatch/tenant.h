/* What dispatch knows of its tenants, kept in memory and read again when `redressctl tenant apply` has changed it. */
#pragma once

#include "classify.h"
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/pg/pg.h"
#include "policy.h"
#include "work_order.h"

#define DEPARTMENT_CUSTOMER_SERVICE "customer_service" /* classifies by hand (R10), stands above the others (R35) */

struct department {
    const char *code, *name, *head; /* head: staff id */
    struct words deputies;          /* staff ids, in the order in which they stand in for the head */
};

/* Days since 1970-01-01 in the tenant's zone. */
struct absence {
    int32_t from, to; /* to is excluded */
};

struct staff {
    const char *id;
    struct str name; /* normalised */
    const char *department;
    struct words projects; /* empty: all */
    bool trained, on_duty;
    struct absence *absences;
    size_t absence_count;
    const char *phone_key; /* "" for none */
};

struct tenant {
    const char *id, *name, *zone, *duty;
    struct policy policy;
    struct department *departments;
    size_t department_count;
    struct staff *staff; /* in the order of their ids */
    size_t staff_count;
    struct words management; /* staff ids: senior management (R35) */
    struct handling_rules handling;
    struct price_list prices;
    struct classifier *classifier; /* shared by tenants with the same words */
};

const struct department *tenant_department(const struct tenant *t, const char *code);
/* Index in t->staff, -1 if there is none of that id. */
int tenant_staff(const struct tenant *t, const char *id);
/* The day it is in the tenant's zone. */
int32_t tenant_today(const struct tenant *t, int64_t now_us);

struct tenant_set;

struct tenant_set *tenant_set_new(void);
void tenant_set_free(struct tenant_set *ts);
/* Reads the revision, and everything if it has changed. 0 or an error class; what was known stays known. */
int tenant_set_refresh(struct tenant_set *ts, struct pg_conn *pg);
const struct tenant *tenant_set_find(const struct tenant_set *ts, const char *id);
/* The revision that was read. */
int64_t tenant_set_revision(const struct tenant_set *ts);
size_t tenant_set_count(const struct tenant_set *ts);
const struct tenant *tenant_set_at(const struct tenant_set *ts, size_t i);
