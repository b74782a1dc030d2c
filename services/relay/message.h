/* A journal entry as a Kafka record: CloudEvents headers in binary mode, the headers that the writer gave, and where in
 * the journal it came from. Pure. */
#pragma once

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/base/uuid.h"
#include "common/kafka/producer.h"

/* As read from the journal; texts and bytes are borrowed from the result. */
struct entry {
    int64_t batch;
    int32_t ord;
    const char *topic, *key, *tenant, *type, *headers;
    struct uuid event_id, aggregate_id; /* aggregate_id: nil outside chains */
    const void *payload;
    size_t payload_len;
    const void *hash; /* SHA256_BYTES */
    int64_t recorded_at_us;
    uint64_t snapshot_xmin; /* of the snapshot that it was read with */
};

#define MESSAGE_HEADERS_MAX 32

struct message {
    struct kafka_message kafka; /* points into what is below and into the entry */
    struct kafka_header headers[MESSAGE_HEADERS_MAX];
    char id[UUID_TEXT_SIZE], subject[UUID_TEXT_SIZE], time[RFC3339_SIZE], batch[24], ord[16];
    char names[512]; /* names of the writer's headers */
};

/* 0; ERR_POISON where the writer's headers are not "name: value" lines or too many. */
int message_make(struct message *m, const struct entry *e, const char *epoch);
