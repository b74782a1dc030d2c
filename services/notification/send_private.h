/* What the files of the loop that sends share. */
#pragma once

#include "common/runtime/daemon.h"
#include "delivery.h"
#include "mailbox.h"
#include "send_call.h"
#include "send_token.h"
#include "store_send.h"

/* Rows are looked up by key, one by one, whatever the tables' statistics say: a plan that is made while they are empty
 * must not read all of them later on. And each but once: nothing is worth remembering. */
#define SEND_SESSION                                                                                                   \
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"    \
    " SET enable_memoize = off; SET jit = off; SET plan_cache_mode = force_generic_plan"

struct sender {
    struct notice_tenants *tenants;
    struct http_client *http;
    struct breakers *breakers;
    struct tokens *tokens;
    struct mailboxes *mailboxes;
    struct retold_reader *retold;
    struct call_list claimed;  /* about to be committed as sending */
    struct call_list ready;    /* committed; called as soon as there is a place */
    struct call_list heard;    /* answered since the transaction began */
    struct call_list finished; /* answered, to be written by it */
    struct call_list put_off;  /* finished, but one of the finished could not be written */
    struct call *live;         /* all of these, and those under way, by their messages' ids */
    struct transfer *tokens_heard;
    size_t running, token_calls; /* calls under way; those of them that ask for an access token */
    bool uncertain;              /* nobody knows whether `claimed` was committed */
    bool changed;                /* the settings: nothing is claimed before they are read again */
    bool careful;                /* an answer could not be written: nothing is claimed meanwhile */
    int64_t settings_us, ask_us;
    size_t turn; /* who is asked first */
    int idle_ms; /* how long nobody looks whether there is something to send */
};

/* send_calls.c: calls, from their place among those that wait to their answer. */
/* It is about to be committed as sending. */
void send_wait(struct sender *s, struct call *c);
/* It was not. */
void send_drop(struct call *c);
/* Those that were committed are called, as far as there are places. */
void send_start(struct sender *s, const struct daemon *d);
/* They are not: the connection is lost, and with it perhaps what was committed. */
void send_give_back(struct sender *s);
/* Takes what was answered, and gives the places on. */
void send_hear(struct sender *s, const struct daemon *d);
/* Until all have ended, or for so long. */
void send_hear_out(struct sender *s, const struct daemon *d, int64_t most_us);
void send_calls_metrics(void);

/* send_settle.c: in a transaction, what `finished` says is written, and what follows from it. */
int send_settle(struct batch *b, struct sender *s);

/* send_claim.c */
/* In a transaction: takes what goes next, as far as there is room, into `claimed`. */
int send_claim(struct batch *b, struct sender *s);
/* How many calls a gateway may have under way now. Of what is left to all of them it gets no more than leaves as much
 * to the others as it has itself: one that hangs keeps half of the places at most, and the second one half of that
 * half. */
int send_most(const struct daemon *d, const struct sender *s, const struct gateway *g);
/* Gateways for which messages may be taken now, and how many of each, and of all; only those that can be asked, if
 * `askable`. In the batch's arena. */
size_t send_free(struct batch *b, struct sender *s, bool askable, struct free_gateway **ret, int *ret_room);
/* A call for a message, with its own copy; NULL: its tenant or gateway is not among the settings any more, or it has
 * one (a fail-over may have forgotten that it was begun). */
struct call *send_call_for(struct sender *s, const struct queued *q);

/* send_quota.c: whether a call counts, and which of these calls are over what their number or tenant may get. */
/* The entry of a number (or "", the tenant) in a list that has each once; made if it is not there. */
struct quota *quota_of(struct quota *items, size_t *count, const char *tenant, const char *key);
bool quota_counts(const struct call *c);
int quota_check(struct batch *b, struct call **calls, size_t count, bool *over);

/* send_resolve.c: after a transaction that was not what it should be. */
/* A COMMIT without an answer: those of `claimed` that were committed stay. */
int send_resolve(struct sender *s, struct daemon *d);
/* It never will succeed: the one answer that is the reason is found and given up, step by step. */
void send_set_aside(struct sender *s);

/* send_ask.c: the gateways that can be are asked what became of messages whose answer never came. */
int ask_claim(struct batch *b, struct sender *s);
/* Of a call that asked: its transfer has ended, or was never begun. */
void ask_end(struct sender *s, struct call *c);
/* Those of `finished` that asked. */
int ask_settle(struct batch *b, struct sender *s);
