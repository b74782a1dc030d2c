/* One submission on its way to a complaint, from any channel: what came, what was found out about it without a server,
 * what was decided. Nothing here knows of Kafka but `cause`, so that HTTP takes the same way. */
#pragma once

#include "common/contact/phone.h"
#include "common/runtime/batch.h"
#include "number.h"
#include "redress/v1/outcome.pb-c.h"
#include "redress/v1/submission.pb-c.h"
#include "tenant.h"
#include "validate.h"

struct submission {
    /* what came */
    const Redress__V1__Submission *message;
    const struct record *cause;  /* NULL unless from Kafka */
    const struct origin *origin; /* of the complaint in split_from; NULL where it names none */

    /* submission_check */
    struct problems problems;
    const struct tenant *tenant; /* NULL: unknown; one with a problem: nothing below is set */
    char phone[PHONE_SIZE];      /* canonical; "" for none */
    char content_key[VAULT_HASH_TEXT], complainant_key[VAULT_HASH_TEXT], home_key[VAULT_HASH_TEXT];
    bool has_matter;
    int64_t matter;
    int64_t received_us, occurred_us; /* 0 where there is none */
    struct uuid own_id;               /* of the complaint that it becomes, if it is new; nil unless it is valid */

    /* submissions_register */
    Redress__V1__OutcomeResult result;
    struct submission *first; /* of the same reference earlier in the batch; NULL: this is it */
    bool is_new, is_known;    /* claimed now; or found in the tables, then the next four are the first one's */
    char known_content_key[VAULT_HASH_TEXT];
    struct uuid complaint_id;
    char number[NUMBER_SIZE];
    int64_t registered_us;
    struct submission *likely_here; /* likely duplicate of one of this batch; else of the one below unless nil */
    struct uuid likely_id;
    char likely_number[NUMBER_SIZE];
    int64_t likely_received_us;
    unsigned char head[SHA256_BYTES];
};

/* What else message says was taken over from origin before (origin.h). Validates, finds the tenant, makes the keys.
 * Pure. Message and tenants must outlive s. */
void submission_check(struct submission *s, struct arena *a, const struct validation *v);

/* Whether it may be one that is there already (R7): a part that somebody split off is not. */
bool submission_may_repeat(const struct submission *s);

/* Registers what is valid and new, with its events and rows, and gives each its result, complaint_id, number and
 * registered_us (the first one's for repeats). Inside b's transaction, once per transaction; 0 or an error class. */
int submissions_register(struct batch *b, struct submission **items, size_t count);
