#include "anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "journal_sql.h"

#define PAGE        10000
#define AT_ONCE     200000 /* entries of one anchoring: dispatch's other work waits for it */
#define FILE_MAX    ((off_t)1 << 30)
#define TEXT(bytes) (2 * (bytes) + 1)

/* ---- one anchor as a line ---- */

static const char *statement_of(struct arena *a, const struct anchor *n)
{
    char at[RFC3339_SIZE], digest[TEXT(SHA256_BYTES)], previous[TEXT(SHA256_BYTES)], key[TEXT(SIGNING_PUBLIC_BYTES)];
    struct strbuf b;

    rfc3339_format(n->at_us, at);
    hex_encode(n->digest, SHA256_BYTES, digest);
    hex_encode(n->previous, SHA256_BYTES, previous);
    hex_encode(n->key, SIGNING_PUBLIC_BYTES, key);
    strbuf_init(&b, a);
    strbuf_adds(&b, "{\"format\":\"redress-anchor-1\",\"tenant\":");
    strbuf_add_json(&b, n->tenant, strlen(n->tenant));
    strbuf_printf(&b,
                  ",\"number\":%lld,\"at\":\"%s\",\"afterBatch\":%lld,\"afterOrd\":%d,\"batch\":%lld,\"ord\":%d,"
                  "\"entries\":%lld,\"complaints\":%lld,\"allComplaints\":%lld,\"digest\":\"%s\",\"previous\":\"%s\","
                  "\"key\":\"%s\"}",
                  (long long)n->number, at, (long long)n->after.batch, n->after.ord, (long long)n->upto.batch,
                  n->upto.ord, (long long)n->entries, (long long)n->complaints, (long long)n->all_complaints, digest,
                  previous, key);
    return b.data;
}

void anchor_seal(struct arena *a, struct anchor *n, const struct signing_key *key)
{
    memcpy(n->key, key->public, sizeof n->key);
    n->statement = statement_of(a, n);
    signing_sign(key, n->statement, strlen(n->statement), n->signature);
}

char *anchor_line(struct arena *a, const struct anchor *n)
{
    return arena_printf(a, "%s\t%s", n->statement, base64_encode(a, n->signature, SIGNATURE_BYTES));
}

static const char *text_of(const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));

    return v ? v : "";
}

static int64_t number_of(const json_t *o, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(o, name));
}

static bool hex_of(const json_t *o, const char *name, unsigned char *ret, size_t len)
{
    const char *v = text_of(o, name);

    return hex_decode(v, strlen(v), ret, len);
}

static bool read_statement(struct arena *a, const json_t *o, struct anchor *n)
{
    const char *at = text_of(o, "at");

    n->tenant = arena_strdup(a, text_of(o, "tenant"));
    n->number = number_of(o, "number");
    n->after = (struct anchor_place){ number_of(o, "afterBatch"), (int32_t)number_of(o, "afterOrd") };
    n->upto = (struct anchor_place){ number_of(o, "batch"), (int32_t)number_of(o, "ord") };
    n->entries = number_of(o, "entries");
    n->complaints = number_of(o, "complaints");
    n->all_complaints = number_of(o, "allComplaints");
    return rfc3339_parse(at, strlen(at), &n->at_us) && hex_of(o, "digest", n->digest, SHA256_BYTES) &&
           hex_of(o, "previous", n->previous, SHA256_BYTES) && hex_of(o, "key", n->key, SIGNING_PUBLIC_BYTES);
}

const char *anchor_parse(struct arena *a, const char *line, size_t len, struct anchor *ret)
{
    const char *tab = memchr(line, '\t', len);
    const char *again;
    size_t size = 0;
    void *signature;
    json_t *o;
    bool ok;

    *ret = (struct anchor){ .tenant = "" };
    if (!tab)
        return "it has no signature";
    signature = base64_decode(a, tab + 1, len - (size_t)(tab - line) - 1, &size);
    if (!signature || size != SIGNATURE_BYTES)
        return "its signature is not 64 bytes in base64";
    memcpy(ret->signature, signature, SIGNATURE_BYTES);
    o = json_loadb(line, (size_t)(tab - line), JSON_REJECT_DUPLICATES, NULL);
    ok = o && read_statement(a, o, ret);
    json_decref(o);
    if (!ok)
        return "it is not a statement of an anchor";
    ret->statement = statement_of(a, ret);
    again = anchor_line(a, ret);
    /* a line has one form: what is read is what was signed, and nothing else stands in it */
    return strlen(again) == len && memcmp(line, again, len) == 0 ? NULL : "it is not in the form that is signed";
}

