#include "signature.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "hmac.h"

#define SECOND_US 1000000

const char *signature_date(struct arena *a, int64_t now_us)
{
    char text[RFC3339_SIZE];

    rfc3339_format(now_us - now_us % SECOND_US, text);
    return arena_strdup(a, text);
}

static const char *hex_mac(struct arena *a, const void *key, size_t key_len, const char *text)
{
    unsigned char mac[HMAC_SHA256_BYTES];

    hmac_sha256(key, key_len, text, mac);
    return hmac_hex(a, mac, sizeof mac);
}

static const char *hash_of(struct arena *a, const char *text)
{
    return hmac_sha256_hex_of(a, text, strlen(text));
}

const char *signature_acs3(struct arena *a, const struct signature_request *q)
{
    static const char signed_headers[] =
        "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";
    const char *payload = hmac_sha256_hex_of(a, q->body, q->body_len), *request, *text;

    request = arena_printf(a,
                           "POST\n/\n%s\nhost:%s\nx-acs-action:%s\nx-acs-content-sha256:%s\nx-acs-date:%s\n"
                           "x-acs-signature-nonce:%s\nx-acs-version:%s\n\n%s\n%s",
                           q->query, q->host, q->action, payload, signature_date(a, q->now_us), q->nonce, q->version,
                           signed_headers, payload);
    text = arena_printf(a, "ACS3-HMAC-SHA256\n%s", hash_of(a, request));
    return arena_printf(a, "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%s", q->key_id, signed_headers,
                        hex_mac(a, q->secret, strlen(q->secret), text));
}

const char *signature_tc3(struct arena *a, const struct signature_request *q)
{
    const char *date = arena_strndup(a, signature_date(a, q->now_us), strlen("2026-11-26"));
    const char *scope = arena_printf(a, "%s/%s/tc3_request", date, q->service);
    const char *first = arena_printf(a, "TC3%s", q->secret), *request, *text;
    unsigned char by_date[HMAC_SHA256_BYTES], by_service[HMAC_SHA256_BYTES], key[HMAC_SHA256_BYTES];

    request = arena_printf(a, "POST\n/\n%s\ncontent-type:%s\nhost:%s\n\ncontent-type;host\n%s", q->query,
                           q->content_type, q->host, hmac_sha256_hex_of(a, q->body, q->body_len));
    text = arena_printf(a, "TC3-HMAC-SHA256\n%" PRId64 "\n%s\n%s", q->now_us / SECOND_US, scope, hash_of(a, request));
    hmac_sha256(first, strlen(first), date, by_date);
    hmac_sha256(by_date, sizeof by_date, q->service, by_service);
    hmac_sha256(by_service, sizeof by_service, "tc3_request", key);
    return arena_printf(a, "TC3-HMAC-SHA256 Credential=%s/%s, SignedHeaders=content-type;host, Signature=%s", q->key_id,
                        scope, hex_mac(a, key, sizeof key, text));
}

static int by_name_and_value(const void *a, const void *b)
{
    const struct form_field *x = a, *y = b;
    int by_name = strcmp(x->name, y->name);

    return by_name ? by_name : strcmp(x->value, y->value);
}

const char *signature_twilio(struct arena *a, const char *auth_token, const char *url, const struct form *f)
{
    struct form_field *sorted = arena_array(a, struct form_field, f->count + 1);
    unsigned char mac[HMAC_SHA1_BYTES];
    struct strbuf text;

    if (f->count > 0)
        memcpy(sorted, f->items, f->count * sizeof *sorted);
    qsort(sorted, f->count, sizeof *sorted, by_name_and_value);
    strbuf_init(&text, a);
    strbuf_adds(&text, url);
    for (size_t i = 0; i < f->count; i++) {
        if (i > 0 && by_name_and_value(&sorted[i - 1], &sorted[i]) == 0)
            continue;
        strbuf_adds(&text, sorted[i].name);
        strbuf_adds(&text, sorted[i].value);
    }
    hmac_sha1(auth_token, strlen(auth_token), text.data, mac);
    return base64_encode(a, mac, sizeof mac);
}

const char *signature_dingtalk(struct arena *a, const char *secret, const char *timestamp_ms)
{
    unsigned char mac[HMAC_SHA256_BYTES];

    hmac_sha256(secret, strlen(secret), arena_printf(a, "%s\n%s", timestamp_ms, secret), mac);
    return base64_encode(a, mac, sizeof mac);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *signature_wechat(struct arena *a, const char *token, const char *timestamp, const char *nonce)
{
    const char *parts[] = { token, timestamp, nonce }, *text;

    qsort(parts, 3, sizeof *parts, by_text);
    text = arena_printf(a, "%s%s%s", parts[0], parts[1], parts[2]);
    return hmac_sha1_hex_of(a, text, strlen(text));
}

const char *signature_webhook(struct arena *a, const char *secret, int64_t now_us, const char *body)
{
    int64_t t = now_us / SECOND_US;
    const char *text = arena_printf(a, "%" PRId64 ".%s", t, body);

    return arena_printf(a, "t=%" PRId64 ",v1=%s", t, hex_mac(a, secret, strlen(secret), text));
}
