/* What owners read: the promises for a project as one HTML page, Chinese then English. No scripts, nothing from
 * elsewhere, made for the screen, the phone and the printer; every text from outside is escaped. */
#include <string.h>

#include "policy.h"

struct page {
    struct strbuf *out;
    const struct sla_book *book;
    const struct sla_page *page;
    const struct sla_policy **policies; /* in effect; those for all cases first, the others are their exceptions */
    size_t policy_count;
    bool english;
    /* What the notes at the end have to explain. */
    bool working_time, plain_time, agreed_time, several;
    uint32_t pauses;
};

static const char style[] =
    ":root{color-scheme:light;--ink:#1d2433;--soft:#5b6475;--line:#d9dee7;--mark:#0b5cad}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:#f3f5f8;color:var(--ink);font:16px/1.6 \"Noto Sans SC\",\"PingFang SC\","
    "\"Microsoft YaHei\",system-ui,sans-serif}\n"
    "main{max-width:52rem;margin:0 auto;padding:1rem}\n"
    "section{background:#fff;border:1px solid var(--line);border-radius:8px;padding:1.5rem;margin:1rem 0}\n"
    "h1{font-size:1.6rem;line-height:1.3;margin:.2rem 0 .4rem}h2{font-size:1.1rem;margin:1.5rem 0 .4rem}\n"
    ".of{color:var(--mark);margin:0;font-weight:600}.soft{color:var(--soft)}p{margin:.2rem 0}\n"
    "table{width:100%;border-collapse:collapse;margin-top:1rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.6rem .5rem;border-bottom:1px solid var(--line)}\n"
    "thead th{color:var(--soft);font-size:.85rem;font-weight:600}\n"
    ".case,.tag{display:inline-block;font-size:.8rem;font-weight:400;border-radius:4px;padding:0 .4em;"
    "margin-right:.3em}\n"
    ".case{background:#e8f1fb;color:var(--mark)}.tag{border:1px solid var(--line);color:var(--soft)}\n"
    "ul{padding-left:1.2rem;margin:.3rem 0}\n"
    "@media(max-width:34rem){section{padding:1rem}th,td{padding:.5rem .3rem}}\n"
    "@media print{body{background:#fff;font-size:11pt}main{max-width:none;padding:0}\n"
    "section{border:0;border-radius:0;padding:0;margin:0}section+section{break-before:page}tr{break-inside:avoid}\n"
    ".case{background:none;border:1px solid var(--line)}}\n";

/* ---- writing ---- */

static void add_text(struct strbuf *b, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            strbuf_adds(b, "&amp;");
            break;
        case '<':
            strbuf_adds(b, "&lt;");
            break;
        case '>':
            strbuf_adds(b, "&gt;");
            break;
        case '"':
            strbuf_adds(b, "&quot;");
            break;
        case '\'':
            strbuf_adds(b, "&#39;");
            break;
        default:
            strbuf_addc(b, *text);
        }
}

/* Ours, with markup: as it is. */
static void raw(struct page *p, const char *zh, const char *en)
{
    strbuf_adds(p->out, p->english ? en : zh);
}

static void text(struct page *p, const char *zh, const char *en)
{
    add_text(p->out, p->english ? en : zh);
}

/* The words of the trade speak of the complainant; the page speaks to him. */
static void to_owner(struct page *p, const char *zh, const char *en)
{
    static const char him[] = "投诉人";

    if (p->english) {
        add_text(p->out, en);
        return;
    }
    while (*zh) {
        bool found = strncmp(zh, him, sizeof him - 1) == 0;

        if (found)
            strbuf_adds(p->out, "您");
        else
            add_text(p->out, (char[]){ *zh, '\0' });
        zh += found ? sizeof him - 1 : 1;
    }
}

static void add_date(struct page *p, int32_t day)
{
    char date[CALENDAR_DATE_SIZE];

    calendar_date_format(day, date);
    add_text(p->out, date);
}

/* ---- for whom ---- */

static bool for_project(const struct sla_scope *s, const char *project)
{
    for (size_t i = 0; i < s->projects.count; i++)
        if (strcmp(s->projects.items[i], project) == 0)
            return true;
    return s->projects.count == 0;
}

/* The Chinese name; in English the code, whose words are English. */
static void add_category(struct page *p, const char *code)
{
    const char *const *names = p->page->category_names;

    for (; !p->english && names && names[0]; names += 2)
        if (strcmp(names[0], code) == 0) {
            add_text(p->out, names[1]);
            return;
        }
    for (; *code; code++)
        if (*code == '.')
            strbuf_adds(p->out, ": ");
        else
            add_text(p->out, (char[]){ *code == '_' ? ' ' : *code, '\0' });
}

