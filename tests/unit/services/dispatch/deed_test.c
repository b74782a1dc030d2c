/* Every command of the contract, field by field: what is refused before anybody looks at the case, and the texts it
 * brings. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "common/event/pii.h"
#include "common/event/unpack.h"
#include "tests/support/casework.h"

static struct casework w;

static void setup(void)
{
    casework_init(&w);
}

static void teardown(void)
{
    casework_done(&w);
}

TestSuite(deed, .init = setup, .fini = teardown);

#define EACH_COMMAND(what)                                                                                             \
    for (enum case_command what = (enum case_command)0; what < CASE_COMMAND_COUNT; what++)                             \
        if (casework_message(what))

static ProtobufCMessage *filled(enum case_command what)
{
    return casework_fill(&w.arena, what, w.now_us, NULL);
}

/* ---- the places of a message ---- */

struct place {
    ProtobufCMessage *in;
    const ProtobufCFieldDescriptor *field;
    const char *path;
    void *at;      /* the value; of a list its first */
    size_t *count; /* of a list; NULL: it is none */
};
#define PLACES_MAX 64

static size_t places_of(ProtobufCMessage *m, const char *prefix, struct place *out, size_t n)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        bool list = f->label == PROTOBUF_C_LABEL_REPEATED;
        char *at = (char *)m + f->offset;
        struct place *p = &out[n++];

        cr_assert_lt(n, PLACES_MAX);
        *p = (struct place){ m, f, arena_printf(&w.arena, "%s%s%s", prefix, f->name, list ? "[0]" : ""),
                             list ? *(void **)at : at, list ? (size_t *)((char *)m + f->quantifier_offset) : NULL };
        if (f->type == PROTOBUF_C_TYPE_MESSAGE &&
            strncmp((*(ProtobufCMessage **)p->at)->descriptor->name, "redress.", 8) == 0)
            n = places_of(*(ProtobufCMessage **)p->at, arena_printf(&w.arena, "%s.", p->path), out, n);
    }
    return n;
}

static bool is_personal(const struct place *p)
{
    return pii_is(p->in->descriptor, p->field->name);
}

static struct deed_problems check(enum case_command what, const ProtobufCMessage *m)
{
    struct deed_problems found = { 0 };

    deed_check(&w.arena, &w.tenant, what, m, &found);
    return found;
}

/* Spoils one place after the other, each in a message of its own; `spoil` says whether it found something to spoil, and
 * then exactly that is told. Returns how many it spoiled. */
typedef bool spoil(const struct place *p);

static size_t spoil_all(spoil *how, const char *code, bool as_list)
{
    size_t spoiled = 0;

    EACH_COMMAND(what)
    {
        struct place places[PLACES_MAX];
        size_t n = places_of(filled(what), "", places, 0);

        for (size_t i = 0; i < n; i++) {
            ProtobufCMessage *m = filled(what);
            struct deed_problems found;
            const char *path;

            places_of(m, "", places, 0);
            if (!how(&places[i]))
                continue;
            spoiled++;
            path = as_list ? arena_strndup(&w.arena, places[i].path, strlen(places[i].path) - 3) : places[i].path;
            found = check(what, m);
            cr_expect_eq(found.count, 1, "%s %s: %zu problems instead of %s", case_commands[what].name, path,
                         found.count, code);
            if (found.count) {
                cr_expect_str_eq(found.items[0].code, code, "%s %s: %s", case_commands[what].name, path,
                                 found.items[0].code);
                cr_expect_str_eq(found.items[0].path, path);
                cr_expect(*found.items[0].message);
            }
        }
    }
    return spoiled;
}

/* ---- whole ones ---- */

Test(deed, a_command_is_found_in_its_message)
{
    Redress__V1__Command m = REDRESS__V1__COMMAND__INIT;
    Redress__V1__Close close_it = REDRESS__V1__CLOSE__INIT;
    const ProtobufCMessage *fields = NULL;

    cr_expect_eq(deed_of(&m, &fields), CASE_COMMAND_COUNT);
    cr_expect_null(fields);
    m.command_case = REDRESS__V1__COMMAND__COMMAND_CLOSE;
    m.close = &close_it;
    cr_expect_eq(deed_of(&m, &fields), CMD_CLOSE);
    cr_expect_eq(fields, &close_it.base);
}

