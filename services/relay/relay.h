/* The relay: the journal into Kafka, in order, nothing lost. See README.md and docs/journal.md. */
#pragma once

struct daemon;

int relay_on_start(struct daemon *d);
void relay_on_stop(struct daemon *d);
int relay_on_step(struct daemon *d, int wait_ms);