static void add_cases(struct page *p, const struct sla_scope *s)
{
    for (size_t i = 0; i < s->categories.count; i++) {
        strbuf_adds(p->out, "<span class=\"case\">");
        add_category(p, s->categories.items[i]);
        strbuf_adds(p->out, "</span>");
    }
    if (s->severity) {
        strbuf_adds(p->out, "<span class=\"case\">");
        text(p, sla_severities[s->severity].zh, sla_severities[s->severity].en);
        strbuf_adds(p->out, "</span>");
    }
    if (s->complexity) {
        strbuf_adds(p->out, "<span class=\"case\">");
        text(p, sla_complexities[s->complexity].zh, sla_complexities[s->complexity].en);
        strbuf_adds(p->out, "</span>");
    }
}

/* ---- limits ---- */

static void note_limit(struct page *p, struct sla_limit l)
{
    bool fixed = l.kind == SLA_LIMIT_FIXED;
    bool work = fixed && (l.fixed.unit == LIMIT_WORKING_DAYS || l.fixed.unit == LIMIT_WORKING_HOURS);

    p->working_time = p->working_time || work;
    p->plain_time = p->plain_time || (fixed && !work);
    p->agreed_time = p->agreed_time || !fixed;
}

static void add_fixed(struct page *p, struct limit l, bool repeats)
{
    const char *unit = limit_unit_english(l.unit);

    if (!p->english) {
        strbuf_printf(p->out, repeats ? "每 %d %s至少一次" : "%d %s内", (int)l.count, limit_unit_chinese(l.unit));
        return;
    }
    strbuf_printf(p->out, "%s %d %.*s", repeats ? "at least every" : "within", (int)l.count,
                  (int)(strlen(unit) - (l.count == 1)), unit);
}

static void add_limit(struct page *p, const struct sla_terms *t, bool repeats)
{
    if (t->off) {
        text(p, "不适用", "does not apply");
        return;
    }
    note_limit(p, t->limit);
    switch (t->limit.kind) {
    case SLA_LIMIT_FIXED:
        add_fixed(p, t->limit.fixed, repeats);
        return;
    case SLA_LIMIT_PLAN_DEADLINE:
        text(p, "与您约定的处理方案期限内", "by the deadline of the plan agreed with you");
        return;
    case SLA_LIMIT_APPOINTMENT_END:
        text(p, "与您约定的上门时段内", "before the end of the time agreed with you");
        return;
    }
}

static void add_line(struct page *p, const struct sla_scope *cases, const struct sla_terms *t, bool repeats)
{
    strbuf_adds(p->out, "<p>");
    add_cases(p, cases);
    add_limit(p, t, repeats);
    strbuf_adds(p->out, "</p>");
}

static bool same_promise(const struct sla_terms *a, const struct sla_terms *b)
{
    return a->off == b->off && a->limit.kind == b->limit.kind && a->limit.fixed.unit == b->limit.fixed.unit &&
           a->limit.fixed.count == b->limit.fixed.count;
}

/* What one policy promises for a step: its limit, unless the row begins with the same, and what deviates from it in
 * this project. */
static void add_lines(struct page *p, const struct sla_policy *policy, const struct sla_clock *c,
                      const struct sla_terms *row, bool opens_row)
{
    struct sla_scope base = policy->applies_to, s;
    struct sla_terms first, t;

    base.projects = (struct sla_list){ &p->page->project_code, 1 };
    first = sla_terms_for(policy, c, &base);
    p->pauses |= first.pauses;
    if (opens_row || !same_promise(row, &first))
        add_line(p, &base, &first, c->repeats);
    for (size_t i = 0; i < c->override_count; i++) {
        const struct sla_scope *when = &c->overrides[i].when;

        s = base;
        if (when->categories.count > 0)
            s.categories = when->categories;
        s.severity = when->severity ? when->severity : s.severity;
        s.complexity = when->complexity ? when->complexity : s.complexity;
        t = sla_terms_for(policy, c, &s);
        if (for_project(when, p->page->project_code) && !same_promise(&first, &t))
            add_line(p, &s, &t, c->repeats);
    }
}

/* ---- the table ---- */

/* Published, and promised to somebody in this project. */
static bool is_shown(const struct page *p, const struct sla_policy *policy, const struct sla_clock *c)
{
    struct sla_scope s = policy->applies_to;

    s.projects = (struct sla_list){ &p->page->project_code, 1 };
    if (!c->published)
        return false;
    if (!sla_terms_for(policy, c, &s).off)
        return true;
    for (size_t i = 0; i < c->override_count; i++)
        if (for_project(&c->overrides[i].when, p->page->project_code) && (c->overrides[i].sets & SLA_FIELD_OFF) &&
            !c->overrides[i].terms.off)
            return true;
    return false;
}

