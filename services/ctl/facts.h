/* One thing with all its facts: a labelled column for people, one JSON object for programs. */
#pragma once

#include "ctl.h"

struct facts {
    struct ctl *ctl;
    struct strbuf out;
    bool started; /* a member was written */
};

void facts_begin(struct facts *f, struct ctl *c);
/* name: of the JSON member; label: for people. Where one is NULL the fact is left out there; people do not see empty
 * ones either. */
void facts_text(struct facts *f, const char *name, const char *label, const char *value);
/* A code: people read its word. */
void facts_code(struct facts *f, const char *name, const char *label, const char *code);
void facts_int(struct facts *f, const char *name, const char *label, int64_t value);
void facts_bool(struct facts *f, const char *name, const char *label, bool value);
void facts_time(struct facts *f, const char *name, const char *label, int64_t at_us); /* 0: none */
/* A list of further objects: a heading and a line each for people. Within it, the functions above make an item. */
void facts_list(struct facts *f, const char *name, const char *heading);
/* `line` is the whole item for people. */
void facts_item(struct facts *f, const char *line);
void facts_item_end(struct facts *f);
void facts_list_end(struct facts *f);
void facts_end(struct facts *f);
/* A member whose JSON text is at hand; not shown to people. */
void facts_json(struct facts *f, const char *name, const char *json);
/* A time as people read it, in the arena. */
const char *facts_local_time(struct arena *a, int64_t at_us);
