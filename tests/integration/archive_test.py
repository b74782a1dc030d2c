#!/usr/bin/env python3
"""The record: packages that prove themselves, erasure that leaves nothing behind, anchors that miss what is gone (R47, R49).

One story on real servers: six complaints, of which one is erased, one is held, one is merged, one is opened again and one
disappears."""
# timeout: 300
import base64
import hashlib
import json
import pathlib
import struct
import subprocess
import sys
import tarfile
import time
import unittest
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import Producer

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from suite import Suite  # noqa: E402

RECEIVED = (datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)).isoformat()
PHONE, NAME, UNIT = "13900006023", "章德顺", "1203室"
TEXT, DEMAND, WHY, NOTE = "主卧天花板滴水金丝雀", "尽快上门查漏金丝雀", "已自行修好金丝雀", "明早九点金丝雀上门"
CANARIES = (PHONE, NAME, UNIT, TEXT, DEMAND, WHY, NOTE, "photo-canary.jpg")
SUPERUSER = "SET session_replication_role = replica; "


def submission(reference, canary):
    return json.dumps({
        "categoryCode": "non_complaint.consultation" if reference == "AGAIN" else "",
        "tenant": "demo", "source": "ctl", "sourceEventId": reference, "channel": "CHANNEL_WEBSITE", "receivedAt": RECEIVED,
        "projectCode": "YHHY", "building": "3", "unit": UNIT if canary else "0301",
        "complainant": {"name": NAME if canary else "王小明", "phone": PHONE if canary else "13900006099"},
        "description": TEXT if canary else "大门坏了", "demand": DEMAND if canary else "请修",
        "evidence": [{"uri": "s3://evidence/photo-%s.jpg" % ("canary" if canary else "x"), "mediaType": "image/jpeg",
                      "sha256": base64.b64encode(hashlib.sha256(reference.encode()).digest()).decode(), "size": "1000"}],
    }, ensure_ascii=False)


