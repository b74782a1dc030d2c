#include "notification_sql.h"
#include "receive.h"
#include "release.h"
#include "send.h"
#include "tell.h"

static const struct daemon_spec notification = {
    .name = "notification",
    .summary = "tells people what has happened, through gateways, once",
    .listens_to = { TOPIC_COMPLAINTS, TOPIC_SLA },
    .on_start = tell_on_start,
    .on_stop = tell_on_stop,
    .on_prepare = tell_on_prepare,
    .on_batch = tell_on_batch,
    .timers = { { "receipts", RECEIPTS_EVERY_MS, receipts_apply },
                { "release", RELEASE_EVERY_MS, release_held },
                { "expire", EXPIRE_EVERY_MS, release_expired },
                { "lost", LOST_EVERY_MS, release_lost },
                { "waiting", WAITING_EVERY_MS, release_waiting },
                { "by_hand", BY_HAND_EVERY_MS, release_by_hand },
                { "measure", MEASURE_EVERY_MS, release_measure },
                { "purge", PURGE_EVERY_MS, release_purge } },
    .beside = &send_spec,
    .routes = receive_routes,
    .routes_context = receive_open,
    .routes_done = receive_close,
    .statements = notification_statements,
    .migrations = notification_migrations,
    .needs_master_key = true,
};

int main(int argc, char **argv)
{
    return daemon_main(&notification, argc, argv);
}
