/* The only place that knows dispatch's tables of cases. Every function is one statement or a fixed number of them,
 * whatever the batch holds. */
#pragma once

#include "case.h"
#include "common/base/id_index.h"
#include "common/runtime/batch.h"
#include "decide.h"
#include "tenant.h"

/* One complaint of the batch. */
struct case_row {
    struct uuid id;
    int64_t version;          /* newest known; 0: no case yet */
    struct case_state *state; /* NULL: not loaded, or no case yet */
    int64_t loaded_version;   /* of state, when it was read */
    bool wants_texts, has_texts;
    struct complaint_texts texts;
    bool weigh; /* the other amounts of its home are asked for (R34) */
    int64_t home_amount_fen;
    int64_t loaded_amount_fen; /* of state, when it was read */
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

/* The workloads of one tenant of the batch. */
struct tenant_load {
    const struct tenant *tenant;
    struct workload *load; /* in the order of tenant->staff */
    int32_t today;
};
int store_load_workload(struct batch *b, struct tenant_load *loads, size_t count);
/* Adds what the batch gave to each, and took from him. */
int store_add_workload(struct batch *b, const struct tenant_load *loads, size_t count);

/* ---- new cases (store.c) ---- */

/* Fills in what is known: versions. */
int store_load_versions(struct batch *b, struct case_set *s);
/* Fills in the texts of rows that want them; they are borrowed from *ret_result, to be freed by the caller. */
int store_load_texts(struct batch *b, struct case_set *s, struct pg_result **ret_result);

/* A case to be written. */
struct new_case {
    const Redress__V1__ComplaintEvent *event; /* registered */
    struct decision decision;
    struct case_state *state;
    /* of the same home and category, closed not long ago; id nil: there is none */
    struct uuid earlier;
    const char *earlier_number;
    int earlier_count;
};
int store_find_earlier(struct batch *b, struct new_case *cases, size_t count, const struct tenant_load *loads,
                       size_t load_count);
int store_insert_cases(struct batch *b, const struct new_case *cases, size_t count);

/* ---- cases that go on (store_cases.c) ---- */

/* Locks and reads those that there are, with their work orders. */
int store_load_cases(struct batch *b, struct case_set *s);
/* What is at stake in the other cases of their homes, of rows that are to be weighed. */
int store_load_home_amounts(struct batch *b, struct case_set *s);

struct case_text {
    struct uuid id;
    int64_t version;
    const char *field, *text;
};
struct case_texts {
    struct case_text *items;
    size_t count, cap;
};
/* Writes what has changed. ERR_RETRY: somebody else has changed it too. */
int store_save_cases(struct batch *b, const struct case_set *s, const struct case_texts *texts);

/* A case that somebody has who may not have it any more (R12). */
struct unfit_case {
    struct uuid id;
    const char *tenant;
};
int store_any_unfit(struct batch *b, bool *ret);
/* Those of the next `page` cases after `from`; *ret_seen: how many cases there were, *ret_last the last of them. */
int store_find_unfit(struct batch *b, const struct uuid *from, int64_t page, struct unfit_case **ret, size_t *ret_count,
                     size_t *ret_seen, struct uuid *ret_last);

/* ---- commands (store_commands.c) ---- */

/* A command that was answered, now or before. */
struct answered {
    const char *tenant, *source, *command_id;
    unsigned char digest[SHA256_BYTES];
    struct uuid complaint;
    int64_t version;
    const void *refusal; /* packed redress.v1.Refusal; NULL: it was carried out */
    size_t refusal_len;
    bool known; /* before this batch */
};
/* Fills in the rest of those that were answered before. */
int store_find_commands(struct batch *b, struct answered **items, size_t count);
/* Forgets answers older than so many days, `limit` at most; *ret_rows: how many. */
int store_purge_commands(struct batch *b, int64_t days, int64_t limit, int64_t *ret_rows);
int store_save_commands(struct batch *b, struct answered *const *items, size_t count);

/* Points that wait for their case; packed redress.v1.SlaEvent. */
struct parked_point {
    struct uuid complaint;
    const ProtobufCMessage *message;
};
int store_park_points(struct batch *b, const struct parked_point *points, size_t count);
/* Takes those whose case is there, at most `limit`. */
int store_take_points(struct batch *b, int64_t limit, ProtobufCMessage ***ret, size_t *ret_count);
int store_purge_points(struct batch *b, int64_t *ret_rows);

/* A case that a command names by its number. */
struct named_case {
    const char *tenant, *number;
    struct uuid id; /* nil: there is none */
};
int store_find_cases(struct batch *b, struct named_case **items, size_t count);

/* ---- keeping the record (store_retention.c) ---- */

/* A case that is to be archived, or erased. */
struct due_case {
    struct uuid id;
    const char *tenant;
    bool erase;
};
/* The oldest of those whose time has come and that nothing holds, `most` at most. In the batch's arena. */
int store_find_due(struct batch *b, size_t most, struct due_case **ret, size_t *ret_count);
/* Destroys what is personal of dispatch's rows of these cases, and notes that it did: intake follows. */
int store_erase(struct batch *b, const struct uuid *ids, size_t count);
