/* How many messages an SMS is: what is paid for, and what a phone puts together again. */
#include <string.h>

#include "template.h"

/* The GSM 03.38 alphabet beside ASCII, and what of ASCII it has not or only behind an escape, which counts as two. */
static const char gsm_more[] = "£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
static const char gsm_double[] = "^{}\\[~]|€\f";

static bool among(const char *list, uint32_t c)
{
    size_t len = strlen(list), pos = 0;

    while (pos < len)
        if (utf8_next(list, len, &pos) == c)
            return true;
    return false;
}

/* 0: not in the alphabet. */
static int gsm_units(uint32_t c)
{
    if (among(gsm_double, c))
        return 2;
    if (c == '\n' || c == '\r' || (c >= 0x20 && c < 0x7F && c != '`'))
        return 1;
    return among(gsm_more, c) ? 1 : 0;
}

static int parts(int units, int alone, int each)
{
    return units <= alone ? 1 : (units + each - 1) / each;
}

int template_sms_parts(const char *text)
{
    size_t len = strlen(text), pos = 0;
    int gsm = 0, utf16 = 0;
    bool all_gsm = true;

    while (pos < len) {
        uint32_t c = utf8_next(text, len, &pos);
        int units = gsm_units(c);

        all_gsm = all_gsm && units > 0;
        gsm += units;
        utf16 += c > 0xFFFF ? 2 : 1;
    }
    return all_gsm ? parts(gsm, 160, 153) : parts(utf16, 70, 67);
}
