#include "topics.h"

#include <string.h>

#include "common/base/error.h"
#include "common/config/yaml.h"

#define PARTITIONS_MAX  10000
#define REPLICATION_MAX 15

extern const char topics_yaml[]; /* deploy/topics.yaml, embedded by the build */

/* ---- the file ---- */

static bool made_of(const char *text, const char *allowed)
{
    return text[strspn(text, allowed)] == '\0';
}

#define SMALL "abcdefghijklmnopqrstuvwxyz"

static void read_texts(struct yaml_reader *r, const struct yaml_node *map, const char *key)
{
    YAML_EACH (item, yaml_list(r, map, key, YAML_REQUIRED))
        (void)yaml_as_string(r, item, 1, 100);
}

static void read_settings(struct yaml_reader *r, const struct yaml_node *map, struct kafka_topic *t)
{
    const struct yaml_node *settings = yaml_map(r, map, "settings", YAML_REQUIRED);
    struct kafka_setting *out = arena_array(r->arena, struct kafka_setting, yaml_count(settings) + 1);

    t->settings = out;
    YAML_EACH (item, settings) {
        const char *value = yaml_as_string(r, item, 1, 200);

        if (!made_of(yaml_key(item), SMALL "."))
            yaml_problem(r, yaml_key_node(item), "found %s; allowed is the name of a topic's setting as Kafka has it",
                         yaml_quote(r->arena, yaml_key(item)));
        out[t->setting_count++] = (struct kafka_setting){ yaml_key(item), value };
    }
}

/* What only people and documents need is checked too. */
static void read_topic(struct yaml_reader *r, const struct yaml_node *item, struct kafka_topic *t)
{
    const struct yaml_node *map = yaml_as_map(r, item);

    yaml_expect_keys(r, map, "name", "description", "message", "content", "key", "written_by", "read_by", "partitions",
                     "settings", NULL);
    t->name = yaml_string(r, map, "name", YAML_REQUIRED, 1, 200);
    if (t->name && !made_of(t->name, SMALL "0123456789.-"))
        yaml_problem(r, yaml_get(map, "name"), "found %s; allowed are small letters, digits, '.' and '-'",
                     yaml_quote(r->arena, t->name));
    (void)yaml_string(r, map, "description", YAML_REQUIRED, 1, 500);
    (void)yaml_string(r, map, "message", YAML_REQUIRED, 1, 100);
    (void)yaml_string(r, map, "key", YAML_REQUIRED, 1, 200);
    read_texts(r, map, "content");
    read_texts(r, map, "written_by");
    read_texts(r, map, "read_by");
    t->partitions = (int32_t)yaml_int_required(r, map, "partitions", 1, PARTITIONS_MAX);
    read_settings(r, map, t);
}

int topics_file_read(struct arena *a, const char *path, int replication, struct topics_file *ret)
{
    struct topics_file file = { 0 };
    const struct yaml_node *root, *list;
    struct yaml_reader r;
    int e;

    e = path ? yaml_load_file(a, path, &root)
             : yaml_load_text(a, "deploy/topics.yaml (built in)", topics_yaml, strlen(topics_yaml), &root);
    if (e < 0)
        return e;
    yaml_reader_init(&r, a);
    root = yaml_as_map(&r, root);
    yaml_expect_keys(&r, root, "replication", "topics", NULL);
    if (replication == 0)
        replication = (int)yaml_int(&r, root, "replication", 1, REPLICATION_MAX, 1);
    list = yaml_list(&r, root, "topics", YAML_REQUIRED);
    yaml_expect_unique(&r, list, "name");
    if (yaml_count(list) > TOPICS_MAX)
        yaml_problem(&r, list, "found %zu topics; at most %d are allowed", yaml_count(list), TOPICS_MAX);
    file.topics = arena_array(a, struct kafka_topic, yaml_count(list) + 1);
    YAML_EACH (item, list) {
        file.topics[file.count].replication = replication;
        read_topic(&r, item, &file.topics[file.count++]);
    }
    *ret = file;
    return yaml_reader_result(&r);
}

/* ---- the comparison ---- */

static const char *setting_of(const struct kafka_setting *settings, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(settings[i].name, name) == 0)
            return settings[i].value;
    return NULL;
}

void topic_settings(struct arena *a, const struct kafka_topic *wanted, int replication,
                    const struct kafka_setting **ret, size_t *ret_count)
{
    struct kafka_setting *all = arena_array(a, struct kafka_setting, wanted->setting_count + 1);
    size_t count = wanted->setting_count;

    if (count)
        memcpy(all, wanted->settings, count * sizeof *all);
    if (!setting_of(all, count, "min.insync.replicas"))
        all[count++] = (struct kafka_setting){ "min.insync.replicas",
                                               arena_printf(a, "%d", replication > 2 ? replication - 1 : 1) };
    *ret = all;
    *ret_count = count;
}

static const char *number(struct arena *a, int n)
{
    return arena_printf(a, "%d", n);
}

size_t topic_compare(struct arena *a, const struct kafka_topic *wanted, const struct kafka_topic *found,
                     const struct topic_difference **ret)
{
    struct topic_difference *out = arena_array(a, struct topic_difference, wanted->setting_count + 3);
    const struct kafka_setting *settings;
    size_t count, n = 0;

    *ret = out;
    if (!found) {
        out[0] = (struct topic_difference){ wanted->name, TOPIC_MISSING, NULL, NULL, NULL };
        return 1;
    }
    if (found->partitions != wanted->partitions)
        out[n++] = (struct topic_difference){ wanted->name, TOPIC_PARTITIONS, "partitions",
                                              number(a, found->partitions), number(a, wanted->partitions) };
    if (found->replication < wanted->replication)
        out[n++] = (struct topic_difference){ wanted->name, TOPIC_REPLICATION, "replication",
                                              number(a, found->replication), number(a, wanted->replication) };
    topic_settings(a, wanted, found->replication, &settings, &count);
    for (size_t i = 0; i < count; i++) {
        const char *value = setting_of(found->settings, found->setting_count, settings[i].name);

        if (!value || strcmp(value, settings[i].value) != 0)
            out[n++] =
                (struct topic_difference){ wanted->name, TOPIC_SETTING, settings[i].name, value, settings[i].value };
    }
    return n;
}
