#include "lifecycle.h"

#include <string.h>

/* clang-format off */
#define IN(state) (UINT32_C(1) << CASE_##state)
#define G(guard)  (UINT32_C(1) << GUARD_##guard)

/* Sets of states. */
#define NEW_ONES   (IN(ASSIGNED) | IN(REOPENED) | IN(ACKNOWLEDGED)) /* nothing was found out yet */
#define PLANNING   (IN(INVESTIGATED) | IN(PLAN_PROPOSED))
#define UNDER_WAY  (IN(INVESTIGATING) | PLANNING | IN(PLAN_CONFIRMED) | IN(RECTIFYING))
#define LATER      (UNDER_WAY | IN(RECTIFIED) | IN(EVALUATED))
#define IN_HAND    (NEW_ONES | LATER) /* somebody has to do something */
#define WORKABLE   (NEW_ONES | UNDER_WAY)
#define ALIVE      (IN(REGISTERED) | IN(TO_CLASSIFY) | IN_HAND | IN(FED_BACK) | IN(CONFIRMED) | IN(ANSWERED))
#define OVER       (IN(CLOSED) | IN(WITHDRAWN) | IN(MERGED))
#define KEPT       (ALIVE | OVER | IN(ARCHIVED))
#define AFTERWARDS (IN(FED_BACK) | IN(CONFIRMED) | IN(ANSWERED) | OVER | IN(ARCHIVED))

#define SYS ROLE_SYSTEM
#define HDL ROLE_HANDLER
#define HEAD ROLE_DEPARTMENT_HEAD
#define CS  ROLE_SERVICE
#define MGMT ROLE_MANAGEMENT
#define CPL ROLE_COMPLAINANT
#define AGT ROLE_AGENT
#define STAFF (HDL | HEAD | CS)
#define ASKED (CPL | AGT | STAFF) /* the complainant's word, or staff who record it */

