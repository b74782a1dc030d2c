#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/config/yaml.h"
#include "common/event/topic.h"
#include "services/ctl/topics.h"

static struct arena arena;

static void start(void)
{
    arena_init(&arena, 0);
}

static void stop(void)
{
    arena_done(&arena);
}

TestSuite(topics, .init = start, .fini = stop);

static const struct kafka_topic *find(const struct topics_file *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->topics[i].name, name) == 0)
            return &f->topics[i];
    return NULL;
}

static const char *setting(const struct kafka_topic *t, const char *name)
{
    for (size_t i = 0; i < t->setting_count; i++)
        if (strcmp(t->settings[i].name, name) == 0)
            return t->settings[i].value;
    return "";
}

Test(topics, file_and_code_name_the_same_topics)
{
    struct topics_file f;
    size_t known = 0;

    cr_assert_eq(topics_file_read(&arena, NULL, 0, &f), 0, "%s", err_text());
    for (const struct topic *t = topics; t->name; t++, known++) {
        const struct kafka_topic *k = find(&f, t->name);
        int64_t bytes;

        cr_assert(k, "%s is not in deploy/topics.yaml", t->name);
        cr_assert(parse_int64(setting(k, "max.message.bytes"), 1, INT64_MAX, &bytes), "%s", t->name);
        cr_assert_gt(bytes, (int64_t)t->max_record_bytes, "%s", t->name);
        cr_assert_str_eq(setting(k, "cleanup.policy"), "delete", "%s", t->name);
    }
    cr_assert_eq(f.count, known);
}

Test(topics, messages_and_encodings_are_those_of_the_code)
{
    const struct yaml_node *root;
    struct yaml_reader r;

    cr_assert_eq(yaml_load_file(&arena, "deploy/topics.yaml", &root), 0, "%s", err_text());
    yaml_reader_init(&r, &arena);
    YAML_EACH (item, yaml_get(root, "topics")) {
        const struct topic *t = topic_find(yaml_text(yaml_get(item, "name")));

        cr_assert(t);
        cr_assert_str_eq(yaml_text(yaml_get(item, "message")), t->message->name);
        cr_assert_eq(yaml_count(yaml_get(item, "content")), t->json_allowed ? 2 : 1, "%s", t->name);
    }
}

static int read_text(const char *text, struct topics_file *ret)
{
    char path[] = "/tmp/topics_test.XXXXXX";
    int fd = mkstemp(path), r;

    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    r = topics_file_read(&arena, path, 3, ret);
    unlink(path);
    return r;
}

#define HEAD "description: d, message: m, key: k, content: [protobuf], written_by: [a], read_by: [b]"

Test(topics, all_problems_of_a_file_at_once)
{
    struct topics_file f;

    cr_assert_eq(read_text("topics:\n"
                           "  - {name: a.v1, partitions: 0, settings: {Retention: 1}, " HEAD "}\n"
                           "  - {name: a.v1, settings: {retention.ms: 1}, " HEAD ", partitons: 4}\n"
                           "  - {name: A b, partitions: 4, settings: {retention.ms: 1}, " HEAD "}\n",
                           &f),
                 ERR_FATAL);
    cr_assert(strstr(err_text(), ":2:"), "%s", err_text());
    cr_assert(strstr(err_text(), "topics[1].partitions: found \"0\""), "%s", err_text());
    cr_assert(strstr(err_text(), "\"Retention\""), "%s", err_text());
    cr_assert(strstr(err_text(), "topics[2].name: found the same as in line 2"), "%s", err_text());
    cr_assert(strstr(err_text(), "did you mean \"partitions\"?"), "%s", err_text());
    cr_assert(strstr(err_text(), "topics[3].name: found \"A b\""), "%s", err_text());
}

Test(topics, replication_of_the_command_line_wins)
{
    struct topics_file f;

    cr_assert_eq(read_text("replication: 2\ntopics:\n"
                           "  - {name: a.v1, partitions: 2, settings: {retention.ms: 1}, " HEAD "}\n",
                           &f),
                 0, "%s", err_text());
    cr_assert_eq(f.topics[0].replication, 3);
    cr_assert_eq(f.topics[0].partitions, 2);
}

static const struct kafka_setting wanted_settings[] = { { "cleanup.policy", "delete" }, { "retention.ms", "1000" } };
static const struct kafka_topic wanted = { "a.v1", 4, 1, wanted_settings, 2 };

static size_t compare(const struct kafka_topic *found, const struct topic_difference **ret)
{
    return topic_compare(&arena, &wanted, found, ret);
}

Test(topics, a_missing_topic_is_one_difference)
{
    const struct topic_difference *d;

    cr_assert_eq(compare(NULL, &d), 1);
    cr_assert_eq(d[0].kind, TOPIC_MISSING);
}

Test(topics, only_what_the_file_names_is_compared)
{
    const struct kafka_setting there[] = { { "cleanup.policy", "delete" },
                                           { "retention.ms", "1000" },
                                           { "min.insync.replicas", "1" },
                                           { "segment.ms", "5" } };
    const struct kafka_topic found = { "a.v1", 4, 1, there, 4 };
    const struct topic_difference *d;

    cr_assert_eq(compare(&found, &d), 0);
}

Test(topics, differences_name_both_values)
{
    const struct kafka_setting there[] = { { "cleanup.policy", "compact" },
                                           { "retention.ms", "1000" },
                                           { "min.insync.replicas", "2" } };
    const struct kafka_topic found = { "a.v1", 3, 3, there, 3 };
    const struct topic_difference *d;

    cr_assert_eq(compare(&found, &d), 2);
    cr_assert_eq(d[0].kind, TOPIC_PARTITIONS);
    cr_assert_str_eq(d[0].found, "3");
    cr_assert_str_eq(d[0].wanted, "4");
    cr_assert_eq(d[1].kind, TOPIC_SETTING);
    cr_assert_str_eq(d[1].setting, "cleanup.policy");
    cr_assert_str_eq(d[1].found, "compact");
}

/* Three copies of which two must have a record; more copies than asked for are nobody's problem. */
Test(topics, min_insync_replicas_follow_the_copies)
{
    const struct kafka_setting *s;
    size_t count;
    const int cases[][2] = { { 1, 1 }, { 2, 1 }, { 3, 2 }, { 5, 4 } };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[8];

        snprintf(text, sizeof text, "%d", cases[i][1]);
        topic_settings(&arena, &wanted, cases[i][0], &s, &count);
        cr_assert_eq(count, 3);
        cr_assert_str_eq(s[2].value, text);
    }
}

Test(topics, too_few_copies_are_a_conflict)
{
    const struct kafka_setting there[] = { { "cleanup.policy", "delete" },
                                           { "retention.ms", "1000" },
                                           { "min.insync.replicas", "1" } };
    const struct kafka_topic found = { "a.v1", 4, 1, there, 3 };
    struct kafka_topic three = wanted;
    const struct topic_difference *d;

    three.replication = 3;
    cr_assert_eq(topic_compare(&arena, &three, &found, &d), 1);
    cr_assert_eq(d[0].kind, TOPIC_REPLICATION);
}
