#!/usr/bin/env python3
# timeout: 300
"""What was told in a time that a restore took back is not told again: what the topic says is read before anything is sent in a new epoch,
and each entry stands for one message. (With a real restore: tests/faults/restore_faults_test.py.)"""
import json
import pathlib
import sys
import time
import unittest
import uuid

from confluent_kafka import Producer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402

SMS, WEBHOOK = 1, 5
LIST, GROUP = 8, 9
SENT, DELIVERED, FAILED, UNKNOWN = 4, 5, 6, 7
STATES = ["", "queued", "held", "sending", "sent", "delivered", "failed", "unknown", "expired", "cancelled"]
MEMBERS = {SENT: 20, DELIVERED: 21, FAILED: 22, UNKNOWN: 23}
TOPIC = "redress.notifications.v1"


def packed(**fields):
    """A NotificationEvent: field number -> text or number; what is over 19 is an empty message."""
    out = b""
    for name, value in fields.items():
        number = int(name[1:])
        if number > 19:
            out += bytes([number << 3 & 0x7f | 0x82, 1, 0])
        elif isinstance(value, int):
            out += bytes([number << 3, value])
        else:
            out += bytes([number << 3 | 2, len(value.encode())]) + value.encode()
    return out


class Retold(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("retold").__enter__()
        cls.addClassCleanup(suite.close)
        cls.file = suite.folder / "sent.jsonl"
        trial = {"kind": "file", "settings": {"path": str(cls.file)}}
        cls.teller = Teller(suite, {"trial": trial, "other": trial})
        suite.start("relay", "intake", "dispatch", "notification")
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)
        cls.desk.submit("community_environment.rubbish")  # something is written in the first epoch
        cls.producer = Producer({"bootstrap.servers": suite.brokers})
        cls.system, cls.line = suite.sql("SELECT journal.current_epoch()").rsplit("-", 1)
        cls.batch = 10**9

    def setUp(self):
        self.suite.sql("DELETE FROM notification.told_before")
        self.complaint, self.number = str(uuid.uuid4()), "YHHY-20261101-%05d" % (uuid.uuid4().int % 10**5)

    def put(self, event="noted", channel=SMS, recipient="S0201", audience=LIST, gateway="trial", number=None, state=1, message=None, held=0,
            digest=None):
        """A message as the daemon would have planned it."""
        message = message or str(uuid.uuid4())
        self.suite.sql(
            "INSERT INTO notification.message (id, tenant_id, complaint_id, number, event, version, cause, audience, recipient, channel, "
            "others, template, locale, urgency, facts, created_at) VALUES ('%s', 'demo', %s, '%s', '%s', 1, '', %d, '%s', %d, '{}', "
            "'test', 'zh-CN', 2, '{\"tenant\":\"t\",\"sign\":\"s\"}', now()); INSERT INTO notification.message_state (id, tenant_id, "
            "gateway, state, held, urgency, next_at, lane, expires_at, digest, changed_at) VALUES ('%s', 'demo', '%s', %d, %d, 2, now(), "
            "hashtext('%s'), now() + interval '1 day', %s, now())"
            % (message, "NULL" if event == "digest" else "'%s'" % self.complaint, number or self.number, event, audience, recipient, channel,
               message, gateway, state, held, message, "'%s'" % digest if digest else "NULL"))
        return message

    def tell(self, message, *states, event="noted", channel=SMS, recipient="S0201", audience=LIST, gateway="trial", number=None, line=99,
             batch=None, tenant="demo"):
        """On the topic, as of another timeline."""
        for state in states:
            type(self).batch += 1
            self.producer.produce(
                self.suite.prefix + TOPIC, key=self.complaint, partition=uuid.UUID(self.complaint).int % 4,
                value=packed(f1=tenant, f2="" if event == "digest" else self.complaint, f3=number or self.number, f4=message, f6=channel,
                             f7=audience, f8=recipient, f9="test", f10=gateway, f12=event, **{"f%d" % MEMBERS[state]: b""}),
                headers={"redress-epoch": "%s-%d" % (self.system, line), "redress-batch": str(batch or self.batch), "redress-ord": "1"})
        self.assertEqual(self.producer.flush(20), 0)

    def new_epoch(self):
        """The daemon begins as after a restore."""
        self.suite.stop("notification")
        self.suite.sql("DELETE FROM notification.epoch_read; UPDATE journal.epoch SET first_batch = (SELECT max(batch) + 1 FROM "
                       "journal.entry)")

    def start(self):
        self.suite.start("notification")
        self.desk.until(lambda: self.suite.sql("SELECT count(*) FROM notification.epoch_read") != "0")

    def state(self, message):
        state, code = self.suite.sql("SELECT state, code FROM notification.message_state WHERE id = '%s'" % message).split("|")
        return STATES[int(state)], code == "before the restore"

    def missing(self):
        """What /readyz misses; nothing while nobody listens yet."""
        try:
            return self.teller.get("/readyz")[1]
        except OSError:
            return ""

    def until(self, message, state, before):
        self.desk.until(lambda: self.state(message)[0] == state, 20)
        self.assertEqual(self.state(message), (state, before))

    def times(self, message):
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        return sum(json.loads(line)["id"] == message for line in lines)

    def test_an_epoch_that_stands_in_no_table_is_read_once_too(self):
        """Whoever opened it: else nothing would ever leave."""
        self.new_epoch()
        self.suite.sql("CREATE TABLE public.kept AS SELECT * FROM journal.epoch; DELETE FROM journal.epoch")
        self.addCleanup(self.suite.sql, "INSERT INTO journal.epoch SELECT * FROM public.kept; DROP TABLE public.kept")
        message = self.put(recipient="", audience=GROUP)
        self.start()
        self.until(message, "sent", False)

    def test_a_message_becomes_what_the_topic_says_last(self):
        self.new_epoch()
        wanted = {self.put(recipient="S01%02d" % n): wanted for n, wanted in enumerate(
            [((SENT,), "sent"), ((SENT, DELIVERED), "delivered"), ((UNKNOWN,), "unknown"), ((UNKNOWN, SENT), "sent")])}
        for n, (message, (states, _)) in enumerate(wanted.items()):
            self.tell(message, *states, recipient="S01%02d" % n)
        tried_again = self.put()
        self.tell(tried_again, SENT, FAILED)
        self.tell(list(wanted)[1], SENT, recipient="S0101", batch=10**9 - 1)  # a late repeat
        self.start()
        for message, (_, state) in wanted.items():
            self.until(message, state, True)
        self.until(tried_again, "sent", False)
        self.assertEqual([self.times(message) for message in wanted], [0, 0, 0, 0])
        self.assertEqual(self.times(tried_again), 1)
        for message in wanted:
            self.assertEqual(self.teller.fates(message), [], "the topic has it already")

    def test_what_is_planned_again_is_known_by_its_place_and_each_entry_once(self):
        self.tell(str(uuid.uuid4()), SENT)
        self.tell(str(uuid.uuid4()), SENT, event="assigned")
        self.new_epoch()
        self.start()
        first = self.put(event="noted")
        self.until(first, "sent", True)
        self.until(self.put(event="noted"), "sent", False)
        self.until(self.put(event="assigned", number=self.number + "1"), "sent", False)
        self.until(self.put(event="assigned", recipient="S0202"), "sent", False)
        self.until(self.put(event="assigned"), "sent", True)
        self.assertEqual(self.times(first), 0)

    def test_two_that_come_at_once_use_two_entries(self):
        for _ in range(2):
            self.tell(str(uuid.uuid4()), SENT)
        self.new_epoch()
        messages = [self.put() for _ in range(3)]
        self.start()
        for message in messages:
            self.desk.until(lambda message=message: self.state(message)[0] == "sent", 20)
        self.assertEqual([self.state(message)[1] for message in messages], [True, True, False], "the oldest")

    def test_an_id_says_nothing_where_the_number_or_the_event_is_another(self):
        self.new_epoch()
        other_number, other_event = self.put(), self.put()
        self.tell(other_number, SENT, number=self.number + "1")
        self.tell(other_event, SENT, event="assigned")
        self.start()
        self.until(other_number, "sent", False)
        self.until(other_event, "sent", False)

    def test_a_clock_is_known_by_the_id_alone(self):
        self.new_epoch()
        known, another = self.put(event="sla.warning"), self.put(event="sla.warning")
        self.tell(known, SENT, event="sla.warning")
        self.tell(str(uuid.uuid4()), SENT, event="sla.warning")
        self.start()
        self.until(known, "sent", True)
        self.until(another, "sent", False)

    def test_groups_are_told_apart(self):
        self.new_epoch()
        there, here = (self.put(channel=WEBHOOK, audience=GROUP, recipient="", gateway=gateway) for gateway in ("other", "trial"))
        self.tell(str(uuid.uuid4()), SENT, channel=WEBHOOK, audience=GROUP, recipient="", gateway="trial")
        self.start()
        self.until(here, "sent", True)
        self.desk.until(lambda: self.state(there)[0] not in ("queued", "sending"), 20)
        self.assertFalse(self.state(there)[1])

    def test_another_tenants_entry_is_nothing_to_us(self):
        self.new_epoch()
        message = self.put()
        self.tell(message, SENT, tenant="another")
        self.start()
        self.until(message, "sent", False)

    def test_what_a_digest_of_the_backup_told_shares_its_fate(self):
        self.new_epoch()
        digest = self.put(event="digest", number="")
        told = self.put(state=2, held=2, digest=digest)
        self.tell(digest, SENT, event="digest", number=" ")
        self.suite.sql("UPDATE notification.message SET number = ' ' WHERE id = '%s'" % digest)
        self.start()
        self.until(digest, "sent", True)
        self.until(told, "sent", True)
        self.assertEqual(self.times(digest), 0)

    def test_a_digest_of_today_is_never_taken_for_one_of_before(self):
        digest = str(uuid.uuid4())
        self.tell(digest, SENT, event="digest", number=" ")
        self.new_epoch()
        self.start()
        self.put(event="digest", number=" ", message=digest)
        self.until(digest, "sent", False)
        self.assertEqual(self.times(digest), 1, "it may tell more")

    def test_what_this_journal_wrote_and_what_nobody_understands_counts_for_nothing(self):
        self.new_epoch()
        mine, written = self.put(), self.put(recipient="S0202")
        self.tell(mine, SENT, line=int(self.line))
        self.tell(written, SENT, batch=int(self.suite.sql("SELECT max(batch) FROM journal.entry")), recipient="S0202")
        self.producer.produce(self.suite.prefix + TOPIC, value=b"\xff\xff", headers={"redress-epoch": self.system + "-99", "redress-batch":
                                                                                     "2000000000", "redress-ord": "1"})
        self.producer.flush(20)
        self.start()
        self.until(mine, "sent", False)
        self.until(written, "sent", False)

    def test_nothing_leaves_before_all_was_read_and_two_instances_read_once(self):
        self.new_epoch()
        message = self.put()
        self.tell(message, SENT)
        brokers = self.suite.env["REDRESS_KAFKA"]
        self.suite.env["REDRESS_KAFKA"] = "127.0.0.1:1"
        try:
            self.suite.start("notification")
            self.desk.until(lambda: "told before: kafka" in self.missing())
            time.sleep(2)
            self.assertEqual(self.state(message), ("queued", False))
            self.suite.stop("notification")
        finally:
            self.suite.env["REDRESS_KAFKA"] = brokers
        self.suite.start("notification.2")
        self.start()
        self.until(message, "sent", True)
        self.desk.until(lambda: self.teller.get("/readyz")[0] == 200)
        fresh = self.put()
        self.until(fresh, "sent", False)
        self.suite.stop("notification.2")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM "
                                        "pg_database WHERE datname = current_database())"), "1", "the relay's alone")

    def test_where_nothing_was_written_before_kafka_is_not_asked(self):
        self.suite.stop("notification")
        self.suite.sql("DELETE FROM notification.epoch_read; UPDATE journal.epoch SET first_batch = 1")
        message = self.put()
        self.suite.env["REDRESS_KAFKA"], brokers = "127.0.0.1:1", self.suite.env["REDRESS_KAFKA"]
        try:
            self.suite.start("notification")
            self.until(message, "sent", False)
            self.suite.stop("notification")
        finally:
            self.suite.env["REDRESS_KAFKA"] = brokers
        self.suite.start("notification")


if __name__ == "__main__":
    unittest.main()
