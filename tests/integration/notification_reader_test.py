#!/usr/bin/env python3
# timeout: 600
"""What a second reader of the notification daemon feared: one gateway, one tenant or one message that holds up the others, answers
that come too late, causes that are gone, and words that reach somebody else."""
import pathlib
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from gateways.provider import Provider  # noqa: E402
from suite import ROOT, Suite  # noqa: E402
from teller import Teller  # noqa: E402

SMS, WEBHOOK = 1, 5
LOW, NORMAL = 1, 2
LIST, GROUP = 8, 9
ALL_DAY = {"from": "00:00", "to": "23:59"}
STATES = {1: "queued", 2: "held", 3: "sending", 4: "sent", 5: "delivered", 6: "failed", 7: "unknown", 8: "expired", 9: "cancelled"}


class Reader(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("reader").__enter__()
        cls.addClassCleanup(suite.close)
        suite.must("policy", "apply", str(ROOT / "deploy/demo.d/tenant"))
        cls.provider = Provider()
        cls.addClassCleanup(cls.provider.close)
        cls.secret = suite.folder / "secret"
        cls.write_secret()
        sms = {"kind": "http", "settings": {"endpoint": cls.provider.url("/sms"), "body": '{"id":"{{id}}","text":"{{text}}"}',
                                            "success_at": "/code", "request_id_at": "/sid", "code_at": "/code",
                                            "codes_retry": "later", "secret_file": str(cls.secret)}}
        hook = {"kind": "webhook", "settings": {"endpoint": cls.provider.url("/hook"), "secret_file": str(cls.secret)}}
        other = {"kind": "webhook", "settings": {"endpoint": cls.provider.url("/other"), "secret_file": str(cls.secret)}}
        cls.teller = Teller(suite, {"sms": sms, "hook": hook, "other": other})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    @classmethod
    def write_secret(cls):
        cls.secret.write_text("secret", encoding="utf-8")
        cls.secret.chmod(0o600)

    def setUp(self):
        self.provider.say = lambda path, body: (200, {"code": "0", "sid": uuid.uuid4().hex})

    def settle(self, **settings):
        self.addCleanup(time.sleep, 1.5)
        self.addCleanup(self.teller.settle)
        self.teller.settle(**settings)
        time.sleep(1.5)

    def put(self, channel=SMS, gateway="sms", state=1, held=0, urgency=NORMAL, tenant="demo", template="test", recipient="", others="{}",
            attempts=0, digest=None, expires="1 day", next_at="now()", changed="0 s", audience=GROUP, message=None, event="registered"):
        """A message as the daemon would have planned it, to a group: it needs no address."""
        message = message or str(uuid.uuid4())
        self.suite.sql(
            "INSERT INTO notification.message (id, tenant_id, number, event, version, cause, audience, recipient, channel, others, template, "
            "locale, urgency, facts, created_at) VALUES ('%s', '%s', '', '%s', 0, '', %d, '%s', %d, '%s', '%s', 'zh-CN', %d, "
            "'{\"tenant\":\"t\",\"sign\":\"s\"}', now()); INSERT INTO notification.message_state (id, tenant_id, gateway, state, held, "
            "urgency, next_at, lane, expires_at, attempts, digest, changed_at) VALUES ('%s', '%s', '%s', %d, %d, %d, %s, "
            "hashtext('%s'), now() + interval '%s', %d, %s, now() - interval '%s')"
            % (message, tenant, event, audience, recipient, channel, others, template, urgency, message, tenant, gateway, state, held, urgency,
               next_at, message, expires, attempts, "'%s'" % digest if digest else "NULL", changed))
        return message

    def state(self, message):
        return STATES[int(self.suite.sql("SELECT state FROM notification.message_state WHERE id = '%s'" % message))]

    def until(self, message, state, seconds=20):
        self.desk.until(lambda: self.state(message) == state, seconds)

    # ---- receipts ----

    def test_receipts_for_what_others_sent_hold_up_none_of_ours(self):
        """A provider's account is shared: it tells us of everybody's messages."""
        mine = self.put(state=4, attempts=1)
        self.suite.sql("INSERT INTO notification.receipt (tenant_id, gateway, key, request_id, status, bad_address, code, parts) SELECT "
                       "'demo', 'sms', 'other-' || n, 'of somebody else ' || n, 1, false, '', 1 FROM generate_series(1, 1200) AS n")
        self.addCleanup(self.suite.sql, "DELETE FROM notification.receipt WHERE key LIKE 'other-%'")
        self.suite.sql("INSERT INTO notification.receipt (tenant_id, gateway, key, message_id, request_id, status, bad_address, code, "
                       "parts) VALUES ('demo', 'sms', 'mine', '%s', '', 1, false, '', 1)" % mine)
        self.until(mine, "delivered")

    def test_a_receipt_of_another_tenant_takes_nothing_away(self):
        mine = self.put(state=4, attempts=1)
        self.suite.sql("INSERT INTO notification.receipt (tenant_id, gateway, key, message_id, request_id, status, bad_address, code, "
                       "parts) VALUES ('another', 'sms', 'x%s', '%s', '', 1, false, '', 1), ('demo', 'sms', 'y%s', '%s', '', 2, false, "
                       "'', 1)" % (mine, mine, mine, mine))
        self.until(mine, "failed")

    def test_a_receipt_stops_what_waits_to_be_tried_again(self):
        mine = self.put(attempts=1, next_at="now() + interval '1 hour'")
        self.suite.sql("INSERT INTO notification.receipt (tenant_id, gateway, key, message_id, request_id, status, bad_address, code, "
                       "parts) VALUES ('demo', 'sms', '%s', '%s', '', 1, false, '', 1)" % (mine, mine))
        self.until(mine, "delivered")

    # ---- answers ----

    def test_an_answer_counts_though_the_call_was_given_up(self):
        """PostgreSQL was away for longer than a call may take: the answer comes after the other loop called it lost."""
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.provider.say = lambda path, body: (go_on.wait(15), (200, {"code": "0"}))[1]
        message = self.put()
        self.until(message, "sending")
        self.suite.sql("UPDATE notification.message_state SET changed_at = now() - interval '2 minutes' WHERE id = '%s'" % message)
        self.until(message, "unknown")
        go_on.set()
        self.until(message, "sent")

    def test_an_answer_counts_though_a_fail_over_forgot_that_the_call_was_begun(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.provider.say = lambda path, body: (go_on.wait(15), (200, {"code": "0"}))[1]
        message = self.put()
        self.until(message, "sending")
        self.desk.until(lambda: self.provider.times(message))
        self.suite.sql("UPDATE notification.message_state SET state = 1, attempts = 0 WHERE id = '%s'; DELETE FROM notification.attempt "
                       "WHERE message_id = '%s'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE "
                       "'redress-notification-send-%%' AND datname = current_database()" % (message, message))
        time.sleep(1)
        go_on.set()
        self.until(message, "sent")
        self.assertEqual((self.provider.times(message), self.teller.fates(message)), (1, ["sent"]))

    def test_zz_an_answer_that_is_too_long_holds_up_nobody(self):
        self.provider.say = lambda path, body: (200, {"code": "0", "sid": "".join(uuid.uuid4().hex for _ in range(1000))})
        first = self.put()
        self.desk.until(lambda: self.provider.times(first))
        self.provider.say = lambda path, body: (200, {"code": "0"})
        second = self.put()
        self.until(first, "sent")
        self.until(second, "sent")

    def test_one_answer_that_cannot_be_written_holds_up_no_other(self):
        """Whatever the reason: here PostgreSQL is told to refuse it."""
        self.suite.sql("ALTER TABLE notification.attempt ADD CONSTRAINT nothing_of_this CHECK (code <> 'http 418')")
        self.addCleanup(self.suite.sql, "ALTER TABLE notification.attempt DROP CONSTRAINT nothing_of_this")
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        wrong = []
        self.provider.say = lambda path, body: (go_on.wait(10), (418, {}) if wrong[0] in body else (200, {"code": "0"}))[1]
        wrong.append(str(uuid.uuid4()))
        others = [self.put() for _ in range(3)]
        self.put(message=wrong[0])
        others += [self.put() for _ in range(3)]
        for message in others + wrong:
            self.until(message, "sending")
        go_on.set()
        for message in others:
            self.until(message, "sent")
        self.until(self.put(), "sent")
        self.assertEqual(self.state(wrong[0]), "sending", "it will count as lost")

    # ---- whom ----

    def test_what_is_for_one_group_never_goes_to_another(self):
        self.provider.say = lambda path, body: (404 if path == "/hook" else 200, {})
        message = self.put(channel=WEBHOOK, gateway="hook")
        self.until(message, "failed")
        self.assertEqual(self.provider.times(message, "/other"), 0)

    def test_what_waits_for_a_gateway_that_is_gone_takes_another(self):
        message, group = self.put(gateway="removed", audience=LIST), self.put(gateway="removed")
        self.until(message, "failed", 40)
        shown = self.teller.show({"id": message})
        self.assertEqual((shown["code"], [call["gateway"] for call in shown["calls"]]), ("no address", ["sms"]), "it was its turn")
        self.until(group, "failed")
        self.assertEqual(self.teller.show({"id": group})["code"], "the gateway is gone", "nobody else is meant")

    # ---- when ----

    def test_what_waited_into_the_night_waits_for_the_morning(self):
        self.settle(quiet=ALL_DAY)
        message = self.put()
        self.until(message, "held")
        self.assertEqual(self.provider.times(message), 0)

    def test_what_was_told_23_hours_ago_counts(self):
        self.settle(limits={"sms_per_phone_day": 0, "sms_per_day": 1})
        self.suite.sql("DELETE FROM notification.quota; INSERT INTO notification.quota VALUES ('demo', '', date_trunc('hour', now() - "
                       "interval '23 hours 1 minute' - extract(minute FROM now()) * interval '1 minute'), 1)")
        self.addCleanup(self.suite.sql, "DELETE FROM notification.quota")
        message = self.put()
        self.until(message, "held")

    # ---- told together ----

    def together(self, **digest):
        """A digest and a message that it tells."""
        told_by = str(uuid.uuid4())
        told = self.put(state=2, held=2, digest=told_by, recipient="S0201")
        return self.put(message=told_by, **digest), told

    def test_what_a_digest_tells_expires_with_it(self):
        digest, told = self.together(event="digest", expires="-1 s", next_at="now() + interval '1 hour'")
        self.until(digest, "expired")
        self.until(told, "expired")
        self.assertEqual((self.teller.fates(digest), self.teller.fates(told)), (["expired"], ["expired"]))

    def test_what_a_digest_tells_is_cancelled_with_it(self):
        digest, told = self.together(event="digest", next_at="now() + interval '1 hour'")
        self.assertEqual(self.suite.ctl("notify", "cancel", told).status, 4, "the digest would tell it all the same")
        self.suite.must("notify", "cancel", digest)
        self.assertEqual(self.state(told), "cancelled")
        self.desk.until(lambda: self.teller.fates(digest) == self.teller.fates(told) == ["cancelled"])

    def test_what_a_digest_tells_is_lost_with_it(self):
        digest, told = self.together(event="digest", state=3, attempts=1, changed="2 minutes")
        self.until(digest, "unknown")
        self.until(told, "unknown")
        self.assertEqual((self.teller.fates(digest), self.teller.fates(told)), (["unknown"], ["unknown"]))

    def test_what_a_digest_tells_fails_with_it(self):
        self.provider.say = lambda path, body: (404, {})
        digest, told = self.together(event="digest")
        self.until(digest, "failed")
        self.assertEqual((self.teller.fates(digest), self.teller.fates(told)), (["failed"], ["failed"]))

    def test_what_a_digest_tells_waits_for_no_gateway_that_is_gone(self):
        digest, told = self.together(gateway="removed", event="digest")
        self.until(digest, "failed", 40)
        self.assertEqual((self.teller.fates(digest), self.teller.fates(told)), (["failed"], ["failed"]))

    def test_what_a_digest_tells_is_delivered_with_it(self):
        digest, told = self.together(state=4, attempts=1, event="digest")
        self.suite.sql("UPDATE notification.message_state SET state = 4 WHERE id = '%s'" % told)
        self.suite.sql("INSERT INTO notification.receipt (tenant_id, gateway, key, message_id, request_id, status, bad_address, code, "
                       "parts) VALUES ('demo', 'sms', '%s', '%s', '', 1, false, '', 1)" % (digest, digest))
        self.until(digest, "delivered")
        self.assertEqual((self.teller.fates(digest), self.teller.fates(told)), (["delivered"], ["delivered"]))

    def test_nobody_gives_up_on_what_a_digest_tells_but_on_the_digest(self):
        digest, told = self.together(state=7, attempts=1, changed="3 hours")
        self.suite.sql("UPDATE notification.message_state SET state = 7, changed_at = now() - interval '3 hours' WHERE id = '%s'" % told)
        self.desk.until(lambda: self.suite.sql("SELECT next_at FROM notification.message_state WHERE id = '%s'" % digest) == "infinity")
        self.assertNotEqual(self.suite.sql("SELECT next_at FROM notification.message_state WHERE id = '%s'" % told), "infinity")

    # ---- causes ----

    def test_a_cause_that_goes_while_the_call_is_under_way_is_not_told_later(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.provider.say = lambda path, body: (go_on.wait(20), (200, {"code": "later"}))[1]
        case = self.desk.submit("community_environment.rubbish")
        message = self.desk.until(lambda: [m for m in self.teller.messages(case) if (m["event"], m["audience"], m["state"]) ==
                                           ("registered", "complainant", "sending")])[0]["id"]
        self.desk.do(case, "withdraw", "complainant", why="已自行解决")
        self.desk.until(lambda: "withdrawn" in [m["event"] for m in self.teller.messages(case)])
        go_on.set()
        self.desk.until(lambda: self.state(message) in ("expired", "cancelled"))
        self.assertEqual(self.provider.times(message), 1)

    def test_what_was_withdrawn_before_anybody_looked_is_told_as_withdrawn_alone(self):
        self.suite.stop("notification")
        try:
            case = self.desk.submit("community_environment.rubbish")
            self.desk.do(case, "withdraw", "complainant", why="已自行解决")
            self.desk.until(lambda: "withdrawn" in case.events())
            time.sleep(1)
        finally:
            self.suite.start("notification")
        self.desk.until(lambda: ("withdrawn", "complainant", "", "sms") in self.teller.told(case))
        self.assertEqual(self.teller.message(case, "registered")["state"], "cancelled")

    # ---- settings ----

    def test_a_gateway_that_hangs_holds_up_nobody_who_changes_settings(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        self.provider.say = lambda path, body: (path == "/sms" and go_on.wait(18), (200, {"code": "0"}))[1]
        hanging = self.put()
        self.until(hanging, "sending")
        self.settle(limits={"sms_per_phone_day": 0, "sms_per_day": 100001})
        other = self.put(channel=WEBHOOK, gateway="hook")
        self.until(other, "sent", 5)
        go_on.set()
        self.until(hanging, "sent")

    def test_what_happens_while_a_secret_is_missing_is_told_once_it_is_there(self):
        self.addCleanup(self.teller.settle)
        self.addCleanup(self.write_secret)
        self.secret.unlink()
        self.suite.sql("UPDATE notification.settings SET content = content || ' '; UPDATE notification.settings_revision SET revision = "
                       "revision + 1")
        time.sleep(1.5)
        case = self.desk.submit("community_environment.rubbish")
        message = self.desk.until(lambda: self.teller.message(case, "registered"))
        self.assertEqual(message["state"], "queued")
        self.assertEqual(self.teller.get("/readyz")[0], 503)
        self.write_secret()
        self.teller.settle(limits={"sms_per_phone_day": 0, "sms_per_day": 100000})
        self.until(message["id"], "sent")


if __name__ == "__main__":
    unittest.main()
