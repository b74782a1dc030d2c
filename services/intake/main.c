#include "handlers.h"
#include "intake_sql.h"

static const struct daemon_spec intake = {
    .name = "intake",
    .summary = "takes complaints from every channel, checks them, gives them a number, and answers the sender",
    .listens_to = { TOPIC_SUBMISSIONS },
    .on_start = intake_on_start,
    .on_stop = intake_on_stop,
    .on_prepare = intake_on_prepare,
    .on_batch = intake_on_batch,
    .timers = { { "tenants", INTAKE_TENANTS_EVERY_MS, intake_look_again },
                { "erase", INTAKE_ERASE_EVERY_MS, intake_erase } },
    .statements = intake_statements,
    .migrations = intake_migrations,
    .needs_master_key = true,
};

int main(int argc, char **argv)
{
    return daemon_main(&intake, argc, argv);
}
