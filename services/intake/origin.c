#include "origin.h"

#include "common/event/timestamp.h"

static char *borrowed(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* The three belong together: another building of the same project is another home. */
static void take_home(const struct origin *o, Redress__V1__Submission *m)
{
    m->project_code = borrowed(o->project_code);
    m->building = borrowed(o->building);
    m->unit = o->contact->unit;
}

static void take_channel(const struct origin *o, Redress__V1__Submission *m)
{
    m->channel = o->channel;
    if (!m->call)
        m->call = o->contact->call;
}

void origin_take_over(struct arena *a, const struct origin *o, Redress__V1__Submission *m)
{
    if (uuid_is_nil(&o->id) || !o->contact)
        return;
    if (!m->complainant)
        m->complainant = o->contact->complainant;
    if (!*m->project_code)
        take_home(o, m);
    if (!m->received_at)
        m->received_at = timestamp_new(a, o->received_us);
    if (m->channel == REDRESS__V1__CHANNEL__CHANNEL_UNSPECIFIED)
        take_channel(o, m);
}

void origin_check(const struct origin *o, struct problems *out)
{
    if (uuid_is_nil(&o->id))
        problems_add(out, "split_from", "unknown_complaint", "the tenant has no complaint with this number");
    else if (!o->contact)
        problems_add(out, "split_from", "erased", "what is personal of this complaint is not there any more");
}
