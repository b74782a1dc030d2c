/* The parts of a notification file: gateways, templates, routes. Used by notice_*.c only. */
#pragma once

#include "common/config/yaml.h"
#include "notice_file.h"

struct notice_reader {
    struct yaml_reader yaml;
    struct arena *arena;
    const char *folder; /* of the file: relative paths start there */
    bool read_secrets;
    struct notice_settings s; /* what was there before, and what the file says on top */
};

/* Each takes the file's map and puts what it says into r->s; in this order, because each may name those before it. */
void notice_read_mail(struct notice_reader *r, const struct yaml_node *root);
void notice_read_templates(struct notice_reader *r, const struct yaml_node *root);
void notice_read_gateways(struct notice_reader *r, const struct yaml_node *root);
void notice_read_routes(struct notice_reader *r, const struct yaml_node *root);

/* Small letters, digits and _, beginning with a letter, at most 48; else a problem at the node. */
bool notice_name_ok(struct notice_reader *r, const struct yaml_node *at, const char *name);
/* What stands under the key takes the place of *ret. */
void notice_read_text(struct notice_reader *r, const struct yaml_node *map, const char *key, size_t max,
                      const char **ret);
/* The content of a file; false: it cannot be read, which is told, or secrets are not read at all. */
bool notice_read_secret(struct notice_reader *r, const struct yaml_node *at, const char *path, const char **ret);
/* "zh-CN", "en". */
bool notice_locale_ok(const char *locale);
/* "a, b, c" of the list, in the arena. */
const char *notice_choices(struct arena *a, const char *const names[]);
