/* To whom a complaint goes (R10-R12, R35): always to somebody.
 *
 * 1. A handler of the department: trained, on duty, not absent today, serving the project, and not a person the
 * complaint is about. Of several the one with the fewest open cases; of these the one who was given a case longest ago;
 * of these the first staff id. The department's head and the duty role are there for what nobody else can take, so they
 * are no handlers.
 * 2. Nobody: the department's head, or else the first of his deputies, who is on duty, not absent, and not a person it
 * is about.
 * 3. The tenant's duty role, unless it is about him.
 * 4. The head of customer service, unless it is about him.
 * 5. The duty role all the same, and the reason says so.
 *
 * A complaint is about a person who filed it himself (his phone is the complainant's), whose name stands in its texts,
 * or who was recused. */
#pragma once

#include "common/base/str.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "tenant.h"

/* One per person of the tenant, in the order of tenant->staff; with what this batch has given already. */
struct workload {
    int64_t open;
    int64_t given_us; /* the newest; 0: never */
    int64_t added;    /* of `open`, by this batch */
};

struct assign_request {
    const struct tenant *tenant;
    const char *department, *project;
    const char *complainant_key; /* "" for none */
    const struct str *texts;     /* normalised */
    size_t text_count;
    struct words recused;  /* staff ids */
    const char *not_again; /* staff id of who has it now and did not take it up; NULL: nobody */
    int32_t today;         /* tenant_today */
    bool to_head;          /* nothing for a handler yet: it is to be classified */
    const struct workload *load;
};

enum assign_way {
    ASSIGN_HANDLER,      /* 1 */
    ASSIGN_HEAD,         /* 2, or to_head */
    ASSIGN_DUTY,         /* 3 */
    ASSIGN_SERVICE_HEAD, /* 4 */
    ASSIGN_LAST_RESORT,  /* 5 */
};

struct assignment {
    const char *staff_id; /* of the tenant; never NULL */
    int index;            /* in tenant->staff; -1: the settings name somebody who is not among the staff */
    enum assign_way way;
    Redress__V1__AssigneeRole role;
    unsigned candidates; /* handlers of the department who could have taken it */
    unsigned involved;   /* persons passed over because it is about them */
    int64_t open;        /* open cases of the chosen one before this */
};

struct assignment assign_decide(const struct assign_request *q);
/* At work today. */
bool assign_present(const struct staff *s, int32_t today);
/* May have it (R12): trained, not recused, and not the one who filed it. */
bool assign_may_handle(const struct staff *s, const struct words *recused, const char *complainant_key);
/* Counts the case for whom it was given to; now_us orders gifts of one batch by the number of calls. */
void assign_count(struct workload *load, const struct assignment *to, int64_t now_us);
/* Takes it back from whom it was given to. */
void assign_uncount(const struct tenant *t, struct workload *load, const char *staff_id);
