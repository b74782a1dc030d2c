#!/usr/bin/env python3
# timeout: 600
"""Who is told what, by the real daemon, through files that stand for gateways: what real ones do is in notify_gateways_test."""
import json
import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from desk import Desk  # noqa: E402
from suite import Suite  # noqa: E402

SERVICE = "S0200"
DAEMONS = ("relay", "intake", "dispatch", "watchdog", "notification")


class Teller:
    """The demo tenant with a file for a gateway, and what is in it."""

    def __init__(self, suite):
        self.suite, self.file = suite, suite.folder / "sent.jsonl"
        self.settle()

    def settle(self, **more):
        settings = {"sign": "示范地产", "mail": {"from": "service@example.com", "name": "客户服务"},
                    "quiet": {"from": "00:00", "to": "00:00"},
                    "gateways": [{"gateway": "trial", "kind": "file", "settings": {"path": str(self.file)}}]}
        settings.update(more)
        path = self.suite.folder / "notifications.yaml"
        path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
        return self.suite.must("notify", "apply", "--tenant", "demo", str(path))

    def sent(self, **about):
        """What was written, of these channels and texts."""
        lines = self.file.read_text(encoding="utf-8").splitlines() if self.file.exists() else []
        return [m for m in map(json.loads, lines) if all(value in m[name] for name, value in about.items())]


class Notification(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("notification").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.teller = Teller(cls.suite)
        cls.suite.start(*DAEMONS)
        cls.desk = Desk(cls.suite)
        cls.addClassCleanup(cls.desk.close)

    def messages(self, case, **filters):
        arguments = [text for name, value in filters.items() for text in ("--" + name, value)]
        listed = self.suite.must("notify", "list", "--number", case.number, "--limit", "1000", "--output", "json", *arguments).json
        return list(reversed(listed))

    def told(self, case, state="sent"):
        """(event, audience, recipient, channel) of what is in this state, in the order in which it was planned."""
        return [(m["event"], m["audience"], m["recipient"], m["channel"]) for m in self.messages(case) if m["state"] == state]

    def test_registered_and_assigned_are_told_once_each(self):
        case = self.desk.submit("community_environment.rubbish")
        self.desk.until(lambda: len(self.told(case)) >= 2)
        self.assertEqual(self.told(case), [("registered", "complainant", "", "sms"), ("assigned", "handler", case.handler, "sms")])
        self.assertEqual(len(self.teller.sent(channel="sms", text=case.number)), 2)


if __name__ == "__main__":
    unittest.main()
