#include "classification.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/error.h"
#include "services/dispatch/normalise.h"
#include "services/dispatch/policy_file.h"
#include "services/dispatch/severity.h"

#define ITEMS_MAX 10000

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static bool is_judged(const json_t *line)
{
    const json_t *expect = json_object_get(line, "expect");

    return !expect || strcmp(text_of(expect, "result"), "ACCEPTED") == 0;
}

static void judge(struct arena *a, const struct policy *p, struct classifier *c, const json_t *line, struct judged *ret)
{
    const json_t *submission = json_object_get(line, "submission"), *expect = json_object_get(line, "expect");
    const char *texts[] = { text_of(submission, "description"), text_of(submission, "goodsOrService"),
                            text_of(submission, "demand"), text_of(line, "text") };
    struct str normal[4];
    struct reading reading;
    struct verdict v;

    for (size_t i = 0; i < 4; i++)
        normal[i] = normalise(a, texts[i], strlen(texts[i]));
    classifier_read(c, a, normal, 4, &reading);
    v = classify(p, &reading, NULL);
    if (!expect)
        expect = line;
    ret->category = arena_strdup(a, text_of(expect, "category"));
    ret->major = strcmp(text_of(expect, "severity"), "major") == 0;
    ret->found = v.best && v.confidence >= p->rules.by_hand_below ? v.best->code : "";
    ret->confidence = v.confidence;
    ret->found_major = severity_decide(&p->rules, ret->found, &reading).major;
}

static void sum_up(struct evaluation *e)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct judged *j = &e->items[i];
        bool same = strcmp(j->found, j->category) == 0;

        e->classified += *j->found != '\0';
        e->right_classified += *j->found && same;
        e->right += same;
        e->severity_right += j->major == j->found_major;
        e->major += j->major;
        e->major_found += j->major && j->found_major;
        e->major_false += !j->major && j->found_major;
    }
}

static int read_lines(struct arena *a, FILE *f, const struct policy *p, struct classifier *c, struct evaluation *e)
{
    char *line = NULL;
    size_t cap = 0;
    unsigned number = 0;
    int r = 0;

    while (r == 0 && e->count < ITEMS_MAX && getline(&line, &cap, f) > 0) {
        json_t *json = json_loads(line, 0, NULL);

        number++;
        if (!json)
            r = err_set(ERR_FATAL, "line %u is not JSON", number);
        else if (is_judged(json)) {
            e->items[e->count].line = number;
            judge(a, p, c, json, &e->items[e->count++]);
        }
        json_decref(json);
    }
    free(line);
    return r;
}

int classification_evaluate(struct arena *a, const char *categories_path, const char *rules_path,
                            const char *texts_path, struct evaluation *ret)
{
    struct policy *p = arena_new(a, struct policy);
    struct handling_rules handling;
    _cleanup_(classifier_freep) struct classifier *c = NULL;
    struct evaluation e = { 0 };
    FILE *f;
    int r;

    r = policy_file_load(a, categories_path, rules_path, p, &handling);
    if (r == 0)
        r = classifier_new(p, &c);
    if (r < 0)
        return r;
    f = fopen(texts_path, "r");
    if (!f)
        return err_set(ERR_FATAL, "%s: %m", texts_path);
    e.items = arena_array(a, struct judged, ITEMS_MAX);
    r = read_lines(a, f, p, c, &e);
    fclose(f);
    if (r < 0)
        return err_prefix(r, "%s", texts_path);
    sum_up(&e);
    *ret = e;
    return 0;
}
