#include "growth.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/error.h"

#define WAIT_SECONDS 60

static void must(int r)
{
    if (r >= 0)
        return;
    fprintf(stderr, "growth: %s\n", err_text());
    exit(99);
}

void growth_open(struct growth *g, struct bench *b)
{
    g->pg = bench_connect(b, "bench-journal");
    arena_init(&g->arena, 0);
    g->batch = suite_number(b->suite, "SELECT coalesce(max(batch), 0) FROM journal.entry");
    /* planned while the journal is empty, and not to read all of it later on */
    must(pg_script(g->pg, "SET enable_seqscan = off; SET enable_bitmapscan = off; LISTEN redress_journal"));
}

void growth_close(struct growth *g)
{
    pg_free(g->pg);
    arena_done(&g->arena);
}

/* Entries since the last call. */
static int64_t grown_since(struct growth *g)
{
    static const struct pg_statement grown = {
        "bench_grown", "SELECT count(*), coalesce(max(batch), $1::int8) FROM journal.entry WHERE batch > $1::int8"
    };
    struct pg_result *r = NULL;
    struct pg_params p;
    int64_t n;

    arena_reset(&g->arena);
    pg_params_init(&p, &g->arena);
    pg_param_int8(&p, g->batch);
    must(pg_exec(g->pg, &grown, &p, &r));
    n = pg_int8(r, 0, 0);
    g->batch = pg_int8(r, 0, 1);
    pg_result_free(r);
    return n;
}

/* Each batch is followed by a notification: looked at then, and 50 ms after the last one if it should be lost. */
void growth_wait(struct growth *g, struct bench *b, int64_t entries)
{
    int64_t end_us = clock_mono_us() + WAIT_SECONDS * INT64_C(1000000), n = 0;

    while (n < entries && clock_mono_us() < end_us) {
        must(pg_wait_notify(g->pg, 50));
        n += grown_since(g);
    }
    bench_expect(b, "entries of the journal", n, entries);
}
