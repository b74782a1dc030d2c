#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#include "common/base/clock.h"

#define BAR_COLUMNS 40
#define BAR_US      100000
#define LINE_US     5000000

void progress_init(struct progress *p, const char *what)
{
    *p = (struct progress){ .what = what, .terminal = isatty(STDERR_FILENO), .shown_us = clock_mono_us() };
}

void progress_show(struct progress *p, size_t done, size_t total)
{
    int64_t now = clock_mono_us();
    int filled = total ? (int)(done * BAR_COLUMNS / total) : 0;

    if (done == p->shown || (now - p->shown_us < (p->terminal ? BAR_US : LINE_US) && done < total))
        return;
    p->shown = done;
    p->shown_us = now;
    if (!p->terminal) {
        fprintf(stderr, "%zu of %zu %s\n", done, total, p->what);
        return;
    }
    fputs("\r[", stderr);
    for (int i = 0; i < BAR_COLUMNS; i++)
        fputs(i < filled ? "#" : ".", stderr);
    fprintf(stderr, "] %zu of %zu %s ", done, total, p->what);
}

void progress_end(struct progress *p)
{
    if (p->terminal && p->shown)
        fputs("\r\033[K", stderr);
}
