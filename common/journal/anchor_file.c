/* Files of anchors: read, and filled up with what they lack. */
#include "anchor_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "journal_sql.h"

#define FILE_MAX ((off_t)1 << 30)

const char *anchors_parse(struct arena *a, const char *text, size_t len, struct anchors *ret)
{
    size_t lines = 1, at = 0;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    *ret = (struct anchors){ arena_array(a, struct anchor, lines), 0 };
    for (size_t line = 1; at < len; line++) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end ? (size_t)(end - text) - at : len - at;
        const char *wrong = anchor_parse(a, text + at, n, &ret->items[ret->count++]);

        if (wrong || !end)
            return arena_printf(a, "line %zu: %s", line, wrong ? wrong : "it is cut off");
        at += n + 1;
    }
    return NULL;
}

static int read_lines(struct arena *a, const char *path, int fd, struct anchors *ret)
{
    const char *wrong;
    struct stat st;
    char *text;
    ssize_t n;

    if (fstat(fd, &st) < 0 || st.st_size > FILE_MAX)
        return err_set(ERR_POISON, "%s is no file of anchors", path);
    text = arena_calloc(a, (size_t)st.st_size + 1, 1);
    n = pread(fd, text, (size_t)st.st_size, 0);
    if (n != st.st_size)
        return err_set(ERR_RETRY, "cannot read %s: %s", path, strerror(errno));
    /* A line that a crash cut off is written again: the file goes on at its last whole line. */
    while (n > 0 && text[n - 1] != '\n')
        n--;
    if (n < st.st_size && ftruncate(fd, n) < 0)
        return err_set(ERR_RETRY, "cannot write %s: %s", path, strerror(errno));
    wrong = anchors_parse(a, text, (size_t)n, ret);
    return wrong ? err_set(ERR_POISON, "%s, %s", path, wrong) : 0;
}

static int load_missing(struct pg_conn *c, struct arena *a, const struct anchors *have, const char *tenant,
                        struct pg_result **ret)
{
    struct sums newest = { .arena = a };
    struct pg_column tenants, numbers;
    struct pg_params p;

    for (size_t i = 0; i < have->count; i++) {
        struct sum *n = anchor_sum(&newest, have->items[i].tenant);

        if (have->items[i].number > n->number)
            n->number = have->items[i].number;
    }
    pg_column_init(&tenants, a, PG_TEXT, newest.count);
    pg_column_init(&numbers, a, PG_INT8, newest.count);
    for (size_t i = 0; i < newest.count; i++) {
        pg_column_text(&tenants, newest.items[i].tenant);
        pg_column_int8(&numbers, newest.items[i].number);
    }
    pg_params_init(&p, a);
    pg_param_column(&p, &tenants);
    pg_param_column(&p, &numbers);
    pg_param_text(&p, tenant);
    return pg_exec(c, &journal_anchor_lines, &p, ret);
}

static int write_lines(struct arena *a, const char *path, int fd, const struct pg_result *r)
{
    struct strbuf b;
    size_t len;

    strbuf_init(&b, a);
    for (int i = 0; i < pg_rows(r); i++) {
        const void *signature = pg_bytes(r, i, 1, &len);

        strbuf_printf(&b, "%s\t%s\n", pg_text(r, i, 0), base64_encode(a, signature, len));
    }
    if (b.len && (lseek(fd, 0, SEEK_END) < 0 || write(fd, b.data, b.len) != (ssize_t)b.len || fsync(fd) < 0))
        return err_set(ERR_RETRY, "cannot write %s: %s", path, strerror(errno));
    return 0;
}

int anchors_append(struct pg_conn *c, struct arena *a, const char *path, const char *tenant, int64_t *ret_added)
{
    _cleanup_(pg_result_freep) struct pg_result *r = NULL;
    struct anchors have = { 0 };
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), e;

    if (fd < 0)
        return err_set(ERR_RETRY, "cannot open %s: %s", path, strerror(errno));
    /* two daemons of one machine, or redressctl beside one, take turns */
    e = lockf(fd, F_LOCK, 0) < 0 ? err_set(ERR_RETRY, "cannot lock %s: %s", path, strerror(errno)) : 0;
    if (e == 0)
        e = read_lines(a, path, fd, &have);
    if (e == 0)
        e = load_missing(c, a, &have, tenant, &r);
    if (e == 0)
        e = write_lines(a, path, fd, r);
    close(fd);
    if (e == 0 && ret_added)
        *ret_added = pg_rows(r);
    return e;
}
