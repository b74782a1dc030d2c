#include "tenant_file.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/str.h"
#include "common/config/yaml.h"
#include "common/contact/email.h"
#include "common/event/reference.h"
#include "price_file.h"
#include "services/dispatch/policy_file.h"
#include "services/intake/number.h"
#include "services/intake/tenant.h"

#define CODE_MAX   32
#define NAME_CHARS 100

struct reader {
    struct yaml_reader yaml;
    struct arena *arena;
    struct tenant_file *file;
    const struct yaml_node *tenant, *staff; /* roots, as maps */
    struct strbuf unread;                   /* what is wrong with files that could not be read at all */
};

/* ---- small checks ---- */

static bool code_is_sane(const char *code)
{
    if (!isascii((unsigned char)code[0]) || !isalnum((unsigned char)code[0]))
        return false;
    return code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0';
}

static const char *read_code(struct reader *r, const struct yaml_node *map, const char *key)
{
    const char *code = yaml_string(&r->yaml, map, key, YAML_REQUIRED, 1, CODE_MAX);

    if (code && !code_is_sane(code))
        yaml_problem(&r->yaml, yaml_get(map, key),
                     "found %s; allowed are letters, digits, '-' and '_', first a letter or digit",
                     yaml_quote(r->arena, code));
    return code;
}

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool has_project(const struct tenant_file *f, const char *code)
{
    for (size_t i = 0; i < f->project_count; i++)
        if (is(f->projects[i].code, code))
            return true;
    return false;
}

static bool has_department(const struct tenant_file *f, const char *code)
{
    for (size_t i = 0; i < f->department_count; i++)
        if (is(f->departments[i].code, code))
            return true;
    return false;
}

static bool has_staff(const struct tenant_file *f, const char *id)
{
    for (size_t i = 0; i < f->staff_count; i++)
        if (is(f->staff[i].id, id))
            return true;
    return false;
}

static const char *beside(struct arena *a, const char *folder, const char *path)
{
    return path[0] == '/' ? path : arena_printf(a, "%s/%s", folder, path);
}

/* ---- tenant.yaml ---- */

static void read_head(struct reader *r)
{
    const struct yaml_node *map = r->tenant;
    struct tenant_file *f = r->file;
    struct number_format format;
    const char *why;

    yaml_expect_keys(&r->yaml, map, "tenant", "name", "time_zone", "number_format", "duplicate_window_days", "duty",
                     "management", "categories", "rules", "staff", "prices", "projects", NULL);
    f->id = yaml_string(&r->yaml, map, "tenant", YAML_REQUIRED, 1, CODE_MAX);
    if (f->id && !tenant_id_is_sane(f->id))
        yaml_problem(&r->yaml, yaml_get(map, "tenant"),
                     "found %s; allowed are small letters, digits and '-', first a letter or digit",
                     yaml_quote(r->arena, f->id));
    f->name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
    f->time_zone = yaml_string(&r->yaml, map, "time_zone", YAML_REQUIRED, 1, 64);
    f->time_zone_line = yaml_line(yaml_get(map, "time_zone"));
    f->number_format = yaml_string(&r->yaml, map, "number_format", YAML_OPTIONAL, 1, NUMBER_FORMAT_MAX);
    if (!f->number_format)
        f->number_format = "{project}-{yyyymmdd}-{seq:05}";
    if (number_format_parse(f->number_format, &format, &why))
        yaml_problem(&r->yaml, yaml_get(map, "number_format"), "found %s; %s", yaml_quote(r->arena, f->number_format),
                     why);
    f->duplicate_window_days = (int)yaml_int(&r->yaml, map, "duplicate_window_days", 0, 365, 7);
}

static void read_building(struct reader *r, const struct yaml_node *item, const char *project)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);
    struct tenant_file_building *b = &r->file->buildings[r->file->building_count++];

    yaml_expect_keys(&r->yaml, map, "code", "name", "floors", "units_per_floor", NULL);
    b->project = project;
    b->code = yaml_string(&r->yaml, map, "code", YAML_REQUIRED, 1, CODE_MAX);
    b->name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
    b->floors = (int)yaml_int_required(&r->yaml, map, "floors", 1, 300);
    b->units_per_floor = (int)yaml_int_required(&r->yaml, map, "units_per_floor", 1, 1000);
}

static size_t count_buildings(const struct yaml_node *projects)
{
    size_t count = 0;

    YAML_EACH (project, projects)
        count += yaml_count(yaml_get(project, "buildings"));
    return count;
}

