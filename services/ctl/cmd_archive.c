/* archive: a complaint's record as a file that proves itself, what is kept how long, and the journal's anchors (R47,
 * R49). */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"
#include "common/journal/anchor.h"
#include "ctl_sql.h"
#include "facts.h"
#include "runtime_sql.h"
#include "timeline.h"

/* ---- files ---- */

static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? arena_strndup(a, path, (size_t)(slash - path) + 1) : "";
}

/* All of it or nothing, for its owner only; an existing file is never written over. 0, or the exit status. */
static int write_whole(struct ctl *c, const char *path, const void *data, size_t len)
{
    char *partial = arena_printf(c->arena, "%s.redress-XXXXXX", folder_of(c->arena, path));
    int fd = mkstemp(partial); /* mode 0600 */
    bool written;
    int linked, why;

    if (fd < 0)
        return ctl_fail(CTL_FAILURE, "cannot write %s: %m", path);
    written = write(fd, data, len) == (ssize_t)len && fsync(fd) == 0;
    written = close(fd) == 0 && written;
    linked = written ? link(partial, path) : -1;
    why = errno;
    unlink(partial);
    errno = why;
    if (linked == 0)
        return CTL_OK;
    if (written && why == EEXIST)
        return ctl_fail(CTL_CONFLICT, "%s is there already; --out names another file", path);
    return ctl_fail(CTL_FAILURE, "cannot write %s: %m", path);
}

/* 0, or the exit status. */
static int read_whole(struct ctl *c, const char *path, size_t most, struct str *ret)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    size_t at = 0;
    ssize_t n = 1;
    char *data;

    if (fd < 0)
        return ctl_fail(errno == ENOENT ? CTL_NOT_FOUND : CTL_FAILURE, "cannot read %s: %m", path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (size_t)st.st_size > most) {
        close(fd);
        return ctl_fail(CTL_FAILURE, "%s is no file, or too large", path);
    }
    data = arena_calloc(c->arena, (size_t)st.st_size + 1, 1);
    while (at < (size_t)st.st_size && (n = read(fd, data + at, (size_t)st.st_size - at)) > 0)
        at += (size_t)n;
    close(fd);
    if (n < 0)
        return ctl_fail(CTL_FAILURE, "cannot read %s: %m", path);
    *ret = (struct str){ data, at };
    return CTL_OK;
}

/* Who sits at the keyboard, as far as the machine knows. */
static const char *who_am_i(struct arena *a)
{
    const struct passwd *p = getpwuid(getuid());
    char host[256] = "";

    gethostname(host, sizeof host - 1);
    return p ? arena_printf(a, "%s@%s", p->pw_name, host) : arena_printf(a, "uid %u@%s", getuid(), host);
}

/* 0, or the exit status. */
static int read_signing_key(const struct ctl *c, struct signing_key *ret)
{
    if (!*c->config->keys.signing_file)
        return ctl_fail(CTL_USAGE, "the signing key is needed: set keys.signing_file (REDRESS_KEYS_SIGNING_FILE); "
                                   "`redressctl keys new-signing` makes one");
    return signing_read(c->config->keys.signing_file, ret) < 0 ? ctl_fail(CTL_FAILURE, "%s", err_text()) : 0;
}

/* *ret is NULL without the option. 0, or the exit status. */
static int read_their_key(const struct ctl *c, unsigned char key[SIGNING_PUBLIC_BYTES], const unsigned char **ret)
{
    const char *path = ctl_option(c, "key");

    *ret = path ? key : NULL;
    return path && signing_read_public(path, key) < 0 ? ctl_fail(CTL_USAGE, "--key: %s", err_text()) : 0;
}

/* ---- export ---- */

static int load_facts(struct ctl *c, struct pg_conn *pg, struct archive *x)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct timeline t = { 0 };
    struct journal_entry *entries;
    struct pg_params p;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &x->id);
    e = pg_exec(pg, &ctl_archive_facts, &p, &r);
    if (e == 0)
        e = timeline_load(c, pg, &x->id, &t);
    if (e < 0)
        return ctl_fail_err(e);
    if (pg_rows(r) == 0 || t.count == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no complaint %s", c->argv[0]);
    x->tenant = pg_text_copy(c->arena, r, 0, 0);
    x->number = pg_text_copy(c->arena, r, 0, 1);
    x->status = pg_text_copy(c->arena, r, 0, 2);
    entries = arena_array(c->arena, struct journal_entry, t.count);
    for (size_t i = 0; i < t.count; i++)
        entries[i] = t.items[i].entry;
    x->entries = entries;
    x->entry_count = t.count;
    return 0;
}