static void add_events(struct page *p, const struct sla_events *events)
{
    for (size_t i = 0; i < events->count; i++) {
        const struct sla_event_info *e = &sla_events[events->items[i]];

        if (i > 0)
            raw(p, i + 1 < events->count ? "、" : "或", i + 1 < events->count ? ", " : " or ");
        to_owner(p, e->zh, e->en);
    }
}

static void add_start(struct page *p, const struct sla_clock *c)
{
    if (c->repeats) {
        raw(p, "上次", "the last ");
        add_events(p, &c->stop);
    } else {
        add_events(p, &c->start);
    }
}

static void add_tags(struct page *p, const struct sla_terms *t)
{
    if (!t->pauses && !t->tell_complainant)
        return;
    strbuf_adds(p->out, "<br>");
    if (t->tell_complainant)
        raw(p, "<span class=\"tag\">如有延误主动告知</span>", "<span class=\"tag\">we tell you of a delay</span>");
    if (t->pauses)
        raw(p, "<span class=\"tag\">可暂停</span>", "<span class=\"tag\">may pause</span>");
}

/* The clock with which a step begins; every later one of it is a line of its row. */
static bool is_first_of_step(const struct page *p, const struct sla_clock *c)
{
    for (size_t i = 0; i < p->policy_count; i++)
        for (size_t j = 0; j < p->policies[i]->clock_count; j++) {
            const struct sla_clock *other = &p->policies[i]->clocks[j];

            if (is_shown(p, p->policies[i], other) && strcmp(other->step, c->step) == 0)
                return other == c;
        }
    return false;
}

static void add_row(struct page *p, const struct sla_policy *policy, const struct sla_clock *c)
{
    struct sla_scope s = policy->applies_to;
    struct sla_terms t;
    size_t lines = 0;

    s.projects = (struct sla_list){ &p->page->project_code, 1 };
    t = sla_terms_for(policy, c, &s);
    strbuf_adds(p->out, "<tr><th scope=\"row\">");
    text(p, c->title.zh, c->title.en);
    add_tags(p, &t);
    strbuf_adds(p->out, "</th><td>");
    for (size_t i = 0; i < p->policy_count; i++)
        for (size_t j = 0; j < p->policies[i]->clock_count; j++) {
            const struct sla_clock *other = &p->policies[i]->clocks[j];

            if (!is_shown(p, p->policies[i], other) || strcmp(other->step, c->step) != 0)
                continue;
            add_lines(p, p->policies[i], other, &t, other == c);
            lines++;
        }
    p->several = p->several || lines > 1;
    strbuf_adds(p->out, "</td><td>");
    add_start(p, c);
    strbuf_adds(p->out, "</td></tr>\n");
}

