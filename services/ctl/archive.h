/* An archive package: a complaint's record in one file that can be checked without a server, with standard tools or
 * with `redressctl archive verify` (R47, R49). docs/record.md describes it for those who check.
 *
 *     README.txt       how to check it by hand
 *     manifest.json    what it is, who made it, SHA-256 of every other part
 *     manifest.sig     Ed25519 over manifest.json, 64 bytes
 *     signing-key.pem  the public key
 *     events.jsonl     every entry of the complaint's chain: for people, and the exact bytes
 *     texts.jsonl      digest of every text that the events name; the texts themselves where they were revealed
 *     evidence.jsonl   evidence, by digest
 *
 * Pure: from what was loaded to bytes, and from bytes to the first thing that is wrong. */
#pragma once

#include "common/base/str.h"
#include "common/journal/journal.h"
#include "common/vault/signing.h"
#include "redress/v1/complaint_event.pb-c.h"

#define ARCHIVE_BYTES_MAX ((size_t)256 << 20)

/* A text as it is kept. */
struct archive_text {
    int64_t version; /* of the event */
    const char *field, *content;
};

/* Evidence of the registration, as intake knows it. */
struct archive_evidence {
    int64_t ord;
    const char *media_type, *uri;
    int64_t size;
    const void *sha256; /* NULL: the sender gave none */
};

struct archive {
    const char *tenant, *number, *status;
    struct uuid id;
    const struct journal_entry *entries; /* in the order of their versions */
    size_t entry_count;
    const struct archive_text *texts;
    size_t text_count;
    const struct archive_evidence *evidence;
    size_t evidence_count;
    bool revealed; /* with texts and addresses of evidence */
    const char *who, *why;
    int64_t at_us;
};

/* The file; *ret_manifest is what was signed. 0, or ERR_POISON: what is kept does not make a package that holds,
 * err_text says what is wrong with it. */
int archive_write(struct arena *a, const struct archive *x, const struct signing_key *key, struct strbuf *ret,
                  struct str *ret_manifest);

/* What a package that holds says of itself. */
struct archive_report {
    const char *number, *tenant, *exported_at, *who, *status, *tool;
    size_t entries, texts, revealed, evidence;
    unsigned char key[SIGNING_PUBLIC_BYTES];
    char head[2 * SHA256_BYTES + 1];
};

/* NULL: it holds; else the first thing that is wrong, and where. key NULL: signed by whom it says. */
const char *archive_check(struct arena *a, const void *data, size_t len, const unsigned char *key,
                          struct archive_report *ret);
