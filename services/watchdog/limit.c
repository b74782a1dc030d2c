#include "limit.h"

#include <stdio.h>
#include <string.h>

#include "common/base/error.h"

static const struct unit {
    const char *letters;
    int32_t max;
    const char *chinese, *english;
} units[] = {
    [LIMIT_MINUTES] = { "m", 525600, "分钟", "minutes" },
    [LIMIT_HOURS] = { "h", 8760, "小时", "hours" },
    [LIMIT_DAYS] = { "d", 366, "天", "days" },
    [LIMIT_WORKING_DAYS] = { "wd", 260, "个工作日", "working days" },
    [LIMIT_WORKING_HOURS] = { "wh", 2080, "个工作小时", "working hours" },
};

#define RULE "allowed is 1m to 525600m, 1h to 8760h, 1d to 366d, 1wd to 260wd or 1wh to 2080wh"

static int refuse(const char *text, size_t len)
{
    return err_set(ERR_POISON, "limit: found \"%.*s\"%s; " RULE, (int)(len < 40 ? len : 40), text,
                   len < 40 ? "" : "...");
}

int limit_parse(const char *text, size_t len, struct limit *ret)
{
    int64_t n = 0;
    size_t at = 0;

    for (; at < len && at < 9 && text[at] >= '0' && text[at] <= '9'; at++)
        n = n * 10 + (text[at] - '0');
    if (at == 0 || text[0] == '0')
        return refuse(text, len);
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        if (strlen(units[u].letters) != len - at || memcmp(units[u].letters, text + at, len - at) != 0)
            continue;
        if (n > units[u].max)
            break;
        *ret = (struct limit){ (enum limit_unit)u, (int32_t)n };
        return 0;
    }
    return refuse(text, len);
}

void limit_format(struct limit l, char out[LIMIT_TEXT_SIZE])
{
    snprintf(out, LIMIT_TEXT_SIZE, "%d%s", (int)l.count, units[l.unit].letters);
}

const char *limit_unit_chinese(enum limit_unit u)
{
    return units[u].chinese;
}

const char *limit_unit_english(enum limit_unit u)
{
    return units[u].english;
}