static void read_projects(struct reader *r)
{
    const struct yaml_node *list = yaml_list(&r->yaml, r->tenant, "projects", YAML_REQUIRED);
    struct tenant_file *f = r->file;

    f->projects = arena_array(r->arena, struct tenant_file_project, yaml_count(list) + 1);
    f->buildings = arena_array(r->arena, struct tenant_file_building, count_buildings(list) + 1);
    yaml_expect_unique(&r->yaml, list, "code");
    YAML_EACH (item, list) {
        const struct yaml_node *map = yaml_as_map(&r->yaml, item), *buildings;
        struct tenant_file_project *p = &f->projects[f->project_count++];

        yaml_expect_keys(&r->yaml, map, "code", "name", "buildings", NULL);
        p->code = read_code(r, map, "code");
        p->name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
        buildings = yaml_list(&r->yaml, map, "buildings", YAML_OPTIONAL);
        yaml_expect_unique(&r->yaml, buildings, "code");
        YAML_EACH (building, buildings)
            read_building(r, building, p->code);
    }
}

/* ---- staff.yaml ---- */

static void read_departments(struct reader *r)
{
    const struct yaml_node *list = yaml_list(&r->yaml, r->staff, "departments", YAML_REQUIRED);
    struct tenant_file *f = r->file;

    f->departments = arena_array(r->arena, struct tenant_file_department, yaml_count(list) + 1);
    yaml_expect_unique(&r->yaml, list, "code");
    YAML_EACH (item, list) {
        const struct yaml_node *map = yaml_as_map(&r->yaml, item);
        struct tenant_file_department *d = &f->departments[f->department_count++];

        yaml_expect_keys(&r->yaml, map, "code", "name", "head", "deputies", NULL);
        d->code = read_code(r, map, "code");
        d->name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
        d->head = yaml_string(&r->yaml, map, "head", YAML_REQUIRED, 1, CODE_MAX);
    }
}

/* A real day as "2026-01-31". */
static bool is_date(const char *text, size_t len)
{
    char instant[RFC3339_SIZE];
    int64_t at;

    snprintf(instant, sizeof instant, "%.10sT00:00:00Z", text);
    return len == 10 && rfc3339_parse(instant, strlen(instant), &at);
}

/* "2026-01-01..2026-01-03" or one day; both ends are absent days. */
static bool add_absence(struct strbuf *out, const char *text)
{
    const char *dots = strstr(text, "..");
    size_t len = dots ? (size_t)(dots - text) : strlen(text);
    const char *end = dots ? dots + 2 : text;

    if (!is_date(text, len) || !is_date(end, strlen(end)) || strncmp(text, end, 10) > 0)
        return false;
    strbuf_printf(out, "%s[%.10s,%.10s]", out->len > 1 ? "," : "", text, end);
    return true;
}

static const char *read_absent(struct reader *r, const struct yaml_node *map)
{
    struct strbuf out;

    strbuf_init(&out, r->arena);
    strbuf_adds(&out, "{");
    YAML_EACH (item, yaml_list(&r->yaml, map, "absent", YAML_OPTIONAL)) {
        const char *text = yaml_as_string(&r->yaml, item, 10, 22);

        if (text && !add_absence(&out, text))
            yaml_problem(&r->yaml, item,
                         "found %s; allowed is a day, 2026-01-31, or the first and the last, 2026-01-01..2026-01-31",
                         yaml_quote(r->arena, text));
    }
    strbuf_adds(&out, "}");
    return out.data;
}

/* The projects somebody works for; [all] gives none, which stands for all. */
static struct words read_staff_projects(struct reader *r, const struct yaml_node *map)
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, "projects", YAML_REQUIRED);
    const char **items = arena_array(r->arena, const char *, yaml_count(list) + 1);
    struct words codes = { items, 0 };

    if (yaml_count(list) == 1 && is(yaml_text(yaml_first(list)), "all"))
        return codes;
    if (list && !yaml_count(list))
        yaml_problem(&r->yaml, list, "found none; allowed are project codes, or [all]");
    YAML_EACH (item, list) {
        const char *code = yaml_as_string(&r->yaml, item, 1, CODE_MAX);

        if (code && !has_project(r->file, code))
            yaml_problem(&r->yaml, item, "found %s; there is no such project in tenant.yaml",
                         yaml_quote(r->arena, code));
        if (code)
            items[codes.count++] = code;
    }
    return codes;
}

