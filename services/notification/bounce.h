/* What a mail that came back says about one of ours: delivery reports (RFC 3464). Pure. */
#pragma once

#include "gateway.h"

/* More than this of a mail is not looked at; a report stands before the mail that it gives back. */
#define BOUNCE_MAX ((size_t)256 << 10)

enum bounce_outcome {
    BOUNCE_REPORT = 0,  /* *ret is the receipt of one of our messages */
    BOUNCE_NONE = 1,    /* no delivery report: an answer, a notice of absence, anything */
    BOUNCE_FOREIGN = 2, /* a report about a mail that is not ours, or that it does not name */
};

/* From the bytes of a mail. A receipt's code is its status ("5.1.1"), its id that of our Message-ID; both in the arena.
 */
enum bounce_outcome bounce_read(struct arena *a, const char *mail, size_t len, struct receipt *ret);
