#include "client_private.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/str.h"

#define CONNECTION_AGE_S   15 /* servers close idle connections; one that is closing loses what is sent over it */
#define RETRY_AFTER_MAX_MS (INT64_C(24) * 3600 * 1000)
#define LINE_MAX_BYTES     (256L << 10) /* of an answer by IMAP: libcurl garbles what is longer than half its buffer */
#define GOODBYE_S          1            /* libcurl says QUIT to a mail server and stands still until it is answered */

enum family { FAMILY_HTTP, FAMILY_SMTP, FAMILY_IMAP, FAMILY_FILE };

struct scheme {
    const char *prefix, *protocols;
    enum family family;
};

static const struct scheme schemes[] = {
    { "http://", "http,https", FAMILY_HTTP }, { "https://", "https", FAMILY_HTTP },
    { "smtp://", "smtp,smtps", FAMILY_SMTP }, { "smtps://", "smtps", FAMILY_SMTP },
    { "imap://", "imap,imaps", FAMILY_IMAP }, { "imaps://", "imaps", FAMILY_IMAP },
    { "file:///", "file", FAMILY_FILE },
};

static const struct scheme *scheme_of(const char *url)
{
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (strncmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return &schemes[i];
    return NULL;
}

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

/* ---- the library ---- */

static void init_curl(void)
{
    struct sigaction now;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
    /* Without it a name server that hangs would hang everything; Debian's build has it. */
    if (!(curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_ASYNCHDNS))
        log_warning("libcurl cannot look up names beside its work");
    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

struct http_client *http_client_new(int connections)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct http_client *c = must(calloc(1, sizeof *c));

    pthread_once(&once, init_curl);
    c->multi = must(curl_multi_init());
    curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)connections);
    client_open_loop(c);
    return c;
}

static CURL *take_handle(struct http_client *c)
{
    return c->handle_count ? c->handles[--c->handle_count] : must(curl_easy_init());
}

/* The call is over: its handle goes back, its lists go. */
static void release(struct http_client *c, struct transfer *t)
{
    curl_slist_free_all(t->list);
    curl_slist_free_all(t->recipients);
    t->list = t->recipients = NULL;
    if (!t->handle)
        return;
    curl_multi_remove_handle(c->multi, t->handle);
    curl_easy_reset(t->handle);
    if (c->handle_count < HANDLES_KEPT)
        c->handles[c->handle_count++] = t->handle;
    else
        curl_easy_cleanup(t->handle);
    t->handle = NULL;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    while (c->running_first) {
        struct transfer *t = c->running_first;

        c->running_first = t->next;
        release(c, t);
        transfer_done(t);
    }
    for (struct transfer *t = c->done_first; t; t = t->next)
        transfer_done(t);
    for (size_t i = 0; i < c->handle_count; i++)
        curl_easy_cleanup(c->handles[i]);
    curl_multi_cleanup(c->multi);
    client_close_loop(c);
    free(c);
}

/* ---- what comes back ---- */

static bool keep_answer(struct transfer *t, const char *data, size_t len)
{
    if (len > t->max_answer - t->answer_len)
        return false;
    if (!t->answer || t->answer_len + len + 1 > t->answer_cap) {
        size_t cap = t->answer_cap ? t->answer_cap : 1024;

        while (cap < t->answer_len + len + 1)
            cap *= 2;
        t->answer = must(realloc(t->answer, cap));
        t->answer_cap = cap;
    }
    if (len > 0)
        memcpy(t->answer + t->answer_len, data, len);
    t->answer_len += len;
    t->answer[t->answer_len] = '\0';
    return true;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    return keep_answer(user, data, size * count) ? size * count : 0;
}

/* What an SMTP server says comes as headers; the last line is its word on the message, but for its good-bye. */
static size_t on_smtp_line(char *data, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t len = size * count;

    if (len < 3 || memcmp(data, "221", 3) == 0)
        return len;
    if (data[0] >= '4' || (t->body_len > 0 && t->body_at == t->body_len))
        curl_easy_setopt(t->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)GOODBYE_S);
    t->answer_len = 0;
    keep_answer(t, data, len < t->max_answer ? len : t->max_answer);
    return len;
}

/* Answered: what libcurl sends next has its own time. */
static size_t on_imap_line(char *data, size_t size, size_t count, void *user)
{
    struct transfer *t = user;

    if (size * count > 0 && *data != '*')
        t->asked_us = clock_mono_us();
    return size * count;
}

/* libcurl stands still between the last byte of a mail and the word that it was the last; it counts from when the mail
 * was asked for. */
static size_t on_imap_mail(char *data, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    int64_t so_far_s = (clock_mono_us() - t->asked_us) / 1000000 + 1;

    curl_easy_setopt(t->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)so_far_s + GOODBYE_S);
    return on_body(data, size, count, user);
}

static size_t on_upload(char *out, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t len = t->body_len - t->body_at, room = size * count;

    if (len > room)
        len = room;
    if (len > 0)
        memcpy(out, (const char *)t->body + t->body_at, len);
    t->body_at += len;
    return len;
}

