#include "number.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base/str.h"

static const struct {
    const char *name;
    enum number_part_kind kind;
} placeholders[] = {
    { "{project}", PART_PROJECT }, { "{yyyymmdd}", PART_DAY }, { "{yyyymm}", PART_MONTH },
    { "{yyyy}", PART_YEAR },       { "{seq}", PART_SEQ },
};

/* One placeholder at p into part; its length, or 0 if it is none. */
static size_t read_placeholder(const char *p, struct number_part *part)
{
    if (strncmp(p, "{seq:0", 6) == 0 && p[6] >= '1' && p[6] <= '9' && p[7] == '}') {
        *part = (struct number_part){ PART_SEQ, NULL, p[6] - '0' };
        return 8;
    }
    for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
        size_t len = strlen(placeholders[i].name);
        if (strncmp(p, placeholders[i].name, len) == 0) {
            *part = (struct number_part){ placeholders[i].kind, NULL, 1 };
            return len;
        }
    }
    return 0;
}

static size_t literal_length(const char *p)
{
    size_t n = 0;

    while (isalnum((unsigned char)p[n]) || p[n] == '-' || p[n] == '_' || p[n] == '.')
        n++;
    return n;
}

static const char *read_parts(const char *format, struct number_format *f)
{
    const char *p = format;

    f->count = 0;
    while (*p) {
        struct number_part *part = &f->parts[f->count];
        size_t len;

        if (f->count == NUMBER_PARTS_MAX)
            return "has more than 16 parts";
        if (*p == '{') {
            len = read_placeholder(p, part);
            if (len == 0)
                return "has an unknown placeholder; allowed are {project}, {yyyymmdd}, {yyyymm}, {yyyy}, {seq}, "
                       "{seq:01} to {seq:09}";
        } else {
            len = literal_length(p);
            if (len == 0)
                return "has a character that is no letter, digit, '-', '_', '.' or placeholder";
            *part = (struct number_part){ PART_LITERAL, p, (int)len };
        }
        f->count++;
        p += len;
    }
    return NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether the parts beside the sequence end its digits. */
static bool stands_apart(const struct number_format *f, size_t at)
{
    const struct number_part *before = at > 0 ? &f->parts[at - 1] : NULL;
    const struct number_part *after = at + 1 < f->count ? &f->parts[at + 1] : NULL;

    if (before && (before->kind != PART_LITERAL || is_digit(before->text[before->len - 1])))
        return false;
    return !after || (after->kind == PART_LITERAL && !is_digit(after->text[0]));
}

int number_format_parse(const char *format, struct number_format *ret, const char **ret_why)
{
    struct number_format f;
    size_t count[PART_SEQ + 1] = { 0 }, seq_at = 0;
    const char *why;

    why = strlen(format) > NUMBER_FORMAT_MAX ? "is longer than 64 bytes" : read_parts(format, &f);
    if (!why) {
        for (size_t i = 0; i < f.count; i++) {
            count[f.parts[i].kind]++;
            if (f.parts[i].kind == PART_SEQ)
                seq_at = i;
        }
        if (count[PART_SEQ] != 1)
            why = "must have {seq} exactly once";
        else if (count[PART_PROJECT] > 1)
            why = "may have {project} only once";
        else if (!stands_apart(&f, seq_at))
            why = "must have a letter, '-', '_' or '.' between {seq} and what stands beside it";
    }
    if (why) {
        *ret_why = why;
        return 1;
    }
    *ret = f;
    return 0;
}

static void render(const struct number_format *f, const char *project, const char *day, const char *digits,
                   char out[NUMBER_SIZE])
{
    size_t len = 0;

    out[0] = '\0';
    for (size_t i = 0; i < f->count && len < NUMBER_SIZE; i++) {
        const struct number_part *p = &f->parts[i];
        const char *text = p->text;
        int most = p->len;

        switch (p->kind) {
        case PART_LITERAL:
            break;
        case PART_PROJECT:
            text = project;
            most = 32;
            break;
        case PART_DAY:
        case PART_MONTH:
        case PART_YEAR:
            text = day;
            most = p->kind == PART_DAY ? 8 : p->kind == PART_MONTH ? 6 : 4;
            break;
        case PART_SEQ:
            text = digits;
            most = 20;
            break;
        }
        len += (size_t)snprintf(out + len, NUMBER_SIZE - len, "%.*s", most, text);
    }
}

void number_series(const struct number_format *f, const char *project, const char day[NUMBER_DAY_SIZE],
                   char out[NUMBER_SIZE])
{
    render(f, project, day, NUMBER_SERIES_MARK, out);
}

void number_render(const struct number_format *f, const char *project, const char day[NUMBER_DAY_SIZE], int64_t seq,
                   char out[NUMBER_SIZE])
{
    char digits[24];
    int least = 1;

    for (size_t i = 0; i < f->count; i++)
        if (f->parts[i].kind == PART_SEQ)
            least = f->parts[i].len;
    snprintf(digits, sizeof digits, "%0*lld", least, (long long)seq);
    render(f, project, day, digits, out);
}