Redress__V1__Anchor *anchor_message(struct arena *a, const struct anchor *n)
{
    Redress__V1__Anchor *m = arena_new(a, Redress__V1__Anchor);

    redress__v1__anchor__init(m);
    m->at = arena_new(a, Google__Protobuf__Timestamp);
    google__protobuf__timestamp__init(m->at);
    m->at->seconds = n->at_us / 1000000;
    m->at->nanos = (int32_t)(n->at_us % 1000000) * 1000;
    m->tenant = (char *)(uintptr_t)n->tenant;
    m->number = n->number;
    m->entries = n->entries;
    m->complaints = n->complaints;
    m->all_complaints = n->all_complaints;
    m->statement = (char *)(uintptr_t)n->statement;
    m->signature = (ProtobufCBinaryData){ SIGNATURE_BYTES, (uint8_t *)(uintptr_t)n->signature };
    return m;
}

/* ---- making them ---- */

/* What a stretch holds of one tenant, as it is read. */
struct sum {
    const char *tenant;
    int64_t entries, complaints;
    crypto_hash_sha256_state digest;
    /* its anchor before */
    int64_t number, all_complaints;
    unsigned char previous[SHA256_BYTES];
    /* of a check: the line that it is compared with; NULL: all are done */
    const struct anchor *line;
    bool begun;
};

struct sums {
    struct arena *arena;
    struct sum *items;
    size_t count, cap;
    size_t newest; /* entries of a batch are mostly one tenant's */
};

static struct sum *sum_of(struct sums *s, const char *tenant)
{
    if (s->newest < s->count && strcmp(s->items[s->newest].tenant, tenant) == 0)
        return &s->items[s->newest];
    for (s->newest = 0; s->newest < s->count; s->newest++)
        if (strcmp(s->items[s->newest].tenant, tenant) == 0)
            return &s->items[s->newest];
    if (s->count == s->cap) {
        struct sum *was = s->items;

        s->cap = s->cap ? 2 * s->cap : 16;
        s->items = arena_array(s->arena, struct sum, s->cap);
        if (s->count)
            memcpy(s->items, was, s->count * sizeof *was);
    }
    s->items[s->count] = (struct sum){ .tenant = arena_strdup(s->arena, tenant) };
    crypto_hash_sha256_init(&s->items[s->count].digest);
    return &s->items[s->count++];
}

static int load_last(struct pg_conn *c, struct sums *s)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    int e = pg_exec(c, &journal_anchor_last, NULL, &r);

    for (int i = 0; e == 0 && i < pg_rows(r); i++) {
        struct sum *n = sum_of(s, pg_text(r, i, 0));
        const char *statement = pg_text(r, i, 3);

        n->number = pg_int8(r, i, 1);
        n->all_complaints = pg_int8(r, i, 2);
        sha256(statement, strlen(statement), n->previous);
    }
    return e;
}

static void count_entry(struct sum *n, int64_t version, const void *hash, size_t len)
{
    n->entries++;
    n->complaints += version == 1;
    crypto_hash_sha256_update(&n->digest, hash, len);
}

/* A page of a stretch; *after moves to its last entry. */
static int read_page(struct pg_conn *c, struct arena *a, struct anchor_place *after, const struct anchor_place *upto,
                     struct pg_result **ret)
{
    struct arena_mark mark = arena_mark(a);
    struct pg_params p;
    int e;

    pg_params_init(&p, a);
    pg_param_int8(&p, after->batch);
    pg_param_int4(&p, after->ord);
    pg_param_int8(&p, upto->batch);
    pg_param_int4(&p, upto->ord);
    pg_param_int4(&p, PAGE);
    e = pg_exec(c, &journal_anchor_entries, &p, ret);
    arena_rewind(a, mark);
    if (e == 0 && pg_rows(*ret))
        *after = (struct anchor_place){ pg_int8(*ret, pg_rows(*ret) - 1, 0), pg_int4(*ret, pg_rows(*ret) - 1, 1) };
    return e;
}