/*    from                                            command                     to                   who                       guards                                                        rule  */
const struct lifecycle_row lifecycle[] = {
    { IN(REGISTERED),                                 CMD_ASSIGN,                 CASE_ASSIGNED,       SYS,                      0,                                                            "R10" },
    { IN(REGISTERED),                                 CMD_HAND_OVER,              CASE_TO_CLASSIFY,    SYS,                      0,                                                            "R8" },
    { IN(TO_CLASSIFY) | NEW_ONES | IN(INVESTIGATING), CMD_CLASSIFY,               CASE_ASSIGNED,       HEAD | CS,                0,                                                            "R10" },
    { IN(TO_CLASSIFY) | NEW_ONES,                     CMD_REASSIGN,               CASE_ASSIGNED,       SYS | HEAD | CS,          G(CLASSIFIED),                                                "R11" },
    { LATER,                                          CMD_REASSIGN,               CASE_SAME,           SYS | HEAD | CS,          0,                                                            "R11" },
    { NEW_ONES | IN(INVESTIGATING),                   CMD_REFUSE,                 CASE_ASSIGNED,       HDL | HEAD,               G(NOT_AWARDED) | G(PROPOSAL),                                 "R10" },
    { NEW_ONES | IN(INVESTIGATING),                   CMD_REFUSE,                 CASE_TO_CLASSIFY,    HDL | HEAD,               G(NOT_AWARDED),                                               "R10" },
    { IN(TO_CLASSIFY) | NEW_ONES,                     CMD_AWARD,                  CASE_ASSIGNED,       CS,                       G(CLASSIFIED),                                                "R10" },
    { IN(ASSIGNED) | IN(REOPENED),                    CMD_ACKNOWLEDGE,            CASE_ACKNOWLEDGED,   HDL,                      G(MAY_HANDLE),                                                "R11" },
    { LATER | IN(ACKNOWLEDGED),                       CMD_ACKNOWLEDGE,            CASE_SAME,           HDL,                      G(UNACKNOWLEDGED) | G(MAY_HANDLE),                            "R11" },
    { ALIVE,                                          CMD_RECUSE,                 CASE_SAME,           STAFF | MGMT,             0,                                                            "R12" },
    { ALIVE,                                          CMD_CONTACT,                CASE_SAME,           STAFF | AGT,              0,                                                            "R15" },
    { IN(ACKNOWLEDGED),                               CMD_START_INVESTIGATION,    CASE_INVESTIGATING,  HDL | HEAD,               G(MAY_HANDLE),                                                "R17" },
    { IN(INVESTIGATING),                              CMD_COMPLETE_INVESTIGATION, CASE_INVESTIGATED,   HDL | HEAD,               G(MAY_HANDLE),                                                "R25" },
    { PLANNING,                                       CMD_HOLD_MEETING,           CASE_SAME,           STAFF | MGMT,             0,                                                            "R26" },
    { PLANNING,                                       CMD_PROPOSE_PLAN,           CASE_PLAN_PROPOSED,  HDL | HEAD,               G(MAY_HANDLE) | G(MET_IF_COMPLEX) | G(IN_FUTURE),             "R26" },
    { IN(PLAN_PROPOSED),                              CMD_CONFIRM_PLAN,           CASE_PLAN_CONFIRMED, ASKED,                    G(WAY_PROVEN),                                                "R26" },
    { IN(PLAN_PROPOSED),                              CMD_REJECT_PLAN,            CASE_INVESTIGATED,   ASKED,                    0,                                                            "R34" },
    { IN(PLAN_CONFIRMED),                             CMD_START_RECTIFICATION,    CASE_RECTIFYING,     HDL | HEAD,               G(MAY_HANDLE),                                                "R27" },
    { IN(PLAN_CONFIRMED) | IN(RECTIFYING),            CMD_COMPLETE,               CASE_RECTIFIED,      HDL | HEAD,               G(MAY_HANDLE) | G(NOT_WAITING) | G(NO_OPEN_WORK),             "R20" },
    { NEW_ONES,                                       CMD_COMPLETE,               CASE_RECTIFIED,      HDL | HEAD,               G(MAY_HANDLE) | G(SIMPLE) | G(NOT_WAITING) | G(NO_OPEN_WORK), "R30" },
    { IN(RECTIFIED),                                  CMD_EVALUATE,               CASE_EVALUATED,      STAFF,                    G(EFFECTIVE),                                                 "R28" },
    { IN(RECTIFIED),                                  CMD_EVALUATE,               CASE_INVESTIGATED,   STAFF,                    0,                                                            "R28" },
    { IN(EVALUATED),                                  CMD_FEED_BACK,              CASE_FED_BACK,       STAFF | AGT,              G(NOT_WAITING),                                               "R28" },
    { IN(RECTIFIED),                                  CMD_FEED_BACK,              CASE_FED_BACK,       STAFF | AGT,              G(SIMPLE) | G(NOT_WAITING),                                   "R30" },
    { IN(FED_BACK),                                   CMD_CONFIRM,                CASE_CONFIRMED,      ASKED,                    G(WAY_PROVEN),                                                "R28" },
    { IN(RECTIFIED),                                  CMD_CONFIRM,                CASE_CONFIRMED,      ASKED,                    G(SIMPLE) | G(WAY_PROVEN),                                    "R30" },
    { IN(FED_BACK) | IN(RECTIFIED),                   CMD_DISSATISFY,             CASE_INVESTIGATED,   ASKED,                    0,                                                            "R29" },
    { IN(ANSWERED),                                   CMD_DISSATISFY,             CASE_ACKNOWLEDGED,   ASKED,                    0,                                                            "R29" },
    { NEW_ONES,                                       CMD_ANSWER,                 CASE_ANSWERED,       STAFF | AGT,              G(CONSULTATION) | G(NOT_WAITING) | G(NO_OPEN_WORK),           "R8" },
    { IN(FED_BACK),                                   CMD_REMIND,                 CASE_SAME,           SYS | CS | AGT,           0,                                                            "R28" },
    { IN(CONFIRMED) | IN(ANSWERED),                   CMD_CLOSE,                  CASE_CLOSED,         SYS | STAFF,              G(INSPECTED_IF_MAJOR) | G(NO_OPEN_WORK),                      "R28" },
    { IN(FED_BACK),                                   CMD_CLOSE,                  CASE_CLOSED,         SYS,                      G(REMINDED_ENOUGH) | G(INSPECTED_IF_MAJOR) | G(NO_OPEN_WORK), "R28" },
    { IN(CLOSED) | IN(ARCHIVED),                      CMD_REOPEN,                 CASE_REOPENED,       CPL | AGT | CS,           G(IN_WINDOW),                                                 "R28" },
    { OVER,                                           CMD_ARCHIVE,                CASE_ARCHIVED,       SYS | CS,                 0,                                                            "R47" },
    { ALIVE,                                          CMD_WITHDRAW,               CASE_WITHDRAWN,      CPL | AGT | CS,           G(INSPECTED_IF_MAJOR) | G(NO_OPEN_WORK),                      "R48" },
    { ALIVE,                                          CMD_MERGE,                  CASE_MERGED,         CS | HEAD,                G(MERGEABLE) | G(INSPECTED_IF_MAJOR) | G(NO_OPEN_WORK),       "R7" },
    { IN(MERGED),                                     CMD_SPLIT,                  CASE_REOPENED,       CS | HEAD,                0,                                                            "R7" },
    { IN_HAND,                                        CMD_WAIT,                   CASE_SAME,           STAFF,                    G(NOT_WAITING),                                               "R14" },
    { ALIVE,                                          CMD_CHASE_PARTY,            CASE_SAME,           STAFF,                    G(WAITING),                                                   "R14" },
    { ALIVE,                                          CMD_RESUME,                 CASE_SAME,           STAFF | AGT,              G(WAITING),                                                   "R14" },
    { IN_HAND,                                        CMD_REQUEST_INFORMATION,    CASE_SAME,           STAFF | AGT,              G(NOT_ASKED_YET),                                             "R27" },
    { ALIVE,                                          CMD_GIVE_INFORMATION,       CASE_SAME,           ASKED | SYS,              G(QUESTION_OPEN),                                             "R27" },
    { ALIVE,                                          CMD_NOTE,                   CASE_SAME,           STAFF | MGMT | AGT | CPL, 0,                                                            "R27" },
    { ALIVE,                                          CMD_TELL_PROGRESS,          CASE_SAME,           STAFF | AGT,              0,                                                            "R23" },
    { IN_HAND | IN(FED_BACK),                         CMD_ESCALATE,               CASE_SAME,           SYS | STAFF | MGMT,       G(BELOW_TOP),                                                 "R34" },
    { IN_HAND | IN(FED_BACK),                         CMD_DEESCALATE,             CASE_SAME,           CS | MGMT,                G(ABOVE_BOTTOM),                                              "R35" },
    { IN_HAND | IN(FED_BACK),                         CMD_REVIEW,                 CASE_SAME,           CS | MGMT,                G(UNDER_REVIEW),                                              "R35" },
    { ALIVE,                                          CMD_ARRANGE_INSPECTION,     CASE_SAME,           STAFF | MGMT,             G(INSPECTION_OPEN) | G(IN_FUTURE),                            "R13" },
    { ALIVE,                                          CMD_RECORD_INSPECTION,      CASE_SAME,           STAFF | MGMT,             G(INSPECTION_OPEN),                                           "R13" },
    { WORKABLE,                                       CMD_OPEN_WORK_ORDER,        CASE_SAME,           STAFF,                    0,                                                            "R31" },
    { WORKABLE,                                       CMD_QUOTE_WORK,             CASE_SAME,           STAFF,                    G(ORDER_READY),                                               "R31" },
    { WORKABLE,                                       CMD_APPROVE_QUOTE,          CASE_SAME,           ASKED,                    G(ORDER_READY) | G(WAY_PROVEN),                               "R31" },
    { WORKABLE,                                       CMD_DISPATCH_WORK,          CASE_SAME,           STAFF,                    G(ORDER_READY),                                               "R31" },
    { WORKABLE,                                       CMD_AGREE_APPOINTMENT,      CASE_SAME,           STAFF | AGT,              G(ORDER_READY) | G(IN_FUTURE),                                "R24" },
    { WORKABLE,                                       CMD_FINISH_WORK,            CASE_SAME,           STAFF,                    G(ORDER_READY),                                               "R24" },
    { WORKABLE,                                       CMD_SIGN_WORK,              CASE_SAME,           ASKED,                    G(ORDER_READY) | G(RATING) | G(WAY_PROVEN),                   "R31" },
    { WORKABLE,                                       CMD_CANCEL_WORK,            CASE_SAME,           STAFF | CPL | AGT,        G(ORDER_READY),                                               "R31" },
    { AFTERWARDS,                                     CMD_ANSWER_SURVEY,          CASE_SAME,           CPL | AGT | CS | SYS,     0,                                                            "R36" },
    { KEPT,                                           CMD_SET_LEGAL_HOLD,         CASE_SAME,           CS | MGMT,                G(NOT_HELD),                                                  "R47" },
    { KEPT,                                           CMD_LIFT_LEGAL_HOLD,        CASE_SAME,           CS | MGMT,                G(HELD),                                                      "R47" },
    { IN(ARCHIVED),                                   CMD_ERASE,                  CASE_ERASED,         SYS,                      G(RETENTION_OVER) | G(NOT_HELD),                              "R47" },
};
/* clang-format on */
const size_t lifecycle_rows = sizeof(lifecycle) / sizeof(lifecycle[0]);