Test(deed, what_is_filled_in_is_taken)
{
    EACH_COMMAND(what)
    {
        struct deed_problems found = check(what, filled(what));

        cr_expect_eq(found.count, 0, "%s: %s %s", case_commands[what].name, found.count ? found.items[0].path : "",
                     found.count ? found.items[0].code : "");
    }
}

/* ---- what it lacks ---- */

Test(deed, what_a_command_needs_is_asked_for_in_its_order)
{
    EACH_COMMAND(what)
    {
        ProtobufCMessage *m = arena_calloc(&w.arena, 1, casework_message(what)->sizeof_message);
        struct deed_problems found;
        struct strbuf lacks;

        if (what == CMD_ANSWER_SURVEY)
            continue; /* at least one of three: see below */
        casework_message(what)->message_init(m);
        found = check(what, m);
        strbuf_init(&lacks, &w.arena);
        strbuf_adds(&lacks, "");
        for (size_t i = 0; i < found.count; i++) {
            cr_expect_str_eq(found.items[i].code, "required");
            strbuf_printf(&lacks, "%s%s", i ? " " : "", found.items[i].path);
        }
        cr_expect_str_eq(lacks.data, case_commands[what].needs, "%s", case_commands[what].name);
    }
}

/* ---- what is wrong with a text or a code ---- */

static char *repeated(char c, size_t count)
{
    char *s = arena_alloc(&w.arena, count + 1);

    memset(s, c, count);
    s[count] = '\0';
    return s;
}

static bool put(const struct place *p, bool here, char *s)
{
    if (p->field->type != PROTOBUF_C_TYPE_STRING || !here)
        return false;
    *(char **)p->at = s;
    return true;
}

static bool text_too_long(const struct place *p)
{
    return put(p, is_personal(p), repeated('a', DEED_TEXT_MAX + 1));
}

static bool code_too_long(const struct place *p)
{
    return put(p, !is_personal(p), repeated('a', DEED_CODE_MAX + 1));
}

Test(deed, texts_and_codes_have_an_end)
{
    cr_expect_gt(spoil_all(text_too_long, "too_long", false), 30);
    cr_expect_gt(spoil_all(code_too_long, "too_long", false), 20);
}

Test(deed, the_end_of_a_text_is_counted_in_characters)
{
    Redress__V1__Note m = REDRESS__V1__NOTE__INIT;
    struct strbuf text;

    strbuf_init(&text, &w.arena);
    for (int i = 0; i < DEED_TEXT_MAX; i++)
        strbuf_adds(&text, "漏");
    m.text = text.data;
    cr_expect_eq(check(CMD_NOTE, &m.base).count, 0);
}

static bool bell(const struct place *p)
{
    return put(p, true, arena_strdup(&w.arena, "a\ab"));
}

static bool delete (const struct place *p)
{
    return put(p, true, arena_strdup(&w.arena, "a\177b"));
}

static bool next_line(const struct place *p)
{
    return put(p, true, arena_strdup(&w.arena, "a\302\205b")); /* U+0085 */
}

static bool line_break_in_a_code(const struct place *p)
{
    return put(p, !is_personal(p), arena_strdup(&w.arena, "a\nb"));
}

Test(deed, control_characters_are_no_text)
{
    cr_expect_gt(spoil_all(bell, "control_character", false), 50);
    cr_expect_gt(spoil_all(delete, "control_character", false), 50);
    cr_expect_gt(spoil_all(next_line, "control_character", false), 50);
    cr_expect_gt(spoil_all(line_break_in_a_code, "control_character", false), 20);
}

Test(deed, lines_and_tabs_are)
{
    Redress__V1__Note m = REDRESS__V1__NOTE__INIT;

    m.text = arena_strdup(&w.arena, "一\r\n\t二");
    cr_expect_eq(check(CMD_NOTE, &m.base).count, 0);
}

/* ---- whom and what the tenant does not know ---- */

static bool stranger(const struct place *p)
{
    return put(p, strstr(p->field->name, "_id") || strcmp(p->field->name, "recorded_by") == 0,
               arena_strdup(&w.arena, "X9"));
}

static bool elsewhere(const struct place *p)
{
    return put(p, strstr(p->field->name, "department"), arena_strdup(&w.arena, "moon"));
}

