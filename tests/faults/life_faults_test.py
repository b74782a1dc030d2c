#!/usr/bin/env python3
"""Commands while processes die: every command answered and carried out once, every case at its end, the chain whole."""
# timeout: 600
import json
import pathlib
import random
import signal
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

CASES = 24
SERVICE = "S0201"
DAEMONS = ("relay", "dispatch", "watchdog")
STEPS = (("acknowledge", None, {}), ("contact", None, {"channel": "CONTACT_CHANNEL_PHONE", "reached": True}),
         ("complete", None, {"result": "已清理"}), ("feed_back", SERVICE, {"channel": "CONTACT_CHANNEL_SMS", "result": "已清理"}),
         ("confirm", "complainant", {"way": "CONFIRMATION_WAY_CODE"}), ("close", SERVICE, {}))
TOLD = ["registered", "assigned", "acknowledged", "contacted", "rectified", "fed_back", "confirmed", "closed"]


class Faults(unittest.TestCase):
    def setUp(self):
        self.suite = Suite("lifefaults").__enter__()
        self.addCleanup(self.suite.close)
        self.suite.must("policy", "apply", str(ROOT / "deploy/demo.d/tenant"))
        self.suite.start("relay", "intake", "dispatch", "watchdog")
        self.desk = Desk(self.suite)
        self.addCleanup(self.desk.close)

    def send(self, case, name, actor, key=None, **fields):
        reference = uuid.uuid4().hex
        self.desk.publish("redress.commands.v1", key or case.id, {"tenant": "demo", "source": "desk", "commandId": reference,
                                                                 "complaintId": case.id, "actor": actor, name: fields})
        return reference

    def all_holds(self):
        self.suite.must("journal", "verify")
        self.assertEqual(self.suite.sql(
            "SELECT count(*) FROM (SELECT 1 FROM journal.entry WHERE aggregate_id IS NOT NULL GROUP BY aggregate_id HAVING "
            "min(aggregate_version) <> 1 OR max(aggregate_version) <> count(*)) AS bad"), "0", "O3")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM dispatch.dead_letter"), "0")
        self.assertEqual(self.suite.sql(
            "SELECT count(*) FROM dispatch.case_state s WHERE version <> (SELECT max(aggregate_version) FROM journal.entry WHERE "
            "aggregate_id = s.complaint_id)"), "0")
        self.desk.until(lambda: self.suite.sql("SELECT count(*) FROM dispatch.case_state d JOIN watchdog.case_state w USING "
                                               "(complaint_id) WHERE d.version <> w.version") == "0")

    def test_killed_at_random_while_cases_are_carried_to_their_close(self):
        """Rows 1 and 3: none lost, none twice."""
        seed = random.randrange(1 << 30)
        sys.stderr.write("seed %d\n" % seed)
        chance = random.Random(seed)
        cases = [self.desk.submit("community_environment.rubbish") for _ in range(CASES)]
        references = []
        for name, actor, fields in STEPS:
            for case in cases:
                references.append(self.send(case, name, actor or case.handler, **fields))
            victim = chance.choice(DAEMONS)
            time.sleep(chance.random() * 0.5)
            self.suite.kill(victim)
            self.suite.start(victim)
        outcomes = [self.desk.answer(r) for r in references]
        self.assertEqual({o["result"] for o in outcomes}, {"OUTCOME_RESULT_ACCEPTED"}, [o for o in outcomes if "refusal" in o][:1])
        for case in cases:
            self.assertEqual(case.events(), TOLD)
            self.assertEqual(case.status, "closed")
        self.all_holds()
        self.assertEqual(self.suite.sql("SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"),
                         str(CASES + len(references)))
        self.assertEqual(self.suite.sql("SELECT coalesce(sum(open_cases), 0) FROM dispatch.workload"), "0", "nobody has any left")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM watchdog.clock_view WHERE state IN ('running', 'paused')"), "0")

    def test_two_instances_at_one_case_at_once(self):
        """Commands for one case under many keys come to both; each is carried out once, in one order."""
        self.suite.start("dispatch.2")
        case = self.desk.submit("community_environment.rubbish")
        time.sleep(6)  # both have partitions
        references = [self.send(case, "note", case.handler, key=str(i), text="第 %d 条" % i) for i in range(200)]
        references += [self.send(case, "acknowledge", case.handler, key="x%d" % i) for i in range(20)]
        outcomes = [self.desk.answer(r) for r in references]
        notes, rest = outcomes[:200], outcomes[200:]
        self.assertEqual({o["result"] for o in notes}, {"OUTCOME_RESULT_ACCEPTED"})
        self.assertEqual(len({o["complaintVersion"] for o in notes}), 200, "each its own version")
        self.assertEqual(sorted(o["result"] for o in rest), ["OUTCOME_RESULT_ACCEPTED"] + ["OUTCOME_RESULT_REFUSED"] * 19)
        self.all_holds()

    def test_the_same_references_at_two_instances_at_once(self):
        """Whoever keeps a reference second finds it kept, does its batch again and gives the first one's answer."""
        self.suite.start("dispatch.2")
        case = self.desk.submit("community_environment.rubbish")
        time.sleep(6)  # both have partitions
        references, handler = [uuid.uuid4().hex for _ in range(300)], case.handler
        for reference in references:
            command = {"tenant": "demo", "source": "desk", "commandId": reference, "complaintId": case.id, "actor": handler,
                       "note": {"text": "同一条"}}
            for side in "ab":
                self.desk.producer.produce(self.suite.prefix + "redress.commands.v1", key=side + reference, value=json.dumps(command))
        self.assertEqual(self.desk.producer.flush(20), 0)
        outcomes = [sorted(self.desk.answer(r)["result"] for _ in range(2)) for r in references]
        self.assertEqual({tuple(o) for o in outcomes}, {("OUTCOME_RESULT_ACCEPTED", "OUTCOME_RESULT_DUPLICATE")})
        self.assertEqual(case.events().count("noted"), 300)
        self.all_holds()

    def test_stopped_past_its_time_and_woken_again(self):
        """Row 5: a peer takes over the partitions of one that sleeps; what it wakes with is of no account."""
        self.suite.kill("dispatch")
        self.suite.env.update(REDRESS_KAFKA_SESSION_TIMEOUT_MS="6000", REDRESS_KAFKA_MAX_POLL_INTERVAL_MS="10000")
        self.suite.start("dispatch", "dispatch.2")
        case = self.desk.submit("community_environment.rubbish")
        time.sleep(6)  # both have partitions
        references = []
        sleeper = self.suite.daemons["dispatch"]
        for i in range(200):
            references.append(self.send(case, "note", case.handler, key=str(i), text="第 %d 条" % i))
            if i == 50:
                sleeper.send_signal(signal.SIGSTOP)
                time.sleep(14)
            if i == 150:
                sleeper.send_signal(signal.SIGCONT)
        outcomes = [self.desk.answer(r) for r in references]
        self.assertEqual({o["result"] for o in outcomes}, {"OUTCOME_RESULT_ACCEPTED"})
        self.assertEqual(case.events().count("noted"), 200)
        self.assertEqual(self.suite.sql("SELECT count(*) FROM journal.entry WHERE topic = 'redress.outcomes.v1'"), "201")
        self.all_holds()

    def test_ended_backends_and_a_lost_answer_to_commit(self):
        """Rows 2 and 25: connections are ended again and again while commands come."""
        case = self.desk.submit("community_environment.rubbish")
        references = []
        for i in range(120):
            references.append(self.send(case, "note", case.handler, text="第 %d 条" % i))
            if i % 6 == 0:
                self.suite.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '%s' AND "
                               "application_name LIKE 'redress-dispatch%%'" % self.suite.database)
            time.sleep(0.01)
        outcomes = [self.desk.answer(r) for r in references]
        self.assertEqual({o["result"] for o in outcomes}, {"OUTCOME_RESULT_ACCEPTED"})
        self.assertEqual(case.events().count("noted"), 120)
        self.all_holds()


if __name__ == "__main__":
    unittest.main()
