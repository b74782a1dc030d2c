#include "classify.h"

#include <hs.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "normalise.h"

/* A hostile text may hold a keyword at every character: beyond this many finds the rest of it is not looked at. */
#define FINDS_MAX 4096

enum { WEAK = 1 };                           /* stands for classify_weak until it is known who shares the word */
enum { USE_DANGER = -1, USE_HARMLESS = -2 }; /* instead of a category's index */

/* One place in the policy where a word stands. */
struct use {
    int category;
    int weight;
};

struct word {
    const char *text; /* normalised */
    size_t len;
    struct use *uses;
    unsigned use_count, use_cap;
    unsigned first_use;  /* number of uses[0] among all uses */
    const char *written; /* as the tenant wrote it */
};

struct find {
    unsigned word;
    unsigned from, to;
};

struct classifier {
    struct arena arena;
    struct word *words;
    size_t word_count, use_total, category_count;
    size_t longest;
    hs_database_t *db; /* NULL without words */
    hs_scratch_t *scratch;
    struct find finds[FINDS_MAX];
    size_t find_count;
};

/* ---- making ---- */

struct maker {
    struct classifier *c;
    size_t *slots; /* open hash over words: index + 1 */
    size_t slot_count;
};

static size_t hash_text(struct str s)
{
    size_t h = 14695981039346656037u;

    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.data[i]) * 1099511628211u;
    return h;
}

static struct word *word_of(struct maker *m, struct str text, const char *written)
{
    size_t at = hash_text(text) & (m->slot_count - 1);
    struct word *w;

    for (; m->slots[at]; at = (at + 1) & (m->slot_count - 1)) {
        w = &m->c->words[m->slots[at] - 1];
        if (w->len == text.len && memcmp(w->text, text.data, text.len) == 0)
            return w;
    }
    w = &m->c->words[m->c->word_count++];
    m->slots[at] = m->c->word_count;
    *w = (struct word){ .text = text.data, .len = text.len, .written = arena_strdup(&m->c->arena, written) };
    return w;
}

static void add_use(struct maker *m, struct word *w, int category, int weight)
{
    for (unsigned i = 0; i < w->use_count; i++)
        if (w->uses[i].category == category)
            return; /* twice in a category: the first, stronger list counts */
    if (w->use_count == w->use_cap) {
        struct use *uses = arena_array(&m->c->arena, struct use, w->use_cap ? w->use_cap * 2 : 2);

        if (w->use_count)
            memcpy(uses, w->uses, w->use_count * sizeof(*uses));
        w->uses = uses;
        w->use_cap = w->use_cap ? w->use_cap * 2 : 2;
    }
    w->uses[w->use_count++] = (struct use){ category, weight };
}

static void add_words(struct maker *m, const struct words *list, int category, int weight)
{
    for (size_t i = 0; i < list->count; i++) {
        struct str text = normalise(&m->c->arena, list->items[i], strlen(list->items[i]));

        if (text.len > 0)
            add_use(m, word_of(m, text, list->items[i]), category, weight);
    }
}

static size_t words_in(const struct policy *p)
{
    size_t n = p->rules.major_words.count + p->rules.not_major_words.count;

    for (size_t i = 0; i < p->category_count; i++)
        n += p->categories[i].strong.count + p->categories[i].weak.count + p->categories[i].against.count;
    return n;
}

static void weigh(struct word *w)
{
    unsigned sharers = 0;

    for (unsigned i = 0; i < w->use_count; i++)
        sharers += w->uses[i].weight > 0;
    for (unsigned i = 0; i < w->use_count; i++)
        if (w->uses[i].weight == WEAK)
            w->uses[i].weight = classify_weak(sharers);
}

static void collect(struct classifier *c, const struct policy *p)
{
    struct maker m = { .c = c, .slot_count = 64 };
    size_t n = words_in(p);

    while (m.slot_count < n * 2)
        m.slot_count *= 2;
    m.slots = calloc(m.slot_count, sizeof(*m.slots));
    if (!m.slots)
        abort();
    c->words = arena_array(&c->arena, struct word, n + 1);
    for (size_t i = 0; i < p->category_count; i++) {
        add_words(&m, &p->categories[i].against, (int)i, CLASSIFY_AGAINST);
        add_words(&m, &p->categories[i].strong, (int)i, CLASSIFY_STRONG);
        add_words(&m, &p->categories[i].weak, (int)i, WEAK);
    }
    add_words(&m, &p->rules.major_words, USE_DANGER, 0);
    add_words(&m, &p->rules.not_major_words, USE_HARMLESS, 0);
    free(m.slots);
    for (size_t i = 0; i < c->word_count; i++) {
        weigh(&c->words[i]);
        c->words[i].first_use = (unsigned)c->use_total;
        c->use_total += c->words[i].use_count;
        if (c->words[i].len > c->longest)
            c->longest = c->words[i].len;
    }
}

static int compile(struct classifier *c)
{
    const char **texts = arena_array(&c->arena, const char *, c->word_count);
    size_t *lens = arena_array(&c->arena, size_t, c->word_count);
    unsigned *ids = arena_array(&c->arena, unsigned, c->word_count);
    unsigned *flags = arena_array(&c->arena, unsigned, c->word_count);
    hs_compile_error_t *why = NULL;
    int r = 0;

    for (size_t i = 0; i < c->word_count; i++) {
        texts[i] = c->words[i].text;
        lens[i] = c->words[i].len;
        ids[i] = (unsigned)i;
    }
    if (hs_compile_lit_multi(texts, flags, ids, lens, (unsigned)c->word_count, HS_MODE_BLOCK, NULL, &c->db, &why) !=
        HS_SUCCESS)
        r = err_set(ERR_FATAL, "keywords: %s", why ? why->message : "cannot be compiled");
    hs_free_compile_error(why);
    if (r == 0 && hs_alloc_scratch(c->db, &c->scratch) != HS_SUCCESS)
        r = err_set(ERR_FATAL, "keywords: no memory");
    return r;
}

