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
