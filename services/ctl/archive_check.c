/* A package is checked, from the inside out: each event, the chain, texts and evidence, then the manifest's digests and
 * its signature. So what is told first is also where it is. */
#include <jansson.h>
#include <string.h>

#include "archive_private.h"
#include "common/base/clock.h"
#include "common/event/json.h"
#include "services/relay/verify.h"
#include "tar.h"

#define PARTS 7

struct checking {
    struct arena *arena;
    const unsigned char *key; /* of whom it must be; NULL: whose it says */
    struct archive_report *report;
    struct tar_part parts[PARTS];
    size_t part_count;
    json_t *manifest;
    struct uuid id;
    struct promises_made texts, evidence;
    struct verify_chain chain;
    int64_t registered; /* pieces of evidence that came with the registration */
    size_t proven;      /* pieces that events name, as far as they were met */
    char head[2 * SHA256_BYTES + 1];
};

static const char *text_of(const json_t *o, const char *name)
{
    const char *v = json_string_value(json_object_get(o, name));

    return v ? v : "";
}

static int64_t number_of(const json_t *o, const char *name)
{
    return (int64_t)json_integer_value(json_object_get(o, name));
}

static struct str part_of(const struct checking *k, const char *name)
{
    for (size_t i = 0; i < k->part_count; i++)
        if (strcmp(k->parts[i].name, name) == 0)
            return k->parts[i].data;
    return (struct str){ NULL, 0 };
}

/* ---- the manifest ---- */

static const char *check_parts(const struct checking *k)
{
    static const char *const names[PARTS] = { "README.txt",   "manifest.json", "manifest.sig",  "signing-key.pem",
                                              "events.jsonl", "texts.jsonl",   "evidence.jsonl" };

    for (size_t i = 0; i < PARTS; i++)
        if (i >= k->part_count || strcmp(k->parts[i].name, names[i]) != 0)
            return arena_printf(k->arena, "%s is missing, or not where it must be", names[i]);
    return NULL;
}

static const char *read_manifest(struct checking *k)
{
    struct archive_report *r = k->report;
    struct str text = part_of(k, "manifest.json");
    const char *id, *key;

    k->manifest = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(k->manifest) || strcmp(text_of(k->manifest, "format"), ARCHIVE_FORMAT) != 0)
        return "manifest.json: it is no manifest of a " ARCHIVE_FORMAT;
    id = text_of(k->manifest, "complaintId");
    key = text_of(k->manifest, "key");
    if (!uuid_parse(id, strlen(id), &k->id) || !hex_decode(key, strlen(key), r->key, SIGNING_PUBLIC_BYTES))
        return "manifest.json: complaintId or key is malformed";
    r->number = arena_strdup(k->arena, text_of(k->manifest, "number"));
    r->tenant = arena_strdup(k->arena, text_of(k->manifest, "tenant"));
    r->status = arena_strdup(k->arena, text_of(k->manifest, "status"));
    r->exported_at = arena_strdup(k->arena, text_of(k->manifest, "exportedAt"));
    r->who = arena_strdup(k->arena, text_of(k->manifest, "exportedBy"));
    r->tool = arena_strdup(k->arena, text_of(k->manifest, "tool"));
    return NULL;
}

/* Every part but the manifest, its signature and the key is vouched for, once. */
static const char *check_digests(const struct checking *k)
{
    const json_t *list = json_object_get(k->manifest, "parts");
    static const char *const names[] = { "README.txt", "events.jsonl", "texts.jsonl", "evidence.jsonl" };

    if (json_array_size(list) != sizeof names / sizeof *names)
        return "manifest.json: it does not name the parts";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *o = json_array_get(list, i);
        struct str data = part_of(k, names[i]);
        unsigned char digest[SHA256_BYTES];
        char hex[2 * SHA256_BYTES + 1];

        sha256(data.data, data.len, digest);
        hex_encode(digest, SHA256_BYTES, hex);
        if (strcmp(text_of(o, "name"), names[i]) != 0 || number_of(o, "size") != (int64_t)data.len ||
            strcmp(text_of(o, "sha256"), hex) != 0)
            return arena_printf(k->arena, "%s: it is not the file that the manifest was made for", names[i]);
    }
    return NULL;
}

static const char *check_signature(const struct checking *k)
{
    struct str manifest = part_of(k, "manifest.json"), signature = part_of(k, "manifest.sig"),
               pem = part_of(k, "signing-key.pem");

    if (!str_is(pem, signing_public_pem(k->arena, k->report->key)))
        return "signing-key.pem: it is not the key that the manifest names";
    if (signature.len != SIGNATURE_BYTES ||
        !signing_verify(k->report->key, manifest.data, manifest.len, (const unsigned char *)signature.data))
        return "manifest.sig: the signature is not right: the manifest was changed, or is signed with another key";
    if (k->key && memcmp(k->key, k->report->key, SIGNING_PUBLIC_BYTES) != 0)
        return "signing-key.pem: it is signed with another key than yours";
    return NULL;
}

