#!/usr/bin/env python3
# timeout: 300
"""What waits for a place: a quick gateway finds the next messages ready, committed as sending and not called yet. It never gets more
calls at a time than it may, and what was ready and never called goes back, once."""
import pathlib
import re
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from gateways.process import until  # noqa: E402
from gateways.provider import Provider  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402

PLACES = 4


class Places(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("places").__enter__()
        cls.addClassCleanup(suite.close)
        cls.provider = Provider()
        cls.addClassCleanup(cls.provider.close)
        sms = {"kind": "http", "in_flight": PLACES, "timeout_seconds": 30,
               "settings": {"endpoint": cls.provider.url("/sms"), "body": '{"id":"{{id}}"}', "success_at": "/code", "code_at": "/code"}}
        cls.teller = Teller(suite, {"sms": sms})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    def setUp(self):
        self.go_on = threading.Event()
        self.addCleanup(self.go_on.set)
        self.provider.heard.clear()

    def queue(self, count):
        """So many messages at a time, to groups: they need no address."""
        self.suite.sql(
            "WITH m AS (INSERT INTO notification.message (id, tenant_id, number, event, version, cause, audience, recipient, channel, "
            "others, template, locale, urgency, facts, created_at) SELECT gen_random_uuid(), 'demo', '', 'registered', 0, '', 9, '', 1, "
            "'{}', 'test', 'zh-CN', 2, '{\"tenant\":\"t\",\"sign\":\"s\"}', now() FROM generate_series(1, %d) RETURNING id) "
            "INSERT INTO notification.message_state (id, tenant_id, gateway, state, held, urgency, next_at, lane, expires_at, changed_at) "
            "SELECT id, 'demo', 'sms', 1, 0, 2, now(), hashtext(id::text), now() + interval '1 day', now() FROM m" % count)

    def hang_after(self, count):
        """The provider is quick, and then it takes what comes and says nothing until go_on is set."""
        def say(*_):
            if len(self.provider.heard) > count:
                self.go_on.wait(20)
            return 200, {"code": "0"}
        self.provider.say = say

    def hangs(self):
        until(lambda: self.provider.running == PLACES, "all places taken", 20, 0.01)

    def not_called(self):
        return int(self.suite.sql("SELECT count(*) FROM notification.attempt WHERE code = 'not called'"))

    def all_sent_once(self, seconds=60):
        self.desk.until(lambda: self.suite.sql("SELECT count(*) FROM notification.message_state WHERE state <> 4") == "0", seconds)
        heard = [re.search('"id":"([^"]+)"', body).group(1) for _, body in self.provider.heard]
        self.assertEqual(len(heard), len(set(heard)), "twice")
        self.assertLessEqual(self.provider.most, PLACES)

    def test_a_quick_gateway_never_has_more_calls_than_places(self):
        self.hang_after(0)
        self.queue(400)
        self.hangs()
        self.go_on.set()
        self.all_sent_once()
        self.assertEqual(len(self.provider.heard), 400)

    def test_what_was_ready_goes_back_when_its_gateway_hangs(self):
        before = self.not_called()
        self.hang_after(60)
        self.queue(200)
        self.hangs()
        self.desk.until(lambda: self.not_called() > before, 20)
        self.go_on.set()
        self.all_sent_once()

    def test_what_was_ready_goes_back_when_the_daemon_ends(self):
        before = self.not_called()
        self.hang_after(60)
        self.queue(200)
        self.hangs()
        threading.Timer(1, self.go_on.set).start()
        self.suite.stop("notification")
        states = self.suite.sql("SELECT DISTINCT state FROM notification.message_state ORDER BY state").split()
        self.assertEqual(states, ["1", "4"], "queued and sent: nobody need ask what became of any")
        self.assertGreater(self.not_called(), before)
        self.suite.start("notification")
        self.all_sent_once()

    def test_calls_go_on_while_postgresql_works(self):
        """A statement that takes a second: what is answered meanwhile gives its place on."""
        self.hang_after(60)
        self.queue(200)
        self.hangs()
        lock = threading.Thread(target=self.suite.sql, args=("BEGIN; LOCK TABLE notification.attempt; SELECT pg_sleep(2); COMMIT",))
        lock.start()
        time.sleep(0.3)
        heard = len(self.provider.heard)
        self.go_on.set()
        until(lambda: len(self.provider.heard) > heard, "the next call", 1.2, 0.01)
        lock.join()
        self.all_sent_once()


if __name__ == "__main__":
    unittest.main()
