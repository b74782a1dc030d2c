/* The table of settings.def and the one function that turns a text into a value; used inside common/config only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "config.h"

enum setting_type {
    SETTING_TEXT,
    SETTING_WORD,
    SETTING_URI,
    SETTING_INT,
    SETTING_BOOL,
    SETTING_CHOICE,
    SETTING_PATH,
    SETTING_SECRET,
};

struct setting {
    const char *section, *key;
    enum setting_type type;
    const char *fallback; /* as it would stand in a file */
    int64_t min, max;     /* of a number, or of a text's length in characters */
    const char *choices;  /* "a|b" */
    const char *help;
    size_t offset;        /* of the field in struct config */
    size_t secret_offset; /* SETTING_SECRET: of the field with the file's content */
};

struct setting_section {
    const char *name, *help;
};

enum {
    SETTING_COUNT = 0
#define TEXT(...)   +1
#define WORD(...)   +1
#define URI(...)    +1
#define INT(...)    +1
#define BOOL(...)   +1
#define CHOICE(...) +1
#define PATH(...)   +1
#define SECRET(...) +1
#include "settings.def"
};

extern const struct setting settings[SETTING_COUNT];
extern const struct setting_section setting_sections[]; /* ends with a NULL name */
extern const struct setting_section setting_daemons[];  /* ends with a NULL name */

const struct setting *setting_find(const char *section, const char *key);
bool setting_is_section(const char *name);
bool setting_is_daemon(const char *name);
/* "REDRESS_HTTP_PORT", in the arena. */
const char *setting_env(struct arena *a, const struct setting *s);
/* "a whole number from 0 to 65535", in the arena. */
const char *setting_rule(struct arena *a, const struct setting *s);
/* Puts the text as a value into the field; false if the rule forbids it, the field is then untouched. A path that is
 * not absolute is put behind `folder`. */
bool setting_parse(struct arena *a, const struct setting *s, const char *text, const char *folder, struct config *c);
/* The value as text, passwords masked; in the arena. */
const char *setting_text(struct arena *a, const struct setting *s, const struct config *c);
