/* The loop that sends: what is queued becomes calls of gateways, and what they answer becomes what is done next. */
#pragma once

#include "common/runtime/daemon.h"

/* daemon_spec.beside of the notification daemon. */
extern const struct daemon_spec send_spec;