struct state_name {
    int number;
    const char *name, *chinese;
};

#define ROW(state, number, name, chinese) { number, name, chinese },
static const struct state_name states[] = { CASE_STATES(ROW) };
#undef ROW
#define STATE_COUNT (sizeof(states) / sizeof(states[0]))

#define ROW(command, name, chinese, event, needs) [command] = { name, chinese, event, needs },
const struct command_info case_commands[CASE_COMMAND_COUNT] = { CASE_COMMANDS(ROW) };
#undef ROW

#define ROW(guard, code, rule, chinese, english) [GUARD_##guard] = { code, rule, chinese, english },
const struct guard_info case_guards[CASE_GUARD_COUNT] = { CASE_GUARDS(ROW) };
#undef ROW

#define ROW(role, name, chinese, bit) [bit] = { name, chinese },
static const struct {
    const char *name, *chinese;
} roles[CASE_ROLE_COUNT] = { CASE_ROLES(ROW) };
#undef ROW

const struct lifecycle_row *lifecycle_find(enum case_status from, enum case_command command)
{
    for (size_t i = 0; i < lifecycle_rows; i++)
        if ((lifecycle[i].from >> from & 1) && lifecycle[i].command == command)
            return &lifecycle[i];
    return NULL;
}

/* ---- names ---- */

