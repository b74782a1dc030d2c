#include "complaint_show.h"

#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/words.h"
#include "ctl_sql.h"
#include "event_line.h"
#include "facts.h"
#include "services/dispatch/lifecycle.h"
#include "timeline.h"

/* The columns of show_complaint.sql in their order. */
enum {
    ID,
    TENANT,
    NUMBER,
    SOURCE,
    SOURCE_EVENT,
    CHANNEL,
    PROJECT,
    PROJECT_NAME,
    BUILDING,
    RECEIVED,
    REGISTERED,
    OCCURRED,
    GIVEN_CATEGORY,
    DUPLICATE_OF,
    AMOUNT,
    CLEAR,
    EVIDENCE,
    SUBMITTED_BY,
    PHONE,
    KIND,
    VERIFIED,
    PREFERRED,
    CATEGORY,
    CATEGORY_NAME,
    CATEGORY_SOURCE,
    CONFIDENCE,
    SEVERITY,
    COMPLEXITY,
    STATUS,
    DEPARTMENT,
    DEPARTMENT_NAME,
    ASSIGNEE,
    ASSIGNEE_NAME,
    ASSIGNEE_ROLE,
    ASSIGNED,
    VERSION,
    SINCE,
    LEVEL,
    WAITING_FOR,
    QUESTION_OPEN,
    INSPECTION_OPEN,
    PLANS,
    PLAN_DEADLINE,
    BOUNCES,
    DISSATISFIED,
    REOPENED,
    CLOSED,
    REOPEN_UNTIL,
    RETAIN_UNTIL,
    MERGED_INTO,
    HELD,
    RECURRENCE,
    SPLIT_FROM,
    SPLIT_INTO
};

static const char *with_code(struct arena *a, const char *name, const char *code)
{
    return *name && *code ? arena_printf(a, "%s（%s）", name, code) : code;
}

/* For people name and code in one line, for programs a member each. */
static void named(struct facts *f, const char *name, const char *name_name, const char *label,
                  const struct pg_result *r, int code, int title)
{
    if (f->ctl->output == CTL_TABLE) {
        facts_text(f, name, label, with_code(f->ctl->arena, pg_text(r, 0, title), pg_text(r, 0, code)));
        return;
    }
    facts_text(f, name, NULL, pg_text(r, 0, code));
    facts_text(f, name_name, NULL, pg_text(r, 0, title));
}

static int64_t time_or_0(const struct pg_result *r, int row, int column)
{
    return pg_is_null(r, row, column) ? 0 : pg_time_us(r, row, column);
}

/* The four clears of R6. */
static const char *clears_of(struct arena *a, int clear)
{
    static const char *const codes[] = { "heard", "asked", "repeated", "recorded" };
    struct strbuf b;

    strbuf_init(&b, a);
    for (int i = 0; i < 4; i++)
        if (clear & 1 << i)
            strbuf_printf(&b, "%s%s", b.len ? " " : "", codes[i]);
    return b.len ? b.data : "";
}

/* People read both of its names, programs the code. */
static const char *state_text(const struct ctl *c, const char *name)
{
    const char *chinese = case_status_chinese((int)case_status_find(name));

    return c->output == CTL_TABLE && chinese ? arena_printf(c->arena, "%s %s", chinese, name) : name;
}

