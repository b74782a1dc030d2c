/* What the files of the loop that sends share. */
#pragma once

#include "common/runtime/daemon.h"
#include "delivery.h"
#include "mailbox.h"
#include "send_call.h"
#include "send_token.h"
#include "store_send.h"

struct sender {
    struct notice_tenants *tenants;
    struct http_client *http;
    struct breakers *breakers;
    struct tokens *tokens;
    struct mailboxes *mailboxes;
    struct call_list begun;      /* committed as sending, or about to be; not started */
    struct call_list finished;   /* answered, not written yet */
    struct call_list asked;      /* asked what became of them, and answered; not written yet */
    struct call_list put_off;    /* finished, but one of the finished could not be written */
    size_t running, token_calls; /* calls under way; those of them that ask for an access token */
    bool uncertain;              /* nobody knows whether `begun` was committed */
    bool changed;                /* the settings: nothing is begun before they are read again */
    bool careful;                /* an answer could not be written: nothing is begun meanwhile */
    int64_t settings_us, ask_us;
    size_t turn; /* who is asked first */
    int idle_ms; /* how long nobody looks whether there is something to send */
};

/* How many calls may begin, whatever the gateway. */
int send_room(struct batch *b, const struct sender *s);
/* Gateways that may begin calls now, and how many; only those that can be asked, if `askable`. In the batch's arena. */
size_t send_free(struct batch *b, struct sender *s, bool askable, struct free_gateway **ret);
/* A call for a message, with its own copy; NULL: its tenant or gateway is not among the settings any more. */
struct call *send_call_for(struct sender *s, const struct queued *q);

/* send_quota.c: whether a call counts, and which of these calls are over what their number or tenant may get. */
/* The entry of a number (or "", the tenant) in a list that has each once; made if it is not there. */
struct quota *quota_of(struct quota *items, size_t *count, const char *tenant, const char *key);
bool quota_counts(const struct call *c);
int quota_check(struct batch *b, struct call **calls, size_t count, bool *over);

/* send_resolve.c. After a COMMIT without an answer: those of `begun` that were committed stay. */
int send_resolve(struct sender *s, struct daemon *d);
/* After a transaction that never will succeed: the one answer that is the reason is found and given up, step by step.
 */
void send_set_aside(struct sender *s);

/* send_ask.c: the gateways that can be are asked what became of messages whose answer never came. */
int ask_claim(struct batch *b, struct sender *s);
/* Of a call that asked; its transfer has ended. */
void ask_end(struct sender *s, struct call *c);
int ask_settle(struct batch *b, struct sender *s);
