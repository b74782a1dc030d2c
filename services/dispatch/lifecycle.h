/* The life of a complaint as tables: its states, what can be done to it, who may do what in which state and what must
 * be true for it, and where it leads. From them come the decision (handling.c), the answer to "what may I do now", the
 * drawing in docs/ (`redressctl lifecycle --dot`) and the tests that walk every path.
 *
 * The steps themselves are in lifecycle.c. States and their numbers are stored (dispatch.case_state.status): never
 * renumber, only add. */
#pragma once

#include "common/base/str.h"

/* clang-format off */
/*    state                number  name in events     Chinese */
#define CASE_STATES(S)                                                                                                 \
    S(CASE_REGISTERED,     1,      "registered",      "已登记")                                                        \
    S(CASE_TO_CLASSIFY,    2,      "to_classify",     "待客服裁定")                                                    \
    S(CASE_ASSIGNED,       3,      "assigned",        "已派单")                                                        \
    S(CASE_ACKNOWLEDGED,   4,      "acknowledged",    "已接收")                                                        \
    S(CASE_INVESTIGATING,  5,      "investigating",   "调查中")                                                        \
    S(CASE_INVESTIGATED,   6,      "investigated",    "已查实")                                                        \
    S(CASE_PLAN_PROPOSED,  7,      "plan_proposed",   "方案待确认")                                                    \
    S(CASE_PLAN_CONFIRMED, 8,      "plan_confirmed",  "方案已确认")                                                    \
    S(CASE_RECTIFYING,     9,      "rectifying",      "整改中")                                                        \
    S(CASE_RECTIFIED,      10,     "rectified",       "整改完成")                                                      \
    S(CASE_EVALUATED,      11,     "evaluated",       "已评估")                                                        \
    S(CASE_FED_BACK,       12,     "fed_back",        "已反馈")                                                        \
    S(CASE_CONFIRMED,      13,     "confirmed",       "已确认")                                                        \
    S(CASE_CLOSED,         14,     "closed",          "已结案")                                                        \
    S(CASE_ARCHIVED,       15,     "archived",        "已归档")                                                        \
    S(CASE_WITHDRAWN,      16,     "withdrawn",       "已撤回")                                                        \
    S(CASE_MERGED,         17,     "merged",          "已并案")                                                        \
    S(CASE_ANSWERED,       18,     "answered",        "已答复")                                                        \
    S(CASE_REOPENED,       19,     "reopened",        "重新受理")                                                      \
    S(CASE_ERASED,         20,     "erased",          "已销毁")

/*    role                  name                 Chinese         bits: one person may be several */
#define CASE_ROLES(R)                                                                                                  \
    R(ROLE_SYSTEM,          "system",            "系统",       0)                                                      \
    R(ROLE_HANDLER,         "handler",           "处理人",     1)                                                      \
    R(ROLE_DEPARTMENT_HEAD, "department_head",   "部门负责人", 2)                                                      \
    R(ROLE_SERVICE,         "customer_service",  "客服部",     3)                                                      \
    R(ROLE_MANAGEMENT,      "senior_management", "公司高层",   4)                                                      \
    R(ROLE_COMPLAINANT,     "complainant",       "投诉人",     5)                                                      \
    R(ROLE_AGENT,           "agent",             "坐席",       6)

