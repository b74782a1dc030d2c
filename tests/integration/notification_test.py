#!/usr/bin/env python3
# timeout: 600
"""Who is told what and when, by the real daemon through a file that stands for a gateway: held, told together, cancelled, expired,
held back by a quota, released and sent again by the operator. What real gateways do is in the other notification tests."""
import json
import pathlib
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from suite import ROOT, Suite  # noqa: E402
from teller import Teller  # noqa: E402

SERVICE = "S0201"
ALL_DAY = {"from": "00:00", "to": "23:59"}


class Notification(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("notification").__enter__()
        cls.addClassCleanup(suite.close)
        cls.file = suite.folder / "sent.jsonl"
        suite.must("policy", "apply", str(ROOT / "deploy/demo.d/tenant"))
        cls.teller = Teller(suite, {"trial": {"kind": "file", "settings": {"path": str(cls.file)}}})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    def settle(self, **settings):
        """Until the end of the test; both loops read it within a second."""
        self.addCleanup(time.sleep, 1.5)
        self.addCleanup(self.set_and_wait)
        self.set_and_wait(**settings)

    def set_and_wait(self, **settings):
        self.teller.settle(**settings)
        time.sleep(1.5)

    def sent(self, **about):
        """What was written, with these texts in it."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        return [m for m in map(json.loads, lines) if all(value in m[name] for name, value in about.items())]

    def until_state(self, case, event, state, audience="complainant"):
        return self.desk.until(lambda: [m for m in self.teller.messages(case)
                                        if (m["event"], m["audience"], m["state"]) == (event, audience, state)])[0]

    def submit(self, **changes):
        return self.desk.submit("community_environment.rubbish", **changes)

    def test_registered_and_assigned_are_told_once_each(self):
        case = self.submit()
        self.desk.until(lambda: len(self.teller.told(case)) >= 2)
        self.assertEqual(self.teller.told(case), [("registered", "complainant", "", "sms"), ("assigned", "handler", case.handler, "sms")])
        self.assertEqual(len(self.sent(channel="sms", text=case.number)), 2)
        message = self.teller.message(case, "registered")
        self.assertEqual(self.teller.fates(message["id"]), ["sent"])
        told = self.desk.until(lambda: [r["value"] for r in self.suite.must("decode", "notifications").lines
                                        if r["value"]["messageId"] == message["id"]])
        self.assertEqual((told[0]["complaintId"], told[0]["channel"], told[0]["audience"], told[0]["cause"]),
                         (case.id, "NOTICE_CHANNEL_SMS", "NOTICE_AUDIENCE_COMPLAINANT", "registered"))

    def test_whoever_prefers_mail_gets_mail(self):
        case = self.submit(complainant={"name": "章德顺", "phone": "13900006101", "email": "zds@example.net",
                                        "preferredChannel": "CONTACT_CHANNEL_EMAIL"})
        self.assertEqual(self.until_state(case, "registered", "sent")["channel"], "email")
        mail, = self.sent(channel="email", subject=case.number)
        self.assertEqual(mail["subject"], "[云湖花园]-客户投诉-%s" % case.number)
        self.assertIn("章德顺", mail["text"])

    def test_nobody_who_can_be_reached_is_a_failure_for_all_to_see(self):
        case = self.submit(complainant={"name": "章德顺", "address": "云湖路1号"})
        message = self.until_state(case, "registered", "failed")
        self.assertEqual(message["code"], "no address")
        self.assertEqual(self.teller.fates(message["id"]), ["failed"])

    def test_at_night_only_what_is_urgent_goes(self):
        self.settle(quiet=ALL_DAY)
        case = self.desk.submit("house_quality.structural_hazard", description="阳台栏杆松动，有坠落危险")
        self.desk.until(lambda: ("assigned", "leaders", "S0002", "sms") in self.teller.told(case))
        message = self.until_state(case, "registered", "held")
        self.assertEqual(message["heldFor"], "quiet_hours")
        self.settle()
        self.suite.sql("UPDATE notification.message_state SET next_at = now() WHERE id = '%s'" % message["id"])
        self.until_state(case, "registered", "sent")

    def test_what_is_not_urgent_is_told_together(self):
        cases = [self.submit() for _ in range(2)]
        head = cases[0].head
        mine = [self.until_state(case, "assigned", "held", "department_head") for case in cases]
        self.assertEqual({m["heldFor"] for m in mine}, {"digest"})
        self.suite.sql("UPDATE notification.message_state SET next_at = now() WHERE id = '%s'" % mine[0]["id"])
        for case in cases:
            self.until_state(case, "assigned", "sent", "department_head")
        digest, = [m for m in self.teller.messages() if m["event"] == "digest" and m["recipient"] == head and m["state"] == "sent"
                   and any(case.number in sent["text"] for case in cases for sent in self.sent(id=m["id"]))]
        mail, = self.sent(id=digest["id"])
        for message in mine:
            self.assertEqual(self.teller.fates(message["id"])[-1], "sent", "and each of it has an event")
            told = self.desk.until(lambda message=message: [r["value"] for r in self.suite.must("decode", "notifications").lines
                                                            if r["value"]["messageId"] == message["id"]])
            self.assertEqual((told[0]["toldBy"], told[0]["cause"], told[0]["gateway"]), (digest["id"], "assigned", "trial"))
        for case in cases:
            self.assertIn(case.number, mail["text"], "nothing that is told together is lost")

    def test_what_is_over_is_not_told_any_more(self):
        self.settle(quiet=ALL_DAY)
        case = self.submit()
        self.until_state(case, "registered", "held")
        self.desk.do(case, "withdraw", "complainant", why="已自行解决")
        message = self.until_state(case, "registered", "cancelled")
        self.assertEqual(message["code"], "withdrawn")
        self.assertEqual(self.teller.fates(message["id"]), ["cancelled"])
        self.until_state(case, "withdrawn", "held")

    def test_a_clock_that_was_met_is_not_warned_of(self):
        self.settle(quiet=ALL_DAY)
        case = self.submit()
        self.desk.until(lambda: case.clocks().get("acknowledgement") == "running")
        self.suite.sql("UPDATE watchdog.clock SET points = ARRAY(SELECT p - interval '90 minutes' FROM unnest(points) WITH ORDINALITY AS "
                       "u (p, n) ORDER BY n), due_at = due_at - interval '90 minutes', next_at = next_at - interval '90 minutes' WHERE "
                       "complaint_id = '%s' AND name = 'acknowledgement'" % case.id)
        warning = self.until_state(case, "sla.warning", "held", "receivers")
        self.assertEqual(warning["recipient"], case.handler)
        self.desk.do(case, "acknowledge")
        self.assertEqual(self.until_state(case, "sla.warning", "cancelled", "receivers")["code"], "the clock was met")

    def test_a_number_that_had_enough_waits(self):
        self.settle(limits={"sms_per_phone_day": 1})
        who = {"name": "章德顺", "phone": "13900006102"}
        first = self.submit(complainant=who)
        self.until_state(first, "registered", "sent")
        second = self.submit(complainant=who)
        self.assertEqual(self.until_state(second, "registered", "held")["heldFor"], "quota")
        self.suite.sql("UPDATE notification.quota SET hour = hour - interval '25 hours'; UPDATE notification.message_state SET next_at = "
                       "now() WHERE state = 2 AND held = 3")
        self.until_state(second, "registered", "sent")

    def test_what_nobody_wants_to_hear_any_more_expires(self):
        self.settle(quiet=ALL_DAY)
        case = self.submit()
        message = self.until_state(case, "registered", "held")
        self.suite.sql("UPDATE notification.message_state SET expires_at = now() WHERE id = '%s'" % message["id"])
        self.until_state(case, "registered", "expired")
        self.assertEqual(self.teller.fates(message["id"]), ["expired"])
        self.assertEqual(self.sent(id=message["id"]), [])

    def test_the_operator_holds_releases_cancels_and_sends_again(self):
        self.settle(quiet=ALL_DAY)
        case = self.submit()
        message = self.until_state(case, "registered", "held")
        self.suite.must("notify", "hold", message["id"])
        self.assertEqual(self.teller.message(case, "registered")["heldFor"], "operator")
        self.suite.must("notify", "cancel", message["id"])
        self.assertEqual(self.suite.ctl("notify", "cancel", message["id"]).status, 4)
        again = self.suite.must("notify", "resend", message["id"], "--output", "json").json["id"]
        self.desk.until(lambda: self.sent(id=again))
        self.assertEqual(self.suite.ctl("notify", "resend", again).status, 4, "it was sent")
        shown = self.teller.show({"id": again})
        self.assertEqual((shown["state"], len(shown["calls"])), ("sent", 1))
        self.assertEqual(self.suite.ctl("notify", "show", "00000000-0000-0000-0000-000000000000").status, 3)
        self.assertEqual(self.suite.ctl("notify", "show", "x").status, 2)

    def test_what_the_operator_cancels_is_told_on_the_topic(self):
        self.settle(quiet=ALL_DAY)
        case = self.submit()
        message = self.until_state(case, "registered", "held")
        self.suite.must("notify", "cancel", message["id"])
        self.desk.until(lambda: self.teller.fates(message["id"]) == ["cancelled"], 10)
        told = self.desk.until(lambda: [r["value"] for r in self.suite.must("decode", "notifications").lines
                                        if r["value"]["messageId"] == message["id"]])
        self.assertEqual(told[0]["cancelled"]["why"], "by the operator")
        again = self.suite.must("notify", "resend", message["id"], "--output", "json").json["id"]
        self.desk.until(lambda: self.teller.fates(again) == ["sent"])
        self.assertEqual(self.teller.fates(message["id"]), ["cancelled"], "once")

    def many(self, verb, *filters):
        return self.suite.must("notify", verb, "--output", "json", *filters).json["messages"]

    def test_the_operator_acts_on_many_by_filters(self):
        self.settle(quiet=ALL_DAY)
        mine, other = self.submit(), self.submit()
        for case in (mine, other):
            self.until_state(case, "registered", "held")
            self.until_state(case, "assigned", "held", "handler")
        waits = len(self.teller.messages(mine, state="held"))
        self.assertGreaterEqual(waits, 2)
        self.assertEqual(self.many("hold", "--number", mine.number), 0, "none of them is queued")
        self.assertEqual(self.many("hold", "--number", mine.number, "--state", "held", "--dry-run"), waits)
        self.assertNotEqual(self.teller.message(mine, "registered")["heldFor"], "operator")
        self.assertEqual(self.many("hold", "--number", mine.number, "--state", "held", "--event", "registered"), 1)
        self.assertEqual(self.teller.message(mine, "registered")["heldFor"], "operator")
        self.assertEqual(self.many("release", "--number", mine.number), 1)
        self.assertEqual(self.until_state(mine, "registered", "held")["heldFor"], "quiet_hours", "it is still night")
        self.assertEqual(self.many("cancel", "--number", mine.number, "--channel", "webhook"), 0)
        self.assertEqual(self.many("cancel", "--number", mine.number, "--tenant", "another"), 0)
        self.assertEqual(self.many("cancel", "--number", mine.number, "--gateway", "trial"), waits)
        self.assertEqual({m["state"] for m in self.teller.messages(mine)}, {"cancelled"})
        for message in self.teller.messages(mine):
            self.desk.until(lambda message=message: self.teller.fates(message["id"]) == ["cancelled"], 10)
        self.assertEqual(len(self.teller.messages(other, state="held")), waits, "nobody meant the other one")

    def test_the_operator_acts_on_all_only_if_he_says_so(self):
        self.assertEqual(self.suite.ctl("notify", "hold").status, 2)
        self.assertEqual(self.suite.ctl("notify", "cancel", "--dry-run").status, 2)
        self.assertEqual(self.suite.ctl("notify", "cancel", "--all", "--tenant", "demo").status, 2)
        self.assertEqual(self.suite.ctl("notify", "cancel", str(uuid.uuid4()), "--tenant", "demo").status, 2)
        self.assertEqual(self.suite.ctl("notify", "hold", "--state", "sent").status, 2)
        self.assertEqual(self.suite.ctl("notify", "hold", "--channel", "pigeon").status, 2)
        waiting = len(self.teller.messages(state="queued")) + len(self.teller.messages(state="held"))
        self.assertEqual(self.many("cancel", "--all", "--dry-run"), waiting)

    def test_a_message_that_asks_first_waits_for_a_yes(self):
        self.settle(routes=[{"event": "noted", "to": "complainant", "channels": ["sms"], "template": "registered_complainant",
                             "ask_first": True, "expires": "3d"}])
        case = self.submit()
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "note", text="第一步已完成")
        message = self.until_state(case, "noted", "held")
        self.assertEqual(message["heldFor"], "asked")
        self.suite.must("notify", "release", message["id"])
        self.until_state(case, "noted", "sent")

    def test_an_event_without_a_route_is_told_by_readyz(self):
        self.assertEqual(self.teller.get("/readyz")[0], 200)
        wrong = self.suite.folder / "wrong.yaml"
        wrong.write_text("routes: [{event: nonsense, none: x}]", encoding="utf-8")
        refused = self.suite.ctl("notify", "apply", "--tenant", "demo", str(wrong))
        self.assertEqual(refused.status, 1)
        self.assertIn("wrong.yaml:1:", refused.err)
        self.addCleanup(self.teller.settle)
        self.suite.sql("UPDATE notification.settings SET content = 'routes: [{event: nonsense, none: x}]'; UPDATE "
                       "notification.settings_revision SET revision = revision + 1")
        case = self.submit()
        status, body = self.desk.until(lambda: (lambda s, b: (s, b) if s == 503 else None)(*self.teller.get("/readyz")))
        self.assertIn("tenant demo: settings cannot be used", body)
        self.assertEqual(self.teller.messages(case), [])
        self.teller.settle()
        again = self.submit()
        self.until_state(again, "registered", "sent")
        self.desk.until(lambda: self.teller.get("/readyz")[0] == 200)

    def test_a_test_message_says_what_came_of_it(self):
        done = self.suite.must("notify", "test", "--tenant", "demo", "--gateway", "trial", "--to", "+8613900006103")
        self.assertIn(" sent", done.out)
        self.assertEqual(len(self.sent(to="+8613900006103", template="test")), 1)
        self.assertEqual(self.suite.ctl("notify", "test", "--tenant", "demo", "--gateway", "nothing").status, 3)
        self.assertEqual(self.suite.ctl("notify", "test", "--tenant", "nobody", "--gateway", "trial").status, 3)
        self.assertEqual(self.suite.ctl("notify", "test").status, 2)

    def test_everything_again_from_the_first_record_tells_nobody_twice(self):
        case = self.submit()
        self.desk.until(lambda: len(self.teller.told(case)) >= 2)
        before = self.teller.messages(case)
        self.suite.stop("notification")
        self.suite.sql("UPDATE notification.consumer SET next_offset = 0, seen_batch = 0, seen_ord = 0; DELETE FROM notification.case_seen")
        self.suite.start("notification")
        last = self.submit()
        self.desk.until(lambda: len(self.teller.told(last)) >= 2)
        time.sleep(1)
        self.assertEqual(self.teller.messages(case), before)
        self.assertEqual(len(self.sent(text=case.number, channel="sms")), 2)

    def test_two_instances_share_the_work(self):
        self.suite.start("notification.2")
        self.addCleanup(self.suite.stop, "notification.2")
        cases = [self.submit() for _ in range(6)]
        for case in cases:
            self.desk.until(lambda case=case: len(self.teller.told(case)) >= 2)
        for case in cases:
            self.assertEqual(len(self.sent(text=case.number, channel="sms")), 2)


if __name__ == "__main__":
    unittest.main()
