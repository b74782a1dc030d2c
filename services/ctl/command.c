#include "command.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cleanup.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/uuid.h"
#include "common/config/yaml.h"
#include "common/event/json.h"
#include "common/event/reference.h"
#include "fields.h"
#include "recording.h"
#include "services/dispatch/deed.h"

#define COMMAND     (&redress__v1__command__descriptor)
#define FILE_BYTES  ((size_t)256 << 10) /* as the topic takes them */
#define SOURCE      "redressctl"
#define LINE_WIDTH  104
#define NAME_COLUMN 24

static bool is_command(const ProtobufCFieldDescriptor *f)
{
    return f && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);
}

const char *command_name(const Redress__V1__Command *m)
{
    const ProtobufCFieldDescriptor *f =
        m->command_case ? protobuf_c_message_descriptor_get_field(COMMAND, (unsigned)m->command_case) : NULL;

    return f ? f->name : "";
}

/* ---- building ---- */

/* 0, or the exit status. */
static int read_file(struct ctl *c, const char *path, json_t **ret)
{
    json_error_t e;
    struct str text;
    int r = file_read(c->arena, path, FILE_BYTES, &text);

    if (r < 0)
        return ctl_fail_err(r);
    *ret = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &e);
    if (!*ret)
        return ctl_fail(CTL_FAILURE, "%s:%d: %s", path, e.line, e.text);
    return json_is_object(*ret) ? 0 : ctl_fail(CTL_FAILURE, "%s holds no redress.v1.Command", path);
}

/* Which command the file has; NULL: none. */
static const ProtobufCFieldDescriptor *command_in(const json_t *root)
{
    for (unsigned i = 0; i < COMMAND->n_fields; i++)
        if (is_command(&COMMAND->fields[i]) && fields_member(root, &COMMAND->fields[i]))
            return &COMMAND->fields[i];
    return NULL;
}

static int unknown_command(struct ctl *c, const char *name)
{
    const char *names[CASE_COMMAND_COUNT + 1] = { NULL };
    const char *near;
    struct strbuf b;
    size_t n = 0;

    strbuf_init(&b, c->arena);
    for (unsigned i = 0; i < COMMAND->n_fields; i++)
        if (is_command(&COMMAND->fields[i]) && n < CASE_COMMAND_COUNT) {
            names[n] = COMMAND->fields[i].name;
            strbuf_printf(&b, "%s %s", n++ ? "," : "", COMMAND->fields[i].name);
        }
    if (!name)
        return ctl_fail(CTL_USAGE, "act needs NUMBER|ID COMMAND; commands are%s; see redressctl help act", b.data);
    near = yaml_nearest(name, names);
    return ctl_fail(CTL_USAGE, "there is no command \"%s\"%s%s%s; there are%s", name, near ? "; perhaps " : "",
                    near ? near : "", near ? "?" : "", b.data);
}

/* Which command it is, with its own object made if it is not there. NULL with the exit status after saying why. */
static const ProtobufCFieldDescriptor *pick_command(struct ctl *c, json_t *root, int *ret_status)
{
    const ProtobufCFieldDescriptor *given = command_in(root), *f = given;

    *ret_status = 0;
    if (c->argc == 2)
        f = fields_find(COMMAND, c->argv[1], strlen(c->argv[1]));
    if (!is_command(f))
        *ret_status = unknown_command(c, c->argc == 2 ? c->argv[1] : NULL);
    else if (given && given != f)
        *ret_status = ctl_fail(CTL_USAGE, "the file is about %s, not %s", given->name, f->name);
    else if (!given)
        json_object_set_new(root, f->name, json_object());
    else if (!json_is_object(fields_member(root, f)))
        *ret_status = ctl_fail(CTL_FAILURE, "%s is no object in the file", f->name);
    return *ret_status ? NULL : f;
}

/* 0, or the exit status. */
static int set_field(struct ctl *c, const ProtobufCMessageDescriptor *d, json_t *object, const char *option,
                     const char *assignment)
{
    struct field_problem p;

    if (fields_set(c->arena, d, object, assignment, &p) == 0)
        return 0;
    return ctl_fail(CTL_USAGE, "--%s: %s: %s", option, p.path, p.message);
}

static int set_fields(struct ctl *c, const ProtobufCFieldDescriptor *command, json_t *fields)
{
    const char *assignment;
    int r = 0;

    for (int i = 0; r == 0 && (assignment = ctl_option_at(c, "set", i)); i++)
        r = set_field(c, command->descriptor, fields, "set", assignment);
    return r;
}

/* What goes round the command; a default only where the file has nothing. */
static int set_frame(struct ctl *c, json_t *root)
{
    char id[UUID_TEXT_SIZE];
    struct uuid new_id = uuid_new(clock_wall_us());
    const struct {
        const char *option, *field, *otherwise;
    } frame[] = {
        { "as", "actor", c->config->ctl.actor }, { "at", "at", "" },
        { "expect", "expected_version", "" },    { "id", "command_id", id },
        { "source", "source", SOURCE },          { "tenant", "tenant", "" },
    };
    int r = 0;

    uuid_format(&new_id, id);
    for (size_t i = 0; r == 0 && i < sizeof frame / sizeof *frame; i++) {
        const char *value = ctl_option(c, frame[i].option);
        bool there = fields_member(root, fields_find(COMMAND, frame[i].field, strlen(frame[i].field))) != NULL;

        if (!value && !there && *frame[i].otherwise)
            value = frame[i].otherwise;
        if (value)
            r = set_field(c, COMMAND, root, frame[i].option, arena_printf(c->arena, "%s=%s", frame[i].field, value));
    }
    return r;
}

