#include "lifecycle.h"

#define ROW(from, command, to, who, rule) { from, command, to, who, rule },
const struct lifecycle_row lifecycle[] = { LIFECYCLE(ROW) };
#undef ROW
const size_t lifecycle_rows = sizeof(lifecycle) / sizeof(lifecycle[0]);

struct state_name {
    int number;
    const char *name, *chinese;
};

#define NAME(state, number, name, chinese) { number, name, chinese },
static const struct state_name states[] = { CASE_STATES(NAME) };
#undef NAME
#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

#define NAME(command, name, chinese) [command] = { name, chinese },
static const struct {
    const char *name, *chinese;
} commands[] = { CASE_COMMANDS(NAME) }, roles[] = { CASE_ROLES(NAME) };
#undef NAME

int lifecycle_next(enum case_status from, enum case_command command, enum case_status *ret_to)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        if (lifecycle[i].from == from && lifecycle[i].command == command) {
            *ret_to = lifecycle[i].to;
            return 0;
        }
    return LIFECYCLE_REFUSED;
}

static const struct state_name *state_find(int status)
{
    for (size_t i = 0; i < STATE_COUNT; i++)
        if (states[i].number == status)
            return &states[i];
    return NULL;
}

const char *case_status_name(int status)
{
    const struct state_name *s = state_find(status);

    return s ? s->name : NULL;
}

const char *case_status_chinese(int status)
{
    const struct state_name *s = state_find(status);

    return s ? s->chinese : NULL;
}

const char *case_command_name(enum case_command command)
{
    return commands[command].name;
}

const char *case_command_chinese(enum case_command command)
{
    return commands[command].chinese;
}

const char *case_role_chinese(enum case_role role)
{
    return roles[role].chinese;
}

void lifecycle_dot(struct strbuf *out)
{
    strbuf_adds(out, "digraph lifecycle {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (size_t i = 0; i < STATE_COUNT; i++)
        strbuf_printf(out, "  %s [label=\"%s\\n%s\"];\n", states[i].name, states[i].chinese, states[i].name);
    for (size_t i = 0; i < lifecycle_rows; i++)
        strbuf_printf(out, "  %s -> %s [label=\"%s\\n%s %s\"];\n", case_status_name((int)lifecycle[i].from),
                      case_status_name((int)lifecycle[i].to), case_command_chinese(lifecycle[i].command),
                      case_role_chinese(lifecycle[i].who), lifecycle[i].rule);
    strbuf_adds(out, "}\n");
}