static bool no_category(const struct place *p)
{
    return put(p, strcmp(p->field->name, "category_code") == 0, arena_strdup(&w.arena, "house_quality.ghosts"));
}

Test(deed, names_are_the_tenants)
{
    cr_expect_geq(spoil_all(stranger, "unknown_staff", false), 12);
    cr_expect_geq(spoil_all(elsewhere, "unknown_department", false), 6);
    cr_expect_eq(spoil_all(no_category, "unknown_category", false), 1);
}

/* ---- numbers, digests, times, lists ---- */

static bool half_a_digest(const struct place *p)
{
    if (p->field->type != PROTOBUF_C_TYPE_BYTES)
        return false;
    ((ProtobufCBinaryData *)p->at)->len = SHA256_BYTES / 2;
    return true;
}

static bool no_digest_in_a_list(const struct place *p)
{
    if (p->field->type != PROTOBUF_C_TYPE_BYTES || !p->count)
        return false;
    ((ProtobufCBinaryData *)p->at)->len = 0;
    return true;
}

Test(deed, a_digest_has_its_length)
{
    cr_expect_geq(spoil_all(half_a_digest, "bad_length", false), 8);
    cr_expect_geq(spoil_all(no_digest_in_a_list, "bad_length", false), 5);
}

static bool no_such_value(const struct place *p)
{
    if (p->field->type != PROTOBUF_C_TYPE_ENUM)
        return false;
    *(int *)p->at = 999;
    return true;
}

Test(deed, an_enum_has_the_contracts_values)
{
    cr_expect_geq(spoil_all(no_such_value, "unknown_value", false), 15);
}

static bool below_nothing(const struct place *p)
{
    if (p->field->type == PROTOBUF_C_TYPE_INT64)
        *(int64_t *)p->at = -1;
    else if (p->field->type == PROTOBUF_C_TYPE_INT32)
        *(int32_t *)p->at = -1;
    else
        return false;
    return true;
}

static bool below_nothing_wrapped(const struct place *p)
{
    ProtobufCMessage *m = p->field->type == PROTOBUF_C_TYPE_MESSAGE ? *(ProtobufCMessage **)p->at : NULL;

    if (m && m->descriptor == &google__protobuf__int64_value__descriptor)
        ((Google__Protobuf__Int64Value *)m)->value = -1;
    else if (m && m->descriptor == &google__protobuf__int32_value__descriptor)
        ((Google__Protobuf__Int32Value *)m)->value = -1;
    else
        return false;
    return true;
}

static bool more_than_there_is(const struct place *p)
{
    ProtobufCMessage *m = p->field->type == PROTOBUF_C_TYPE_MESSAGE ? *(ProtobufCMessage **)p->at : NULL;

    if (!m || m->descriptor != &google__protobuf__int64_value__descriptor)
        return false;
    ((Google__Protobuf__Int64Value *)m)->value = DEED_AMOUNT_MAX + 1;
    return true;
}

Test(deed, numbers_are_counts_and_amounts)
{
    cr_expect_geq(spoil_all(below_nothing, "out_of_range", false), 10);
    cr_expect_geq(spoil_all(below_nothing_wrapped, "out_of_range", false), 4);
    cr_expect_eq(spoil_all(more_than_there_is, "out_of_range", false), 1, "a plan's amount (R34)");
}

static Google__Protobuf__Timestamp *time_at(const struct place *p)
{
    ProtobufCMessage *m = p->field->type == PROTOBUF_C_TYPE_MESSAGE ? *(ProtobufCMessage **)p->at : NULL;

    return m && m->descriptor == &google__protobuf__timestamp__descriptor ? (Google__Protobuf__Timestamp *)m : NULL;
}

static bool after_all_time(const struct place *p)
{
    if (time_at(p))
        time_at(p)->seconds = INT64_MAX;
    return time_at(p) != NULL;
}

static bool before_all_time(const struct place *p)
{
    if (time_at(p))
        time_at(p)->seconds = INT64_MIN;
    return time_at(p) != NULL;
}

static bool more_than_a_second(const struct place *p)
{
    if (time_at(p))
        time_at(p)->nanos = 1000000000;
    return time_at(p) != NULL;
}

Test(deed, a_time_is_one)
{
    cr_expect_geq(spoil_all(after_all_time, "out_of_range", false), 6);
    cr_expect_geq(spoil_all(before_all_time, "out_of_range", false), 6);
    cr_expect_geq(spoil_all(more_than_a_second, "out_of_range", false), 6);
}

