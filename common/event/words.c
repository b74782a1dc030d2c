#include "words.h"

#include <ctype.h>
#include <string.h>

#include "common/base/arena.h"

static const struct {
    const char *code, *word;
} words[] = {
    { "hotline", "热线" },
    { "letter", "信函" },
    { "sales_centre", "案场来访" },
    { "service_centre", "服务中心来访" },
    { "website", "网站" },
    { "email", "电子邮件" },
    { "wechat", "微信" },
    { "online_chat", "在线客服" },
    { "employee", "员工代录" },
    { "phone", "电话" },
    { "sms", "短信" },
    { "individual", "个人" },
    { "corporate", "单位" },
    { "general", "一般" },
    { "major", "重大" },
    { "simple", "简单" },
    { "complex", "复杂" },
    { "registered", "已登记" },
    { "to_classify", "待人工分类" },
    { "assigned", "已派单" },
    { "reassigned", "已改派" },
    { "closed", "已结案" },
    { "withdrawn", "已撤回" },
    { "merged", "已并案" },
    { "archived", "已归档" },
    { "erased", "已销毁" },
    { "handler", "经办人" },
    { "department_head", "部门负责人" },
    { "duty", "值班人" },
    { "sender", "来源指定" },
    { "keywords", "关键词" },
    { "by_hand", "待人工" },
    { "category", "分类" },
    { "severity", "严重程度" },
    { "complexity", "复杂程度" },
    { "department", "部门" },
    /* values that events have; those whose code means something else elsewhere go by their full name */
    { "on_site", "现场查看" },
    { "documents", "查阅资料" },
    { "interview", "访谈" },
    { "third_party", "第三方" },
    { "true", "属实" },
    { "partly_true", "部分属实" },
    { "not_true", "不属实" },
    { "as_agreed", "符合约定" },
    { "defective", "有缺陷" },
    { "not_applicable", "不适用" },
    { "reasonable", "合理" },
    { "partly_reasonable", "部分合理" },
    { "not_reasonable", "不合理" },
    { "signature", "签字" },
    { "code", "验证码" },
    { "paper", "纸质签字" },
    { "outside_party", "第三方单位" },
    { "complainant_absent", "联系不上投诉人" },
    { "complainant_asked", "投诉人要求" },
    { "authority", "主管部门处理中" },
    { "force_majeure", "不可抗力" },
    { "information", "投诉人补充资料" },
    { "customer_service", "客服部" },
    { "senior_management", "公司高层" },
    { "ESCALATION_CONDITION_BY_HAND", "人工" },
    { "plan_rejected", "方案被拒" },
    { "no_agreement", "未达成一致" },
    { "amount", "涉及金额" },
    { "breach", "超时" },
    { "dissatisfied", "不满意" },
    { "confirmed", "投诉人已确认" },
    { "no_answer", "投诉人未答复" },
    { "answered", "已答复" },
    { "opened", "已开单" },
    { "quoted", "已报价" },
    { "approved", "已同意报价" },
    { "dispatched", "已派工" },
    { "done", "已完工" },
    { "signed", "已签字" },
    { "cancelled", "已取消" },
    /* clocks of the policies that come with Redress */
    { "registration", "登记告知" },
    { "acknowledgement", "确认接收" },
    { "first_response", "首次联系" },
    { "contact", "联系投诉人" },
    { "investigation_start", "开始调查" },
    { "investigation_end", "完成调查" },
    { "plan", "提出方案" },
    { "rectification", "整改完成" },
    { "feedback", "结果反馈" },
    { "progress", "进展告知" },
    { "inspection", "联合查勘" },
    { "information", "补充材料" },
    { "confirmation", "结果确认" },
    { "appointment", "预约上门" },
    { "between_departments", "部门往返" },
};

const char *word_of(const char *code)
{
    for (size_t i = 0; code && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].code, code) == 0)
            return words[i].word;
    return code;
}

/* "ComplainantKind" is how many characters of "COMPLAINANT_KIND_INDIVIDUAL"? Its capitals bring an underscore each. */
static size_t prefix_length(const char *type)
{
    size_t n = 0;

    for (const char *p = type; *p; p++)
        n += p > type && isupper((unsigned char)*p) ? 2 : 1;
    return n + 1;
}

const char *enum_word(struct arena *a, const ProtobufCEnumDescriptor *d, int value)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, value);
    const char *word = v ? word_of(v->name) : NULL;

    return value == 0 ? "" : v && strcmp(word, v->name) != 0 ? word : word_of(enum_code(a, d, value));
}

const char *enum_code(struct arena *a, const ProtobufCEnumDescriptor *d, int value)
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(d, value);
    size_t skip = prefix_length(d->short_name);
    char *code;

    if (value == 0)
        return "";
    if (!v)
        return arena_printf(a, "%d", value);
    code = arena_strdup(a, strlen(v->name) > skip ? v->name + skip : v->name);
    for (char *p = code; *p; p++)
        *p = (char)tolower((unsigned char)*p);
    return code;
}
