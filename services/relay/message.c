#include "message.h"

#include <stdio.h>
#include <string.h>

#include "common/base/error.h"

static int add(struct message *m, const char *name, const void *value, size_t len)
{
    if (m->kafka.header_count == MESSAGE_HEADERS_MAX)
        return err_set(ERR_POISON, "more than %d headers", MESSAGE_HEADERS_MAX);
    m->headers[m->kafka.header_count++] = (struct kafka_header){ name, value, len };
    return 0;
}

static int add_text(struct message *m, const char *name, const char *value)
{
    return add(m, name, value, strlen(value));
}

/* "name: value\n" lines. Names are copied for their NUL, values point into the entry. */
static int add_given(struct message *m, const char *lines)
{
    char *name = m->names;

    while (*lines) {
        const char *end = strchrnul(lines, '\n'), *colon = memchr(lines, ':', (size_t)(end - lines));
        size_t len = colon ? (size_t)(colon - lines) : 0;
        int r;

        if (len == 0 || len + 1 > (size_t)(m->names + sizeof m->names - name))
            return err_set(ERR_POISON, "a header that is no \"name: value\" line, or names too long");
        memcpy(name, lines, len);
        name[len] = '\0';
        colon += 1 + (colon[1] == ' ');
        r = add(m, name, colon, colon < end ? (size_t)(end - colon) : 0);
        if (r < 0)
            return r;
        name += len + 1;
        lines = *end ? end + 1 : end;
    }
    return 0;
}

int message_make(struct message *m, const struct entry *e, const char *epoch)
{
    const char *subject = e->key;

    uuid_format(&e->event_id, m->id);
    rfc3339_format(e->recorded_at_us, m->time);
    snprintf(m->batch, sizeof m->batch, "%lld", (long long)e->batch);
    snprintf(m->ord, sizeof m->ord, "%d", e->ord);
    if (!uuid_is_nil(&e->aggregate_id)) {
        uuid_format(&e->aggregate_id, m->subject);
        subject = m->subject;
    }
    m->kafka = (struct kafka_message){
        .topic = e->topic,
        .key = e->key,
        .key_len = strlen(e->key),
        .value = e->payload,
        .value_len = e->payload_len,
        .headers = m->headers,
    };
    /* There is room for these; the writer's come last and are counted. */
    add_text(m, "ce_specversion", "1.0");
    add_text(m, "ce_id", m->id);
    add_text(m, "ce_type", e->type);
    add_text(m, "ce_time", m->time);
    add_text(m, "ce_subject", subject);
    if (e->tenant[0])
        add_text(m, "ce_tenantid", e->tenant);
    add_text(m, "redress-epoch", epoch);
    add_text(m, "redress-batch", m->batch);
    add_text(m, "redress-ord", m->ord);
    add(m, "redress-hash", e->hash, SHA256_BYTES);
    return add_given(m, e->headers);
}
