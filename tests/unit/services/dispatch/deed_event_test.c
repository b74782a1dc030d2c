/* The event that says what a command says, without its texts (R46). */
#include <criterion/criterion.h>
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

TestSuite(deed_event, .init = setup, .fini = teardown);

#define EACH_COMMAND(what)                                                                                             \
    for (enum case_command what = (enum case_command)0; what < CASE_COMMAND_COUNT; what++)                             \
        if (casework_message(what))

static ProtobufCMessage *filled(enum case_command what)
{
    return casework_fill(&w.arena, what, w.now_us, NULL);
}

static bool same(const ProtobufCFieldDescriptor *f, const void *x, const void *y)
{
    const ProtobufCBinaryData *bx = x, *by = y;

    switch ((int)f->type) {
    case PROTOBUF_C_TYPE_STRING:
        return strcmp(*(char *const *)x, *(char *const *)y) == 0;
    case PROTOBUF_C_TYPE_BYTES:
        return bx->len == by->len && memcmp(bx->data, by->data, bx->len) == 0;
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)x == *(const int64_t *)y;
    default:
        return *(const int32_t *)x == *(const int32_t *)y;
    }
}

/* All that both have by name; returns how many fields that were. */
static size_t assert_carried(const ProtobufCMessage *event, const ProtobufCMessage *command)
{
    size_t n = 0;

    for (unsigned i = 0; i < event->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *ef = &event->descriptor->fields[i];
        const ProtobufCFieldDescriptor *cf =
            protobuf_c_message_descriptor_get_field_by_name(command->descriptor, ef->name);
        const char *e = (const char *)event + ef->offset, *c;
        size_t count = 1;

        if (!cf)
            continue;
        n++;
        c = (const char *)command + cf->offset;
        cr_assert(ef->type == cf->type && ef->label == cf->label, "%s.%s is of another type than the command's",
                  event->descriptor->name, ef->name);
        if (ef->label == PROTOBUF_C_LABEL_REPEATED) {
            count = *(const size_t *)((const char *)event + ef->quantifier_offset);
            cr_assert_eq(count, *(const size_t *)((const char *)command + cf->quantifier_offset));
            e = *(const char *const *)e;
            c = *(const char *const *)c;
        }
        for (size_t k = 0; k < count; k++) {
            size_t at = k * (ef->type == PROTOBUF_C_TYPE_BYTES  ? sizeof(ProtobufCBinaryData)
                             : ef->type == PROTOBUF_C_TYPE_ENUM ? sizeof(int32_t)
                                                                : sizeof(void *));

            if (ef->type == PROTOBUF_C_TYPE_MESSAGE)
                assert_carried(*(ProtobufCMessage *const *)(const void *)(e + at),
                               *(ProtobufCMessage *const *)(const void *)(c + at));
            else
                cr_expect(same(ef, e + at, c + at), "%s.%s", event->descriptor->name, ef->name);
        }
    }
    return n;
}

/* The commands whose message is the event's content: others say it otherwise (who it was given to, which level). */
static bool says_it_otherwise(enum case_command what)
{
    return what == CMD_CLASSIFY || what == CMD_REASSIGN || what == CMD_AWARD;
}

Test(deed_event, an_event_carries_every_field_of_the_same_name_and_no_text)
{
    size_t carried = 0;

    EACH_COMMAND(what)
    {
        ProtobufCMessage *m = filled(what);
        ProtobufCMessage *e = deed_event(&w.arena, case_commands[what].event, m);
        struct deed_text *t;
        size_t n, len;
        void *packed = event_pack(&w.arena, e, &len);

        n = says_it_otherwise(what) ? 0 : assert_carried(e, m);
        carried += n;
        for (size_t i = deed_texts(&w.arena, m, &t); i-- > 0;)
            cr_expect_null(memmem(packed, len, t[i].text, strlen(t[i].text)), "%s tells %s", case_commands[what].name,
                           t[i].field);
        cr_expect_neq(deed_event_number(case_commands[what].event), 0);
    }
    cr_expect_gt(carried, 50);
    cr_expect_eq(deed_event_number("no_such_event"), 0);
}

/* The same for all that a command leads to, and with what the rules add. */
Test(deed_event, nothing_that_follows_tells_a_text_either)
{
    size_t told = 0;

    for (int status = CASE_TO_CLASSIFY; status <= CASE_MERGED + 2; status++)
        EACH_COMMAND(what)
        {
            struct casework one;
            const char *const actors[] = { "E3", "C1", "complainant", "M1" };
            struct deed_text *t;

            for (size_t k = 0; k < 4; k++) {
                const ProtobufCMessage *m;

                casework_init(&one);
                casework_bring(&one, status == CASE_ERASED ? CASE_REOPENED : (enum case_status)status);
                m = casework_fill(&one.arena, what, one.now_us, NULL);
                if (casework_give(&one, actors[k], what, m) == 0)
                    for (size_t i = 0; i < one.h.event_count; i++) {
                        size_t len;
                        void *packed = event_pack(&one.arena, one.h.events[i].message, &len);

                        told++;
                        for (size_t j = deed_texts(&one.arena, m, &t); j-- > 0;)
                            cr_expect_null(memmem(packed, len, t[j].text, strlen(t[j].text)), "%s tells %s in %s",
                                           case_commands[what].name, t[j].field, one.h.events[i].member);
                    }
                cr_expect_null(one.broken, "%s: %s", case_commands[what].name, one.broken);
                casework_done(&one);
            }
        }
    cr_expect_gt(told, 300);
}
