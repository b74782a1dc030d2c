/* The parts of a policy's file: names, events, scopes, terms. Used by policy_file.c only. */
#pragma once

#include "common/config/yaml.h"
#include "policy.h"

#define POLICY_LIMIT_FORM "30m, 24h, 7d, 5wd, 8wh, plan_deadline or appointment_end"

struct policy_reader {
    struct yaml_reader yaml;
    struct arena *arena;
    const struct sla_names *known;
    struct sla_policy policy;
    struct sla_terms defaults;
};

/* Values of a map by key; "" or nothing where they are absent or, with the problem told, wrong. */
const char *policy_read_code(struct policy_reader *r, const struct yaml_node *map, const char *key,
                             enum yaml_need need);
struct sla_list policy_read_codes(struct policy_reader *r, const struct yaml_node *map, const char *key);
const char *policy_read_rule(struct policy_reader *r, const struct yaml_node *map); /* "" for none */
struct sla_text policy_read_text(struct policy_reader *r, const struct yaml_node *map, const char *key,
                                 enum yaml_need need);

enum policy_event_use { POLICY_EVENT_STARTS, POLICY_EVENT_STOPS, POLICY_EVENT_SKIPS };
/* One event or a list of them; only skip may be absent. */
struct sla_events policy_read_events(struct policy_reader *r, const struct yaml_node *map, const char *key,
                                     enum policy_event_use use);

/* projects, categories, severity, complexity of a map that has nothing else. */
struct sla_scope policy_read_scope(struct policy_reader *r, const struct yaml_node *map);
const char *policy_check_project(struct policy_reader *r, const struct yaml_node *at, const char *code);
const char *policy_as_calendar(struct policy_reader *r, const struct yaml_node *n);

/* Puts what the map says of limit, calendar, pause, warn, warn_to, ladder and tell_complainant into the terms; returns
 * which fields these were. */
uint32_t policy_read_terms(struct policy_reader *r, const struct yaml_node *map, struct sla_terms *t);
/* "handler, department_head, ..." */
const char *policy_read_choices(struct policy_reader *r, const struct sla_word words[]);
