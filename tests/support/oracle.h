/* What must hold after every fault (guarantees.md): the journal against Kafka, independent of the relay's own code as
 * far as that goes. Load once the relay has caught up, then ask. Each question returns the number of violations and
 * prints the first few of them to standard error. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/kafka/kafka.h"
#include "common/pg/pg.h"

struct oracle;

/* Reads the whole journal and every record of the topics that it names. The connection may be anybody's who may read
 * the journal. ERR_* where a server does not answer. */
int oracle_load(struct pg_conn *c, const struct kafka_options *o, struct oracle **ret);
void oracle_free(struct oracle *o);

size_t oracle_entries(const struct oracle *o);
size_t oracle_records(const struct oracle *o);
/* Records that consumers drop since the same entry was there before. */
size_t oracle_repeats(const struct oracle *o);

/* O2: every entry is in Kafka, and everything in Kafka is an entry: same topic, key, value, id, type, hash, position.
 */
int64_t oracle_same_events(const struct oracle *o);
/* Its three parts: entries that are not in Kafka; records that differ from their entry; records without an entry (after
 * a fail-over that lost the tail there must be some). */
int64_t oracle_missing(const struct oracle *o);
int64_t oracle_differing(const struct oracle *o);
int64_t oracle_unknown(const struct oracle *o);
/* O3, the journal's part: the versions of each aggregate are 1..n without gap or repeat. */
int64_t oracle_versions(const struct oracle *o);
/* O5: per topic and key, the order of first appearance in Kafka is the journal's order; all in one partition. */
int64_t oracle_order(const struct oracle *o);
/* What a consumer does that keeps the newest position of each partition: everything is seen once, in order. */
int64_t oracle_consumer(const struct oracle *o);
/* All of them, and the count of entries if expected >= 0; 0 means that everything holds. */
int64_t oracle_check(const struct oracle *o, int64_t expected);
