/* Topics: one file says how they shall be; see deploy/topics.yaml. */
#include <stdio.h>

#include "common/base/error.h"
#include "ctl.h"
#include "topics.h"

#define TIMEOUT_MS 10000

/* One difference, or one topic that is as it shall be (difference NULL; kept for nobody). */
struct step {
    const struct kafka_topic *wanted;
    int found_replication;
    const struct topic_difference *differences;
    size_t count;
};

struct plan {
    struct topics_file file;
    struct kafka_admin *admin;
    struct step *steps; /* one for each topic of the file */
    size_t differences, conflicts;
};

static int look(struct ctl *c, struct plan *p, size_t at)
{
    struct step *s = &p->steps[at];
    struct kafka_topic found;
    int r = kafka_admin_describe(p->admin, c->arena, p->file.topics[at].name, &found);

    if (r < 0)
        return r;
    s->wanted = &p->file.topics[at];
    s->found_replication = r == 1 ? s->wanted->replication : found.replication;
    s->count = topic_compare(c->arena, s->wanted, r == 1 ? NULL : &found, &s->differences);
    p->differences += s->count;
    for (size_t i = 0; i < s->count; i++)
        p->conflicts += s->differences[i].kind == TOPIC_PARTITIONS || s->differences[i].kind == TOPIC_REPLICATION;
    return 0;
}

/* Reads file and cluster; CTL_OK or the exit status after saying why. */
static int plan_make(struct ctl *c, struct plan *p)
{
    struct kafka_options o = ctl_kafka(c);
    int64_t replication;
    int r;

    *p = (struct plan){ 0 };
    if (!ctl_option_int(c, "replication", 1, 15, 0, &replication))
        return CTL_USAGE;
    r = topics_file_read(c->arena, ctl_option(c, "file"), (int)replication, &p->file);
    if (r == 0)
        r = kafka_admin_new(&o, TIMEOUT_MS, &p->admin);
    p->steps = arena_array(c->arena, struct step, p->file.count + 1);
    for (size_t i = 0; i < p->file.count && r == 0; i++)
        r = look(c, p, i);
    return r < 0 ? ctl_fail_err(r) : CTL_OK;
}

static const char *action_of(const struct topic_difference *d)
{
    switch (d->kind) {
    case TOPIC_MISSING:
        return "create";
    case TOPIC_SETTING:
        return "alter";
    case TOPIC_PARTITIONS:
    case TOPIC_REPLICATION:
        break;
    }
    return "conflict";
}

static const char *topic_name(struct ctl *c, const char *name)
{
    return arena_printf(c->arena, "%s%s", c->config->kafka.topic_prefix, name);
}

static void add_row(struct ctl *c, struct ctl_rows *rows, const struct topic_difference *d)
{
    ctl_add_text(rows, topic_name(c, d->topic));
    ctl_add_text(rows, action_of(d));
    ctl_add_text(rows, d->setting);
    ctl_add_text(rows, d->found);
    ctl_add_text(rows, d->wanted);
}

static void print_plan(struct ctl *c, const struct plan *p)
{
    static const struct ctl_column columns[] = {
        { "topic", "topic", CTL_TEXT },   { "action", "action", CTL_TEXT },   { "setting", "setting", CTL_TEXT },
        { "found", "found", CTL_NUMBER }, { "wanted", "wanted", CTL_NUMBER },
    };
    struct ctl_rows *rows;

    if (p->differences == 0 && c->output == CTL_TABLE) {
        printf("%zu topics are as they shall be\n", p->file.count);
        return;
    }
    rows = ctl_rows_new(c, columns, 5);
    for (size_t t = 0; t < p->file.count; t++)
        for (size_t i = 0; i < p->steps[t].count; i++)
            add_row(c, rows, &p->steps[t].differences[i]);
    ctl_rows_end(rows);
}

