/* Mail in a notification file: who sends it, and where it comes back. */
#include <string.h>

#include "common/base/str.h"
#include "notice_reader.h"

#define ADDRESS_CHARS 254
#define URL_CHARS     300
#define EVERY_MIN_S   5
#define EVERY_MAX_S   3600
#define EVERY_S       60

static void read_address(struct notice_reader *r, const struct yaml_node *mail, const char *key, const char **ret)
{
    const char *at;

    notice_read_text(r, mail, key, ADDRESS_CHARS, ret);
    at = strchr(*ret, '@');
    if (yaml_get(mail, key) && (!at || at == *ret || !at[1] || strpbrk(*ret, " <>,;\"\r\n")))
        yaml_problem(&r->yaml, yaml_get(mail, key), "found %s; allowed is one address, such as service@example.com",
                     yaml_quote(r->arena, *ret));
}

/* Whose folder is not said: INBOX. */
static void read_url(struct notice_reader *r, const struct yaml_node *map, const char **ret)
{
    const char *url = yaml_string(&r->yaml, map, "url", YAML_REQUIRED, 1, URL_CHARS), *host = url;

    if (!url)
        return;
    if (strncmp(url, "imaps://", 8) == 0)
        host = url + 8;
    else if (strncmp(url, "imap://", 7) == 0)
        host = url + 7;
    if (host == url || !*host || *host == '/' || strpbrk(host, " ?#;@\"<>") || host[strlen(host) - 1] == '/') {
        yaml_problem(&r->yaml, yaml_get(map, "url"),
                     "found %s; allowed is a mailbox such as imaps://mail.example.com/INBOX, without the user",
                     yaml_quote(r->arena, url));
        return;
    }
    *ret = strchr(host, '/') ? url : arena_printf(r->arena, "%s/INBOX", url);
}

/* "60s", "5m". */
static int read_every(struct notice_reader *r, const struct yaml_node *map)
{
    const char *text = yaml_string(&r->yaml, map, "every", YAML_OPTIONAL, 1, 8);
    size_t len = text ? strlen(text) : 0;
    int64_t n, unit_s;

    if (!text)
        return EVERY_S;
    unit_s = text[len - 1] == 'm' ? 60 : 1;
    if (strchr("sm", text[len - 1]) && parse_int64(arena_strndup(r->arena, text, len - 1), 1, EVERY_MAX_S, &n) &&
        n * unit_s >= EVERY_MIN_S && n * unit_s <= EVERY_MAX_S)
        return (int)(n * unit_s);
    yaml_problem(&r->yaml, yaml_get(map, "every"), "found %s; allowed is a time from 5s to 60m",
                 yaml_quote(r->arena, text));
    return EVERY_S;
}

static void read_bounces(struct notice_reader *r, const struct yaml_node *mail)
{
    const struct yaml_node *map = yaml_map(&r->yaml, mail, "bounces", YAML_OPTIONAL);
    struct notice_mailbox box = { .url = "", .user = "", .password = "", .ca_path = "" };
    const char *file;

    if (!map)
        return;
    yaml_expect_keys(&r->yaml, map, "url", "user", "password_file", "ca_path", "every", NULL);
    read_url(r, map, &box.url);
    box.user = yaml_string(&r->yaml, map, "user", YAML_REQUIRED, 1, ADDRESS_CHARS);
    file = yaml_string(&r->yaml, map, "password_file", YAML_REQUIRED, 1, URL_CHARS);
    if (file)
        notice_read_secret(r, yaml_get(map, "password_file"), file, &box.password);
    notice_read_text(r, map, "ca_path", URL_CHARS, &box.ca_path);
    box.every_s = read_every(r, map);
    r->s.bounces = box;
}

void notice_read_mail(struct notice_reader *r, const struct yaml_node *root)
{
    const struct yaml_node *mail = yaml_map(&r->yaml, root, "mail", YAML_OPTIONAL);

    yaml_expect_keys(&r->yaml, mail, "from", "name", "return_path", "bounces", NULL);
    read_address(r, mail, "from", &r->s.mail_from);
    notice_read_text(r, mail, "name", 60, &r->s.mail_from_name);
    read_address(r, mail, "return_path", &r->s.mail_return_path);
    read_bounces(r, mail);
}
