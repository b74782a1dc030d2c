#include "unpack.h"

#include <stdbool.h>

#include "common/base/error.h"
#include "wire.h"

#define BUDGET_BASE      ((size_t)64 << 10)
#define BUDGET_PER_BYTE  ((size_t)16)
#define ALLOCATION_GRAIN ((size_t)16) /* the arena rounds up to this */

struct purse {
    struct arena *arena;
    size_t left;
    bool is_spent, arena_is_full;
};

size_t unpack_budget(size_t len)
{
    if (len > (UNPACK_MEMORY_MAX - BUDGET_BASE) / BUDGET_PER_BYTE)
        return UNPACK_MEMORY_MAX;
    return BUDGET_BASE + len * BUDGET_PER_BYTE;
}

static void *purse_alloc(void *data, size_t size)
{
    struct purse *purse = data;
    void *p;

    if (size > purse->left || purse->left - size < ALLOCATION_GRAIN) {
        purse->is_spent = true;
        return NULL;
    }
    p = arena_alloc(purse->arena, size);
    if (!p) {
        purse->arena_is_full = true;
        return NULL;
    }
    purse->left -= (size + ALLOCATION_GRAIN - 1) / ALLOCATION_GRAIN * ALLOCATION_GRAIN;
    return p;
}

/* The batch's reset frees. */
static void purse_free(void *data, void *p)
{
    (void)data;
    (void)p;
}

static int unpack(struct arena *a, const ProtobufCMessageDescriptor *d, const void *data, size_t len,
                  ProtobufCMessage **ret, struct problem_draft *problem)
{
    struct purse purse = { .arena = a, .left = unpack_budget(len) };
    ProtobufCAllocator allocator = { purse_alloc, purse_free, &purse };
    ProtobufCMessage *m;
    int rc = wire_check(d, data, len, problem);

    if (rc)
        return rc;
    m = protobuf_c_message_unpack(d, &allocator, len, len ? data : (const void *)"");
    if (m) {
        *ret = m;
        return 0;
    }
    if (purse.arena_is_full)
        return err_set(ERR_RETRY, "no room in the batch's memory for a %s", d->name);
    if (purse.is_spent)
        return problem_note(problem, NULL, "too_large", "needs more memory than its %zu bytes justify", len);
    return problem_note(problem, NULL, "undecodable", "not a %s", d->name);
}

int event_unpack(struct arena *a, const ProtobufCMessageDescriptor *d, const void *data, size_t len,
                 ProtobufCMessage **ret, struct field_problem *ret_problem)
{
    struct arena_mark mark = arena_mark(a);
    struct problem_draft problem;
    int rc = unpack(a, d, data, len, ret, &problem);

    if (rc == 0)
        return 0;
    arena_rewind(a, mark);
    if (rc > 0)
        problem_give(&problem, a, ret_problem);
    return rc;
}

void *event_pack(struct arena *a, const ProtobufCMessage *m, size_t *ret_len)
{
    size_t len = protobuf_c_message_get_packed_size(m);
    void *data = arena_calloc(a, len, 1);

    *ret_len = protobuf_c_message_pack(m, data);
    return data;
}
