#include "mime_part.h"

#include <string.h>
#include <strings.h>

#define VALUE_MAX    4096
#define BOUNDARY_MAX 200 /* RFC 2046 allows 70 */

/* The first line, without its end; *rest goes on behind it. */
static struct str take_line(struct str *rest)
{
    const char *lf = rest->len ? memchr(rest->data, '\n', rest->len) : NULL;
    size_t len = lf ? (size_t)(lf - rest->data) : rest->len, whole = len + (lf != NULL);
    struct str line = { rest->data, len };

    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (whole > 0)
        rest->data += whole;
    rest->len -= whole;
    return line;
}

void mime_part_read(struct str whole, struct mime_part *ret)
{
    struct str rest = whole;

    while (rest.len > 0) {
        size_t before = whole.len - rest.len;

        if (take_line(&rest).len > 0)
            continue;
        *ret = (struct mime_part){ { whole.data, before }, rest };
        return;
    }
    *ret = (struct mime_part){ whole, { NULL, 0 } };
}

/* ---- headers ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool begins_header(struct str line, const char *name)
{
    size_t len = strlen(name), at = len;

    if (line.len <= len || strncasecmp(line.data, name, len) != 0)
        return false;
    while (at < line.len && is_space(line.data[at]))
        at++;
    return at < line.len && line.data[at] == ':';
}

static void add_value(struct strbuf *out, struct str text)
{
    for (size_t i = 0; i < text.len && out->len < VALUE_MAX; i++)
        strbuf_addc(out, (unsigned char)text.data[i] < ' ' ? ' ' : text.data[i]);
}

static const char *trim(struct strbuf *b)
{
    const char *text = b->data;

    while (b->len > 0 && b->data[b->len - 1] == ' ')
        b->data[--b->len] = '\0';
    return text + strspn(text, " ");
}

const char *mime_part_header(struct arena *a, const struct mime_part *p, const char *name)
{
    struct str rest = p->headers;
    struct strbuf value;

    while (rest.len > 0) {
        struct str line = take_line(&rest);
        const char *colon;

        if (!begins_header(line, name))
            continue;
        strbuf_init(&value, a);
        strbuf_adds(&value, "");
        colon = memchr(line.data, ':', line.len);
        add_value(&value, (struct str){ colon + 1, line.len - (size_t)(colon + 1 - line.data) });
        while (rest.len > 0 && is_space(rest.data[0]) && value.len < VALUE_MAX)
            add_value(&value, take_line(&rest));
        return trim(&value);
    }
    return "";
}

static void make_small(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + ('a' - 'A'));
}

const char *mime_part_type(struct arena *a, const struct mime_part *p)
{
    const char *value = mime_part_header(a, p, "Content-Type");
    char *type = arena_strndup(a, value, strcspn(value, "; ("));

    make_small(type);
    return strchr(type, '/') ? type : "text/plain";
}

/* A value behind its '=': a quoted string or a word; *at goes on behind it. */
static const char *take_param(struct arena *a, const char **at)
{
    struct strbuf value;
    const char *p = *at;
    bool quoted = *p == '"';

    strbuf_init(&value, a);
    strbuf_adds(&value, "");
    for (p += quoted; *p && (quoted ? *p != '"' : !strchr("; (", *p)); p++) {
        if (quoted && *p == '\\' && p[1])
            p++;
        strbuf_addc(&value, *p);
    }
    *at = p + (quoted && *p);
    return value.data;
}

const char *mime_part_param(struct arena *a, const struct mime_part *p, const char *name)
{
    const char *at = mime_part_header(a, p, "Content-Type");
    size_t len = strlen(name);

    at += strcspn(at, ";");
    while (*at) {
        const char *key = at + strspn(at, "; "), *equals = key + strcspn(key, "=;"), *value;
        size_t key_len = strcspn(key, " =;");

        if (*equals != '=') {
            at = equals;
            continue;
        }
        at = equals + 1 + strspn(equals + 1, " ");
        value = take_param(a, &at);
        if (key_len == len && strncasecmp(key, name, len) == 0)
            return value;
        at += strcspn(at, ";");
    }
    return "";
}

