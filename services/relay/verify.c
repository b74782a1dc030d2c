#include "verify.h"

#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "relay_sql.h"

#define PAGE 4000

struct walk {
    struct pg_conn *pg;
    struct arena arena; /* of a page */
    const struct verify_heads *heads;
    void (*told)(void *context, const struct verify_fault *fault);
    void *context;
    struct verify_result result;
    struct verify_chain ended[PAGE]; /* chains whose heads are still to be compared */
    size_t ended_count;
};

static void fault(struct walk *w, struct verify_fault f)
{
    const struct verify_fault *first = &w->result.first;

    if (w->result.faults++ == 0 || f.batch < first->batch || (f.batch == first->batch && f.ord < first->ord))
        w->result.first = f;
    if (w->told)
        w->told(w->context, &f);
}

static void read_hash(const struct pg_result *r, int row, int column, unsigned char out[SHA256_BYTES])
{
    size_t len;
    const void *data = pg_bytes(r, row, column, &len);

    memset(out, 0xff, SHA256_BYTES); /* of a wrong length: equal to nothing */
    if (len == SHA256_BYTES)
        memcpy(out, data, SHA256_BYTES);
}

/* ---- first walk: each entry for itself ---- */

struct place {
    int64_t batch;
    int32_t ord;
};

static void check_entry(struct walk *w, const struct pg_result *r, int row, struct place *last)
{
    struct verify_fault f = { .batch = pg_int8(r, row, 0), .ord = pg_int4(r, row, 1) };
    struct journal_entry e = {
        .topic = pg_text(r, row, 2),
        .key = pg_text(r, row, 3),
        .event_id = pg_uuid(r, row, 4),
        .tenant = pg_text(r, row, 5),
        .aggregate_version = pg_int8(r, row, 7),
        .type = pg_text(r, row, 8),
        .headers = pg_text(r, row, 9),
        .recorded_at_us = pg_time_us(r, row, 13),
    };
    unsigned char hash[SHA256_BYTES];
    int32_t wanted = f.batch == last->batch ? last->ord + 1 : 1;

    if (!pg_is_null(r, row, 6))
        e.aggregate_id = pg_uuid(r, row, 6);
    e.payload = pg_bytes(r, row, 10, &e.payload_len);
    read_hash(r, row, 11, e.prev_hash);
    read_hash(r, row, 12, e.hash);
    f.aggregate_id = e.aggregate_id;
    f.version = e.aggregate_version;
    journal_hash(&e, hash);
    w->result.entries++;
    if (memcmp(hash, e.hash, SHA256_BYTES) != 0) {
        f.code = "hash";
        str_copy(f.text, sizeof f.text, "the entry's content is not what its hash was made from");
        fault(w, f);
    }
    if (f.ord != wanted) {
        f.code = "ord";
        snprintf(f.text, sizeof f.text, "entry %d of its batch follows where %d was due: some are missing", f.ord,
                 wanted);
        fault(w, f);
    }
    *last = (struct place){ f.batch, f.ord };
}

static int walk_entries(struct walk *w)
{
    struct place last = { 0, 0 };
    int rows = PAGE;

    while (rows == PAGE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        struct pg_params p;
        int e;

        arena_reset(&w->arena);
        pg_params_init(&p, &w->arena);
        pg_param_int8(&p, last.batch);
        pg_param_int4(&p, last.ord);
        pg_param_int4(&p, PAGE);
        e = pg_exec(w->pg, &relay_verify_entries, &p, &r);
        if (e < 0)
            return e;
        rows = pg_rows(r);
        for (int i = 0; i < rows; i++)
            check_entry(w, r, i, &last);
    }
    return 0;
}

/* ---- second walk: the links ---- */

static const char *wrong_link(const struct verify_chain *chain, const struct journal_entry *e, int64_t batch,
                              int32_t ord, char *text, size_t size)
{
    static const unsigned char zero[SHA256_BYTES];
    bool same = uuid_eq(&chain->aggregate_id, &e->aggregate_id);
    int64_t due = same ? chain->version + 1 : 1;

    if (e->aggregate_version != due) {
        snprintf(text, size, "version %lld stands where %lld was due", (long long)e->aggregate_version, (long long)due);
        return "version";
    }
    if (memcmp(e->prev_hash, same ? chain->hash : zero, SHA256_BYTES) != 0) {
        snprintf(text, size, "it does not follow from version %lld (0: the chain's beginning)", (long long)due - 1);
        return "link";
    }
    if (same && (batch < chain->batch || (batch == chain->batch && ord < chain->ord))) {
        snprintf(text, size, "version %lld was written before version %lld", (long long)due, (long long)due - 1);
        return "version";
    }
    return NULL;
}

const char *verify_chain_next(struct verify_chain *chain, const struct journal_entry *e, int64_t batch, int32_t ord,
                              char *text, size_t size)
{
    const char *code = wrong_link(chain, e, batch, ord, text, size);

    if (!uuid_eq(&chain->aggregate_id, &e->aggregate_id))
        memcpy(chain->first_hash, e->hash, SHA256_BYTES);
    chain->aggregate_id = e->aggregate_id;
    chain->version = e->aggregate_version;
    memcpy(chain->hash, e->hash, SHA256_BYTES);
    chain->batch = batch;
    chain->ord = ord;
    return code;
}

/* ---- heads ---- */

