/* One written form for one meaning, so that keywords are found however they were typed: NFKC, lower case, simplified
 * characters, no white space ("漏 水", "漏水", "ＶＩＰ" and "vip", 電梯 and 电梯).
 *
 * Traditional characters are turned one by one into what ICU's "Traditional-Simplified" makes of each alone: the
 * transliterator itself takes 0.6 us a character, the table made from it next to nothing, and its rules for phrases
 * (乾隆) matter to no keyword. Keywords and texts go through the same function, so both always agree. */
#pragma once

#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/str.h"

/* Input beyond this is cut (at a character): no complaint is that long, and matching stays cheap. */
#define NORMALISE_MAX_BYTES 65536

/* Makes the table; once per process, before the first text. 0, or ERR_FATAL without ICU's data. */
int normalise_init(void);

/* The normalised text, NUL-terminated, in the arena. The input is UTF-8; what is not becomes U+FFFD. */
struct str normalise(struct arena *a, const char *text, size_t len);
