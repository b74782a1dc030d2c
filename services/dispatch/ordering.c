/* What commands about work orders do (R24, R31): the steps themselves are in work_order.c. */
#include <string.h>

#include "common/event/timestamp.h"
#include "handling_private.h"

static bool paid_by_default(const struct deciding *d)
{
    const struct words *paid = &d->h->tenant->handling.paid_categories;

    for (size_t i = 0; i < paid->count; i++) {
        size_t len = strlen(paid->items[i]);

        if (strncmp(d->c->category, paid->items[i], len) == 0 && strchr(".", d->c->category[len]))
            return true;
    }
    return false;
}

#define ORDERS_MAX 50 /* of one case */

int effect_open_work_order(struct deciding *d)
{
    Redress__V1__WorkOrderOpened *e;
    Redress__V1__WorkKind kind = FIELDS(OpenWorkOrder, d)->kind;
    bool paid = kind ? kind == REDRESS__V1__WORK_KIND__WORK_KIND_PAID : paid_by_default(d);

    if (d->c->orders.count >= ORDERS_MAX) {
        d->h->refusal =
            (struct refusal){ "too_many", "R31", "一张投诉单最多 50 张维修单", "a case has at most 50 work orders" };
        return HANDLING_REFUSED;
    }
    e = told_own(d);
    e->work_order = work_order_add(d->h->arena, &d->c->orders, paid, d->deed->at_us)->number;
    e->paid = paid;
    return 0;
}

/* On to the next status of the order that the command names; it is told. */
static void *step_order(struct deciding *d)
{
    (void)work_order_allows(d->order, d->deed->what, &d->order->status); /* the guard has asked */
    d->order->changed = true;
    return told_own(d);
}

static int not_on_the_list(struct deciding *d, int line)
{
    d->h->refusal = (struct refusal){ "no_price", "R31",
                                      arena_printf(d->h->arena, "第 %d 行的项目不在价目表内，或数量超限", line + 1),
                                      arena_printf(d->h->arena,
                                                   "line %d: the price list has no such item, or the quantity is out "
                                                   "of range",
                                                   line + 1) };
    return HANDLING_REFUSED;
}

int effect_quote_work(struct deciding *d)
{
    const Redress__V1__QuoteWork *m = FIELDS(QuoteWork, d);
    struct order_line *lines = arena_array(d->h->arena, struct order_line, m->n_lines + 1);
    Redress__V1__QuoteLine **priced = arena_array(d->h->arena, Redress__V1__QuoteLine *, m->n_lines + 1);
    Redress__V1__WorkOrderQuoted *e;
    int64_t total_fen;
    int bad;

    for (size_t i = 0; i < m->n_lines; i++)
        lines[i] = (struct order_line){ .item = m->lines[i]->item, .quantity_milli = m->lines[i]->quantity_milli };
    bad = work_order_price(&d->h->tenant->prices, d->c->project, d->h->today, lines, m->n_lines, &total_fen);
    if (bad >= 0)
        return not_on_the_list(d, bad);
    e = step_order(d);
    d->order->lines = lines;
    d->order->line_count = m->n_lines;
    d->order->total_fen = e->total_fen = total_fen;
    d->order->approved = 0;
    e->quote = ++d->order->quote;
    for (size_t i = 0; i < m->n_lines; i++) {
        priced[i] = arena_new(d->h->arena, Redress__V1__QuoteLine);
        *priced[i] = *m->lines[i];
        priced[i]->unit_price_fen = lines[i].unit_price_fen;
        priced[i]->amount_fen = lines[i].amount_fen;
    }
    e->lines = priced;
    return 0;
}

int effect_approve_quote(struct deciding *d)
{
    step_order(d);
    d->order->approved = d->order->quote;
    return 0;
}

int effect_dispatch_work(struct deciding *d)
{
    step_order(d);
    d->order->team = FIELDS(DispatchWork, d)->team;
    return 0;
}

int effect_agree_appointment(struct deciding *d)
{
    step_order(d);
    d->order->from_us = timestamp_read(FIELDS(AgreeAppointment, d)->from);
    d->order->to_us = timestamp_read(FIELDS(AgreeAppointment, d)->to);
    return 0;
}

int effect_finish_work(struct deciding *d)
{
    step_order(d);
    d->order->done_us = d->deed->at_us;
    return 0;
}

/* The fee of paid work goes on the bill with the signature, once: nothing leads out of ORDER_SIGNED. */
int effect_sign_work(struct deciding *d)
{
    struct handling *h = d->h;

    step_order(d);
    d->order->quality = FIELDS(SignWork, d)->quality;
    d->order->attitude = FIELDS(SignWork, d)->attitude;
    if (d->order->paid) {
        h->bills = arena_room(h->arena, h->bills, h->bill_count, &h->bill_cap, sizeof(*h->bills), 8);
        h->bills[h->bill_count++] = (struct case_bill){ d->c, d->order };
    }
    return 0;
}

int effect_cancel_work(struct deciding *d)
{
    step_order(d);
    return 0;
}
