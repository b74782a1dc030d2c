/* SIGTERM and SIGINT: stop. SIGHUP: open the log again. SIGPIPE is ignored. */
#pragma once

#include <stdbool.h>

void signals_install(void);
bool signals_stop(void);
/* Whether a SIGHUP came since the last call. */
bool signals_take_hup(void);
/* As if SIGTERM had come. */
void signals_raise_stop(void);