/* Connected, and the request is next. libcurl comes here a second time when it wants to repeat one over a new
 * connection: nobody knows what became of the first. */
static int on_begin(void *user, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    struct transfer *t = user;

    (void)primary_ip, (void)local_ip, (void)primary_port, (void)local_port;
    t->asked_us = clock_mono_us();
    return ++t->begun == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* ---- what is asked ---- */

static bool breaks_line(const char *text)
{
    return text && strpbrk(text, "\r\n") != NULL;
}

static bool is_asked_well(const struct transfer *t)
{
    if (breaks_line(t->url) || breaks_line(t->mail_from) || breaks_line(t->mail_to) || breaks_line(t->request))
        return false;
    for (size_t i = 0; i < TRANSFER_HEADERS_MAX && t->headers[i]; i++)
        if (breaks_line(t->headers[i]))
            return false;
    return true;
}

static void set_limits(CURL *e, struct transfer *t, const struct scheme *s)
{
    curl_easy_setopt(e, CURLOPT_URL, t->url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, s->protocols);
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    /* a time-out must not wait for a name server that hangs */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)t->connect_timeout_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->timeout_ms);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)CONNECTION_AGE_S);
    curl_easy_setopt(e, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)GOODBYE_S);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (t->ca_file && t->ca_file[0])
        curl_easy_setopt(e, CURLOPT_CAINFO, t->ca_file);
    curl_easy_setopt(e, CURLOPT_PROXY, t->proxy ? t->proxy : "");
    curl_easy_setopt(e, CURLOPT_NOPROXY, "");
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_begin);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(e, CURLOPT_PRIVATE, t);
    if (t->user) {
        curl_easy_setopt(e, CURLOPT_USERNAME, t->user);
        curl_easy_setopt(e, CURLOPT_PASSWORD, t->password ? t->password : "");
    }
}

static void set_upload(CURL *e, struct transfer *t)
{
    curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(e, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt(e, CURLOPT_READDATA, t);
    curl_easy_setopt(e, CURLOPT_INFILESIZE_LARGE, (curl_off_t)t->body_len);
}

/* Without what libcurl would add: waiting for a "continue", and a form's type for every POST. */
static struct curl_slist *headers_of(const struct transfer *t)
{
    struct curl_slist *list = must(curl_slist_append(NULL, "Expect:"));
    bool typed = false;

    for (size_t i = 0; i < TRANSFER_HEADERS_MAX && t->headers[i]; i++) {
        list = must(curl_slist_append(list, t->headers[i]));
        typed = typed || strncasecmp(t->headers[i], "Content-Type:", 13) == 0;
    }
    return typed ? list : must(curl_slist_append(list, "Content-Type:"));
}

static void set_http(CURL *e, struct transfer *t)
{
    t->list = headers_of(t);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->list);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "Redress/" REDRESS_VERSION);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    if (t->user)
        curl_easy_setopt(e, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
    if (!t->method || strcmp(t->method, "POST") != 0) {
        curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->body ? t->body : "");
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
}

static void set_smtp(CURL *e, struct transfer *t)
{
    t->recipients = must(curl_slist_append(NULL, t->mail_to ? t->mail_to : ""));
    curl_easy_setopt(e, CURLOPT_USE_SSL, (long)(t->require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(e, CURLOPT_MAIL_FROM, t->mail_from);
    curl_easy_setopt(e, CURLOPT_MAIL_RCPT, t->recipients);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_smtp_line);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    set_upload(e, t);
}

static void set_imap(CURL *e, struct transfer *t)
{
    curl_easy_setopt(e, CURLOPT_USE_SSL, (long)(t->require_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, LINE_MAX_BYTES * 2L);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_imap_line);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
    if (t->request)
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, t->request);
    else
        curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_imap_mail);
}

static void set_file(CURL *e, struct transfer *t)
{
    if (t->body)
        set_upload(e, t);
}

static void (*const set_family[])(CURL *e, struct transfer *t) = {
    [FAMILY_HTTP] = set_http,
    [FAMILY_SMTP] = set_smtp,
    [FAMILY_IMAP] = set_imap,
    [FAMILY_FILE] = set_file,
};

/* ---- how it ends ---- */

/* How far a call got that ended with an error. */
static enum transfer_end end_of_http(const struct transfer *t)
{
    return t->begun == 0 ? TRANSFER_NOT_SENT : TRANSFER_UNKNOWN;
}

/* A refusal is an answer. The message itself goes only after 354, and what was not answered since may have arrived. */
static enum transfer_end end_of_smtp(const struct transfer *t)
{
    if (t->status >= 400)
        return TRANSFER_ANSWERED;
    return t->status == 354 || t->body_at > 0 ? TRANSFER_UNKNOWN : TRANSFER_NOT_SENT;
}

