#include "journal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "journal_sql.h"

#define FIELDS 9

static void be64(unsigned char *at, uint64_t v)
{
    v = htobe64(v);
    memcpy(at, &v, 8);
}

/* "redress-entry-1", then each field as its length (8 bytes, big-endian) and its bytes; numbers are 8 bytes. */
void journal_hash(const struct journal_entry *e, unsigned char out[SHA256_BYTES])
{
    static const char version[] = "redress-entry-1";
    unsigned char number[8], at[8], stack[4096], *buffer = stack, *p;
    const struct str fields[FIELDS] = {
        { e->topic, strlen(e->topic) },
        { e->key, strlen(e->key) },
        { (const char *)e->event_id.bytes, 16 },
        { e->tenant, strlen(e->tenant) },
        { (const char *)e->aggregate_id.bytes, 16 },
        { e->type, strlen(e->type) },
        { e->headers, strlen(e->headers) },
        { (const char *)number, 8 },
        { (const char *)at, 8 },
    };
    size_t size = SHA256_BYTES + sizeof version + 8 + e->payload_len;

    be64(number, (uint64_t)e->aggregate_version);
    be64(at, (uint64_t)e->recorded_at_us);
    for (size_t i = 0; i < FIELDS; i++)
        size += 8 + fields[i].len;
    if (size > sizeof stack && !(buffer = malloc(size)))
        abort();
    p = memcpy(buffer, e->prev_hash, SHA256_BYTES);
    p += SHA256_BYTES;
    p = (unsigned char *)mempcpy(p, version, sizeof version);
    for (size_t i = 0; i < FIELDS; i++) {
        be64(p, fields[i].len);
        p = mempcpy(p + 8, fields[i].data, fields[i].len);
    }
    be64(p, e->payload_len);
    p += 8;
    if (e->payload_len)
        memcpy(p, e->payload, e->payload_len);
    sha256(buffer, size, out);
    if (buffer != stack)
        free(buffer);
}

void journal_seal(struct journal_entry *e, int64_t recorded_at_us, unsigned char head[SHA256_BYTES])
{
    e->event_id = uuid_new(recorded_at_us);
    e->recorded_at_us = recorded_at_us;
    memset(e->prev_hash, 0, SHA256_BYTES);
    if (head)
        memcpy(e->prev_hash, head, SHA256_BYTES);
    journal_hash(e, e->hash);
    if (head)
        memcpy(head, e->hash, SHA256_BYTES);
}

enum { TOPIC, KEY, EVENT_ID, TENANT, AGGREGATE, VERSION, TYPE, HEADERS, PAYLOAD, PREV_HASH, HASH, COLUMNS };

static const enum pg_type column_types[COLUMNS] = { PG_TEXT, PG_TEXT, PG_UUID,  PG_TEXT,  PG_UUID, PG_INT8,
                                                    PG_TEXT, PG_TEXT, PG_BYTEA, PG_BYTEA, PG_BYTEA };

int journal_append(struct pg_conn *c, struct arena *a, const struct journal_entry *entries, size_t count,
                   int64_t *ret_batch)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct pg_column col[COLUMNS];
    struct pg_params p;
    int e;

    pg_columns_init(col, a, column_types, COLUMNS, count);
    for (size_t i = 0; i < count; i++) {
        const struct journal_entry *n = &entries[i];

        pg_column_text(&col[TOPIC], n->topic);
        pg_column_text(&col[KEY], n->key);
        pg_column_uuid(&col[EVENT_ID], &n->event_id);
        pg_column_text(&col[TENANT], n->tenant);
        pg_column_uuid(&col[AGGREGATE], uuid_is_nil(&n->aggregate_id) ? NULL : &n->aggregate_id);
        pg_column_int8(&col[VERSION], n->aggregate_version);
        pg_column_text(&col[TYPE], n->type);
        pg_column_text(&col[HEADERS], n->headers);
        pg_column_bytes(&col[PAYLOAD], n->payload ? n->payload : "", n->payload_len);
        pg_column_bytes(&col[PREV_HASH], n->prev_hash, SHA256_BYTES);
        pg_column_bytes(&col[HASH], n->hash, SHA256_BYTES);
    }
    pg_params_columns(&p, a, col, COLUMNS);
    pg_param_time(&p, entries[0].recorded_at_us);
    e = pg_exec(c, &journal_append_entries, &p, &r);
    if (e < 0)
        return e;
    *ret_batch = pg_int8(r, 0, 0);
    return 0;
}

int journal_check_epoch(struct pg_conn *c)
{
    char epoch[JOURNAL_EPOCH_SIZE];

    return journal_read_epoch(c, epoch);
}

int journal_read_epoch(struct pg_conn *c, char ret[JOURNAL_EPOCH_SIZE])
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &journal_epoch_is_open, NULL, &r);

    if (e < 0)
        return e;
    if (pg_rows(r) == 1 && pg_bool(r, 0, 0)) {
        str_copy(ret, JOURNAL_EPOCH_SIZE, pg_text(r, 0, 1));
        return 0;
    }
    return err_set(ERR_RETRY,
                   "the journal's epoch is not open yet: a relay must run once after the set-up, a fail-over "
                   "or a restore");
}

int journal_position_compare(const struct journal_position *a, const struct journal_position *b)
{
    if (a->batch != b->batch)
        return a->batch < b->batch ? -1 : 1;
    return a->ord < b->ord ? -1 : a->ord > b->ord;
}

/* "<system identifier>-<timeline>" -> length of the first part, timeline. */
static size_t split_epoch(const char *epoch, int64_t *ret_timeline)
{
    const char *dash = strrchr(epoch, '-');

    *ret_timeline = 0;
    if (!dash || !parse_int64(dash + 1, 0, INT64_MAX, ret_timeline))
        return strlen(epoch);
    return (size_t)(dash - epoch);
}

bool journal_position_seen(const struct journal_position *p, const struct journal_position *seen)
{
    int64_t line, seen_line;
    size_t system, seen_system;

    if (!seen->epoch[0] || !p->epoch[0])
        return false;
    if (strcmp(p->epoch, seen->epoch) == 0)
        return journal_position_compare(p, seen) <= 0;
    system = split_epoch(p->epoch, &line);
    seen_system = split_epoch(seen->epoch, &seen_line);
    return system == seen_system && memcmp(p->epoch, seen->epoch, system) == 0 && line < seen_line;
}

bool journal_epoch_is_other(const char *epoch, const char *now)
{
    int64_t line, now_line;
    size_t system = split_epoch(epoch, &line), now_system = split_epoch(now, &now_line);

    return system == now_system && memcmp(epoch, now, system) == 0 && line != now_line;
}

int journal_find_unwritten(struct pg_conn *c, struct arena *a, const struct journal_position *const *positions,
                           size_t count, bool *ret_unwritten)
{
    static const enum pg_type types[] = { PG_INT4, PG_INT8, PG_INT4 };
    _cleanup_(pg_result_freep) struct pg_result *rows = NULL;
    struct pg_column col[3];
    struct pg_params p;
    int r;

    pg_columns_init(col, a, types, 3, count);
    for (size_t i = 0; i < count; i++) {
        pg_column_int4(&col[0], (int32_t)i);
        pg_column_int8(&col[1], positions[i]->batch);
        pg_column_int4(&col[2], positions[i]->ord);
    }
    pg_params_columns(&p, a, col, 3);
    r = pg_exec(c, &journal_find_unwritten_entries, &p, &rows);
    for (int row = 0; r == 0 && row < pg_rows(rows); row++)
        ret_unwritten[pg_int4(rows, row, 0)] = true;
    return r;
}
