/* A package is put together. */
#include <string.h>

#include "archive_private.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/event/json.h"
#include "tar.h"

#define HEX (2 * SHA256_BYTES + 1)

static const char readme[] =
    "This is the record of one complaint, as Redress keeps it. It can be checked without Redress.\n"
    "\n"
    "With redressctl:   redressctl archive verify FILE --key THEIR-KEY.pub\n"
    "\n"
    "By hand:\n"
    "  1. The manifest is signed (Ed25519). Compare signing-key.pem with the key that you were given elsewhere, then:\n"
    "       openssl pkeyutl -verify -pubin -inkey signing-key.pem -rawin -in manifest.json -sigfile manifest.sig\n"
    "  2. The manifest has the SHA-256 of every other part:   sha256sum events.jsonl texts.jsonl evidence.jsonl "
    "README.txt\n"
    "  3. events.jsonl has what happened, one event a line, oldest first. payloadBase64 are the bytes that were "
    "recorded\n"
    "     (protobuf, message redress.v1.ComplaintEvent); payload says the same for people. Each hash is the SHA-256 "
    "of\n"
    "     these bytes, without anything between them:\n"
    "       prevHash (32 bytes: the hash of the line before; zeros in the first)\n"
    "       the text redress-entry-1 and a zero byte\n"
    "       then each of the following, its length before it (8 bytes, highest first): topic, key, eventId (16 "
    "bytes),\n"
    "       tenant, complaintId (16 bytes), type, headers, version (8 bytes, highest first), recordedAt (8 bytes, "
    "highest\n"
    "       first: microseconds since 1970-01-01 00:00 UTC), payload\n"
    "     So no event can be changed, left out or slipped in without changing every hash after it.\n"
    "  4. texts.jsonl has the SHA-256 of each text that an event names, and the text (UTF-8) if it was disclosed.\n"
    "  5. evidence.jsonl has the SHA-256 of photos and papers: compare with those that you have. Those of the\n"
    "     registration (with an ord) stand in no event; the manifest alone vouches for them.\n"
    "The newest hash can be compared with the journal itself and, through it, with the anchors published day by day.\n";

static void add_text(struct strbuf *b, const char *name, const char *value)
{
    strbuf_printf(b, "%s\"%s\":", b->len && b->data[b->len - 1] != '{' ? "," : "", name);
    if (value)
        strbuf_add_json(b, value, strlen(value));
    else
        strbuf_adds(b, "null");
}

static void add_number(struct strbuf *b, const char *name, int64_t value)
{
    strbuf_printf(b, "%s\"%s\":%lld", b->len && b->data[b->len - 1] != '{' ? "," : "", name, (long long)value);
}

static void add_hex(struct strbuf *b, const char *name, const void *digest)
{
    char hex[HEX];

    if (digest)
        hex_encode(digest, SHA256_BYTES, hex);
    add_text(b, name, digest ? hex : NULL);
}

static void add_id(struct strbuf *b, const char *name, const struct uuid *id)
{
    char text[UUID_TEXT_SIZE];

    uuid_format(id, text);
    add_text(b, name, text);
}

static void add_time(struct strbuf *b, const char *name, int64_t at_us)
{
    char text[RFC3339_SIZE];

    rfc3339_format(at_us, text);
    add_text(b, name, text);
}

/* ---- the parts ---- */

static int add_event(struct arena *a, struct strbuf *b, const struct journal_entry *e,
                     const Redress__V1__ComplaintEvent *m)
{
    int r;

    strbuf_addc(b, '{');
    add_number(b, "version", e->aggregate_version);
    add_text(b, "type", e->type);
    add_time(b, "recordedAt", e->recorded_at_us);
    strbuf_adds(b, ",\"payload\":");
    r = json_write(b, &m->base);
    add_text(b, "payloadBase64", base64_encode(a, e->payload, e->payload_len));
    add_text(b, "topic", e->topic);
    add_text(b, "key", e->key);
    add_id(b, "eventId", &e->event_id);
    add_text(b, "tenant", e->tenant);
    add_id(b, "complaintId", &e->aggregate_id);
    add_text(b, "headers", e->headers);
    add_hex(b, "prevHash", e->prev_hash);
    add_hex(b, "hash", e->hash);
    strbuf_adds(b, "}\n");
    return r;
}

static int write_events(struct arena *a, const struct archive *x, struct strbuf *out, struct promises_made *texts,
                        struct promises_made *evidence)
{
    int r = 0;

    for (size_t i = 0; r == 0 && i < x->entry_count; i++) {
        const Redress__V1__ComplaintEvent *m = archive_event(a, &x->entries[i]);

        if (!m)
            return err_set(ERR_POISON, "version %lld of the journal cannot be read",
                           (long long)x->entries[i].aggregate_version);
        r = add_event(a, out, &x->entries[i], m);
        archive_promises(a, m, texts, evidence);
    }
    return r;
}

static const struct archive_text *find_text(const struct archive *x, const struct promised *p)
{
    for (size_t i = 0; i < x->text_count; i++)
        if (x->texts[i].version == p->version && strcmp(x->texts[i].field, p->field) == 0)
            return &x->texts[i];
    return NULL;
}

