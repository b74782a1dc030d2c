/* A command in the descriptors' terms: which message it is, what it lacks, the texts it brings, and the event that says
 * the same without them (R46). Nothing here knows a single command: lifecycle.h names them, the contract has their
 * fields. */
#pragma once

#include "common/base/arena.h"
#include "common/base/digest.h"
#include "common/event/problem.h"
#include "lifecycle.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "tenant.h"

#define DEED_TEXT_MAX  4000 /* characters of one text */
#define DEED_CODE_MAX  128  /* bytes of all other strings */
#define DEED_LIST_MAX  50
#define DEED_TEXTS_MAX 64 /* of one command */
/* In fen, as of a submission. */
#define DEED_AMOUNT_MAX INT64_C(10000000000000)

/* What somebody does to a case. */
struct deed {
    enum case_command what;
    const ProtobufCMessage *fields; /* the command's own message; NULL for what the system does by itself */
    const char *actor;              /* "S0101", "complainant", "agent:7", "system:dispatch" */
    int64_t at_us;                  /* when it was done */
};

/* The command that a message holds, and its fields; CASE_COMMAND_COUNT: it holds none that we know. */
enum case_command deed_of(const Redress__V1__Command *m, const ProtobufCMessage **ret_fields);

struct deed_problems {
    struct field_problem *items;
    size_t count, cap;
};
/* Adds what is missing, too long, out of range or unknown to the tenant. Without a tenant (NULL) only what everybody
 * can see who has the command. */
void deed_check(struct arena *a, const struct tenant *t, enum case_command what, const ProtobufCMessage *fields,
                struct deed_problems *out);
void deed_problem(struct arena *a, struct deed_problems *out, const char *path, const char *code, const char *message);

/* A text of the command, by the path of its field: "findings", "steps[1].measure". */
struct deed_text {
    const char *field, *text;
    unsigned char sha256[SHA256_BYTES];
};
/* All that are not empty; returns how many. In the arena. */
size_t deed_texts(struct arena *a, const ProtobufCMessage *fields, struct deed_text **ret);

/* A new message for a member of ComplaintEvent ("plan_proposed"), with every field that the command has under the same
 * name; `fields` may be NULL. Shares lists and strings with the command. */
ProtobufCMessage *deed_event(struct arena *a, const char *member, const ProtobufCMessage *fields);
/* Its number in ComplaintEvent. */
unsigned deed_event_number(const char *member);