static int load_texts(struct ctl *c, struct pg_conn *pg, struct archive *x)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct archive_text *texts;
    struct pg_params p;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &x->id);
    e = pg_exec(pg, &ctl_archive_texts, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    texts = arena_array(c->arena, struct archive_text, (size_t)pg_rows(r) + 1);
    for (int i = 0; i < pg_rows(r); i++)
        texts[i] =
            (struct archive_text){ pg_int8(r, i, 0), pg_text_copy(c->arena, r, i, 1), pg_text_copy(c->arena, r, i, 2) };
    x->texts = texts;
    x->text_count = (size_t)pg_rows(r);
    return 0;
}

static int load_evidence(struct ctl *c, struct pg_conn *pg, struct archive *x)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct archive_evidence *list;
    struct pg_params p;
    int e;

    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &x->id);
    e = pg_exec(pg, &ctl_archive_evidence, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    list = arena_array(c->arena, struct archive_evidence, (size_t)pg_rows(r) + 1);
    for (int i = 0; i < pg_rows(r); i++) {
        size_t len;
        const void *digest = pg_bytes(r, i, 4, &len);

        list[i] = (struct archive_evidence){ .ord = pg_int8(r, i, 0),
                                             .media_type = pg_text_copy(c->arena, r, i, 1),
                                             .uri = pg_text_copy(c->arena, r, i, 2),
                                             .size = pg_int8(r, i, 3) };
        if (!pg_is_null(r, i, 4) && len == SHA256_BYTES)
            list[i].sha256 = arena_memdup(c->arena, digest, len);
    }
    x->evidence = list;
    x->evidence_count = (size_t)pg_rows(r);
    return 0;
}

/* In one snapshot: a step in between would leave a text without its event. */
static int load_archive(struct ctl *c, struct pg_conn *pg, struct archive *x)
{
    int e = pg_script(pg, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");

    if (e < 0)
        return ctl_fail_err(e);
    e = load_facts(c, pg, x);
    if (e == 0)
        e = load_texts(c, pg, x);
    if (e == 0)
        e = load_evidence(c, pg, x);
    pg_rollback(pg);
    return e;
}

/* Before the file is there: what was disclosed is on record even if we are killed right after. */
static int record_disclosure(struct ctl *c, struct pg_conn *pg, const struct archive *x, struct str manifest)
{
    unsigned char digest[SHA256_BYTES];
    struct pg_params p;
    int e;

    sha256(manifest.data, manifest.len, digest);
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &x->id);
    pg_param_text(&p, x->tenant);
    pg_param_text(&p, x->who);
    pg_param_text(&p, x->why);
    pg_param_bytes(&p, digest, sizeof digest);
    e = pg_exec(pg, &ctl_archive_disclose, &p, NULL);
    return e < 0 ? ctl_fail_err(e) : 0;
}

/* "YHHY-20261126-00001.redress.tar" in the folder where one is; a number may have any character. */
static const char *default_name(struct arena *a, const char *number)
{
    char *name = arena_printf(a, "%s.redress.tar", number);

    for (char *p = name; *p; p++)
        if (*p == '/' || (unsigned char)*p < 0x20)
            *p = '_';
    if (*name == '.')
        *name = '_';
    return name;
}

static void tell_export(struct ctl *c, const struct archive *x, const char *path)
{
    struct facts f;

    if (c->output == CTL_TABLE) {
        printf("%s: %zu events of %s%s\n", path, x->entry_count, x->number, x->revealed ? ", with texts" : "");
        return;
    }
    facts_begin(&f, c);
    facts_text(&f, "file", NULL, path);
    facts_text(&f, "number", NULL, x->number);
    facts_int(&f, "entries", NULL, (int64_t)x->entry_count);
    facts_bool(&f, "revealed", NULL, x->revealed);
    facts_end(&f);
}

