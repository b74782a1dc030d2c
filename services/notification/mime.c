#include "mime.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/clock.h"

#define LINE       76
#define WORD_BYTES 39 /* of text in an encoded word: 64 characters with what is around it, 73 with the name */
#define PLAIN_MAX  60 /* a longer subject is encoded too, so that it can be folded */
#define DAY_US     (INT64_C(86400) * 1000000)
#define EPOCH_DAY  4 /* a Thursday */

bool mime_address_is_plain(const char *address)
{
    const char *at = strchr(address, '@');

    if (!at || at == address || !at[1] || strchr(at + 1, '@') || strlen(address) > 254)
        return false;
    for (; *address; address++)
        if (*address <= ' ' || *address > '~' || strchr("<>()[],;:\\\"", *address))
            return false;
    return true;
}

const char *mime_domain(const char *address)
{
    const char *at = strrchr(address, '@');

    return at ? at + 1 : address;
}

/* ---- headers ---- */

static const char *without_controls(struct arena *a, const char *text)
{
    char *out = arena_strdup(a, text);

    for (char *p = out; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F)
            *p = ' ';
    return out;
}

static bool is_ascii(const char *text)
{
    while (*text && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

/* Encoded words (RFC 2047), each of whole characters, one a line. */
static void add_words(struct strbuf *out, const char *text)
{
    size_t len = strlen(text);
    const char *between = "";

    while (len > 0) {
        size_t n = len < WORD_BYTES ? len : WORD_BYTES;

        while (n < len && n > 1 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
        strbuf_printf(out, "%s=?UTF-8?B?%s?=", between, base64_encode(out->arena, text, n));
        between = "\r\n ";
        text += n;
        len -= n;
    }
}

static void add_subject(struct strbuf *out, const char *subject)
{
    subject = without_controls(out->arena, subject);
    strbuf_adds(out, "Subject: ");
    if (is_ascii(subject) && strlen(subject) <= PLAIN_MAX && !strstr(subject, "=?"))
        strbuf_adds(out, subject);
    else
        add_words(out, subject);
    strbuf_adds(out, "\r\n");
}

static void add_address(struct strbuf *out, const char *header, const char *name, const char *address)
{
    name = without_controls(out->arena, name);
    strbuf_printf(out, "%s: ", header);
    if (*name) {
        if (is_ascii(name) && strlen(name) <= PLAIN_MAX && !strpbrk(name, "\"\\") && !strstr(name, "=?"))
            strbuf_printf(out, "\"%s\"", name);
        else
            add_words(out, name);
        strbuf_adds(out, "\r\n ");
    }
    strbuf_printf(out, "<%s>\r\n", address);
}

static void add_date(struct strbuf *out, int64_t now_us)
{
    static const char *const days[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t day = now_us / DAY_US, second = now_us % DAY_US / 1000000;
    unsigned month, date;
    int year;

    civil_from_days(day, &year, &month, &date);
    strbuf_printf(out, "Date: %s, %02u %s %04d %02d:%02d:%02d +0000\r\n", days[(day + EPOCH_DAY) % 7], date,
                  months[month - 1], year, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
}

/* A complaint's number as the left side of an id: everything that may not stand there as =XX. */
static const char *id_part(struct arena *a, const char *text)
{
    struct strbuf out;

    strbuf_init(&out, a);
    for (; *text; text++)
        if (ascii_consists_of(text, 1, "-_"))
            strbuf_addc(&out, *text);
        else
            strbuf_printf(&out, "=%02X", (unsigned char)*text);
    return out.len ? out.data : "none";
}

static void add_ids(struct strbuf *out, const struct mime_message *m)
{
    const char *domain = mime_domain(m->from);

    strbuf_printf(out, "Message-ID: <%s@%s>\r\n", id_part(out->arena, m->id), domain);
    if (*m->thread) {
        const char *thread = id_part(out->arena, m->thread);

        strbuf_printf(out, "In-Reply-To: <%s@%s>\r\nReferences: <%s@%s>\r\n", thread, domain, thread, domain);
    }
}

/* One click is for https alone (RFC 8058). */
static void add_unsubscribe(struct strbuf *out, const char *url)
{
    size_t len = strlen(url);

    if (len == 0 || len > 900)
        return;
    for (size_t i = 0; i < len; i++)
        if (url[i] <= ' ' || url[i] > '~' || url[i] == '<' || url[i] == '>')
            return;
    strbuf_printf(out, "List-Unsubscribe: <%s>\r\n", url);
    if (strncmp(url, "https://", 8) == 0)
        strbuf_adds(out, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n");
}

/* ---- parts ---- */

/* Line breaks become CRLF before they are encoded, as RFC 2045 wants it of text. */
static const char *with_crlf(struct arena *a, const char *text)
{
    struct strbuf out;

    strbuf_init(&out, a);
    for (; *text; text++) {
        if (*text == '\r')
            continue;
        if (*text == '\n')
            strbuf_addc(&out, '\r');
        strbuf_addc(&out, *text);
    }
    return out.len ? out.data : "";
}

static void add_part(struct strbuf *out, const char *type, const char *text)
{
    const char *crlf = with_crlf(out->arena, text), *base64 = base64_encode(out->arena, crlf, strlen(crlf));
    size_t len = strlen(base64);

    strbuf_printf(out, "Content-Type: %s; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
    for (size_t at = 0; at < len; at += LINE) {
        strbuf_add(out, base64 + at, len - at < LINE ? len - at : LINE);
        strbuf_adds(out, "\r\n");
    }
}

static void add_alternatives(struct strbuf *out, const struct mime_message *m)
{
    const char *boundary = arena_printf(out->arena, "=_%.60s", id_part(out->arena, m->id));

    strbuf_printf(out, "Content-Type: multipart/alternative;\r\n boundary=\"%s\"\r\n\r\n--%s\r\n", boundary, boundary);
    add_part(out, "text/plain", m->text);
    strbuf_printf(out, "--%s\r\n", boundary);
    add_part(out, "text/html", m->html);
    strbuf_printf(out, "--%s--\r\n", boundary);
}

int mime_write(struct strbuf *out, const struct mime_message *m)
{
    if (!mime_address_is_plain(m->from) || !mime_address_is_plain(m->to))
        return 1;
    add_date(out, m->now_us);
    add_address(out, "From", m->from_name, m->from);
    add_address(out, "To", "", m->to);
    if (mime_address_is_plain(m->reply_to))
        add_address(out, "Reply-To", "", m->reply_to);
    add_subject(out, m->subject);
    add_ids(out, m);
    strbuf_adds(out, "Auto-Submitted: auto-generated\r\n");
    add_unsubscribe(out, m->unsubscribe);
    if (*m->locale && ascii_consists_of(m->locale, strlen(m->locale), "-"))
        strbuf_printf(out, "Content-Language: %s\r\n", m->locale);
    strbuf_adds(out, "MIME-Version: 1.0\r\n");
    if (*m->html)
        add_alternatives(out, m);
    else
        add_part(out, "text/plain", m->text);
    return 0;
}
