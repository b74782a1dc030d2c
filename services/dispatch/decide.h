/* The whole decision about a new complaint (R8-R12): from what was registered and its texts to category, severity,
 * complexity, department and person, with the reason for each. Pure: same input, same answer. */
#pragma once

#include "assign.h"
#include "lifecycle.h"
#include "redress/v1/complaint_event.pb-c.h"
#include "severity.h"

struct complaint_texts {
    struct str description, goods_or_service, demand; /* as written */
    bool trusted; /* false: they are not what was registered, and nothing is concluded from them */
};

struct decision_request {
    const struct tenant *tenant;
    const Redress__V1__ComplaintEvent *event; /* registered */
    const struct complaint_texts *texts;
    const struct workload *load;
    int32_t today;
};

struct decision {
    Redress__V1__Assigned assigned; /* what is told; lives in `keep` */
    struct assignment to;
    enum case_status status;
};

/* scratch is reset by the caller; `keep` holds what the decision points to. */
int decide(const struct decision_request *q, struct arena *scratch, struct arena *keep, struct decision *ret);
