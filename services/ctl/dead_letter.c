#include "dead_letter.h"

#include <endian.h>
#include <string.h>

#include "common/base/str.h"

/* The next part: a length of 4 bytes, big-endian, and so many bytes. */
static bool take_part(const char **at, size_t *left, const char **ret, size_t *ret_len)
{
    uint32_t n;

    if (*left < sizeof n)
        return false;
    memcpy(&n, *at, sizeof n);
    n = be32toh(n);
    if (*left - sizeof n < n)
        return false;
    *ret = *at + sizeof n;
    *ret_len = n;
    *at += sizeof n + n;
    *left -= sizeof n + n;
    return true;
}

bool kept_record_open(struct arena *a, const struct vault_key *master, const struct uuid *id, const void *sealed,
                      size_t len, struct kept_record *ret)
{
    char context[64] = "dead-letter:";
    const char *at, *part;
    size_t left, part_len;

    uuid_format(id, context + strlen(context));
    at = vault_open(a, master, context, sealed, len, &left);
    *ret = (struct kept_record){ 0 };
    if (!at || !take_part(&at, &left, &part, &ret->key_len))
        return false;
    ret->key = part;
    if (!take_part(&at, &left, &part, &ret->value_len))
        return false;
    ret->value = part;
    ret->headers = arena_array(a, struct kafka_header, left / 8 + 1);
    while (left) {
        struct kafka_header *h = &ret->headers[ret->header_count++];

        if (!take_part(&at, &left, &part, &part_len))
            return false;
        h->name = arena_strndup(a, part, part_len);
        if (!take_part(&at, &left, &part, &h->len))
            return false;
        h->value = part;
    }
    return true;
}

static bool before_at(const unsigned char *text, size_t len, size_t i)
{
    while (i < len && text[i] > ' ' && text[i] != '"' && text[i] != '<' && text[i] != '>')
        if (text[i++] == '@')
            return true;
    return false;
}

char *mask_unknown(struct arena *a, const void *data, size_t len)
{
    const unsigned char *text = data;
    char *out = arena_calloc(a, len + 1, 1);

    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 0x80 || (text[i] >= '0' && text[i] <= '9') || (text[i] > ' ' && before_at(text, len, i)))
            out[i] = '*';
        else
            out[i] = text[i] < 0x20 || text[i] == 0x7f ? '.' : (char)text[i];
    }
    return out;
}
