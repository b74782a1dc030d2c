/* What dispatch does when nobody asks: cases are archived and erased when their time has come (R47), the journal is
 * anchored once a day (R49), and whoever may not have a case any more loses it (R12). Timers of the daemon; see
 * docs/record.md. */
#pragma once

#include "common/runtime/daemon.h"

#define RETENTION_EVERY_MS 3600000
#define ANCHORS_EVERY_MS   3600000 /* a day's anchor is made in its first hour, or as soon as somebody runs */

/* retention.c */
int retention_run(struct batch *b);
void retention_metrics(void);
/* Answers to commands are forgotten after a while. */
#define PURGE_EVERY_MS 600000
int purge_run(struct batch *b);

/* early.c */
#define EARLY_EVERY_MS 1000
int early_run(struct batch *b);

/* refit.c */
#define REFIT_EVERY_MS 5000
int refit_run(struct batch *b);

/* anchors.c */
int anchors_run(struct batch *b);
void anchors_metrics(void);
