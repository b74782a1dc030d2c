#include "event_line.h"

#include <string.h>

#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/event/json_internal.h"
#include "common/event/timestamp.h"
#include "common/event/words.h"
#include "facts.h"
#include "record.h"
#include "services/dispatch/lifecycle.h"
#include "timeline.h"

#define PARTS_MAX 7 /* a line is to be read at a glance: --output json has all of it */
#define LIST_MAX  6

/* ---- words ---- */

/* Events that no command of its own makes; the others are called as their command is. */
static const struct {
    const char *member, *word;
} event_words[] = {
    { "registered", "登记" },
    { "assigned", "派单" },
    { "contact_attempted", "联系未接通" },
    { "absorbed", "并入他案" },
    { "recurred", "同户同类问题再发" },
    { "inspection_opened", "须联合查勘" },
    { "erased", "到期销毁" },
};

static const struct {
    const char *field, *word; /* NULL: not for people */
} field_words[] = {
    { "source", "来源" },
    { "source_event_id", "来源编号" },
    { "channel", "方式" },
    { "received_at", "接收" },
    { "registered_at", NULL },
    { "occurred_at", "发生" },
    { "building", "楼栋" },
    { "home_key", NULL },
    { "complainant_key", NULL },
    { "phone_masked", "电话" },
    { "complainant_kind", "投诉人" },
    { "identity_verified", "身份已核" },
    { "preferred_channel", "回复方式" },
    { "category_code", "类别" },
    { "description_sha256", NULL },
    { "demand_sha256", NULL },
    { "amount_fen", "金额" },
    { "evidence_count", "证据" },
    { "clear", NULL },
    { "submitted_by", "代录" },
    { "likely_duplicate_of_id", NULL },
    { "likely_duplicate_of_number", "疑似重复" },
    { "category_source", "分类依据" },
    { "category_confidence", "把握" },
    { "severity", "严重程度" },
    { "complexity", "复杂程度" },
    { "department_code", "部门" },
    { "assignee_id", "经办" },
    { "assignee_role", "身份" },
    { "reasons", NULL }, /* a list of their own */
    { "from_assignee_id", "原经办" },
    { "awarded", "客服裁定" },
    { "proposed_department", "应属部门" },
    { "bounces", "往返次数" },
    { "staff_id", "员工" },
    { "methods", "调查方式" },
    { "finding", "投诉" },
    { "quality", "质量" },
    { "demand", "诉求" },
    { "responsible_department", "责任方" },
    { "evidence_sha256", "凭证" },
    { "departments", "参与部门" },
    { "agreed", "达成一致" },
    { "plan", "方案" },
    { "responsible_id", "责任人" },
    { "deadline", "期限" },
    { "steps", "步骤" },
    { "way", "确认方式" },
    { "recorded_by", "记录人" },
    { "simple", "简单事项" },
    { "third_party", "第三方" },
    { "effective", "有效" },
    { "times", "第几次" },
    { "because", "结案原因" },
    { "reopen_until", "可重新受理至" },
    { "split_from_id", NULL },
    { "split_from_number", "拆自" },
    { "retain_until", "保存至" },
    { "into_id", NULL },
    { "into_number", "并入" },
    { "from_id", NULL },
    { "from_number", "来自" },
    { "reason", "原因" },
    { "until", "至" },
    { "stage", "阶段" },
    { "lapsed", "逾期未补" },
    { "from_level", "自" },
    { "to_level", "至" },
    { "condition", "触发" },
    { "to", "至" },
    { "at", "时间" },
    { "attendee_ids", "参加人" },
    { "leader_id", "公司领导" },
    { "photo_sha256", "照片" },
    { "earlier_id", NULL },
    { "earlier_number", "前案" },
    { "work_order", "维修单" },
    { "paid", "有偿" },
    { "quote", "报价" },
    { "lines", "明细" },
    { "total_fen", "合计" },
    { "team", "班组" },
    { "from", "自" },
    { "attitude", "态度" },
    { "goods_and_services", "产品与服务" },
    { "service_quality", "服务质量" },
    { "complaint_handling", "投诉处理" },
};

const char *event_word(const char *member)
{
    for (size_t i = 0; i < sizeof event_words / sizeof *event_words; i++)
        if (strcmp(event_words[i].member, member) == 0)
            return event_words[i].word;
    for (size_t i = 0; i < CASE_COMMAND_COUNT; i++)
        if (strcmp(case_commands[i].event, member) == 0)
            return case_commands[i].chinese;
    return member;
}

const char *event_field_word(const char *field)
{
    for (size_t i = 0; i < sizeof field_words / sizeof *field_words; i++)
        if (strcmp(field_words[i].field, field) == 0)
            return field_words[i].word;
    return field;
}

static const char *named(struct arena *a, const struct pg_result *names, const char *code)
{
    for (int i = 0; names && i < pg_rows(names); i++)
        if (strcmp(pg_text(names, i, 1), code) == 0)
            return arena_printf(a, "%s %s", code, pg_text(names, i, 2));
    return code;
}

