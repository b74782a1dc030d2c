#include <criterion/criterion.h>
#include <signal.h>

#include "common/base/id_index.h"

Test(id_index, numbers_each_id_once_in_the_order_in_which_they_come)
{
    enum { MANY = 1000 };
    struct uuid ids[MANY];
    struct id_index x;
    struct arena a;

    arena_init(&a, 0);
    id_index_init(&x, &a, MANY);
    for (size_t i = 0; i < MANY; i++)
        ids[i] = uuid_new(1700000000000000);
    for (size_t i = 0; i < MANY; i++)
        cr_assert_eq(id_index_add(&x, &ids[i]), i);
    for (size_t i = MANY; i-- > 0;) {
        cr_assert_eq(id_index_add(&x, &ids[i]), i);
        cr_assert_eq(id_index_find(&x, &ids[i]), i);
        cr_assert(uuid_eq(&x.ids[i], &ids[i]));
    }
    cr_assert_eq(x.count, MANY);
    arena_done(&a);
}

Test(id_index, says_what_it_does_not_know)
{
    struct uuid one = uuid_new(1700000000000000), other = uuid_new(1700000000000000);
    struct id_index x;
    struct arena a;

    arena_init(&a, 0);
    id_index_init(&x, &a, 1);
    cr_expect_eq(id_index_find(&x, &one), ID_UNKNOWN);
    id_index_add(&x, &one);
    cr_expect_eq(id_index_find(&x, &other), ID_UNKNOWN);
    arena_done(&a);
}

/* Ids whose hash is the same are told apart, wherever the search for a place ends. */
Test(id_index, tells_ids_apart_that_hash_alike)
{
    struct uuid ids[20] = { 0 };
    struct id_index x;
    struct arena a;

    arena_init(&a, 0);
    id_index_init(&x, &a, 20);
    for (size_t i = 0; i < 20; i++) {
        ids[i].bytes[0] = (unsigned char)i;
        for (size_t k = 8; k < 16; k++)
            ids[i].bytes[k] = 0xff;
        cr_assert_eq(id_index_find(&x, &ids[i]), ID_UNKNOWN);
        cr_assert_eq(id_index_add(&x, &ids[i]), i);
    }
    for (size_t i = 0; i < 20; i++)
        cr_assert_eq(id_index_find(&x, &ids[i]), i);
    arena_done(&a);
}

Test(id_index, ends_the_process_rather_than_write_beyond_its_end, .signal = SIGABRT)
{
    struct id_index x;
    struct arena a;

    arena_init(&a, 0);
    id_index_init(&x, &a, 2);
    for (int i = 0; i < 3; i++) {
        struct uuid id = uuid_new(1700000000000000 + i);

        id_index_add(&x, &id);
    }
}
