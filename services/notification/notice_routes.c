/* Routes of a notification file: who is told of which event, under which condition, how and in which words. */
#include <stdio.h>
#include <string.h>

#include "common/base/str.h"
#include "common/event/words.h"
#include "gateway.h"
#include "notice_event.h"
#include "notice_reader.h"
#include "redress/v1/complaint_event.pb-c.h"

#define ROUTES_MAX     1000
#define CONDITIONS_MAX 10
#define VALUES_MAX     50
#define VALUE_CHARS    100
#define DAY_MINUTES    1440
#define DIGEST_MAX     DAY_MINUTES
#define EXPIRES_MAX    (30 * DAY_MINUTES)

/* ---- conditions ---- */

/* What is known of the case, whatever happened to it. */
static const struct case_field {
    const char *name;
    const ProtobufCEnumDescriptor *words; /* NULL: any text */
    bool truth;
} case_fields[] = {
    { "severity", &redress__v1__severity__descriptor, false },
    { "complexity", &redress__v1__complexity__descriptor, false },
    { "project", NULL, false },
    { "category", NULL, false },
    { "department", NULL, false },
    { "status", NULL, false },
    { "phone", NULL, true },
    { "email", NULL, true },
};
#define CASE_FIELD_COUNT (sizeof case_fields / sizeof *case_fields)

/* Which values a field can have; all are false and NULL for texts. */
struct allowed {
    const ProtobufCEnumDescriptor *words;
    bool truth, number;
};

static bool find_field(const char *event, const char *name, struct allowed *ret)
{
    enum notice_field_in in;
    const ProtobufCFieldDescriptor *f = notice_event_field(event, name, &in);

    *ret = (struct allowed){ 0 };
    if (f) {
        ret->words = f->type == PROTOBUF_C_TYPE_ENUM ? f->descriptor : NULL;
        ret->truth = f->type == PROTOBUF_C_TYPE_BOOL;
        ret->number = f->type != PROTOBUF_C_TYPE_STRING && !ret->words && !ret->truth;
        return true;
    }
    for (size_t i = 0; i < CASE_FIELD_COUNT; i++)
        if (strcmp(case_fields[i].name, name) == 0) {
            *ret = (struct allowed){ .words = case_fields[i].words, .truth = case_fields[i].truth };
            return true;
        }
    return false;
}