const char *event_actor(struct arena *a, const char *actor, const struct pg_result *names)
{
    if (strncmp(actor, "system:", 7) == 0)
        return arena_printf(a, "系统 %s", actor + 7);
    if (strncmp(actor, "agent:", 6) == 0)
        return arena_printf(a, "坐席 %s", actor + 6);
    return strcmp(actor, "complainant") == 0 ? "投诉人" : named(a, names, actor);
}

/* ---- values ---- */

struct line {
    struct arena *arena;
    const struct pg_result *names;
    struct strbuf out;
    int parts;
};

static bool ends_with(const char *name, const char *end)
{
    size_t len = strlen(name), tail = strlen(end);

    return len >= tail && strcmp(name + len - tail, end) == 0;
}

/* Money is kept in fen and read in yuan. */
static const char *number_text(struct arena *a, const ProtobufCFieldDescriptor *f, int64_t n)
{
    if (!ends_with(f->name, "_fen"))
        return arena_printf(a, "%lld", (long long)n);
    return arena_printf(a, "%.2f 元", (double)n / 100.0);
}

/* States and people, by what the contract calls the field. */
static const char *string_text(struct line *l, const ProtobufCFieldDescriptor *f, const char *s)
{
    if (strcmp(f->name, "stage") == 0 && case_status_find(s) != CASE_SAME)
        return case_status_chinese((int)case_status_find(s));
    return named(l->arena, l->names, s);
}

/* One value, "" for what is not there; `name` is the field that people see. */
static const char *value_text(struct line *l, const ProtobufCFieldDescriptor *name, const ProtobufCFieldDescriptor *f,
                              const void *value)
{
    const ProtobufCMessage *m;

    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return string_text(l, name, *(const char *const *)value);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_word(l->arena, f->descriptor, *(const int *)value);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)value ? "是" : "否";
    case PROTOBUF_C_TYPE_INT32:
        return *(const int32_t *)value ? number_text(l->arena, name, *(const int32_t *)value) : "";
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)value ? number_text(l->arena, name, *(const int64_t *)value) : "";
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)value)->len ? "已附" : "";
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    default:
        return "";
    }
    m = *(const ProtobufCMessage *const *)value;
    if (m && json_shape_of(m->descriptor) == JSON_SHAPE_TIMESTAMP)
        return facts_local_time(l->arena, timestamp_read((const Google__Protobuf__Timestamp *)m));
    if (!m || json_shape_of(m->descriptor) != JSON_SHAPE_WRAPPER)
        return "";
    f = &m->descriptor->fields[0];
    value = (const char *)m + f->offset;
    if (f->type == PROTOBUF_C_TYPE_INT32) /* a wrapped 0 was said */
        return number_text(l->arena, name, *(const int32_t *)value);
    return f->type == PROTOBUF_C_TYPE_INT64 ? number_text(l->arena, name, *(const int64_t *)value) : "";
}

/* Words are listed; of digests and messages it is said how many there are. */
static const char *list_text(struct line *l, const ProtobufCFieldDescriptor *f, const char *items, size_t count)
{
    struct strbuf b;

    if (count == 0)
        return "";
    if (f->type == PROTOBUF_C_TYPE_BYTES || f->type == PROTOBUF_C_TYPE_MESSAGE)
        return arena_printf(l->arena, "%zu 项", count);
    strbuf_init(&b, l->arena);
    for (size_t i = 0; i < count && i < LIST_MAX; i++)
        strbuf_printf(&b, "%s%s", i ? "、" : "", value_text(l, f, f, items + i * field_size(f->type)));
    if (count > LIST_MAX)
        strbuf_printf(&b, " 等 %zu 项", count);
    return b.data;
}

static void add_field(struct line *l, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const char *at = (const char *)m + f->offset, *word = event_field_word(f->name), *text;

    if (!word || l->parts == PARTS_MAX)
        return;
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        text = list_text(l, f, *(const char *const *)at, *(const size_t *)((const char *)m + f->quantifier_offset));
    else
        text = value_text(l, f, f, at);
    if (*text)
        strbuf_printf(&l->out, "%s%s %s", l->parts++ ? "，" : "：", word, text);
}

const char *event_line(struct arena *a, const Redress__V1__ComplaintEvent *e, const struct pg_result *names)
{
    const char *kind = event_kind(e);
    const ProtobufCFieldDescriptor *member = protobuf_c_message_descriptor_get_field_by_name(e->base.descriptor, kind);
    const ProtobufCMessage *m;
    struct line l = { .arena = a, .names = names };

    if (!member)
        return "";
    m = *(const ProtobufCMessage *const *)((const char *)e + member->offset);
    strbuf_init(&l.out, a);
    strbuf_printf(&l.out, "%s %s", event_word(kind), kind);
    for (unsigned i = 0; m && i < m->descriptor->n_fields; i++)
        add_field(&l, m, &m->descriptor->fields[i]);
    return l.out.data;
}
