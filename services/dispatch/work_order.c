#include "work_order.h"

#include <string.h>

struct work_order *work_order_find(const struct work_orders *all, int number)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i]->number == number)
            return all->items[i];
    return NULL;
}

struct work_order *work_order_add(struct arena *a, struct work_orders *all, bool paid, int64_t at_us)
{
    struct work_order *o = arena_new(a, struct work_order);

    all->items = arena_room(a, all->items, all->count, &all->cap, sizeof(struct work_order *), 4);
    *o = (struct work_order){ .number = (int)all->count + 1,
                              .status = ORDER_OPENED,
                              .paid = paid,
                              .team = "",
                              .opened_us = at_us,
                              .changed = true };
    all->items[all->count++] = o;
    return o;
}

bool work_order_open(const struct work_order *o)
{
    return o->status != ORDER_SIGNED && o->status != ORDER_CANCELLED;
}

bool work_orders_open(const struct work_orders *all)
{
    for (size_t i = 0; i < all->count; i++)
        if (work_order_open(all->items[i]))
            return true;
    return false;
}

const char *work_order_status_name(enum order_status status)
{
    static const char *const names[] = {
        "", "opened", "quoted", "approved", "dispatched", "done", "signed", "cancelled"
    };

    return (size_t)status < sizeof(names) / sizeof(*names) ? names[status] : "";
}

/* ---- what may be done to one ---- */

enum { FREE = 1, PAID = 2, EITHER = FREE | PAID };
#define AT(status) (1U << ORDER_##status)
#define STAYS      ((enum order_status)0)

static const struct {
    enum case_command command;
    uint32_t from;
    unsigned kind;
    enum order_status to;
} steps[] = {
    { CMD_QUOTE_WORK, AT(OPENED) | AT(QUOTED) | AT(APPROVED) | AT(DISPATCHED), PAID, ORDER_QUOTED },
    { CMD_APPROVE_QUOTE, AT(QUOTED), PAID, ORDER_APPROVED },
    { CMD_DISPATCH_WORK, AT(APPROVED) | AT(DISPATCHED), PAID, ORDER_DISPATCHED },
    { CMD_DISPATCH_WORK, AT(OPENED) | AT(DISPATCHED), FREE, ORDER_DISPATCHED },
    { CMD_AGREE_APPOINTMENT, AT(OPENED) | AT(QUOTED) | AT(APPROVED) | AT(DISPATCHED), EITHER, STAYS },
    { CMD_FINISH_WORK, AT(DISPATCHED), EITHER, ORDER_DONE },
    { CMD_SIGN_WORK, AT(DONE), EITHER, ORDER_SIGNED },
    /* done and not signed: the fee is waived */
    { CMD_CANCEL_WORK, AT(OPENED) | AT(QUOTED) | AT(APPROVED) | AT(DISPATCHED) | AT(DONE), EITHER, ORDER_CANCELLED },
};

bool work_order_allows(const struct work_order *o, enum case_command command, enum order_status *ret_after)
{
    unsigned kind = o->paid ? PAID : FREE;

    for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
        if (steps[i].command == command && (steps[i].kind & kind) && (steps[i].from >> o->status & 1)) {
            *ret_after = steps[i].to ? steps[i].to : o->status;
            return true;
        }
    return false;
}

/* ---- prices ---- */

/* The project's own comes before the one for all, then the newer. */
static bool is_better(const struct price *p, const struct price *than)
{
    if (!than)
        return true;
    if (!*p->project != !*than->project)
        return *p->project != '\0';
    return p->effective_from > than->effective_from;
}

const struct price *price_find(const struct price_list *list, const char *project, const char *item, int32_t day)
{
    const struct price *best = NULL;

    for (size_t i = 0; i < list->count; i++) {
        const struct price *p = &list->items[i];

        if (strcmp(p->item, item) == 0 && p->effective_from <= day &&
            (!*p->project || strcmp(p->project, project) == 0) && is_better(p, best))
            best = p;
    }
    return best;
}

int work_order_price(const struct price_list *list, const char *project, int32_t day, struct order_line *lines,
                     size_t count, int64_t *ret_total_fen)
{
    int64_t total_fen = 0;

    for (size_t i = 0; i < count; i++) {
        struct order_line *l = &lines[i];
        const struct price *p = price_find(list, project, l->item, day);

        if (!p || l->quantity_milli < 1 || l->quantity_milli > ORDER_QUANTITY_MAX ||
            p->unit_price_fen > INT64_MAX / ORDER_QUANTITY_MAX - 1)
            return (int)i;
        l->unit_price_fen = p->unit_price_fen;
        l->amount_fen = (p->unit_price_fen * l->quantity_milli + 500) / 1000;
        total_fen += l->amount_fen;
        if (total_fen > ORDER_TOTAL_MAX)
            return (int)i;
    }
    *ret_total_fen = total_fen;
    return -1;
}
