/* Work orders (R24, R31): the table of what may be done to one, prices, and a case's orders from the first quote to the
 * bill. */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/support/casework.h"

#define PROOF "\"evidence_sha256\": \"0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dHR0dE=\""

static struct casework w;

static void setup(void)
{
    casework_init(&w);
}

static void teardown(void)
{
    casework_done(&w);
}

TestSuite(work_order, .init = setup, .fini = teardown);

/* ---- the table ---- */

/* What may be done in a status: Q quote, A approve, D dispatch, P appointment, F finish, S sign, C cancel. */
static void assert_allowed(bool paid, enum order_status status, const char *expected)
{
    static const struct {
        enum case_command command;
        char letter;
    } all[] = { { CMD_QUOTE_WORK, 'Q' },        { CMD_APPROVE_QUOTE, 'A' }, { CMD_DISPATCH_WORK, 'D' },
                { CMD_AGREE_APPOINTMENT, 'P' }, { CMD_FINISH_WORK, 'F' },   { CMD_SIGN_WORK, 'S' },
                { CMD_CANCEL_WORK, 'C' } };
    const struct work_order o = { .status = status, .paid = paid };
    enum order_status after;
    char found[8] = "";

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        if (work_order_allows(&o, all[i].command, &after))
            found[strlen(found)] = all[i].letter;
    cr_expect_str_eq(found, expected, "%s %s: %s", paid ? "paid" : "free", work_order_status_name(status), found);
}

Test(work_order, what_may_be_done_to_one)
{
    assert_allowed(false, ORDER_OPENED, "DPC");
    assert_allowed(false, ORDER_DISPATCHED, "DPFC");
    assert_allowed(true, ORDER_OPENED, "QPC");
    assert_allowed(true, ORDER_QUOTED, "QAPC");
    assert_allowed(true, ORDER_APPROVED, "QDPC");
    assert_allowed(true, ORDER_DISPATCHED, "QDPFC");
    for (int paid = 0; paid < 2; paid++) {
        assert_allowed(paid, ORDER_DONE, "SC");
        assert_allowed(paid, ORDER_SIGNED, "");
        assert_allowed(paid, ORDER_CANCELLED, "");
    }
}

Test(work_order, stored_numbers_never_change)
{
    static const char *const names[] = { "opened", "quoted", "approved", "dispatched", "done", "signed", "cancelled" };

    for (int i = 0; i < 7; i++)
        cr_expect_str_eq(work_order_status_name((enum order_status)(i + 1)), names[i]);
    cr_expect_eq(ORDER_CANCELLED, 7);
    cr_expect_str_eq(work_order_status_name((enum order_status)8), "");
}

Test(work_order, orders_are_numbered_and_found)
{
    struct work_orders all = { 0 };

    for (int i = 1; i <= 20; i++)
        cr_expect_eq(work_order_add(&w.arena, &all, i % 2, i)->number, i);
    cr_expect_eq(work_order_find(&all, 7)->opened_us, 7);
    cr_expect_null(work_order_find(&all, 0));
    cr_expect_null(work_order_find(&all, 21));
    cr_expect(work_orders_open(&all));
    for (size_t i = 0; i < all.count; i++)
        all.items[i]->status = i % 2 ? ORDER_SIGNED : ORDER_CANCELLED;
    cr_expect(!work_orders_open(&all));
}

/* ---- prices ---- */

static int64_t priced(const char *project, const char *item, int64_t quantity_milli)
{
    struct order_line line = { .item = item, .quantity_milli = quantity_milli };
    int64_t total_fen = -1;

    return work_order_price(&w.tenant.prices, project, CASEWORK_TODAY, &line, 1, &total_fen) < 0 ? total_fen : -1;
}

