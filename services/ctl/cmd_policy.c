/* policy: commitments as files, without any server. The format is in docs/policies.md. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commitments_file.h"
#include "common/base/clock.h"
#include "common/base/error.h"
#include "ctl.h"

/* ---- check ---- */

static void print_policies(struct ctl *c, const struct sla_book *b)
{
    static const struct ctl_column columns[] = {
        { "policy", "policy", CTL_TEXT },         { "version", "version", CTL_NUMBER },
        { "effectiveFrom", "from", CTL_TEXT },    { "clocks", "clocks", CTL_NUMBER },
        { "overrides", "overrides", CTL_NUMBER }, { "file", "file", CTL_TEXT },
    };
    struct ctl_rows *rows = ctl_rows_new(c, columns, 6);

    for (size_t i = 0; i < b->count; i++) {
        const struct sla_policy *p = &b->policies[i];
        char from[CALENDAR_DATE_SIZE];
        size_t overrides = 0;

        for (size_t j = 0; j < p->clock_count; j++)
            overrides += p->clocks[j].override_count;
        calendar_date_format(p->effective_from, from);
        ctl_add_text(rows, p->code);
        ctl_add_int(rows, p->version);
        ctl_add_text(rows, from);
        ctl_add_int(rows, (int64_t)p->clock_count);
        ctl_add_int(rows, (int64_t)overrides);
        ctl_add_text(rows, p->file);
    }
    ctl_rows_end(rows);
}

static int cmd_check(struct ctl *c)
{
    const char *folder = ctl_option(c, "tenant-dir");
    struct commitments_file tenant = { 0 };
    struct sla_book book = { .policies = arena_array(c->arena, struct sla_policy, (size_t)c->argc + 1) };
    int status = CTL_OK;

    if (!folder && c->argc == 0)
        return ctl_fail(CTL_USAGE, "policy check needs FILE... or --tenant-dir DIR");
    if (folder && commitments_file_read(c->arena, folder, &tenant) < 0)
        return ctl_fail(CTL_FAILURE, "%s", err_text());
    if (c->argc == 0) {
        print_policies(c, &tenant.book);
        return CTL_OK;
    }
    for (int i = 0; i < c->argc; i++)
        if (sla_policy_load_file(c->arena, c->argv[i], folder ? &tenant.names : NULL, &book.policies[book.count]) < 0)
            status = ctl_fail(CTL_FAILURE, "%s", err_text());
        else
            book.count++;
    if (sla_book_sort(c->arena, &book) < 0)
        status = ctl_fail(CTL_FAILURE, "%s", err_text());
    if (status == CTL_OK)
        print_policies(c, &book);
    return status;
}

/* ---- diff ---- */

static int cmd_diff(struct ctl *c)
{
    static const struct ctl_column columns[] = {
        { "clock", "clock", CTL_TEXT },   { "what", "what", CTL_TEXT },   { "whom", "for", CTL_TEXT },
        { "before", "before", CTL_TEXT }, { "after", "after", CTL_TEXT },
    };
    struct sla_policy before, after;
    struct sla_change *changes;
    struct ctl_rows *rows;
    size_t n;

    if (sla_policy_load_file(c->arena, c->argv[0], NULL, &before) < 0 ||
        sla_policy_load_file(c->arena, c->argv[1], NULL, &after) < 0)
        return ctl_fail(CTL_FAILURE, "%s", err_text());
    if (strcmp(before.code, after.code) != 0)
        return ctl_fail(CTL_FAILURE, "%s is policy %s and %s is policy %s; only versions of one policy are compared",
                        c->argv[0], before.code, c->argv[1], after.code);
    n = sla_diff(c->arena, &before, &after, &changes);
    if (c->output == CTL_TABLE) {
        char from[CALENDAR_DATE_SIZE];

        calendar_date_format(after.effective_from, from);
        printf("%s: version %d -> %d, for clocks that start from %s on%s\n", after.code, before.version, after.version,
               from, n ? "" : ": nothing changes");
        if (n == 0)
            return CTL_OK;
    }
    rows = ctl_rows_new(c, columns, 5);
    for (size_t i = 0; i < n; i++) {
        ctl_add_text(rows, changes[i].clock ? changes[i].clock : "(policy)");
        ctl_add_text(rows, changes[i].what);
        ctl_add_text(rows, changes[i].whom);
        ctl_add_text(rows, changes[i].before);
        ctl_add_text(rows, changes[i].after);
    }
    ctl_rows_end(rows);
    return CTL_OK;
}

/* ---- publish ---- */

/* --on, or today where the tenant is. */
static int publish_day(struct ctl *c, const struct tenant_file *t, int32_t *ret)
{
    const char *on = ctl_option(c, "on");
    struct zone zone;
    int e;

    if (on && !calendar_date_parse(on, strlen(on), ret))
        return ctl_fail(CTL_USAGE, "--on: found \"%s\"; allowed is a date such as 2026-11-01", on);
    if (on)
        return CTL_OK;
    e = zone_load(c->arena, t->time_zone, CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR, &zone);
    if (e < 0)
        return ctl_fail_err(e);
    if (e > 0)
        return ctl_fail(CTL_FAILURE, "%s:%u: time_zone: found \"%s\"; allowed is an IANA zone, such as Asia/Shanghai",
                        t->path, t->time_zone_line, t->time_zone);
    *ret = zone_date(&zone, clock_wall_us());
    return CTL_OK;
}