/*    command                    member of Command, name   Chinese          event it becomes        fields it needs */
#define CASE_COMMANDS(C)                                                                                               \
    C(CMD_ASSIGN,                "assign",                 "派单",          "",                     "")                \
    C(CMD_HAND_OVER,             "hand_over",              "转客服裁定",    "",                     "")                \
    C(CMD_CLASSIFY,              "classify",               "人工分类",      "assigned",             "category_code")   \
    C(CMD_REASSIGN,              "reassign",               "改派",          "reassigned",           "")                \
    C(CMD_REFUSE,                "refuse",                 "退回分派",      "refused",              "why")             \
    C(CMD_AWARD,                 "award",                  "裁定归属",      "reassigned",           "department_code why") \
    C(CMD_ACKNOWLEDGE,           "acknowledge",            "确认接收",      "acknowledged",         "")                \
    C(CMD_RECUSE,                "recuse",                 "回避",          "recused",              "staff_id why")    \
    C(CMD_CONTACT,               "contact",                "联系投诉人",    "contacted",            "channel")         \
    C(CMD_START_INVESTIGATION,   "start_investigation",    "开始调查",      "investigation_started", "")               \
    C(CMD_COMPLETE_INVESTIGATION, "complete_investigation", "完成调查",     "investigated",         "methods finding quality demand findings") \
    C(CMD_HOLD_MEETING,          "hold_meeting",           "召开协调会",    "meeting_held",         "departments decision") \
    C(CMD_PROPOSE_PLAN,          "propose_plan",           "提出方案",      "plan_proposed",        "responsible_id deadline measures") \
    C(CMD_CONFIRM_PLAN,          "confirm_plan",           "确认方案",      "plan_confirmed",       "way")             \
    C(CMD_REJECT_PLAN,           "reject_plan",            "不同意方案",    "plan_rejected",        "said")            \
    C(CMD_START_RECTIFICATION,   "start_rectification",    "开始整改",      "rectification_started", "")               \
    C(CMD_COMPLETE,              "complete",               "完成整改",      "rectified",            "")                \
    C(CMD_EVALUATE,              "evaluate",               "评估效果",      "evaluated",            "result")          \
    C(CMD_FEED_BACK,             "feed_back",              "反馈结果",      "fed_back",             "channel result")  \
    C(CMD_CONFIRM,               "confirm",                "确认结果",      "confirmed",            "way")             \
    C(CMD_DISSATISFY,            "dissatisfy",             "表示不满意",    "dissatisfied",         "said")            \
    C(CMD_ANSWER,                "answer",                 "答复",          "answered",             "channel text")    \
    C(CMD_REMIND,                "remind",                 "提醒确认",      "reminded",             "")                \
    C(CMD_CLOSE,                 "close",                  "结案",          "closed",               "")                \
    C(CMD_REOPEN,                "reopen",                 "重新受理",      "reopened",             "why")             \
    C(CMD_ARCHIVE,               "archive",                "归档",          "archived",             "")                \
    C(CMD_WITHDRAW,              "withdraw",               "撤回投诉",      "withdrawn",            "why")             \
    C(CMD_MERGE,                 "merge",                  "并案",          "merged",               "into why")        \
    C(CMD_SPLIT,                 "split",                  "拆出",          "reopened",             "why")             \
    C(CMD_WAIT,                  "wait",                   "等待",          "paused",               "reason asked")    \
    C(CMD_CHASE_PARTY,           "chase_party",            "催促第三方",    "party_chased",         "")                \
    C(CMD_RESUME,                "resume",                 "恢复办理",      "resumed",              "")                \
    C(CMD_REQUEST_INFORMATION,   "request_information",    "请投诉人补充",  "information_requested", "question")       \
    C(CMD_GIVE_INFORMATION,      "give_information",       "补充资料",      "information_given",    "text")            \
    C(CMD_NOTE,                  "note",                   "进展记录",      "noted",                "text")            \
    C(CMD_TELL_PROGRESS,         "tell_progress",          "告知进展",      "progress_told",        "channel text")    \
    C(CMD_ESCALATE,              "escalate",               "升级",          "escalated",            "why")             \
    C(CMD_DEESCALATE,            "deescalate",             "降级",          "deescalated",          "why")             \
    C(CMD_REVIEW,                "review",                 "跨部门评审",    "reviewed",             "departments decision minutes") \
    C(CMD_ARRANGE_INSPECTION,    "arrange_inspection",     "安排联合查勘",  "inspection_arranged",  "at attendee_ids leader_id place") \
    C(CMD_RECORD_INSPECTION,     "record_inspection",      "记录联合查勘",  "inspected",            "attendee_ids leader_id photo_sha256 findings") \
    C(CMD_OPEN_WORK_ORDER,       "open_work_order",        "开维修单",      "work_order_opened",    "task")            \
    C(CMD_QUOTE_WORK,            "quote_work",             "报价",          "work_order_quoted",    "work_order lines") \
    C(CMD_APPROVE_QUOTE,         "approve_quote",          "同意报价",      "quote_approved",       "work_order quote way") \
    C(CMD_DISPATCH_WORK,         "dispatch_work",          "派工",          "work_order_dispatched", "work_order team") \
    C(CMD_AGREE_APPOINTMENT,     "agree_appointment",      "约定上门时间",  "appointment_agreed",   "work_order from to") \
    C(CMD_FINISH_WORK,           "finish_work",            "完工",          "work_order_done",      "work_order")      \
    C(CMD_SIGN_WORK,             "sign_work",              "客户签字",      "work_order_signed",    "work_order way quality attitude") \
    C(CMD_CANCEL_WORK,           "cancel_work",            "取消维修单",    "work_order_cancelled", "work_order why")  \
    C(CMD_ANSWER_SURVEY,         "answer_survey",          "满意度回访",    "surveyed",             "")                \
    C(CMD_SET_LEGAL_HOLD,        "set_legal_hold",         "法律保全",      "legal_hold_set",       "why")             \
    C(CMD_LIFT_LEGAL_HOLD,       "lift_legal_hold",        "解除保全",      "legal_hold_lifted",    "why")             \
    C(CMD_ERASE,                 "erase",                  "到期销毁",      "erased",               "")

