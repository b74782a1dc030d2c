/* After a transaction of the loop that sends that was not what it should be. */
#include "common/base/error.h"
#include "common/base/log.h"
#include "send_private.h"

/* After a COMMIT without an answer: those that were committed go, the others were never begun. */
int send_resolve(struct sender *s, struct daemon *d)
{
    size_t count = s->claimed.count, i = 0;
    struct call_list kept = { 0 };
    struct arena a;
    struct begun *items;
    bool *committed;
    struct call *c;
    int r;

    arena_init(&a, 0);
    items = arena_array(&a, struct begun, count + 1);
    committed = arena_array(&a, bool, count + 1);
    for (c = s->claimed.first; c; c = c->next)
        items[i++] = (struct begun){ c->queued.message.id, c->attempt, "", "" };
    r = notice_store_find_sending(daemon_pg(d), &a, items, count, committed);
    for (i = 0; r == 0 && (c = call_list_take(&s->claimed)); i++) {
        if (committed[i]) {
            call_list_add(&kept, c);
            continue;
        }
        send_drop(c);
    }
    if (r == 0) {
        call_list_move(&kept, &s->claimed, SIZE_MAX);
        s->uncertain = false;
    }
    arena_done(&a);
    return r;
}

/* Halves, until it is the one: the other answers must not wait for it for ever, nor all messages of all tenants. */
void send_set_aside(struct sender *s)
{
    struct call_list first = { 0 };
    struct call *c;

    if (!s->careful || s->finished.count == 0) { /* it may have been what was to go next */
        s->careful = s->finished.count > 0;
        return;
    }
    if (s->finished.count == 1) {
        c = call_list_take(&s->finished);
        log_error("an answer cannot be written: nobody knows what became of its message",
                  LOG_STR("tenant", c->tenant->id), LOG_STR("gateway", c->gateway->name), LOG_STR("why", err_text()));
        call_free(c);
        return;
    }
    call_list_move(&s->finished, &first, s->finished.count / 2);
    call_list_move(&s->finished, &s->put_off, SIZE_MAX);
    call_list_move(&first, &s->finished, SIZE_MAX);
}
