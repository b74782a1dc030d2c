/* What is known of a case when something is told about it. Texts are never NULL. */
#pragma once

#include "common/base/uuid.h"
#include "notice.h"

/* How the complainant can be reached; the addresses themselves are opened when something is sent. */
struct reach {
    bool phone, email, wechat;
    const char *phone_key, *email_key, *wechat_key; /* keyed digests; "" */
    int preferred;                                  /* redress.v1.ContactChannel */
};

struct case_facts {
    struct uuid id;
    const char *tenant, *number;
    const char *project, *project_name, *category, *category_name, *department, *department_name, *status;
    const char *severity, *complexity;  /* "" before it is classified */
    const char *handler, *handler_name; /* staff id; "" while nobody has it */
    int64_t received_us;
    struct reach complainant;
};
