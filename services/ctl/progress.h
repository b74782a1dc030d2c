/* How far a long command is, on standard error: a bar on a terminal, otherwise a line now and then. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *what; /* "answered" */
    int64_t shown_us;
    size_t shown;
    int terminal; /* -1: not asked yet */
};

void progress_init(struct progress *p, const char *what);
void progress_show(struct progress *p, size_t done, size_t total);
/* Clears the bar. */
void progress_end(struct progress *p);