static void unknown_field(struct notice_reader *r, const struct yaml_node *item, const char *event, const char *name)
{
    struct strbuf b;

    strbuf_init(&b, r->arena);
    for (size_t i = 0; i < CASE_FIELD_COUNT; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", case_fields[i].name);
    for (const char *const *f = notice_event_fields(r->arena, event); *f; f++)
        strbuf_printf(&b, ", %s", *f);
    yaml_problem(&r->yaml, yaml_key_node(item), "found %s, which %s does not have; allowed are %s",
                 yaml_quote(r->arena, name), event, b.data);
}

static const char *word_choices(struct arena *a, const ProtobufCEnumDescriptor *d)
{
    const char **names = arena_array(a, const char *, d->n_values + 1);
    size_t n = 0;

    for (unsigned i = 0; i < d->n_values; i++)
        if (d->values[i].value != 0)
            names[n++] = enum_code(a, d, d->values[i].value);
    return notice_choices(a, names);
}

static bool is_word_of(struct arena *a, const ProtobufCEnumDescriptor *d, const char *text)
{
    for (unsigned i = 0; i < d->n_values; i++)
        if (strcmp(enum_code(a, d, d->values[i].value), text) == 0)
            return true;
    return false;
}

static void check_value(struct notice_reader *r, const struct yaml_node *at, const struct allowed *allowed,
                        const char *text)
{
    int64_t number;

    if (allowed->words && !is_word_of(r->arena, allowed->words, text))
        yaml_problem(&r->yaml, at, "found %s; allowed is one of %s", yaml_quote(r->arena, text),
                     word_choices(r->arena, allowed->words));
    if (allowed->truth && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
        yaml_problem(&r->yaml, at, "found %s; allowed is true or false", yaml_quote(r->arena, text));
    if (allowed->number && !parse_int64(text, INT64_MIN, INT64_MAX, &number))
        yaml_problem(&r->yaml, at, "found %s; allowed is a number", yaml_quote(r->arena, text));
}

static void read_values(struct notice_reader *r, const struct yaml_node *item, const struct allowed *allowed,
                        struct notice_condition *c)
{
    bool list = yaml_kind(item) == YAML_LIST;
    const char **values = arena_array(r->arena, const char *, yaml_count(item) + 2);

    c->values = values;
    if (list && (yaml_count(item) == 0 || yaml_count(item) > VALUES_MAX)) {
        yaml_problem(&r->yaml, item, "found %zu values; allowed are 1 to %d", yaml_count(item), VALUES_MAX);
        return;
    }
    for (const struct yaml_node *n = list ? yaml_first(item) : item; n; n = list ? yaml_next(n) : NULL) {
        const char *text = yaml_as_string(&r->yaml, n, 0, VALUE_CHARS);

        if (!text)
            continue;
        check_value(r, n, allowed, text);
        values[c->value_count++] = text;
    }
}

static void read_conditions(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    const struct yaml_node *when = yaml_map(&r->yaml, map, "when", YAML_OPTIONAL);
    struct notice_condition *all = arena_array(r->arena, struct notice_condition, yaml_count(when) + 1);

    route->conditions = all;
    if (yaml_count(when) > CONDITIONS_MAX) {
        yaml_problem(&r->yaml, when, "found %zu conditions; allowed are at most %d", yaml_count(when), CONDITIONS_MAX);
        return;
    }
    YAML_EACH (item, when) {
        struct notice_condition *c = &all[route->condition_count];
        const char *key = yaml_key(item);
        size_t len = strlen(key);
        struct allowed allowed;

        c->negated = len > 1 && key[len - 1] == '!';
        c->field = arena_strndup(r->arena, key, len - c->negated);
        if (!find_field(route->event, c->field, &allowed)) {
            unknown_field(r, item, route->event, c->field);
            continue;
        }
        read_values(r, item, &allowed, c);
        route->condition_count++;
    }
}

/* ---- whom ---- */

static const char *audience_choices(struct arena *a)
{
    const char *names[NOTICE_TO_LIST + 1] = { NULL };

    for (int i = 0; i < NOTICE_TO_LIST - 1; i++)
        names[i] = notice_audience_names[i];
    return arena_printf(a, "%s, list:NAME, group or group:GATEWAY", notice_choices(a, names));
}

static bool read_list_name(struct notice_reader *r, const struct yaml_node *at, const char *name,
                           struct notice_route *route)
{
    bool found = notice_list(&r->s, name);

    route->to = NOTICE_TO_LIST;
    route->list = name;
    if (!found)
        yaml_problem(&r->yaml, at, "found list %s; allowed is one of those under lists", yaml_quote(r->arena, name));
    return found;
}

static bool read_group_name(struct notice_reader *r, const struct yaml_node *at, const char *name,
                            struct notice_route *route)
{
    const struct gateway *g = notice_gateway(&r->s, name);
    unsigned channels = 1U << NOTICE_GROUP | 1U << NOTICE_WEBHOOK;

    route->to = NOTICE_TO_GROUP;
    route->list = name;
    if (!g || !(g->kind->channels & channels))
        yaml_problem(&r->yaml, at, "found gateway %s; allowed is one of those under gateways that is for %s",
                     yaml_quote(r->arena, name), "groups or webhooks");
    return g;
}

static void read_audience(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    const struct yaml_node *at = yaml_get(map, "to");
    const char *text = yaml_string(&r->yaml, map, "to", YAML_REQUIRED, 1, 100);

    route->list = "";
    if (!text)
        return;
    if (strncmp(text, "list:", 5) == 0) {
        (void)read_list_name(r, at, text + 5, route);
        return;
    }
    if (strncmp(text, "group:", 6) == 0) {
        (void)read_group_name(r, at, text + 6, route);
        return;
    }
    for (int i = 0; notice_audience_names[i]; i++)
        if (strcmp(notice_audience_names[i], text) == 0)
            route->to = (enum notice_audience)(i + 1);
    if (!route->to || route->to == NOTICE_TO_LIST)
        yaml_problem(&r->yaml, at, "found %s; allowed is one of %s", yaml_quote(r->arena, text),
                     audience_choices(r->arena));
}

/* ---- how ---- */

/* People are not in group robots, and a group has no telephone. */
static void check_channel(struct notice_reader *r, const struct yaml_node *at, const struct notice_route *route,
                          enum notice_channel channel)
{
    bool of_groups = channel == NOTICE_GROUP || channel == NOTICE_WEBHOOK;
    const struct notice_template *t = route->template ? notice_template(&r->s, route->template) : NULL;

    if (route->to && (route->to == NOTICE_TO_GROUP) != of_groups)
        yaml_problem(&r->yaml, at, "found %s; allowed %s", notice_channel_names[channel - 1],
                     of_groups ? "for people are sms, email and wechat" : "for a group are group and webhook");
    if (t && channel != NOTICE_WEBHOOK && !notice_text(&r->s, t, channel, r->s.locale))
        yaml_problem(&r->yaml, at, "found %s, for which the template %s has no text; allowed is a channel that it has",
                     notice_channel_names[channel - 1], t->name);
}

static void add_channel(struct notice_reader *r, const struct yaml_node *n, struct notice_route *route)
{
    const char *text = yaml_as_string(&r->yaml, n, 1, 20);
    int channel = 0;

    if (!text)
        return;
    if (strcmp(text, "preferred") == 0) {
        if (route->preferred || route->channel_count > 0)
            yaml_problem(&r->yaml, n, "found preferred behind another; allowed is preferred first");
        route->preferred = true;
        return;
    }
    for (int i = 0; notice_channel_names[i]; i++)
        if (strcmp(notice_channel_names[i], text) == 0)
            channel = i + 1;
    if (!channel) {
        yaml_problem(&r->yaml, n, "found %s; allowed is one of preferred, %s", yaml_quote(r->arena, text),
                     notice_choices(r->arena, notice_channel_names));
        return;
    }
    for (size_t i = 0; i < route->channel_count; i++)
        if ((int)route->channels[i] == channel) {
            yaml_problem(&r->yaml, n, "found %s twice; allowed is each channel once", text);
            return;
        }
    check_channel(r, n, route, (enum notice_channel)channel);
    route->channels[route->channel_count++] = (enum notice_channel)channel;
}

static void read_channels(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    const struct yaml_node *at = yaml_get(map, "channels");

    if (at && yaml_kind(at) == YAML_TEXT && !yaml_is_empty(at)) {
        add_channel(r, at, route);
    } else {
        YAML_EACH (n, yaml_list(&r->yaml, map, "channels", YAML_REQUIRED))
            add_channel(r, n, route);
    }
    if (at && route->channel_count == 0)
        yaml_problem(&r->yaml, at, "found no channel; allowed is at least one of %s",
                     notice_choices(r->arena, notice_channel_names));
}

static void read_template(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    const char *name = yaml_string(&r->yaml, map, "template", YAML_REQUIRED, 1, 48);

    route->template = name ? name : "";
    if (name && !notice_template(&r->s, name))
        yaml_problem(&r->yaml, yaml_get(map, "template"), "found %s; allowed is the name of a template",
                     yaml_quote(r->arena, name));
}

/* "30m", "24h", "2d". */
static int read_minutes(struct notice_reader *r, const struct yaml_node *map, const char *key, int max, int fallback)
{
    static const struct {
        char unit;
        int minutes;
    } units[] = { { 'm', 1 }, { 'h', 60 }, { 'd', DAY_MINUTES } };
    const char *text = yaml_string(&r->yaml, map, key, YAML_OPTIONAL, 1, 12);
    size_t len = text ? strlen(text) : 0;
    int64_t n;

    if (!text)
        return fallback;
    for (size_t i = 0; i < 3; i++)
        if (text[len - 1] == units[i].unit &&
            parse_int64(arena_strndup(r->arena, text, len - 1), 1, max / units[i].minutes, &n))
            return (int)n * units[i].minutes;
    yaml_problem(&r->yaml, yaml_get(map, key), "found %s; allowed is a time such as 30m, 24h or 2d, at most %dd",
                 yaml_quote(r->arena, text), max / DAY_MINUTES);
    return fallback;
}

static void read_times(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    route->urgency =
        (enum notice_urgency)(yaml_enum(&r->yaml, map, "urgency", notice_urgency_names, NOTICE_NORMAL - 1) + 1);
    route->digest_minutes = read_minutes(r, map, "digest", DIGEST_MAX, 0);
    route->expires_minutes = read_minutes(r, map, "expires", EXPIRES_MAX, DAY_MINUTES);
    route->ask_first = yaml_bool(&r->yaml, map, "ask_first", false);
    if (route->digest_minutes && route->urgency == NOTICE_URGENT)
        yaml_problem(&r->yaml, yaml_get(map, "digest"), "found a digest of what is urgent; allowed is one of both");
    if (route->digest_minutes && (route->to == NOTICE_TO_COMPLAINANT || route->to == NOTICE_TO_GROUP))
        yaml_problem(&r->yaml, yaml_get(map, "digest"),
                     "found a digest for %s; allowed is one for staff: what several are told is never gathered",
                     notice_audience_names[route->to - 1]);
    if (route->digest_minutes >= route->expires_minutes)
        yaml_problem(&r->yaml, yaml_get(map, "digest") ? yaml_get(map, "digest") : map,
                     "found a digest that takes longer than the notice is of use; allowed is less than expires");
}

/* ---- a route ---- */

static void check_none(struct notice_reader *r, const struct yaml_node *map, struct notice_route *route)
{
    static const char *const others[] = { "when",   "to",      "channels",  "template", "urgency",
                                          "digest", "expires", "ask_first", NULL };

    route->none = true;
    route->why = yaml_string(&r->yaml, map, "none", YAML_REQUIRED, 1, 300);
    for (size_t i = 0; others[i]; i++)
        if (yaml_get(map, others[i]))
            yaml_problem(&r->yaml, yaml_key_node(yaml_get(map, others[i])),
                         "found %s beside none; allowed is event and none alone", others[i]);
}

/* false: it tells of no event that there is. */
static bool read_route(struct notice_reader *r, const struct yaml_node *item, struct notice_route *route)
{
    const struct yaml_node *map = yaml_as_map(&r->yaml, item);
    const char *event = yaml_string(&r->yaml, map, "event", YAML_REQUIRED, 1, 64), *near;

    *route = (struct notice_route){ .event = event, .why = "", .list = "", .template = "", .line = yaml_line(item) };
    yaml_expect_keys(&r->yaml, map, "event", "when", "to", "channels", "template", "urgency", "digest", "expires",
                     "ask_first", "none", NULL);
    if (!event)
        return false;
    if (!notice_event_message(event)) {
        near = yaml_nearest(event, notice_events(r->arena));
        yaml_problem(&r->yaml, yaml_get(map, "event"), "found %s; allowed is an event, %s %s",
                     yaml_quote(r->arena, event), near ? "perhaps" : "such as registered or",
                     near ? near : "sla.breached");
        return false;
    }
    if (yaml_get(map, "none")) {
        check_none(r, map, route);
        return true;
    }
    read_conditions(r, map, route);
    read_audience(r, map, route);
    read_template(r, map, route);
    read_channels(r, map, route);
    read_times(r, map, route);
    return true;
}

/* ---- all of them ---- */

/* A none says that nobody is told: it stands alone. */
static void check_alone(struct notice_reader *r, const struct yaml_node *item, const struct notice_route *routes,
                        size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(routes[i].event, routes[n].event) == 0 && (routes[i].none || routes[n].none)) {
            yaml_problem(&r->yaml, item,
                         "found another route for %s, of which line %u speaks too; allowed is none alone",
                         routes[n].event, routes[i].line);
            return;
        }
}

static size_t add_of(const char *event, const struct notice_route *from, size_t count, struct notice_route *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (strcmp(from[i].event, event) == 0)
            out[n++] = from[i];
    return n;
}

void notice_read_routes(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *list = yaml_list(&r->yaml, root, "routes", YAML_OPTIONAL);
    size_t before = r->s.route_count, own = 0, n = 0, count = yaml_count(list);
    struct notice_route *routes, *all;

    if (count > ROUTES_MAX) {
        yaml_problem(&r->yaml, list, "found %zu routes; allowed are at most %d", count, ROUTES_MAX);
        return;
    }
    routes = arena_array(r->arena, struct notice_route, count + 1);
    all = arena_array(r->arena, struct notice_route, before + count + 1);
    YAML_EACH (item, list)
        if (read_route(r, item, &routes[own]))
            check_alone(r, item, routes, own++);
    for (const char *const *event = notice_events(r->arena); *event; event++) {
        size_t mine = add_of(*event, routes, own, all + n);

        n += mine ? mine : add_of(*event, r->s.routes, before, all + n);
    }
    r->s.routes = all;
    r->s.route_count = n;
}
