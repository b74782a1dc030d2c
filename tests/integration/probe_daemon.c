/* A daemon whose records say what shall happen to it: the runtime is tested with it. It takes intake's place (schema,
 * offsets) and answers every submission with an outcome. The description is the command:
 *   crash         ends the process at once
 *   poison        fails for ever
 *   retry N       fails N times, then succeeds (counted within the process)
 *   broken        fails for as long as the process lives when PROBE_BROKEN is "retry"; ends the daemon in good order
 *                 when it is "fatal"
 * Anything else is answered. With PROBE_TIMERS it has two timers: one that always fails, and one that never does. */
#include <stdlib.h>
#include <string.h>

#include "common/base/error.h"
#include "common/runtime/daemon.h"
#include "redress/v1/outcome.pb-c.h"
#include "redress/v1/submission.pb-c.h"

static int obey(const char *command)
{
    static int failures;

    if (strcmp(command, "crash") == 0)
        _Exit(42);
    if (strcmp(command, "poison") == 0)
        return err_set(ERR_POISON, "this record of 13800138000 says that it is poison");
    if (strncmp(command, "retry ", 6) == 0 && failures < command[6] - '0') {
        failures++;
        return err_set(ERR_RETRY, "not yet");
    }
    if (strcmp(command, "broken") == 0 && getenv("PROBE_BROKEN"))
        return err_set(strcmp(getenv("PROBE_BROKEN"), "fatal") == 0 ? ERR_FATAL : ERR_RETRY, "broken");
    return 0;
}

static int on_batch(struct batch *b)
{
    BATCH_FOREACH (b, rec) {
        const Redress__V1__Submission *s = (const Redress__V1__Submission *)rec->message;
        Redress__V1__Outcome o = REDRESS__V1__OUTCOME__INIT;
        int r = obey(s->description);

        if (r < 0)
            return r;
        o.tenant = s->tenant;
        o.source = s->source;
        o.source_event_id = s->source_event_id;
        o.result = REDRESS__V1__OUTCOME_RESULT__OUTCOME_RESULT_ACCEPTED;
        r = batch_emit(b, &(struct emission){ .topic = TOPIC_OUTCOMES,
                                              .key = s->source_event_id,
                                              .tenant = s->tenant,
                                              .message = &o.base,
                                              .type = "redress.v1.Outcome",
                                              .encoding = rec->encoding,
                                              .cause = rec });
        if (r < 0)
            return r;
    }
    return 0;
}

static int stumble(struct batch *b)
{
    (void)b;
    return err_set(ERR_RETRY, "this timer cannot do anything");
}

static int tick(struct batch *b)
{
    (void)b;
    return 0;
}

static struct daemon_spec probe = {
    .name = "intake",
    .summary = "does what its records say",
    .listens_to = { TOPIC_SUBMISSIONS },
    .on_batch = on_batch,
};

int main(int argc, char **argv)
{
    if (getenv("PROBE_TIMERS")) {
        probe.timers[0] = (struct daemon_timer){ "stumble", 50, stumble };
        probe.timers[1] = (struct daemon_timer){ "tick", 50, tick };
    }
    return daemon_main(&probe, argc, argv);
}
