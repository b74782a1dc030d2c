#include "template.h"

#include <string.h>

#include "template_scan.h"

/* ---- values ---- */

static const char *entity_of(char c)
{
    static const struct {
        char c;
        const char *entity;
    } entities[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };

    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (entities[i].c == c)
            return entities[i].entity;
    return NULL;
}

static void add_escaped(struct strbuf *out, char c)
{
    const char *entity = entity_of(c);

    if (entity)
        strbuf_adds(out, entity);
    else
        strbuf_addc(out, c);
}

static void add_html(struct strbuf *out, const char *value)
{
    for (; *value; value++)
        if (*value == '\n')
            strbuf_adds(out, "<br>");
        else if (*value != '\r')
            add_escaped(out, *value);
}

/* A line break could begin a header of its own. The controls of U+0080 to U+009F are two bytes: 0xC2 and these. */
static void add_line(struct strbuf *out, const char *value)
{
    for (; *value; value++) {
        unsigned char c = (unsigned char)*value, next = (unsigned char)value[1];

        if (c == '\n' || c == '\t')
            strbuf_addc(out, ' ');
        else if (c == 0xC2 && next >= 0x80 && next < 0xA0)
            value++;
        else if (c >= 0x20 && c != 0x7F)
            strbuf_addc(out, *value);
    }
}

static void add_value(struct strbuf *out, const char *value, enum template_form form)
{
    static void (*const add[])(struct strbuf *, const char *) = {
        [TEMPLATE_PLAIN] = strbuf_adds,
        [TEMPLATE_HTML] = add_html,
        [TEMPLATE_LINE] = add_line,
    };

    add[form](out, value);
}

/* ---- rendering ---- */

/* Also a name in a section that is left out must be among the facts: a mistake shows at once, not on the first day on
 * which the section is there. */
static const struct notice_fact *fact_of(const struct notice_facts *facts, struct str name)
{
    for (size_t i = 0; i < facts->count; i++)
        if (str_is(name, facts->items[i].name))
            return &facts->items[i];
    return NULL;
}

static const char *missing_name(const char *text, const struct notice_facts *facts, struct arena *a)
{
    struct template_scan s = { text, text };
    struct template_piece p;

    while (template_scan_next(&s, &p) != TEMPLATE_PIECE_END)
        if ((p.kind == TEMPLATE_PIECE_VALUE || p.kind == TEMPLATE_PIECE_OPEN) && !fact_of(facts, p.text))
            return arena_strndup(a, p.text.data, p.text.len);
    return NULL;
}

/* A section at the end leaves the break before it behind. */
static void drop_last_breaks(struct strbuf *out, size_t before)
{
    while (out->len > before && out->data[out->len - 1] == '\n')
        out->data[--out->len] = '\0';
}

int template_render(struct strbuf *out, const char *text, const struct notice_facts *facts, enum template_form form,
                    const char **ret_missing)
{
    struct template_scan s = { text, text };
    struct template_piece p;
    int depth = 0, hidden = 0; /* hidden: the depth of the section that is left out */
    size_t before = out->len;
    const char *missing = missing_name(text, facts, out->arena);

    if (missing) {
        *ret_missing = missing;
        return 1;
    }
    while (template_scan_next(&s, &p) != TEMPLATE_PIECE_END) {
        if (p.kind == TEMPLATE_PIECE_OPEN) {
            depth++;
            if (!hidden && !*fact_of(facts, p.text)->value)
                hidden = depth;
        } else if (p.kind == TEMPLATE_PIECE_CLOSE) {
            if (hidden == depth)
                hidden = 0;
            depth--;
        } else if (!hidden && p.kind == TEMPLATE_PIECE_VALUE) {
            add_value(out, fact_of(facts, p.text)->value, form);
        } else if (!hidden) {
            strbuf_add(out, p.text.data, p.text.len);
        }
    }
    if (form == TEMPLATE_PLAIN)
        drop_last_breaks(out, before);
    return 0;
}

/* ---- HTML from text ---- */

static void add_paragraphs(struct strbuf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        size_t breaks = 0;

        while (i + breaks < text.len && text.data[i + breaks] == '\n')
            breaks++;
        if (breaks == 0) {
            add_escaped(out, text.data[i]);
            continue;
        }
        strbuf_adds(out, breaks > 1 ? "</p>\n<p>" : "<br>\n");
        i += breaks - 1;
    }
}

void template_html_from_text(struct strbuf *out, const char *text)
{
    static const char *const marks[] = {
        [TEMPLATE_PIECE_VALUE] = "",
        [TEMPLATE_PIECE_OPEN] = "#",
        [TEMPLATE_PIECE_CLOSE] = "/",
    };
    struct template_scan s = { text, text };
    struct template_piece p;

    strbuf_adds(out, "<p>");
    while (template_scan_next(&s, &p) != TEMPLATE_PIECE_END) {
        if (p.kind == TEMPLATE_PIECE_TEXT || p.kind == TEMPLATE_PIECE_BAD)
            add_paragraphs(out, p.text);
        else
            strbuf_printf(out, "{{%s%.*s}}", marks[p.kind], (int)p.text.len, p.text.data);
    }
    strbuf_adds(out, "</p>");
}
