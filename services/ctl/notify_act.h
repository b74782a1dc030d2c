/* What an operator does about messages that wait, and about those that did not arrive. */
#pragma once

#include "common/base/uuid.h"
#include "ctl.h"

int notify_hold(struct ctl *c);
int notify_release(struct ctl *c);
int notify_cancel(struct ctl *c);
int notify_resend(struct ctl *c);

/* 0, or the exit status after saying what is wrong. */
int notify_id_of(const char *text, struct uuid *ret);
