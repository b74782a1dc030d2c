#include "recording.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "common/event/topic.h"
#include "common/event/unpack.h"

#define AMOUNT_MAX INT64_C(1000000000)

static void file_closep(FILE **f)
{
    if (*f && *f != stdin)
        fclose(*f);
}

int file_read(struct arena *a, const char *path, size_t max, struct str *ret)
{
    _cleanup_(file_closep) FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    struct strbuf b;
    char piece[65536];
    size_t n;

    if (!f)
        return err_set(ERR_FATAL, "cannot open %s: %s", path, strerror(errno));
    strbuf_init(&b, a);
    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        if (b.len + n > max)
            return err_set(ERR_FATAL, "%s has more than %zu bytes", path, max);
        strbuf_add(&b, piece, n);
    }
    if (ferror(f))
        return err_set(ERR_FATAL, "cannot read %s: %s", path, strerror(errno));
    *ret = (struct str){ b.data ? b.data : "", b.len };
    return 0;
}

/* The length of a template at `text`, 0 if there is none. */
static size_t match_template(const char *text, size_t len, int64_t *ret_ago_us)
{
    static const char start[] = "{{now-";
    int64_t n = 0, unit;
    size_t i = sizeof start - 1, digits;

    if (len < i || memcmp(text, start, i) != 0)
        return 0;
    for (digits = i; i < len && text[i] >= '0' && text[i] <= '9' && n < AMOUNT_MAX; i++)
        n = n * 10 + (text[i] - '0');
    if (i == digits || i + 3 > len || text[i + 1] != '}' || text[i + 2] != '}')
        return 0;
    switch (text[i]) {
    case 's':
        unit = 1;
        break;
    case 'm':
        unit = 60;
        break;
    case 'h':
        unit = 3600;
        break;
    case 'd':
        unit = 86400;
        break;
    default:
        return 0;
    }
    *ret_ago_us = n * unit * 1000000;
    return i + 3;
}

void recording_resolve(struct strbuf *out, const char *text, size_t len, int64_t now_us)
{
    int64_t whole_us = now_us - now_us % 1000000, ago_us;
    char at[RFC3339_SIZE];
    size_t taken;

    for (size_t i = 0; i < len;) {
        taken = text[i] == '{' ? match_template(text + i, len - i, &ago_us) : 0;
        if (taken) {
            rfc3339_format(whole_us - ago_us, at);
            strbuf_adds(out, at);
            i += taken;
        } else {
            strbuf_addc(out, text[i++]);
        }
    }
}

static int read_headers(struct arena *a, const json_t *headers, struct recorded *ret)
{
    const char *name;
    json_t *value;

    if (headers && !json_is_object(headers))
        return err_set(ERR_FATAL, "headers: must be an object");
    ret->headers = arena_array(a, struct kafka_header, json_object_size(headers) + 1);
    json_object_foreach((json_t *)(uintptr_t)headers, name, value)
    {
        if (!json_is_string(value))
            return err_set(ERR_FATAL, "headers.%s: must be a text", name);
        ret->headers[ret->header_count++] =
            (struct kafka_header){ arena_strdup(a, name), arena_strdup(a, json_string_value(value)),
                                   json_string_length(value) };
    }
    return 0;
}

static int encode(struct arena *a, const json_t *submission, struct recorded *ret)
{
    char *text = json_dumps(submission, JSON_COMPACT | JSON_PRESERVE_ORDER);
    struct field_problem problem;
    ProtobufCMessage *m;
    int r;

    if (!text)
        return err_set(ERR_FATAL, "submission: cannot be written as JSON");
    ret->value = arena_strdup(a, text);
    ret->value_len = strlen(text);
    free(text);
    if (strcmp(ret->encoding, "json") == 0)
        return 0;
    r = json_read(a, topic_find(TOPIC_SUBMISSIONS)->message, ret->value, ret->value_len, &m, &problem);
    if (r != 0)
        return r < 0 ? r : err_set(ERR_FATAL, "submission.%s: %s", problem.path, problem.message);
    ret->value = event_pack(a, m, &ret->value_len);
    return 0;
}

