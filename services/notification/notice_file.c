/* Notification settings as files: the whole, and what stands at the top of them. The keys: docs/notifications.md. */
#include "notice_file.h"

#include <stdio.h>
#include <string.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "notice_event.h"
#include "notice_reader.h"

#define NAME_MAX_CHARS 48
#define SIGN_CHARS     12 /* what providers take */
#define LISTS_MAX      100
#define STAFF_MAX      500
#define CODE_MAX       32
#define QUOTA_MAX      10000000

extern const char notification_standard[]; /* deploy/notifications/standard.yaml, embedded by the build */

/* ---- words that all parts share ---- */

static bool made_of(const char *text, const char *allowed)
{
    return *text && text[strspn(text, allowed)] == '\0';
}

#define SMALL "abcdefghijklmnopqrstuvwxyz"
#define LARGE "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGIT "0123456789"

bool notice_name_ok(struct notice_reader *r, const struct yaml_node *at, const char *name)
{
    if (made_of(name, SMALL DIGIT "_") && strchr(SMALL, name[0]) && strlen(name) <= NAME_MAX_CHARS)
        return true;
    yaml_problem(&r->yaml, at, "found %s; allowed are small letters, digits and _, a letter first, at most %d of them",
                 yaml_quote(r->arena, name), NAME_MAX_CHARS);
    return false;
}

bool notice_locale_ok(const char *locale)
{
    size_t language = strspn(locale, SMALL);
    const char *rest = locale + language;

    return language >= 2 && language <= 3 && (!*rest || (*rest == '-' && made_of(rest + 1, LARGE SMALL DIGIT))) &&
           strlen(rest) <= 9;
}

const char *notice_choices(struct arena *a, const char *const names[])
{
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    for (size_t i = 0; names[i]; i++)
        strbuf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    return b.data;
}

/* ---- the top ---- */

void notice_read_text(struct notice_reader *r, const struct yaml_node *map, const char *key, size_t max,
                      const char **ret)
{
    const char *text = yaml_string(&r->yaml, map, key, YAML_OPTIONAL, 0, max);

    *ret = text ? text : *ret;
}

/* "21:00", up to "24:00"; the minute of the day. */
static int read_minute(struct notice_reader *r, const struct yaml_node *map, const char *key)
{
    const char *text = yaml_string(&r->yaml, map, key, YAML_REQUIRED, 1, 8);
    char hour[3] = "", minute[3] = "";
    int64_t h, m;

    if (!text)
        return 0;
    if (strlen(text) == 5 && text[2] == ':') {
        memcpy(hour, text, 2);
        memcpy(minute, text + 3, 2);
        if (parse_int64(hour, 0, 23, &h) && parse_int64(minute, 0, 59, &m))
            return (int)(h * 60 + m);
    }
    yaml_problem(&r->yaml, yaml_get(map, key), "found %s; allowed is a time of day from \"00:00\" to \"23:59\"",
                 yaml_quote(r->arena, text));
    return 0;
}

static void read_quiet(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *quiet = yaml_map(&r->yaml, root, "quiet", YAML_OPTIONAL);

    if (!quiet)
        return;
    yaml_expect_keys(&r->yaml, quiet, "from", "to", NULL);
    r->s.quiet_from_minute = read_minute(r, quiet, "from");
    r->s.quiet_to_minute = read_minute(r, quiet, "to");
}

static void read_limits(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *limits = yaml_map(&r->yaml, root, "limits", YAML_OPTIONAL);

    yaml_expect_keys(&r->yaml, limits, "sms_per_phone_day", "sms_per_day", NULL);
    r->s.sms_per_phone_day = (int)yaml_int(&r->yaml, limits, "sms_per_phone_day", 0, QUOTA_MAX, r->s.sms_per_phone_day);
    r->s.sms_per_day = (int)yaml_int(&r->yaml, limits, "sms_per_day", 0, QUOTA_MAX, r->s.sms_per_day);
    r->s.bounced_days = (int)yaml_int(&r->yaml, root, "bounced_days", 0, 3650, r->s.bounced_days);
}

static void read_receipts(struct notice_reader *r, const struct yaml_node *root)
{
    const char *url;
    size_t len;

    notice_read_text(r, root, "receipts_url", 200, &r->s.receipts_url);
    url = r->s.receipts_url;
    len = strlen(url);
    if (*url && ((strncmp(url, "https://", 8) != 0 && strncmp(url, "http://", 7) != 0) || strpbrk(url, " ?#\"<>") ||
                 url[len - 1] == '/'))
        yaml_problem(&r->yaml, yaml_get(root, "receipts_url"),
                     "found %s; allowed is a URL such as https://redress.example.com, without a / at its end",
                     yaml_quote(r->arena, url));
}