static void show_registration(struct facts *f, const struct pg_result *r)
{
    struct arena *a = f->ctl->arena;
    struct uuid id = pg_uuid(r, 0, ID);
    char id_text[UUID_TEXT_SIZE];

    uuid_format(&id, id_text);
    facts_text(f, "number", "投诉编号 number", pg_text(r, 0, NUMBER));
    facts_text(f, "status", "状态 state", state_text(f->ctl, pg_text(r, 0, STATUS)));
    facts_text(f, "id", "id", id_text);
    facts_text(f, "tenant", "集团 tenant", pg_text(r, 0, TENANT));
    named(f, "project", "projectName", "项目 project", r, PROJECT, PROJECT_NAME);
    facts_text(f, "building", "楼栋 building", pg_text(r, 0, BUILDING));
    facts_code(f, "channel", "渠道 channel", enum_code(a, &redress__v1__channel__descriptor, pg_int4(r, 0, CHANNEL)));
    facts_text(f, "source", "来源 source", pg_text(r, 0, SOURCE));
    facts_text(f, "sourceEventId", "来源编号 reference", pg_text(r, 0, SOURCE_EVENT));
    facts_code(f, "complainantKind", "投诉人 complainant",
               enum_code(a, &redress__v1__complainant_kind__descriptor, pg_int4(r, 0, KIND)));
    facts_text(f, "phoneMasked", "电话 phone", pg_text(r, 0, PHONE));
    facts_code(f, "preferredChannel", "回复方式 answer by",
               enum_code(a, &redress__v1__contact_channel__descriptor, pg_int4(r, 0, PREFERRED)));
    facts_time(f, "occurredAt", "发生 occurred", time_or_0(r, 0, OCCURRED));
    facts_time(f, "receivedAt", "接收 received", time_or_0(r, 0, RECEIVED));
    facts_time(f, "registeredAt", "登记 registered", time_or_0(r, 0, REGISTERED));
    if (!pg_is_null(r, 0, AMOUNT))
        facts_text(f, "amountFen", "金额（分） amount", arena_printf(a, "%lld", (long long)pg_int8(r, 0, AMOUNT)));
    facts_text(f, "clear", "四清 four clears", clears_of(a, pg_int4(r, 0, CLEAR)));
    facts_bool(f, "identityVerified", "身份已核 identity verified",
               !pg_is_null(r, 0, VERIFIED) && pg_bool(r, 0, VERIFIED));
    facts_int(f, "evidenceCount", "证据 evidence", pg_int4(r, 0, EVIDENCE));
    facts_text(f, "submittedBy", "代录员工 taken by", pg_text(r, 0, SUBMITTED_BY));
    facts_text(f, "likelyDuplicateOf", "疑似重复 perhaps same as", pg_text(r, 0, DUPLICATE_OF));
    facts_text(f, "splitFrom", "拆自 split from", pg_text(r, 0, SPLIT_FROM));
    facts_text(f, "splitInto", "已拆出 split into", pg_text(r, 0, SPLIT_INTO));
}

static void show_assignment(struct facts *f, const struct pg_result *r)
{
    if (pg_is_null(r, 0, ASSIGNEE)) {
        facts_text(f, "givenCategory", "来源分类 given category", pg_text(r, 0, GIVEN_CATEGORY));
        return;
    }
    named(f, "category", "categoryName", "类别 category", r, CATEGORY, CATEGORY_NAME);
    facts_code(f, "categorySource", "分类依据 category from", pg_text(r, 0, CATEGORY_SOURCE));
    facts_int(f, "categoryConfidence", "分类把握 % sure", pg_int4(r, 0, CONFIDENCE));
    facts_code(f, "severity", "严重程度 severity", pg_text(r, 0, SEVERITY));
    facts_code(f, "complexity", "复杂程度 complexity", pg_text(r, 0, COMPLEXITY));
    named(f, "department", "departmentName", "责任部门 department", r, DEPARTMENT, DEPARTMENT_NAME);
    named(f, "handler", "handlerName", "经办 handler", r, ASSIGNEE, ASSIGNEE_NAME);
    facts_code(f, "handlerRole", "身份 as", pg_text(r, 0, ASSIGNEE_ROLE));
    facts_time(f, "assignedAt", "派单 assigned", time_or_0(r, 0, ASSIGNED));
}

/* People are told only of what is so. */
static void show_if(struct facts *f, const char *name, const char *label, const struct pg_result *r, int column)
{
    if (f->ctl->output != CTL_TABLE || pg_bool(r, 0, column))
        facts_bool(f, name, label, pg_bool(r, 0, column));
}

static void show_count(struct facts *f, const char *name, const char *label, const struct pg_result *r, int column)
{
    if (f->ctl->output != CTL_TABLE || pg_int4(r, 0, column))
        facts_int(f, name, label, pg_int4(r, 0, column));
}

