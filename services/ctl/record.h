/* What a record of one of our topics says; for every command that reads topics. */
#pragma once

#include "common/event/problem.h"
#include "common/event/topic.h"
#include "common/kafka/consumer.h"
#include "common/runtime/batch.h"

/* As its content-type says, else as its bytes look. */
enum record_encoding ctl_record_encoding(const struct topic *t, const struct kafka_record *k);
/* Unpacks the value into the arena. 0; 1: refused, *ret_problem says why; < 0. */
int ctl_record_message(struct arena *a, const struct topic *t, const struct kafka_record *k, ProtobufCMessage **ret,
                       struct field_problem *ret_problem);
/* The header's text in the arena; "" if there is none or it is not text. */
const char *ctl_record_header(struct arena *a, const struct kafka_record *k, const char *name);