/* A text that is not what its event says would make a package that does not hold: better none. */
static int write_texts(const struct archive *x, const struct promises_made *promised, struct strbuf *out)
{
    strbuf_adds(out, "");
    for (size_t i = 0; i < promised->count; i++) {
        const struct promised *p = &promised->items[i];
        const struct archive_text *text = find_text(x, p);
        unsigned char digest[SHA256_BYTES];

        if (text)
            sha256(text->content, strlen(text->content), digest);
        if (text && memcmp(digest, p->sha256, SHA256_BYTES) != 0)
            return err_set(ERR_POISON, "the text \"%s\" of version %lld is not what was recorded: it was changed",
                           p->field, (long long)p->version);
        strbuf_addc(out, '{');
        add_number(out, "version", p->version);
        add_text(out, "field", p->field);
        add_hex(out, "sha256", p->sha256);
        add_text(out, "text", text && x->revealed ? text->content : NULL);
        strbuf_adds(out, "}\n");
    }
    return 0;
}

static void write_evidence(const struct archive *x, const struct promises_made *promised, struct strbuf *out)
{
    strbuf_adds(out, "");
    for (size_t i = 0; i < x->evidence_count; i++) {
        const struct archive_evidence *e = &x->evidence[i];

        strbuf_addc(out, '{');
        add_number(out, "version", 1);
        add_number(out, "ord", e->ord);
        add_text(out, "mediaType", e->media_type);
        add_number(out, "size", e->size);
        add_hex(out, "sha256", e->sha256);
        add_text(out, "uri", x->revealed ? e->uri : NULL);
        strbuf_adds(out, "}\n");
    }
    for (size_t i = 0; i < promised->count; i++) {
        strbuf_addc(out, '{');
        add_number(out, "version", promised->items[i].version);
        add_text(out, "field", promised->items[i].field);
        add_hex(out, "sha256", promised->items[i].sha256);
        strbuf_adds(out, "}\n");
    }
}

static void write_manifest(const struct archive *x, const struct tar_part *parts, size_t count,
                           const struct signing_key *key, struct strbuf *out)
{
    strbuf_addc(out, '{');
    add_text(out, "format", ARCHIVE_FORMAT);
    add_text(out, "tenant", x->tenant);
    add_text(out, "number", x->number);
    add_id(out, "complaintId", &x->id);
    add_text(out, "status", x->status);
    add_time(out, "exportedAt", x->at_us);
    add_text(out, "exportedBy", x->who);
    add_text(out, "why", x->why);
    strbuf_printf(out, ",\"revealed\":%s", x->revealed ? "true" : "false");
    add_text(out, "tool", "redressctl " REDRESS_VERSION);
    add_number(out, "entries", (int64_t)x->entry_count);
    add_hex(out, "head", x->entries[x->entry_count - 1].hash);
    add_hex(out, "key", key->public); /* as long as a digest */
    strbuf_adds(out, ",\"parts\":[");
    for (size_t i = 0; i < count; i++) {
        unsigned char digest[SHA256_BYTES];

        sha256(parts[i].data.data, parts[i].data.len, digest);
        strbuf_adds(out, i ? ",{" : "{");
        add_text(out, "name", parts[i].name);
        add_number(out, "size", (int64_t)parts[i].data.len);
        add_hex(out, "sha256", digest);
        strbuf_addc(out, '}');
    }
    strbuf_adds(out, "]}\n");
}

int archive_write(struct arena *a, const struct archive *x, const struct signing_key *key, struct strbuf *ret,
                  struct str *ret_manifest)
{
    struct promises_made texts = { 0 }, proofs = { 0 };
    struct strbuf events, words, evidence, manifest;
    unsigned char signature[SIGNATURE_BYTES];
    const char *pem = signing_public_pem(a, key->public);
    int r;

    _Static_assert(SIGNING_PUBLIC_BYTES == SHA256_BYTES, "add_hex takes both");
    if (x->entry_count == 0)
        return err_set(ERR_POISON, "the journal has nothing of it");
    strbuf_init(&events, a);
    strbuf_init(&words, a);
    strbuf_init(&evidence, a);
    strbuf_init(&manifest, a);
    r = write_events(a, x, &events, &texts, &proofs);
    if (r == 0)
        r = write_texts(x, &texts, &words);
    if (r < 0)
        return r;
    write_evidence(x, &proofs, &evidence);
    {
        struct tar_part parts[] = {
            { "README.txt", str_from(readme) },
            { "manifest.json", { NULL, 0 } },
            { "manifest.sig", { (const char *)signature, sizeof signature } },
            { "signing-key.pem", str_from(pem) },
            { "events.jsonl", { events.data, events.len } },
            { "texts.jsonl", { words.data, words.len } },
            { "evidence.jsonl", { evidence.data, evidence.len } },
        };
        struct tar_part vouched[] = { parts[0], parts[4], parts[5], parts[6] };

        write_manifest(x, vouched, 4, key, &manifest);
        signing_sign(key, manifest.data, manifest.len, signature);
        parts[1].data = (struct str){ manifest.data, manifest.len };
        tar_write(ret, parts, sizeof parts / sizeof *parts, x->at_us);
    }
    *ret_manifest = (struct str){ manifest.data, manifest.len };
    return 0;
}