static void read_top(struct notice_reader *r, const struct yaml_node *root)
{
    notice_read_text(r, root, "locale", 12, &r->s.locale);
    if (yaml_get(root, "locale") && !notice_locale_ok(r->s.locale))
        yaml_problem(&r->yaml, yaml_get(root, "locale"), "found %s; allowed is a language such as zh-CN or en",
                     yaml_quote(r->arena, r->s.locale));
    notice_read_text(r, root, "sign", SIGN_CHARS, &r->s.sign);
    if (strstr(r->s.sign, "【") || strstr(r->s.sign, "】"))
        yaml_problem(&r->yaml, yaml_get(root, "sign"),
                     "found %s; allowed is the name alone, the brackets come by itself",
                     yaml_quote(r->arena, r->s.sign));
    read_quiet(r, root);
    read_limits(r, root);
    notice_read_mail(r, root);
    read_receipts(r, root);
}

/* ---- lists of staff ---- */

static struct notice_list read_list(struct notice_reader *r, const struct yaml_node *item)
{
    const struct yaml_node *staff = yaml_as_list(&r->yaml, item);
    const char **ids = arena_array(r->arena, const char *, yaml_count(staff) + 1);
    struct notice_list list = { .name = yaml_key(item), .staff = ids };

    notice_name_ok(r, yaml_key_node(item), list.name);
    if (staff && (yaml_count(staff) == 0 || yaml_count(staff) > STAFF_MAX))
        yaml_problem(&r->yaml, item, "found %zu staff ids; allowed are 1 to %d", yaml_count(staff), STAFF_MAX);
    YAML_EACH (id, staff) {
        const char *text = yaml_as_string(&r->yaml, id, 1, CODE_MAX);

        if (text)
            ids[list.staff_count++] = text;
    }
    return list;
}

static void read_lists(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *map = yaml_map(&r->yaml, root, "lists", YAML_OPTIONAL);
    struct notice_list *lists = arena_array(r->arena, struct notice_list, yaml_count(map) + 1);

    if (!map)
        return;
    if (yaml_count(map) > LISTS_MAX)
        yaml_problem(&r->yaml, map, "found %zu lists; allowed are at most %d", yaml_count(map), LISTS_MAX);
    r->s.lists = lists;
    r->s.list_count = 0;
    YAML_EACH (item, map)
        lists[r->s.list_count++] = read_list(r, item);
}

/* ---- the whole ---- */

static const struct notice_settings nothing = { .locale = "zh-CN",
                                                .sign = "",
                                                .mail_from = "",
                                                .mail_from_name = "",
                                                .mail_return_path = "",
                                                .bounces = { .url = "" },
                                                .receipts_url = "" };

static const char *folder_of(struct arena *a, const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? arena_strndup(a, path, (size_t)(slash + 1 - path)) : "";
}

static int read_file(struct arena *a, const struct notice_settings *before, const struct yaml_node *root,
                     bool read_secrets, struct notice_settings *ret)
{
    struct notice_reader *r = arena_new(a, struct notice_reader);
    int e;

    *r = (struct notice_reader){ .arena = a, .read_secrets = read_secrets, .s = *before };
    r->folder = folder_of(a, yaml_file(root));
    yaml_reader_init(&r->yaml, a);
    root = yaml_as_map(&r->yaml, root);
    yaml_expect_keys(&r->yaml, root, "locale", "sign", "quiet", "limits", "bounced_days", "mail", "receipts_url",
                     "lists", "gateways", "templates", "routes", NULL);
    read_top(r, root);
    read_lists(r, root);
    notice_read_templates(r, root);
    notice_read_gateways(r, root);
    notice_read_routes(r, root);
    e = yaml_reader_result(&r->yaml);
    if (e == 0)
        *ret = r->s;
    return e;
}

int notice_standard(struct arena *a, struct notice_settings *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_text(a, "deploy/notifications/standard.yaml (built in)", notification_standard,
                           strlen(notification_standard), &root);

    return e < 0 ? e : read_file(a, &nothing, root, false, ret);
}

static int read_on_top(struct arena *a, const struct yaml_node *root, bool read_secrets, struct notice_settings *ret)
{
    struct notice_settings standard;
    int e = notice_standard(a, &standard);

    return e < 0 ? e : read_file(a, &standard, root, read_secrets, ret);
}

int notice_load_file(struct arena *a, const char *path, bool read_secrets, struct notice_settings *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_file(a, path, &root);

    return e < 0 ? e : read_on_top(a, root, read_secrets, ret);
}

int notice_load_text(struct arena *a, const char *name, const char *text, size_t len, bool read_secrets,
                     struct notice_settings *ret)
{
    const struct yaml_node *root;
    int e = yaml_load_text(a, name, text, len, &root);

    return e < 0 ? e : read_on_top(a, root, read_secrets, ret);
}

const char *const *notice_missing_events(struct arena *a, const struct notice_settings *s)
{
    const char *const *all = notice_events(a);
    const char **missing;
    size_t count = 0, n = 0;

    while (all[count])
        count++;
    missing = arena_array(a, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        bool found = false;

        for (size_t j = 0; j < s->route_count && !found; j++)
            found = strcmp(s->routes[j].event, all[i]) == 0;
        if (!found)
            missing[n++] = all[i];
    }
    return missing;
}
