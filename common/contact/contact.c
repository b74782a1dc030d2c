#include "contact.h"

#include <sodium.h>
#include <stdio.h>

#include "common/event/unpack.h"

#define CONTEXT_SIZE (sizeof "contact:" + UUID_TEXT_SIZE)

static void make_context(const struct uuid *complaint_id, char out[CONTEXT_SIZE])
{
    char id[UUID_TEXT_SIZE];

    uuid_format(complaint_id, id);
    snprintf(out, CONTEXT_SIZE, "contact:%s", id);
}

void *contact_seal(struct arena *a, const struct vault_key *seal_key, const struct uuid *complaint_id,
                   const Redress__V1__Submission *s, size_t *ret_len)
{
    Redress__V1__Submission m = REDRESS__V1__SUBMISSION__INIT;
    Redress__V1__Complainant who = REDRESS__V1__COMPLAINANT__INIT;
    Redress__V1__Call call = REDRESS__V1__CALL__INIT;
    char context[CONTEXT_SIZE];
    size_t len;
    void *plain, *sealed;

    who.name = s->complainant->name;
    who.phone = s->complainant->phone;
    who.email = s->complainant->email;
    who.wechat_open_id = s->complainant->wechat_open_id;
    who.address = s->complainant->address;
    m.complainant = &who;
    m.unit = s->unit;
    if (s->call && s->call->caller[0]) {
        call.caller = s->call->caller;
        m.call = &call;
    }
    make_context(complaint_id, context);
    plain = event_pack(a, &m.base, &len);
    sealed = vault_seal(a, seal_key, context, plain, len, ret_len);
    sodium_memzero(plain, len);
    return sealed;
}

Redress__V1__Submission *contact_open(struct arena *a, const struct vault_key *seal_key,
                                      const struct uuid *complaint_id, const void *sealed, size_t len)
{
    char context[CONTEXT_SIZE];
    struct field_problem problem;
    ProtobufCMessage *message;
    size_t plain_len;
    void *plain;

    make_context(complaint_id, context);
    plain = vault_open(a, seal_key, context, sealed, len, &plain_len);
    if (!plain || event_unpack(a, &redress__v1__submission__descriptor, plain, plain_len, &message, &problem) != 0)
        return NULL;
    return (Redress__V1__Submission *)message;
}
