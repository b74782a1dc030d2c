#include "reference.h"

#include <string.h>

#include "common/base/str.h"

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029;
}

bool text_has_control(const char *text, size_t len)
{
    size_t pos = 0;

    while (pos < len)
        if (is_control(utf8_next(text, len, &pos)))
            return true;
    return false;
}

bool text_is_echoable(const char *text, size_t len, size_t max)
{
    return len > 0 && len <= max && utf8_valid(text, len) && !text_has_control(text, len);
}

bool tenant_id_is_sane(const char *id)
{
    size_t len = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");

    return len > 0 && len <= 32 && id[len] == '\0' && id[0] != '-';
}