Test(work_order, the_projects_own_price_then_the_newest_in_effect)
{
    cr_expect_eq(priced("GARDEN", "pipe", 1000), 2005, "its own, though the one for all is newer");
    cr_expect_eq(priced("TOWER", "pipe", 1000), 1001, "not tomorrow's, not last year's");
    cr_expect_eq(priced("TOWER", "hour", 1000), 8000);
    cr_expect_eq(price_find(&w.tenant.prices, "GARDEN", "pipe", CASEWORK_TODAY - 200)->unit_price_fen, 1000);
    cr_expect_null(price_find(&w.tenant.prices, "GARDEN", "pipe", CASEWORK_TODAY - 401));
    cr_expect_null(price_find(&w.tenant.prices, "GARDEN", "gold", CASEWORK_TODAY));
}

Test(work_order, amounts_are_rounded_half_up_to_whole_fen)
{
    cr_expect_eq(priced("TOWER", "pipe", 1500), 1502, "1501.5");
    cr_expect_eq(priced("TOWER", "pipe", 1499), 1500, "1500.499");
    cr_expect_eq(priced("TOWER", "pipe", 1), 1, "1.001");
    cr_expect_eq(priced("TOWER", "hour", 1), 8);
}

Test(work_order, quantities_and_totals_have_an_end)
{
    struct price dear = { "", "gold", "金", "克", 0, INT64_C(100000000) };
    struct price_list list = { &dear, 1 };
    struct order_line lines[] = { { .item = "gold", .quantity_milli = 500000 },
                                  { .item = "gold", .quantity_milli = 500000 },
                                  { .item = "gold", .quantity_milli = 1 } };
    int64_t total_fen = 0;

    cr_expect_eq(priced("TOWER", "pipe", 0), -1);
    cr_expect_eq(priced("TOWER", "pipe", -1000), -1);
    cr_expect_eq(priced("TOWER", "pipe", ORDER_QUANTITY_MAX), INT64_C(1001000000));
    cr_expect_eq(priced("TOWER", "pipe", ORDER_QUANTITY_MAX + 1), -1);
    cr_expect_eq(work_order_price(&list, "", 1, lines, 2, &total_fen), -1);
    cr_expect_eq(total_fen, ORDER_TOTAL_MAX);
    cr_expect_eq(work_order_price(&list, "", 1, lines, 3, &total_fen), 2);
    dear.unit_price_fen = INT64_MAX;
    cr_expect_eq(work_order_price(&list, "", 1, lines, 1, &total_fen), 0);
}

/* ---- a case's orders (R31) ---- */

Test(work_order, free_work_is_dispatched_done_and_signed)
{
    DONE(&w, "E3", "open_work_order", "{}");
    cr_expect(!EVENT(&w, WorkOrderOpened, "work_order_opened")->paid);
    REFUSED(&w, "E3", "quote_work", "{}", "work_order_not_ready", "R31");
    DONE(&w, "E3", "dispatch_work", "{\"team\": \"一组\"}");
    DONE(&w, "agent:7", "agree_appointment", "{}");
    DONE(&w, "E3", "finish_work", "{}");
    TOLD(&w, "work_order_done");
    cr_expect_eq(w.c->orders.items[0]->done_us, w.now_us);
    DONE(&w, "complainant", "sign_work", "{}");
    TOLD(&w, "work_order_signed");
    cr_expect_eq(w.h.bill_count, 0, "free");
    REFUSED(&w, "E3", "cancel_work", "{}", "work_order_not_ready", "R31");
}

Test(work_order, work_that_nobody_signs_is_waived_and_holds_nothing_up)
{
    DONE(&w, "E3", "open_work_order", "{\"kind\": \"WORK_KIND_FREE\"}");
    DONE(&w, "E3", "dispatch_work", "{\"team\": \"一组\"}");
    DONE(&w, "E3", "finish_work", "{}");
    cr_expect(work_orders_open(&w.c->orders));
    REFUSED(&w, "complainant", "cancel_work", "{}", "work_order_not_ready", "R31");
    REFUSED(&w, "agent:7", "cancel_work", "{}", "work_order_not_ready", "R31");
    cr_expect_not(casework_allows(&w, "complainant", "cancel_work"), "what was done is paid for");
    DONE(&w, "C3", "cancel_work", "{}");
    cr_expect_not(work_orders_open(&w.c->orders));
    cr_expect_eq(w.h.bill_count, 0);
}