/* ---- encodings ---- */

static struct str decode_base64(struct arena *a, struct str body)
{
    char *text = arena_strndup(a, "", 0);
    size_t len = 0, ret_len;
    void *plain;

    text = body.len ? arena_memdup(a, body.data, body.len) : text;
    for (size_t i = 0; i < body.len; i++)
        if (!strchr("\r\n\t ", body.data[i]) || body.data[i] == '\0')
            text[len++] = body.data[i];
    plain = base64_decode(a, text, len, &ret_len);
    return plain ? (struct str){ plain, ret_len } : body;
}

/* Where a soft line break at '=' ends; 0: there is none. */
static size_t soft_break(struct str body, size_t at)
{
    size_t i = at + 1;

    while (i < body.len && is_space(body.data[i]))
        i++;
    i += i < body.len && body.data[i] == '\r';
    return i < body.len && body.data[i] == '\n' ? i + 1 : 0;
}

static struct str decode_quoted(struct arena *a, struct str body)
{
    struct str plain = { arena_alloc(a, body.len + 1), 0 };
    char *out = (char *)plain.data;

    if (!out)
        return body;
    for (size_t i = 0; i < body.len;) {
        unsigned char byte;
        size_t next;

        if (body.data[i] != '=') {
            out[plain.len++] = body.data[i++];
        } else if ((next = soft_break(body, i))) {
            i = next;
        } else if (i + 2 < body.len && hex_decode(body.data + i + 1, 2, &byte, 1)) {
            out[plain.len++] = (char)byte;
            i += 3;
        } else { /* not what it should be: as it stands */
            out[plain.len++] = body.data[i++];
        }
    }
    return plain;
}

struct str mime_part_content(struct arena *a, const struct mime_part *p)
{
    static const struct {
        const char *name;
        struct str (*decode)(struct arena *a, struct str body);
    } encodings[] = { { "base64", decode_base64 }, { "quoted-printable", decode_quoted } };
    const char *name = mime_part_header(a, p, "Content-Transfer-Encoding");

    for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
        if (strcasecmp(name, encodings[i].name) == 0)
            return encodings[i].decode(a, p->body);
    return p->body;
}

/* ---- parts ---- */

enum delimiter { NO_DELIMITER, DELIMITER, LAST_DELIMITER };

/* Not every line that begins so: one boundary may begin with another. */
static enum delimiter delimiter_of(struct str line, const char *boundary, size_t len)
{
    enum delimiter found = DELIMITER;
    size_t at = len + 2;

    if (line.len < at || memcmp(line.data, "--", 2) != 0 || memcmp(line.data + 2, boundary, len) != 0)
        return NO_DELIMITER;
    if (line.len >= at + 2 && memcmp(line.data + at, "--", 2) == 0) {
        found = LAST_DELIMITER;
        at += 2;
    }
    while (at < line.len && is_space(line.data[at]))
        at++;
    return at == line.len ? found : NO_DELIMITER;
}

static enum delimiter find_delimiter(struct str *rest, const char *boundary, size_t len, size_t *ret_before)
{
    size_t whole = rest->len;

    while (rest->len > 0) {
        size_t before = whole - rest->len;
        enum delimiter d = delimiter_of(take_line(rest), boundary, len);

        *ret_before = before;
        if (d)
            return d;
    }
    *ret_before = whole;
    return NO_DELIMITER;
}

bool mime_part_next(struct str *rest, const char *boundary, struct mime_part *ret)
{
    size_t len = strlen(boundary), before;
    struct str start;

    if (len == 0 || len > BOUNDARY_MAX || find_delimiter(rest, boundary, len, &before) != DELIMITER) {
        rest->len = 0;
        return false;
    }
    start = *rest;
    if (find_delimiter(rest, boundary, len, &before) == DELIMITER) { /* it begins the next one, too */
        rest->data = start.data + before;
        rest->len = start.len - before;
    } else {
        rest->len = 0;
    }
    mime_part_read((struct str){ start.data, before }, ret);
    return true;
}
