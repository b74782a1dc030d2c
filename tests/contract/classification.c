/* Prints how well a policy classifies judged texts: shares and confusions, as Markdown or JSON.
 *
 *     classification [--json] [--wrong] CATEGORIES RULES TEXTS
 *
 * --wrong lists the texts' lines that went wrong; never use it on held-out texts, or they are held out no longer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "tests/support/classification.h"

struct confusion {
    const char *category, *found;
    size_t count;
};

static const char *shown(const char *code)
{
    return *code ? code : "(by hand)";
}

static double percent(size_t part, size_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static int most_first(const void *x, const void *y)
{
    const struct confusion *a = x, *b = y;

    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->category, b->category);
}

static struct confusion *confusions(struct arena *a, const struct evaluation *e, size_t *ret_count)
{
    struct confusion *list = arena_array(a, struct confusion, e->count + 1);
    size_t n = 0;

    for (size_t i = 0; i < e->count; i++) {
        const struct judged *j = &e->items[i];
        size_t k = 0;

        if (strcmp(j->category, j->found) == 0)
            continue;
        while (k < n && (strcmp(list[k].category, j->category) != 0 || strcmp(list[k].found, j->found) != 0))
            k++;
        if (k == n)
            list[n++] = (struct confusion){ j->category, j->found, 0 };
        list[k].count++;
    }
    qsort(list, n, sizeof(*list), most_first);
    *ret_count = n;
    return list;
}

static void print_json(const struct evaluation *e, const struct confusion *list, size_t n)
{
    printf("{\"texts\":%zu,\"classified\":%zu,\"right_classified\":%zu,\"right\":%zu,\"severity_right\":%zu,"
           "\"major\":%zu,\"major_found\":%zu,\"major_false\":%zu,\"confusions\":[",
           e->count, e->classified, e->right_classified, e->right, e->severity_right, e->major, e->major_found,
           e->major_false);
    for (size_t i = 0; i < n; i++)
        printf("%s{\"category\":\"%s\",\"found\":\"%s\",\"count\":%zu}", i ? "," : "", list[i].category, list[i].found,
               list[i].count);
    printf("]}\n");
}

static void print_text(const struct evaluation *e, const struct confusion *list, size_t n)
{
    printf("| figure | texts | share |\n| --- | --- | --- |\n");
    printf("| judged | %zu | |\n", e->count);
    printf("| classified by keywords | %zu | %.1f %% |\n", e->classified, percent(e->classified, e->count));
    printf("| ... of these right | %zu | %.1f %% |\n", e->right_classified,
           percent(e->right_classified, e->classified));
    printf("| right of all (by hand where only a person can) | %zu | %.1f %% |\n", e->right,
           percent(e->right, e->count));
    printf("| severity right | %zu | %.1f %% |\n", e->severity_right, percent(e->severity_right, e->count));
    printf("| major ones found | %zu of %zu | %.1f %% |\n", e->major_found, e->major,
           percent(e->major_found, e->major));
    printf("| general ones taken for major | %zu | %.1f %% |\n\n", e->major_false,
           percent(e->major_false, e->count - e->major));
    printf("| judged as | found | texts |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < n; i++)
        printf("| %s | %s | %zu |\n", shown(list[i].category), shown(list[i].found), list[i].count);
}

static void print_wrong(const struct evaluation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct judged *j = &e->items[i];

        if (strcmp(j->category, j->found) != 0 || j->major != j->found_major)
            printf("line %u: %s%s, found %s%s (%d %%)\n", j->line, shown(j->category), j->major ? " major" : "",
                   shown(j->found), j->found_major ? " major" : "", j->confidence);
    }
}

int main(int argc, char **argv)
{
    bool json = false, wrong = false;
    struct evaluation e;
    struct confusion *list;
    struct arena arena;
    size_t n;
    int at = 1;

    for (; at < argc && strncmp(argv[at], "--", 2) == 0; at++) {
        json = json || strcmp(argv[at], "--json") == 0;
        wrong = wrong || strcmp(argv[at], "--wrong") == 0;
    }
    if (argc - at != 3) {
        fprintf(stderr, "usage: %s [--json] [--wrong] CATEGORIES RULES TEXTS\n", argv[0]);
        return 2;
    }
    arena_init(&arena, 0);
    if (classification_evaluate(&arena, argv[at], argv[at + 1], argv[at + 2], &e) < 0) {
        fprintf(stderr, "%s\n", err_text());
        return 1;
    }
    list = confusions(&arena, &e, &n);
    if (json)
        print_json(&e, list, n);
    else
        print_text(&e, list, n);
    if (wrong)
        print_wrong(&e);
    arena_done(&arena);
    return 0;
}
