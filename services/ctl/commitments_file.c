#include "commitments_file.h"

#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/config/yaml.h"

#define CALENDARS_MAX 100
#define POLICIES_MAX  1000
#define PATH_CHARS    400

struct reader {
    struct yaml_reader yaml;
    struct arena *arena;
    struct strbuf problems; /* of the other files */
    const char *folder;
    struct commitments_file *file;
};

static void tell(struct reader *r)
{
    strbuf_printf(&r->problems, "%s%s", r->problems.len ? "\n" : "", err_text());
}

static const char *beside(struct reader *r, const char *path)
{
    return !path || *path == '/' ? path : arena_printf(r->arena, "%s/%s", r->folder, path);
}

static void read_calendar(struct reader *r, const struct yaml_node *value)
{
    struct commitments_calendar *c = &r->file->calendars[r->file->calendar_count];

    c->name = yaml_key(value);
    c->path = beside(r, yaml_as_string(&r->yaml, value, 1, PATH_CHARS));
    if (!c->path)
        return;
    if (calendar_load_file(r->arena, c->path, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR, &c->calendar) < 0)
        tell(r);
    r->file->calendar_count++; /* known by its name, even if something is wrong in it */
}

static void read_calendars(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, "calendars", YAML_REQUIRED);

    if (yaml_count(map) > CALENDARS_MAX) {
        yaml_problem(&r->yaml, map, "found %zu; allowed are at most %d", yaml_count(map), CALENDARS_MAX);
        return;
    }
    r->file->calendars = arena_array(r->arena, struct commitments_calendar, yaml_count(map) + 1);
    YAML_EACH (value, map)
        read_calendar(r, value);
}

static void read_policies(struct reader *r, const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_list(&r->yaml, root, "policies", YAML_REQUIRED);
    struct sla_book *b = &r->file->book;

    if (list && (yaml_count(list) == 0 || yaml_count(list) > POLICIES_MAX)) {
        yaml_problem(&r->yaml, list, "found %zu; allowed are 1 to %d", yaml_count(list), POLICIES_MAX);
        return;
    }
    b->policies = arena_array(r->arena, struct sla_policy, yaml_count(list) + 1);
    YAML_EACH (item, list) {
        const char *path = beside(r, yaml_as_string(&r->yaml, item, 1, PATH_CHARS));

        if (path && sla_policy_load_file(r->arena, path, &r->file->names, &b->policies[b->count]) < 0)
            tell(r);
        else if (path)
            b->count++;
    }
    if (sla_book_sort(r->arena, b) < 0)
        tell(r);
}

/* What policies may name. */
static void collect_names(struct reader *r)
{
    const struct commitments_file *f = r->file;
    const char **calendars = arena_array(r->arena, const char *, f->calendar_count + 1);
    const char **projects = arena_array(r->arena, const char *, f->tenant.project_count + 1);
    const char **categories = arena_array(r->arena, const char *, f->tenant.policy.category_count + 1);

    for (size_t i = 0; i < f->calendar_count; i++)
        calendars[i] = f->calendars[i].name;
    for (size_t i = 0; i < f->tenant.project_count; i++)
        projects[i] = f->tenant.projects[i].code;
    for (size_t i = 0; i < f->tenant.policy.category_count; i++)
        categories[i] = f->tenant.policy.categories[i].code;
    r->file->names = (struct sla_names){ calendars, projects, categories };
}

static int result(struct reader *r)
{
    int e = yaml_reader_result(&r->yaml);

    if (r->problems.len == 0)
        return e;
    if (e < 0)
        tell(r);
    return err_set(ERR_FATAL, "%s", r->problems.data);
}

int commitments_file_read(struct arena *a, const char *folder, struct commitments_file *ret)
{
    struct commitments_file file = { .path = arena_printf(a, "%s/commitments.yaml", folder) };
    struct reader r = { .arena = a, .folder = folder, .file = &file };
    const struct yaml_node *root;
    int e = tenant_file_read(a, folder, &file.tenant);

    if (e < 0)
        return e;
    e = yaml_load_file(a, file.path, &root);
    if (e < 0)
        return e;
    yaml_reader_init(&r.yaml, a);
    strbuf_init(&r.problems, a);
    file.book.tenant = file.tenant.id;
    root = yaml_as_map(&r.yaml, root);
    yaml_expect_keys(&r.yaml, root, "calendars", "policies", NULL);
    read_calendars(&r, root);
    collect_names(&r);
    if (root)
        read_policies(&r, root);
    e = result(&r);
    if (e == 0)
        *ret = file;
    return e;
}
