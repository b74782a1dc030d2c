/* A redress.v1.Command made of a command line, a file, or both. */
#pragma once

#include "common/event/problem.h"
#include "ctl.h"
#include "redress/v1/command.pb-c.h"

struct command_problems {
    const struct field_problem *items;
    size_t count;
};

/* From c's arguments and options (cmd_act.c has them), with a reference of its own where none is given. 0; or the exit
 * status after saying why, or with ret_problems about the file, to be told by the caller. */
int command_build(struct ctl *c, Redress__V1__Command **ret, struct command_problems *ret_problems);

/* What dispatch would refuse, as far as the command alone tells: the tenant's staff, departments and categories, and
 * the case, only dispatch knows. */
void command_check(struct arena *a, const Redress__V1__Command *m, struct command_problems *ret);

/* "propose_plan"; "" if it holds no command. */
const char *command_name(const Redress__V1__Command *m);

/* All commands with their fields, for the help. */
void command_list(FILE *out);
