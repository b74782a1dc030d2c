/* How well a policy classifies texts whose category and severity a person has judged. */
#pragma once

#include "common/base/arena.h"
#include "services/dispatch/classify.h"

struct judged {
    const char *category; /* what the person says; "" means that only a person can classify it */
    const char *found;    /* what the policy says; "" is by hand */
    int confidence;
    bool major, found_major;
    unsigned line; /* of the file */
};

struct evaluation {
    struct judged *items;
    size_t count;
    size_t classified;       /* found is not "" */
    size_t right_classified; /* and is the person's category */
    size_t right;            /* found equals category, "" included */
    size_t severity_right, major, major_found, major_false;
};

/* Reads JSON lines: either {"text", "category", "severity"}, or the form of deploy/samples/complaints.jsonl, of which
 * the records with an expected category are taken and the category that the sender gave is left out of account. 0, or
 * ERR_FATAL. */
int classification_evaluate(struct arena *a, const char *categories_path, const char *rules_path,
                            const char *texts_path, struct evaluation *ret);
