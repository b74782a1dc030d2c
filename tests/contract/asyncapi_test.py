#!/usr/bin/env python3
"""docs/asyncapi.json: what redressctl makes now, right after the official parser, and true of what is on the topics."""
# timeout: 300
import json
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from suite import ROOT, Suite  # noqa: E402

DOCUMENT = ROOT / "docs/asyncapi.json"
TOPICS = ("submissions", "complaints", "outcomes", "dead-letters")


def check(*files):
    modules = os.environ.get("REDRESS_NODE_MODULES", str(ROOT / "node_modules"))
    return subprocess.run(["node", ROOT / "tests/support/asyncapi_check.js", *files], capture_output=True, text=True,
                          check=False, env=dict(os.environ, NODE_PATH=modules))


class Document(unittest.TestCase):
    def test_is_fresh(self):
        made = subprocess.run([pathlib.Path(os.environ["REDRESS_BIN"]) / "redressctl", "asyncapi"], capture_output=True,
                              text=True, check=True).stdout
        self.assertEqual(DOCUMENT.read_text(encoding="utf-8"), made,
                         "run: redressctl asyncapi > docs/asyncapi.json")

    def test_the_parser_takes_it(self):
        done = check(DOCUMENT)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_check_can_fail(self):
        document = json.loads(DOCUMENT.read_text(encoding="utf-8"))
        document["channels"]["outcomes"]["messages"] = "none"
        broken = pathlib.Path(os.environ.get("REDRESS_TEST_TMP", "/tmp")) / "asyncapi-broken.json"
        broken.write_text(json.dumps(document))
        self.assertEqual(check(broken).returncode, 1)


class Records(unittest.TestCase):
    """Everything that the demo's recording leaves on the topics."""

    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("asyncapi").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start("relay", "intake", "dispatch")
        cls.suite.must("replay", str(ROOT / "deploy/samples/complaints.jsonl"), "--timeout", "90", "--report", "report.jsonl")
        cls.report = [json.loads(line) for line in (cls.suite.folder / "report.jsonl").read_text().splitlines()]

    def records(self):
        """Of the submissions only those that were taken: the others are wrong on purpose."""
        taken = {(r["partition"], r["offset"]) for r in self.report if r["result"] in ("ACCEPTED", "DUPLICATE", "CONFLICT")}
        for topic in TOPICS:
            for record in self.suite.must("decode", topic, "--reveal").lines:
                if topic != "submissions" or (record["partition"], record["offset"]) in taken:
                    yield record

    def write(self, records):
        file = self.suite.folder / "records.jsonl"
        file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
        return file

    def test_are_as_promised(self):
        records = list(self.records())
        self.assertEqual({r["topic"] for r in records}, {"redress.%s.v1" % t for t in TOPICS})
        done = check(DOCUMENT, self.write(records))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("%d records" % len(records), done.stdout)

    def test_others_are_noticed(self):
        record = next(r for r in self.records() if r["topic"] == "redress.outcomes.v1")
        for part, name, value in (("value", "result", "MAYBE"), ("headers", "ce_type", "redress.v1.Other"),
                                  ("value", "problems", "none")):
            wrong = json.loads(json.dumps(record))
            wrong[part][name] = value
            self.assertEqual(check(DOCUMENT, self.write([wrong])).returncode, 1, name)


if __name__ == "__main__":
    unittest.main()
