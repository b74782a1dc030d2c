/* The way of one batch of submissions, from any channel, to registered complaints. */
#include <stdio.h>
#include <string.h>
#include <uthash.h>

#include "common/base/error.h"
#include "common/event/reference.h"
#include "events.h"
#include "likely.h"
#include "store.h"

/* May run again after a rollback: nothing of an earlier run stays. */
static void forget_decision(struct submission *s, int64_t now_us)
{
    s->result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_UNSPECIFIED;
    s->first = s->likely_here = NULL;
    s->is_new = s->is_known = false;
    s->known_content_key[0] = s->number[0] = s->likely_number[0] = '\0';
    s->complaint_id = s->own_id;
    s->likely_id = (struct uuid){ 0 };
    s->likely_received_us = 0;
    s->registered_us = now_us;
}

static bool is_valid(const struct submission *s)
{
    return s->problems.count == 0;
}

/* A refused one may still be the repeat of one that was accepted, when it was not too old yet. */
static bool may_be_known(const struct submission *s)
{
    const Redress__V1__Submission *m = s->message;

    return s->tenant && text_is_echoable(m->source, strlen(m->source), REFERENCE_MAX) &&
           text_is_echoable(m->source_event_id, strlen(m->source_event_id), REFERENCE_MAX);
}

/* A list of some of the items, in their order. */
struct list {
    struct submission **items;
    size_t count;
};

static struct list list_for(struct arena *a, size_t cap)
{
    return (struct list){ arena_array(a, struct submission *, cap), 0 };
}

static void list_add(struct list *l, struct submission *s)
{
    l->items[l->count++] = s;
}

struct reference {
    const char *text;
    struct submission *first;
    UT_hash_handle hh;
};

/* The valid ones whose reference comes first in this batch; the others of the same reference get `first`. */
static struct list first_of_each(struct arena *a, struct submission **items, size_t count)
{
    struct reference *seen = NULL, *ref = arena_array(a, struct reference, count);
    struct list firsts = list_for(a, count);

    for (size_t i = 0; i < count; i++, ref++) {
        struct submission *s = items[i];
        struct reference *other;

        if (!is_valid(s))
            continue;
        /* a line break cannot stand in any of them */
        ref->text = arena_printf(a, "%s\n%s\n%s", s->message->tenant, s->message->source, s->message->source_event_id);
        ref->first = s;
        HASH_FIND_STR(seen, ref->text, other);
        if (other) {
            s->first = other->first;
            continue;
        }
        HASH_ADD_KEYPTR(hh, seen, ref->text, strlen(ref->text), ref);
        list_add(&firsts, s);
    }
    HASH_CLEAR(hh, seen);
    return firsts;
}

/* What the tables have to be asked about: valid ones that were not free to claim, and refused ones. */
static int find_known(struct batch *b, struct submission **items, size_t count)
{
    struct list asked = list_for(b->arena, count);
    int r;

    for (size_t i = 0; i < count; i++)
        if (is_valid(items[i]) ? !items[i]->is_new && !items[i]->first : may_be_known(items[i]))
            list_add(&asked, items[i]);
    r = store_find_known(b, asked.items, asked.count);
    for (size_t i = 0; r == 0 && i < asked.count; i++)
        if (is_valid(asked.items[i]) && !asked.items[i]->is_known)
            return err_set(ERR_RETRY, "a reference was taken and is gone again"); /* erased in this very moment */
    return r;
}

static void settle(struct submission *s)
{
    bool same;

    if (!is_valid(s)) {
        same = s->is_known && strcmp(s->content_key, s->known_content_key) == 0;
        s->result = same ? REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE
                         : REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_REJECTED;
        return;
    }
    if (s->is_new) {
        s->result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
        return;
    }
    if (s->first) {
        const struct submission *f = s->first;
        same = strcmp(s->content_key, f->is_new ? f->content_key : f->known_content_key) == 0;
        s->complaint_id = f->complaint_id;
        s->registered_us = f->registered_us;
        memcpy(s->number, f->number, sizeof s->number);
    } else {
        same = strcmp(s->content_key, s->known_content_key) == 0;
    }
    s->result = same ? REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_DUPLICATE
                     : REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_CONFLICT;
}