static int cmd_export(struct ctl *c)
{
    struct archive x = { .revealed = ctl_option(c, "reveal"), .why = ctl_option(c, "why"), .at_us = clock_wall_us() };
    const char *path = ctl_option(c, "out");
    struct signing_key key;
    struct str manifest = { NULL, 0 };
    struct strbuf out = { 0 };
    struct pg_conn *pg;
    int e;

    if (x.revealed && !(x.why && *x.why))
        return ctl_fail(CTL_USAGE, "--reveal needs --why: what people wrote leaves the system, and that is recorded");
    e = read_signing_key(c, &key);
    if (e)
        return e;
    pg = ctl_pg(c);
    x.who = who_am_i(c->arena);
    x.why = x.why ? x.why : "";
    e = pg ? complaint_find(c, pg, c->argv[0], &x.id) : CTL_UNAVAILABLE;
    if (e == 0)
        e = load_archive(c, pg, &x);
    if (e == 0) {
        strbuf_init(&out, c->arena);
        if (archive_write(c->arena, &x, &key, &out, &manifest) < 0)
            e = ctl_fail(CTL_FAILURE, "%s cannot be exported: %s", x.number, err_text());
    }
    signing_wipe(&key);
    if (e == 0 && x.revealed)
        e = record_disclosure(c, pg, &x, manifest);
    path = path ? path : e == 0 ? default_name(c->arena, x.number) : "";
    if (e == 0)
        e = write_whole(c, path, out.data, out.len);
    if (e == 0)
        tell_export(c, &x, path);
    return e;
}

/* ---- verify ---- */

static void show_report(struct ctl *c, const struct archive_report *r, bool by_their_key)
{
    char key[2 * SIGNING_PUBLIC_BYTES + 1];
    struct facts f;

    hex_encode(r->key, SIGNING_PUBLIC_BYTES, key);
    facts_begin(&f, c);
    facts_text(&f, "number", "投诉编号 number", r->number);
    facts_text(&f, "tenant", "集团 tenant", r->tenant);
    facts_code(&f, "status", "状态 status", r->status);
    facts_int(&f, "entries", "记录 events", (int64_t)r->entries);
    facts_int(&f, "texts", "文本摘要 texts", (int64_t)r->texts);
    facts_int(&f, "revealed", "已披露文本 texts in clear", (int64_t)r->revealed);
    facts_int(&f, "evidence", "证据 evidence", (int64_t)r->evidence);
    facts_text(&f, "head", "末条摘要 newest hash", r->head);
    facts_text(&f, "exportedAt", "导出 exported", r->exported_at);
    facts_text(&f, "exportedBy", "导出人 by", r->who);
    facts_text(&f, "tool", "工具 with", r->tool);
    facts_text(&f, "key", "签名公钥 signed by", key);
    facts_bool(&f, "keyCompared", "公钥已核对 key compared", by_their_key);
    facts_end(&f);
    if (!by_their_key)
        fputs("It holds, and it is signed by whoever has this key: compare it with the one you know, or give --key.\n",
              stderr);
}

static int cmd_verify(struct ctl *c)
{
    unsigned char their_key[SIGNING_PUBLIC_BYTES];
    const unsigned char *key = NULL;
    struct archive_report report;
    struct str file = { NULL, 0 };
    const char *wrong;
    int e = read_their_key(c, their_key, &key);

    if (e == 0)
        e = read_whole(c, c->argv[0], ARCHIVE_BYTES_MAX, &file);
    if (e)
        return e;
    wrong = archive_check(c->arena, file.data, file.len, key, &report);
    if (wrong)
        return ctl_fail(CTL_FAILURE, "%s does not hold: %s", c->argv[0], wrong);
    show_report(c, &report, key);
    return CTL_OK;
}

/* ---- due ---- */

static const struct ctl_column due_columns[] = {
    { "number", "编号 number", CTL_TEXT },    { "step", "步骤 step", CTL_TEXT },
    { "closedAt", "结案 closed", CTL_TIME },  { "dueAt", "到期 due", CTL_TIME },
    { "waitsFor", "保留 kept by", CTL_TEXT }, { "tenant", "集团 tenant", CTL_TEXT },
    { "complaintId", "id", CTL_TEXT },
};

static void add_due(struct ctl_rows *rows, const struct pg_result *r, int row)
{
    struct uuid id = pg_uuid(r, row, 2);
    char text[UUID_TEXT_SIZE];

    uuid_format(&id, text);
    ctl_add_text(rows, pg_text(r, row, 0));
    ctl_add_text(rows, pg_text(r, row, 3));
    ctl_add_time(rows, pg_time_us(r, row, 4));
    ctl_add_time(rows, pg_time_us(r, row, 5));
    ctl_add_text(rows, *pg_text(r, row, 6) ? pg_text(r, row, 6) : NULL);
    ctl_add_text(rows, pg_text(r, row, 1));
    ctl_add_text(rows, text);
}

