#!/usr/bin/env python3
"""The sample clients for integrators, run as an integrator runs them."""
# timeout: 300
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import unittest
import uuid
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from suite import ROOT, Suite  # noqa: E402

CLIENTS = ROOT / "deploy/samples/clients"
COMPLAINT = CLIENTS / "complaint.json"
COMMAND = CLIENTS / "command.json"


def kafka_jars():
    folder = os.environ.get("REDRESS_KAFKA_LIB") or os.path.join(os.environ.get("STATE", ""), "kafka-lib")
    assert list(pathlib.Path(folder).glob("kafka-clients-*.jar")), "no Kafka jars in %s: run through tests/run" % folder
    return folder


class Clients(unittest.TestCase):
    today = datetime.now(timezone.utc).replace(microsecond=0)

    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("clients").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start("relay", "intake", "dispatch")
        # A record that is refused, so that everything is warm and the clients' own patience is enough.
        answer = cls.suite.ctl("submit", "-", "--no-validate", "--timeout", "90",
                               stdin='{"tenant":"warm","source":"up","sourceEventId":"1"}')
        assert answer.status == 1, answer.err

    def run_client(self, *command, complaint=None, env=None):
        file = COMPLAINT
        if complaint is not None:
            file = self.suite.folder / "complaint.json"
            file.write_text(json.dumps(complaint, ensure_ascii=False), encoding="utf-8")
        command = [str(file) if part is COMPLAINT else str(part) for part in command]
        return subprocess.run(command, env=dict(self.suite.env, **(env or {})), capture_output=True, text=True,
                              check=False, timeout=120, cwd=self.suite.folder)

    def accepted(self, done, encoding):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        outcome = json.loads(done.stdout)
        self.assertEqual(outcome["result"], "OUTCOME_RESULT_ACCEPTED")
        shown = self.suite.must("complaint", "show", outcome["complaintNumber"], "--output", "json").json
        self.assertEqual(shown["sourceEventId"], outcome["sourceEventId"])
        sent = [r for r in self.suite.must("decode", "submissions").lines if r["key"].endswith(outcome["sourceEventId"])]
        self.assertEqual([r["encoding"] for r in sent], [encoding])
        self.assertEqual(sent[0]["headers"]["ce_id"], outcome["sourceEventId"])

    def acts(self, *client, env=None):
        """A command to a complaint of ours: done, known already, and not allowed."""
        submitted = self.suite.must("submit", "-", "--output", "json", stdin=json.dumps(dict(
            json.loads(COMPLAINT.read_text(encoding="utf-8")), sourceEventId=str(uuid.uuid4()),
            receivedAt=self.today.isoformat()))).json
        number = submitted[0]["number"]
        end = time.monotonic() + 30
        while self.suite.must("complaint", "show", number, "--output", "json").json["status"] != "assigned":
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        command = dict(json.loads(COMMAND.read_text(encoding="utf-8")), complaintNumber=number, commandId=number)
        archive = {k: v for k, v in command.items() if k != "contact"}
        for body, status, result in ((command, 0, "ACCEPTED"), (command, 0, "DUPLICATE"),
                                     (dict(archive, commandId=number + "-2", archive={}), 4, "REFUSED"),
                                     (dict(command, commandId=number + "-3", contact={}), 1, "REJECTED")):
            done = self.run_client(*client, "--command", COMPLAINT, complaint=body, env=env)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)
            self.assertEqual(json.loads(done.stdout)["result"], "OUTCOME_RESULT_" + result)

    def test_the_command_is_valid(self):
        self.suite.must("act", "--file", str(COMMAND), "--dry-run")

    def refused(self, *command):
        complaint = json.loads(COMPLAINT.read_text(encoding="utf-8"))
        complaint["projectCode"] = "NOWHERE"
        done = self.run_client(*command, complaint=complaint)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual([(p["path"], p["code"]) for p in json.loads(done.stdout)["problems"]],
                         [("project_code", "unknown_project")])

    def conflict(self, *command):
        """The same reference: once more the same, then another time of receipt, that is, other content."""
        complaint = json.loads(COMPLAINT.read_text(encoding="utf-8"))
        for days, status in ((2, 0), (2, 0), (1, 4)):
            complaint["receivedAt"] = (self.today - timedelta(days=days)).isoformat()
            done = self.run_client(*command, complaint=complaint)
            self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    def test_python_json(self):
        self.accepted(self.run_client(sys.executable, CLIENTS / "python/submit.py", COMPLAINT), "json")
        self.refused(sys.executable, CLIENTS / "python/submit.py", COMPLAINT)
        self.conflict(sys.executable, CLIENTS / "python/submit.py", COMPLAINT, "--reference", "python-twice")
        self.acts(sys.executable, CLIENTS / "python/submit.py")

    def test_python_protobuf(self):
        classes = self.suite.folder / "classes"
        classes.mkdir()
        protos = [str(p) for p in (ROOT / "proto/redress/v1").glob("*.proto")]
        subprocess.run(["protoc", "-I", str(ROOT / "proto"), "--python_out", str(classes), *protos], check=True)
        self.accepted(self.run_client(sys.executable, CLIENTS / "python/submit.py", COMPLAINT, "--protobuf",
                                      env={"PYTHONPATH": str(classes)}), "protobuf")
        self.acts(sys.executable, CLIENTS / "python/submit.py", "--protobuf", env={"PYTHONPATH": str(classes)})

    def test_java(self):
        java = ("java", "-XX:TieredStopAtLevel=1", "-cp", kafka_jars() + "/*", CLIENTS / "java/Submit.java", COMPLAINT)
        self.accepted(self.run_client(*java), "json")
        self.refused(*java)
        self.acts(*java[:-1])

    def test_kcat(self):
        self.assertTrue(shutil.which("kcat"))
        self.accepted(self.run_client(CLIENTS / "kcat.sh", COMPLAINT), "json")
        self.refused(CLIENTS / "kcat.sh", COMPLAINT)

    def test_missing(self):
        """No topic, no Kafka: a sentence that names it, and the status that the README promises."""
        for command in ((sys.executable, CLIENTS / "python/submit.py", COMPLAINT), (CLIENTS / "kcat.sh", COMPLAINT),
                        ("java", "-XX:TieredStopAtLevel=1", "-cp", kafka_jars() + "/*", CLIENTS / "java/Submit.java",
                         COMPLAINT)):
            for env in ({"REDRESS_KAFKA_TOPIC_PREFIX": "nowhere."}, {"REDRESS_KAFKA": "127.0.0.1:9"}):
                done = self.run_client(*command, env=env)
                self.assertEqual((done.returncode, done.stdout), (5, ""), done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn("Kafka at " + env.get("REDRESS_KAFKA", self.suite.env["REDRESS_KAFKA"]), done.stderr)


if __name__ == "__main__":
    unittest.main()
