/* Logs: one line an event, as logfmt or JSON, to stderr or a file that SIGHUP opens again.
 *
 *     log_info("batch committed", LOG_INT("records", n), LOG_STR("topic", topic));
 *
 * Ids, codes, counts and times may be logged; names, phones, addresses and texts of a complaint never (R46). As a last
 * guard every string value is masked where it looks like a phone number or an e-mail address. */
#pragma once

#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

struct log_field {
    const char *key;
    enum { LOG_FIELD_STR, LOG_FIELD_INT } type;
    const char *text;
    int64_t number;
};

#define LOG_STR(key, value) ((struct log_field){ (key), LOG_FIELD_STR, (value), 0 })
#define LOG_INT(key, value) ((struct log_field){ (key), LOG_FIELD_INT, 0, (int64_t)(value) })

/* `name` is the daemon's; file "" means stderr. Returns 0 or ERR_FATAL. May be called again. */
int log_open(const char *name, enum log_format format, enum log_level level, const char *file);
/* Opens the file again (after it was rotated). */
void log_reopen(void);
void log_write(enum log_level level, const char *message, const struct log_field *fields, unsigned count);

#define LOG_AT(level, message, ...)                                                                                    \
    log_write((level), (message), (const struct log_field[]){ { 0 }, ##__VA_ARGS__ } + 1,                              \
              sizeof((const struct log_field[]){ { 0 }, ##__VA_ARGS__ }) / sizeof(struct log_field) - 1)
#define log_debug(...)   LOG_AT(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)    LOG_AT(LOG_INFO, __VA_ARGS__)
#define log_warning(...) LOG_AT(LOG_WARNING, __VA_ARGS__)
#define log_error(...)   LOG_AT(LOG_ERROR, __VA_ARGS__)

/* Replaces digits of phone-like runs (7 or more digits, but not inside identifiers) and the local part of e-mail
 * addresses by '*', in place. Also used wherever text of unknown origin is shown. */
void mask_personal(char *text);
