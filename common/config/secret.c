/* Files with secrets, and connection strings with passwords in them. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "config.h"

#define SECRET_CAP ((size_t)64 << 10)

static int check_file(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_set(ERR_FATAL, "%s: cannot read: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(ERR_FATAL, "%s: not a regular file", path);
    if (st.st_mode & 007)
        return err_set(ERR_FATAL,
                       "%s: mode %04o lets everybody in; allowed are rights of owner and group only (chmod o= %s)",
                       path, (unsigned)(st.st_mode & 07777), path);
    return 0;
}

static int read_all(int fd, const char *path, char *buffer, size_t *ret_len)
{
    size_t len = 0;

    while (len <= SECRET_CAP) {
        ssize_t n = read(fd, buffer + len, SECRET_CAP + 1 - len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(ERR_FATAL, "%s: cannot read: %s", path, strerror(errno));
        if (n == 0)
            break;
        len += (size_t)n;
    }
    if (len > SECRET_CAP)
        return err_set(ERR_FATAL, "%s: larger than %zu bytes", path, SECRET_CAP);
    *ret_len = len;
    return 0;
}

static int check_content(struct arena *a, const char *path, const char *buffer, size_t len, const char **ret)
{
    if (len > 0 && buffer[len - 1] == '\n')
        len--;
    if (len > 0 && buffer[len - 1] == '\r')
        len--;
    if (len == 0)
        return err_set(ERR_FATAL, "%s: empty; it should hold the secret", path);
    if (memchr(buffer, '\0', len))
        return err_set(ERR_FATAL, "%s: holds a NUL byte; a secret is a text", path);
    *ret = arena_strndup(a, buffer, len);
    return 0;
}

int config_secret_read(struct arena *a, const char *path, const char **ret)
{
    char buffer[SECRET_CAP + 1];
    size_t len = 0;
    int fd, r;

    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return err_set(ERR_FATAL, "%s: cannot open: %s", path, strerror(errno));
    r = check_file(fd, path);
    if (r == 0)
        r = read_all(fd, path, buffer, &len);
    if (r == 0)
        r = check_content(a, path, buffer, len, ret);
    explicit_bzero(buffer, sizeof buffer);
    close(fd);
    return r;
}

/* "password", "sslpassword", "PASSWORD"; also names with percent signs, which may be those in disguise. */
static bool is_password(const char *name, size_t len)
{
    return memchr(name, '%', len) || (len >= 8 && strncasecmp(name + len - 8, "password", 8) == 0);
}

/* ?name=value&name=value */
static void mask_query(struct strbuf *b, const char *query)
{
    while (*query) {
        size_t len = strcspn(query + 1, "&") + 1, name = strcspn(query + 1, "=&");

        if (name + 1 < len && is_password(query + 1, name)) {
            strbuf_add(b, query, name + 2);
            strbuf_adds(b, "***");
        } else {
            strbuf_add(b, query, len);
        }
        query += len;
    }
}

/* The password may hold any character, escaped or not: everything from the first colon to the last @ goes. Where that @
 * stands in the query, it may be a part of a second password: then the rest goes too. */
static void mask_authority(struct strbuf *b, const char *uri, const char *start)
{
    const char *at = strrchr(start, '@'), *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
    const char *query = strchr(start, '?');

    if (colon) {
        strbuf_add(b, uri, (size_t)(colon + 1 - uri));
        strbuf_adds(b, "***");
        if (query && query < at)
            return;
        uri = at;
    }
    strbuf_add(b, uri, strcspn(uri, "?"));
    mask_query(b, uri + strcspn(uri, "?"));
}

/* End of a value as libpq reads it: quoted with \ escapes, or up to a blank. */
static const char *value_end(const char *p)
{
    bool quoted = *p == '\'';

    for (p += quoted; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (quoted ? *p == '\'' : strchr(" \t\n\r", *p) != NULL)
            return quoted ? p + 1 : p;
    }
    return p;
}

/* name = value name='value' */
static void mask_pairs(struct strbuf *b, const char *text)
{
    while (*text) {
        const char *name = text + strspn(text, " \t\n\r"), *name_end = name + strcspn(name, "= \t\n\r");
        const char *value = name_end + strspn(name_end, " \t\n\r"), *end;

        if (*value == '=')
            value += 1 + strspn(value + 1, " \t\n\r");
        end = value_end(value);
        if (is_password(name, (size_t)(name_end - name))) {
            strbuf_add(b, text, (size_t)(value - text));
            strbuf_adds(b, "***");
        } else {
            strbuf_add(b, text, (size_t)(end - text));
        }
        text = end;
    }
}

const char *config_mask_uri(struct arena *a, const char *uri)
{
    const char *scheme = strstr(uri, "://");
    struct strbuf b;

    strbuf_init(&b, a);
    strbuf_adds(&b, "");
    if (scheme && !memchr(uri, '=', (size_t)(scheme - uri)))
        mask_authority(&b, uri, scheme + 3);
    else
        mask_pairs(&b, uri);
    return b.data;
}
