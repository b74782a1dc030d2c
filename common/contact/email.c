#include "email.h"

#include <string.h>

#include "common/base/str.h"

static bool label_is_valid(const char *text, size_t len)
{
    return len > 0 && len <= 63 && ascii_consists_of(text, len, "-") && text[0] != '-' && text[len - 1] != '-';
}

bool email_is_valid(const char *text)
{
    const char *at = strrchr(text, '@'), *p;
    size_t local, labels = 0;

    if (!at)
        return false;
    local = (size_t)(at - text);
    if (local == 0 || local > 64 || text[0] == '.' || at[-1] == '.' ||
        !ascii_consists_of(text, local, "!#$%&'*+/=?^_`{|}~.-"))
        return false;
    for (size_t i = 1; i < local; i++)
        if (text[i] == '.' && text[i - 1] == '.')
            return false;
    for (p = at + 1;; p++) {
        size_t len = strcspn(p, ".");
        if (!label_is_valid(p, len))
            return false;
        labels++;
        p += len;
        if (*p == '\0')
            return labels >= 2 && strlen(at + 1) <= 253;
    }
}
