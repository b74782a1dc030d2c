#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char text[8192]; /* room for all that is wrong with a settings file */

int err_set(int err_class, const char *format, ...)
{
    char fresh[sizeof text];
    va_list ap;

    va_start(ap, format);
    vsnprintf(fresh, sizeof fresh, format, ap); /* arguments may point into `text` */
    va_end(ap);
    memcpy(text, fresh, sizeof text);
    return err_class;
}

int err_prefix(int err_class, const char *format, ...)
{
    char prefix[512], old[sizeof text];
    va_list ap;

    va_start(ap, format);
    vsnprintf(prefix, sizeof prefix, format, ap);
    va_end(ap);
    memcpy(old, text, sizeof old);
    return err_set(err_class, "%s: %s", prefix, old);
}

const char *err_text(void)
{
    return text;
}

const char *err_class_name(int err_class)
{
    static const char *const names[] = { "ok", "retry", "poison", "uncertain", "fatal", "fenced" };
    unsigned i = err_class < 0 ? (unsigned)-err_class : 0;

    return i < sizeof names / sizeof *names ? names[i] : "unknown";
}