/* No message shows a phone number. */
static void read_phone(struct reader *r, const struct yaml_node *map, struct tenant_file_staff *s)
{
    const char *phone = yaml_string(&r->yaml, map, "phone", YAML_OPTIONAL, 1, 40);

    if (phone && !phone_normalise(phone, s->phone))
        yaml_problem(&r->yaml, yaml_get(map, "phone"),
                     "this is not a phone number; quoted, with area code if it has "
                     "one");
}

/* Nor an address. */
static void read_email(struct reader *r, const struct yaml_node *map, struct tenant_file_staff *s)
{
    const char *email = yaml_string(&r->yaml, map, "email", YAML_OPTIONAL, 3, 254);

    s->email = email ? email : "";
    if (email && !email_is_valid(email))
        yaml_problem(&r->yaml, yaml_get(map, "email"), "this is not an address like name@example.com");
}

static void read_person(struct reader *r, const struct yaml_node *item, struct tenant_file_staff *s)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);

    yaml_expect_keys(&r->yaml, map, "id", "name", "phone", "email", "department", "projects", "trained", "on_duty",
                     "absent", NULL);
    s->id = read_code(r, map, "id");
    s->name = yaml_string(&r->yaml, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
    read_phone(r, map, s);
    read_email(r, map, s);
    s->department = yaml_string(&r->yaml, map, "department", YAML_REQUIRED, 1, CODE_MAX);
    if (s->department && !has_department(r->file, s->department))
        yaml_problem(&r->yaml, yaml_get(map, "department"), "found %s; there is no such department",
                     yaml_quote(r->arena, s->department));
    s->projects = read_staff_projects(r, map);
    s->trained = yaml_bool(&r->yaml, map, "trained", false);
    s->on_duty = yaml_bool(&r->yaml, map, "on_duty", true);
    s->absent = read_absent(r, map);
}

static void read_staff(struct reader *r)
{
    const struct yaml_node *list = yaml_list(&r->yaml, r->staff, "staff", YAML_REQUIRED);
    struct tenant_file *f = r->file;

    yaml_expect_keys(&r->yaml, r->staff, "departments", "staff", NULL);
    read_departments(r);
    f->staff = arena_array(r->arena, struct tenant_file_staff, yaml_count(list) + 1);
    yaml_expect_unique(&r->yaml, list, "id");
    YAML_EACH (item, list)
        read_person(r, item, &f->staff[f->staff_count++]);
}

/* ---- what one file says of another ---- */

/* `id`, which stands at the node, is somebody's; NULL is nobody's mistake. */
static void check_member(struct reader *r, const struct yaml_node *at, const char *id)
{
    if (id && r->staff && !has_staff(r->file, id))
        yaml_problem(&r->yaml, at, "found %s; there is nobody of that id in the staff", yaml_quote(r->arena, id));
}

/* Ids of staff in the order of the file, each once. */
static struct words read_members(struct reader *r, const struct yaml_node *map, const char *key)
{
    const struct yaml_node *list = yaml_list(&r->yaml, map, key, YAML_OPTIONAL);
    const char **items = arena_array(r->arena, const char *, yaml_count(list) + 1);
    struct words ids = { items, 0 };

    YAML_EACH (item, list) {
        const char *id = yaml_as_string(&r->yaml, item, 1, CODE_MAX);

        if (id && words_have(&ids, id))
            yaml_problem(&r->yaml, item, "found %s twice; allowed is each once", yaml_quote(r->arena, id));
        else
            check_member(r, item, id);
        if (id)
            items[ids.count++] = id;
    }
    return ids;
}

/* Departments stand before the staff that they name. */
static void read_heads(struct reader *r)
{
    const struct yaml_node *item = yaml_first(yaml_get(r->staff, "departments"));

    for (size_t i = 0; i < r->file->department_count; i++, item = yaml_next(item)) {
        struct tenant_file_department *d = &r->file->departments[i];

        check_member(r, yaml_get(item, "head"), d->head);
        d->deputies = read_members(r, item, "deputies");
        if (d->head && words_have(&d->deputies, d->head))
            yaml_problem(&r->yaml, yaml_get(item, "deputies"),
                         "found %s, who is the head; allowed is who stands in for him", yaml_quote(r->arena, d->head));
    }
}

