#!/usr/bin/env python3
"""What dispatch does when clocks come to their points: passes on, reminds, closes, goes on without, raises."""
# timeout: 300
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

SERVICE = "S0201"


class Points(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("points").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.must("policy", "apply", str(ROOT / "deploy/demo.d/tenant"))
        cls.suite.start("relay", "intake", "dispatch", "watchdog")
        cls.desk = Desk(cls.suite)
        cls.addClassCleanup(cls.desk.close)

    def comes_to(self, case, clock, percent):
        """The running clock of the case stands at that point now: its instants are moved, its start stays."""
        self.desk.until(lambda: case.clocks().get(clock) == "running")
        self.suite.sql(
            "UPDATE watchdog.clock SET points = ARRAY(SELECT p - moved FROM unnest(points) WITH ORDINALITY AS u (p, n) ORDER BY n), "
            "due_at = due_at - moved, next_at = next_at - moved FROM (SELECT complaint_id AS id, name AS which, cycle AS turn, "
            "points[array_position(percents, %d::int2)] - now() AS moved FROM watchdog.clock) AS m WHERE id = complaint_id AND which "
            "= name AND turn = cycle AND complaint_id = '%s' AND name = '%s' AND state = 1" % (percent, case.id, clock))

    def close(self, case):
        self.desk.do(case, "complete", result="已清理")
        self.desk.do(case, "feed_back", SERVICE, channel="CONTACT_CHANNEL_SMS", result="已清理，请确认")

    def test_a_case_that_nobody_acknowledges_goes_to_the_next_then_to_the_head(self):
        case = self.desk.submit("community_environment.rubbish")
        first, head = case.handler, case.head
        self.comes_to(case, "acknowledgement", 100)
        self.desk.until(lambda: case.handler != first)
        second = case.handler
        self.assertNotEqual(second, head, "first to the next one (R11)")
        self.comes_to(case, "acknowledgement", 100)
        self.desk.until(lambda: case.handler == head)
        self.assertEqual(case.events()[2:], ["reassigned", "reassigned"])
        self.assertEqual(case.status, "assigned")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM watchdog.clock WHERE name = 'acknowledgement' AND complaint_id = '%s'"
                                        % case.id), "3")
        self.desk.do(case, "acknowledge", head)

    def test_who_never_confirms_is_reminded_twice_and_the_case_closed(self):
        case = self.desk.submit("community_environment.rubbish")
        self.close(case)
        self.assertEqual(self.desk.refused(case, "close", SERVICE)["code"], "wrong_role", "only the policy's time closes it")
        self.comes_to(case, "confirmation", 33)
        self.desk.until(lambda: case.events()[-1] == "reminded")
        self.comes_to(case, "confirmation", 100)
        self.desk.until(lambda: case.status == "closed")
        self.assertEqual(case.events()[-3:], ["reminded", "reminded", "closed"])
        self.assertEqual(case.field("reopen_until_at > now() + interval '29 days'"), "t")
        self.desk.do(case, "reopen", "complainant", why="一直没有看到短信")

    def test_a_question_that_is_never_answered_holds_nothing_up_for_ever(self):
        case = self.desk.submit("community_environment.rubbish")
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "request_information", question="具体是哪一栋")
        self.assertEqual(case.field("question_open"), "t")
        self.comes_to(case, "information", 100)
        self.desk.until(lambda: case.field("question_open") == "f")
        self.assertEqual(case.events()[-2:], ["information_given", "resumed"])

    def test_the_ladder_raises_a_case_step_by_step(self):
        case = self.desk.submit("house_quality.leakage", description="天花板渗水")
        self.assertEqual(case.field("level"), "handler")
        for percent, level in ((100, "department_head"), (150, "customer_service"), (200, "senior_management")):
            self.comes_to(case, "investigation_start", percent)
            self.desk.until(lambda level=level: case.field("level") == level)
        self.assertEqual(case.events()[2:], ["escalated"] * 3)
        self.assertEqual(self.desk.refused(case, "deescalate", SERVICE, why="已处理")["code"], "not_escalated")
        self.desk.do(case, "deescalate", "S0002", toLevel="ESCALATION_LEVEL_DEPARTMENT_HEAD", why="已处理")
        self.assertEqual(case.field("level"), "department_head")

    def test_a_point_that_comes_before_its_case_waits_for_it(self):
        case = self.desk.submit("house_quality.leakage", description="天花板渗水")
        for table in ("case_state", "case_file"):
            self.suite.sql("CREATE TABLE public.%s AS SELECT * FROM dispatch.%s WHERE complaint_id = '%s'; DELETE FROM dispatch.%s "
                           "WHERE complaint_id = '%s'" % (table, table, case.id, table, case.id))
        self.comes_to(case, "investigation_start", 150)
        waiting = "SELECT count(*) FROM dispatch.early_point WHERE complaint_id = '%s'" % case.id
        self.desk.until(lambda: self.suite.sql(waiting) == "2")  # the breach, and a step of the ladder
        for table in ("case_file", "case_state"):
            self.suite.sql("INSERT INTO dispatch.%s SELECT * FROM public.%s" % (table, table))
        self.desk.until(lambda: case.field("level") == "customer_service")
        self.desk.until(lambda: self.suite.sql(waiting) == "0")
        self.assertEqual(case.events()[2:], ["escalated"] * 2, "each once, in their order")


if __name__ == "__main__":
    unittest.main()