static void show_handling(struct facts *f, const struct pg_result *r)
{
    if (pg_is_null(r, 0, VERSION))
        return; /* dispatch does not have it yet */
    facts_int(f, "version", "版本 version", pg_int8(r, 0, VERSION));
    facts_time(f, "since", "此状态起 since", time_or_0(r, 0, SINCE));
    facts_code(f, "level", "升级层级 level", pg_text(r, 0, LEVEL));
    facts_code(f, "waitingFor", "等待 waiting for", pg_text(r, 0, WAITING_FOR));
    show_if(f, "questionOpen", "待投诉人补充 asked", r, QUESTION_OPEN);
    show_if(f, "inspectionOpen", "待联合查勘 inspection", r, INSPECTION_OPEN);
    show_count(f, "plans", "方案数 plans", r, PLANS);
    facts_time(f, "planDeadline", "方案期限 plan deadline", time_or_0(r, 0, PLAN_DEADLINE));
    show_count(f, "bounces", "往返次数 bounces", r, BOUNCES);
    show_count(f, "dissatisfied", "不满意次数 dissatisfied", r, DISSATISFIED);
    show_count(f, "reopened", "重新受理次数 reopened", r, REOPENED);
    facts_time(f, "closedAt", "结案 closed", time_or_0(r, 0, CLOSED));
    facts_time(f, "reopenUntil", "可重新受理至 reopen until", time_or_0(r, 0, REOPEN_UNTIL));
    facts_time(f, "retainUntil", "保存至 kept until", time_or_0(r, 0, RETAIN_UNTIL));
    facts_text(f, "mergedInto", "并入 merged into", pg_text(r, 0, MERGED_INTO));
    show_if(f, "held", "法律保全 legal hold", r, HELD);
    show_if(f, "recurrence", "同户再发 recurrence", r, RECURRENCE);
}

/* The columns of work_orders_of.sql in their order. */
enum {
    W_NUMBER,
    W_STATUS,
    W_PAID,
    W_QUOTE,
    W_APPROVED,
    W_TOTAL,
    W_TEAM,
    W_FROM,
    W_TO,
    W_QUALITY,
    W_ATTITUDE,
    W_OPENED,
    W_DONE
};

/* "1  已派工 dispatched  有偿  报价 2  合计 120.00 元  维修一队  2026-12-01 09:00:00 至 ..." */
static const char *work_order_line(struct arena *a, const struct pg_result *r, int row)
{
    const char *status = pg_text(r, row, W_STATUS);
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_printf(&b, "%d  %s %s  %s", pg_int4(r, row, W_NUMBER), word_of(status), status,
                  pg_bool(r, row, W_PAID) ? "有偿" : "无偿");
    if (pg_int4(r, row, W_QUOTE))
        strbuf_printf(&b, "  报价 %d  合计 %.2f 元", pg_int4(r, row, W_QUOTE),
                      (double)pg_int8(r, row, W_TOTAL) / 100.0);
    if (*pg_text(r, row, W_TEAM))
        strbuf_printf(&b, "  班组 %s", pg_text(r, row, W_TEAM));
    if (!pg_is_null(r, row, W_FROM))
        strbuf_printf(&b, "  上门 %s 至 %s", facts_local_time(a, pg_time_us(r, row, W_FROM)),
                      facts_local_time(a, time_or_0(r, row, W_TO)));
    if (!pg_is_null(r, row, W_DONE))
        strbuf_printf(&b, "  完工 %s", facts_local_time(a, pg_time_us(r, row, W_DONE)));
    if (pg_int4(r, row, W_QUALITY))
        strbuf_printf(&b, "  质量 %d  态度 %d", pg_int4(r, row, W_QUALITY), pg_int4(r, row, W_ATTITUDE));
    return b.data;
}

