/* The life of a complaint as a table: who may do what in which state, and where it leads. `redressctl lifecycle` draws
 * it, the tests walk it, and every change of a case goes through lifecycle_next.
 *
 * States and their numbers are stored (dispatch.case_state.status): never renumber, only add. */
#pragma once

#include "common/base/str.h"

/* clang-format off */
/*    state             number  name in events   Chinese */
#define CASE_STATES(S)                                                                                                 \
    S(CASE_REGISTERED,  1,      "registered",    "已登记")                                                             \
    S(CASE_TO_CLASSIFY, 2,      "to_classify",   "待人工分类")                                                         \
    S(CASE_ASSIGNED,    3,      "assigned",      "已派单")

/*    command           name            Chinese */
#define CASE_COMMANDS(C)                                                                                               \
    C(CMD_ASSIGN,       "assign",       "派单")                                                                        \
    C(CMD_HAND_OVER,    "hand_over",    "转人工分类")                                                                  \
    C(CMD_CLASSIFY,     "classify",     "人工分类")                                                                    \
    C(CMD_REASSIGN,     "reassign",     "改派")

/*    role              name              Chinese */
#define CASE_ROLES(R)                                                                                                  \
    R(ROLE_SYSTEM,          "system",          "系统")                                                                 \
    R(ROLE_DEPARTMENT_HEAD, "department_head", "部门负责人")

/*    from              command         to                who                    rule */
#define LIFECYCLE(T)                                                                                                   \
    T(CASE_REGISTERED,  CMD_ASSIGN,     CASE_ASSIGNED,    ROLE_SYSTEM,           "R10")                                \
    T(CASE_REGISTERED,  CMD_HAND_OVER,  CASE_TO_CLASSIFY, ROLE_SYSTEM,           "R8")                                 \
    T(CASE_TO_CLASSIFY, CMD_CLASSIFY,   CASE_ASSIGNED,    ROLE_DEPARTMENT_HEAD,  "R10")                                \
    T(CASE_ASSIGNED,    CMD_REASSIGN,   CASE_ASSIGNED,    ROLE_DEPARTMENT_HEAD,  "R11")
/* clang-format on */

#define ENUM_OF(name, number, ...) name = number,
enum case_status { CASE_STATES(ENUM_OF) };
#undef ENUM_OF
#define ENUM_OF(name, ...) name,
enum case_command { CASE_COMMANDS(ENUM_OF) CASE_COMMAND_COUNT };
enum case_role { CASE_ROLES(ENUM_OF) CASE_ROLE_COUNT };
#undef ENUM_OF

struct lifecycle_row {
    enum case_status from;
    enum case_command command;
    enum case_status to;
    enum case_role who;
    const char *rule; /* of domain.md */
};

extern const struct lifecycle_row lifecycle[];
extern const size_t lifecycle_rows;

#define LIFECYCLE_REFUSED 1 /* the table has no such step */

/* 0 and the state after the command, or LIFECYCLE_REFUSED. */
int lifecycle_next(enum case_status from, enum case_command command, enum case_status *ret_to);

/* NULL for a number that is no state. */
const char *case_status_name(int status);
const char *case_status_chinese(int status);
const char *case_command_name(enum case_command command);
const char *case_command_chinese(enum case_command command);
const char *case_role_chinese(enum case_role role);

/* The table as a Graphviz graph. */
void lifecycle_dot(struct strbuf *out);