/* ---- lines ---- */

typedef const char *check_line(struct checking *k, json_t *o, size_t line);

static const char *each_line(struct checking *k, const char *part, check_line *check)
{
    struct str text = part_of(k, part);
    size_t at = 0;

    for (size_t line = 1; at < text.len; line++) {
        const char *end = memchr(text.data + at, '\n', text.len - at);
        size_t len = end ? (size_t)(end - text.data) - at : text.len - at;
        json_t *o = json_loadb(text.data + at, len, JSON_REJECT_DUPLICATES, NULL);
        const char *wrong = end && json_is_object(o) ? check(k, o, line) : "it is no line of JSON";

        json_decref(o);
        if (wrong)
            return arena_printf(k->arena, "%s, line %zu: %s", part, line, wrong);
        at += len + 1;
    }
    return NULL;
}

/* ---- events ---- */

static bool read_bytes(const json_t *o, const char *name, unsigned char ret[SHA256_BYTES])
{
    const char *v = text_of(o, name);

    return hex_decode(v, strlen(v), ret, SHA256_BYTES);
}

static bool read_id(const json_t *o, const char *name, struct uuid *ret)
{
    const char *v = text_of(o, name);

    return uuid_parse(v, strlen(v), ret);
}

static bool read_entry(const struct checking *k, const json_t *o, struct journal_entry *e)
{
    const char *at = text_of(o, "recordedAt"), *bytes = text_of(o, "payloadBase64");

    *e = (struct journal_entry){
        .topic = text_of(o, "topic"),
        .key = text_of(o, "key"),
        .tenant = text_of(o, "tenant"),
        .type = text_of(o, "type"),
        .headers = text_of(o, "headers"),
        .aggregate_version = number_of(o, "version"),
    };
    e->payload = base64_decode(k->arena, bytes, strlen(bytes), &e->payload_len);
    return e->payload && rfc3339_parse(at, strlen(at), &e->recorded_at_us) && read_id(o, "eventId", &e->event_id) &&
           read_id(o, "complaintId", &e->aggregate_id) && read_bytes(o, "prevHash", e->prev_hash) &&
           read_bytes(o, "hash", e->hash);
}

/* What is shown must be in what was recorded. The other way round a newer redressctl may know more of the same bytes.
 */
static bool is_part_of(const json_t *shown, const json_t *recorded)
{
    const char *name;
    json_t *value;

    if (json_typeof(shown) != json_typeof(recorded))
        return false;
    if (json_is_array(shown)) {
        if (json_array_size(shown) != json_array_size(recorded))
            return false;
        for (size_t i = 0; i < json_array_size(shown); i++)
            if (!is_part_of(json_array_get(shown, i), json_array_get(recorded, i)))
                return false;
        return true;
    }
    if (!json_is_object(shown))
        return json_equal(shown, recorded);
    json_object_foreach((json_t *)(uintptr_t)shown, name, value)
    {
        const json_t *other = json_object_get(recorded, name);

        if (!other || !is_part_of(value, other))
            return false;
    }
    return true;
}

static bool shows_payload(const struct checking *k, const json_t *shown, const Redress__V1__ComplaintEvent *m)
{
    struct strbuf b;
    json_t *recorded;
    bool same;

    strbuf_init(&b, k->arena);
    if (!json_is_object(shown) || json_write(&b, &m->base) != 0)
        return false;
    recorded = json_loadb(b.data, b.len, 0, NULL);
    same = recorded && is_part_of(shown, recorded);
    json_decref(recorded);
    return same;
}

static const char *check_event(struct checking *k, json_t *o, size_t line)
{
    const Redress__V1__ComplaintEvent *m;
    unsigned char hash[SHA256_BYTES];
    struct journal_entry e;
    char text[200];

    if (!read_entry(k, o, &e))
        return "a member is missing or malformed";
    journal_hash(&e, hash);
    if (memcmp(hash, e.hash, SHA256_BYTES) != 0)
        return arena_printf(k->arena, "version %lld is not what its hash was made from",
                            (long long)e.aggregate_version);
    if (!uuid_eq(&e.aggregate_id, &k->id) || strcmp(e.tenant, k->report->tenant) != 0)
        return "it is another complaint's";
    if (verify_chain_next(&k->chain, &e, (int64_t)line, 1, text, sizeof text))
        return arena_printf(k->arena, "version %lld: %s", (long long)e.aggregate_version, text);
    m = archive_event(k->arena, &e);
    if (!m || m->version != e.aggregate_version || strcmp(m->complaint_number, k->report->number) != 0)
        return arena_printf(k->arena, "version %lld says something else of itself", (long long)e.aggregate_version);
    if (!shows_payload(k, json_object_get(o, "payload"), m))
        return arena_printf(k->arena, "version %lld: what is shown is not what was recorded",
                            (long long)e.aggregate_version);
    archive_promises(k->arena, m, &k->texts, &k->evidence);
    if (m->event_case == REDRESS__V1__COMPLAINT_EVENT__EVENT_REGISTERED)
        k->registered = m->registered->evidence_count;
    hex_encode(e.hash, SHA256_BYTES, k->head);
    k->report->entries++;
    return NULL;
}

