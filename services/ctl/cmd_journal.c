/* journal show, journal verify: the tamper-evident record (R49). */
#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/words.h"
#include "ctl_sql.h"
#include "facts.h"
#include "services/relay/verify.h"
#include "timeline.h"

/* ---- show ---- */

static const char *payload_json(struct arena *a, const struct timeline_entry *t)
{
    struct strbuf b;

    strbuf_init(&b, a);
    return t->event && json_write(&b, &t->event->base) == 0 ? b.data : "null";
}

static void show_entry(struct facts *f, const struct timeline_entry *t)
{
    const struct journal_entry *e = &t->entry;
    char id[UUID_TEXT_SIZE], hash[2 * SHA256_BYTES + 1], prev[2 * SHA256_BYTES + 1];
    struct arena *a = f->ctl->arena;
    const char *payload = payload_json(a, t);

    uuid_format(&e->event_id, id);
    hex_encode(e->hash, SHA256_BYTES, hash);
    hex_encode(e->prev_hash, SHA256_BYTES, prev);
    facts_item(f, arena_printf(a, "%lld  %s  %s  %s  %lld/%d  %s", (long long)e->aggregate_version,
                               facts_local_time(a, e->recorded_at_us), e->type, id, (long long)t->batch, t->ord, hash));
    if (f->ctl->output == CTL_TABLE) {
        facts_item(f, arena_printf(a, "   %s", payload));
        return;
    }
    facts_int(f, "version", NULL, e->aggregate_version);
    facts_text(f, "type", NULL, e->type);
    facts_time(f, "at", NULL, e->recorded_at_us);
    facts_text(f, "eventId", NULL, id);
    facts_int(f, "batch", NULL, t->batch);
    facts_int(f, "ord", NULL, t->ord);
    facts_text(f, "topic", NULL, e->topic);
    facts_text(f, "key", NULL, e->key);
    facts_text(f, "prevHash", NULL, prev);
    facts_text(f, "hash", NULL, hash);
    facts_json(f, "payload", payload);
    facts_item_end(f);
}

static int cmd_show(struct ctl *c)
{
    struct pg_conn *pg = ctl_pg(c);
    char id_text[UUID_TEXT_SIZE];
    struct timeline t = { 0 };
    struct facts f;
    struct uuid id;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    e = complaint_find(c, pg, c->argv[0], &id);
    if (e)
        return e;
    e = timeline_load(c, pg, &id, &t);
    if (e < 0)
        return ctl_fail_err(e);
    if (t.count == 0)
        return ctl_fail(CTL_NOT_FOUND, "the journal has nothing of %s", c->argv[0]);
    uuid_format(&id, id_text);
    facts_begin(&f, c);
    facts_text(&f, "complaintId", "投诉 complaint", id_text);
    facts_list(&f, "entries", "记录 entries: version, at, type, event, batch/ord, hash; payload");
    for (size_t i = 0; i < t.count; i++)
        show_entry(&f, &t.items[i]);
    facts_list_end(&f);
    facts_end(&f);
    return CTL_OK;
}

/* ---- verify ---- */

static const struct ctl_column fault_columns[] = {
    { "code", "问题 fault", CTL_TEXT },
    { "complaintId", "投诉 complaint", CTL_TEXT },
    { "version", "版本 version", CTL_NUMBER },
    { "batch", "batch", CTL_NUMBER },
    { "ord", "ord", CTL_NUMBER },
    { "message", "说明 message", CTL_TEXT },
};

static void add_fault(struct ctl_rows *rows, const struct verify_fault *f)
{
    char id[UUID_TEXT_SIZE];

    uuid_format(&f->aggregate_id, id);
    ctl_add_text(rows, f->code);
    ctl_add_text(rows, uuid_is_nil(&f->aggregate_id) ? NULL : id);
    ctl_add_int(rows, f->version);
    ctl_add_int(rows, f->batch);
    ctl_add_int(rows, f->ord);
    ctl_add_text(rows, f->text);
}

struct fault_list {
    struct ctl_rows *rows;
    int64_t shown, limit;
};

static void on_fault(void *context, const struct verify_fault *f)
{
    struct fault_list *list = context;

    if (list->shown++ < list->limit)
        add_fault(list->rows, f);
}

static int cmd_verify(struct ctl *c)
{
    /* A case that dispatch has not begun has no head there; intake's is of version 1. */
    static const struct verify_heads heads[] = {
        { "intake", &ctl_intake_heads, false, &ctl_intake_lost },
        { "dispatch", &ctl_dispatch_heads, true, NULL },
        { 0 },
    };
    struct fault_list faults = { 0 };
    struct verify_result result;
    struct pg_conn *pg;
    int e;

    if (!ctl_option_int(c, "limit", 1, 1000000, 100, &faults.limit))
        return CTL_USAGE;
    pg = ctl_pg(c);
    if (!pg)
        return CTL_UNAVAILABLE;
    faults.rows = ctl_rows_new(c, fault_columns, (int)(sizeof fault_columns / sizeof *fault_columns));
    e = journal_verify(pg, heads, on_fault, &faults, &result);
    if (e < 0)
        return ctl_fail_err(e);
    if (result.faults || c->output != CTL_TABLE)
        ctl_rows_end(faults.rows);
    fprintf(stderr, "%lld entries, %lld chains, %lld faults\n", (long long)result.entries, (long long)result.chains,
            (long long)result.faults);
    if (result.faults)
        return ctl_fail(CTL_FAILURE, "the first bad entry is batch %lld, ord %d: %s", (long long)result.first.batch,
                        result.first.ord, result.first.text);
    return CTL_OK;
}

const struct ctl_command journal_commands[] = {
    {
        .name = "journal show",
        .arguments = "NUMBER|ID",
        .summary = "print what the journal holds of one complaint",
        .details =
            "Every entry with its version, time, event id, place, hash and decoded payload. Ends with 3 if there is\n"
            "nothing.\n\n"
            "Example:\n"
            "  redressctl journal show YHHY-20261101-00001 --output json",
        .options = { { "tenant", "CODE", "whose number it is, where several tenants have it" } },
        .min_arguments = 1,
        .max_arguments = 1,
        .run = cmd_show,
    },
    {
        .name = "journal verify",
        .arguments = "",
        .summary = "walk all hash chains and name the first bad entry",
        .details =
            "Every entry's hash is computed again, every complaint's entries must follow one another without gap,\n"
            "and the ends must be those that intake and dispatch keep with the complaint. Ends with 1 if anything\n"
            "was changed, replaced or removed. May run while everything runs.",
        .options = { { "tenant", "CODE", "of this tenant only" } },
        .run = cmd_verify,
    },
    { 0 },
};
