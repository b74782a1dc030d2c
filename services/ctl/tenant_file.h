/* A tenant's folder: tenant.yaml, and the staff, category, rule and price files that it names. Read and checked as a
 * whole: every code that one file mentions must be in the other. deploy/demo.d/tenant is an example. */
#pragma once

#include "common/base/arena.h"
#include "common/contact/phone.h"
#include "services/dispatch/policy.h"
#include "services/dispatch/work_order.h"

struct tenant_file_building {
    const char *project, *code, *name;
    int floors, units_per_floor;
};

struct tenant_file_project {
    const char *code, *name;
};

struct tenant_file_department {
    const char *code, *name, *head;
    struct words deputies; /* staff ids, in the order in which they stand in for the head */
};

struct tenant_file_staff {
    const char *id, *name, *department;
    char phone[PHONE_SIZE]; /* canonical; "" for none */
    const char *email;      /* "" for none */
    struct words projects;  /* none: all */
    bool trained, on_duty;
    const char *absent; /* as PostgreSQL reads a datemultirange: "{[2026-01-01,2026-01-03]}" */
};

struct tenant_file {
    const char *path; /* of tenant.yaml */
    const char *id, *name, *time_zone, *number_format, *duty;
    unsigned time_zone_line; /* only PostgreSQL knows all zones */
    int duplicate_window_days;
    struct tenant_file_project *projects;
    struct tenant_file_building *buildings; /* of all projects */
    struct tenant_file_department *departments;
    struct tenant_file_staff *staff;
    size_t project_count, building_count, department_count, staff_count;
    struct words management; /* staff ids: senior management (R35) */
    struct policy policy;
    struct handling_rules handling;
    struct price_list prices;
};

/* Everything lives in the arena. 0, or ERR_FATAL: err_text() has a line per problem, "file:line:column: path: what". */
int tenant_file_read(struct arena *a, const char *folder, struct tenant_file *ret);
