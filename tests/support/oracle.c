#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/digest.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/journal/journal.h"
#include "common/kafka/tail.h"

#define TOPICS_MAX   32
#define SHOWN        5
#define SCAN_ROWS    10000
#define DIGEST_BYTES 16

/* Digests stand for what may be long: half a million events fit into memory. */
struct seen_entry {
    int64_t batch, version;
    int32_t ord, topic;
    struct uuid event_id, aggregate_id;
    unsigned char key[DIGEST_BYTES], content[DIGEST_BYTES];
    int64_t first; /* index of its first record in Kafka; -1: none */
};

struct seen_record {
    int32_t topic, partition;
    int64_t offset, entry; /* index of the entry; -1: none */
    struct journal_position position;
    unsigned char content[DIGEST_BYTES];
};

struct oracle {
    char topics[TOPICS_MAX][256];
    int topic_count;
    struct seen_entry *entries;  /* by (batch, ord) */
    struct seen_record *records; /* as read: in order within each partition */
    size_t entry_count, entry_cap, record_count, record_cap;
};

static void violated(int64_t *count, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void violated(int64_t *count, const char *format, ...)
{
    va_list ap;

    if (++*count > SHOWN)
        return;
    va_start(ap, format);
    fputs("oracle: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
}

static void *grow(void *array, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return array;
    *cap = *cap ? *cap * 2 : 4096;
    array = realloc(array, *cap * size);
    if (!array)
        abort();
    return array;
}

/* One digest over several pieces, each with its length before it. */
struct piece {
    const void *data;
    size_t len;
};
static void digest(const struct piece *pieces, size_t count, unsigned char out[DIGEST_BYTES])
{
    static unsigned char *buffer;
    static size_t cap;
    unsigned char full[SHA256_BYTES];
    size_t len = 0;

    for (size_t i = 0; i < count; i++)
        len += sizeof pieces[i].len + pieces[i].len;
    if (len > cap && !(buffer = realloc(buffer, cap = len * 2)))
        abort();
    len = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(buffer + len, &pieces[i].len, sizeof pieces[i].len);
        len += sizeof pieces[i].len;
        if (pieces[i].len)
            memcpy(buffer + len, pieces[i].data, pieces[i].len);
        len += pieces[i].len;
    }
    sha256(buffer, len, full);
    memcpy(out, full, DIGEST_BYTES);
}

static struct piece text(const char *s)
{
    return (struct piece){ s, strlen(s) };
}

static int topic_index(struct oracle *o, const char *name)
{
    for (int i = 0; i < o->topic_count; i++)
        if (strcmp(o->topics[i], name) == 0)
            return i;
    if (o->topic_count == TOPICS_MAX)
        abort();
    str_copy(o->topics[o->topic_count], sizeof o->topics[0], name);
    return o->topic_count++;
}

/* ---- the journal ---- */

static void add_entry(struct oracle *o, const struct pg_result *r, int row)
{
    struct seen_entry *e;
    struct piece pieces[5];
    char id[UUID_TEXT_SIZE];

    o->entries = grow(o->entries, o->entry_count, &o->entry_cap, sizeof *o->entries);
    e = &o->entries[o->entry_count++];
    *e = (struct seen_entry){ .batch = pg_int8(r, row, 0),
                              .ord = pg_int4(r, row, 1),
                              .topic = topic_index(o, pg_text(r, row, 2)),
                              .event_id = pg_uuid(r, row, 4),
                              .version = pg_int8(r, row, 6),
                              .first = -1 };
    if (!pg_is_null(r, row, 5))
        e->aggregate_id = pg_uuid(r, row, 5);
    uuid_format(&e->event_id, id);
    pieces[0] = text(pg_text(r, row, 3));
    digest(pieces, 1, e->key);
    pieces[1] = text(id);
    pieces[2] = text(pg_text(r, row, 7));
    pieces[3].data = pg_bytes(r, row, 8, &pieces[3].len);
    pieces[4].data = pg_bytes(r, row, 9, &pieces[4].len);
    digest(pieces, 5, e->content);
}

static int load_journal(struct pg_conn *c, struct oracle *o)
{
    static const struct pg_statement next = { "oracle_next", "FETCH 10000 FROM oracle_walk" };
    int e =
        pg_script(c, "BEGIN TRANSACTION READ ONLY; DECLARE oracle_walk NO SCROLL CURSOR FOR"
                     " SELECT batch, ord, topic, key, event_id, aggregate_id, aggregate_version, type, payload, hash"
                     " FROM journal.entry ORDER BY batch, ord");

    for (int rows = SCAN_ROWS; e == 0 && rows == SCAN_ROWS;) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;

        e = pg_exec_once(c, &next, NULL, &r);
        rows = e == 0 ? pg_rows(r) : 0;
        for (int i = 0; i < rows; i++)
            add_entry(o, r, i);
    }
    pg_rollback(c);
    return e;
}

/* ---- Kafka ---- */