/* What must be true of the case or of what is asked for (handling.c); of several rows for a command in a state the first
 * whose guards hold counts.
 *    guard                  code for programs         rule    what is not so: Chinese, English */
#define CASE_GUARDS(G)                                                                                                 \
    G(MAY_HANDLE,            "may_not_handle",         "R12", "处理人未经培训合格，或与本投诉有利害关系", "the handler is not trained or has an interest in the case") \
    G(UNACKNOWLEDGED,        "acknowledged_already",   "R11", "已确认接收", "it was acknowledged already") \
    G(PROPOSAL,              "no_proposal",            "R10", "没有提出另一责任部门，或往返次数已满", "no other department is proposed, or it went to and fro too often") \
    G(CLASSIFIED,            "not_classified",         "R10", "尚未分类，请先人工分类", "it has no category yet: classify it") \
    G(NOT_AWARDED,           "awarded",                "R10", "客服部已裁定归属，不得再退回", "customer service has awarded it: it cannot be refused any more") \
    G(SIMPLE,                "not_simple",             "R30", "不是简单的一般投诉，须经调查和方案", "it is not simple and general: it needs an investigation and a plan") \
    G(CONSULTATION,          "not_a_consultation",     "R8",  "不是咨询或建议", "it is no consultation or suggestion") \
    G(MET_IF_COMPLEX,        "no_meeting",             "R26", "复杂投诉须先开协调会达成一致，方案须分步骤", "a complex case needs an agreed coordination meeting and a plan in steps") \
    G(IN_FUTURE,             "deadline_passed",        "R26", "期限不在将来", "the deadline does not lie ahead") \
    G(WAY_PROVEN,            "not_proven",             "R28", "签字或纸质须附凭证摘要，电话确认须由在册员工记录", "a signature or paper needs its digest, a confirmation by phone a member of staff who recorded it") \
    G(NO_OPEN_WORK,          "open_work_orders",       "R32", "还有未完成的维修单", "work orders are still open") \
    G(INSPECTED_IF_MAJOR,    "not_inspected",          "R13", "重大投诉未完成联合查勘", "a major case needs its joint inspection first") \
    G(EFFECTIVE,             "not_effective",          "R28", "整改无效，应退回方案阶段", "it did not work") \
    G(REMINDED_ENOUGH,       "not_reminded",           "R28", "尚未按规定次数提醒投诉人", "the complainant was not reminded often enough") \
    G(IN_WINDOW,             "too_late_to_reopen",     "R28", "已过可重新受理的期限", "the time in which it could be opened again is over") \
    G(MERGEABLE,             "not_mergeable",          "R7",  "目标投诉单不存在、已结束，或就是本单", "the other case is not there, is over, or is this very one") \
    G(NOT_WAITING,           "waiting",                "R14", "正在等待，请先恢复办理", "it waits: resume it first") \
    G(WAITING,               "not_waiting",            "R14", "没有在等待", "it does not wait") \
    G(NOT_ASKED_YET,         "asked_already",          "R27", "本阶段已请投诉人补充过一次", "the complainant was asked once in this stage already") \
    G(QUESTION_OPEN,         "nothing_asked",          "R27", "没有待补充的资料", "nothing was asked") \
    G(BELOW_TOP,             "at_the_top",             "R35", "已在最高层级，或目标层级不高于当前", "it stands at the top, or at that level already") \
    G(ABOVE_BOTTOM,          "not_escalated",          "R35", "没有升级，目标层级不低于当前，或须由公司高层降级", "it is not escalated, stands below that level, or is senior management's to lower") \
    G(UNDER_REVIEW,          "not_at_that_level",      "R35", "未升级到客服部跨部门评审", "it is not escalated to customer service") \
    G(INSPECTION_OPEN,       "no_inspection",          "R13", "没有待完成的联合查勘", "no joint inspection is open") \
    G(ORDER_READY,           "work_order_not_ready",   "R31", "维修单不存在，或不在可做此事的状态", "there is no such work order, or it is not in a state for this") \
    G(RATING,                "bad_rating",             "R31", "评分须为 1 到 5", "ratings go from 1 to 5") \
    G(NOT_HELD,              "held",                   "R47", "已法律保全", "it is under legal hold") \
    G(HELD,                  "not_held",               "R47", "没有法律保全", "it is not under legal hold") \
    G(RETENTION_OVER,        "still_to_be_kept",       "R47", "保存期未满", "its time to be kept is not over")

