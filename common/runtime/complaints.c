#include "complaints.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/log.h"

void complaint_refuse(struct batch *b, const struct record *rec, const char *reason, const char *message)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);

    log_error("event set aside", LOG_STR("reason", reason), LOG_STR("tenant", e->tenant),
              LOG_STR("complaint", e->complaint_id), LOG_INT("version", e->version), LOG_STR("why", message));
    batch_dead_letter(b, rec, reason, message, e->tenant, "", "");
}

bool complaint_identify(struct batch *b, const struct record *rec, struct uuid *ret_id)
{
    const Redress__V1__ComplaintEvent *e = event_of(rec);

    if (!uuid_parse(e->complaint_id, strlen(e->complaint_id), ret_id))
        complaint_refuse(b, rec, "invalid_id", "complaint_id is not a UUID");
    else if (e->version < 1)
        complaint_refuse(b, rec, "invalid_version", "the version must be 1 or higher");
    else
        return true;
    return false;
}

bool complaint_is_next(struct batch *b, const struct record *rec, int64_t version)
{
    int64_t came = event_of(rec)->version;

    if (came > version + 1)
        complaint_refuse(b, rec, "version_gap",
                         arena_printf(b->arena,
                                      "version %" PRId64 " came, %" PRId64 " is the next: events between are missing",
                                      came, version + 1));
    return came == version + 1;
}