/* *upto becomes the last entry that was read where there are too many for one anchoring. */
static int read_stretch(struct pg_conn *c, struct sums *s, struct anchor_place after, struct anchor_place *upto,
                        bool *ret_complete)
{
    int rows = PAGE, read = 0;

    while (rows == PAGE && read < AT_ONCE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = read_page(c, s->arena, &after, upto, &r);

        if (e < 0)
            return e;
        rows = pg_rows(r);
        read += rows;
        for (int i = 0; i < rows; i++) {
            const char *tenant = pg_text(r, i, 2);
            size_t len;
            const void *hash = pg_bytes(r, i, 4, &len);

            if (*tenant)
                count_entry(sum_of(s, tenant), pg_int8(r, i, 3), hash, len);
        }
    }
    *ret_complete = rows < PAGE;
    if (!*ret_complete)
        *upto = after;
    return 0;
}

static void seal_all(struct arena *a, struct sums *s, const struct anchor *common, const struct signing_key *key,
                     struct anchors *ret)
{
    ret->items = arena_array(a, struct anchor, s->count + 1);
    ret->count = s->count;
    for (size_t i = 0; i < s->count; i++) {
        struct sum *from = &s->items[i];
        struct anchor *n = &ret->items[i];

        *n = *common;
        n->tenant = from->tenant;
        n->number = from->number + 1;
        n->entries = from->entries;
        n->complaints = from->complaints;
        n->all_complaints = from->all_complaints + from->complaints;
        memcpy(n->previous, from->previous, SHA256_BYTES);
        crypto_hash_sha256_final(&from->digest, n->digest);
        anchor_seal(a, n, key);
    }
}

static int keep(struct pg_conn *c, struct arena *a, const struct anchors *made, const struct anchor *common,
                bool complete)
{
    static const enum pg_type types[] = { PG_TEXT, PG_INT8, PG_INT8, PG_TEXT, PG_BYTEA };
    struct pg_column col[5];
    struct pg_params p;

    for (int i = 0; i < 5; i++)
        pg_column_init(&col[i], a, types[i], made->count);
    pg_params_init(&p, a);
    for (size_t i = 0; i < made->count; i++) {
        pg_column_text(&col[0], made->items[i].tenant);
        pg_column_int8(&col[1], made->items[i].number);
        pg_column_int8(&col[2], made->items[i].all_complaints);
        pg_column_text(&col[3], made->items[i].statement);
        pg_column_bytes(&col[4], made->items[i].signature, SIGNATURE_BYTES);
    }
    for (int i = 0; i < 5; i++)
        pg_param_column(&p, &col[i]);
    pg_param_time(&p, common->at_us);
    pg_param_int8(&p, common->upto.batch);
    pg_param_int4(&p, common->upto.ord);
    pg_param_bool(&p, complete);
    return pg_exec(c, &journal_anchor_add, &p, NULL);
}

int anchors_make(struct pg_conn *c, struct arena *a, const struct signing_key *key, int64_t now_us, bool only_due,
                 struct anchors *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct anchor common = { .at_us = now_us };
    struct sums s = { .arena = a };
    bool complete = false;
    int e = pg_exec(c, &journal_anchor_begin, NULL, &r);

    *ret = (struct anchors){ 0 };
    if (e < 0)
        return e;
    common.upto = (struct anchor_place){ pg_int8(r, 0, 1), pg_int4(r, 0, 2) };
    common.after = (struct anchor_place){ pg_int8(r, 0, 3), pg_int4(r, 0, 4) };
    /* a cursor that fell back in a crash lies before what was anchored: it will come again */
    if (!pg_bool(r, 0, 0) || (only_due && pg_bool(r, 0, 5)) || common.upto.batch < common.after.batch ||
        (common.upto.batch == common.after.batch && common.upto.ord <= common.after.ord))
        return ANCHORS_NONE;
    e = load_last(c, &s);
    if (e == 0)
        e = read_stretch(c, &s, common.after, &common.upto, &complete);
    if (e < 0 || s.count == 0)
        return e < 0 ? e : ANCHORS_NONE;
    seal_all(a, &s, &common, key, ret);
    e = keep(c, a, ret, &common, complete);
    return e < 0 ? e : complete ? 0 : ANCHORS_MORE;
}

/* ---- files ---- */

const char *anchors_parse(struct arena *a, const char *text, size_t len, struct anchors *ret)
{
    size_t lines = 1, at = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    *ret = (struct anchors){ arena_array(a, struct anchor, lines), 0 };
    for (size_t line = 1; at < len; line++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        const char *wrong = anchor_parse(a, text + at, n, &ret->items[ret->count++]);

        if (wrong || !end)
            return arena_printf(a, "line %zu: %s", line, wrong ? wrong : "it is cut off");
        at += n + 1;
    }
    return NULL;
}