Test(work_order, the_category_says_what_is_paid_unless_a_person_does)
{
    DONE(&w, "E3", "open_work_order", "{\"kind\": \"WORK_KIND_PAID\"}");
    cr_expect(w.c->orders.items[0]->paid);
    w.c->category = "property_service.cleaning";
    DONE(&w, "E3", "open_work_order", "{}");
    cr_expect(w.c->orders.items[1]->paid);
    DONE(&w, "E3", "open_work_order", "{\"kind\": \"WORK_KIND_FREE\"}");
    cr_expect(!w.c->orders.items[2]->paid);
    w.c->category = "property_service.cleaning.deep";
    DONE(&w, "E3", "open_work_order", "{}");
    cr_expect(w.c->orders.items[3]->paid, "a category below it");
    w.c->category = "property_service.cleaning_staff";
    DONE(&w, "E3", "open_work_order", "{}");
    cr_expect(!w.c->orders.items[4]->paid, "another one whose name begins alike");
}

static void open_paid(void)
{
    DONE(&w, "E3", "open_work_order", "{\"kind\": \"WORK_KIND_PAID\"}");
}

Test(work_order, paid_work_is_quoted_approved_dispatched_signed_and_billed)
{
    const Redress__V1__WorkOrderQuoted *e;

    open_paid();
    REFUSED(&w, "E3", "dispatch_work", "{}", "work_order_not_ready", "R31");
    DONE(&w, "E3", "quote_work",
         "{\"lines\": [{\"item\": \"pipe\", \"quantity_milli\": \"1500\", \"amount_fen\": \"1\"},"
         " {\"item\": \"hour\", \"quantity_milli\": \"2000\"}]}");
    e = EVENT(&w, WorkOrderQuoted, "work_order_quoted");
    cr_expect_eq(e->quote, 1);
    cr_expect_eq(e->lines[0]->unit_price_fen, 2005);
    cr_expect_eq(e->lines[0]->amount_fen, 3008, "3007.5, from the list and not from the command");
    cr_expect_eq(e->total_fen, 3008 + 16000);
    REFUSED(&w, "E3", "dispatch_work", "{}", "work_order_not_ready", "R31");
    DONE(&w, "complainant", "approve_quote", "{}");
    DONE(&w, "E3", "dispatch_work", "{}");
    DONE(&w, "E3", "finish_work", "{}");
    DONE(&w, "complainant", "sign_work", "{\"quality\": 5, \"attitude\": 4}");
    cr_assert_eq(w.h.bill_count, 1);
    cr_expect_eq(w.h.bills[0].order->total_fen, 19008);
    cr_expect_eq(w.h.bills[0].on, w.c);
    cr_expect_eq(w.c->orders.items[0]->attitude, 4);
    REFUSED(&w, "complainant", "sign_work", "{}", "work_order_not_ready", "R31");
    cr_expect_eq(w.h.bill_count, 0, "the fee goes on the bill once");
}

Test(work_order, a_new_quote_needs_a_new_approval)
{
    open_paid();
    DONE(&w, "E3", "quote_work", "{}");
    REFUSED(&w, "complainant", "approve_quote", "{\"quote\": 2}", "work_order_not_ready", "R31");
    DONE(&w, "complainant", "approve_quote", "{\"quote\": 1}");
    DONE(&w, "E3", "dispatch_work", "{}");
    DONE(&w, "E3", "quote_work", "{}");
    REFUSED(&w, "E3", "finish_work", "{}", "work_order_not_ready", "R31");
    REFUSED(&w, "E3", "dispatch_work", "{}", "work_order_not_ready", "R31");
    REFUSED(&w, "complainant", "approve_quote", "{\"quote\": 1}", "work_order_not_ready", "R31");
    DONE(&w, "complainant", "approve_quote", "{\"quote\": 2}");
    DONE(&w, "E3", "dispatch_work", "{}");
    cr_expect_eq(w.c->orders.items[0]->approved, 2);
}