static bool endless(const struct place *p)
{
    if (!p->count)
        return false;
    *p->count = DEED_LIST_MAX + 1; /* nothing of it is looked at */
    return true;
}

Test(deed, a_list_has_an_end)
{
    cr_expect_geq(spoil_all(endless, "too_many", true), 10);
}

Test(deed, a_survey_has_a_score_at_least_and_none_above_100)
{
    /* R36 */
    Redress__V1__AnswerSurvey m = REDRESS__V1__ANSWER_SURVEY__INIT;
    Google__Protobuf__Int32Value score = GOOGLE__PROTOBUF__INT32_VALUE__INIT;

    cr_assert_eq(check(CMD_ANSWER_SURVEY, &m.base).count, 1);
    cr_expect_str_eq(check(CMD_ANSWER_SURVEY, &m.base).items[0].code, "required");
    m.service_quality = &score;
    cr_expect_eq(check(CMD_ANSWER_SURVEY, &m.base).count, 0, "0 is a score");
    score.value = 100;
    cr_expect_eq(check(CMD_ANSWER_SURVEY, &m.base).count, 0);
    score.value = 101;
    cr_expect_str_eq(check(CMD_ANSWER_SURVEY, &m.base).items[0].path, "service_quality");
}

/* R14, R27: it would end with the answer to a question that is open, and begin without one. */
Test(deed, nobody_waits_for_information_that_nobody_asked_for)
{
    Redress__V1__Wait m = REDRESS__V1__WAIT__INIT;

    m.asked = (char *)(uintptr_t) "请补充";
    m.reason = REDRESS__V1__WAIT_REASON__WAIT_REASON_AUTHORITY;
    cr_expect_eq(check(CMD_WAIT, &m.base).count, 0);
    m.reason = REDRESS__V1__WAIT_REASON__WAIT_REASON_INFORMATION;
    cr_assert_eq(check(CMD_WAIT, &m.base).count, 1);
    cr_expect_str_eq(check(CMD_WAIT, &m.base).items[0].path, "reason");
}

Test(deed, problems_have_an_end_too)
{
    struct deed_problems found = { 0 };

    for (int i = 0; i < 2 * DEED_LIST_MAX; i++)
        deed_problem(&w.arena, &found, "path", "code", "message");
    cr_expect_eq(found.count, DEED_LIST_MAX);
}

/* ---- texts ---- */

Test(deed, every_text_is_found_under_its_path)
{
    EACH_COMMAND(what)
    {
        struct place places[PLACES_MAX];
        ProtobufCMessage *m = filled(what);
        size_t n = places_of(m, "", places, 0), found = 0, texts;
        struct deed_text *t;

        texts = deed_texts(&w.arena, m, &t);
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;

            if (places[i].field->type != PROTOBUF_C_TYPE_STRING || !is_personal(&places[i]))
                continue;
            while (k < texts && strcmp(t[k].field, places[i].path) != 0)
                k++;
            cr_assert_lt(k, texts, "%s %s", case_commands[what].name, places[i].path);
            cr_expect_eq(t[k].text, *(char **)places[i].at);
            found++;
        }
        cr_expect_leq(found, texts);
        cr_expect((found == 0) == (texts == 0), "%s", case_commands[what].name);
    }
}

Test(deed, texts_of_a_list_have_their_place_in_it_and_a_digest)
{
    struct deed_text *t;
    unsigned char digest[SHA256_BYTES];

    cr_assert_eq(deed_texts(&w.arena, filled(CMD_PROPOSE_PLAN), &t), 3);
    cr_expect_str_eq(t[0].field, "steps[0].measure");
    cr_expect_str_eq(t[1].field, "steps[1].measure");
    cr_expect_str_eq(t[2].field, "measures");
    sha256(t[2].text, strlen(t[2].text), digest);
    cr_expect_arr_eq(t[2].sha256, digest, SHA256_BYTES);
    cr_expect_eq(deed_texts(&w.arena, NULL, &t), 0);
}

Test(deed, empty_texts_are_none)
{
    Redress__V1__ChaseParty m = REDRESS__V1__CHASE_PARTY__INIT;
    struct deed_text *t;

    cr_expect_eq(deed_texts(&w.arena, &m.base, &t), 0);
}
