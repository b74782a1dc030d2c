#include "fingerprint.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/digest.h"
#include "common/base/str.h"
#include "common/event/unpack.h"

void fingerprint_content(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                         char out[VAULT_HASH_TEXT])
{
    struct arena_mark mark = arena_mark(a);
    unsigned char digest[SHA256_BYTES];
    size_t len;
    void *packed;

    /* protobuf-c writes fields in the order of their numbers and leaves defaults out: a canonical form. */
    packed = event_pack(a, &s->base, &len);
    sha256(packed, len, digest);
    arena_rewind(a, mark);
    vault_hash(hash_key, digest, sizeof digest, out);
}

struct uuid fingerprint_id(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                           int64_t at_us)
{
    struct arena_mark mark = arena_mark(a);
    /* a line break cannot stand in any of them */
    const char *reference = arena_printf(a, "id\n%s\n%s\n%s", s->tenant, s->source, s->source_event_id);
    char hash[VAULT_HASH_TEXT];
    struct uuid id;

    vault_hash(hash_key, reference, strlen(reference), hash);
    arena_rewind(a, mark);
    (void)hex_decode(hash, VAULT_HASH_TEXT - 1, id.bytes, sizeof id.bytes);
    uuid_set_time(&id, at_us);
    return id;
}

/* Full-width forms narrowed, spaces dropped, letters in upper case. */
static void add_folded(struct strbuf *b, const char *text)
{
    size_t pos = 0, len = strlen(text);

    while (pos < len) {
        size_t from = pos;
        uint32_t c = utf8_next(text, len, &pos);

        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFEE0;
        if (c == ' ' || c == '\t' || c == 0x3000)
            continue;
        if (c >= 0x80)
            strbuf_add(b, text + from, pos - from);
        else
            strbuf_addc(b, (char)(c >= 'a' && c <= 'z' ? c - 32 : c));
    }
}

/* "1203室", "1203号" and "1203" are one unit. */
static void drop_suffix(struct strbuf *b)
{
    static const char *const suffixes[] = { "室", "号", "户", "房" };

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t len = strlen(suffixes[i]);
        if (b->len > len && memcmp(b->data + b->len - len, suffixes[i], len) == 0) {
            b->len -= len;
            return;
        }
    }
}

void fingerprint_home(struct arena *a, const struct vault_key *hash_key, const Redress__V1__Submission *s,
                      char out[VAULT_HASH_TEXT])
{
    struct arena_mark mark = arena_mark(a);
    struct strbuf b;
    size_t before;

    out[0] = '\0';
    strbuf_init(&b, a);
    strbuf_adds(&b, "home\n");
    strbuf_adds(&b, s->project_code);
    strbuf_addc(&b, '\n');
    strbuf_adds(&b, s->building);
    strbuf_addc(&b, '\n');
    before = b.len;
    add_folded(&b, s->unit);
    if (b.len > before) {
        drop_suffix(&b);
        vault_hash(hash_key, b.data, b.len, out);
    }
    arena_rewind(a, mark);
}

int64_t fingerprint_matter(struct arena *a, const struct vault_key *hash_key, const char *complainant_key,
                           const char *home_key, const Redress__V1__Submission *s)
{
    struct arena_mark mark = arena_mark(a);
    char hash[VAULT_HASH_TEXT];
    uint64_t first;
    char *text;

    text = arena_printf(a, "matter\n%s\n%s\n%s\n%s", complainant_key, s->project_code, home_key, s->category_code);
    vault_hash(hash_key, text, strlen(text), hash);
    arena_rewind(a, mark);
    if (!hex_decode(hash, 2 * sizeof first, &first, sizeof first))
        abort();
    return (int64_t)be64toh(first);
}
