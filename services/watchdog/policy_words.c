/* The words of policies, as tables. */
#include <stdio.h>
#include <string.h>

#include "policy.h"

const struct sla_event_info sla_events[SLA_EVENT_COUNT] = {
#define E(id, name, member, start, stop, once, ends, zh, en) { name, member, start, stop, once, ends, zh, en },
    SLA_EVENTS(E)
#undef E
};

enum sla_event sla_event_find(const char *name)
{
    for (int i = 0; i < SLA_EVENT_COUNT; i++)
        if (strcmp(sla_events[i].name, name) == 0)
            return (enum sla_event)i;
    return SLA_EVENT_COUNT;
}

const struct sla_word sla_pauses[] = {
    { "outside_party", "等待第三方处理", "waiting for an outside party" },
    { "complainant_absent", "联系不上投诉人或无人在家", "the complainant cannot be reached or is not at home" },
    { "complainant_asked", "投诉人要求延后", "the complainant asked to wait" },
    { "authority", "等待主管部门结论", "a public authority examines the matter" },
    { "force_majeure", "不可抗力", "force majeure" },
    { "information", "等待投诉人补充资料", "the complainant was asked for information" },
    { 0 },
};

const struct sla_word sla_receivers[] = {
    { "handler", "处理人", "handler" },
    { "department_head", "责任部门负责人", "department head" },
    { "customer_service", "客服部", "customer service" },
    { "senior_management", "公司高层", "senior management" },
    { "duty", "值班人员", "duty role" },
    { 0 },
};

const struct sla_word sla_levels[] = {
    { "reminder", "提醒", "reminder" },
    { "warning", "警告", "warning" },
    { "urgent", "紧急", "urgent" },
    { 0 },
};

const struct sla_word sla_severities[] = {
    { "", "", "" },
    { "general", "一般投诉", "general complaints" },
    { "major", "重大投诉", "major complaints" },
    { 0 },
};

const struct sla_word sla_complexities[] = {
    { "", "", "" },
    { "simple", "简单投诉", "simple complaints" },
    { "complex", "复杂投诉", "complex complaints" },
    { 0 },
};

uint32_t sla_bit_find(const struct sla_word words[], const char *name)
{
    for (uint32_t i = 0; words[i].name; i++)
        if (strcmp(words[i].name, name) == 0)
            return UINT32_C(1) << i;
    return 0;
}

void sla_limit_format(struct sla_limit l, char out[LIMIT_TEXT_SIZE])
{
    switch (l.kind) {
    case SLA_LIMIT_FIXED:
        limit_format(l.fixed, out);
        return;
    case SLA_LIMIT_PLAN_DEADLINE:
        str_copy(out, LIMIT_TEXT_SIZE, "plan_deadline");
        return;
    case SLA_LIMIT_APPOINTMENT_END:
        str_copy(out, LIMIT_TEXT_SIZE, "appointment_end");
        return;
    }
}
