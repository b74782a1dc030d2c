#include "pii.h"

#include <string.h>

/* clang-format off */
const struct pii_field pii_fields[] = {
    { "redress.v1.Complainant", "name" },
    { "redress.v1.Complainant", "phone" },
    { "redress.v1.Complainant", "email" },
    { "redress.v1.Complainant", "wechat_open_id" },
    { "redress.v1.Complainant", "address" },
    { "redress.v1.Call",        "caller" },
    { "redress.v1.Submission",  "unit" },
    { "redress.v1.Submission",  "description" },
    { "redress.v1.Submission",  "goods_or_service" },
    { "redress.v1.Submission",  "demand" },
    { "redress.v1.Reassign", "why" },
    { "redress.v1.Refuse", "why" },
    { "redress.v1.Award", "why" },
    { "redress.v1.Recuse", "why" },
    { "redress.v1.Contact", "note" },
    { "redress.v1.CompleteInvestigation", "findings" },
    { "redress.v1.HoldMeeting", "decision" },
    { "redress.v1.PlanStep", "measure" },
    { "redress.v1.ProposePlan", "measures" },
    { "redress.v1.RejectPlan", "said" },
    { "redress.v1.Complete", "result" },
    { "redress.v1.Evaluate", "result" },
    { "redress.v1.FeedBack", "result" },
    { "redress.v1.Dissatisfy", "said" },
    { "redress.v1.Answer", "text" },
    { "redress.v1.Reopen", "why" },
    { "redress.v1.Withdraw", "why" },
    { "redress.v1.Merge", "why" },
    { "redress.v1.Split", "why" },
    { "redress.v1.Wait", "party" },
    { "redress.v1.Wait", "asked" },
    { "redress.v1.ChaseParty", "note" },
    { "redress.v1.Resume", "result" },
    { "redress.v1.RequestInformation", "question" },
    { "redress.v1.GiveInformation", "text" },
    { "redress.v1.Note", "text" },
    { "redress.v1.TellProgress", "text" },
    { "redress.v1.Escalate", "why" },
    { "redress.v1.Deescalate", "why" },
    { "redress.v1.Review", "decision" },
    { "redress.v1.Review", "minutes" },
    { "redress.v1.ArrangeInspection", "place" },
    { "redress.v1.RecordInspection", "findings" },
    { "redress.v1.OpenWorkOrder", "task" },
    { "redress.v1.FinishWork", "result" },
    { "redress.v1.CancelWork", "why" },
    { "redress.v1.AnswerSurvey", "remarks" },
    { "redress.v1.SetLegalHold", "why" },
    { "redress.v1.LiftLegalHold", "why" },
    { 0 },
};
/* clang-format on */

bool pii_is(const ProtobufCMessageDescriptor *message, const char *field)
{
    for (const struct pii_field *f = pii_fields; f->message; f++)
        if (strcmp(f->message, message->name) == 0 && strcmp(f->field, field) == 0)
            return true;
    return false;
}

static void mask_text(char **text)
{
    static char masked[] = "***";

    if (*text && **text)
        *text = masked;
}

static void mask_field(ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    void *member = (char *)m + f->offset;
    size_t count = f->label == PROTOBUF_C_LABEL_REPEATED ? *(size_t *)((char *)m + f->quantifier_offset) : 1;
    void **values = f->label == PROTOBUF_C_LABEL_REPEATED ? *(void ***)member : (void **)member;

    if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && *(uint32_t *)((char *)m + f->quantifier_offset) != f->id)
        return;
    for (size_t i = 0; i < count; i++)
        if (f->type == PROTOBUF_C_TYPE_STRING)
            mask_text((char **)&values[i]);
        else if (values[i])
            pii_mask(values[i]);
}

void pii_mask(ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

        if (f->type == PROTOBUF_C_TYPE_MESSAGE || (f->type == PROTOBUF_C_TYPE_STRING && pii_is(m->descriptor, f->name)))
            mask_field(m, f);
    }
}