static void add_table(struct page *p)
{
    raw(p, "<table>\n<thead><tr><th>事项</th><th>承诺时限</th><th>起算</th></tr></thead>\n<tbody>\n",
        "<table>\n<thead><tr><th>What</th><th>Promised</th><th>Counted from</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < p->policy_count; i++)
        for (size_t j = 0; j < p->policies[i]->clock_count; j++) {
            const struct sla_clock *c = &p->policies[i]->clocks[j];

            if (is_shown(p, p->policies[i], c) && is_first_of_step(p, c))
                add_row(p, p->policies[i], c);
        }
    strbuf_adds(p->out, "</tbody>\n</table>\n");
}

/* ---- notes ---- */

static void add_pauses(struct page *p)
{
    bool first = true;

    raw(p, "<li>标有“可暂停”的事项，在以下情形的等待期间暂停计时：",
        "<li>What is marked “may pause” stands still as long as: ");
    for (uint32_t i = 0; sla_pauses[i].name; i++) {
        if (!(p->pauses & UINT32_C(1) << i))
            continue;
        if (!first)
            raw(p, "；", "; ");
        to_owner(p, sla_pauses[i].zh, sla_pauses[i].en);
        first = false;
    }
    raw(p, "。</li>\n", ".</li>\n");
}

static void add_notes(struct page *p)
{
    raw(p, "<h2>说明</h2>\n<ul>\n", "<h2>How it is counted</h2>\n<ul>\n");
    if (p->working_time)
        raw(p,
            "<li>工作日：起算当日不计入；周末和法定节假日不计入，调休上班日计入；到最后一个工作日下班时为止。</li>\n",
            "<li>Working days: the day on which it begins is not counted; weekends and public holidays are not "
            "counted, make-up workdays are; the time ends at the close of business of the last day.</li>\n");
    if (p->plain_time)
        raw(p, "<li>以小时、天约定的期限连续计算，节假日不除外。</li>\n",
            "<li>Hours and days run around the clock, on holidays too.</li>\n");
    if (p->agreed_time)
        raw(p, "<li>与您约定的日期和时段不因暂停而顺延。</li>\n",
            "<li>A date or time agreed with you is not moved by any pause.</li>\n");
    if (p->several)
        raw(p, "<li>同一事项有多项承诺同时适用的，以最早到期的为准。</li>\n",
            "<li>Where several promises hold for the same thing, the earliest counts.</li>\n");
    if (p->pauses)
        add_pauses(p);
    strbuf_adds(p->out, "</ul>\n");
}

static void add_policy(struct page *p, const struct sla_policy *policy)
{
    strbuf_adds(p->out, "<li>");
    text(p, policy->title.zh, policy->title.en);
    strbuf_printf(p->out, p->english ? ", version %d, in effect from " : "，第 %d 版，自 ", policy->version);
    add_date(p, policy->effective_from);
    raw(p, " 起施行", "");
    if (*policy->basis.zh) {
        raw(p, "，依据：", ", based on: ");
        text(p, policy->basis.zh, policy->basis.en);
    }
    strbuf_adds(p->out, "</li>\n");
}

/* The policies behind the page, and versions that are decided but not in effect yet. */
static void add_policies(struct page *p)
{
    raw(p, "<h2>依据</h2>\n<ul class=\"soft\">\n", "<h2>Where it comes from</h2>\n<ul class=\"soft\">\n");
    for (size_t i = 0; i < p->policy_count; i++)
        add_policy(p, p->policies[i]);
    for (size_t i = 0; i < p->book->count; i++)
        if (p->book->policies[i].effective_from > p->page->day &&
            for_project(&p->book->policies[i].applies_to, p->page->project_code))
            add_policy(p, &p->book->policies[i]);
    strbuf_adds(p->out, "</ul>\n");
}

/* ---- the page ---- */

static void add_section(struct page *p)
{
    p->working_time = p->plain_time = p->agreed_time = p->several = false;
    p->pauses = 0;
    strbuf_printf(p->out, "<section lang=\"%s\">\n<p class=\"of\">", p->english ? "en" : "zh-CN");
    add_text(p->out, p->page->tenant);
    strbuf_adds(p->out, "</p>\n<h1>");
    add_text(p->out, p->page->project);
    raw(p, " 投诉处理服务承诺</h1>\n<p class=\"soft\">我们对您的每一件投诉作出以下承诺。",
        ": what we promise when you complain</h1>\n<p class=\"soft\">These promises hold for each of your "
        "complaints. ");
    raw(p, "适用日期：", "As of ");
    add_date(p, p->page->day);
    strbuf_adds(p->out, "</p>\n");
    if (p->policy_count > 0) {
        add_table(p);
        add_notes(p);
    } else {
        raw(p, "<p>本项目尚无生效的服务承诺。</p>\n", "<p>Nothing is promised for this project yet.</p>\n");
    }
    add_policies(p);
    strbuf_adds(p->out, "</section>\n");
}

static void find_policies(struct page *p)
{
    static const struct sla_scope all;
    const struct sla_book *b = p->book;

    p->policies = arena_array(p->out->arena, const struct sla_policy *, b->count + 1);
    for (int exceptions = 0; exceptions < 2; exceptions++)
        for (size_t i = 0; i < b->count; i++) {
            const struct sla_policy *policy = &b->policies[i];
            struct sla_scope s = policy->applies_to;

            s.projects = all.projects;
            if (sla_policy_at(b, policy->code, p->page->day) == policy &&
                for_project(&policy->applies_to, p->page->project_code) && sla_scope_covers(&s, &all) != exceptions)
                p->policies[p->policy_count++] = policy;
        }
}

void sla_page_write(struct strbuf *out, const struct sla_book *b, const struct sla_page *page)
{
    struct page p = { .out = out, .book = b, .page = page };

    find_policies(&p);
    strbuf_adds(out, "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                     "'unsafe-inline'\">\n<title>");
    add_text(out, page->project);
    strbuf_adds(out, " 投诉处理服务承诺</title>\n<style>\n");
    strbuf_adds(out, style);
    strbuf_adds(out, "</style>\n</head>\n<body>\n<main>\n");
    for (int english = 0; english < 2; english++) {
        p.english = english;
        add_section(&p);
    }
    strbuf_adds(out, "</main>\n</body>\n</html>\n");
}
