/* Calls of gateways that are under way, and how many each gateway may have. In memory of the loop that sends. */
#pragma once

#include <uthash.h>

#include "breaker.h"
#include "compose.h"

struct call {
    struct call *next;
    struct call **live; /* the table in which it stands by its message's id; NULL: in none */
    UT_hash_handle hh;
    struct arena arena;
    struct queued queued;
    struct notice_tenants *tenants; /* held: the settings that the call began with */
    const struct notice_tenant *tenant;
    const struct gateway *gateway;
    struct breaker *breaker;
    struct composed composed;
    struct transfer transfer;
    struct answer answer;
    int attempt;
    int64_t ready_us; /* when it was committed, for one that waits for a place */
    /* it asks what became of an attempt */
    bool asks;
    const char *request_id; /* of the attempt; "" */
    int asked;              /* read_query's outcome */
    bool old_enough;        /* for "never had it" to be believed */
    struct receipt receipt;
};

/* Zeros are an empty one. */
struct call_list {
    struct call *first, *last;
    size_t count;
};
void call_list_add(struct call_list *l, struct call *c);
struct call *call_list_take(struct call_list *l); /* NULL: empty */
/* The first `count`, or as many as there are. */
void call_list_move(struct call_list *from, struct call_list *to, size_t count);
void call_list_free(struct call_list *l); /* with the calls */

/* The breaker of a tenant's gateway, made when it is first asked for; lives as long as the process. */
struct breakers;
struct breakers *breakers_new(void);
void breakers_free(struct breakers *b);
struct breaker *breakers_get(struct breakers *b, const char *tenant, const char *gateway);
/* How many tenants' gateways of this name get no calls now. */
int breakers_open(const struct breakers *b, const char *gateway, int64_t now_us);

/* Another turn of the loop begins. */
void breakers_turn(struct breakers *b);

/* Puts it into the table, in which it stands until it is freed. */
void call_enter(struct call **live, struct call *c);
/* A call for this message is in the table. */
bool call_lives(struct call *const *live, const struct uuid *message);

struct call *call_new(void);
void call_free(struct call *c);
