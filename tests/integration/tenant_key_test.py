#!/usr/bin/env python3
# timeout: 600
"""A tenant whose data key does not open with the master key stops alone: nothing of it is lost, and nobody else waits for it."""
import json
import os
import pathlib
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Case, Desk  # noqa: E402
from gateways.process import free_ports  # noqa: E402
from suite import ROOT, Suite  # noqa: E402
from teller import Teller  # noqa: E402

DEMO = ROOT / "deploy/demo.d/tenant"
WHY = "tenant other: the master key (keys.file) does not open its data key"


class TenantKey(unittest.TestCase):
    def setUp(self):
        self.suite = suite = Suite("tenant_key").__enter__()
        self.addCleanup(suite.close)
        self.other_tenant()
        self.file = suite.folder / "sent.jsonl"
        gateways = {"trial": {"kind": "file", "settings": {"path": str(self.file)}},
                    "kannel": {"kind": "kannel", "settings": {"endpoint": "http://127.0.0.1:9/", "username": "u",
                                                              "password_file": str(self.secret())}}}
        self.teller = Teller(suite, gateways)
        suite.must("notify", "apply", "--tenant", "other", str(suite.folder / "notifications.yaml"))
        suite.ports["intake"], = free_ports(1)
        self.desk = Desk(suite)
        self.addCleanup(self.desk.close)

    def other_tenant(self):
        """All that the demo has, under another name."""
        folder = self.suite.folder / "other"
        folder.mkdir()
        for name in ("tenant.yaml", "staff.yaml", "prices.yaml"):
            text = (DEMO / name).read_text(encoding="utf-8").replace("../../policies", str(ROOT / "deploy/policies"))
            (folder / name).write_text(text.replace("tenant: demo", "tenant: other"), encoding="utf-8")
        self.suite.must("tenant", "apply", str(folder))

    def secret(self):
        path = self.suite.folder / "secret"
        path.write_text("x", encoding="utf-8")
        path.chmod(0o600)
        return path

    def damage(self):
        """One byte, as a bad disk or a wrong restore does it. Nobody raises a revision then."""
        self.suite.sql("CREATE TABLE public.kept AS SELECT data_key FROM intake.tenant WHERE tenant_id = 'other'; UPDATE intake.tenant SET "
                       "data_key = set_byte(data_key, 30, get_byte(data_key, 30) # 1) WHERE tenant_id = 'other'")

    def mend(self):
        self.suite.sql("UPDATE intake.tenant SET data_key = (SELECT data_key FROM public.kept) WHERE tenant_id = 'other'")

    def ready(self, daemon):
        teller = Teller.__new__(Teller)
        teller.url = "http://127.0.0.1:%d" % self.suite.ports[daemon]
        try:
            return teller.get("/readyz")
        except OSError:
            return 0, ""

    def until_ready(self, daemon, status, *texts):
        def holds():
            got, body = self.ready(daemon)
            return got == status and all(text in body for text in texts)
        self.desk.until(holds)

    def log_lines(self, daemon, text):
        return [line for line in (self.suite.folder / (daemon + ".log")).read_text(encoding="utf-8").splitlines() if text in line]

    def send(self, reference, tenant):
        self.desk.publish("redress.submissions.v1", "k", {
            "tenant": tenant, "source": "desk", "sourceEventId": reference, "channel": "CHANNEL_WEBSITE", "projectCode": "YHHY",
            "receivedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "building": "3", "unit": reference[:4],
            "complainant": {"name": "章德顺", "phone": "13900006301"}, "description": "楼下垃圾没有清理", "demand": "请尽快清理"})

    def test_its_submissions_are_set_aside_and_registered_once_it_is_mended(self):
        self.damage()
        self.suite.start("relay", "intake")
        references = [uuid.uuid4().hex for _ in range(6)]
        for i, reference in enumerate(references):
            self.send(reference, ("demo", "other")[i % 2])
        for reference in references[::2]:
            self.assertEqual(self.desk.answer(reference)["result"], "OUTCOME_RESULT_ACCEPTED")
        letters = self.desk.until(lambda: (lambda rows: rows if len(rows) == 3 else None)(
            self.suite.must("dead-letters", "list", "--tenant", "other", "--output", "json").json))
        self.assertEqual({(m["reason"], m["kept"], m["source"]) for m in letters}, {("tenant_broken", True, "desk")})
        self.assertEqual({m["sourceEventId"] for m in letters}, set(references[1::2]))
        self.assertIn("does not open its data key", letters[0]["message"])
        self.until_ready("intake", 503, WHY)
        time.sleep(11)
        self.assertEqual(len(self.log_lines("intake", "nothing of this tenant can be taken")), 1, "told once, not each time it is looked at")
        self.mend()
        self.until_ready("intake", 200)
        self.suite.must("dead-letters", "retry", *[m["id"] for m in letters])
        for reference in references[1::2]:
            self.assertEqual(self.desk.answer(reference)["result"], "OUTCOME_RESULT_ACCEPTED", "the first answer that its sender gets")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM intake.complaint WHERE tenant_id = 'other'"), "3")

    def message(self, cases, tenant):
        """What its complainant is told of the registration; both tenants' cases have the same number."""
        return self.desk.until(lambda: [m for m in self.teller.messages(cases[tenant], tenant=tenant)
                                        if (m["event"], m["audience"]) == ("registered", "complainant")])[0]

    def test_its_messages_are_planned_and_wait(self):
        self.suite.start("relay", "intake", "dispatch")
        cases = {}
        for tenant in ("demo", "other"):
            reference = uuid.uuid4().hex
            self.send(reference, tenant)
            cases[tenant] = Case(self.desk, self.desk.answer(reference))
        self.damage()
        self.suite.start("notification")
        self.desk.until(lambda: self.message(cases, "demo")["state"] == "sent")
        waiting = self.message(cases, "other")
        self.assertEqual((waiting["state"], waiting["channel"]), ("queued", "sms"))
        self.until_ready("notification", 503, WHY)
        wrong = "/receipts/%s/kannel/" + "0" * 32
        self.assertEqual(self.teller.get(wrong % "demo")[0], 404)
        self.assertEqual(self.teller.get(wrong % "other")[0], 503, "whose it is cannot be seen now: it may come again")
        time.sleep(11)
        self.assertEqual(len(self.log_lines("notification", "nobody of this tenant is told anything")), 1)
        self.assertEqual(self.message(cases, "other")["state"], "queued")
        self.mend()
        self.until_ready("notification", 200)
        self.desk.until(lambda: self.message(cases, "other")["state"] == "sent")
        sent, = [m for m in map(json.loads, self.file.read_text(encoding="utf-8").splitlines()) if m["id"] == waiting["id"]]
        self.assertEqual(sent["to"], "+8613900006301")

    def test_a_master_key_that_opens_no_tenant_ends_the_daemons(self):
        os.remove(self.suite.folder / "master.key")
        self.suite.must("keys", "new", str(self.suite.folder / "master.key"))
        self.suite.sql("UPDATE journal.cursor SET epoch = journal.current_epoch()")
        self.suite.start("intake", "notification")
        for daemon in ("intake", "notification"):
            self.assertNotEqual(self.suite.daemons.pop(daemon).wait(30), 0)
            self.assertTrue(self.log_lines(daemon, "does not open its data key, nor that of any other tenant"))


if __name__ == "__main__":
    unittest.main()