static const struct state_name *state_of(int status)
{
    for (size_t i = 0; i < STATE_COUNT; i++)
        if (states[i].number == status)
            return &states[i];
    return NULL;
}

const char *case_status_name(int status)
{
    const struct state_name *s = state_of(status);

    return s ? s->name : NULL;
}

const char *case_status_chinese(int status)
{
    const struct state_name *s = state_of(status);

    return s ? s->chinese : NULL;
}

enum case_status case_status_find(const char *name)
{
    for (size_t i = 0; i < STATE_COUNT; i++)
        if (strcmp(states[i].name, name) == 0)
            return (enum case_status)states[i].number;
    return CASE_SAME;
}

enum case_command case_command_find(const char *name)
{
    for (size_t i = 0; i < CASE_COMMAND_COUNT; i++)
        if (strcmp(case_commands[i].name, name) == 0)
            return (enum case_command)i;
    return CASE_COMMAND_COUNT;
}

static size_t bit_of(uint32_t role)
{
    size_t bit = 0;

    while (bit + 1 < CASE_ROLE_COUNT && !(role & 1U << bit))
        bit++;
    return bit;
}

const char *case_role_name(uint32_t role)
{
    return roles[bit_of(role)].name;
}

const char *case_role_chinese(uint32_t role)
{
    return roles[bit_of(role)].chinese;
}