/* Whole or not at all: whoever reads the folder meanwhile sees the old page. */
static int write_page(const char *path, const char *draft, const struct strbuf *b)
{
    FILE *f = fopen(draft, "we");
    bool failed;

    if (!f)
        return ctl_fail(CTL_FAILURE, "%s: cannot write: %m", draft);
    failed = fwrite(b->data, 1, b->len, f) != b->len || fflush(f) != 0 || fsync(fileno(f)) != 0;
    if ((fclose(f) != 0) | failed || rename(draft, path) != 0) {
        int status = ctl_fail(CTL_FAILURE, "%s: cannot write: %m", path);

        unlink(draft);
        return status;
    }
    return CTL_OK;
}

static int publish_project(struct ctl *c, const struct commitments_file *f, const struct tenant_file_project *project,
                           const char *const *names, int32_t day)
{
    const char *out = ctl_option(c, "out"), *path = arena_printf(c->arena, "%s/%s.html", out, project->code);
    struct sla_page page = { .tenant = f->tenant.name,
                             .project = project->name,
                             .project_code = project->code,
                             .day = day,
                             .category_names = names };
    struct strbuf b;
    int status;

    strbuf_init(&b, c->arena);
    sla_page_write(&b, &f->book, &page);
    status = write_page(path, arena_printf(c->arena, "%s.new", path), &b);
    if (status == CTL_OK && c->output == CTL_TABLE)
        printf("%s\n", path);
    return status;
}

static const char *const *category_names(struct arena *a, const struct policy *p)
{
    const char **names = arena_array(a, const char *, 2 * p->category_count + 1);

    for (size_t i = 0; i < p->category_count; i++) {
        names[2 * i] = p->categories[i].code;
        names[2 * i + 1] = p->categories[i].name;
    }
    return names;
}

static int cmd_publish(struct ctl *c)
{
    const char *folder = ctl_option(c, "tenant-dir"), *out = ctl_option(c, "out");
    struct commitments_file f;
    const char *const *names;
    int32_t day = 0;
    int status;

    if (!folder || !out)
        return ctl_fail(CTL_USAGE, "policy publish needs --tenant-dir DIR and --out DIR");
    if (commitments_file_read(c->arena, folder, &f) < 0)
        return ctl_fail(CTL_FAILURE, "nothing was published:\n%s", err_text());
    status = publish_day(c, &f.tenant, &day);
    if (status)
        return status;
    if (mkdir(out, 0777) != 0 && errno != EEXIST)
        return ctl_fail(CTL_FAILURE, "%s: cannot make the folder: %m", out);
    names = category_names(c->arena, &f.tenant.policy);
    for (size_t i = 0; i < f.tenant.project_count && status == CTL_OK; i++)
        status = publish_project(c, &f, &f.tenant.projects[i], names, day);
    if (status == CTL_OK && c->output != CTL_TABLE)
        printf("{\"tenant\":\"%s\",\"pages\":%zu}\n", f.tenant.id, f.tenant.project_count);
    return status;
}

const struct ctl_command policy_commands[] = {
    {
        .name = "policy check",
        .arguments = "[FILE...]",
        .summary = "check policies, and tell what is in them",
        .details =
            "Tells every mistake with its line and column, and ends with 1 if there is one: unknown events, absent\n"
            "limits, ladders without a receiver, stops that can never come, one act that would meet two promises.\n"
            "Several files are checked against each other too. With --tenant-dir they may name only that tenant's\n"
            "calendars, projects and categories; without FILE the tenant's own policies are checked.\n\n"
            "Example:\n"
            "  redressctl policy check deploy/policies/standard.yaml deploy/policies/construction.yaml",
        .options = { { "tenant-dir", "DIR", "the tenant's folder, with its commitments.yaml" } },
        .max_arguments = 1000,
        .run = cmd_check,
        .offline = true,
    },
    {
        .name = "policy diff",
        .arguments = "OLD NEW",
        .summary = "what changes from one version of a policy to another, and for whom",
        .details = "Clocks that run keep the version with which they started.",
        .min_arguments = 2,
        .max_arguments = 2,
        .run = cmd_diff,
        .offline = true,
    },
    {
        .name = "policy publish",
        .arguments = "",
        .summary = "write what is promised as pages for owners, one for each project",
        .details =
            "Each page, DIR/<project>.html, is Chinese first and then English, prints, and needs nothing else.\n\n"
            "Example:\n"
            "  redressctl policy publish --tenant-dir deploy/demo.d/tenant --out /srv/www/commitments",
        .options = { { "tenant-dir", "DIR", "the tenant's folder, with its commitments.yaml" },
                     { "out", "DIR", "where the pages go; made if it is not there" },
                     { "on", "DATE", "what is promised on this date; default: today" } },
        .run = cmd_publish,
        .offline = true,
    },
    { 0 },
};