Test(work_order, what_the_list_does_not_have_is_not_quoted)
{
    open_paid();
    REFUSED(&w, "E3", "quote_work", "{\"lines\": [{\"item\": \"gold\", \"quantity_milli\": \"1\"}]}", "no_price",
            "R31");
    REFUSED(&w, "E3", "quote_work", "{\"lines\": [{\"item\": \"pipe\"}]}", "no_price", "R31");
    cr_expect(strstr(w.h.refusal.english, "line 1"));
}

Test(work_order, an_approval_and_a_signature_are_proven)
{
    /* R28 */
    open_paid();
    DONE(&w, "E3", "quote_work", "{}");
    REFUSED(&w, "complainant", "approve_quote", "{\"way\": \"CONFIRMATION_WAY_SIGNATURE\"}", "not_proven", "R28");
    REFUSED(&w, "complainant", "approve_quote", "{\"way\": \"CONFIRMATION_WAY_PHONE\"}", "not_proven", "R28");
    DONE(&w, "agent:7", "approve_quote", "{\"way\": \"CONFIRMATION_WAY_PHONE\", \"recorded_by\": \"C3\"}");
    DONE(&w, "E3", "dispatch_work", "{}");
    DONE(&w, "E3", "finish_work", "{}");
    REFUSED(&w, "E3", "sign_work", "{\"way\": \"CONFIRMATION_WAY_PAPER\"}", "not_proven", "R28");
    REFUSED(&w, "E3", "sign_work", "{\"way\": \"CONFIRMATION_WAY_PHONE\"}", "not_proven", "R28");
    DONE(&w, "E3", "sign_work", "{\"way\": \"CONFIRMATION_WAY_PAPER\", " PROOF "}");
}

Test(work_order, ratings_go_from_1_to_5)
{
    DONE(&w, "E3", "open_work_order", "{}");
    DONE(&w, "E3", "dispatch_work", "{}");
    DONE(&w, "E3", "finish_work", "{}");
    REFUSED(&w, "complainant", "sign_work", "{\"quality\": 6}", "bad_rating", "R31");
    REFUSED(&w, "complainant", "sign_work", "{\"attitude\": 6}", "bad_rating", "R31");
    DONE(&w, "complainant", "sign_work", "{\"quality\": 1, \"attitude\": 5}");
}

Test(work_order, an_appointment_lies_ahead_and_ends_after_it_begins)
{
    /* R24 */
    DONE(&w, "E3", "open_work_order", "{}");
    REFUSED(&w, "E3", "agree_appointment", "{\"from\": \"2026-03-01T00:00:00Z\", \"to\": \"2026-03-02T02:00:00Z\"}",
            "deadline_passed", "R26");
    REFUSED(&w, "E3", "agree_appointment", "{\"from\": \"2026-03-04T00:00:00Z\", \"to\": \"2026-03-04T00:00:00Z\"}",
            "deadline_passed", "R26");
    DONE(&w, "E3", "agree_appointment", "{\"from\": \"2026-03-03T01:00:00Z\", \"to\": \"2026-03-03T03:00:00Z\"}");
    cr_expect_eq(w.c->orders.items[0]->to_us, INT64_C(1772506800000000));
    cr_expect_eq(w.c->orders.items[0]->status, ORDER_OPENED);
}

Test(work_order, commands_are_about_the_order_that_they_name)
{
    DONE(&w, "E3", "open_work_order", "{}");
    DONE(&w, "E3", "open_work_order", "{}");
    REFUSED(&w, "E3", "dispatch_work", "{\"work_order\": 3}", "work_order_not_ready", "R31");
    DONE(&w, "E3", "dispatch_work", "{\"work_order\": 2}");
    cr_expect_eq(w.c->orders.items[0]->status, ORDER_OPENED);
    cr_expect_eq(w.c->orders.items[1]->status, ORDER_DISPATCHED);
    DONE(&w, "complainant", "cancel_work", "{\"work_order\": 1}");
    TOLD(&w, "work_order_cancelled");
}

Test(work_order, a_case_has_no_end_of_them_but_this)
{
    for (int i = 0; i < 50; i++)
        DONE(&w, "E3", "open_work_order", "{}");
    REFUSED(&w, "E3", "open_work_order", "{}", "too_many", "R31");
}