static int cmd_due(struct ctl *c)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    const char *tenant = ctl_option(c, "tenant"), *before = ctl_option(c, "before");
    int64_t limit = 0, before_us = clock_wall_us();
    struct ctl_rows *rows;
    struct pg_conn *pg;
    struct pg_params p;
    int e;

    if (!ctl_option_int(c, "limit", 1, 1000000, 100, &limit))
        return CTL_USAGE;
    if (before && !rfc3339_parse(before, strlen(before), &before_us))
        return ctl_fail(CTL_USAGE, "--before: found \"%s\"; a time like 2029-01-01T00:00:00+08:00 is wanted", before);
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    pg_params_init(&p, c->arena);
    pg_param_time(&p, before_us);
    pg_param_text(&p, tenant ? tenant : "");
    pg_param_int8(&p, limit);
    e = pg_exec(pg, &ctl_archive_due, &p, &r);
    if (e < 0)
        return ctl_fail_err(e);
    rows = ctl_rows_new(c, due_columns, (int)(sizeof due_columns / sizeof *due_columns));
    for (int i = 0; i < pg_rows(r); i++)
        add_due(rows, r, i);
    ctl_rows_end(rows);
    return CTL_OK;
}

/* ---- anchors ---- */

static int publish(struct ctl *c, struct pg_conn *pg, const struct anchors *made, int64_t now_us)
{
    struct journal_entry *entries = arena_array(c->arena, struct journal_entry, made->count + 1);
    int64_t batch;

    for (size_t i = 0; i < made->count; i++) {
        struct journal_entry *e = &entries[i];

        *e = (struct journal_entry){ .topic = TOPIC_ANCHORS,
                                     .key = made->items[i].tenant,
                                     .tenant = made->items[i].tenant,
                                     .type = ANCHOR_EVENT,
                                     .headers = "ce_source: redress/ctl\ncontent-type: application/protobuf\n" };
        e->payload = event_pack(c->arena, &anchor_message(c->arena, &made->items[i])->base, &e->payload_len);
        journal_seal(e, now_us, NULL);
    }
    return journal_append(pg, c->arena, entries, made->count, &batch);
}

/* One anchoring, as dispatch does it, by the same clock. 0, ANCHORS_NONE, ANCHORS_MORE or < 0. */
static int make_anchors(struct ctl *c, struct pg_conn *pg, const struct signing_key *key, struct anchors *ret)
{
    _cleanup_(pg_result_freep) struct pg_result *now = NULL;
    int e, made = 0;

    e = pg_begin(pg);
    if (e == 0)
        e = pg_exec(pg, &runtime_clock, NULL, &now);
    if (e == 0)
        e = made = anchors_make(pg, c->arena, key, pg_time_us(now, 0, 0), false, ret);
    if (e == 0 || e == ANCHORS_MORE)
        e = publish(c, pg, ret, pg_time_us(now, 0, 0));
    if (e == 0)
        e = pg_commit(pg);
    if (e == 0)
        return made;
    pg_rollback(pg);
    return e;
}

static int cmd_anchor(struct ctl *c)
{
    const char *tenant = ctl_option(c, "tenant"), *path = ctl_option(c, "file");
    struct signing_key key;
    struct pg_conn *pg;
    int e = read_signing_key(c, &key), made;
    int64_t added = 0;

    if (e)
        return e;
    pg = ctl_pg(c);
    e = pg ? journal_check_epoch(pg) : 0;
    do {
        struct anchors list = { 0 };

        made = pg && e == 0 ? make_anchors(c, pg, &key, &list) : e;
        for (size_t i = 0; (made == 0 || made == ANCHORS_MORE) && pg && i < list.count; i++)
            if (!path && (!tenant || strcmp(tenant, list.items[i].tenant) == 0))
                puts(anchor_line(c->arena, &list.items[i]));
    } while (made == ANCHORS_MORE);
    signing_wipe(&key);
    if (!pg)
        return CTL_UNAVAILABLE;
    if (made < 0)
        return ctl_fail_err(made);
    if (path) {
        e = anchors_append(pg, c->arena, path, tenant ? tenant : "", &added);
        if (e < 0)
            return ctl_fail_err(e);
        printf("%s: %lld lines added\n", path, (long long)added);
    }
    return CTL_OK;
}

