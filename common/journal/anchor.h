/* Anchors: signed words about stretches of the journal, kept where whoever can rewrite the database cannot (R49).
 *
 * An anchoring covers what was published since the one before and makes one anchor per tenant: how many entries, how
 * many complaints begun, the SHA-256 over the entries' hashes in their order, and the SHA-256 of the tenant's anchor
 * before. So anchors are a chain over the whole journal that costs what is new, and a complaint that is removed with
 * all its rows and heads is still missed. A line of a file is "STATEMENT <tab> SIGNATURE in base64". See
 * docs/record.md. */
#pragma once

#include "common/base/digest.h"
#include "common/pg/pg.h"
#include "common/vault/signing.h"
#include "journal.h"
#include "redress/v1/anchor.pb-c.h"

struct anchor_place {
    int64_t batch;
    int32_t ord;
};

struct anchor {
    const char *tenant;
    int64_t number, at_us;
    struct anchor_place after, upto; /* the stretch: without the first, with the second */
    int64_t entries, complaints, all_complaints;
    unsigned char digest[SHA256_BYTES];   /* over the entries' hashes */
    unsigned char previous[SHA256_BYTES]; /* of the statement before; zeros: it is the first */
    unsigned char key[SIGNING_PUBLIC_BYTES];
    const char *statement; /* all of the above, as it was signed */
    unsigned char signature[SIGNATURE_BYTES];
};

/* Fills in statement and signature. Pure. */
void anchor_seal(struct arena *a, struct anchor *n, const struct signing_key *key);
/* Without the line's end; in the arena. */
char *anchor_line(struct arena *a, const struct anchor *n);
/* Reads a line; NULL, or what is wrong with its form. That the statement says what the fields say is checked, the
 * signature is not. In the arena. */
const char *anchor_parse(struct arena *a, const char *line, size_t len, struct anchor *ret);

#define ANCHORS_NONE 1 /* nothing to be anchored now */
#define ANCHORS_MORE 2 /* done, and there is more: call again */

struct anchors {
    struct anchor *items;
    size_t count;
};

/* Anchors what is new, within the caller's transaction, and keeps the rows. only_due: not twice a day. 0, or one of the
 * above, or < 0. */
int anchors_make(struct pg_conn *c, struct arena *a, const struct signing_key *key, int64_t now_us, bool only_due,
                 struct anchors *ret);
/* The event that tells of it; in the arena. */
Redress__V1__Anchor *anchor_message(struct arena *a, const struct anchor *n);
#define ANCHOR_EVENT "redress.v1.Anchor"

/* Appends to a file what it lacks, and waits for the disk. tenant "": of all. *ret_added may be NULL. */
int anchors_append(struct pg_conn *c, struct arena *a, const char *path, const char *tenant, int64_t *ret_added);

/* Reads a whole file of lines. NULL, or what is wrong, with the line's number in it. */
const char *anchors_parse(struct arena *a, const char *text, size_t len, struct anchors *ret);

/* What is wrong of the lines themselves, without a journal: numbers, links, signatures. key NULL: by the key that they
 * name, which must be one. NULL: nothing. */
const char *anchors_check(struct arena *a, const struct anchors *lines, const unsigned char *key);
/* And against the journal, in one snapshot: *ret_fault names the first that does not fit, NULL: all do. */
int anchors_verify(struct pg_conn *c, struct arena *a, const struct anchors *lines, const char **ret_fault);
