/* Anchors against what a superuser can do to the journal and to everything that remembers it (guarantee 28): changes
 * that leave every hash, chain and head in order are named by the anchor that they fall under. */
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/journal/anchor.h"
#include "services/relay/verify.h"
#include "tests/support/relay_suite.h"

#define KEYS 200

struct stage {
    struct suite *s;
    struct arena arena;
    struct signing_key key;
    struct anchors lines;
};

static void write_events(struct stage *st, int64_t events, unsigned seed)
{
    load_wait(load_start(&(struct load_spec){ .uri = suite_uri(st->s),
                                              .seed = seed,
                                              .writers = 2,
                                              .keys = KEYS,
                                              .per_batch = 20,
                                              .payload = 50,
                                              .events = events }));
    /* as a relay would that has published everything */
    suite_execute(st->s, "UPDATE journal.cursor SET (batch, ord) = (SELECT batch, ord FROM journal.entry"
                         " ORDER BY batch DESC, ord DESC LIMIT 1)");
}

static int make(struct stage *st, bool only_due, struct anchors *ret)
{
    struct pg_conn *pg = suite_pg(st->s);
    int r;

    cr_assert_eq(pg_begin(pg), 0);
    r = anchors_make(pg, &st->arena, &st->key, clock_wall_us(), only_due, ret);
    cr_assert_geq(r, 0, "%s", err_text());
    cr_assert_eq(pg_commit(pg), 0);
    return r;
}

static void anchor(struct stage *st)
{
    struct anchors made;

    cr_assert_eq(make(st, false, &made), 0);
    cr_assert_eq(made.count, 1, "one tenant, \"load\"");
    st->lines.items[st->lines.count++] = made.items[0];
}

/* Three anchors, of about a thousand entries each. */
static void stage_open(struct stage *st, const char *name)
{
    static const unsigned char seed[32] = { 49 };

    *st = (struct stage){ .s = suite_new(name) };
    arena_init(&st->arena, 0);
    st->lines.items = arena_array(&st->arena, struct anchor, 8);
    crypto_sign_seed_keypair(st->key.public, st->key.secret, seed);
    load_prepare(suite_pg(st->s), KEYS);
    suite_execute(st->s, "UPDATE journal.cursor SET epoch = journal.current_epoch()");
    for (int64_t i = 1; i <= 3; i++) {
        write_events(st, 1000, relay_test_seed() + (unsigned)i);
        anchor(st);
    }
}

static void stage_close(struct stage *st)
{
    suite_free(st->s);
    arena_done(&st->arena);
}

static const char *verify(struct stage *st)
{
    const char *fault;

    cr_assert_eq(anchors_verify(suite_pg(st->s), &st->arena, &st->lines, &fault), 0, "%s", err_text());
    return fault;
}

static void tamper(struct stage *st, const char *sql)
{
    suite_execute(st->s, "SET session_replication_role = replica");
    suite_execute(st->s, sql);
    suite_execute(st->s, "SET session_replication_role = origin");
}

static void says(struct stage *st, int number, const char *wanted)
{
    const char *fault = verify(st);
    char begin[64];

    snprintf(begin, sizeof begin, "load, anchor %d of ", number);
    cr_assert(fault && strncmp(fault, begin, strlen(begin)) == 0 && strstr(fault, wanted),
              "\"%s\", not anchor %d, \"%s\"", fault ? fault : "nothing", number, wanted);
    stage_close(st);
}

Test(anchors_journal, an_honest_journal_holds_and_each_entry_is_anchored_once, .timeout = 90)
{
    struct stage st;
    struct anchors made;
    int64_t entries = 0;

    stage_open(&st, "anchors_ok");
    for (size_t i = 0; i < st.lines.count; i++)
        entries += st.lines.items[i].entries;
    cr_expect_eq(entries, suite_number(st.s, "SELECT count(*) FROM journal.entry WHERE tenant_id = 'load'"));
    cr_expect_eq(st.lines.items[2].all_complaints,
                 suite_number(st.s, "SELECT count(*) FROM journal.entry WHERE aggregate_version = 1"));
    cr_expect_null(anchors_check(&st.arena, &st.lines, st.key.public));
    cr_expect_null(verify(&st));
    cr_expect_eq(make(&st, false, &made), ANCHORS_NONE, "nothing is new");
    write_events(&st, 100, 99);
    cr_expect_eq(make(&st, true, &made), ANCHORS_NONE, "not twice a day");
    cr_expect_null(verify(&st), "what came after the last anchor is nobody's fault");
    tamper(&st, "UPDATE journal.anchor SET at = at - interval '1 day'");
    cr_expect_eq(make(&st, true, &made), 0, "on the next day");
    stage_close(&st);
}

