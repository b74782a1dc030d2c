#include "form.h"

#include <string.h>

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~", c));
}

void form_encode(struct strbuf *out, const char *text)
{
    for (; *text; text++)
        if (is_plain(*text))
            strbuf_addc(out, *text);
        else
            strbuf_printf(out, "%%%02X", (unsigned char)*text);
}

void form_add(struct strbuf *out, const char *name, const char *value)
{
    if (out->len > 0 && out->data[out->len - 1] != '?' && out->data[out->len - 1] != '&')
        strbuf_addc(out, '&');
    form_encode(out, name);
    strbuf_addc(out, '=');
    form_encode(out, value);
}

/* NULL: malformed. */
static const char *decode(struct arena *a, const char *text, size_t len)
{
    char *out = arena_calloc(a, len + 1, 1);
    size_t n = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%') {
            if (len - i < 3 || !hex_decode(text + i + 1, 2, out + n, 1))
                return NULL;
            i += 2;
        } else
            out[n] = text[i] == '+' ? ' ' : text[i];
        if (out[n++] == '\0')
            return NULL;
    }
    return utf8_valid(out, n) ? out : NULL;
}

static bool add_field(struct arena *a, const char *text, size_t len, struct form *f)
{
    const char *equals = memchr(text, '=', len);
    size_t name = equals ? (size_t)(equals - text) : len;
    struct form_field field;

    if (f->count == FORM_FIELDS_MAX)
        return false;
    field.name = decode(a, text, name);
    field.value = equals ? decode(a, equals + 1, len - name - 1) : "";
    if (!field.name || !field.value)
        return false;
    f->items[f->count++] = field;
    return true;
}

bool form_parse(struct arena *a, const char *text, size_t len, struct form *ret)
{
    ret->count = 0;
    while (len > 0) {
        const char *end = memchr(text, '&', len);
        size_t part = end ? (size_t)(end - text) : len;

        if (part > 0 && !add_field(a, text, part, ret))
            return false;
        if (!end)
            break;
        text += part + 1;
        len -= part + 1;
    }
    return true;
}

const char *form_get(const struct form *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].name, name) == 0)
            return f->items[i].value;
    return "";
}
