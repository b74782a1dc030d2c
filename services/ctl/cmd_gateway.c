/* gateway: which kinds of gateways there are, and their settings in a tenant's file; from the table that the daemon
 * reads it by. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "services/notification/gateway.h"

static void print_kinds(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "kind", "kind", CTL_TEXT },       { "setting", "setting", CTL_TEXT }, { "needed", "needed", CTL_BOOL },
        { "default", "default", CTL_TEXT }, { "help", "help", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 5);

    for (size_t i = 0; gateway_kinds[i]; i++)
        for (const struct gateway_setting *s = gateway_kinds[i]->settings; s->key; s++) {
            ctl_add_text(rows, gateway_kinds[i]->name);
            ctl_add_text(rows, s->key);
            ctl_add_bool(rows, s->required);
            ctl_add_text(rows, s->fallback ? s->fallback : "");
            ctl_add_text(rows, s->help);
        }
    ctl_rows_end(rows);
}

/* ---- docs/gateways.md ---- */

static void markdown_channels(const struct gateway_kind *k)
{
    const char *between = "";

    for (int c = NOTICE_SMS; c <= NOTICE_WEBHOOK; c++)
        if (k->channels & 1U << c) {
            printf("%s`%s`", between, notice_channel_names[c - 1]);
            between = ", ";
        }
}

/* What it can do beyond sending. */
static void markdown_abilities(const struct gateway_kind *k)
{
    const struct {
        bool has;
        const char *text;
    } all[] = {
        { k->needs_template, "It needs the provider's id of each text (`templates`)." },
        { k->receipts != NULL, "It tells what became of a message." },
        { k->signature_header != NULL, "What it tells is signed." },
        { k->build_query != NULL, "It can be asked." },
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].has)
            printf(" %s", all[i].text);
}

static void markdown_codes_of(const struct answer_code *codes, int class, const char *meaning)
{
    const char *between = "";

    for (const struct answer_code *c = codes; c->code[0]; c++)
        if ((int)c->class == class) {
            if (!*between)
                printf("| %s | ", meaning);
            printf("%s`%s`", between, c->code);
            between = ", ";
        }
    if (*between)
        printf(" |\n");
}

/* What its codes are taken to mean, and who says so. */
static void markdown_codes(const struct gateway_kind *k)
{
    const struct answer_code *others = k->codes;

    while (others->code[0])
        others++;
    printf("\n| answer | codes |\n| --- | --- |\n");
    for (int class = ANSWER_RETRY; answer_class_names[class - 1]; class ++)
        markdown_codes_of(k->codes, class, answer_class_names[class - 1]);
    printf("| %s | all others |\n", answer_class_names[others->class - 1]);
    if (k->receipt_codes)
        markdown_codes_of(k->receipt_codes, ANSWER_ADDRESS, "receipt: the number is left out for a time");
    printf("\nFrom %s\n", k->codes_from);
}

static void markdown_kind(const struct gateway_kind *k)
{
    printf("\n## %s\n%c%s. Channels: ", k->name, toupper((unsigned char)k->help[0]), k->help + 1);
    markdown_channels(k);
    printf(".");
    markdown_abilities(k);
    printf("\n\n| setting | default | |\n| --- | --- | --- |\n");
    for (const struct gateway_setting *s = k->settings; s->key; s++)
        if (s->required)
            printf("| `%s` | needed | %s |\n", s->key, s->help);
        else if (s->fallback && *s->fallback)
            printf("| `%s` | `%s` | %s |\n", s->key, s->fallback, s->help);
        else
            printf("| `%s` | | %s |\n", s->key, s->help);
    if (k->codes_from)
        markdown_codes(k);
}

static void print_markdown(void)
{
    printf("# Gateways: kinds and their settings\n"
           "<!-- Made by `redressctl gateway kinds --markdown`; a test checks that it is fresh. -->\n\n"
           "What stands under `settings` of a gateway in a tenant's file ([notifications.md](notifications.md), which "
           "also\n"
           "says how to set up the usual ones). A setting that ends in `_file` is the whole path of a file with a "
           "secret.\n\n"
           "Where a provider answers with codes, they stand below its settings. `retry`, `throttled`: not sent, later "
           "again; "
           "`permanent`,\n"
           "`template`, `credit`, `refused`: the next gateway of the channel, and the last three need somebody; "
           "`address`: "
           "the next channel,\n"
           "and the number is left out for a time; `unknown`: it may have been sent. See "
           "[notifications.md](notifications.md#delivery).\n"
           "Below each table stands which of the provider's pages say so. They were read in November 2026, as "
           "published copies or "
           "as public clients\n"
           "quote them, and not tried with the providers themselves.\n");
    for (size_t i = 0; gateway_kinds[i]; i++)
        markdown_kind(gateway_kinds[i]);
}

static int cmd_kinds(struct ctl *c)
{
    if (ctl_option(c, "markdown"))
        print_markdown();
    else
        print_kinds(c);
    return CTL_OK;
}

const struct ctl_command gateway_commands[] = {
    {
        .name = "gateway kinds",
        .arguments = "",
        .summary = "list the kinds of gateways and their settings in a tenant's file",
        .details = "How each of a tenant's own does is shown by redressctl notify gateways.",
        .options = { { "markdown", NULL, "as docs/gateways.md has it" } },
        .run = cmd_kinds,
        .offline = true,
    },
    { 0 },
};
