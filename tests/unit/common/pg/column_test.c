#include "common/pg/column.h"

#include <criterion/criterion.h>
#include <endian.h>
#include <string.h>

static uint32_t word(const struct pg_column *c, size_t at)
{
    uint32_t v;

    memcpy(&v, c->data + at, 4);
    return be32toh(v);
}

Test(column, is_a_binary_array_of_one_dimension)
{
    struct pg_column c;
    struct arena a;

    arena_init(&a, 0);
    pg_column_init(&c, &a, PG_INT8, 1);
    pg_column_int8(&c, 1);
    pg_column_int8(&c, -1);
    cr_expect_eq(word(&c, 0), 1, "dimensions");
    cr_expect_eq(word(&c, 4), 0, "has no null");
    cr_expect_eq(word(&c, 8), PG_INT8);
    cr_expect_eq(word(&c, 12), 2, "elements");
    cr_expect_eq(word(&c, 16), 1, "lower bound");
    cr_expect_eq(word(&c, 20), 8, "length of the first");
    cr_expect_eq(c.len, 20 + 2 * 12);
    arena_done(&a);
}

Test(column, nulls_are_marked)
{
    struct pg_column c;
    struct arena a;

    arena_init(&a, 0);
    pg_column_init(&c, &a, PG_TEXT, 0);
    pg_column_text(&c, NULL);
    pg_column_text(&c, "");
    cr_expect_eq(word(&c, 4), 1, "has a null");
    cr_expect_eq(word(&c, 20), UINT32_MAX);
    cr_expect_eq(word(&c, 24), 0);
    cr_expect_eq(c.count, 2);
    arena_done(&a);
}

Test(column, grows_beyond_its_hint)
{
    struct pg_column c;
    struct arena a;

    arena_init(&a, 0);
    pg_column_init(&c, &a, PG_TEXT, 1);
    for (int i = 0; i < 1000; i++)
        pg_column_text(&c, "渗漏水渗漏水渗漏水渗漏水");
    cr_expect_eq(word(&c, 12), 1000);
    cr_expect_eq(c.len, 20 + 1000 * (4 + strlen("渗漏水渗漏水渗漏水渗漏水")));
    arena_done(&a);
}
