#include "anchor.h"

#include <jansson.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/str.h"

#define TEXT(bytes) (2 * (bytes) + 1)

/* ---- one anchor as a line ---- */

static const char *statement_of(struct arena *a, const struct anchor *n)
{
    char at[RFC3339_SIZE], digest[TEXT(SHA256_BYTES)], previous[TEXT(SHA256_BYTES)], key[TEXT(SIGNING_PUBLIC_BYTES)];
    struct strbuf b;

    rfc3339_format(n->at_us, at);
    hex_encode(n->digest, SHA256_BYTES, digest);
    hex_encode(n->previous, SHA256_BYTES, previous);
    hex_encode(n->key, SIGNING_PUBLIC_BYTES, key);
    strbuf_init(&b, a);
    strbuf_adds(&b, "{\"format\":\"redress-anchor-1\",\"tenant\":");
    strbuf_add_json(&b, n->tenant, strlen(n->tenant));
    strbuf_printf(&b,
                  ",\"number\":%lld,\"at\":\"%s\",\"afterBatch\":%lld,\"afterOrd\":%d,\"batch\":%lld,\"ord\":%d,"
                  "\"entries\":%lld,\"complaints\":%lld,\"allComplaints\":%lld,\"digest\":\"%s\",\"previous\":\"%s\","
                  "\"key\":\"%s\"}",
                  (long long)n->number, at, (long long)n->after.batch, n->after.ord, (long long)n->upto.batch,
                  n->upto.ord, (long long)n->entries, (long long)n->complaints, (long long)n->all_complaints, digest,
                  previous, key);
    return b.data;
}

void anchor_seal(struct arena *a, struct anchor *n, const struct signing_key *key)
{
    memcpy(n->key, key->public, sizeof n->key);
    n->statement = statement_of(a, n);
    signing_sign(key, n->statement, strlen(n->statement), n->signature);
}

char *anchor_line(struct arena *a, const struct anchor *n)
{
    return arena_printf(a, "%s\t%s", n->statement, base64_encode(a, n->signature, SIGNATURE_BYTES));
}

static const char *text_of(const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));

    return v ? v : "";
}

static int64_t number_of(const json_t *o, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(o, name));
}

static bool hex_of(const json_t *o, const char *name, unsigned char *ret, size_t len)
{
    const char *v = text_of(o, name);

    return hex_decode(v, strlen(v), ret, len);
}

static bool read_statement(struct arena *a, const json_t *o, struct anchor *n)
{
    const char *at = text_of(o, "at");

    n->tenant = arena_strdup(a, text_of(o, "tenant"));
    n->number = number_of(o, "number");
    n->after = (struct anchor_place){ number_of(o, "afterBatch"), (int32_t)number_of(o, "afterOrd") };
    n->upto = (struct anchor_place){ number_of(o, "batch"), (int32_t)number_of(o, "ord") };
    n->entries = number_of(o, "entries");
    n->complaints = number_of(o, "complaints");
    n->all_complaints = number_of(o, "allComplaints");
    return rfc3339_parse(at, strlen(at), &n->at_us) && hex_of(o, "digest", n->digest, SHA256_BYTES) &&
           hex_of(o, "previous", n->previous, SHA256_BYTES) && hex_of(o, "key", n->key, SIGNING_PUBLIC_BYTES);
}

const char *anchor_parse(struct arena *a, const char *line, size_t len, struct anchor *ret)
{
    const char *tab = memchr(line, '\t', len);
    const char *again;
    size_t size = 0;
    void *signature;
    json_t *o;
    bool ok;

    *ret = (struct anchor){ .tenant = "" };
    if (!tab)
        return "it has no signature";
    signature = base64_decode(a, tab + 1, len - (size_t)(tab - line) - 1, &size);
    if (!signature || size != SIGNATURE_BYTES)
        return "its signature is not 64 bytes in base64";
    memcpy(ret->signature, signature, SIGNATURE_BYTES);
    o = json_loadb(line, (size_t)(tab - line), JSON_REJECT_DUPLICATES, NULL);
    ok = o && read_statement(a, o, ret);
    json_decref(o);
    if (!ok)
        return "it is not a statement of an anchor";
    ret->statement = statement_of(a, ret);
    again = anchor_line(a, ret);
    /* a line has one form: what is read is what was signed, and nothing else stands in it */
    return strlen(again) == len && memcmp(line, again, len) == 0 ? NULL : "it is not in the form that is signed";
}

Redress__V1__Anchor *anchor_message(struct arena *a, const struct anchor *n)
{
    Redress__V1__Anchor *m = arena_new(a, Redress__V1__Anchor);

    redress__v1__anchor__init(m);
    m->at = arena_new(a, Google__Protobuf__Timestamp);
    google__protobuf__timestamp__init(m->at);
    m->at->seconds = n->at_us / 1000000;
    m->at->nanos = (int32_t)(n->at_us % 1000000) * 1000;
    m->tenant = (char *)(uintptr_t)n->tenant;
    m->number = n->number;
    m->entries = n->entries;
    m->complaints = n->complaints;
    m->all_complaints = n->all_complaints;
    m->statement = (char *)(uintptr_t)n->statement;
    m->signature = (ProtobufCBinaryData){ SIGNATURE_BYTES, (uint8_t *)(uintptr_t)n->signature };
    return m;
}