static void show_work_orders(struct facts *f, const struct pg_result *r)
{
    struct arena *a = f->ctl->arena;

    if (pg_rows(r) == 0 && f->ctl->output == CTL_TABLE)
        return;
    facts_list(f, "workOrders", "维修单 work orders");
    for (int row = 0; row < pg_rows(r); row++) {
        facts_item(f, work_order_line(a, r, row));
        if (f->ctl->output != CTL_TABLE) {
            facts_int(f, "number", NULL, pg_int4(r, row, W_NUMBER));
            facts_text(f, "status", NULL, pg_text(r, row, W_STATUS));
            facts_bool(f, "paid", NULL, pg_bool(r, row, W_PAID));
            facts_int(f, "quote", NULL, pg_int4(r, row, W_QUOTE));
            facts_int(f, "approvedQuote", NULL, pg_int4(r, row, W_APPROVED));
            facts_int(f, "totalFen", NULL, pg_int8(r, row, W_TOTAL));
            facts_text(f, "team", NULL, pg_text(r, row, W_TEAM));
            facts_time(f, "appointmentFrom", NULL, time_or_0(r, row, W_FROM));
            facts_time(f, "appointmentTo", NULL, time_or_0(r, row, W_TO));
            facts_int(f, "quality", NULL, pg_int4(r, row, W_QUALITY));
            facts_int(f, "attitude", NULL, pg_int4(r, row, W_ATTITUDE));
            facts_time(f, "openedAt", NULL, time_or_0(r, row, W_OPENED));
            facts_time(f, "doneAt", NULL, time_or_0(r, row, W_DONE));
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

static void show_related(struct facts *f, const struct pg_result *r)
{
    struct arena *a = f->ctl->arena;

    if (pg_rows(r) == 0 && f->ctl->output == CTL_TABLE)
        return;
    facts_list(f, "related", "同户其他投诉 other cases of the home");
    for (int row = 0; row < pg_rows(r); row++) {
        const char *status = case_status_name(pg_int4(r, row, 4));

        facts_item(f,
                   arena_printf(a, "%s  %s  %s %s  %s", pg_text(r, row, 1), facts_local_time(a, pg_time_us(r, row, 3)),
                                word_of(status), status, pg_text(r, row, 2)));
        if (f->ctl->output != CTL_TABLE) {
            facts_text(f, "number", NULL, pg_text(r, row, 1));
            facts_text(f, "category", NULL, pg_text(r, row, 2));
            facts_time(f, "registeredAt", NULL, pg_time_us(r, row, 3));
            facts_text(f, "status", NULL, status);
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

/* What the event itself says, as JSON; "{}" where it cannot be read. */
static const char *event_details(struct arena *a, const Redress__V1__ComplaintEvent *e)
{
    const char *kind = event_kind(e);
    const ProtobufCFieldDescriptor *f =
        e ? protobuf_c_message_descriptor_get_field_by_name(e->base.descriptor, kind) : NULL;
    struct strbuf b;

    strbuf_init(&b, a);
    if (f && json_write(&b, *(const ProtobufCMessage *const *)((const char *)e + f->offset)) == 0)
        return b.data;
    return "{}";
}

static void show_timeline(struct facts *f, const struct timeline *t, const struct pg_result *names)
{
    struct arena *a = f->ctl->arena;
    char id[UUID_TEXT_SIZE];

    facts_list(f, "timeline", "经过 timeline");
    for (size_t i = 0; i < t->count; i++) {
        const struct timeline_entry *e = &t->items[i];
        const char *kind = event_kind(e->event), *actor = e->event ? e->event->actor : "";

        facts_item(f, arena_printf(a, "%2lld  %s  %s  %s", (long long)e->entry.aggregate_version,
                                   facts_local_time(a, e->entry.recorded_at_us), event_actor(a, actor, names),
                                   *kind ? event_line(a, e->event, names) : e->entry.type));
        uuid_format(&e->entry.event_id, id);
        if (f->ctl->output != CTL_TABLE) {
            facts_int(f, "version", NULL, e->entry.aggregate_version);
            facts_time(f, "at", NULL, e->entry.recorded_at_us);
            facts_text(f, "type", NULL, e->entry.type);
            facts_text(f, "eventId", NULL, id);
            facts_text(f, "actor", NULL, actor);
            facts_text(f, "event", NULL, kind);
            facts_json(f, "details", event_details(a, e->event));
        }
        facts_item_end(f);
    }
    facts_list_end(f);
}

static void show_reason(struct facts *f, int64_t version, const Redress__V1__Reason *r)
{
    struct arena *a = f->ctl->arena;
    const char *subject = enum_code(a, &redress__v1__reason_subject__descriptor, (int)r->subject);

    facts_item(f, arena_printf(a, "%s  %s  %s", word_of(subject), r->rule, r->text));
    if (f->ctl->output != CTL_TABLE) {
        facts_int(f, "version", NULL, version);
        facts_text(f, "subject", NULL, subject);
        facts_text(f, "rule", NULL, r->rule);
        facts_text(f, "text", NULL, r->text);
    }
    facts_item_end(f);
}

static void show_reasons(struct facts *f, const struct timeline *t)
{
    facts_list(f, "reasons", "理由 reasons");
    for (size_t i = 0; i < t->count; i++) {
        const Redress__V1__ComplaintEvent *e = t->items[i].event;

        if (e && e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_ASSIGNED)
            for (size_t n = 0; n < e->assigned->n_reasons; n++)
                show_reason(f, e->version, e->assigned->reasons[n]);
        if (e && e->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_REASSIGNED)
            for (size_t n = 0; n < e->reassigned->n_reasons; n++)
                show_reason(f, e->version, e->reassigned->reasons[n]);
    }
    facts_list_end(f);
}

/* All that is known of one complaint. */
struct whole {
    struct pg_result *facts, *names, *work_orders, *related;
    struct timeline timeline;
};

static void whole_done(struct whole *w)
{
    pg_result_free(w->facts);
    pg_result_free(w->names);
    pg_result_free(w->work_orders);
    pg_result_free(w->related);
}

/* 0, or the exit status. */
static int load_whole(struct ctl *c, struct whole *w)
{
    struct pg_conn *pg = ctl_pg(c);
    struct pg_params p;
    struct uuid id;
    int e;

    if (!pg)
        return CTL_UNAVAILABLE;
    e = complaint_find(c, pg, c->argv[0], &id);
    if (e)
        return e;
    pg_params_init(&p, c->arena);
    pg_param_uuid(&p, &id);
    e = pg_exec(pg, &ctl_show_complaint, &p, &w->facts);
    if (e == 0 && pg_rows(w->facts) == 0)
        return ctl_fail(CTL_NOT_FOUND, "there is no complaint %s", c->argv[0]);
    if (e == 0)
        e = pg_exec(pg, &ctl_work_orders_of, &p, &w->work_orders);
    if (e == 0)
        e = pg_exec(pg, &ctl_related_of, &p, &w->related);
    if (e == 0) {
        pg_params_init(&p, c->arena);
        pg_param_text(&p, pg_text(w->facts, 0, TENANT));
        e = pg_exec(pg, &ctl_tenant_names, &p, &w->names);
    }
    if (e == 0)
        e = timeline_load(c, pg, &id, &w->timeline);
    return e < 0 ? ctl_fail_err(e) : 0;
}

int complaint_show(struct ctl *c)
{
    _cleanup_(whole_done) struct whole w = { 0 };
    struct facts facts;
    int e = load_whole(c, &w);

    if (e)
        return e;
    facts_begin(&facts, c);
    show_registration(&facts, w.facts);
    show_assignment(&facts, w.facts);
    show_handling(&facts, w.facts);
    show_work_orders(&facts, w.work_orders);
    show_related(&facts, w.related);
    show_timeline(&facts, &w.timeline, w.names);
    show_reasons(&facts, &w.timeline);
    facts_end(&facts);
    return CTL_OK;
}

int complaint_history(struct ctl *c)
{
    _cleanup_(whole_done) struct whole w = { 0 };
    struct facts facts;
    int e = load_whole(c, &w);

    if (e)
        return e;
    facts_begin(&facts, c);
    facts_text(&facts, "number", "投诉编号 number", pg_text(w.facts, 0, NUMBER));
    facts_text(&facts, "status", "状态 state", state_text(c, pg_text(w.facts, 0, STATUS)));
    show_timeline(&facts, &w.timeline, w.names);
    facts_end(&facts);
    return CTL_OK;
}
