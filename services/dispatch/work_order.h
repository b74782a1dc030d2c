/* Work orders of a case (R24, R31, R32): quoted from the price list, approved, dispatched, done within the appointment,
 * signed. Pure: what may be done to one is a table. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "lifecycle.h"
#include "redress/v1/case.pb-c.h"

/* Stored (dispatch.work_order.status): never renumber, only add. */
enum order_status {
    ORDER_OPENED = 1,
    ORDER_QUOTED = 2,   /* paid only: waits for the customer's yes */
    ORDER_APPROVED = 3, /* paid only */
    ORDER_DISPATCHED = 4,
    ORDER_DONE = 5, /* waits for the customer's signature */
    ORDER_SIGNED = 6,
    ORDER_CANCELLED = 7,
};

struct order_line {
    const char *item;
    int64_t quantity_milli, unit_price_fen, amount_fen;
};

struct work_order {
    int number; /* 1, 2, ... within the case */
    enum order_status status;
    bool paid;
    int quote;                /* the newest; 0: none */
    int approved;             /* the quote that the customer agreed to; 0: none */
    struct order_line *lines; /* of the newest quote */
    size_t line_count;
    int64_t total_fen;
    const char *team;       /* "" for none yet */
    int64_t from_us, to_us; /* the agreed appointment; 0: none */
    int quality, attitude;  /* 1 to 5; 0: not rated */
    int64_t opened_us, done_us;
    bool changed;
};

struct work_orders {
    struct work_order **items;
    size_t count, cap;
};

/* NULL: there is none of that number. */
struct work_order *work_order_find(const struct work_orders *all, int number);
struct work_order *work_order_add(struct arena *a, struct work_orders *all, bool paid, int64_t at_us);
/* Neither signed nor cancelled. */
bool work_order_open(const struct work_order *o);
bool work_orders_open(const struct work_orders *all);
const char *work_order_status_name(enum order_status status);

/* Whether the command may be given to the order as it is, and its status afterwards: paid work is dispatched only once
 * the newest quote is approved; a new quote needs a new approval. */
bool work_order_allows(const struct work_order *o, enum case_command command, enum order_status *ret_after);

/* One item of a price list, for all projects or one, from a date on. */
struct price {
    const char *project; /* "" for all */
    const char *item, *name, *unit;
    int32_t effective_from; /* days since 1970 */
    int64_t unit_price_fen;
};

struct price_list {
    const struct price *items;
    size_t count;
};

/* The price that holds for a project on a day: its own before the one for all, the newest that is in effect. NULL: the
 * list has no such item then. */
const struct price *price_find(const struct price_list *list, const char *project, const char *item, int32_t day);

#define ORDER_LINES_MAX    50
#define ORDER_QUANTITY_MAX INT64_C(1000000000)   /* thousandths: a million of anything */
#define ORDER_TOTAL_MAX    INT64_C(100000000000) /* fen: a thousand million yuan */

/* Fills in prices and amounts (rounded half up to whole fen) of lines that name item and quantity. Index of the first
 * line that cannot be priced (unknown item, quantity out of range, total too large), or -1; *ret_total_fen is the sum.
 */
int work_order_price(const struct price_list *list, const char *project, int32_t day, struct order_line *lines,
                     size_t count, int64_t *ret_total_fen);
