/* Files of submissions as integrators have them: JSON (one object, or an object a line) or protobuf bytes. */
#pragma once

#include <stdbool.h>

#include "common/base/arena.h"
#include "common/event/problem.h"
#include "redress/v1/submission.pb-c.h"

struct submission_doc {
    const char *file;
    unsigned line;                          /* of the file; 0: the whole file is the submission */
    const Redress__V1__Submission *message; /* NULL: undecodable */
    const char *key;                        /* "tenant:source:source_event_id"; "" without a message */
    const struct field_problem *problems;
    size_t problem_count;
};

struct submission_docs {
    struct submission_doc *items;
    size_t count, cap;
};

/* Appends what a file holds ("-": standard input) with what is wrong with it, as far as can be known without a
 * database: whether the tenant, project and building exist is only known to intake. 0, or ERR_FATAL if it cannot be
 * read. */
int submissions_load(struct arena *a, const char *path, int64_t max_age_days, struct submission_docs *docs);

/* Whether a text is JSON lines: every line that is not blank begins with a brace. */
bool submissions_are_lines(const char *text, size_t len);
