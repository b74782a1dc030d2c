/* What went wrong, and what the one who loops shall do about it.
 *
 * Functions return 0 for done, > 0 for an outcome that their header lists, < 0 for one of these classes. The text of
 * the last error of this thread is kept here until the next one; it never holds personal data. */
#pragma once

enum err_class {
    ERR_RETRY = -1,     /* may succeed later: connection lost, deadlock, broker down */
    ERR_POISON = -2,    /* will never succeed with this input: set the record aside */
    ERR_UNCERTAIN = -3, /* connection lost during COMMIT: reconnect and read the offset again */
    ERR_FATAL = -4,     /* wrong schema, bad settings, no memory: say why and exit */
    ERR_FENCED = -5,    /* another instance owns the partition now: drop the batch, reload offsets */
};

/* Remembers the text and returns the class, so that `return err_set(ERR_RETRY, "...")` reads well. */
int err_set(int err_class, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the remembered text; returns err_class unchanged. */
int err_prefix(int err_class, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The remembered text of this thread; "" if there was none. Never NULL. */
const char *err_text(void);

/* "retry", "poison", "uncertain", "fatal", "fenced". */
const char *err_class_name(int err_class);
