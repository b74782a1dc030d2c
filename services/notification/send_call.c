#include "send_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void call_list_add(struct call_list *l, struct call *c)
{
    c->next = NULL;
    if (l->last)
        l->last->next = c;
    else
        l->first = c;
    l->last = c;
    l->count++;
}

struct call *call_list_take(struct call_list *l)
{
    struct call *c = l->first;

    if (!c)
        return NULL;
    l->first = c->next;
    if (!l->first)
        l->last = NULL;
    l->count--;
    return c;
}

void call_list_move(struct call_list *from, struct call_list *to, size_t count)
{
    for (; count > 0 && from->count; count--)
        call_list_add(to, call_list_take(from));
}

void call_list_free(struct call_list *l)
{
    struct call *c;

    while ((c = call_list_take(l)))
        call_free(c);
}

struct call *call_new(void)
{
    struct call *c = calloc(1, sizeof *c);

    if (!c)
        abort();
    arena_init(&c->arena, 0);
    return c;
}

void call_enter(struct call **live, struct call *c)
{
    c->live = live;
    HASH_ADD(hh, *live, queued.message.id, sizeof c->queued.message.id, c);
}

bool call_lives(struct call *const *live, const struct uuid *message)
{
    struct call *c;

    HASH_FIND(hh, *live, message, sizeof *message, c);
    return c != NULL;
}

void call_free(struct call *c)
{
    if (c->live)
        HASH_DEL(*c->live, c);
    transfer_done(&c->transfer);
    arena_done(&c->arena);
    notice_tenants_free(c->tenants);
    free(c);
}

/* ---- breakers ---- */

struct named_breaker {
    struct breaker breaker;
    char *name;
    UT_hash_handle hh;
};

struct breakers {
    struct named_breaker *all;
};

struct breakers *breakers_new(void)
{
    struct breakers *b = calloc(1, sizeof *b);

    if (!b)
        abort();
    return b;
}

void breakers_free(struct breakers *b)
{
    struct named_breaker *n, *next;

    HASH_ITER(hh, b->all, n, next)
    {
        HASH_DEL(b->all, n);
        free(n->name);
        free(n);
    }
    free(b);
}

struct breaker *breakers_get(struct breakers *b, const char *tenant, const char *gateway)
{
    struct named_breaker *n;
    char *name;

    if (asprintf(&name, "%s\n%s", tenant, gateway) < 0)
        abort();
    HASH_FIND_STR(b->all, name, n);
    if (n) {
        free(name);
        return &n->breaker;
    }
    n = calloc(1, sizeof *n);
    if (!n)
        abort();
    n->name = name;
    HASH_ADD_KEYPTR(hh, b->all, n->name, strlen(n->name), n);
    return &n->breaker;
}

int breakers_open(const struct breakers *b, const char *gateway, int64_t now_us)
{
    int open = 0;

    for (const struct named_breaker *n = b->all; n; n = n->hh.next)
        if (strcmp(strchr(n->name, '\n') + 1, gateway) == 0)
            open += breaker_is_open(&n->breaker, now_us);
    return open;
}

void breakers_turn(struct breakers *b)
{
    for (struct named_breaker *n = b->all; n; n = n->hh.next)
        breaker_turn(&n->breaker);
}
