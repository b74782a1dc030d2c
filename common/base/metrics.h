/* Metrics in Prometheus' text form. Each metric is a static object that registers itself by being listed in a table;
 * values are atomics, so any thread may count and the HTTP thread may read.
 *
 * Labelled families are small and bounded: a family keeps at most METRIC_LABELS values and counts the rest as "other".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "str.h"

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_LABELS  128
#define METRIC_BUCKETS 14

struct metric_cell {
    char label[64]; /* of two, with a line break between them */
    _Atomic int64_t value;
    _Atomic int64_t buckets[METRIC_BUCKETS]; /* histograms only */
    _Atomic int64_t sum_us;
};

struct metric {
    const char *name; /* "redress_batches_total" */
    const char *help;
    enum metric_type type;
    const char *label;  /* the label's name, NULL for a single value */
    const char *label2; /* a second one's; NULL: none */
    _Atomic unsigned cells_used;
    struct metric_cell *cells; /* made at first use */
    struct metric *next;       /* in the register */
    _Atomic bool registered;
};

/* label is ignored (NULL) for metrics without one. */
void metric_add(struct metric *m, const char *label, int64_t n);
void metric_add2(struct metric *m, const char *label, const char *label2, int64_t n);
void metric_set(struct metric *m, const char *label, int64_t n);
/* Histograms: buckets from 100 us to 10 s. */
void metric_observe_us(struct metric *m, const char *label, int64_t us);
int64_t metric_get(struct metric *m, const char *label);

/* Shows a metric that has no value yet, too. */
void metric_register(struct metric *m);
/* Everything registered, as text/plain; version=0.0.4. */
void metrics_write(struct strbuf *out);
