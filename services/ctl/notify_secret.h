/* What of notification needs a tenant's key: sealing an address, and the secret in a gateway's address for receipts. */
#pragma once

#include "ctl.h"

/* redressctl notify test, notify receipts-url: exit statuses. */
int notify_test(struct ctl *c);
int notify_receipts_url(struct ctl *c);
