#include "message.h"

#include <string.h>

#include "common/base/digest.h"
#include "common/base/str.h"

static void digest_parts(const char *const *parts, size_t count, unsigned char out[SHA256_BYTES])
{
    struct arena a;
    struct strbuf b;

    arena_init(&a, 0);
    strbuf_init(&b, &a);
    for (size_t i = 0; i < count; i++) {
        strbuf_adds(&b, parts[i]);
        strbuf_addc(&b, '\n'); /* stands in none of them */
    }
    sha256(b.data, b.len, out);
    arena_done(&a);
}

struct uuid message_id(const char *tenant, const char *event_key, const char *route, const char *recipient,
                       enum notice_channel channel)
{
    const char *const parts[] = { "message", tenant, event_key, route, recipient, notice_channel_names[channel - 1] };
    unsigned char digest[SHA256_BYTES];
    struct uuid id;

    digest_parts(parts, sizeof parts / sizeof *parts, digest);
    memcpy(id.bytes, digest, sizeof id.bytes);
    id.bytes[6] = (unsigned char)(0x80 | (id.bytes[6] & 0x0f)); /* version 8: of our own making (RFC 9562) */
    id.bytes[8] = (unsigned char)(0x80 | (id.bytes[8] & 0x3f));
    return id;
}

int64_t message_lane(const struct message *m)
{
    char complaint[UUID_TEXT_SIZE];
    const char *place = m->audience == NOTICE_TO_GROUP ? m->gateway : notice_audience_names[m->audience - 1];
    const char *who = *m->recipient ? m->recipient : place;
    const char *const parts[] = { "lane", m->tenant, complaint, who, notice_channel_names[m->channel - 1] };
    unsigned char digest[SHA256_BYTES];
    int64_t lane;

    uuid_format(&m->complaint, complaint);
    digest_parts(parts, sizeof parts / sizeof *parts, digest);
    memcpy(&lane, digest, sizeof lane);
    return lane;
}