static int say_conflicts(const struct plan *p)
{
    for (size_t t = 0; t < p->file.count; t++)
        for (size_t i = 0; i < p->steps[t].count; i++) {
            const struct topic_difference *d = &p->steps[t].differences[i];

            if (d->kind == TOPIC_PARTITIONS)
                ctl_fail(CTL_CONFLICT,
                         "%s: partitions are %s and shall be %s: keys would move to other partitions and lose their "
                         "order; say %s in the file, or make a new topic",
                         d->topic, d->found, d->wanted, d->found);
            else if (d->kind == TOPIC_REPLICATION)
                ctl_fail(CTL_CONFLICT,
                         "%s: copies are %s and shall be %s: Kafka's kafka-reassign-partitions adds copies", d->topic,
                         d->found, d->wanted);
        }
    return CTL_CONFLICT;
}

/* ---- apply ---- */

static int create(struct ctl *c, const struct plan *p, const struct step *s)
{
    struct kafka_topic topic = *s->wanted;

    topic_settings(c->arena, s->wanted, topic.replication, &topic.settings, &topic.setting_count);
    return kafka_admin_create(p->admin, &topic);
}

static int alter(struct ctl *c, const struct plan *p, const struct step *s)
{
    struct kafka_setting *settings = arena_array(c->arena, struct kafka_setting, s->count);

    for (size_t i = 0; i < s->count; i++)
        settings[i] = (struct kafka_setting){ s->differences[i].setting, s->differences[i].wanted };
    return kafka_admin_alter(p->admin, c->arena, s->wanted->name, settings, s->count);
}

static int carry_out(struct ctl *c, const struct plan *p)
{
    int r = 0;

    for (size_t i = 0; i < p->file.count && r >= 0; i++) {
        const struct step *s = &p->steps[i];

        if (s->count)
            r = s->differences[0].kind == TOPIC_MISSING ? create(c, p, s) : alter(c, p, s);
    }
    return r < 0 ? ctl_fail_err(r) : CTL_OK;
}

static int apply(struct ctl *c, struct plan *p)
{
    int status;

    if (p->conflicts)
        return say_conflicts(p); /* nothing is changed then */
    status = carry_out(c, p);
    if (status == CTL_OK)
        print_plan(c, p);
    return status;
}

static int check(struct ctl *c, struct plan *p)
{
    print_plan(c, p);
    return p->differences ? CTL_FAILURE : CTL_OK;
}

static int show_plan(struct ctl *c, struct plan *p)
{
    print_plan(c, p);
    return p->conflicts ? say_conflicts(p) : CTL_OK;
}

static int run(struct ctl *c, int (*what)(struct ctl *c, struct plan *p))
{
    struct plan plan;
    int status = plan_make(c, &plan);

    if (status == CTL_OK)
        status = what(c, &plan);
    kafka_admin_free(plan.admin);
    return status;
}

static int cmd_topics_apply(struct ctl *c)
{
    return run(c, apply);
}

static int cmd_topics_check(struct ctl *c)
{
    return run(c, check);
}

static int cmd_topics_plan(struct ctl *c)
{
    return run(c, show_plan);
}

#define TOPICS_OPTIONS                                                                                                 \
    {                                                                                                                  \
        { "file", "FILE", "instead of the built-in deploy/topics.yaml" },                                              \
        {                                                                                                              \
            "replication", "N", "copies of a topic that is yet to be made, instead of the file's (production: 3)"      \
        }                                                                                                              \
    }

const struct ctl_command topics_commands[] = {
    {
        .name = "topics apply",
        .arguments = "",
        .summary = "make the topics and their settings as the file says",
        .details =
            "Makes what is missing, changes settings that differ, and says what it did; settings that the file does\n"
            "not name stay as they are. Doing it again changes nothing. The number of partitions of a topic is\n"
            "never changed, because the order per key would break: then nothing at all is done, status 4.\n\n"
            "Examples:\n"
            "  redressctl topics apply\n"
            "  redressctl topics apply --replication 3",
        .options = TOPICS_OPTIONS,
        .run = cmd_topics_apply,
    },
    {
        .name = "topics check",
        .arguments = "",
        .summary = "see whether the topics are as the file says",
        .details = "Lists the differences; ends with 1 if there are any.",
        .options = TOPICS_OPTIONS,
        .run = cmd_topics_check,
    },
    {
        .name = "topics plan",
        .arguments = "",
        .summary = "say what topics apply would do",
        .details = "Ends with 4 if apply would refuse.",
        .options = TOPICS_OPTIONS,
        .run = cmd_topics_plan,
    },
    { 0 },
};