static void read_duty(struct reader *r)
{
    r->file->duty = yaml_string(&r->yaml, r->tenant, "duty", YAML_REQUIRED, 1, CODE_MAX);
    check_member(r, yaml_get(r->tenant, "duty"), r->file->duty);
    r->file->management = read_members(r, r->tenant, "management");
}

/* Children mostly have their parent's department: it is told once, where it stands. */
static bool inherits_department(const struct policy *p, const struct category *c)
{
    const struct category *parent = c->parent[0] ? policy_category(p, c->parent) : NULL;

    return parent && is(parent->department, c->department);
}

static void check_policy(struct reader *r, const char *categories, const char *rules)
{
    const struct policy *p = &r->file->policy;

    for (size_t i = 0; i < p->category_count; i++) {
        const struct category *c = &p->categories[i];

        if (!has_department(r->file, c->department) && !inherits_department(p, c))
            yaml_problem_at(&r->yaml, categories, c->line, 1,
                            "%s: found department %s; there is no such department in the staff file", c->code,
                            yaml_quote(r->arena, c->department));
    }
    for (size_t i = 0; i < p->rules.complex_departments.count; i++)
        if (!has_department(r->file, p->rules.complex_departments.items[i]))
            yaml_problem_at(&r->yaml, rules, p->rules.complex_departments_line, 1,
                            "complexity.complex_departments: found %s; there is no such department in the staff file",
                            yaml_quote(r->arena, p->rules.complex_departments.items[i]));
}

/* ---- the whole ---- */

static const char *read_path(struct reader *r, const char *folder, const char *key, enum yaml_need need)
{
    const char *path = yaml_string(&r->yaml, r->tenant, key, need, 1, 400);

    return path ? beside(r->arena, folder, path) : NULL;
}

static void unread(struct reader *r)
{
    strbuf_printf(&r->unread, "%s%s", r->unread.len ? "\n" : "", err_text());
}

/* NULL if the path is, or the file cannot be read. */
static const struct yaml_node *load(struct reader *r, const char *path)
{
    const struct yaml_node *root = NULL;

    if (path && yaml_load_file(r->arena, path, &root) < 0)
        unread(r);
    return root;
}

static void read_staff_file(struct reader *r, const char *folder)
{
    const struct yaml_node *root = load(r, read_path(r, folder, "staff", YAML_REQUIRED));

    r->staff = yaml_as_map(&r->yaml, root);
    if (root) {
        read_staff(r);
        read_heads(r);
    }
    read_duty(r);
}

static void read_policy_files(struct reader *r, const char *folder)
{
    const char *categories = read_path(r, folder, "categories", YAML_REQUIRED),
               *rules = read_path(r, folder, "rules", YAML_REQUIRED);

    if (!categories || !rules)
        return;
    if (policy_file_load(r->arena, categories, rules, &r->file->policy, &r->file->handling) < 0)
        unread(r);
    else if (r->staff)
        check_policy(r, categories, rules);
}

static void read_price_file(struct reader *r, const char *folder)
{
    const struct yaml_node *root = load(r, read_path(r, folder, "prices", YAML_OPTIONAL));
    struct tenant_file *f = r->file;
    const char **codes = arena_array(r->arena, const char *, f->project_count + 1);
    struct words projects = { codes, 0 };

    for (size_t i = 0; i < f->project_count; i++)
        if (f->projects[i].code)
            codes[projects.count++] = f->projects[i].code;
    if (root)
        price_file_read(&r->yaml, root, &projects, &f->prices);
}

static int result(struct reader *r)
{
    int e = yaml_reader_result(&r->yaml);

    if (!r->unread.len)
        return e;
    if (e < 0)
        unread(r);
    return err_set(ERR_FATAL, "%s", r->unread.data);
}

int tenant_file_read(struct arena *a, const char *folder, struct tenant_file *ret)
{
    struct tenant_file file = { .path = arena_printf(a, "%s/tenant.yaml", folder) };
    struct reader r = { .arena = a, .file = &file };
    const struct yaml_node *root;
    int e = yaml_load_file(a, file.path, &root);

    if (e < 0)
        return e;
    yaml_reader_init(&r.yaml, a);
    strbuf_init(&r.unread, a);
    r.tenant = yaml_as_map(&r.yaml, root);
    read_head(&r);
    read_projects(&r);
    read_staff_file(&r, folder);
    read_policy_files(&r, folder);
    read_price_file(&r, folder);
    *ret = file;
    return result(&r);
}
