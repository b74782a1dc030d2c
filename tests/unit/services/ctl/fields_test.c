/* Fields on a command line: names, lists, words, times and digests become a command, and what is wrong is told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/event/json.h"
#include "redress/v1/command.pb-c.h"
#include "services/ctl/fields.h"

static struct arena arena;
static json_t *object;
static struct field_problem problem;

static void set_up(void)
{
    arena_init(&arena, 0);
    object = json_object();
}

static void tear_down(void)
{
    json_decref(object);
    arena_done(&arena);
}

TestSuite(fields, .init = set_up, .fini = tear_down);

#define D(name) (&redress__v1__##name##__descriptor)

static void takes(const ProtobufCMessageDescriptor *d, const char *assignment)
{
    cr_assert_eq(fields_set(&arena, d, object, assignment, &problem), 0, "%s: %s %s", assignment, problem.path,
                 problem.message);
}

static void refuses(const ProtobufCMessageDescriptor *d, const char *assignment, const char *path, const char *code,
                    const char *words)
{
    cr_assert_eq(fields_set(&arena, d, object, assignment, &problem), 1, "%s", assignment);
    cr_expect_str_eq(problem.path, path);
    cr_expect_str_eq(problem.code, code);
    cr_expect(strstr(problem.message, words), "%s", problem.message);
}

/* What json_read makes of it: the fields are fit for the message. */
static const void *message(const ProtobufCMessageDescriptor *d)
{
    char *text = json_dumps(object, 0);
    ProtobufCMessage *m = NULL;

    cr_assert_eq(json_read(&arena, d, text, strlen(text), &m, &problem), 0, "%s: %s", text, problem.message);
    free(text);
    return m;
}

Test(fields, words_of_enums_in_any_form)
{
    static const char *const forms[] = { "way=phone", "way=PHONE", "way=Confirmation_Way_Phone",
                                         "way=CONFIRMATION_WAY_PHONE" };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        const Redress__V1__ConfirmPlan *m;

        json_object_clear(object);
        takes(D(confirm_plan), forms[i]);
        m = message(D(confirm_plan));
        cr_expect_eq(m->way, REDRESS__V1__CONFIRMATION_WAY__CONFIRMATION_WAY_PHONE);
    }
    refuses(D(confirm_plan), "way=pigeon", "way", "unknown_value", "allowed are signature, code, paper, phone");
    refuses(D(confirm_plan), "way=unspecified", "way", "unknown_value", "signature");
}

Test(fields, steps_of_a_plan)
{
    const Redress__V1__ProposePlan *m;

    takes(D(propose_plan), "steps[0].measure=打开天花板，查漏=点");
    takes(D(propose_plan), "steps[0].deadline=2026-12-01T18:00:00+08:00");
    takes(D(propose_plan), "steps[1].responsibleId=S0101");
    takes(D(propose_plan), "amount_fen=9007199254740993");
    takes(D(propose_plan), "deadline=2026-12-02T10:00:00Z");
    m = message(D(propose_plan));
    cr_assert_eq(m->n_steps, 2);
    cr_expect_str_eq(m->steps[0]->measure, "打开天花板，查漏=点");
    cr_expect_eq(m->steps[0]->deadline->seconds, 1796119200);
    cr_expect_str_eq(m->steps[1]->responsible_id, "S0101");
    cr_expect_eq(m->amount_fen->value, 9007199254740993);
    refuses(D(propose_plan), "steps[3].measure=x", "steps[3].measure", "bad_index", "steps[2] comes first");
    refuses(D(propose_plan), "steps.measure=x", "steps.measure", "bad_index", "steps[0].measure=x");
    refuses(D(propose_plan), "steps=x", "steps", "has_fields", "steps[0].responsible_id=");
    refuses(D(propose_plan), "steps[x].measure=1", "steps[x].measure", "bad_index", "in brackets");
    refuses(D(propose_plan), "deadline[0]=x", "deadline[0]", "no_list", "deadline is no list");
    refuses(D(propose_plan), "deadline.seconds=1", "deadline.seconds", "no_fields", "deadline");
}