static int read_value(struct arena *a, const json_t *line, struct recorded *ret)
{
    const json_t *raw = json_object_get(line, "raw_base64"), *submission = json_object_get(line, "submission");

    if (!raw == !submission)
        return err_set(ERR_FATAL, "must have one of submission and raw_base64");
    if (submission)
        return encode(a, submission, ret);
    if (!json_is_string(raw))
        return err_set(ERR_FATAL, "raw_base64: must be a text");
    ret->value = base64_decode(a, json_string_value(raw), json_string_length(raw), &ret->value_len);
    return ret->value ? 0 : err_set(ERR_FATAL, "raw_base64: is not base64");
}

static int read_expectation(struct arena *a, const json_t *expect, struct recorded *ret)
{
    static const char *const known[] = { "ACCEPTED", "DUPLICATE", "CONFLICT", "REJECTED", "DEAD_LETTER" };
    const char *result = json_string_value(json_object_get(expect, "result"));
    const json_t *problems = json_object_get(expect, "problems");

    if (!expect)
        return 0;
    for (size_t i = 0; result && i < sizeof known / sizeof *known; i++)
        if (strcmp(result, known[i]) == 0)
            ret->expect = known[i];
    if (!ret->expect)
        return err_set(ERR_FATAL, "expect.result: allowed are ACCEPTED, DUPLICATE, CONFLICT, REJECTED, DEAD_LETTER");
    ret->problems = arena_array(a, const char *, json_array_size(problems) + 1);
    for (size_t i = 0; i < json_array_size(problems); i++) {
        const char *text = json_string_value(json_array_get(problems, i));
        if (!text)
            return err_set(ERR_FATAL, "expect.problems: must be texts");
        ret->problems[ret->problem_count++] = arena_strdup(a, text);
    }
    return 0;
}

static int read_line(struct arena *a, const char *text, size_t len, struct recorded *ret)
{
    json_error_t why;
    _cleanup_(json_decrefp) json_t *line = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
    const char *key = json_string_value(json_object_get(line, "key"));
    const char *encoding = json_string_value(json_object_get(line, "encoding"));
    int r;

    if (!line)
        return err_set(ERR_FATAL, "is not JSON: %s", why.text);
    if (!key)
        return err_set(ERR_FATAL, "key: must be given as a text");
    if (!encoding || (strcmp(encoding, "json") != 0 && strcmp(encoding, "protobuf") != 0))
        return err_set(ERR_FATAL, "encoding: allowed are json and protobuf");
    ret->key = arena_strdup(a, key);
    ret->encoding = encoding[0] == 'j' ? "json" : "protobuf";
    r = read_headers(a, json_object_get(line, "headers"), ret);
    if (r == 0)
        r = read_value(a, line, ret);
    return r == 0 ? read_expectation(a, json_object_get(line, "expect"), ret) : r;
}

static size_t count_lines(struct str text)
{
    size_t n = 1;

    for (size_t i = 0; i < text.len; i++)
        n += text.data[i] == '\n';
    return n;
}

static bool is_blank(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isspace((unsigned char)text[i]))
            return false;
    return true;
}

int recording_load(struct arena *a, const char *path, int64_t now_us, size_t limit, struct recording *ret)
{
    struct recording loaded = { 0 };
    struct strbuf line;
    struct str text;
    unsigned number = 0;
    int r = file_read(a, path, RECORDING_BYTES_MAX, &text);

    if (r < 0)
        return r;
    loaded.items = arena_array(a, struct recorded, count_lines(text));
    strbuf_init(&line, a);
    while (text.len && loaded.count < limit) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end ? (size_t)(end - text.data) : text.len, taken = end ? len + 1 : len;

        number++;
        if (!is_blank(text.data, len)) {
            struct recorded *item = &loaded.items[loaded.count++];
            item->line = number;
            strbuf_reset(&line);
            recording_resolve(&line, text.data, len, now_us);
            r = read_line(a, line.data, line.len, item);
            if (r < 0)
                return err_prefix(ERR_FATAL, "%s:%u", path, number);
        }
        text.data += taken;
        text.len -= taken;
    }
    *ret = loaded;
    return 0;
}