static int cmd_verify_anchors(struct ctl *c)
{
    unsigned char their_key[SIGNING_PUBLIC_BYTES];
    const unsigned char *key = NULL;
    struct anchors lines = { 0 };
    const char *wrong;
    struct pg_conn *pg;
    struct str file = { NULL, 0 };
    int e = read_their_key(c, their_key, &key);

    if (e == 0)
        e = read_whole(c, c->argv[0], (size_t)1 << 30, &file);
    if (e)
        return e;
    wrong = anchors_parse(c->arena, file.data, file.len, &lines);
    if (!wrong)
        wrong = anchors_check(c->arena, &lines, key);
    if (wrong)
        return ctl_fail(CTL_FAILURE, "%s: %s", c->argv[0], wrong);
    if (lines.count == 0)
        return ctl_fail(CTL_FAILURE, "%s has no anchor in it", c->argv[0]);
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    e = anchors_verify(pg, c->arena, &lines, &wrong);
    if (e < 0)
        return ctl_fail_err(e);
    if (wrong)
        return ctl_fail(CTL_FAILURE, "the journal is not what was anchored: %s", wrong);
    printf("%zu anchors, the journal is what they say%s\n", lines.count,
           key ? "" : "; compare their key with the one you know, or give --key");
    return CTL_OK;
}

const struct ctl_command archive_commands[] = {
    {
        .name = "archive export",
        .arguments = "NUMBER|ID",
        .summary = "write a complaint's record into one signed file that proves itself",
        .details =
            "A tar file with every event (for people, and the exact bytes), the digests of all texts and evidence, a\n"
            "manifest with the SHA-256 of each part, and an Ed25519 signature by the key of keys.signing_file.\n"
            "`archive verify` or openssl and sha256sum check it without a server; docs/record.md tells how.\n"
            "What people wrote is in it only with --reveal, and that is recorded with who and why.\n\n"
            "Examples:\n"
            "  redressctl archive export YHHY-20261101-00001\n"
            "  redressctl archive export YHHY-20261101-00001 --reveal --why \"court of Nanshan, (2027) 0305-1234\" "
            "--out for-the-court.tar",
        .options = { { "out", "FILE", "default: NUMBER.redress.tar; never written over" },
                     { "reveal", NULL, "with the texts and the places of evidence; needs --why" },
                     { "why", "TEXT", "what it is for; stands in the manifest" },
                     { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_export,
    },
    {
        .name = "archive verify",
        .arguments = "FILE",
        .summary = "check an exported file; needs no server and no settings",
        .details =
            "Every hash is computed again, the chain followed, texts and evidence compared with what the events say,\n"
            "then the manifest's digests and the signature. Ends with 1 and names the first thing that is wrong.\n"
            "Without --key anybody's signature will do: compare the key that is shown.\n\n"
            "Example:\n"
            "  redressctl archive verify YHHY-20261101-00001.redress.tar --key redress-signing.key.pub",
        .options = { { "key", "FILE", "the public key (PEM) that it must be signed with" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_verify,
        .offline = true,
    },
    {
        .name = "archive due",
        .arguments = "",
        .summary = "list what is to be archived or erased, and what keeps it; changes nothing",
        .details = "The dry run of dispatch's hourly job: it does what stands here without anything in the column "
                   "\"kept by\".\n"
                   "legal_hold: until the hold is lifted; merged_into: until the case that it went into is archived or "
                   "erased.\n\n"
                   "Example:\n"
                   "  redressctl archive due --before 2030-01-01T00:00:00+08:00",
        .options = { { "tenant", "CODE", "of this tenant only" },
                     { "before", "TIME", "what will be due by then, RFC 3339; default: now" },
                     { "limit", "N", "at most so many; default: 100" } },
        .run = cmd_due,
    },
    {
        .name = "archive anchor",
        .arguments = "",
        .summary = "anchor the journal now, beside the daily anchors that dispatch makes",
        .details =
            "Signs, for each tenant, the digest of what was published since the last anchor. Prints the lines, or\n"
            "appends to a file whatever it lacks, of earlier anchors too.\n\n"
            "Example:\n"
            "  redressctl archive anchor --file /mnt/worm/anchors.jsonl",
        .options = { { "tenant", "CODE", "print or append this tenant's lines only" },
                     { "file", "FILE", "append to this file instead of printing" } },
        .run = cmd_anchor,
    },
    {
        .name = "archive verify-anchors",
        .arguments = "FILE",
        .summary = "check a file of anchors, and the journal against it",
        .details =
            "Finds what no look at the database alone can find: whole complaints that were removed with all their "
            "rows,\n"
            "and a journal that was written anew. Ends with 1 and names the first anchor that does not fit. Together\n"
            "with `journal verify`, which computes the hashes again that are compared here.",
        .options = { { "key", "FILE", "the public key (PEM) that they must be signed with" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_verify_anchors,
    },
    { 0 },
};
