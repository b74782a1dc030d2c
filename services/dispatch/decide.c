#include "decide.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/error.h"
#include "normalise.h"

#define REASONS_MAX 8

enum { DESCRIPTION, GOODS, DEMAND, TEXTS };

/* Found out step by step. */
struct working {
    const struct decision_request *q;
    const Redress__V1__Registered *registered;
    struct arena *keep;
    struct str texts[TEXTS]; /* normalised */
    struct reading reading;
    const struct category *category; /* NULL: by hand */
    Redress__V1__Assigned *assigned;
    Redress__V1__Reason **reasons;
};

static void because(struct working *w, Redress__V1__ReasonSubject subject, const char *rule, const char *text)
{
    Redress__V1__Reason *reason = arena_new(w->keep, Redress__V1__Reason);

    redress__v1__reason__init(reason);
    reason->subject = subject;
    reason->rule = (char *)(uintptr_t)rule;
    reason->text = (char *)(uintptr_t)text;
    w->reasons[w->assigned->n_reasons++] = reason;
}

#define BECAUSE(w, subject, rule, ...)                                                                                 \
    because((w), REDRESS__V1__REASON_SUBJECT__REASON_SUBJECT_##subject, (rule), arena_printf((w)->keep, __VA_ARGS__))

static void read_texts(struct working *w, struct arena *scratch)
{
    const struct complaint_texts *t = w->q->texts;
    const struct str as_written[TEXTS] = { t->description, t->goods_or_service, t->demand };

    for (int i = 0; i < TEXTS && t->trusted; i++)
        w->texts[i] = normalise(scratch, as_written[i].data, as_written[i].len);
    classifier_read(w->q->tenant->classifier, scratch, w->texts, TEXTS, &w->reading);
}

static bool has_children(const struct policy *p, const struct category *c)
{
    for (size_t i = 0; i < p->category_count; i++)
        if (strcmp(p->categories[i].parent, c->code) == 0)
            return true;
    return false;
}

static void settle(struct working *w, const struct category *c, Redress__V1__CategorySource source, int confidence)
{
    w->category = c;
    w->assigned->category_code = (char *)(uintptr_t)(c ? c->code : "");
    w->assigned->category_source = source;
    w->assigned->category_confidence = confidence;
}

static double points(int score)
{
    return (double)score / CLASSIFY_POINT;
}

#define SOURCE(name) REDRESS__V1__CATEGORY_SOURCE__CATEGORY_SOURCE_##name

/* Of the sender's group the keywords may single out one member; else the group itself stands. */
static void take_senders(struct working *w, const struct category *given)
{
    const struct policy *p = &w->q->tenant->policy;
    struct verdict v = { 0 };

    if (has_children(p, given))
        v = classify(p, &w->reading, given->code);
    if (v.best && v.confidence >= p->rules.by_hand_below) {
        settle(w, v.best, SOURCE(KEYWORDS), v.confidence);
        BECAUSE(w, CATEGORY, "R8", "来件给出大类“%s”，按关键词细分为“%s”：得分 %.1f，第二名 %.1f，把握 %d%%",
                given->name, v.best->name, points(v.score), points(v.second_score), v.confidence);
        return;
    }
    settle(w, given, SOURCE(SENDER), 100);
    BECAUSE(w, CATEGORY, "R8", "来件已给出类别“%s”", given->name);
}

static void take_keywords(struct working *w, const char *prefix)
{
    const struct policy *p = &w->q->tenant->policy;
    struct verdict v = classify(p, &w->reading, NULL);

    if (!w->q->texts->trusted) {
        settle(w, NULL, SOURCE(BY_HAND), 0);
        BECAUSE(w, CATEGORY, "R8", "%s读到的文字与登记时的摘要不符，转人工分类", prefix);
    } else if (!v.best) {
        settle(w, NULL, SOURCE(BY_HAND), 0);
        BECAUSE(w, CATEGORY, "R8", "%s没有命中任何类别的关键词，转人工分类", prefix);
    } else if (v.confidence < p->rules.by_hand_below) {
        settle(w, NULL, SOURCE(BY_HAND), v.confidence);
        BECAUSE(w, CATEGORY, "R8", "%s最接近“%s”：得分 %.1f，第二名 %.1f，把握 %d%%，低于 %d%%，转人工分类", prefix,
                v.best->name, points(v.score), points(v.second_score), v.confidence, p->rules.by_hand_below);
    } else {
        settle(w, v.best, SOURCE(KEYWORDS), v.confidence);
        BECAUSE(w, CATEGORY, "R8", "%s按关键词判为“%s”：得分 %.1f，第二名 %.1f，把握 %d%%", prefix, v.best->name,
                points(v.score), points(v.second_score), v.confidence);
    }
}

static void decide_category(struct working *w)
{
    const char *code = w->registered->category_code;
    const struct category *given = *code ? policy_category(&w->q->tenant->policy, code) : NULL;

    if (given)
        take_senders(w, given);
    else
        take_keywords(w, *code ? "来件给出的类别不在本集团类别树内；" : "");
}

static const char *name_of(const struct category *c)
{
    return c ? c->name : "";
}

static void decide_severity(struct working *w)
{
    const struct rules *rules = &w->q->tenant->policy.rules;
    struct severity s = severity_decide(rules, w->assigned->category_code, &w->reading);

    w->assigned->severity = s.major ? REDRESS__V1__SEVERITY__SEVERITY_MAJOR : REDRESS__V1__SEVERITY__SEVERITY_GENERAL;
    if (s.by_category)
        BECAUSE(w, SEVERITY, "R9", "重大：类别“%s”一律按重大处理", name_of(w->category));
    else if (s.by_word)
        BECAUSE(w, SEVERITY, "R9", "重大：出现危险词“%s”", s.by_word);
    else if (!w->q->texts->trusted)
        BECAUSE(w, SEVERITY, "R9", "一般：文字不可用，危险词未能检查");
    else
        BECAUSE(w, SEVERITY, "R9", "一般：没有危险词，类别也不属重大");
}

static void decide_department(struct working *w)
{
    const char *code = w->category ? w->category->department : DEPARTMENT_CUSTOMER_SERVICE;
    const struct department *d = tenant_department(w->q->tenant, code);

    w->assigned->department_code = (char *)(uintptr_t)code;
    if (!w->category)
        BECAUSE(w, DEPARTMENT, "R10", "类别未定，由客服部先行分类");
    else
        BECAUSE(w, DEPARTMENT, "R10", "类别“%s”归口%s", w->category->name, d ? d->name : code);
}

static void decide_complexity(struct working *w)
{
    const struct rules *rules = &w->q->tenant->policy.rules;
    int64_t amount = w->registered->amount_fen ? w->registered->amount_fen->value : 0;
    enum complexity_cause cause = complexity_decide(rules, w->category, w->assigned->department_code, amount);

    w->assigned->complexity =
        cause == COMPLEX_NOT ? REDRESS__V1__COMPLEXITY__COMPLEXITY_SIMPLE : REDRESS__V1__COMPLEXITY__COMPLEXITY_COMPLEX;
    switch (cause) {
    case COMPLEX_NOT:
        BECAUSE(w, COMPLEXITY, "R9", "简单：类别、部门、金额均未达复杂条件");
        break;
    case COMPLEX_BY_CATEGORY:
        BECAUSE(w, COMPLEXITY, "R9", "复杂：类别“%s”按规定为复杂", name_of(w->category));
        break;
    case COMPLEX_BY_DEPARTMENT:
        BECAUSE(w, COMPLEXITY, "R9", "复杂：归口部门的投诉一律按复杂处理");
        break;
    case COMPLEX_BY_AMOUNT:
        BECAUSE(w, COMPLEXITY, "R34", "复杂：涉及金额达到 %" PRId64 " 元", rules->complex_amount_fen / 100);
        break;
    }
}

static void tell_person(struct working *w, const struct assignment *a)
{
    const char *who = a->staff_id;

    if (a->involved)
        BECAUSE(w, HANDLER, "R12", "回避：%u 人与本投诉有关，未予指派", a->involved);
    switch (a->way) {
    case ASSIGN_HANDLER:
        BECAUSE(w, HANDLER, "R10", "%s 在 %u 名可派人员中在办最少：%" PRId64 " 件", who, a->candidates, a->open);
        break;
    case ASSIGN_HEAD:
        BECAUSE(w, HANDLER, "R10", w->category ? "没有可派的处理人，由部门负责人 %s 处理" : "由部门负责人 %s 人工分类",
                who);
        break;
    case ASSIGN_DUTY:
        BECAUSE(w, HANDLER, "R35", "部门内无人可派，由值班岗 %s 处理", who);
        break;
    case ASSIGN_SERVICE_HEAD:
        BECAUSE(w, HANDLER, "R35", "部门与值班岗均不可派，由客服部负责人 %s 处理", who);
        break;
    case ASSIGN_LAST_RESORT:
        BECAUSE(w, HANDLER, "R35", "再无他人可派，仍由值班岗 %s 接收，须由上级复核回避", who);
        break;
    }
}

static struct assignment decide_person(struct working *w)
{
    struct assign_request request = {
        .tenant = w->q->tenant,
        .department = w->assigned->department_code,
        .project = w->q->event->project_code,
        .complainant_key = w->registered->complainant_key,
        .texts = w->texts,
        .text_count = TEXTS,
        .today = w->q->today,
        .to_head = !w->category,
        .load = w->q->load,
    };
    struct assignment a = assign_decide(&request);

    w->assigned->assignee_id = (char *)(uintptr_t)a.staff_id;
    w->assigned->assignee_role = a.role;
    tell_person(w, &a);
    return a;
}

int decide(const struct decision_request *q, struct arena *scratch, struct arena *keep, struct decision *ret)
{
    struct working w = { .q = q, .registered = q->event->registered, .keep = keep, .assigned = &ret->assigned };
    const struct lifecycle_row *row;

    redress__v1__assigned__init(&ret->assigned);
    w.reasons = arena_array(keep, Redress__V1__Reason *, REASONS_MAX);
    ret->assigned.reasons = w.reasons;
    read_texts(&w, scratch);
    decide_category(&w);
    decide_severity(&w);
    decide_department(&w);
    decide_complexity(&w);
    ret->to = decide_person(&w);
    row = lifecycle_find(CASE_REGISTERED, w.category ? CMD_ASSIGN : CMD_HAND_OVER);
    if (!row)
        return err_set(ERR_FATAL, "the lifecycle has no step after registration");
    ret->status = row->to;
    return 0;
}
