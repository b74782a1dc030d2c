#include "log.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "clock.h"
#include "error.h"
#include "str.h"

static struct {
    pthread_mutex_t lock;
    const char *name;
    enum log_format format;
    enum log_level level;
    char file[512];
    int fd;
} out = { .lock = PTHREAD_MUTEX_INITIALIZER, .name = "redress", .level = LOG_INFO, .fd = STDERR_FILENO };

static const char *const level_names[] = { "debug", "info", "warning", "error" };

static int open_file(void)
{
    int fd = out.file[0] ? open(out.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : STDERR_FILENO;

    if (fd < 0)
        return err_set(ERR_FATAL, "log.file: cannot open %s: %s", out.file, strerror(errno));
    if (out.fd != STDERR_FILENO)
        close(out.fd);
    out.fd = fd;
    return 0;
}

int log_open(const char *name, enum log_format format, enum log_level level, const char *file)
{
    int r;

    pthread_mutex_lock(&out.lock);
    out.name = name;
    out.format = format;
    out.level = level;
    str_copy(out.file, sizeof out.file, file);
    r = open_file();
    pthread_mutex_unlock(&out.lock);
    return r;
}

void log_reopen(void)
{
    pthread_mutex_lock(&out.lock);
    (void)open_file(); /* on failure the old one stays */
    pthread_mutex_unlock(&out.lock);
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

void mask_personal(char *text)
{
    for (char *p = text; *p; p++) {
        if (*p == '@' && p > text && is_word(p[-1]) && is_word(p[1])) {
            for (char *q = p - 1; q >= text && (is_word(*q) || *q == '.' || *q == '+'); q--)
                *q = '*';
        } else if (isdigit((unsigned char)*p) && (p == text || !is_word(p[-1]))) {
            char *end = p;
            unsigned digits = 0;

            while (isdigit((unsigned char)*end) || *end == '-')
                digits += *end++ != '-';
            if (digits >= 10 && digits <= 15 && !is_word(*end) && *end != ':' && *end != '.')
                for (unsigned seen = 0; p < end; p++)
                    if (*p != '-' && ++seen > 3 && seen <= digits - 4)
                        *p = '*';
            p = end - 1;
        }
    }
}

static void add_value(struct strbuf *b, const struct log_field *f)
{
    char masked[512];
    bool quote = false;

    if (f->type == LOG_FIELD_INT) {
        strbuf_printf(b, "%lld", (long long)f->number);
        return;
    }
    str_copy(masked, sizeof masked, f->text ? f->text : "");
    mask_personal(masked);
    for (const char *p = masked; *p; p++)
        quote |= !is_word(*p) && *p != '.' && *p != ':' && *p != '/';
    if (out.format == LOG_FORMAT_JSON || quote || masked[0] == '\0')
        strbuf_add_json(b, masked, strlen(masked));
    else
        strbuf_adds(b, masked);
}

static void add_field(struct strbuf *b, const struct log_field *f)
{
    bool json = out.format == LOG_FORMAT_JSON;

    if (b->len > (json ? 1u : 0u))
        strbuf_addc(b, json ? ',' : ' ');
    strbuf_printf(b, json ? "\"%s\":" : "%s=", f->key);
    add_value(b, f);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields, unsigned count)
{
    struct arena a;
    struct strbuf b;
    char at[RFC3339_SIZE];

    if (level < out.level)
        return;
    rfc3339_format(clock_wall_us(), at);
    arena_init(&a, 0);
    strbuf_init(&b, &a);
    pthread_mutex_lock(&out.lock);
    if (out.format == LOG_FORMAT_JSON)
        strbuf_addc(&b, '{');
    add_field(&b, &LOG_STR("time", at));
    add_field(&b, &LOG_STR("level", level_names[level]));
    add_field(&b, &LOG_STR("daemon", out.name));
    add_field(&b, &LOG_STR("message", message));
    for (unsigned i = 0; i < count; i++)
        add_field(&b, &fields[i]);
    strbuf_adds(&b, out.format == LOG_FORMAT_JSON ? "}\n" : "\n");
    while (write(out.fd, b.data, b.len) < 0 && errno == EINTR)
        ;
    pthread_mutex_unlock(&out.lock);
    arena_done(&a);
}
