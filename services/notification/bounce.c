#include "bounce.h"

#include <string.h>
#include <strings.h>

#include "common/base/uuid.h"
#include "mime_part.h"

#define DEPTH_MAX  4  /* of multiparts around a report */
#define PARTS_MAX  64 /* of a mail that are looked at */
#define GROUPS_MAX 64 /* of a report: a mail of ours has one recipient, whose address may stand for several */
#define STATUS_MAX 12

/* ---- what became of it ---- */

/* RFC 3464, 2.3.3. */
static const struct {
    const char *action;
    enum receipt_status status;
} actions[] = {
    { "failed", RECEIPT_FAILED },     { "delayed", RECEIPT_PENDING },  { "delivered", RECEIPT_DELIVERED },
    { "relayed", RECEIPT_DELIVERED }, { "expanded", RECEIPT_PENDING },
};

/* RFC 3463, 5248, 7505: the recipient's address is what is wrong, for good. 5.1.7 and 5.1.8 are about ours, 5.1.0 and
 * 5.2.2 (mailbox full) need not last. */
static const char *const bad_statuses[] = { "5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1" };

/* Servers that give no enhanced status say it in words. */
static const char *const bad_words[] = { "user unknown",       "unknown user",          "no such user",
                                         "user not found",     "mailbox not found",     "no such mailbox",
                                         "user doesn't exist", "mailbox does not exist" };

struct fate_of_mail {
    enum receipt_status status;
    const char *code;
    bool bad_address;
};

/* "5.1.1" at the beginning of a text; "" where there is none. */
static const char *enhanced_at(struct arena *a, const char *text)
{
    size_t len = strspn(text, "0123456789."), dots = 0;

    if (len < 5 || len > STATUS_MAX || !strchr("245", text[0]) || text[1] != '.' || text[len - 1] == '.')
        return "";
    for (size_t i = 0; i < len; i++)
        dots += text[i] == '.';
    return dots == 2 && !strstr(text, "..") ? arena_strndup(a, text, len) : "";
}

/* The first enhanced status of a diagnosis such as "smtp; 550 5.1.1 <...> unknown" or "550-5.1.1 The email account". */
static const char *enhanced_in(struct arena *a, const char *text)
{
    while (*text) {
        const char *found = enhanced_at(a, text);

        if (*found)
            return found;
        text += strcspn(text, " -#(;");
        text += strspn(text, " -#(;");
    }
    return "";
}

static bool is_general(const char *status)
{
    return !*status || strcmp(status + 1, ".0.0") == 0;
}

/* A general status is made better by what the other server said. */
static const char *status_of(struct arena *a, const struct mime_part *group)
{
    const char *status = enhanced_at(a, mime_part_header(a, group, "Status")), *said;

    if (!is_general(status))
        return status;
    said = enhanced_in(a, mime_part_header(a, group, "Diagnostic-Code"));
    return *said && (!*status || *said == *status) ? said : status;
}

static bool is_bad_address(struct arena *a, const struct mime_part *group, const char *status)
{
    const char *said = mime_part_header(a, group, "Diagnostic-Code");

    for (size_t i = 0; i < sizeof bad_statuses / sizeof *bad_statuses; i++)
        if (strcmp(status, bad_statuses[i]) == 0)
            return true;
    if (!is_general(status) || *status == '4')
        return false;
    for (size_t i = 0; i < sizeof bad_words / sizeof *bad_words; i++)
        if (strcasestr(said, bad_words[i]))
            return true;
    return false;
}

/* 0: it says nothing that we know. */
static enum receipt_status action_of(struct arena *a, const struct mime_part *group, const char *status)
{
    const char *action = mime_part_header(a, group, "Action");
    size_t len = strcspn(action, " (;");

    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (len == strlen(actions[i].action) && strncasecmp(action, actions[i].action, len) == 0)
            return actions[i].status;
    if (*action)
        return 0;
    return *status == '5' ? RECEIPT_FAILED : *status == '4' ? RECEIPT_PENDING : 0;
}

static bool read_group(struct arena *a, const struct mime_part *group, struct fate_of_mail *ret)
{
    const char *status = status_of(a, group);

    ret->status = action_of(a, group, status);
    ret->code = *status ? status : "bounced";
    ret->bad_address = ret->status == RECEIPT_FAILED && is_bad_address(a, group, status);
    return ret->status != 0;
}

/* Groups of fields, with empty lines between them; the first is about the mail, the others about its recipients. It
 * failed only if nobody got it: delivered before pending before failed. */
