/* Anchors are checked: the lines themselves, and the journal against them. */
#include "anchor_private.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"

static const char *name_of(struct arena *a, const struct anchor *n)
{
    char at[RFC3339_SIZE];

    rfc3339_format(n->at_us, at);
    return arena_printf(a, "%s, anchor %lld of %s", n->tenant, (long long)n->number, at);
}

/* `before` is the tenant's line before, NULL for its first. */
static const char *check_line(const struct anchor *n, const struct anchor *before, const unsigned char *key)
{
    unsigned char previous[SHA256_BYTES] = { 0 };

    if (memcmp(n->key, key, SIGNING_PUBLIC_BYTES) != 0)
        return "it is signed with another key";
    if (!signing_verify(key, n->statement, strlen(n->statement), n->signature))
        return "its signature is not right: the line was changed";
    if (n->number != (before ? before->number + 1 : 1))
        return "one before it is missing";
    if (before) {
        sha256(before->statement, strlen(before->statement), previous);
        if (before->upto.batch != n->after.batch || before->upto.ord != n->after.ord)
            return "it does not begin where the one before ends";
    }
    if (memcmp(previous, n->previous, SHA256_BYTES) != 0)
        return "it does not follow from the one before";
    if (n->all_complaints != n->complaints + (before ? before->all_complaints : 0))
        return "its complaints do not add up";
    return NULL;
}

/* Lines of a tenant before i, the newest. Tenants are few and take turns. */
static const struct anchor *line_before(const struct anchors *lines, size_t i)
{
    for (size_t k = i; k-- > 0;)
        if (strcmp(lines->items[k].tenant, lines->items[i].tenant) == 0)
            return &lines->items[k];
    return NULL;
}

const char *anchors_check(struct arena *a, const struct anchors *lines, const unsigned char *key)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct anchor *n = &lines->items[i];
        const char *wrong = check_line(n, line_before(lines, i), key ? key : lines->items[0].key);

        if (wrong)
            return arena_printf(a, "line %zu (%s): %s", i + 1, name_of(a, n), wrong);
    }
    return NULL;
}

/* The lines of one tenant as the journal is walked. */
struct check {
    const struct anchors *lines;
    struct arena *arena;
    struct sums sums;  /* of the line that each tenant stands at */
    const char *fault; /* of the earliest line that does not fit */
    struct anchor_place fault_at;
};

static bool is_after(const struct anchor_place *a, const struct anchor_place *b)
{
    return a->batch != b->batch ? a->batch > b->batch : a->ord > b->ord;
}

static const struct anchor *line_of(const struct anchors *lines, const char *tenant, int64_t number)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->items[i].number == number && strcmp(lines->items[i].tenant, tenant) == 0)
            return &lines->items[i];
    return NULL;
}

static struct sum *checked_sum(struct check *k, const char *tenant)
{
    struct sum *n = anchor_sum(&k->sums, tenant);

    if (!n->begun)
        n->line = line_of(k->lines, tenant, 1);
    n->begun = true;
    return n;
}

static const char *misfit(struct arena *a, const struct sum *n, const struct anchor *line, const unsigned char *digest)
{
    const char *where = arena_printf(a, "%s, batches %lld to %lld", name_of(a, line), (long long)line->after.batch,
                                     (long long)line->upto.batch);

    if (n->complaints != line->complaints)
        return arena_printf(
            a, "%s: the journal has %lld complaints that begin there, and %lld were anchored: whole complaints were %s",
            where, (long long)n->complaints, (long long)line->complaints,
            n->complaints < line->complaints ? "removed" : "slipped in");
    if (n->entries != line->entries)
        return arena_printf(a, "%s: the journal has %lld entries, and %lld were anchored: entries were %s", where,
                            (long long)n->entries, (long long)line->entries,
                            n->entries < line->entries ? "removed" : "slipped in");
    if (memcmp(digest, line->digest, SHA256_BYTES) != 0)
        return arena_printf(a, "%s: the entries are not those that were anchored", where);
    return NULL;
}

/* The tenant's stretch is over: does it fit? And on to its next line. */
static void end_line(struct check *k, struct sum *n)
{
    const struct anchor *line = n->line;
    unsigned char digest[SHA256_BYTES];
    const char *fault;

    crypto_hash_sha256_final(&n->digest, digest);
    fault = misfit(k->arena, n, line, digest);
    if (fault && (!k->fault || is_after(&k->fault_at, &line->upto))) {
        k->fault = fault;
        k->fault_at = line->upto;
    }
    n->line = line_of(k->lines, line->tenant, line->number + 1);
    n->entries = n->complaints = 0;
    crypto_hash_sha256_init(&n->digest);
}

static void check_entry(struct check *k, const struct pg_result *r, int row)
{
    const struct anchor_place at = { pg_int8(r, row, 0), pg_int4(r, row, 1) };
    const char *tenant = pg_text(r, row, 2);
    const void *hash;
    struct sum *n;
    size_t len;

    if (!*tenant)
        return;
    n = checked_sum(k, tenant);
    while (n->line && is_after(&at, &n->line->upto))
        end_line(k, n);
    hash = pg_bytes(r, row, 4, &len);
    anchor_count(n, pg_int8(r, row, 3), hash, len);
}

static int walk(struct pg_conn *c, struct check *k)
{
    struct anchor_place after = { 0, 0 }, upto = { 0, 0 };
    int rows = ANCHOR_PAGE;

    for (size_t i = 0; i < k->lines->count; i++)
        if (is_after(&k->lines->items[i].upto, &upto))
            upto = k->lines->items[i].upto;
    while (rows == ANCHOR_PAGE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = anchor_read_page(c, k->arena, &after, &upto, &r);

        if (e < 0)
            return e;
        rows = pg_rows(r);
        for (int i = 0; i < rows; i++)
            check_entry(k, r, i);
    }
    return 0;
}

int anchors_verify(struct pg_conn *c, struct arena *a, const struct anchors *lines, const char **ret_fault)
{
    struct check k = { .lines = lines, .arena = a, .sums = { .arena = a } };
    int e = pg_script(c, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");

    if (e == 0)
        e = walk(c, &k);
    pg_rollback(c);
    for (size_t i = 0; e == 0 && i < lines->count; i++) { /* also of tenants that have no entry left */
        struct sum *n = checked_sum(&k, lines->items[i].tenant);

        while (n->line)
            end_line(&k, n);
    }
    *ret_fault = k.fault;
    return e;
}
