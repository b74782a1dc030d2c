/* One batch: the records of one poll, the transaction that does everything they ask for, the events that leave with it.
 *
 * The runtime polls, decodes, recognises repeats, begins the transaction, moves the offsets, calls the daemon, appends
 * the journal, commits. A daemon's on_batch sees only records that are worth looking at and may be called again for the
 * same records after a rollback: it must keep nothing outside the batch's arena and the transaction. */
#pragma once

#include "common/base/str.h"
#include "common/event/problem.h"
#include "common/event/topic.h"
#include "common/journal/journal.h"
#include "common/kafka/consumer.h"
#include "common/pg/pg.h"

enum record_state {
    RECORD_READY,       /* decoded: message is set */
    RECORD_UNDECODABLE, /* problem says why; a dead letter is written by the runtime */
    RECORD_REPEAT,      /* seen before by its journal position: dropped */
    RECORD_PASSED_OVER, /* nothing that the daemon wants to hear of, by its type: not decoded */
};

enum record_encoding { ENCODING_PROTOBUF, ENCODING_JSON };

struct record {
    const struct topic *topic;
    const struct kafka_record *kafka; /* partition, offset, key, value, headers */
    enum record_state state;
    enum record_encoding encoding;
    ProtobufCMessage *message; /* in the arena; its type is topic->message */
    struct field_problem problem;
    struct journal_position position; /* epoch "" for records from outside */
    const unsigned char *hash;        /* 32 bytes of header redress-hash, or NULL */
    void *user;                       /* the daemon's, within one on_batch */
};

struct daemon;

struct batch {
    struct daemon *daemon;
    struct arena *arena;
    struct pg_conn *pg;
    int64_t now_us; /* PostgreSQL's now() of this transaction */
    struct record *records;
    int count;
    /* the runtime's own */
    struct journal_entry *entries;
    size_t entry_count, entry_cap;
    struct dead_letter *dead;
    size_t dead_count, dead_cap;
};

/* Loops over the records that are READY. */
#define BATCH_FOREACH(b, rec)                                                                                          \
    for (struct record *rec = (b)->records; rec < (b)->records + (b)->count; rec++)                                    \
        if (rec->state == RECORD_READY)

/* One event that leaves with the transaction. The message is packed at once (protobuf, or JSON where asked for). */
struct emission {
    const char *topic, *key, *tenant;
    const ProtobufCMessage *message;
    const char *type; /* ce_type */
    enum record_encoding encoding;
    struct uuid aggregate_id; /* nil outside chains */
    int64_t aggregate_version;
    unsigned char *head;        /* 32 bytes: the chain's newest hash in, this entry's out; NULL outside chains */
    const struct record *cause; /* its traceparent is carried on; NULL for none */
};
int batch_emit(struct batch *b, const struct emission *e);

/* Sets the record aside for ever: a row of dead_letter (bytes sealed) and an event, with this transaction.
 * tenant, source and source_event_id may be "" where unknown; reason is a stable word, message a sentence without
 * personal data. */
void batch_dead_letter(struct batch *b, const struct record *rec, const char *reason, const char *message,
                       const char *tenant, const char *source, const char *source_event_id);
