#include "normalise.h"

#include <stdbool.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uset.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#include "common/base/error.h"

/* What a character of the basic plane becomes when it stands alone. */
enum { UNKNOWN = 0x0000, DROPPED = 0xFFFE, NEEDS_CONTEXT = 0xFFFF };

static uint16_t simple[65536];     /* NFKC, folded, simplified; filled when a character is first seen */
static uint16_t simplified[65536]; /* traditional -> simplified; 0: as it is */
static const UNormalizer2 *folder; /* NFKC and lower case; ICU's own, never freed */

static int icu_failed(const char *what, UErrorCode e)
{
    return err_set(ERR_FATAL, "ICU: %s: %s", what, u_errorName(e));
}

static void fill_simplified(const UTransliterator *t, const USet *set)
{
    for (int32_t i = 0; i < uset_size(set); i++) {
        UChar32 c = uset_charAt(set, i);
        UChar text[8] = { (UChar)c };
        int32_t len = 1, limit = 1;
        UErrorCode e = U_ZERO_ERROR;

        if (c < 0x80 || c > 0xFFFF)
            continue;
        utrans_transUChars(t, text, &len, 8, 0, &limit, &e);
        if (U_SUCCESS(e) && len == 1 && text[0] != c)
            simplified[c] = text[0];
    }
}

int normalise_init(void)
{
    static const UChar id[] = u"Traditional-Simplified";
    UErrorCode e = U_ZERO_ERROR;
    UTransliterator *t;
    USet *set;

    if (folder)
        return 0;
    t = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
    if (U_FAILURE(e))
        return icu_failed("transliterator Traditional-Simplified", e);
    set = utrans_getSourceSet(t, false, NULL, &e);
    if (U_SUCCESS(e)) {
        fill_simplified(t, set);
        uset_close(set);
    }
    utrans_close(t);
    if (U_SUCCESS(e))
        folder = unorm2_getNFKCCasefoldInstance(&e);
    return U_FAILURE(e) ? icu_failed("normaliser", e) : 0;
}

static UChar to_simplified(UChar c)
{
    return simplified[c] ? simplified[c] : c;
}

/* A character that never joins with the one before it, and becomes one character or none, needs no look around. */
static uint16_t look_up(UChar c)
{
    UChar out[4];
    UErrorCode e = U_ZERO_ERROR;
    int32_t len;

    if (u_isUWhiteSpace(c) || u_iscntrl(c))
        return DROPPED;
    if (!unorm2_hasBoundaryBefore(folder, c))
        return NEEDS_CONTEXT;
    len = unorm2_normalize(folder, &c, 1, out, 4, &e);
    if (U_FAILURE(e) || len != 1)
        return NEEDS_CONTEXT;
    return u_isUWhiteSpace(out[0]) ? DROPPED : to_simplified(out[0]);
}

static size_t put(char *out, uint32_t c)
{
    unsigned char *p = (unsigned char *)out;

    if (c < 0x80) {
        p[0] = (unsigned char)c;
        return 1;
    }
    if (c < 0x800) {
        p[0] = (unsigned char)(0xC0 | c >> 6);
        p[1] = (unsigned char)(0x80 | (c & 0x3F));
        return 2;
    }
    p[0] = (unsigned char)(0xE0 | c >> 12);
    p[1] = (unsigned char)(0x80 | (c >> 6 & 0x3F));
    p[2] = (unsigned char)(0x80 | (c & 0x3F));
    return 3;
}

/* The usual case: each character by the table. false where one needs its context, or is no UTF-8. */
static bool by_table(const char *text, size_t len, char *out, size_t *ret_len)
{
    size_t n = 0, i = 0;

    if (!utf8_valid(text, len))
        return false;
    while (i < len) {
        uint32_t c = utf8_next(text, len, &i);

        if (c > 0xFFFF)
            return false;
        if (simple[c] == UNKNOWN)
            simple[c] = look_up((UChar)c);
        if (simple[c] == NEEDS_CONTEXT)
            return false;
        if (simple[c] != DROPPED)
            n += put(out + n, simple[c]);
    }
    *ret_len = n;
    return true;
}

/* Combining marks, ligatures, characters beyond the basic plane: the whole text through the normaliser. */
static struct str by_normaliser(struct arena *a, const char *text, size_t len)
{
    UChar *wide = arena_array(a, UChar, len + 1), *folded;
    int32_t wide_len = 0, folded_len, n = 0, out_len = 0;
    UErrorCode e = U_ZERO_ERROR;
    char *out;

    u_strFromUTF8WithSub(wide, (int32_t)len + 1, &wide_len, text, (int32_t)len, 0xFFFD, NULL, &e);
    folded_len = unorm2_normalize(folder, wide, wide_len, NULL, 0, &e); /* how long it will be */
    e = U_ZERO_ERROR;
    folded = arena_array(a, UChar, (size_t)folded_len + 1);
    folded_len = unorm2_normalize(folder, wide, wide_len, folded, folded_len + 1, &e);
    for (int32_t i = 0; U_SUCCESS(e) && i < folded_len; i++)
        if (!u_isUWhiteSpace(folded[i]) && !u_iscntrl(folded[i]))
            folded[n++] = to_simplified(folded[i]);
    out = arena_array(a, char, (size_t)n * 3 + 1);
    u_strToUTF8(out, n * 3 + 1, &out_len, folded, n, &e);
    return (struct str){ out, U_SUCCESS(e) ? (size_t)out_len : 0 };
}

static size_t cut(const char *text, size_t len)
{
    if (len <= NORMALISE_MAX_BYTES)
        return len;
    len = NORMALISE_MAX_BYTES;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}

struct str normalise(struct arena *a, const char *text, size_t len)
{
    char *out;
    size_t n;

    len = cut(text, len);
    out = arena_array(a, char, len * 3 + 1); /* U+FFFD takes three bytes for one */
    if (!by_table(text, len, out, &n))
        return by_normaliser(a, text, len);
    out[n] = '\0';
    return (struct str){ out, n };
}