/* The chain of one aggregate with all that remembers it: whoever looks at the database alone finds nothing missing. */
Test(anchors_journal, a_whole_complaint_that_was_removed, .timeout = 90)
{
    struct verify_result v;
    struct stage st;

    stage_open(&st, "anchors_gone");
    tamper(&st, "DELETE FROM journal.entry WHERE aggregate_id = (SELECT aggregate_id FROM journal.entry"
                " WHERE aggregate_version = 1 ORDER BY batch, ord LIMIT 1)");
    /* the holes in batches that others shared are closed, too */
    tamper(&st, "UPDATE journal.entry AS e SET ord = -n.ord FROM (SELECT batch, ord AS was, row_number() OVER"
                " (PARTITION BY batch ORDER BY ord) AS ord FROM journal.entry) AS n"
                " WHERE e.batch = n.batch AND e.ord = n.was");
    tamper(&st, "UPDATE journal.entry SET ord = -ord");
    cr_assert_eq(journal_verify(suite_pg(st.s), NULL, NULL, NULL, &v), 0, "%s", err_text());
    cr_assert_eq(v.faults, 0, "%s: %s", v.first.code, v.first.text);
    says(&st, 1, "whole complaints were removed");
}

Test(anchors_journal, a_complaint_that_was_slipped_in, .timeout = 90)
{
    struct stage st;

    stage_open(&st, "anchors_new");
    tamper(&st,
           "INSERT INTO journal.entry SELECT batch, ord + 1000, topic, key, event_id, tenant_id, gen_random_uuid(), 1,"
           " type, headers, payload, prev_hash, hash, recorded_at FROM journal.entry"
           " WHERE (batch, ord) = (SELECT a.batch - 1, 1 FROM journal.anchor AS a WHERE number = 2)");
    says(&st, 2, "whole complaints were slipped in");
}

Test(anchors_journal, an_end_that_was_cut_off, .timeout = 90)
{
    struct stage st;

    stage_open(&st, "anchors_cut");
    tamper(
        &st,
        "DELETE FROM journal.entry WHERE (batch, ord) = (SELECT batch, ord FROM journal.entry WHERE tenant_id = 'load'"
        " AND aggregate_version > 1 ORDER BY batch DESC, ord DESC LIMIT 1)");
    says(&st, 3, "entries were removed");
}

Test(anchors_journal, a_journal_that_was_written_anew, .timeout = 90)
{
    struct stage st;

    stage_open(&st, "anchors_anew");
    tamper(&st, "UPDATE journal.entry SET hash = sha256(hash) WHERE batch > (SELECT batch FROM journal.anchor WHERE "
                "number = 1)");
    says(&st, 2, "the entries are not those that were anchored");
}

/* A crash may cut a line of the file off, or the file may be lost: it is made whole from what was kept. */
Test(anchors_journal, a_file_is_filled_up, .timeout = 90)
{
    struct stage st;
    struct anchors read;
    int64_t added = 0;
    char *path, text[8192] = "";
    FILE *f;
    size_t len;

    stage_open(&st, "anchors_file");
    path = arena_printf(&st.arena, "%s/anchors.jsonl", suite_folder(st.s));
    f = fopen(path, "w");
    cr_assert_not_null(f);
    fprintf(f, "%s\n%.100s", anchor_line(&st.arena, &st.lines.items[0]), anchor_line(&st.arena, &st.lines.items[1]));
    fclose(f);
    cr_assert_eq(anchors_append(suite_pg(st.s), &st.arena, path, "", &added), 0, "%s", err_text());
    cr_expect_eq(added, 2);
    cr_assert_eq(anchors_append(suite_pg(st.s), &st.arena, path, "", &added), 0, "%s", err_text());
    cr_expect_eq(added, 0);
    f = fopen(path, "r");
    len = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    cr_assert_null(anchors_parse(&st.arena, text, len, &read));
    cr_expect_eq(read.count, 3);
    cr_expect_null(anchors_check(&st.arena, &read, st.key.public));
    stage_close(&st);
}

/* A cursor that fell back in a crash, or an epoch that was opened anew, is no reason to anchor backwards. */
Test(anchors_journal, a_cursor_that_fell_back_is_waited_for, .timeout = 90)
{
    struct anchors made;
    struct stage st;

    stage_open(&st, "anchors_back");
    suite_execute(st.s, "UPDATE journal.cursor SET batch = batch - 10");
    cr_expect_eq(make(&st, false, &made), ANCHORS_NONE);
    write_events(&st, 100, 7);
    anchor(&st);
    cr_expect_null(verify(&st));
    stage_close(&st);
}