static int set_case(struct ctl *c, json_t *root)
{
    const char *name = c->argc ? c->argv[0] : NULL;
    struct uuid id;
    bool is_id;

    if (!name)
        return 0;
    is_id = uuid_parse(name, strlen(name), &id);
    json_object_del(root, is_id ? "complaint_number" : "complaint_id");
    json_object_del(root, is_id ? "complaintNumber" : "complaintId");
    return set_field(c, COMMAND, root, "set",
                     arena_printf(c->arena, "%s=%s", is_id ? "complaint_id" : "complaint_number", name));
}

static int read_message(struct ctl *c, const json_t *root, Redress__V1__Command **ret,
                        struct command_problems *ret_problems)
{
    struct field_problem *problem = arena_new(c->arena, struct field_problem);
    char *text = json_dumps(root, JSON_COMPACT);
    ProtobufCMessage *m;
    int r;

    if (!text)
        return ctl_fail(CTL_FAILURE, "no memory");
    r = json_read(c->arena, COMMAND, text, strlen(text), &m, problem);
    free(text);
    if (r < 0)
        return ctl_fail_err(r);
    if (r > 0) {
        *ret_problems = (struct command_problems){ problem, 1 };
        return CTL_FAILURE;
    }
    *ret = (Redress__V1__Command *)m;
    return 0;
}

int command_build(struct ctl *c, Redress__V1__Command **ret, struct command_problems *ret_problems)
{
    _cleanup_(json_decrefp) json_t *root = NULL;
    const char *file = ctl_option(c, "file");
    const ProtobufCFieldDescriptor *command;
    int r = 0;

    if (file)
        r = read_file(c, file, &root);
    else
        root = json_object();
    command = r ? NULL : pick_command(c, root, &r);
    if (command)
        r = set_fields(c, command, fields_member(root, command));
    if (r == 0)
        r = set_frame(c, root);
    if (r == 0)
        r = set_case(c, root);
    if (r == 0)
        r = read_message(c, root, ret, ret_problems);
    if (r == 0 && !*(*ret)->complaint_id && !*(*ret)->complaint_number)
        return ctl_fail(CTL_USAGE, "act needs NUMBER|ID: which complaint it is about");
    if (r == 0 && !*(*ret)->actor)
        return ctl_fail(CTL_USAGE, "who does it? --as ACTOR, or the setting ctl.actor (REDRESS_CTL_ACTOR)");
    return r;
}

/* ---- checking ---- */

/* The tenant may be left out beside a complaint's number: redressctl looks it up. */
static void check_frame(struct arena *a, const Redress__V1__Command *m, struct deed_problems *out)
{
    struct uuid id;

    if (!text_is_echoable(m->source, strlen(m->source), REFERENCE_MAX))
        deed_problem(a, out, "source", "required", "it must be given: 1 to 256 bytes without control characters");
    if (!text_is_echoable(m->command_id, strlen(m->command_id), REFERENCE_MAX))
        deed_problem(a, out, "command_id", "required", "it must be given: 1 to 256 bytes without control characters");
    if (*m->complaint_id && !uuid_parse(m->complaint_id, strlen(m->complaint_id), &id))
        deed_problem(a, out, "complaint_id", "invalid_id", "it is not a UUID");
    if (m->expected_version && m->expected_version->value < 1)
        deed_problem(a, out, "expected_version", "out_of_range", "the version must be 1 or higher");
    if (strlen(m->actor) > DEED_CODE_MAX || text_has_control(m->actor, strlen(m->actor)))
        deed_problem(a, out, "actor", "invalid_actor", "it is too long or has control characters");
}

void command_check(struct arena *a, const Redress__V1__Command *m, struct command_problems *ret)
{
    struct deed_problems found = { 0 };
    const ProtobufCMessage *fields;
    enum case_command what = deed_of(m, &fields);

    check_frame(a, m, &found);
    if (what == CASE_COMMAND_COUNT)
        deed_problem(a, &found, "command", "required", "one of the commands must be given");
    else
        deed_check(a, NULL, what, fields, &found);
    *ret = (struct command_problems){ found.items, found.count };
}

/* ---- the help ---- */

static void list_command(FILE *out, struct arena *a, const ProtobufCFieldDescriptor *f)
{
    const struct command_info *info = &case_commands[case_command_find(f->name)];
    int column = NAME_COLUMN + 4 + (int)utf8_width(info->chinese, strlen(info->chinese));

    fprintf(out, "  %-*s  %s", NAME_COLUMN, f->name, info->chinese);
    for (const char **word = fields_words(a, f->descriptor, info->needs); *word; word++) {
        int width = (int)strlen(*word);

        if (column + 1 + width > LINE_WIDTH) {
            fprintf(out, "\n%*s", NAME_COLUMN + 3, "");
            column = NAME_COLUMN + 3;
        }
        fprintf(out, " %s", *word);
        column += 1 + width;
    }
    fputc('\n', out);
}

void command_list(FILE *out)
{
    struct arena a;

    arena_init(&a, 0);
    fputs(
        "Commands and their fields; those in brackets may be left out. Who may give them when: redressctl lifecycle\n",
        out);
    for (unsigned i = 0; i < COMMAND->n_fields; i++)
        if (is_command(&COMMAND->fields[i]))
            list_command(out, &a, &COMMAND->fields[i]);
    arena_done(&a);
}
