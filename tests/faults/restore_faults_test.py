#!/usr/bin/env python3
# timeout: 600
"""Row 15: yesterday's backup is restored while Kafka still holds what happened since. What the database has lost did not happen: it is
not applied from Kafka, where it would be taken for what happens now; and what comes in again from outside happens again, once. But
what people were told they were told: nobody is told it again (O7)."""
import collections
import json
import os
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Case, Desk, stamp  # noqa: E402
from gateways.cloud import Cloud  # noqa: E402
from gateways.mail import Mail  # noqa: E402
from gateways.settings import of_cloud, of_mail  # noqa: E402
from private_postgres import Postgres  # noqa: E402
from suite import Suite  # noqa: E402
from teller import GONE, Teller  # noqa: E402


class Stage:
    """Redress on a PostgreSQL of its own."""

    @classmethod
    def set_stage(cls, name):
        base = pathlib.Path(os.environ["REDRESS_TEST_TMP"]) / ("%s%d" % (name, os.getpid()))
        base.mkdir()
        cls.postgres, cls.backup = Postgres(base / "pg"), base / "backup"
        cls.addClassCleanup(cls.postgres.stop)
        shared = os.environ["REDRESS_TEST_PG"]
        cls.addClassCleanup(os.environ.__setitem__, "REDRESS_TEST_PG", shared)
        os.environ["REDRESS_TEST_PG"] = cls.postgres.uri
        cls.suite = Suite(name).__enter__()
        cls.addClassCleanup(cls.suite.close)

    @classmethod
    def start(cls, gateways, **settings):
        cls.teller = Teller(cls.suite, gateways, **settings)
        cls.suite.start(*Teller.DAEMONS)
        cls.desk = Desk(cls.suite)
        cls.addClassCleanup(cls.desk.close)

    def stopped(self, do):
        for name in Teller.DAEMONS:
            self.suite.stop(name)
        do()
        self.suite.start(*Teller.DAEMONS)


class Restore(Stage, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.set_stage("restore")
        cls.start({"trial": {"kind": "file", "settings": {"path": str(cls.suite.folder / "sent.jsonl")}}})

    def version(self, schema, table, case):
        return self.suite.sql("SELECT version FROM %s.%s WHERE complaint_id = '%s'" % (schema, table, case.id))

    def test_what_a_restore_took_back_is_not_applied_from_kafka(self):
        case = self.desk.submit("community_environment.rubbish")
        self.desk.until(lambda: len(self.teller.told(case)) >= 2)
        self.stopped(lambda: self.postgres.copy(self.backup))
        epoch = self.suite.sql("SELECT journal.current_epoch()")
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "note", text="第一步已完成")
        self.desk.until(lambda: self.teller.message(case, "acknowledged"))

        # The backup comes back. The commands are still in Kafka, and come in again.
        self.stopped(lambda: self.postgres.restore(self.backup))
        self.assertNotEqual(self.suite.sql("SELECT journal.current_epoch()"), epoch)
        self.desk.until(lambda: self.version("dispatch", "case_state", case) == "4", 90)
        self.assertEqual(case.events(), ["registered", "assigned", "acknowledged", "noted"], "the commands happened again")
        for schema, table in (("watchdog", "case_state"), ("notification", "case_seen")):
            self.desk.until(lambda schema=schema, table=table: self.version(schema, table, case) == "4")
        self.desk.do(case, "note", text="第二步已完成")
        for schema, table in (("watchdog", "case_state"), ("notification", "case_seen")):
            self.desk.until(lambda schema=schema, table=table: self.version(schema, table, case) == "5")
            self.assertEqual(self.suite.sql("SELECT count(*) FROM %s.dead_letter" % schema), "0")
        self.assertEqual(self.suite.sql(
            "SELECT split_part(s.happened, ' ', 1)::bigint > (extract(epoch FROM e.recorded_at) * 1000000)::bigint - 1000000 FROM "
            "notification.case_seen AS s JOIN journal.entry AS e ON e.aggregate_id = s.complaint_id AND e.aggregate_version = 3 WHERE "
            "s.complaint_id = '%s'" % case.id), "t", "what was applied is what happened after the restore, not what it took back")
        self.suite.must("journal", "verify")