struct series_entry {
    struct series series;
    const char *key;
    int64_t given;
    UT_hash_handle hh;
};

/* Counts how many numbers each series must give; entries[i] is the series of items[i]. */
static struct series_entry *count_series(struct arena *a, const struct list *fresh, struct series_entry **entries)
{
    struct series_entry *all = NULL;

    for (size_t i = 0; i < fresh->count; i++) {
        const struct submission *s = fresh->items[i];
        char name[NUMBER_SIZE], key[NUMBER_SIZE + 40];
        struct series_entry *e;

        number_series(&s->tenant->number_format, s->message->project_code, s->tenant->today, name);
        snprintf(key, sizeof key, "%s\n%s", s->tenant->id, name);
        HASH_FIND_STR(all, key, e);
        if (!e) {
            e = arena_new(a, struct series_entry);
            e->key = arena_strdup(a, key);
            e->series.tenant = s->tenant->id;
            e->series.name = arena_strdup(a, name);
            HASH_ADD_KEYPTR(hh, all, e->key, strlen(e->key), e);
        }
        e->series.count++;
        entries[i] = e;
    }
    return all;
}

/* Numbers in the order of the batch, one statement for all series. */
static int give_numbers(struct batch *b, const struct list *fresh)
{
    struct series_entry **entries = arena_array(b->arena, struct series_entry *, fresh->count);
    struct series_entry *all = count_series(b->arena, fresh, entries), *e;
    struct series *asked = arena_array(b->arena, struct series, HASH_COUNT(all));
    size_t n = 0;
    int r;

    for (e = all; e; e = e->hh.next)
        asked[n++] = e->series;
    r = store_take_numbers(b, asked, n);
    n = 0;
    for (e = all; e; e = e->hh.next)
        e->series.first = asked[n++].first;
    for (size_t i = 0; r == 0 && i < fresh->count; i++) {
        struct submission *s = fresh->items[i];
        e = entries[i];
        number_render(&s->tenant->number_format, s->message->project_code, s->tenant->today,
                      e->series.first + e->given++, s->number);
    }
    HASH_CLEAR(hh, all);
    return r;
}

/* Now that the numbers of this batch are known, what is like one of them can name it. */
static void name_likely(struct submission *s)
{
    if (!s->likely_here)
        return;
    s->likely_id = s->likely_here->complaint_id;
    memcpy(s->likely_number, s->likely_here->number, sizeof s->likely_number);
}

/* Numbers come late: their rows stay locked until the commit, and other instances wait for them. */
static int save_new(struct batch *b, struct list *fresh)
{
    int r = store_find_likely(b, fresh->items, fresh->count);

    if (r == 0)
        r = store_save_details(b, fresh->items, fresh->count);
    if (r == 0)
        r = store_save_evidence(b, fresh->items, fresh->count);
    if (r == 0)
        r = store_save_splits(b, fresh->items, fresh->count);
    if (r == 0)
        r = give_numbers(b, fresh);
    if (r < 0)
        return r;
    likely_match_batch(b->arena, fresh->items, fresh->count);
    for (size_t i = 0; r == 0 && i < fresh->count; i++) {
        name_likely(fresh->items[i]);
        r = events_registered(b, fresh->items[i]);
    }
    return r < 0 ? r : store_save_complaints(b, fresh->items, fresh->count);
}

int submissions_register(struct batch *b, struct submission **items, size_t count)
{
    struct list firsts, fresh = list_for(b->arena, count);
    int r;

    for (size_t i = 0; i < count; i++)
        forget_decision(items[i], b->now_us);
    firsts = first_of_each(b->arena, items, count);
    r = store_claim(b, firsts.items, firsts.count);
    if (r == 0)
        r = find_known(b, items, count);
    if (r < 0)
        return r;
    for (size_t i = 0; i < firsts.count; i++)
        if (firsts.items[i]->is_new)
            list_add(&fresh, firsts.items[i]);
    if (fresh.count > 0)
        r = save_new(b, &fresh);
    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++)
        settle(items[i]); /* last: a repeat within the batch copies the number of its first */
    return 0;
}
