#include "price_file.h"

#include <string.h>

#include "services/watchdog/calendar.h"

#define ITEM_CHARS 32
#define NAME_CHARS 100
#define UNIT_CHARS 16
#define DATE_CHARS 64

struct reader {
    struct yaml_reader *yaml;
    const struct words *projects;
    struct price *prices;
    size_t count;
};

static bool item_is_sane(const char *item)
{
    return item[strspn(item, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0' && !strchr("_-", item[0]);
}

static void read_item_head(struct reader *r, const struct yaml_node *map, struct price *ret)
{
    struct yaml_reader *y = r->yaml;

    ret->item = yaml_string(y, map, "item", YAML_REQUIRED, 1, ITEM_CHARS);
    if (ret->item && !item_is_sane(ret->item))
        yaml_problem(y, yaml_get(map, "item"),
                     "found %s; allowed are small letters, digits, '-' and '_', first a letter or digit",
                     yaml_quote(y->arena, ret->item));
    ret->name = yaml_string(y, map, "name", YAML_REQUIRED, 1, NAME_CHARS);
    ret->unit = yaml_string(y, map, "unit", YAML_REQUIRED, 1, UNIT_CHARS);
}

/* false after saying what is wrong. */
static bool read_from(struct yaml_reader *y, const struct yaml_node *map, int32_t *ret)
{
    const struct yaml_node *from = yaml_get(map, "from");
    const char *text = yaml_string(y, map, "from", YAML_REQUIRED, 1, DATE_CHARS);

    if (!text)
        return false;
    if (calendar_date_parse(text, strlen(text), ret))
        return true;
    yaml_problem(y, from, "found %s; allowed is a date such as 2026-11-01", yaml_quote(y->arena, text));
    return false;
}

static const char *read_project(struct reader *r, const struct yaml_node *map)
{
    const char *project = yaml_string(r->yaml, map, "project", YAML_OPTIONAL, 1, ITEM_CHARS);

    if (project && !words_have(r->projects, project))
        yaml_problem(r->yaml, yaml_get(map, "project"), "found %s; there is no such project in tenant.yaml",
                     yaml_quote(r->yaml->arena, project));
    return project ? project : "";
}

/* Two prices of an item for the same projects from the same day: which should hold? `first` is where the item's begin.
 */
static bool stands_already(const struct reader *r, size_t first, const struct price *p)
{
    for (size_t i = first; i < r->count; i++)
        if (r->prices[i].effective_from == p->effective_from && strcmp(r->prices[i].project, p->project) == 0)
            return true;
    return false;
}

static void read_price(struct reader *r, const struct yaml_node *node, size_t first, struct price p)
{
    const struct yaml_node *map = yaml_as_map(r->yaml, node);
    bool dated = read_from(r->yaml, map, &p.effective_from);

    yaml_expect_keys(r->yaml, map, "from", "fen", "project", NULL);
    p.unit_price_fen = yaml_int_required(r->yaml, map, "fen", 0, PRICE_FEN_MAX);
    p.project = read_project(r, map);
    if (dated && stands_already(r, first, &p))
        yaml_problem(r->yaml, yaml_get(map, "from"), "found %s twice for %s; allowed is each date once",
                     yaml_text(yaml_get(map, "from")), *p.project ? p.project : "all projects");
    else if (dated)
        r->prices[r->count++] = p;
}

static void read_item(struct reader *r, const struct yaml_node *node)
{
    const struct yaml_node *map = yaml_as_map(r->yaml, node), *list;
    size_t first = r->count;
    struct price p = { 0 };

    yaml_expect_keys(r->yaml, map, "item", "name", "unit", "prices", NULL);
    read_item_head(r, map, &p);
    list = yaml_list(r->yaml, map, "prices", YAML_REQUIRED);
    if (list && (yaml_count(list) == 0 || yaml_count(list) > PRICE_DATES_MAX)) {
        yaml_problem(r->yaml, list, "found %zu; allowed are 1 to %d", yaml_count(list), PRICE_DATES_MAX);
        return;
    }
    YAML_EACH (price, list)
        read_price(r, price, first, p);
}

static size_t count_prices(const struct yaml_node *items)
{
    size_t count = 0;

    YAML_EACH (item, items)
        count += yaml_count(yaml_get(item, "prices"));
    return count;
}

void price_file_read(struct yaml_reader *yaml, const struct yaml_node *root, const struct words *projects,
                     struct price_list *ret)
{
    const struct yaml_node *map = yaml_as_map(yaml, root), *list;
    struct reader r = { .yaml = yaml, .projects = projects };

    yaml_expect_keys(yaml, map, "items", NULL);
    list = yaml_list(yaml, map, "items", YAML_REQUIRED);
    if (yaml_count(list) > PRICE_ITEMS_MAX) {
        yaml_problem(yaml, list, "found %zu items; at most %d are allowed", yaml_count(list), PRICE_ITEMS_MAX);
        return;
    }
    yaml_expect_unique(yaml, list, "item");
    r.prices = arena_array(yaml->arena, struct price, count_prices(list) + 1);
    YAML_EACH (item, list)
        read_item(&r, item);
    *ret = (struct price_list){ r.prices, r.count };
}
