/* What carriers and their providers do not take in an SMS. */
#include <ctype.h>
#include <string.h>

#include "template_lint.h"
#include "template_scan.h"

#define PHONE_DIGITS 7  /* so many in a row are taken for a telephone number */
#define VALUE_CHARS  20 /* of a variable */
#define NUMBER_CHARS 24 /* of the complaint number, which is an attribute of its own at providers */
#define PARTS_MAX    2
#define SIGN_WORST   "十二个字以内的签名占位用"

/* From the providers' rules for notices: each of these turns a notice into advertising or into something forbidden. */
static const char *const refused_words[] = {
    "优惠", "促销",     "打折", "折扣",  "抽奖",  "中奖",        "奖品",     "红包",      "返现", "返利",   "积分",
    "兑换", "免费领取", "贷款", "借款",  "催款",  "分期",        "投资",     "理财",      "股票", "彩票",   "保险",
    "首付", "开盘",     "认购", "楼盘",  "装修",  "建材",        "加微信",   "加QQ",      "加群", "微信群", "QQ群",
    "点击", "退订",     "回T",  "回复R", "回复T", "拒收",        "维权",     "调解",      "问卷", "代开",   "发票",
    "兼职", "招聘",     "贵宾", "好评",  "下载",  "unsubscribe", "discount", "free gift",
};

static const char *const links[] = { "http:", "https:", "www.", ".com", ".cn", ".net", ".org", "://" };

/* Characters that are shown wrongly on some phones, or that end the signature. */
static const char *const refused_signs[] = { "【", "】", "「", "」", "『", "』", "〖", "〗", "•", "①",
                                             "★",  "※",  "→",  "☆",  "√",  "×",  "～", "^",  "¥" };

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void check_fixed(struct lint *l, const char *text)
{
    for (size_t i = 0; i < COUNT(links); i++)
        if (strcasestr(text, links[i])) {
            lint_add(l, LINT_FATAL, "found a link (%s); allowed is none: providers refuse it in a notice", links[i]);
            break;
        }
    for (size_t i = 0; i < COUNT(refused_words); i++)
        if (strcasestr(text, refused_words[i]))
            lint_add(l, LINT_WARNING, "found \"%s\", which carriers refuse in a notice; allowed are other words",
                     refused_words[i]);
    for (size_t i = 0; i < COUNT(refused_signs); i++)
        if (strstr(text, refused_signs[i]))
            lint_add(l, LINT_FATAL, "found %s, which providers refuse in a template; allowed are plain characters",
                     refused_signs[i]);
}

/* Blanks and hyphens within do not hide a number. */
static void check_phone(struct lint *l, const char *text)
{
    int digits = 0;

    for (const char *p = text; *p; p++) {
        if (isdigit((unsigned char)*p))
            digits++;
        else if (*p != '-' && *p != ' ')
            digits = 0;
        if (digits >= PHONE_DIGITS) {
            lint_add(l, LINT_FATAL, "found a telephone number; allowed is none: providers refuse it in a notice");
            return;
        }
    }
}

static bool is_number(const char *name)
{
    size_t len = strlen(name), end = strlen("_number");

    return strcmp(name, "number") == 0 || (len > end && strcmp(name + len - end, "_number") == 0);
}

static void check_values(struct lint *l, const struct notice_facts *worst)
{
    for (size_t i = 0; i < l->text->var_count; i++) {
        const char *name = l->text->vars[i], *value = notice_fact(worst, name);
        size_t chars = value ? utf8_count(value, strlen(value)) : 0;
        size_t most = is_number(name) ? NUMBER_CHARS : VALUE_CHARS;

        if (chars > most)
            lint_add(l, LINT_FATAL, "found {{%s}}, whose value can have %zu characters; allowed are %zu", name, chars,
                     most);
    }
}

/* Providers fill in values, they do not leave anything out; and between two values they want words. */
static void check_form(struct lint *l)
{
    struct template_scan s = { l->text->text, l->text->text };
    enum template_piece_kind before = TEMPLATE_PIECE_TEXT;
    struct str seen[64];
    struct template_piece p;
    size_t count = 0;

    for (; template_scan_next(&s, &p) != TEMPLATE_PIECE_END; before = p.kind) {
        if (p.kind == TEMPLATE_PIECE_OPEN)
            lint_add(l, LINT_WARNING, "found {{#%.*s}}; allowed are values alone where a provider has the template",
                     (int)p.text.len, p.text.data);
        if (p.kind != TEMPLATE_PIECE_VALUE)
            continue;
        if (before == TEMPLATE_PIECE_VALUE)
            lint_add(l, LINT_WARNING, "found {{%.*s}} right behind another value; allowed are words between them",
                     (int)p.text.len, p.text.data);
        for (size_t i = 0; i < count; i++)
            if (str_eq(seen[i], p.text))
                lint_add(l, LINT_WARNING, "found {{%.*s}} twice; providers want each value once", (int)p.text.len,
                         p.text.data);
        if (count < COUNT(seen))
            seen[count++] = p.text;
    }
}

static void check_parts(struct lint *l, const struct notice_facts *worst)
{
    struct strbuf b;
    const char *missing;
    int parts;

    strbuf_init(&b, l->arena);
    strbuf_printf(&b, "【%s】", *l->settings->sign ? l->settings->sign : SIGN_WORST);
    if (template_render(&b, l->text->text, worst, TEMPLATE_LINE, &missing) != 0)
        return; /* told as an unknown name */
    parts = template_sms_parts(b.data);
    if (parts > PARTS_MAX)
        lint_add(l, LINT_WARNING, "found %d parts where every value is as long as it can be; allowed are %d", parts,
                 PARTS_MAX);
}

/* The text without its marks: a name is not what the carrier reads. */
static const char *fixed_words(struct lint *l)
{
    struct template_scan s = { l->text->text, l->text->text };
    struct template_piece p;
    struct strbuf b;

    strbuf_init(&b, l->arena);
    strbuf_adds(&b, "");
    while (template_scan_next(&s, &p) != TEMPLATE_PIECE_END)
        if (p.kind == TEMPLATE_PIECE_TEXT)
            strbuf_add(&b, p.text.data, p.text.len);
        else
            strbuf_addc(&b, '|');
    return b.data;
}

void lint_sms(struct lint *l, const struct notice_facts *worst)
{
    const char *fixed = fixed_words(l);

    check_fixed(l, fixed);
    check_phone(l, fixed);
    check_values(l, worst);
    check_form(l);
    check_parts(l, worst);
}
