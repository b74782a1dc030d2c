/* One complaint's whole record, without anything personal (R46): facts, where it stands, work orders, what happened and
 * why. Both read the complaint that the first argument names and return the exit status. */
#pragma once

#include "ctl.h"

int complaint_show(struct ctl *c);
/* Only what happened. */
int complaint_history(struct ctl *c);