static int read_lines(struct arena *a, const char *path, int fd, struct anchors *ret)
{
    const char *wrong;
    struct stat st;
    char *text;
    ssize_t n;

    if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX)
        return err_set(ERR_POISON, "%s is no file of anchors", path);
    text = arena_calloc(a, (size_t)st.st_size + 1, 1);
    n = pread(fd, text, (size_t)st.st_size, 0);
    if (n != st.st_size)
        return err_set(ERR_RETRY, "cannot read %s: %s", path, strerror(errno));
    /* A line that a crash cut off is written again: the file goes on at its last whole line. */
    while (n > 0 && text[n - 1] != '\n')
        n--;
    if (n < st.st_size && ftruncate(fd, n) < 0)
        return err_set(ERR_RETRY, "cannot write %s: %s", path, strerror(errno));
    wrong = anchors_parse(a, text, (size_t)n, ret);
    return wrong ? err_set(ERR_POISON, "%s, %s", path, wrong) : 0;
}

static int load_missing(struct pg_conn *c, struct arena *a, const struct anchors *have, const char *tenant,
                        struct pg_result **ret)
{
    struct sums newest = { .arena = a };
    struct pg_column tenants, numbers;
    struct pg_params p;

    for (size_t i = 0; i < have->count; i++) {
        struct sum *n = sum_of(&newest, have->items[i].tenant);

        if (have->items[i].number > n->number)
            n->number = have->items[i].number;
    }
    pg_column_init(&tenants, a, PG_TEXT, newest.count);
    pg_column_init(&numbers, a, PG_INT8, newest.count);
    for (size_t i = 0; i < newest.count; i++) {
        pg_column_text(&tenants, newest.items[i].tenant);
        pg_column_int8(&numbers, newest.items[i].number);
    }
    pg_params_init(&p, a);
    pg_param_column(&p, &tenants);
    pg_param_column(&p, &numbers);
    pg_param_text(&p, tenant);
    return pg_exec(c, &journal_anchor_lines, &p, ret);
}

static int write_lines(struct arena *a, const char *path, int fd, const struct pg_result *r)
{
    struct strbuf b;
    size_t len;

    strbuf_init(&b, a);
    for (int i = 0; i < pg_rows(r); i++) {
        const void *signature = pg_bytes(r, i, 1, &len);

        strbuf_printf(&b, "%s\t%s\n", pg_text(r, i, 0), base64_encode(a, signature, len));
    }
    if (b.len && (lseek(fd, 0, SEEK_END) < 0 || write(fd, b.data, b.len) != (ssize_t)b.len || fsync(fd) < 0))
        return err_set(ERR_RETRY, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

int anchors_append(struct pg_conn *c, struct arena *a, const char *path, const char *tenant, int64_t *ret_added)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct anchors have = { 0 };
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), e;

    if (fd < 0)
        return err_set(ERR_RETRY, "cannot open %s: %s", path, strerror(errno));
    /* two daemons of one machine, or redressctl beside one, take turns */
    e = lockf(fd, F_LOCK, 0) < 0 ? err_set(ERR_RETRY, "cannot lock %s: %s", path, strerror(errno)) : 0;
    if (e == 0)
        e = read_lines(a, path, fd, &have);
    if (e == 0)
        e = load_missing(c, a, &have, tenant, &r);
    if (e == 0)
        e = write_lines(a, path, fd, r);
    close(fd);
    if (e == 0 && ret_added)
        *ret_added = pg_rows(r);
    return e;
}

/* ---- checking them ---- */

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
    struct sum *n = sum_of(&k->sums, tenant);

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
    count_entry(n, pg_int8(r, row, 3), hash, len);
}

static int walk(struct pg_conn *c, struct check *k)
{
    struct anchor_place after = { 0, 0 }, upto = { 0, 0 };
    int rows = PAGE;

    for (size_t i = 0; i < k->lines->count; i++)
        if (is_after(&k->lines->items[i].upto, &upto))
            upto = k->lines->items[i].upto;
    while (rows == PAGE) {
        _cleanup_(pg_result_freep) struct pg_result *r = NULL;
        int e = read_page(c, k->arena, &after, &upto, &r);

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
