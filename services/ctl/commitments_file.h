/* What a tenant promises: commitments.yaml in the tenant's folder names its calendars and policies.
 *
 *     calendars:
 *       office: ../../calendars/cn-office.yaml
 *     policies:
 *       - ../../policies/standard.yaml
 *
 * Everything is read and checked together: policies may name only calendars of this file, and projects and categories
 * of the tenant. deploy/demo.d/tenant is an example. */
#pragma once

#include "services/watchdog/policy.h"
#include "tenant_file.h"

struct commitments_calendar {
    const char *name, *path;
    struct calendar calendar; /* prepared for all years */
};

struct commitments_file {
    const char *path; /* of commitments.yaml */
    struct tenant_file tenant;
    struct commitments_calendar *calendars;
    size_t calendar_count;
    struct sla_book book; /* sorted; `file` of a policy is its path */
    struct sla_names names;
};

/* Everything lives in the arena. 0, or ERR_FATAL: err_text() has a line per problem. */
int commitments_file_read(struct arena *a, const char *folder, struct commitments_file *ret);
