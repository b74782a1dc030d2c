#include "str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct str str_from(const char *s)
{
    return (struct str){ s, s ? strlen(s) : 0 };
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool str_is(struct str a, const char *s)
{
    return str_eq(a, str_from(s));
}

void strbuf_init(struct strbuf *b, struct arena *a)
{
    *b = (struct strbuf){ .arena = a };
    strbuf_reset(b);
}

static void need(struct strbuf *b, size_t more)
{
    size_t cap;
    char *data;

    if (b->data && b->len + more < b->cap)
        return;
    cap = (b->len + more + 1) * 2;
    if (cap < 64)
        cap = 64;
    data = arena_calloc(b->arena, cap, 1);
    if (b->len)
        memcpy(data, b->data, b->len);
    b->data = data;
    b->cap = cap;
}

void strbuf_reset(struct strbuf *b)
{
    b->len = 0;
    need(b, 0);
    b->data[0] = '\0';
}

void strbuf_add(struct strbuf *b, const void *data, size_t len)
{
    need(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void strbuf_adds(struct strbuf *b, const char *s)
{
    strbuf_add(b, s, strlen(s));
}

void strbuf_addc(struct strbuf *b, char c)
{
    strbuf_add(b, &c, 1);
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    va_list ap;
    int n;

    va_start(ap, format);
    n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    if (n <= 0)
        return;
    need(b, (size_t)n);
    va_start(ap, format);
    vsnprintf(b->data + b->len, (size_t)n + 1, format, ap);
    va_end(ap);
    b->len += (size_t)n;
}

/* Length of the well-formed sequence at p, 0 if there is none. */
static size_t sequence(const unsigned char *p, size_t left)
{
    unsigned char c = p[0];
    size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

    if (n == 0 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && p[1] < 0xa0) || (c == 0xed && p[1] > 0x9f) || (c == 0xf0 && p[1] < 0x90) ||
        (c == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

bool utf8_valid(const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *)data;
    size_t i = 0;

    while (i < len) {
        size_t n = sequence(p + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

size_t utf8_count(const char *data, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)data[i] & 0xc0) != 0x80;
    return count;
}

uint32_t utf8_next(const char *data, size_t len, size_t *pos)
{
    const unsigned char *p = (const unsigned char *)data + *pos;
    size_t n = sequence(p, len - *pos);
    static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    uint32_t c;

    if (n == 0) {
        (*pos)++;
        return 0xfffd;
    }
    c = p[0] & mask[n];
    for (size_t i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fu);
    *pos += n;
    return c;
}

static bool is_wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t utf8_width(const char *data, size_t len)
{
    size_t width = 0, pos = 0;

    while (pos < len)
        width += is_wide(utf8_next(data, len, &pos)) ? 2 : 1;
    return width;
}

void strbuf_add_json(struct strbuf *b, const char *data, size_t len)
{
    size_t pos = 0;

    strbuf_addc(b, '"');
    while (pos < len) {
        unsigned char c = (unsigned char)data[pos];
        size_t n;

        if (c == '"' || c == '\\') {
            strbuf_printf(b, "\\%c", c);
            pos++;
        } else if (c < 0x20 || c == 0x7f) {
            strbuf_printf(b, c == '\n' ? "\\n" : c == '\t' ? "\\t" : "\\u%04x", c);
            pos++;
        } else if ((n = sequence((const unsigned char *)data + pos, len - pos)) != 0) {
            strbuf_add(b, data + pos, n);
            pos += n;
        } else {
            strbuf_adds(b, "\xef\xbf\xbd");
            pos++;
        }
    }
    strbuf_addc(b, '"');
}

void hex_encode(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = data;

    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(const char *text, size_t text_len, void *out, size_t len)
{
    unsigned char *p = out;

    if (text_len != 2 * len)
        return false;
    for (size_t i = 0; i < len; i++) {
        int hi = hex_digit(text[2 * i]), lo = hex_digit(text[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        p[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

char *base64_encode(struct arena *a, const void *data, size_t len)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *p = data;
    char *out = arena_calloc(a, (len + 2) / 3 * 4 + 1, 1), *o = out;

    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16;
        if (i + 1 < len)
            v |= (uint32_t)p[i + 1] << 8;
        if (i + 2 < len)
            v |= p[i + 2];
        *o++ = alphabet[v >> 18];
        *o++ = alphabet[v >> 12 & 63];
        *o++ = i + 1 < len ? alphabet[v >> 6 & 63] : '=';
        *o++ = i + 2 < len ? alphabet[v & 63] : '=';
    }
    return out;
}

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

void *base64_decode(struct arena *a, const char *text, size_t text_len, size_t *ret_len)
{
    unsigned char *out;
    size_t n = 0;
    uint32_t v = 0;
    unsigned bits = 0;

    while (text_len > 0 && text[text_len - 1] == '=')
        text_len--;
    if (text_len % 4 == 1)
        return NULL;
    out = arena_alloc(a, text_len * 3 / 4 + 1);
    if (!out)
        return NULL;
    for (size_t i = 0; i < text_len; i++) {
        int d = base64_digit(text[i]);
        if (d < 0)
            return NULL;
        v = v << 6 | (uint32_t)d;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(v >> bits);
        }
    }
    *ret_len = n;
    return out;
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool ascii_consists_of(const char *text, size_t len, const char *others)
{
    for (size_t i = 0; i < len; i++)
        if (!is_alnum(text[i]) && (text[i] == '\0' || !strchr(others, text[i])))
            return false;
    return true;
}

void str_copy(char *dst, size_t size, const char *src)
{
    size_t len = strlen(src);

    if (size == 0)
        return;
    if (len >= size)
        len = size - 1;
    memcpy(dst, src, len);
    dst[len] = '\0';
}

bool parse_int64(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    char *end;
    long long v;

    if (*text == '\0' || *text == ' ' || *text == '+')
        return false;
    errno = 0;
    v = strtoll(text, &end, 10);
    if (errno || *end || v < min || v > max)
        return false;
    *ret = v;
    return true;
}
