/* lifecycle: dispatch's table of the life of a case, to be read, drawn, or put into docs/lifecycle.md. */
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "services/dispatch/lifecycle.h"

/* ---- for the terminal ---- */

static uint32_t alive(void)
{
    uint32_t set = 0;

    for (int status = CASE_REGISTERED; case_status_name(status); status++)
        if (case_status_alive((enum case_status)status))
            set |= UINT32_C(1) << status;
    return set;
}

static const char *states_of(struct arena *a, uint32_t from, bool chinese)
{
    struct strbuf b;

    if (chinese && from == alive())
        return "任何未结的状态";
    strbuf_init(&b, a);
    for (int status = CASE_REGISTERED; case_status_name(status); status++)
        if (from >> status & 1)
            strbuf_printf(&b, "%s%s", b.len ? (chinese ? "、" : " ") : "",
                          chinese ? case_status_chinese(status) : case_status_name(status));
    return b.data;
}

static const char *roles_of(struct arena *a, uint32_t who, bool chinese)
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (int bit = 0; bit < CASE_ROLE_COUNT; bit++)
        if (who >> bit & 1)
            strbuf_printf(&b, "%s%s", b.len ? (chinese ? "、" : " ") : "",
                          chinese ? case_role_chinese(UINT32_C(1) << bit) : case_role_name(UINT32_C(1) << bit));
    return b.data;
}

static const char *guards_of(struct arena *a, uint32_t guards)
{
    struct strbuf b;

    strbuf_init(&b, a);
    for (int g = 0; g < CASE_GUARD_COUNT; g++)
        if (guards >> g & 1)
            strbuf_printf(&b, "%s%s", b.len ? " " : "", case_guards[g].code);
    return b.data ? b.data : "";
}

static void print_rows(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "chinese", "操作", CTL_TEXT },   { "command", "command", CTL_TEXT }, { "to", "到 to", CTL_TEXT },
        { "who", "谁可以 who", CTL_TEXT }, { "rule", "依据 rule", CTL_TEXT },  { "refusedAs", "否则 else", CTL_TEXT },
        { "from", "从 from", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, sizeof columns / sizeof *columns);
    bool people = c->output == CTL_TABLE;

    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];
        int to = (int)row->to;

        ctl_add_text(rows, case_commands[row->command].chinese);
        ctl_add_text(rows, case_commands[row->command].name);
        ctl_add_text(rows, row->to == CASE_SAME ? NULL : people ? case_status_chinese(to) : case_status_name(to));
        ctl_add_text(rows, roles_of(c->arena, row->who, people));
        ctl_add_text(rows, row->rule);
        ctl_add_text(rows, guards_of(c->arena, row->guards));
        ctl_add_text(rows, states_of(c->arena, row->from, people));
    }
    ctl_rows_end(rows);
}

/* ---- docs/lifecycle.md ---- */

static void add_states_table(struct strbuf *out)
{
    strbuf_adds(out, "\n## States\n\n| state | | it is over |\n| --- | --- | --- |\n");
    for (int status = CASE_REGISTERED; case_status_name(status); status++)
        strbuf_printf(out, "| `%s` | %s | %s |\n", case_status_name(status), case_status_chinese(status),
                      case_status_alive((enum case_status)status) ? "" : "yes");
}

static void add_roles_table(struct strbuf *out)
{
    strbuf_adds(out, "\n## Who\n\n| role | |\n| --- | --- |\n");
    for (int bit = 0; bit < CASE_ROLE_COUNT; bit++)
        strbuf_printf(out, "| `%s` | %s |\n", case_role_name(UINT32_C(1) << bit),
                      case_role_chinese(UINT32_C(1) << bit));
}

static void add_guards_table(struct strbuf *out)
{
    strbuf_adds(out, "\n## Refusals\n\n| code | rule | what is not so | |\n| --- | --- | --- | --- |\n");
    for (int g = 0; g < CASE_GUARD_COUNT; g++)
        strbuf_printf(out, "| `%s` | %s | %s | %s |\n", case_guards[g].code, case_guards[g].rule,
                      case_guards[g].chinese, case_guards[g].english);
}

static void add_markdown(struct strbuf *out)
{
    strbuf_adds(
        out,
        "# The life of a case\n"
        "<!-- Made by `redressctl lifecycle --markdown`; a test checks that it is fresh. -->\n\n"
        "Whatever happens to a complaint after its registration is a command (`redress.v1.Command`), and this table\n"
        "(`services/dispatch/lifecycle.c`) says who may give it when. Rules R1-R49 are in [domain.md](domain.md); the\n"
        "commands' fields are in [redressctl.md](redressctl.md) under `act`.\n\n"
        "![The states and the commands that lead from one to the next](lifecycle.svg)\n\n"
        "## Commands\n\n"
        "Of several rows of a command for one state the first whose conditions hold counts. Where `to` is empty the "
        "case\n"
        "stays in its state. A command that no row allows is refused as `wrong_state`, as `wrong_role`, or by the code "
        "of\n"
        "the condition that does not hold.\n\n");
    lifecycle_markdown(out);
    add_states_table(out);
    add_roles_table(out);
    add_guards_table(out);
}

static int cmd_lifecycle(struct ctl *c)
{
    bool dot = ctl_option(c, "dot") != NULL, markdown = ctl_option(c, "markdown") != NULL;
    struct strbuf out;

    if (dot && markdown)
        return ctl_fail(CTL_USAGE, "--dot and --markdown are two forms: choose one");
    if (!dot && !markdown) {
        print_rows(c);
        return CTL_OK;
    }
    strbuf_init(&out, c->arena);
    if (dot)
        lifecycle_dot(&out);
    else
        add_markdown(&out);
    fwrite(out.data, 1, out.len, stdout);
    return CTL_OK;
}

const struct ctl_command lifecycle_commands[] = {
    {
        .name = "lifecycle",
        .arguments = "",
        .summary = "show the life of a case: its states, and who may do what in which of them",
        .details = "The table by which dispatch decides. docs/lifecycle.md and docs/lifecycle.svg are made from it.\n\n"
                   "Examples:\n"
                   "  redressctl lifecycle\n"
                   "  redressctl lifecycle --dot | dot -Tsvg >lifecycle.svg",
        .options = { { "dot", NULL, "as a drawing for Graphviz" },
                     { "markdown", NULL, "as docs/lifecycle.md has it" } },
        .run = cmd_lifecycle,
        .offline = true,
    },
    { 0 },
};