class Story(unittest.TestCase):
    """Tests run in the order of their names: each goes on where the one before has ended."""

    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("archive").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.must("keys", "new-signing", "signing.key")
        cls.suite.env["REDRESS_KEYS_SIGNING_FILE"] = str(cls.suite.folder / "signing.key")
        cls.suite.env["REDRESS_DISPATCH_ANCHORS_FILE"] = str(cls.suite.folder / "anchors.jsonl")
        cls.suite.start("relay", "intake", "dispatch")
        cls.producer = Producer({"bootstrap.servers": cls.suite.brokers})
        cls.number = {}
        for reference in ("ERASED", "HELD", "MERGED", "GONE", "OPEN", "AGAIN"):
            rows = cls.suite.must("submit", "-", "--timeout", "90", "--output", "json",
                                  stdin=submission(reference, reference == "ERASED")).json
            cls.number[reference] = rows[0]["number"]
            # each in transactions of its own: one can be taken out and leaves no hole in a batch
            cls.wait("SELECT count(*) FROM dispatch.case_state", str(len(cls.number)))

    @classmethod
    def wait(cls, sql, wanted, seconds=60):
        end = time.monotonic() + seconds
        while cls.suite.sql(sql) != wanted:
            assert time.monotonic() < end, "%s: %s, not %s" % (sql, cls.suite.sql(sql), wanted)
            time.sleep(0.1)

    def id_of(self, reference):
        return self.suite.sql("SELECT id FROM intake.complaint WHERE source_event_id = '%s'" % reference)

    def command(self, reference, actor, what, **fields):
        """Sends it and waits until it was carried out."""
        before = self.suite.sql("SELECT version FROM dispatch.case_state WHERE complaint_id = '%s'" % self.id_of(reference))
        value = {"tenant": "demo", "source": "ctl", "commandId": str(uuid.uuid4()), "complaintNumber": self.number[reference],
                 "actor": actor, what: fields}
        self.producer.produce(self.suite.prefix + "redress.commands.v1", json.dumps(value).encode(), reference,
                              headers={"content-type": "application/json"})
        self.producer.flush()
        self.wait("SELECT version > %s FROM dispatch.case_state WHERE complaint_id = '%s'" % (before, self.id_of(reference)), "t")

    def status(self, reference):
        return self.suite.must("complaint", "show", self.number[reference], "--output", "json").json["status"]

    def restart(self, *names):
        """Timers run when a daemon starts."""
        for name in names:
            self.suite.stop(name)
        self.suite.start(*names)

    def parts(self, name):
        with tarfile.open(self.suite.folder / name) as tar:
            return {m.name: tar.extractfile(m).read() for m in tar.getmembers()}

    def canaries_in_database(self):
        """Everything that a dump of all tables has: as text, and as the hexadecimal of a bytea."""
        dump = subprocess.run(["pg_dump", "-a", "-d", self.suite.uri], capture_output=True, text=True, check=True).stdout
        return {c for c in CANARIES if c in dump or c.encode().hex() in dump}

    # ---- packages ----

    def test_1_a_package_has_no_text_unless_it_is_asked_for_with_a_reason(self):
        self.command("ERASED", "complainant", "note", text=NOTE)
        self.command("ERASED", "complainant", "withdraw", why=WHY)
        told = self.suite.must("archive", "export", self.number["ERASED"], "--out", "plain.tar", "--output", "json").json
        self.assertEqual(told, {"file": "plain.tar", "number": self.number["ERASED"], "entries": 4, "revealed": False})
        plain = (self.suite.folder / "plain.tar").read_bytes()
        for canary in CANARIES:
            self.assertNotIn(canary.encode(), plain)
        self.assertEqual((self.suite.folder / "plain.tar").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.suite.ctl("archive", "export", self.number["ERASED"], "--reveal").status, 2)
        self.assertEqual(self.suite.sql("SELECT count(*) FROM journal.disclosure"), "0")
        self.suite.must("archive", "export", self.number["ERASED"], "--out", "full.tar", "--reveal", "--why", "法院调取")
        self.assertEqual([t["text"] for t in map(json.loads, self.parts("full.tar")["texts.jsonl"].splitlines())],
                         [TEXT, DEMAND, NOTE, WHY])
        self.assertEqual(self.suite.sql("SELECT why, manifest FROM journal.disclosure"),
                         "法院调取|\\x" + hashlib.sha256(self.parts("full.tar")["manifest.json"]).hexdigest())
        self.assertEqual(self.suite.ctl("archive", "export", self.number["ERASED"], "--out", "full.tar").status, 4)

    def test_2_a_package_holds_without_server_and_settings(self):
        for name in ("plain.tar", "full.tar"):
            done = subprocess.run([self.suite.bin / "redressctl", "archive", "verify", name, "--key", "signing.key.pub",
                                   "--output", "json"], cwd=self.suite.folder, env={}, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertEqual((report["entries"], report["texts"], report["keyCompared"]), (4, 4, True))
        self.suite.must("keys", "new-signing", "other.key")
        done = self.suite.ctl("archive", "verify", "full.tar", "--key", "other.key.pub")
        self.assertEqual(done.status, 1)
        self.assertIn("another key than yours", done.err)

    def test_3_an_expert_comes_to_the_same_with_other_tools(self):
        """Python and openssl after README.txt: nothing here was written by the same hand in C."""
        parts = self.parts("full.tar")
        manifest = json.loads(parts["manifest.json"])
        for part in manifest["parts"]:
            self.assertEqual(hashlib.sha256(parts[part["name"]]).hexdigest(), part["sha256"])
        for name in ("manifest.json", "manifest.sig", "signing-key.pem"):
            (self.suite.folder / name).write_bytes(parts[name])
        subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "signing-key.pem", "-rawin", "-in", "manifest.json",
                        "-sigfile", "manifest.sig"], cwd=self.suite.folder, check=True, stdout=subprocess.DEVNULL)
        head = bytes(32)
        for version, line in enumerate(parts["events.jsonl"].splitlines(), 1):
            e = json.loads(line)
            at = datetime.fromisoformat(e["recordedAt"].replace("Z", "+00:00")) - datetime(1970, 1, 1, tzinfo=timezone.utc)
            fields = (e["topic"].encode(), e["key"].encode(), uuid.UUID(e["eventId"]).bytes, e["tenant"].encode(),
                      uuid.UUID(e["complaintId"]).bytes, e["type"].encode(), e["headers"].encode(), struct.pack(">q", e["version"]),
                      struct.pack(">q", at // timedelta(microseconds=1)), base64.b64decode(e["payloadBase64"]))
            entry = head + b"redress-entry-1\0" + b"".join(struct.pack(">q", len(f)) + f for f in fields)
            self.assertEqual((e["version"], e["prevHash"], e["hash"]), (version, head.hex(), hashlib.sha256(entry).hexdigest()))
            head = bytes.fromhex(e["hash"])
        self.assertEqual(head.hex(), manifest["head"])
        for text in map(json.loads, parts["texts.jsonl"].splitlines()):
            self.assertEqual(hashlib.sha256(text["text"].encode()).hexdigest(), text["sha256"])

    # ---- keeping and erasing ----

    def test_4_what_is_over_is_archived_when_it_cannot_be_opened_again(self):
        self.command("HELD", "complainant", "withdraw", why="已解决")
        self.command("HELD", "S0200", "setLegalHold", why="诉讼")
        self.command("MERGED", "S0200", "merge", into=self.number["OPEN"], why="同一事项")
        self.restart("dispatch")
        self.assertEqual(self.suite.must("archive", "due", "--output", "json").json, [])
        self.suite.sql("UPDATE dispatch.case_state SET closed_at = closed_at - interval '31 days' WHERE closed_at IS NOT NULL")
        due = {r["number"]: (r["step"], r["waitsFor"]) for r in self.suite.must("archive", "due", "--output", "json").json}
        self.assertEqual(due, {self.number["ERASED"]: ("archive", None), self.number["HELD"]: ("archive", None),
                               self.number["MERGED"]: ("archive", "merged_into")})
        self.restart("dispatch")
        self.wait("SELECT count(*) FROM dispatch.case_view WHERE status = 'archived'", "2")
        self.assertEqual((self.status("ERASED"), self.status("HELD"), self.status("MERGED")), ("archived", "archived", "merged"))
        kept = self.suite.sql("SELECT round(extract(epoch FROM retain_until_at - closed_at) / 86400) FROM dispatch.case_state "
                              "WHERE complaint_id = '%s'" % self.id_of("ERASED"))
        self.assertEqual(kept, "1097")  # three years of 365.2425 days and the day after the close

    def test_4b_the_time_of_a_case_that_is_opened_again_begins_anew(self):
        handler = self.suite.must("complaint", "show", self.number["AGAIN"], "--output", "json").json["handler"]
        self.command("AGAIN", handler, "answer", channel="CONTACT_CHANNEL_PHONE", text="周末也可办理")
        self.command("AGAIN", handler, "close")
        self.command("AGAIN", "S0200", "archive")
        kept = "SELECT retain_until_at IS NOT NULL FROM dispatch.case_state WHERE complaint_id = '%s'" % self.id_of("AGAIN")
        self.assertEqual(self.suite.sql(kept), "t")
        self.command("AGAIN", "complainant", "reopen", why="还是不清楚")
        self.assertEqual(self.suite.sql(kept), "f")
        self.command("AGAIN", "complainant", "withdraw", why="清楚了")
        due = self.suite.must("archive", "due", "--before", "2100-01-01T00:00:00Z", "--output", "json").json
        self.assertEqual([r["step"] for r in due if r["number"] == self.number["AGAIN"]], ["archive"])

    def test_5_nothing_is_erased_before_its_time_and_nothing_that_is_held(self):
        self.restart("dispatch")
        self.suite.sql("UPDATE dispatch.case_state SET retain_until_at = now() - interval '1 second' WHERE retain_until_at IS NOT NULL")
        due = {r["number"]: (r["step"], r["waitsFor"]) for r in self.suite.must("archive", "due", "--output", "json").json}
        self.assertEqual({n: due[self.number[n]] for n in ("ERASED", "HELD")},
                         {"ERASED": ("erase", None), "HELD": ("erase", "legal_hold")})
        self.assertEqual(self.status("ERASED"), "archived")  # the look changed nothing
        self.assertEqual(self.canaries_in_database(), {TEXT, DEMAND, NOTE, WHY, "photo-canary.jpg"})  # the rest is sealed
        self.restart("dispatch")
        self.wait("SELECT count(*) FROM dispatch.erased_view", "1")
        self.assertEqual((self.status("ERASED"), self.status("HELD")), ("erased", "archived"))

    def test_6_of_what_was_erased_nothing_personal_is_left(self):
        self.restart("intake")
        self.wait("SELECT count(*) FROM intake.complaint_detail", "5")
        self.assertEqual(self.canaries_in_database(), set())
        erased = self.id_of("ERASED")
        for table in ("intake.complaint_detail", "intake.evidence", "dispatch.case_text"):
            self.assertEqual(self.suite.sql("SELECT count(*) FROM %s WHERE complaint_id = '%s'" % (table, erased)), "0")
        self.assertEqual(self.suite.sql("SELECT complainant_key || home_key || coalesce(matter::text, '') FROM intake.complaint "
                                        "WHERE id = '%s'" % erased), "")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM intake.submission_key WHERE complaint_id = '%s'" % erased), "0")
        self.assertEqual(self.suite.sql("SELECT count(*) FROM intake.complaint_detail WHERE contact = ''"), "0")

    def test_7_the_chain_and_old_packages_still_hold(self):
        self.suite.must("journal", "verify")
        self.suite.must("archive", "verify", "full.tar", "--key", "signing.key.pub")
        self.suite.must("archive", "export", self.number["ERASED"], "--out", "after.tar", "--reveal", "--why", "检查")
        report = self.suite.must("archive", "verify", "after.tar", "--output", "json").json
        self.assertEqual((report["status"], report["entries"], report["texts"], report["revealed"]), ("erased", 6, 4, 0))
        kinds = [e["type"] for e in self.suite.must("journal", "show", self.number["ERASED"], "--output", "json").json["entries"]]
        self.assertEqual([k.rsplit(".", 1)[1] for k in kinds[-2:]], ["archived", "erased"])
        # a hold that was lifted holds nothing any more
        self.command("HELD", "S0200", "liftLegalHold", why="结案")
        self.restart("dispatch")
        self.wait("SELECT count(*) FROM dispatch.erased_view", "2")

    # ---- anchors ----

    def anchors(self):
        file = self.suite.folder / "anchors.jsonl"
        return [json.loads(line.split("\t")[0]) for line in file.read_text().splitlines()] if file.exists() else []

    def test_8_the_journal_is_anchored_daily_in_a_file_and_on_a_topic(self):
        made = self.anchors()  # of dispatch's starts: one a day
        self.assertEqual([(a["tenant"], a["number"]) for a in made], [("demo", 1)])
        self.wait("SELECT c.batch >= max(e.batch) FROM journal.cursor c, journal.entry e GROUP BY c.batch", "t")
        self.suite.must("archive", "anchor", "--file", "anchors.jsonl")
        made = self.anchors()
        self.assertEqual([a["number"] for a in made], [1, 2])
        self.assertEqual(made[-1]["allComplaints"], 6)
        self.assertEqual(made[1]["previous"], hashlib.sha256(
            (self.suite.folder / "anchors.jsonl").read_text().splitlines()[0].split("\t")[0].encode()).hexdigest())
        self.suite.must("archive", "verify-anchors", "anchors.jsonl", "--key", "signing.key.pub")
        self.suite.must("journal", "verify")
        self.wait("SELECT c.batch >= max(e.batch) FROM journal.cursor c, journal.entry e GROUP BY c.batch", "t")
        told = self.suite.must("decode", "anchors").lines
        self.assertEqual([json.loads(r["value"]["statement"]) for r in told], made)

    def test_9_a_complaint_that_is_gone_without_a_trace_is_missed(self):
        """What only anchors can see: rows, heads and the whole chain removed by a superuser (guarantee 28)."""
        gone = self.id_of("GONE")
        self.suite.sql(SUPERUSER + "DELETE FROM journal.entry WHERE batch IN (SELECT batch FROM journal.entry WHERE aggregate_id = '%s')"
                       % gone)
        for table, column in (("intake.complaint", "id"), ("intake.complaint_detail", "complaint_id"),
                              ("dispatch.case_state", "complaint_id"), ("dispatch.case_file", "complaint_id")):
            self.suite.sql("DELETE FROM %s WHERE %s = '%s'" % (table, column, gone))
        self.suite.must("journal", "verify")
        done = self.suite.ctl("archive", "verify-anchors", "anchors.jsonl")
        self.assertEqual(done.status, 1)
        self.assertRegex(done.err, "demo, anchor [12] of .*: the journal has . complaints that begin there, and . were anchored: "
                                   "whole complaints were removed")
        lines = (self.suite.folder / "anchors.jsonl").read_text()
        (self.suite.folder / "changed.jsonl").write_text(lines.replace('"complaints":', '"complaints":1', 1))
        done = self.suite.ctl("archive", "verify-anchors", "changed.jsonl")
        self.assertEqual(done.status, 1)
        self.assertIn("its signature is not right", done.err)


if __name__ == "__main__":
    unittest.main(verbosity=2, failfast=True)