static int64_t find_entry(const struct oracle *o, int64_t batch, int32_t ord)
{
    size_t low = 0, high = o->entry_count;

    while (low < high) {
        size_t mid = (low + high) / 2;
        const struct seen_entry *e = &o->entries[mid];

        if (e->batch < batch || (e->batch == batch && e->ord < ord))
            low = mid + 1;
        else
            high = mid;
    }
    return low < o->entry_count && o->entries[low].batch == batch && o->entries[low].ord == ord ? (int64_t)low : -1;
}

static void header(const struct kafka_record *r, const char *name, char *out, size_t size)
{
    const void *value;
    size_t len;

    out[0] = '\0';
    if (!kafka_record_header(r, name, &value, &len) || len >= size)
        return;
    memcpy(out, value, len);
    out[len] = '\0';
}

static void on_record(void *context, const struct kafka_record *k)
{
    struct oracle *o = context;
    char batch[32], ord[32], id[64], type[256];
    struct piece pieces[5];
    struct seen_record *r;
    int64_t number = 0;

    o->records = grow(o->records, o->record_count, &o->record_cap, sizeof *o->records);
    r = &o->records[o->record_count++];
    *r = (struct seen_record){ .topic = topic_index(o, k->topic), .partition = k->partition, .offset = k->offset };
    header(k, "redress-epoch", r->position.epoch, sizeof r->position.epoch);
    header(k, "redress-batch", batch, sizeof batch);
    header(k, "redress-ord", ord, sizeof ord);
    header(k, "ce_id", id, sizeof id);
    header(k, "ce_type", type, sizeof type);
    parse_int64(batch, 0, INT64_MAX, &r->position.batch);
    if (parse_int64(ord, 0, INT32_MAX, &number))
        r->position.ord = (int32_t)number;
    pieces[0] = (struct piece){ k->key, k->key_len };
    pieces[1] = text(id);
    pieces[2] = text(type);
    pieces[3] = (struct piece){ k->value, k->value_len };
    pieces[4] = (struct piece){ "", 0 };
    kafka_record_header(k, "redress-hash", &pieces[4].data, &pieces[4].len);
    digest(pieces, 5, r->content);
    r->entry = find_entry(o, r->position.batch, r->position.ord);
    if (r->entry >= 0 && o->entries[r->entry].first < 0)
        o->entries[r->entry].first = (int64_t)o->record_count - 1;
}

static int load_kafka(const struct kafka_options *k, struct oracle *o)
{
    const char *names[TOPICS_MAX + 1] = { NULL };

    for (int i = 0; i < o->topic_count; i++)
        names[i] = o->topics[i];
    return kafka_tail_read(
        k, &(struct kafka_tail_spec){
               .topics = names, .records = INT64_MAX, .timeout_ms = 20000, .on_record = on_record, .context = o });
}

int oracle_load(struct pg_conn *c, const struct kafka_options *k, struct oracle **ret)
{
    struct oracle *o = calloc(1, sizeof *o);
    int e;

    if (!o)
        abort();
    e = load_journal(c, o);
    if (e == 0)
        e = load_kafka(k, o);
    if (e < 0)
        oracle_free(o);
    else
        *ret = o;
    return e;
}

void oracle_free(struct oracle *o)
{
    if (!o)
        return;
    free(o->entries);
    free(o->records);
    free(o);
}

/* ---- questions ---- */

size_t oracle_entries(const struct oracle *o)
{
    return o->entry_count;
}

size_t oracle_records(const struct oracle *o)
{
    return o->record_count;
}

size_t oracle_repeats(const struct oracle *o)
{
    size_t n = 0;

    for (size_t i = 0; i < o->record_count; i++)
        n += o->records[i].entry >= 0 && o->entries[o->records[i].entry].first != (int64_t)i;
    return n;
}

int64_t oracle_missing(const struct oracle *o)
{
    int64_t bad = 0;

    for (size_t i = 0; i < o->entry_count; i++) {
        const struct seen_entry *e = &o->entries[i];

        if (e->first < 0)
            violated(&bad, "O2: batch %lld ord %d of %s is not in Kafka", (long long)e->batch, e->ord,
                     o->topics[e->topic]);
    }
    return bad;
}

int64_t oracle_differing(const struct oracle *o)
{
    int64_t bad = 0;

    for (size_t i = 0; i < o->record_count; i++) {
        const struct seen_record *r = &o->records[i];
        const struct seen_entry *e = r->entry >= 0 ? &o->entries[r->entry] : NULL;

        if (e && (e->topic != r->topic || memcmp(e->content, r->content, DIGEST_BYTES) != 0))
            violated(&bad, "O2: %s[%d]@%lld differs from batch %lld ord %d", o->topics[r->topic], r->partition,
                     (long long)r->offset, (long long)e->batch, e->ord);
    }
    return bad;
}

int64_t oracle_unknown(const struct oracle *o)
{
    int64_t bad = 0;

    for (size_t i = 0; i < o->record_count; i++) {
        const struct seen_record *r = &o->records[i];

        if (r->entry < 0)
            violated(&bad, "O2: %s[%d]@%lld (batch %lld ord %d) is not in the journal", o->topics[r->topic],
                     r->partition, (long long)r->offset, (long long)r->position.batch, r->position.ord);
    }
    return bad;
}

