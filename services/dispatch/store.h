/* The only place that knows dispatch's tables of cases. Every function is one statement, whatever the batch holds. */
#pragma once

#include "common/base/id_index.h"
#include "common/runtime/batch.h"
#include "decide.h"
#include "tenant.h"

/* One complaint of the batch. */
struct case_row {
    struct uuid id;
    int64_t version; /* newest known; 0: no case yet */
    bool has_texts;
    struct complaint_texts texts;
};

/* The batch's complaints, each once. */
struct case_set {
    struct id_index ids;
    struct case_row *rows; /* by the index' numbers */
};
void case_set_init(struct case_set *s, struct arena *a, size_t max);
/* The row of this id, made if there is none. */
struct case_row *case_set_add(struct case_set *s, const struct uuid *id);
struct case_row *case_set_get(const struct case_set *s, const struct uuid *id);

/* Fills in what is known: versions. */
int store_load_versions(struct batch *b, struct case_set *s);
/* Fills in the texts of those without a case; they are borrowed from *ret_result, to be freed by the caller. */
int store_load_texts(struct batch *b, struct case_set *s, struct pg_result **ret_result);

/* The workloads of one tenant of the batch. */
struct tenant_load {
    const struct tenant *tenant;
    struct workload *load; /* in the order of tenant->staff */
    int32_t today;
};
int store_load_workload(struct batch *b, struct tenant_load *loads, size_t count);
/* Adds what the batch gave to each. */
int store_add_workload(struct batch *b, const struct tenant_load *loads, size_t count);

/* A case to be written. */
struct new_case {
    struct uuid id;
    const Redress__V1__ComplaintEvent *event; /* registered */
    struct decision decision;
    unsigned char head[32];
    int64_t version;
};
int store_insert_cases(struct batch *b, const struct new_case *cases, size_t count);
