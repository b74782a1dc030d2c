/* Points that came before their case are taken up once it is there: nothing that is told of a clock is lost because
 * dispatch was behind the watchdog. */
#include "acting.h"
#include "keeping.h"

#define AT_ONCE 500

int early_run(struct batch *b)
{
    struct work w = { .batch = b, .state = daemon_state(b->daemon) };
    ProtobufCMessage **messages;
    size_t count = 0;
    int r = store_take_points(b, AT_ONCE, &messages, &count);

    if (r < 0 || count == 0)
        return r;
    work_load_tenants(&w);
    r = store_load_workload(b, w.loads, w.load_count);
    if (r == 0)
        r = acting_points(&w, messages, count);
    if (r == 0)
        r = store_add_workload(b, w.loads, w.load_count);
    return r < 0 ? r : count == AT_ONCE;
}