/* clang-format on */

#define ENUM_OF(name, number, ...) name = number,
enum case_status { CASE_SAME = 0, CASE_STATES(ENUM_OF) };
#undef ENUM_OF
#define ENUM_OF(name, ...) name,
enum case_command { CASE_COMMANDS(ENUM_OF) CASE_COMMAND_COUNT };
#undef ENUM_OF
#define ENUM_OF(name, text, chinese, bit) name = 1 << bit,
enum case_role { CASE_ROLES(ENUM_OF) };
#undef ENUM_OF
#define CASE_ROLE_COUNT    7
#define ENUM_OF(name, ...) GUARD_##name,
enum case_guard { CASE_GUARDS(ENUM_OF) CASE_GUARD_COUNT };
#undef ENUM_OF

struct lifecycle_row {
    uint32_t from; /* bit per state's number */
    enum case_command command;
    enum case_status to; /* CASE_SAME: as it is */
    uint32_t who;        /* enum case_role */
    uint32_t guards;     /* bit per enum case_guard */
    const char *rule;    /* of docs/domain.md */
};

extern const struct lifecycle_row lifecycle[];
extern const size_t lifecycle_rows;

/* The first row of a command in a state; NULL: the table has no such step. */
const struct lifecycle_row *lifecycle_find(enum case_status from, enum case_command command);

struct command_info {
    const char *name, *chinese;
    const char *event; /* member of ComplaintEvent; "" for what only the system does, by other means */
    const char *needs; /* fields that must not be empty, with blanks between */
};
extern const struct command_info case_commands[CASE_COMMAND_COUNT];

struct guard_info {
    const char *code, *rule, *chinese, *english;
};
extern const struct guard_info case_guards[CASE_GUARD_COUNT];

/* NULL for a number that is no state. */
const char *case_status_name(int status);
const char *case_status_chinese(int status);
/* CASE_SAME: there is none of that name. */
enum case_status case_status_find(const char *name);
/* CASE_COMMAND_COUNT: there is none. */
enum case_command case_command_find(const char *name);
/* "handler", "处理人"; of one bit. */
const char *case_role_name(uint32_t role);
const char *case_role_chinese(uint32_t role);

/* Somebody is responsible for it and clocks run. */
bool case_status_alive(enum case_status status);

/* The table as a Graphviz graph: an arrow from state to state, with the commands that lead there. */
void lifecycle_dot(struct strbuf *out);
/* As a table of Markdown: every row, also those that leave the state as it is. */
void lifecycle_markdown(struct strbuf *out);