int64_t oracle_same_events(const struct oracle *o)
{
    return oracle_missing(o) + oracle_differing(o) + oracle_unknown(o);
}

static int by_version(const void *a, const void *b)
{
    const struct seen_entry *x = *(const struct seen_entry *const *)a, *y = *(const struct seen_entry *const *)b;
    int c = memcmp(x->aggregate_id.bytes, y->aggregate_id.bytes, sizeof x->aggregate_id.bytes);

    if (c == 0)
        c = (x->version > y->version) - (x->version < y->version);
    return c;
}

static const struct seen_entry **sorted(const struct oracle *o, int (*compare)(const void *, const void *))
{
    const struct seen_entry **list = calloc(o->entry_count + 1, sizeof *list);

    if (!list)
        abort();
    for (size_t i = 0; i < o->entry_count; i++)
        list[i] = &o->entries[i];
    qsort(list, o->entry_count, sizeof *list, compare);
    return list;
}

int64_t oracle_versions(const struct oracle *o)
{
    const struct seen_entry **list = sorted(o, by_version), *last = NULL;
    char id[UUID_TEXT_SIZE];
    int64_t bad = 0;

    for (size_t i = 0; i < o->entry_count; i++) {
        const struct seen_entry *e = list[i];
        bool same = last && uuid_eq(&last->aggregate_id, &e->aggregate_id);
        int64_t wanted = same ? last->version + 1 : 1;

        if (uuid_is_nil(&e->aggregate_id))
            continue;
        uuid_format(&e->aggregate_id, id);
        if (e->version != wanted)
            violated(&bad, "O3: %s has version %lld where %lld was due (batch %lld)", id, (long long)e->version,
                     (long long)wanted, (long long)e->batch);
        else if (same && (e->batch < last->batch || (e->batch == last->batch && e->ord < last->ord)))
            violated(&bad, "O3: version %lld of %s was written before the one below it", (long long)e->version, id);
        last = e;
    }
    free(list);
    return bad;
}

static int by_key(const void *a, const void *b)
{
    const struct seen_entry *x = *(const struct seen_entry *const *)a, *y = *(const struct seen_entry *const *)b;
    int c = x->topic - y->topic;

    if (c == 0)
        c = memcmp(x->key, y->key, DIGEST_BYTES);
    if (c == 0)
        c = (x > y) - (x < y); /* the journal's order */
    return c;
}

int64_t oracle_order(const struct oracle *o)
{
    const struct seen_entry **list = sorted(o, by_key), *last = NULL;
    int64_t bad = 0;

    for (size_t i = 0; i < o->entry_count; i++) {
        const struct seen_entry *e = list[i];
        const struct seen_record *r = e->first >= 0 ? &o->records[e->first] : NULL, *before;

        if (!r)
            continue;
        before = last && last->topic == e->topic && memcmp(last->key, e->key, DIGEST_BYTES) == 0
                     ? &o->records[last->first]
                     : NULL;
        if (before && (before->partition != r->partition || before->offset >= r->offset))
            violated(&bad, "O5: batch %lld ord %d at %s[%d]@%lld, the one before it of its key at [%d]@%lld",
                     (long long)e->batch, e->ord, o->topics[r->topic], r->partition, (long long)r->offset,
                     before->partition, (long long)before->offset);
        last = e;
    }
    free(list);
    return bad;
}

#define PARTITIONS_MAX 256

int64_t oracle_consumer(const struct oracle *o)
{
    struct journal_position(*seen)[PARTITIONS_MAX] = calloc(TOPICS_MAX, sizeof *seen);
    unsigned char *taken = calloc(o->entry_count + 1, 1);
    int64_t bad = 0;

    if (!seen || !taken)
        abort();
    for (size_t i = 0; i < o->record_count; i++) {
        const struct seen_record *r = &o->records[i];
        struct journal_position *newest = &seen[r->topic][r->partition % PARTITIONS_MAX];

        if (journal_position_seen(&r->position, newest))
            continue;
        *newest = r->position;
        if (r->entry < 0)
            continue;
        if (taken[r->entry]++)
            violated(&bad, "a consumer sees batch %lld ord %d twice", (long long)r->position.batch, r->position.ord);
    }
    for (size_t i = 0; i < o->entry_count; i++)
        if (!taken[i])
            violated(&bad, "a consumer never sees batch %lld ord %d", (long long)o->entries[i].batch,
                     o->entries[i].ord);
    free(seen);
    free(taken);
    return bad;
}

int64_t oracle_check(const struct oracle *o, int64_t expected)
{
    int64_t bad = oracle_same_events(o) + oracle_versions(o) + oracle_order(o) + oracle_consumer(o);

    if (expected >= 0 && (int64_t)o->entry_count != expected)
        violated(&bad, "the journal holds %zu entries, %lld were committed", o->entry_count, (long long)expected);
    fprintf(stderr, "oracle: %zu entries, %zu records, %zu repeats, %lld violations\n", o->entry_count, o->record_count,
            oracle_repeats(o), (long long)bad);
    return bad;
}
