/* Reads a tenant's policy files, deploy/policies/categories.yaml and rules.yaml or a tenant's own, and checks them as a
 * whole: known keys, lengths, no code twice, no keyword twice in a category, keywords that mean something once they are
 * normalised, major and paid categories that exist. The format is described in deploy/policies/README.md.
 *
 * Departments are named here but live with the staff: whoever has the list checks `department` of each category and
 * rules.complex_departments against it; category.line and rules.complex_departments_line say where to point. */
#pragma once

#include "common/base/arena.h"
#include "policy.h"

/* Everything lives in the arena. 0, or ERR_FATAL: err_text() has a line per problem, "file:line:column: path: what". */
int policy_file_load(struct arena *a, const char *categories_path, const char *rules_path, struct policy *ret,
                     struct handling_rules *ret_handling);