static const char *check_end(const struct checking *k)
{
    if (k->report->entries == 0)
        return "events.jsonl: it has no event";
    if ((int64_t)k->report->entries != number_of(k->manifest, "entries"))
        return arena_printf(k->arena, "events.jsonl: it has %zu events, the manifest says %lld: some were cut off",
                            k->report->entries, (long long)number_of(k->manifest, "entries"));
    if (strcmp(k->head, text_of(k->manifest, "head")) != 0)
        return "events.jsonl: it does not end with the hash that the manifest names";
    memcpy(k->report->head, k->head, sizeof k->report->head);
    return NULL;
}

/* ---- texts and evidence ---- */

static const char *next_promised(const struct checking *k, const json_t *o, const struct promises_made *list, size_t i)
{
    const struct promised *p;
    unsigned char digest[SHA256_BYTES];

    if (i >= list->count)
        return "no event names it";
    p = &list->items[i];
    if (number_of(o, "version") != p->version || strcmp(text_of(o, "field"), p->field) != 0)
        return arena_printf(k->arena, "\"%s\" of version %lld was due here", p->field, (long long)p->version);
    if (!read_bytes(o, "sha256", digest) || memcmp(digest, p->sha256, SHA256_BYTES) != 0)
        return arena_printf(k->arena, "its digest is not that of version %lld's \"%s\"", (long long)p->version,
                            p->field);
    return NULL;
}

static const char *check_text(struct checking *k, json_t *o, size_t line)
{
    const char *wrong = next_promised(k, o, &k->texts, k->report->texts), *text;
    unsigned char digest[SHA256_BYTES];

    (void)line;
    if (wrong)
        return wrong;
    if (json_is_string(json_object_get(o, "text"))) {
        text = text_of(o, "text");
        sha256(text, strlen(text), digest);
        if (memcmp(digest, k->texts.items[k->report->texts].sha256, SHA256_BYTES) != 0)
            return arena_printf(k->arena, "the text \"%s\" of version %lld is not what was recorded",
                                text_of(o, "field"), (long long)number_of(o, "version"));
        k->report->revealed++;
    }
    k->report->texts++;
    return NULL;
}

/* Those of the registration come first; they are gone once the complaint was erased. */
static const char *check_proof(struct checking *k, json_t *o, size_t line)
{
    k->report->evidence++;
    if (json_is_string(json_object_get(o, "field")))
        return next_promised(k, o, &k->evidence, k->proven++);
    if (k->proven || (int64_t)line > k->registered || number_of(o, "version") != 1)
        return "the registration has no such evidence";
    return NULL;
}

static const char *check_lines(struct checking *k)
{
    const char *wrong = each_line(k, "events.jsonl", check_event);

    if (!wrong)
        wrong = check_end(k);
    if (!wrong)
        wrong = each_line(k, "texts.jsonl", check_text);
    if (!wrong && k->report->texts != k->texts.count)
        wrong = "texts.jsonl: a text that an event names is missing at its end";
    if (!wrong)
        wrong = each_line(k, "evidence.jsonl", check_proof);
    if (!wrong && k->proven != k->evidence.count)
        wrong = "evidence.jsonl: evidence that an event names is missing at its end";
    return wrong;
}

const char *archive_check(struct arena *a, const void *data, size_t len, const unsigned char *key,
                          struct archive_report *ret)
{
    struct checking k = { .arena = a, .key = key, .report = ret };
    const char *wrong = tar_read(a, data, len, k.parts, PARTS, &k.part_count);

    *ret = (struct archive_report){ .number = "", .tenant = "" };
    if (!wrong)
        wrong = check_parts(&k);
    if (!wrong)
        wrong = read_manifest(&k);
    if (!wrong)
        wrong = check_lines(&k);
    if (!wrong)
        wrong = check_digests(&k);
    if (!wrong)
        wrong = check_signature(&k);
    json_decref(k.manifest);
    return wrong;
}