static const struct verify_chain *find_ended(const struct walk *w, const struct uuid *id)
{
    size_t low = 0, high = w->ended_count;

    while (low < high) { /* they ended in order */
        size_t mid = (low + high) / 2;

        if (memcmp(w->ended[mid].aggregate_id.bytes, id->bytes, sizeof id->bytes) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < w->ended_count && uuid_eq(&w->ended[low].aggregate_id, id) ? &w->ended[low] : NULL;
}

static void compare_head(struct walk *w, const struct verify_heads *h, const struct pg_result *r, int row)
{
    struct uuid id = pg_uuid(r, row, 0);
    const struct verify_chain *chain = find_ended(w, &id);
    int64_t version = pg_int8(r, row, 1);
    struct verify_fault f = { .aggregate_id = id, .version = version };
    unsigned char head[SHA256_BYTES];

    if (!chain)
        return;
    f.batch = chain->batch;
    f.ord = chain->ord;
    read_hash(r, row, 2, head);
    if (version > chain->version) {
        f.code = "cut";
        snprintf(f.text, sizeof f.text, "%s has version %lld, the chain ends at %lld", h->owner, (long long)version,
                 (long long)chain->version);
    } else if (version != chain->version && (h->newest || version != 1)) {
        f.code = "head";
        snprintf(f.text, sizeof f.text, "%s has version %lld, the chain goes on to %lld", h->owner, (long long)version,
                 (long long)chain->version);
    } else if (memcmp(head, version == chain->version ? chain->hash : chain->first_hash, SHA256_BYTES) != 0) {
        f.code = "head";
        snprintf(f.text, sizeof f.text, "%s remembers another hash for version %lld", h->owner, (long long)version);
    }
    if (f.code)
        fault(w, f);
}

static int compare_heads(struct walk *w)
{
    struct pg_column ids;

    pg_column_init(&ids, &w->arena, PG_UUID, w->ended_count);
    for (size_t i = 0; i < w->ended_count; i++)
        pg_column_uuid(&ids, &w->ended[i].aggregate_id);
    for (const struct verify_heads *h = w->heads; h && h->owner && w->ended_count; h++) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        struct pg_params p;
        int e;

        pg_params_init(&p, &w->arena);
        pg_param_column(&p, &ids);
        e = pg_exec(w->pg, h->heads, &p, &r);
        if (e < 0)
            return e;
        for (int i = 0; i < pg_rows(r); i++)
            compare_head(w, h, r, i);
    }
    w->ended_count = 0;
    return 0;
}

static int end_chain(struct walk *w, const struct verify_chain *chain)
{
    if (uuid_is_nil(&chain->aggregate_id))
        return 0;
    w->result.chains++;
    w->ended[w->ended_count++] = *chain;
    return w->ended_count == PAGE ? compare_heads(w) : 0;
}

static int check_link(struct walk *w, const struct pg_result *r, int row, struct verify_chain *chain)
{
    struct verify_fault f = { .batch = pg_int8(r, row, 0), .ord = pg_int4(r, row, 1) };
    struct journal_entry e = { .aggregate_id = pg_uuid(r, row, 2), .aggregate_version = pg_int8(r, row, 3) };
    int x = 0;

    read_hash(r, row, 4, e.prev_hash);
    read_hash(r, row, 5, e.hash);
    if (!uuid_eq(&chain->aggregate_id, &e.aggregate_id))
        x = end_chain(w, chain);
    f.aggregate_id = e.aggregate_id;
    f.version = e.aggregate_version;
    f.code = verify_chain_next(chain, &e, f.batch, f.ord, f.text, sizeof f.text);
    if (f.code)
        fault(w, f);
    return x;
}

static int walk_links(struct walk *w)
{
    struct verify_chain chain = { .version = 0 };
    int rows = PAGE, e = 0;

    while (e == 0 && rows == PAGE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        struct pg_params p;

        arena_reset(&w->arena);
        pg_params_init(&p, &w->arena);
        pg_param_uuid(&p, &chain.aggregate_id);
        pg_param_int8(&p, chain.version);
        pg_param_int8(&p, chain.batch);
        pg_param_int4(&p, chain.ord);
        pg_param_int4(&p, PAGE);
        e = pg_exec(w->pg, &relay_verify_links, &p, &r);
        rows = e == 0 ? pg_rows(r) : 0;
        for (int i = 0; e == 0 && i < rows; i++)
            e = check_link(w, r, i, &chain);
    }
    if (e == 0)
        e = end_chain(w, &chain);
    return e < 0 ? e : compare_heads(w);
}

/* Heads whose entries are all gone. */
static int find_lost(struct walk *w)
{
    for (const struct verify_heads *h = w->heads; h && h->owner; h++) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = h->lost ? pg_exec(w->pg, h->lost, NULL, &r) : 0;

        if (e < 0)
            return e;
        for (int i = 0; r && i < pg_rows(r); i++) {
            struct verify_fault f = { .code = "cut", .aggregate_id = pg_uuid(r, i, 0), .version = pg_int8(r, i, 1) };

            snprintf(f.text, sizeof f.text, "%s has version %lld, the journal has no entry at all", h->owner,
                     (long long)f.version);
            fault(w, f);
        }
    }
    return 0;
}

int journal_verify(struct pg_conn *c, const struct verify_heads *heads,
                   void (*told)(void *context, const struct verify_fault *fault), void *context,
                   struct verify_result *ret)
{
    static _Thread_local struct walk w;
    int e = pg_script(c, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");

    w = (struct walk){ .pg = c, .heads = heads, .told = told, .context = context };
    arena_init(&w.arena, 0);
    if (e == 0)
        e = pg_exec(c, &relay_verify_begin, NULL, NULL);
    if (e == 0)
        e = walk_entries(&w);
    if (e == 0)
        e = walk_links(&w);
    if (e == 0)
        e = find_lost(&w);
    pg_rollback(c);
    arena_done(&w.arena);
    if (e == 0)
        *ret = w.result;
    return e;
}
