#include "common/runtime/daemon.h"
#include "relay.h"
#include "relay_sql.h"

static const struct daemon_spec relay = {
    .name = "relay",
    .summary = "publishes the journal to Kafka, in order; nothing else does",
    .on_start = relay_on_start,
    .on_stop = relay_on_stop,
    .on_step = relay_on_step,
    .statements = relay_statements,
    .migrations = relay_migrations,
    .opens_epoch = true,
};

int main(int argc, char **argv)
{
    return daemon_main(&relay, argc, argv);
}