class Told(Stage, unittest.TestCase):
    """SMS and mail through providers, which remember what they took in both lives."""

    @classmethod
    def setUpClass(cls):
        cls.set_stage("retold")
        folder = cls.suite.folder
        cls.cloud = cls.enterClassContext(Cloud(folder / "cloud"))
        cls.mail = cls.enterClassContext(Mail(folder / "mail"))
        cls.start({"http": of_cloud(cls.cloud, "http", folder), "mail": of_mail(cls.mail, folder)})

    def submit(self, phone, **about):
        """All on one partition: read again, they come in the same order and get the same numbers."""
        reference = uuid.uuid4().hex
        self.desk.producer.produce(self.suite.prefix + "redress.submissions.v1", key="demo:desk:" + reference, partition=0, value=json.dumps({
            "tenant": "demo", "source": "desk", "sourceEventId": reference, "channel": "CHANNEL_WEBSITE", "receivedAt": stamp(minutes=-5),
            "projectCode": "YHHY", "building": "3", "unit": phone[-4:], "categoryCode": "community_environment.rubbish",
            "complainant": dict({"name": "章德顺", "phone": phone}, **about), "description": "楼下垃圾没有清理", "demand": "请尽快清理"}))
        assert self.desk.producer.flush(20) == 0
        outcome = self.desk.answer(reference)
        self.assertEqual(outcome["result"], "OUTCOME_RESULT_ACCEPTED")
        case = Case(self.desk, outcome)
        self.desk.until(lambda: case.status)
        return case

    def until_told(self, case, event, audience="complainant"):
        return self.desk.until(lambda: (m := self.teller.message(case, event, audience)) and m["state"] in GONE and m)

    def taken(self):
        """What the providers took, and how often."""
        texts = [(e["to"], e["text"]) for e in self.cloud.ledger() if e["kind"] == "http"]
        mails = [(m["X-Envelope-To"], m.get_body(("plain",)).get_content()) for m in self.mail.messages()]
        return collections.Counter(texts + mails)

    def tell_together(self, case):
        """Its head's digest is due, with all that he is to be told."""
        message = self.desk.until(lambda: self.teller.message(case, "assigned", "department_head"))
        self.suite.sql("UPDATE notification.message_state SET next_at = now() WHERE id = '%s'" % message["id"])

    def nothing_waits(self):
        return not self.teller.messages(state="queued") and not self.teller.messages(state="sending")

    def recognised(self, case, event, audience="complainant"):
        message = self.until_told(case, event, audience)
        self.assertEqual(message["code"], "before the restore", (event, audience))
        self.assertEqual(self.teller.fates(message["id"]), [], "it was told on the topic, before")

    def test_who_was_told_before_a_restore_is_not_told_again(self):
        early = self.submit("13900006201")
        self.until_told(early, "registered")
        self.until_told(early, "assigned", "handler")
        self.cloud.kill()
        queued = self.submit("13900006202")
        self.desk.until(lambda: (m := self.teller.message(queued, "registered")) and m["attempts"])
        self.assertEqual(self.teller.message(queued, "registered")["state"], "queued")
        self.assertEqual(self.teller.message(early, "assigned", "department_head")["heldFor"], "digest")

        def back_up():
            self.postgres.copy(self.backup)
            self.cloud.start()
        self.stopped(back_up)
        self.until_told(queued, "registered")
        self.until_told(queued, "assigned", "handler")
        by_text, by_mail = self.submit("13900006203"), self.submit(
            "13900006204", email="zds@example.net", preferredChannel="CONTACT_CHANNEL_EMAIL")
        for case in (by_text, by_mail):
            self.until_told(case, "registered")
            self.until_told(case, "assigned", "handler")
        self.tell_together(early)
        for case in (early, queued, by_text, by_mail):
            self.until_told(case, "assigned", "department_head")
        self.desk.do(early, "acknowledge")
        self.until_told(early, "acknowledged")
        self.desk.until(lambda: self.suite.sql("SELECT batch >= (SELECT max(batch) FROM journal.entry) FROM journal.cursor") == "t")
        before, handlers = self.taken(), {case.id: case.handler for case in (queued, by_text, by_mail)}
        self.assertEqual(set(before.values()), {1})

        self.stopped(lambda: self.postgres.restore(self.backup))
        self.desk.until(lambda: by_mail.status and early.status == "acknowledged" and by_text.status, 90)
        for case in (queued, by_text, by_mail):
            self.recognised(case, "registered")
            if case.handler == handlers[case.id]:
                self.recognised(case, "assigned", "handler")
            else:
                self.until_told(case, "assigned", "handler")  # it is another's now, who has not heard of it
        self.recognised(early, "acknowledged")
        self.recognised(early, "assigned", "department_head")
        self.tell_together(by_text)
        self.recognised(by_text, "assigned", "department_head")
        self.recognised(by_mail, "assigned", "department_head")

        fresh = self.submit("13900006205")
        self.until_told(fresh, "registered")
        self.desk.do(early, "note", text="第一步已完成")
        self.desk.do(fresh, "acknowledge")
        self.until_told(fresh, "acknowledged")
        self.tell_together(fresh)
        self.until_told(fresh, "assigned", "department_head")
        self.desk.until(self.nothing_waits)
        after = self.taken()
        self.assertEqual([what for what, times in after.items() if times > 1], [], "O7, over both lives")
        self.assertEqual(set(before) - set(after), set())
        for event in ("registered", "acknowledged"):
            self.assertNotEqual(self.teller.message(fresh, event)["code"], "before the restore", "it is new")
        self.assertTrue(any(to == "+8613900006205" and fresh.number in text for to, text in after), "what is new is told")
        self.assertIn("redress_notification_recognised_total", self.teller.get("/metrics")[1])
        self.suite.must("journal", "verify")


if __name__ == "__main__":
    unittest.main()
