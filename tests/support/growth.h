/* The journal's growth while something is measured, without a look more than it takes. */
#pragma once

#include "bench.h"

struct growth {
    struct pg_conn *pg;
    struct arena arena;
    int64_t batch; /* counted up to here */
};

/* From now on. What cannot be done ends the process with a message. */
void growth_open(struct growth *g, struct bench *b);
void growth_close(struct growth *g);

/* Waits until so many more entries are there than at the last call; tells the bench if they do not come. */
void growth_wait(struct growth *g, struct bench *b, int64_t entries);
