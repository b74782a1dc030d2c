/* Strings: views into somebody else's bytes, and a builder that grows in an arena. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Borrowed bytes, not NUL-terminated. `data` may be NULL where len is 0. */
struct str {
    const char *data;
    size_t len;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
struct str str_from(const char *s); /* NULL gives an empty view */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *s);

/* A builder; `data` is NUL-terminated after each call. Aborts without memory. */
struct strbuf {
    struct arena *arena;
    char *data;
    size_t len, cap;
};

void strbuf_init(struct strbuf *b, struct arena *a);
void strbuf_reset(struct strbuf *b);
void strbuf_add(struct strbuf *b, const void *data, size_t len);
void strbuf_adds(struct strbuf *b, const char *s);
void strbuf_addc(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON string with its quotes; bad UTF-8 becomes U+FFFD. */
void strbuf_add_json(struct strbuf *b, const char *data, size_t len);

/* Well-formed UTF-8 (no surrogates, no overlong forms, <= U+10FFFF). */
bool utf8_valid(const char *data, size_t len);
/* Code points of valid UTF-8. */
size_t utf8_count(const char *data, size_t len);
/* Decodes one code point at *pos of valid UTF-8 and moves *pos. */
uint32_t utf8_next(const char *data, size_t len, size_t *pos);
/* Columns in a terminal: East Asian wide characters take two. */
size_t utf8_width(const char *data, size_t len);

/* "…" in lower-case hex; out holds 2 * len + 1. */
void hex_encode(const void *data, size_t len, char *out);
/* false unless exactly 2 * len hex digits. */
bool hex_decode(const char *text, size_t text_len, void *out, size_t len);
/* Standard alphabet with padding, in the arena, NUL-terminated. */
char *base64_encode(struct arena *a, const void *data, size_t len);
/* Reads the standard and the URL alphabet, padded or not; NULL if malformed. */
void *base64_decode(struct arena *a, const char *text, size_t text_len, size_t *ret_len);

/* ASCII letters, digits and the given others only. */
bool ascii_consists_of(const char *text, size_t len, const char *others);
/* Copies with truncation, always terminated. */
void str_copy(char *dst, size_t size, const char *src);
/* Whole string as a decimal number within [min, max]. */
bool parse_int64(const char *text, int64_t min, int64_t max, int64_t *ret);
