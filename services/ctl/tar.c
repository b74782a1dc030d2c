#include "tar.h"

#include <stdio.h>
#include <string.h>

#define BLOCK ((size_t)512)

struct header {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2],
        owner[32], group[32], major[8], minor[8], prefix[155], rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

/* The sum of all bytes, its own field taken as blanks. */
static unsigned checksum_of(const struct header *h)
{
    const unsigned char *bytes = (const unsigned char *)h;
    size_t from = offsetof(struct header, checksum), to = from + sizeof h->checksum;
    unsigned sum = 0;

    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= from && i < to ? ' ' : bytes[i];
    return sum;
}

static void fill_header(struct header *h, const char *name, size_t size, int64_t at_us)
{
    *h = (struct header){ 0 };
    str_copy(h->name, sizeof h->name, name);
    str_copy(h->mode, sizeof h->mode, "0000600");
    str_copy(h->uid, sizeof h->uid, "0000000");
    str_copy(h->gid, sizeof h->gid, "0000000");
    snprintf(h->size, sizeof h->size, "%011llo", (unsigned long long)size);
    snprintf(h->mtime, sizeof h->mtime, "%011llo", (unsigned long long)(at_us / 1000000));
    h->type = '0';
    memcpy(h->magic, "ustar", 6);
    memcpy(h->version, "00", 2);
    snprintf(h->checksum, sizeof h->checksum, "%06o", checksum_of(h));
    h->checksum[7] = ' ';
}

static void pad(struct strbuf *out)
{
    static const char zeros[BLOCK];

    if (out->len % BLOCK)
        strbuf_add(out, zeros, BLOCK - out->len % BLOCK);
}

void tar_write(struct strbuf *out, const struct tar_part *parts, size_t count, int64_t at_us)
{
    static const char end[2 * BLOCK];

    for (size_t i = 0; i < count; i++) {
        struct header h;

        fill_header(&h, parts[i].name, parts[i].data.len, at_us);
        strbuf_add(out, &h, sizeof h);
        strbuf_add(out, parts[i].data.data, parts[i].data.len);
        pad(out);
    }
    strbuf_add(out, end, sizeof end);
}

static bool parse_octal(const char *text, size_t len, uint64_t *ret)
{
    *ret = 0;
    if (text[len - 1] != '\0')
        return false;
    for (size_t i = 0; i < len - 1; i++) {
        if (text[i] < '0' || text[i] > '7')
            return false;
        *ret = *ret * 8 + (uint64_t)(text[i] - '0');
    }
    return true;
}

static bool all_zero(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (data[i])
            return false;
    return true;
}

/* A header has one form: it is made again and compared, so that not one bit of it is free. */
static const char *read_part(struct arena *a, const char *data, size_t len, size_t *at, struct tar_part *ret)
{
    uint64_t size, seconds;
    struct header h, again;

    memcpy(&h, data + *at, sizeof h);
    if (memchr(h.name, '\0', sizeof h.name) == NULL || !parse_octal(h.size, sizeof h.size, &size) ||
        !parse_octal(h.mtime, sizeof h.mtime, &seconds))
        return arena_printf(a, "byte %zu: no header of a part", *at);
    fill_header(&again, h.name, size, (int64_t)seconds * 1000000);
    if (memcmp(&h, &again, sizeof h) != 0)
        return arena_printf(a, "byte %zu: the header of part %s is not what redressctl writes", *at, h.name);
    *at += BLOCK;
    if (size > len - *at)
        return arena_printf(a, "part %s is cut off", h.name);
    *ret = (struct tar_part){ arena_strdup(a, h.name), { data + *at, size } };
    *at += size;
    if (*at % BLOCK) {
        size_t rest = BLOCK - *at % BLOCK;

        if (rest > len - *at || !all_zero(data + *at, rest))
            return arena_printf(a, "byte %zu: something stands behind part %s", *at, h.name);
        *at += rest;
    }
    return NULL;
}

const char *tar_read(struct arena *a, const char *data, size_t len, struct tar_part *parts, size_t max,
                     size_t *ret_count)
{
    size_t at = 0;

    for (*ret_count = 0; len - at >= BLOCK && data[at]; ++*ret_count) {
        const char *wrong =
            *ret_count < max ? read_part(a, data, len, &at, &parts[*ret_count]) : "it has too many parts";

        if (wrong)
            return wrong;
    }
    if (*ret_count == 0)
        return "it is no tar file";
    if (len - at != 2 * BLOCK || !all_zero(data + at, len - at))
        return arena_printf(a, "byte %zu: the file does not end as it must", at);
    return NULL;
}