int classifier_new(const struct policy *p, struct classifier **ret)
{
    struct classifier *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return err_set(ERR_FATAL, "keywords: no memory");
    arena_init(&c->arena, 0);
    c->category_count = p->category_count;
    collect(c, p);
    r = c->word_count > 0 ? compile(c) : 0;
    if (r < 0) {
        classifier_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void classifier_free(struct classifier *c)
{
    if (!c)
        return;
    hs_free_scratch(c->scratch);
    hs_free_database(c->db);
    arena_done(&c->arena);
    free(c);
}

void classifier_freep(struct classifier **c)
{
    classifier_free(*c);
}

/* ---- reading ---- */

static int by_end(const void *x, const void *y)
{
    const struct find *f = x, *g = y;

    if (f->to != g->to)
        return f->to < g->to ? -1 : 1;
    return (f->from > g->from) - (f->from < g->from);
}

static int on_find(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct classifier *c = context;

    (void)from;
    (void)flags;
    if (c->find_count == FINDS_MAX)
        return 1;
    c->finds[c->find_count++] = (struct find){ id, (unsigned)to - (unsigned)c->words[id].len, (unsigned)to };
    return 0;
}

static bool used_in(const struct word *w, int category)
{
    for (unsigned i = 0; i < w->use_count; i++)
        if (w->uses[i].category == category)
            return true;
    return false;
}

/* Whether another find of this category covers find i. Covering ones end there or later, but not later than the longest
 * word reaches; those that end at the same place may stand before it. */
static bool covered(const struct classifier *c, size_t i, int category)
{
    const struct find *f = &c->finds[i];
    size_t k = i;

    while (k > 0 && c->finds[k - 1].to == f->to)
        k--;
    for (; k < c->find_count && c->finds[k].to <= f->to + c->longest; k++) {
        const struct find *g = &c->finds[k];

        if (g->from <= f->from && g->to >= f->to && g->to - g->from > f->to - f->from &&
            used_in(&c->words[g->word], category))
            return true;
    }
    return false;
}

/* Whether the find touches a harmless phrase: "replaced by a space" takes away all words that share a character. */
static bool harmless(const struct classifier *c, size_t i)
{
    const struct find *f = &c->finds[i];
    size_t k = i;

    while (k > 0 && c->finds[k - 1].to > f->from)
        k--;
    for (; k < c->find_count && c->finds[k].to < f->to + c->longest; k++)
        if (c->finds[k].from < f->to && c->finds[k].to > f->from && used_in(&c->words[c->finds[k].word], USE_HARMLESS))
            return true;
    return false;
}

static void count_uses(const struct classifier *c, size_t i, struct reading *ret, bool *counted)
{
    const struct word *w = &c->words[c->finds[i].word];

    for (unsigned u = 0; u < w->use_count; u++) {
        const struct use *use = &w->uses[u];

        if (use->category == USE_HARMLESS || counted[w->first_use + u])
            continue;
        if (use->category == USE_DANGER) {
            if (!ret->danger && !harmless(c, i))
                ret->danger = w->written;
            continue;
        }
        if (covered(c, i, use->category))
            continue;
        counted[w->first_use + u] = true;
        ret->scores[use->category] += use->weight;
    }
}

void classifier_read(struct classifier *c, struct arena *a, const struct str *texts, size_t count, struct reading *ret)
{
    bool *counted = arena_array(a, bool, c->use_total + 1);
    struct reading reading = { .scores = arena_array(a, int, c->category_count + 1), .count = c->category_count };

    for (size_t t = 0; t < count && c->db; t++) {
        c->find_count = 0;
        if (texts[t].len == 0)
            continue;
        hs_scan(c->db, texts[t].data, (unsigned)texts[t].len, 0, c->scratch, on_find, c);
        qsort(c->finds, c->find_count, sizeof(c->finds[0]), by_end); /* Vectorscan promises no order */
        for (size_t i = 0; i < c->find_count; i++)
            count_uses(c, i, &reading, counted);
    }
    *ret = reading;
}

/* ---- deciding ---- */

int classify_weak(unsigned categories)
{
    return (int)lround(2.0 * CLASSIFY_POINT / (1 + log2(categories)));
}

int classify_confidence(int score, int second_score)
{
    if (score <= 0)
        return 0;
    return (int)lround(100.0 * score / (score + (second_score > 0 ? second_score : 0) + CLASSIFY_DOUBT));
}

static bool descends(const struct policy *p, const struct category *c, const char *ancestor)
{
    while (c && *c->parent) {
        if (strcmp(c->parent, ancestor) == 0)
            return true;
        c = policy_category(p, c->parent);
    }
    return false;
}

struct verdict classify(const struct policy *p, const struct reading *r, const char *parent)
{
    struct verdict v = { 0 };

    for (size_t i = 0; i < r->count; i++) {
        const struct category *c = &p->categories[i];

        if (r->scores[i] <= 0 || (parent && !descends(p, c, parent)))
            continue;
        if (r->scores[i] > v.score) {
            v.second = v.best;
            v.second_score = v.score;
            v.best = c;
            v.score = r->scores[i];
        } else if (r->scores[i] > v.second_score) {
            v.second = c;
            v.second_score = r->scores[i];
        }
    }
    v.confidence = classify_confidence(v.score, v.second_score);
    return v;
}
