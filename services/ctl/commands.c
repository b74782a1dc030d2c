/* All commands, area by area in the order of the help. A new area is one declaration and one line here. */
#include "table.h"

extern const struct ctl_command db_commands[];
extern const struct ctl_command topics_commands[];
extern const struct ctl_command tenant_commands[];
extern const struct ctl_command complaint_commands[];
extern const struct ctl_command act_commands[];
extern const struct ctl_command lifecycle_commands[];
extern const struct ctl_command submit_commands[];
extern const struct ctl_command replay_commands[];
extern const struct ctl_command journal_commands[];
extern const struct ctl_command archive_commands[];
extern const struct ctl_command dead_letters_commands[];
extern const struct ctl_command decode_commands[];
extern const struct ctl_command lag_commands[];
extern const struct ctl_command calendar_commands[];
extern const struct ctl_command policy_commands[];
extern const struct ctl_command clocks_commands[];
extern const struct ctl_command notify_commands[];
extern const struct ctl_command template_commands[];
extern const struct ctl_command gateway_commands[];
extern const struct ctl_command asyncapi_commands[];
extern const struct ctl_command about_commands[];

const struct ctl_area ctl_areas[] = {
    { "Setting up", db_commands },
    { "Topics", topics_commands },
    { "Tenants", tenant_commands },
    { "Complaints", complaint_commands },
    { "Acting on a case", act_commands },
    { "The life of a case", lifecycle_commands },
    { "Submissions", submit_commands },
    { "Recordings", replay_commands },
    { "Journal", journal_commands },
    { "The record", archive_commands },
    { "Dead letters", dead_letters_commands },
    { "Looking at topics", decode_commands },
    { "Watching", lag_commands },
    { "Calendars", calendar_commands },
    { "Commitments", policy_commands },
    { "Clocks", clocks_commands },
    { "Messages", notify_commands },
    { "Telling people", template_commands },
    { "Gateways", gateway_commands },
    { "Contract", asyncapi_commands },
    { "Keys, settings and help", about_commands },
    { 0 },
};

const struct ctl_option ctl_global_options[] = {
    { "config", "FILE", "settings (YAML); default: REDRESS_CONFIG; without: REDRESS_... of the environment" },
    { "output", "FORM", "table, json (one value) or jsonl (a JSON object a line); default: table" },
    { "verbose", NULL, "tell what the Kafka client says, on standard error" },
    { "help", NULL, "print what a command does, its options and examples" },
    { "version", NULL, "print the version" },
    { 0 },
};
