#include "progress.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/str.h"

#define LINES_MAX 8

/* What a complainant is told of what is done for him. */
static const struct {
    const char *event, *chinese, *english;
} steps[] = {
    { "acknowledged", "已由专人接手", "somebody took it up" },
    { "investigation_started", "已开始调查", "the investigation began" },
    { "investigated", "调查已完成", "the investigation is done" },
    { "inspection_arranged", "已安排联合查勘", "a joint inspection is arranged" },
    { "inspected", "联合查勘已完成", "the joint inspection is done" },
    { "plan_proposed", "已提出处理方案", "a plan is proposed" },
    { "plan_confirmed", "处理方案已确认", "the plan is confirmed" },
    { "rectification_started", "整改已开始", "the work began" },
    { "paused", "等待相关方答复", "it waits for others" },
    { "resumed", "已恢复办理", "it goes on" },
    { "work_order_opened", "已安排维修", "a repair is arranged" },
    { "appointment_agreed", "已约定上门时间", "a visit is agreed" },
    { "work_order_done", "维修已完成", "the repair is done" },
    { "rectified", "整改已完成", "the work is done" },
    { "evaluated", "整改效果已评估", "the effect was evaluated" },
};

/* After these he knows. */
static const char *const told[] = { "progress_told", "contacted", "fed_back", "reopened" };

static const char *step_name(const char *event, size_t len, bool chinese)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strlen(steps[i].event) == len && strncmp(steps[i].event, event, len) == 0)
            return chinese ? steps[i].chinese : steps[i].english;
    return NULL;
}

/* The newest few. */
static const char *newest(const char *lines)
{
    size_t count = 0;

    for (const char *p = lines; *p; p++)
        count += *p == '\n';
    for (; count > LINES_MAX; count--)
        lines = strchr(lines, '\n') + 1;
    return lines;
}

const char *progress_add(struct arena *a, const char *lines, const char *event, int64_t at_us)
{
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(told[i], event) == 0)
            return "";
    if (!step_name(event, strlen(event), true))
        return lines;
    return newest(arena_printf(a, "%s%" PRId64 " %s\n", lines, at_us, event));
}

void progress_facts(struct arena *a, const struct notice_form *form, const char *lines, struct notice_facts *facts)
{
    bool chinese = strncmp(form->locale, "zh", 2) == 0;
    const char *status = notice_fact(facts, "status"), *latest = NULL;
    struct strbuf happened;

    strbuf_init(&happened, a);
    while (*lines) {
        char *end;
        int64_t at_us = strtoll(lines, &end, 10);
        size_t len = strcspn(lines, "\n");
        const char *event = *end == ' ' ? end + 1 : end;
        const char *name = step_name(event, (size_t)(lines + len - event), chinese);

        if (name) {
            strbuf_printf(&happened, "%s%s %s", happened.len ? (chinese ? "；" : "; ") : "",
                          notice_facts_time(a, form, at_us), name);
            latest = name;
        }
        lines += len + (lines[len] == '\n');
    }
    notice_facts_set(a, facts, "happened", happened.len ? happened.data : status ? status : "");
    notice_facts_set(a, facts, "latest", latest ? latest : status ? status : "");
}
