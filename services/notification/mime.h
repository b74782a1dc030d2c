/* An e-mail as it goes over the wire (RFC 5322, MIME). */
#pragma once

#include "common/base/str.h"

struct mime_message {
    const char *id; /* ours: <id@domain of from> is its Message-ID */
    const char *from, *from_name, *to;
    const char *reply_to;              /* "": none */
    const char *subject, *text, *html; /* html "": text alone */
    const char *locale;
    const char *thread;      /* one per complaint: In-Reply-To and References name <thread@domain of from>; "": none */
    const char *unsubscribe; /* URL; "": none */
    int64_t now_us;
};

/* An address that can stand in a header and an SMTP command: ASCII, one '@', nothing that means something there. */
bool mime_address_is_plain(const char *address);
/* What stands behind the '@'. */
const char *mime_domain(const char *address);
/* 0; 1: from or to is not plain, and nothing was written. Lines end in CRLF; no value can begin a header. */
int mime_write(struct strbuf *out, const struct mime_message *m);
