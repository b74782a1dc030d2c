#include "phone.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/base/str.h"

#define TEXT_MAX      48 /* characters that count, after folding */
#define EXTENSION_MAX 6

/* A number taken apart, still as it was written. */
struct parts {
    char digits[TEXT_MAX + 1]; /* digits and hyphens, then digits only */
    char extension[TEXT_MAX + 1];
    bool plus, has_extension;
};

/* Full-width forms are what Chinese input methods type. */
static uint32_t fold(uint32_t c)
{
    if (c >= 0xFF01 && c <= 0xFF5E)
        return c - 0xFEE0;
    if (c == 0x3000 || c == 0x00A0)
        return ' ';
    if (c == 0x2010 || c == 0x2011 || c == 0x2013 || c == 0x2014 || c == 0x2212)
        return '-';
    return c;
}

static void put(char *text, char c)
{
    size_t len = strlen(text);

    text[len] = c;
    text[len + 1] = '\0';
}

/* Keeps digits and hyphens; 转, 转分机, 分机 and "ext" begin the extension. false for anything else. */
static bool take_apart(const char *text, struct parts *p)
{
    size_t pos = 0, len = strlen(text), kept = 0;

    *p = (struct parts){ 0 };
    while (pos < len) {
        uint32_t c = fold(utf8_next(text, len, &pos));
        bool starts_extension =
            c == 0x8F6C || c == 0x8F49 || c == 0x5206 || c == 'e' || c == 'x' || c == 'E' || c == 'X';

        if (c == ' ' || c == '(' || c == ')')
            continue;
        if (c == '+' && !p->plus && kept == 0) {
            p->plus = true;
            continue;
        }
        if (starts_extension || c == 0x673A || c == 't' || c == 'T' || c == '.' || c == ':') {
            /* the words go on once they have begun, and stop at the first digit */
            if ((!starts_extension && !p->has_extension) || p->extension[0] || kept == 0)
                return false;
            p->has_extension = true;
            continue;
        }
        if ((c != '-' && (c < '0' || c > '9')) || ++kept > TEXT_MAX)
            return false;
        put(p->has_extension ? p->extension : p->digits, (char)c);
    }
    return true;
}

static void drop_hyphens(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (*from != '-')
            *to++ = *from;
    *to = '\0';
}

static bool is_mobile(const char *d, size_t n)
{
    return n == 11 && d[0] == '1' && d[1] >= '3';
}

static bool is_service(const char *d, size_t n)
{
    return n == 10 && (memcmp(d, "400", 3) == 0 || memcmp(d, "800", 3) == 0);
}

/* Length of the area code (without its 0) of a landline: 10 and 2x have 2 digits and 8 behind, the others 3 and 7 or 8;
 * 0 if it is none. */
static size_t area_length(const char *d, size_t n)
{
    size_t area = (d[0] == '1' && d[1] == '0') || d[0] == '2' ? 2 : 3;

    if (n < 10 || d[0] == '0' || (d[0] == '1' && area == 3))
        return 0;
    if (d[area] < '2')
        return 0;
    if (area == 2 ? n == 10 : n == 10 || n == 11)
        return area;
    return 0;
}

/* A Chinese number without country code. The trunk 0 is part of how landlines are written at home; after +86 people
 * leave it out or do not. */
static bool is_chinese(const char **digits, bool abroad)
{
    const char *d = *digits;
    size_t n = strlen(d);

    if (is_mobile(d, n) || is_service(d, n))
        return true;
    if (d[0] == '0') {
        *digits = d + 1;
        return is_mobile(d + 1, n - 1) || area_length(d + 1, n - 1);
    }
    return abroad && area_length(d, n);
}

/* Writes the digits with country code; false if they are no number. */
static bool classify(const char *d, bool plus, char out[PHONE_SIZE])
{
    size_t n;

    if (!plus && strncmp(d, "00", 2) == 0) {
        plus = true;
        d += 2;
    }
    n = strlen(d);
    if (plus && strncmp(d, "86", 2) != 0) {
        if (n < 8 || n > 15 || d[0] == '0')
            return false;
        snprintf(out, PHONE_SIZE, "+%.15s", d);
        return true;
    }
    if (plus)
        d += 2;
    else if (n == 13 && strncmp(d, "86", 2) == 0 && is_mobile(d + 2, 11))
        d += 2;
    if (!is_chinese(&d, plus))
        return false;
    snprintf(out, PHONE_SIZE, "+86%.12s", d);
    return true;
}

/* "0755-88886666-123": without 转 the last group may be an extension, though never of a mobile. */
static bool split_extension(struct parts *p, char out[PHONE_SIZE])
{
    char *last = strrchr(p->digits, '-');

    if (!last || p->has_extension)
        return false;
    memcpy(p->extension, last + 1, strlen(last + 1) + 1);
    p->has_extension = true;
    *last = '\0';
    drop_hyphens(p->digits);
    return classify(p->digits, p->plus, out) && !is_mobile(out + 3, strlen(out) - 3);
}

bool phone_normalise(const char *text, char out[PHONE_SIZE])
{
    char canonical[PHONE_SIZE], plain[TEXT_MAX + 1];
    struct parts p;

    if (!take_apart(text, &p))
        return false;
    memcpy(plain, p.digits, sizeof plain);
    drop_hyphens(plain);
    if (!classify(plain, p.plus, canonical) && !split_extension(&p, canonical))
        return false;
    if (p.has_extension) {
        size_t len = strlen(canonical);

        drop_hyphens(p.extension);
        if (p.extension[0] == '\0' || strlen(p.extension) > EXTENSION_MAX)
            return false;
        snprintf(canonical + len, sizeof canonical - len, ";ext=%.6s", p.extension);
    }
    memcpy(out, canonical, PHONE_SIZE);
    return true;
}

void phone_mask(const char *canonical, char out[PHONE_MASKED_SIZE])
{
    int n = (int)strcspn(canonical, ";");
    const char *end = canonical + n;
    size_t area;

    if (n < 8 || strncmp(canonical, "+86", 3) != 0) {
        int shown = n < 3 ? n : 3;
        snprintf(out, PHONE_MASKED_SIZE, "%.*s****%.*s", shown, canonical, n < 8 ? 0 : 2, end - (n < 8 ? 0 : 2));
        return;
    }
    canonical += 3;
    n -= 3;
    area = area_length(canonical, (size_t)n);
    if (is_service(canonical, (size_t)n))
        snprintf(out, PHONE_MASKED_SIZE, "%.3s****%.3s", canonical, end - 3);
    else if (is_mobile(canonical, (size_t)n) || !area)
        snprintf(out, PHONE_MASKED_SIZE, "%.3s****%.4s", canonical, end - 4);
    else
        snprintf(out, PHONE_MASKED_SIZE, "0%.*s****%.4s", (int)area, canonical, end - 4);
}

void phone_key(const struct vault_key *hash_key, const char *canonical, char out[VAULT_HASH_TEXT])
{
    char text[PHONE_SIZE + 8];
    int len = snprintf(text, sizeof text, "phone\n%s", canonical);

    vault_hash(hash_key, text, (size_t)len, out);
}
