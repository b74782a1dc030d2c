/* Every message that a daemon reads from outside stays within what unpacking and JSON can bound. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/event/json_internal.h"
#include "common/event/limits.h"
#include "odd_message.h"
#include "redress/v1/billing_event.pb-c.h"
#include "redress/v1/command.pb-c.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "redress/v1/dead_letter.pb-c.h"
#include "redress/v1/outcome.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static const ProtobufCMessageDescriptor *const roots[] = {
    &redress__v1__submission__descriptor,    &redress__v1__command__descriptor,
    &redress__v1__billing_event__descriptor, &redress__v1__complaint_event__descriptor,
    &redress__v1__outcome__descriptor,       &redress__v1__dead_letter__descriptor,
};
#define ROOTS (sizeof roots / sizeof *roots)

/* The messages from the root down to the one being looked at. */
struct chain {
    const struct chain *up;
    const ProtobufCMessageDescriptor *d;
    unsigned depth;
};

typedef bool check(const struct chain *at, const ProtobufCFieldDescriptor *f);

static bool holds_itself(const struct chain *at)
{
    for (const struct chain *c = at->up; c; c = c->up)
        if (c->d == at->d)
            return true;
    return false;
}

/* false as soon as a message holds itself, or a field fails the check. */
static bool walk(const struct chain *up, const ProtobufCMessageDescriptor *d, check *is_good)
{
    struct chain here = { up, d, up ? up->depth + 1 : 1 };

    if (holds_itself(&here) || here.depth > EVENT_DEPTH_MAX || d->n_fields > EVENT_FIELDS_MAX)
        return false;
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        if (!is_good(&here, f))
            return false;
        if (f->type == PROTOBUF_C_TYPE_MESSAGE && !walk(&here, f->descriptor, is_good))
            return false;
    }
    return true;
}

static bool anything(const struct chain *at, const ProtobufCFieldDescriptor *f)
{
    (void)at;
    (void)f;
    return true;
}

static bool is_proto3(const struct chain *at, const ProtobufCFieldDescriptor *f)
{
    (void)at;
    return f->label == PROTOBUF_C_LABEL_NONE || f->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool has_json_form(const struct chain *at, const ProtobufCFieldDescriptor *f)
{
    return json_shape_of(at->d) != JSON_SHAPE_NONE && strlen(f->name) < 64;
}

static bool has_a_json_name_of_its_own(const struct chain *at, const ProtobufCFieldDescriptor *f)
{
    char name[64];
    unsigned matches = 0;

    json_name(f->name, name);
    for (unsigned i = 0; i < at->d->n_fields; i++)
        matches += json_name_matches(at->d->fields[i].name, name) || json_name_matches(at->d->fields[i].name, f->name);
    return matches == 1;
}

Test(schema, no_message_holds_itself_and_nesting_is_bounded)
{
    for (size_t i = 0; i < ROOTS; i++)
        cr_assert(walk(NULL, roots[i], anything), "%s holds itself, or is too large or too deep", roots[i]->name);
}

Test(schema, the_walk_notices_a_message_that_holds_itself)
{
    cr_assert_not(walk(NULL, &odd_descriptor, anything));
}

Test(schema, all_fields_are_of_proto3)
{
    for (size_t i = 0; i < ROOTS; i++)
        cr_assert(walk(NULL, roots[i], is_proto3), "%s has a required or optional field", roots[i]->name);
}

Test(schema, every_message_has_a_json_form)
{
    for (size_t i = 0; i < ROOTS; i++)
        cr_assert(walk(NULL, roots[i], has_json_form), "%s has a type that JSON cannot say", roots[i]->name);
}

Test(schema, no_two_fields_share_a_json_name)
{
    for (size_t i = 0; i < ROOTS; i++)
        cr_assert(walk(NULL, roots[i], has_a_json_name_of_its_own), "%s has two fields of one name", roots[i]->name);
}
