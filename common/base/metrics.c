#include "metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct metric *registered;

static const int64_t bounds_us[METRIC_BUCKETS] = { 100,   250,   500,    1000,   2500,    5000,    10000,
                                                   25000, 50000, 100000, 250000, 1000000, 5000000, 10000000 };

static void register_locked(struct metric *m)
{
    struct metric **at = &registered;

    if (m->registered)
        return;
    m->cells = calloc(m->label ? METRIC_LABELS : 1, sizeof *m->cells);
    if (!m->cells)
        abort();
    m->cells_used = m->label ? 0 : 1;
    while (*at && strcmp((*at)->name, m->name) < 0)
        at = &(*at)->next;
    m->next = *at;
    *at = m;
    m->registered = true;
}

void metric_register(struct metric *m)
{
    if (m->registered)
        return;
    pthread_mutex_lock(&lock);
    register_locked(m);
    pthread_mutex_unlock(&lock);
}

static struct metric_cell *find(struct metric *m, const char *label)
{
    unsigned n = m->cells_used;

    for (unsigned i = 0; i < n; i++)
        if (strcmp(m->cells[i].label, label) == 0)
            return &m->cells[i];
    return NULL;
}

static struct metric_cell *cell(struct metric *m, const char *label)
{
    struct metric_cell *c;

    metric_register(m);
    if (!m->label)
        return m->cells;
    c = find(m, label);
    if (c)
        return c;
    pthread_mutex_lock(&lock);
    c = find(m, label);
    if (!c && m->cells_used == METRIC_LABELS - 1)
        label = "other";
    if (!c && m->cells_used < METRIC_LABELS) {
        c = &m->cells[m->cells_used];
        str_copy(c->label, sizeof c->label, label);
        m->cells_used++;
    }
    pthread_mutex_unlock(&lock);
    return c ? c : &m->cells[METRIC_LABELS - 1];
}

void metric_add(struct metric *m, const char *label, int64_t n)
{
    cell(m, label)->value += n;
}

void metric_add2(struct metric *m, const char *label, const char *label2, int64_t n)
{
    char both[sizeof m->cells->label];

    snprintf(both, sizeof both, "%s\n%s", label, label2);
    metric_add(m, both, n);
}

void metric_set(struct metric *m, const char *label, int64_t n)
{
    cell(m, label)->value = n;
}

int64_t metric_get(struct metric *m, const char *label)
{
    return cell(m, label)->value;
}

void metric_observe_us(struct metric *m, const char *label, int64_t us)
{
    struct metric_cell *c = cell(m, label);

    c->value++;
    c->sum_us += us;
    for (unsigned i = 0; i < METRIC_BUCKETS; i++)
        if (us <= bounds_us[i]) {
            c->buckets[i]++;
            break;
        }
}

static void write_label(struct strbuf *out, const struct metric *m, const struct metric_cell *c, const char *le)
{
    if (!m->label && !le)
        return;
    strbuf_addc(out, '{');
    if (m->label) {
        size_t len = m->label2 ? strcspn(c->label, "\n") : strlen(c->label);
        const char *second = c->label[len] ? c->label + len + 1 : c->label;

        strbuf_printf(out, "%s=", m->label);
        strbuf_add_json(out, c->label, len);
        if (m->label2) {
            strbuf_printf(out, ",%s=", m->label2);
            strbuf_add_json(out, second, strlen(second));
        }
    }
    if (le)
        strbuf_printf(out, "%sle=\"%s\"", m->label ? "," : "", le);
    strbuf_addc(out, '}');
}

static void write_value(struct strbuf *out, const struct metric *m, const struct metric_cell *c, const char *suffix,
                        const char *le, int64_t value)
{
    strbuf_printf(out, "%s%s", m->name, suffix);
    write_label(out, m, c, le);
    strbuf_printf(out, " %lld\n", (long long)value);
}

static void write_histogram(struct strbuf *out, const struct metric *m, const struct metric_cell *c)
{
    int64_t total = 0, sum = c->sum_us;

    for (unsigned i = 0; i < METRIC_BUCKETS; i++) {
        char le[32];

        snprintf(le, sizeof le, "%g", (double)bounds_us[i] / 1e6);
        total += c->buckets[i];
        write_value(out, m, c, "_bucket", le, total);
    }
    write_value(out, m, c, "_bucket", "+Inf", c->value);
    write_value(out, m, c, "_count", NULL, c->value);
    strbuf_printf(out, "%s_sum", m->name);
    write_label(out, m, c, NULL);
    strbuf_printf(out, " %lld.%06d\n", (long long)(sum / 1000000), (int)(sum % 1000000));
}

void metrics_write(struct strbuf *out)
{
    static const char *const types[] = { "counter", "gauge", "histogram" };

    pthread_mutex_lock(&lock);
    for (struct metric *m = registered; m; m = m->next) {
        unsigned n = m->cells_used;

        strbuf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name, types[m->type]);
        for (unsigned i = 0; i < n; i++)
            if (m->type == METRIC_HISTOGRAM)
                write_histogram(out, m, &m->cells[i]);
            else
                write_value(out, m, &m->cells[i], "", NULL, m->cells[i].value);
    }
    pthread_mutex_unlock(&lock);
}
