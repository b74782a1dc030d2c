#include "common/base/metrics.h"

#include "private.h"

struct metric metric_batches = { "redress_batches_total", "Batches committed.", METRIC_COUNTER, .label = NULL };
struct metric metric_records = { "redress_records_total", "Records committed.", METRIC_COUNTER, .label = "topic" };
struct metric metric_repeats = { "redress_repeats_total", "Records dropped as seen before.", METRIC_COUNTER,
                                 .label = "topic" };
struct metric metric_dead_letters = { "redress_dead_letters_total", "Records set aside.", METRIC_COUNTER,
                                      .label = "reason" };
struct metric metric_retries = { "redress_retries_total", "Attempts that will be made again, by class.", METRIC_COUNTER,
                                 .label = "class" };
struct metric metric_txn = { "redress_transaction_seconds", "Time from BEGIN to the answer of COMMIT.",
                             METRIC_HISTOGRAM, .label = NULL };
struct metric metric_lag_age = { "redress_lag_age_milliseconds", "Age of the oldest record not yet committed.",
                                 METRIC_GAUGE, .label = "topic" };
struct metric metric_lag_records = { "redress_batch_last_records", "Records in the last batch.", METRIC_GAUGE,
                                     .label = NULL };
struct metric metric_arena_peak = { "redress_arena_peak_bytes", "The most memory a batch has taken.", METRIC_GAUGE,
                                    .label = NULL };
struct metric metric_events = { "redress_events_total", "Events appended to the journal.", METRIC_COUNTER,
                                .label = "topic" };
struct metric metric_timer_runs = { "redress_timer_runs_total", "Timer transactions committed.", METRIC_COUNTER,
                                    .label = "timer" };
