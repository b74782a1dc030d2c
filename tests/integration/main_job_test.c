/* timeout: 600
 * The main job on the recorded samples: 240 submissions in, the right outcome for each, every accepted one registered,
 * numbered, classified and assigned; and the same when processes are killed while it runs. */
#include <criterion/criterion.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "tests/support/suite.h"

#define ACCEPTED 206

extern char **environ;

/* Sends the samples in a process of its own, so that others can be killed meanwhile. */
static pid_t start_replay(struct suite *s, const char *rate)
{
    char program[600], out[600];
    char *argv[] = { program,
                     "--config",
                     (char *)(uintptr_t)suite_config(s),
                     "replay",
                     "deploy/samples/complaints.jsonl",
                     "--rate",
                     (char *)(uintptr_t)rate,
                     "--timeout",
                     "120",
                     NULL };
    posix_spawn_file_actions_t a;
    pid_t pid;

    snprintf(program, sizeof program, "%s/redressctl", getenv("REDRESS_BIN"));
    snprintf(out, sizeof out, "%s/replay.out", suite_folder(s));
    posix_spawn_file_actions_init(&a);
    posix_spawn_file_actions_addopen(&a, 1, out, 0101, 0644);
    posix_spawn_file_actions_adddup2(&a, 1, 2);
    cr_assert_eq(posix_spawn(&pid, program, &a, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&a);
    return pid;
}

static void show_replay(const struct suite *s)
{
    char path[600], line[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/replay.out", suite_folder(s));
    f = fopen(path, "r");
    while (f && fgets(line, sizeof line, f))
        fputs(line, stderr);
    if (f)
        fclose(f);
}

static void check_replay(struct suite *s, pid_t pid)
{
    int status;

    cr_assert_eq(waitpid(pid, &status, 0), pid);
    if (status)
        show_replay(s);
    cr_assert_eq(status, 0, "the samples were not answered as expected");
}

/* What must be true whatever happened on the way. */
static void check_end_state(struct suite *s)
{
    cr_assert(suite_wait_number(s, "SELECT count(*) FROM dispatch.case_state", ACCEPTED, 60));
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM intake.complaint"), ACCEPTED);
    cr_expect_eq(suite_number(s, "SELECT count(DISTINCT number) FROM intake.complaint"), ACCEPTED);
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM dispatch.case_state WHERE assignee_id = ''"), 0,
                 "somebody always has it");
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM (SELECT aggregate_id FROM journal.entry"
                                 " WHERE aggregate_id IS NOT NULL GROUP BY 1"
                                 " HAVING min(aggregate_version) <> 1 OR max(aggregate_version) <> count(*)"
                                 " OR count(*) < 2) AS bad"),
                 0, "each complaint has versions 1 and 2 and what follows from them, once");
    cr_expect_eq(suite_number(s, "SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"), 238,
                 "one outcome for each record with a reference");
    cr_expect_eq(suite_ctl(s, (const char *[]){ "journal", "verify", NULL }), 0);
}

Test(main_job, every_sample_has_its_right_outcome)
{
    struct suite *s = suite_new("main");
    pid_t relay = suite_start(s, "relay", "1", NULL), intake = suite_start(s, "intake", "1", NULL),
          dispatch = suite_start(s, "dispatch", "1", NULL);

    suite_apply_tenant(s);
    cr_assert(suite_wait_ready(s, relay, 40));
    cr_assert(suite_wait_ready(s, intake, 40));
    cr_assert(suite_wait_ready(s, dispatch, 40));
    check_replay(s, start_replay(s, "500"));
    check_end_state(s);
    suite_free(s);
}

Test(main_job, start_order_does_not_matter)
{
    struct suite *s = suite_new("order");
    pid_t replay = start_replay(s, "1000");

    suite_start(s, "dispatch", "1", NULL);
    suite_start(s, "intake", "1", NULL);
    clock_sleep_us(1000000);
    suite_apply_tenant(s);
    suite_start(s, "relay", "1", NULL);
    /* What came before the tenant was known is refused; nothing is left unanswered. */
    cr_assert_eq(waitpid(replay, NULL, 0), replay);
    cr_assert(suite_wait_number(s, "SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'", 238, 60));
    suite_free(s);
}

Test(main_job, killing_any_process_changes_nothing_in_the_end)
{
    static const char *const daemons[] = { "relay", "intake", "dispatch" };
    struct suite *s = suite_new("chaos");
    unsigned seed = (unsigned)clock_wall_us();
    pid_t pids[3], replay;

    fprintf(stderr, "seed %u\n", seed);
    for (int i = 0; i < 3; i++)
        pids[i] = suite_start(s, daemons[i], "1", NULL);
    suite_apply_tenant(s);
    for (int i = 0; i < 3; i++)
        cr_assert(suite_wait_ready(s, pids[i], 40));
    replay = start_replay(s, "20");
    for (int round = 0; round < 12; round++) {
        int victim = rand_r(&seed) % 3;

        clock_sleep_us(200000 + rand_r(&seed) % 800000);
        suite_signal(s, pids[victim], SIGKILL);
        pids[victim] = suite_start(s, daemons[victim], "1", NULL);
    }
    check_replay(s, replay);
    check_end_state(s);
    suite_free(s);
}