bool case_status_alive(enum case_status status)
{
    return (ALIVE >> status & 1) != 0;
}

/* ---- drawn ---- */

/* What leads from one state to another, one line each; `any`: steps out of whatever state it is in. */
static void draw_arrow(struct strbuf *out, int from, int to, bool any)
{
    const char *sep = "";

    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        if ((int)row->to != to || (row->from == ALIVE) != any || !(row->from >> from & 1))
            continue;
        if (!*sep)
            strbuf_printf(out, "  %s -> %s [label=\"", any ? "any" : case_status_name(from), case_status_name(to));
        strbuf_printf(out, "%s%s %s", sep, case_commands[row->command].chinese, row->rule);
        sep = "\\n";
    }
    if (*sep)
        strbuf_adds(out, "\"];\n");
}

void lifecycle_dot(struct strbuf *out)
{
    strbuf_adds(out, "digraph lifecycle {\n"
                     "  rankdir=TB; nodesep=0.5; ranksep=0.6;\n"
                     "  node [shape=box, style=rounded, fontname=\"sans\", fontsize=12];\n"
                     "  edge [fontname=\"sans\", fontsize=10, color=\"#666666\"];\n"
                     "  any [label=\"任何未结的状态\\nany until it is over\", style=\"rounded,dashed\"];\n");
    for (size_t i = 0; i < STATE_COUNT; i++)
        strbuf_printf(out, "  %s [label=\"%s\\n%s\"];\n", states[i].name, states[i].chinese, states[i].name);
    for (size_t to = 0; to < STATE_COUNT; to++)
        draw_arrow(out, CASE_REGISTERED, states[to].number, true); /* it is one of them */
    for (size_t from = 0; from < STATE_COUNT; from++)
        for (size_t to = 0; to < STATE_COUNT; to++)
            draw_arrow(out, states[from].number, states[to].number, false);
    strbuf_adds(out, "}\n");
}

static void add_states(struct strbuf *out, uint32_t from)
{
    const char *sep = "";

    if (from == ALIVE) {
        strbuf_adds(out, "(any until it is over)");
        return;
    }
    for (size_t i = 0; i < STATE_COUNT; i++)
        if (from >> states[i].number & 1) {
            strbuf_printf(out, "%s%s", sep, states[i].name);
            sep = ", ";
        }
}

static void add_roles(struct strbuf *out, uint32_t who)
{
    const char *sep = "";

    for (size_t bit = 0; bit < CASE_ROLE_COUNT; bit++)
        if (who & 1U << bit) {
            strbuf_printf(out, "%s%s", sep, roles[bit].name);
            sep = ", ";
        }
}

static void add_guards(struct strbuf *out, uint32_t guards)
{
    const char *sep = "";

    for (size_t i = 0; i < CASE_GUARD_COUNT; i++)
        if (guards >> i & 1) {
            strbuf_printf(out, "%s`%s`", sep, case_guards[i].code);
            sep = " ";
        }
}

void lifecycle_markdown(struct strbuf *out)
{
    strbuf_adds(out,
                "| command | | from | to | who | refused as | rule |\n| --- | --- | --- | --- | --- | --- | --- |\n");
    for (size_t i = 0; i < lifecycle_rows; i++) {
        const struct lifecycle_row *row = &lifecycle[i];

        strbuf_printf(out, "| `%s` | %s | ", case_commands[row->command].name, case_commands[row->command].chinese);
        add_states(out, row->from);
        strbuf_printf(out, " | %s | ", row->to == CASE_SAME ? "" : case_status_name((int)row->to));
        add_roles(out, row->who);
        strbuf_adds(out, " | ");
        add_guards(out, row->guards);
        strbuf_printf(out, " | %s |\n", row->rule);
    }
}
