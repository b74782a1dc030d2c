/* A gateway that fails again and again gets no calls for a while, then one to try. And no gateway gets more calls at a
 * time, or in a second, than its settings allow. Pure: the time is the caller's. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct breaker {
    int failures;          /* one after the other */
    int opened;            /* how often in a row, for the pause */
    int64_t open_until_us; /* 0: closed */
    bool trying;           /* the one that is to see whether it works again is under way */
    int in_flight;         /* taken from the queue, not answered */
    int waiting;           /* of them, those that are not called yet: there is no place */
    int ended, lately;     /* calls that ended in this turn of the loop, and in the one before */
    int64_t second;        /* in which `begun` calls were begun */
    int begun;
};

/* How many messages may be taken for it now: for its free places, and as many more as will have one before there is
 * time to take the next; those wait. */
int breaker_free(struct breaker *b, int most_in_flight, int per_second, int64_t now_us);
/* Another turn of the loop begins. */
void breaker_turn(struct breaker *b);
/* Calls that are under way now. */
int breaker_calls(const struct breaker *b);
void breaker_begin(struct breaker *b, int64_t now_us);
/* `failed`: the gateway did not do its work; that it refuses one message is no failure. `most`: failures in a row until
 * it opens. true: it has just opened. */
bool breaker_end(struct breaker *b, bool failed, int most, int64_t now_us);
/* The gateway asked for a pause: nothing begins before, and then one call to see. */
void breaker_put_off(struct breaker *b, int64_t until_us);
bool breaker_is_open(const struct breaker *b, int64_t now_us);
