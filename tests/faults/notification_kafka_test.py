#!/usr/bin/env python3
# timeout: 300
"""Row 13 for messages: Kafka is away. What is queued goes on leaving, what happens meanwhile is told when it is back, once."""
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from gateways.process import free_ports  # noqa: E402
from suite import ROOT, Suite  # noqa: E402
from teller import Teller  # noqa: E402


class Kafka:
    """A broker of the test's own, that may be killed."""

    def __init__(self, folder):
        self.folder, (self.port, _) = folder, free_ports(2)
        folder.mkdir()
        self.start()

    def do(self, *arguments):
        subprocess.run([ROOT / "deploy/local/server", "kafka", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def start(self):
        self.do("start", self.folder, self.port)

    def kill(self):
        self.do("kill", self.folder)

    def stop(self):
        self.do("stop", self.folder)


class Away(unittest.TestCase):
    def test_what_is_queued_leaves_and_the_rest_is_told_later(self):
        base = pathlib.Path(os.environ["REDRESS_TEST_TMP"]) / ("kafka%d" % os.getpid())
        base.mkdir()
        kafka = Kafka(base / "kafka")
        self.addCleanup(kafka.stop)
        os.environ["REDRESS_TEST_KAFKA"] = "127.0.0.1:%d" % kafka.port
        suite = self.enterContext(Suite("nkafka"))
        teller = Teller(suite, {"trial": {"kind": "file", "settings": {"path": str(suite.folder / "sent.jsonl")}}},
                        quiet={"from": "00:00", "to": "23:59"})
        suite.start(*Teller.DAEMONS)
        desk = Desk(suite)
        self.addCleanup(desk.close)
        case = desk.submit("community_environment.rubbish")
        desk.until(lambda: (teller.message(case, "registered") or {}).get("state") == "held")

        kafka.kill()
        time.sleep(1)
        suite.must("notify", "release", teller.message(case, "registered")["id"])
        desk.until(lambda: teller.message(case, "registered")["state"] == "sent")
        suite.check()

        kafka.start()
        teller.settle()
        desk.until(lambda: teller.get("/readyz")[0] == 200, 90)
        again = desk.submit("community_environment.rubbish")
        desk.until(lambda: len(teller.told(again)) >= 2, 90)
        told = desk.until(lambda: [r for r in suite.must("decode", "notifications").lines if r["value"]["messageId"] ==
                                   teller.message(case, "registered")["id"]], 60)
        self.assertEqual(len(told), 1, "what was sent meanwhile is told on the topic, once")


if __name__ == "__main__":
    unittest.main()
