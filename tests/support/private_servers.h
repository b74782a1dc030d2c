/* Servers of a test's own, to be killed: started by deploy/local/server, in a folder that is gone afterwards. Starting
 * sets REDRESS_TEST_PG or REDRESS_TEST_KAFKA, so that a suite made afterwards uses them. What fails ends the test. */
#pragma once

/* Starts it, or starts it again at the same port with the same data. */
void private_pg_start(void);
void private_pg_kill(void);
/* A base backup, taken now. */
void private_pg_backup(void);
/* The backup takes the port of the killed server, as a standby that is promoted: a new timeline. */
void private_pg_promote_backup(void);

void private_kafka_start(void);
void private_kafka_kill(void);

/* Stops all and removes the folder. */
void private_servers_stop(void);
