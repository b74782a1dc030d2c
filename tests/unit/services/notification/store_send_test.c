/* A message outlives the batch that it was read in. */
#include "services/notification/store_send.h"

#include <criterion/criterion.h>
#include <string.h>

#define TEXTS 10

static const char **texts_of(struct message *m, size_t i)
{
    const char **const texts[TEXTS] = { &m->tenant,   &m->number, &m->event, &m->cause,   &m->recipient,
                                        &m->template, &m->locale, &m->facts, &m->gateway, &m->code };

    return texts[i];
}

Test(store_send, a_copy_of_a_message_needs_nothing_of_the_first)
{
    char words[TEXTS][2];
    struct queued from = { 0 }, to;
    struct arena a;

    arena_init(&a, 0);
    for (size_t i = 0; i < TEXTS; i++) {
        words[i][0] = (char)('a' + i);
        words[i][1] = '\0';
        *texts_of(&from.message, i) = words[i];
    }
    queued_copy(&a, &from, &to);
    memset(words, 0, sizeof words); /* the batch is over */
    for (size_t i = 0; i < TEXTS; i++)
        cr_expect_eq((*texts_of(&to.message, i))[0], 'a' + (int)i, "text %zu", i);
    arena_done(&a);
}