static bool read_status(struct arena *a, struct str text, struct fate_of_mail *ret)
{
    static const int rank[] = { [RECEIPT_DELIVERED] = 3, [RECEIPT_PENDING] = 2, [RECEIPT_FAILED] = 1 };
    bool found = false;

    for (size_t n = 0; text.len > 0 && n < GROUPS_MAX; n++) {
        struct fate_of_mail fate;
        struct mime_part group;

        mime_part_read(text, &group);
        text = group.body;
        if (!read_group(a, &group, &fate) || (found && rank[fate.status] <= rank[ret->status]))
            continue;
        *ret = fate;
        found = true;
    }
    return found;
}

/* ---- which it is about ---- */

/* The first of the ids in angle brackets whose left side is an id of ours; "" where there is none. */
static const char *our_id_in(struct arena *a, const char *ids)
{
    while ((ids = strchr(ids, '<'))) {
        size_t len = strcspn(++ids, "@<>");
        struct uuid id;

        if (ids[len] == '@' && uuid_parse(ids, len, &id) && !uuid_is_nil(&id))
            return arena_strndup(a, ids, len);
    }
    return "";
}

static const char *our_id_of(struct arena *a, const struct mime_part *p, const char *const headers[])
{
    const char *id = "";

    for (size_t i = 0; headers[i] && !*id; i++)
        id = our_id_in(a, mime_part_header(a, p, headers[i]));
    return id;
}

/* ---- the report ---- */

static bool is_one_of(const char *type, const char *const types[])
{
    for (size_t i = 0; types[i]; i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

static bool is_report(struct arena *a, const struct mime_part *p)
{
    const char *type = mime_part_param(a, p, "report-type");

    return strcmp(mime_part_type(a, p), "multipart/report") == 0 &&
           (!*type || strcasecmp(type, "delivery-status") == 0);
}

/* What stands inside of a mail that was passed on (message/rfc822) is that mail's, not ours to judge. */
static bool find_report(struct arena *a, struct str whole, struct mime_part *ret)
{
    struct {
        struct str rest;
        const char *boundary;
    } level[DEPTH_MAX];
    size_t depth = 0, parts = 0;

    mime_part_read(whole, ret);
    for (;;) {
        if (is_report(a, ret))
            return true;
        if (depth < DEPTH_MAX && strncmp(mime_part_type(a, ret), "multipart/", 10) == 0) {
            level[depth].rest = ret->body;
            level[depth++].boundary = mime_part_param(a, ret, "boundary");
        }
        while (depth > 0 && !mime_part_next(&level[depth - 1].rest, level[depth - 1].boundary, ret))
            depth--;
        if (depth == 0 || ++parts > PARTS_MAX)
            return false;
    }
}

struct report {
    bool has_fate;
    struct fate_of_mail fate;
    const char *id;
};

static void read_part(struct arena *a, const struct mime_part *p, struct report *ret)
{
    static const char *const statuses[] = { "message/delivery-status", "message/global-delivery-status", NULL };
    static const char *const returned[] = { "message/rfc822", "text/rfc822-headers", "message/global",
                                            "message/global-headers", NULL };
    static const char *const named[] = { "Message-ID", NULL };
    const char *type = mime_part_type(a, p);
    struct mime_part mail;

    if (!ret->has_fate && is_one_of(type, statuses))
        ret->has_fate = read_status(a, mime_part_content(a, p), &ret->fate);
    if (*ret->id || !is_one_of(type, returned))
        return;
    mime_part_read(mime_part_content(a, p), &mail);
    ret->id = our_id_of(a, &mail, named);
}

enum bounce_outcome bounce_read(struct arena *a, const char *mail, size_t len, struct receipt *ret)
{
    static const char *const answered[] = { "In-Reply-To", "References", NULL };
    struct str whole = { mail, len < BOUNCE_MAX ? len : BOUNCE_MAX }, rest;
    struct mime_part top, report, part;
    struct report r = { .id = "" };
    const char *boundary;

    if (!find_report(a, whole, &report))
        return BOUNCE_NONE;
    boundary = mime_part_param(a, &report, "boundary");
    rest = report.body;
    for (size_t n = 0; n < PARTS_MAX && mime_part_next(&rest, boundary, &part); n++)
        read_part(a, &part, &r);
    if (!r.has_fate)
        return BOUNCE_NONE;
    mime_part_read(whole, &top);
    if (!*r.id)
        r.id = our_id_of(a, &top, answered);
    if (!*r.id)
        return BOUNCE_FOREIGN;
    *ret = (struct receipt){
        .id = r.id, .request_id = "", .status = r.fate.status, .bad_address = r.fate.bad_address, .code = r.fate.code
    };
    return BOUNCE_REPORT;
}
