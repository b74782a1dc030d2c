/* What the daemon's spec in main.c refers to; see README.md for what dispatch is for. */
#pragma once

#include "common/runtime/daemon.h"

extern const struct daemon_spec dispatch_spec;