Test(fields, lists_by_commas_and_by_repetition)
{
    const Redress__V1__HoldMeeting *m;

    takes(D(hold_meeting), "departments=engineering,cost");
    takes(D(hold_meeting), "departments=design");
    takes(D(hold_meeting), "departments[0]=sales");
    takes(D(hold_meeting), "agreed=Yes");
    takes(D(hold_meeting), "decision=分两步，先查漏, 再修");
    m = message(D(hold_meeting));
    cr_assert_eq(m->n_departments, 3);
    cr_expect_str_eq(m->departments[0], "sales");
    cr_expect_str_eq(m->departments[1], "cost");
    cr_expect_str_eq(m->departments[2], "design");
    cr_expect(m->agreed);
    cr_expect_str_eq(m->decision, "分两步，先查漏, 再修");
    refuses(D(hold_meeting), "departments=a,,b", "departments", "required", "empty");
    refuses(D(hold_meeting), "agreed=maybe", "agreed", "bad_bool", "true and false");
}

Test(fields, digests_as_digits_and_of_files)
{
    static const char abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    char path[] = "/tmp/fields_testXXXXXX,a.txt";
    const Redress__V1__Complete *m;
    int fd = mkstemps(path, 6);

    cr_assert_eq(write(fd, "abc", 3), 3);
    close(fd);
    takes(D(complete), arena_printf(&arena, "evidence_sha256=@%s,%s", path, abc));
    takes(D(complete), arena_printf(&arena, "evidence_sha256=%s,@%s", abc, path));
    unlink(path);
    m = message(D(complete));
    cr_assert_eq(m->n_evidence_sha256, 4);
    for (size_t i = 0; i < 4; i++) {
        char hex[65];

        cr_assert_eq(m->evidence_sha256[i].len, 32);
        hex_encode(m->evidence_sha256[i].data, 32, hex);
        cr_expect_str_eq(hex, abc);
    }
    refuses(D(complete), "evidence_sha256=@/nowhere", "evidence_sha256", "unreadable_file", "cannot read /nowhere");
    refuses(D(complete), "evidence_sha256=@/dev/null", "evidence_sha256", "unreadable_file", "empty");
    refuses(D(complete), "evidence_sha256=abc", "evidence_sha256", "bad_digest", "64 hex digits");
}

Test(fields, numbers_times_and_text)
{
    const Redress__V1__AnswerSurvey *m;

    takes(D(answer_survey), "service_quality=0");
    m = message(D(answer_survey));
    cr_assert(m->service_quality);
    cr_expect_eq(m->service_quality->value, 0);
    refuses(D(answer_survey), "service_quality=2147483648", "service_quality", "bad_number", "whole number");
    refuses(D(answer_survey), "service_quality=", "service_quality", "bad_number", "whole number");
    refuses(D(agree_appointment), "from=tomorrow", "from", "bad_time", "2026-12-01T18:00:00+08:00");
    refuses(D(note), "text=\xff", "text", "invalid_utf8", "UTF-8");
}

Test(fields, what_is_unknown_is_answered_with_what_there_is)
{
    refuses(D(confirm_plan), "wya=phone", "wya", "unknown_field",
            "perhaps way? it has way, recorded_by, evidence_sha256");
    refuses(D(close), "why=x", "why", "unknown_field", "none at all");
    refuses(D(close), "why", "why", "bad_path", "field=value");
    refuses(D(close), "=x", "", "bad_path", "field=value");
}

/* The file has the other form of the name: one member, not two. */
Test(fields, a_member_is_found_under_both_names)
{
    json_object_set_new(object, "recordedBy", json_string("S1"));
    takes(D(confirm_plan), "recorded_by=S2");
    cr_expect_eq(json_object_size(object), 1);
    cr_expect_str_eq(((const Redress__V1__ConfirmPlan *)message(D(confirm_plan)))->recorded_by, "S2");
}

static bool has_word(const char **words, const char *word)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

Test(fields, what_can_be_set_is_listed)
{
    const char **words = fields_words(&arena, D(propose_plan), "responsible_id deadline measures");

    cr_expect(has_word(words, "deadline=TIME"));
    cr_expect(has_word(words, "[amount_fen=N]"));
    cr_expect(has_word(words, "[steps[N].measure=TEXT]"));
    words = fields_words(&arena, D(confirm_plan), "way");
    cr_expect(has_word(words, "way=signature|code|paper|phone"));
    cr_expect(has_word(words, "[evidence_sha256=DIGEST]"));
    cr_expect(has_word(fields_words(&arena, D(hold_meeting), "departments"), "departments=CODE,..."));
}