static enum transfer_end (*const end_of[])(const struct transfer *t) = {
    [FAMILY_HTTP] = end_of_http,
    [FAMILY_SMTP] = end_of_smtp,
    [FAMILY_IMAP] = end_of_http,
    [FAMILY_FILE] = end_of_http,
};

static void push_done(struct http_client *c, struct transfer *t)
{
    t->next = NULL;
    if (!t->answer)
        keep_answer(t, "", 0);
    if (c->done_last)
        c->done_last->next = t;
    else
        c->done_first = t;
    c->done_last = t;
}

static void unlink_running(struct http_client *c, struct transfer *t)
{
    struct transfer **p = &c->running_first;

    while (*p && *p != t)
        p = &(*p)->next;
    *p = t->next;
    c->running--;
}

void client_end(struct http_client *c, struct transfer *t, CURLcode code)
{
    const struct scheme *s = scheme_of(t->url);
    curl_off_t retry_after_s = 0, took_us = 0;

    curl_easy_getinfo(t->handle, CURLINFO_RESPONSE_CODE, &t->status);
    curl_easy_getinfo(t->handle, CURLINFO_RETRY_AFTER, &retry_after_s);
    curl_easy_getinfo(t->handle, CURLINFO_TOTAL_TIME_T, &took_us);
    if (s->family == FAMILY_IMAP || s->family == FAMILY_FILE)
        t->status = 0;
    t->took_us = took_us;
    t->retry_after_ms = retry_after_s > RETRY_AFTER_MAX_MS / 1000 ? RETRY_AFTER_MAX_MS : retry_after_s * 1000;
    t->end = code == CURLE_OK ? TRANSFER_ANSWERED : end_of[s->family](t);
    t->timed_out = code == CURLE_OPERATION_TIMEDOUT;
    /* never libcurl's own buffer: it names hosts */
    if (code != CURLE_OK)
        str_copy(t->error, sizeof t->error, curl_easy_strerror(code));
    unlink_running(c, t);
    release(c, t);
    push_done(c, t);
}

static void refuse(struct http_client *c, struct transfer *t, const char *why)
{
    t->end = TRANSFER_NOT_SENT;
    str_copy(t->error, sizeof t->error, why);
    push_done(c, t);
}

/* libcurl appends to a file by skipping as much of the input as is there already: of no use here. */
static void append_to_file(struct http_client *c, struct transfer *t)
{
    char *path = curl_easy_unescape(NULL, t->url + strlen("file://"), 0, NULL);
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640) : -1;
    ssize_t n = fd >= 0 ? write(fd, t->body, t->body_len) : -1;

    if (n < 0)
        t->end = TRANSFER_NOT_SENT;
    else
        t->end = (size_t)n == t->body_len ? TRANSFER_ANSWERED : TRANSFER_UNKNOWN;
    if (t->end != TRANSFER_ANSWERED)
        str_copy(t->error, sizeof t->error, "cannot write to the file");
    if (fd >= 0)
        close(fd);
    curl_free(path);
    push_done(c, t);
}

/* ---- the client ---- */

static void forget_answer(struct transfer *t)
{
    t->handle = t->list = t->recipients = NULL;
    t->answer = NULL;
    t->answer_len = t->answer_cap = t->body_at = 0;
    t->begun = 0;
    t->status = 0;
    t->retry_after_ms = t->took_us = 0;
    t->timed_out = false;
    t->error[0] = '\0';
}

void http_client_start(struct http_client *c, struct transfer *t)
{
    const struct scheme *s = scheme_of(t->url);

    forget_answer(t);
    if (!s) {
        refuse(c, t, "the scheme of the URL is not supported");
        return;
    }
    if (!is_asked_well(t)) {
        refuse(c, t, "a line break where none may be");
        return;
    }
    if (s->family == FAMILY_FILE && t->append) {
        append_to_file(c, t);
        return;
    }
    t->handle = take_handle(c);
    set_limits(t->handle, t, s);
    set_family[s->family](t->handle, t);
    t->next = c->running_first;
    c->running_first = t;
    c->running++;
    if (curl_multi_add_handle(c->multi, t->handle) != CURLM_OK)
        abort();
    /* only now: what was set before holds for the good-byes of all connections, too */
    curl_easy_setopt(t->handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, t->timeout_ms / 1000L + 1);
}

struct transfer *http_client_take(struct http_client *c)
{
    struct transfer *t = c->done_first;

    if (!t)
        return NULL;
    c->done_first = t->next;
    if (!c->done_first)
        c->done_last = NULL;
    t->next = NULL;
    return t;
}

int http_client_running(const struct http_client *c)
{
    return c->running;
}

void transfer_done(struct transfer *t)
{
    free(t->answer);
    t->answer = NULL;
    t->answer_len = t->answer_cap = 0;
}

void http_call(struct transfer *t)
{
    struct http_client *c = http_client_new(1);

    http_client_start(c, t);
    while (!http_client_take(c))
        http_client_wait(c, 1000);
    http_client_free(c);
}
