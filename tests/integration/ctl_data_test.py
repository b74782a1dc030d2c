#!/usr/bin/env python3
"""redressctl's data commands against running daemons: submit, replay, complaint, journal, dead-letters, decode, lag."""
# timeout: 300
import json
import pathlib
import sys
import time
import unittest
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from suite import ROOT, Suite  # noqa: E402

SAMPLES = ROOT / "deploy/samples/complaints.jsonl"
RECEIVED = (datetime.now(timezone.utc).replace(microsecond=0) - timedelta(hours=1)).isoformat()
SECRETS = ("章德顺", "13900006023", "天花板滴水", "1203")


def submission(reference, **changes):
    s = {"tenant": "demo", "source": "ctl", "sourceEventId": reference, "channel": "CHANNEL_WEBSITE",
         "receivedAt": RECEIVED, "projectCode": "YHHY", "building": "3", "unit": "1203",
         "complainant": {"name": "章德顺", "phone": "13900006023"},
         "description": "主卧天花板滴水", "demand": "尽快上门查漏"}
    s.update(changes)
    return json.dumps(s, ensure_ascii=False)


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("ctl").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start("relay", "intake", "dispatch", "watchdog", "notification")
        done = cls.suite.ctl("replay", str(SAMPLES), "--timeout", "90", "--report", "report.jsonl", "--output", "json")
        assert done.status == 0, done.out + done.err
        cls.summary = {row["result"]: row["records"] for row in done.json}
        cls.report = [json.loads(line) for line in (cls.suite.folder / "report.jsonl").read_text().splitlines()]
        cls.wait_for_assignments()

    @classmethod
    def wait_for_assignments(cls):
        end = time.monotonic() + 60
        while cls.suite.sql("SELECT count(*) FROM dispatch.case_state") != cls.suite.sql("SELECT count(*) FROM intake.complaint"):
            assert time.monotonic() < end, "not all complaints were assigned within 60 s"
            time.sleep(0.2)

    def setUp(self):
        self.wait_for_assignments()  # of what the test before this one has sent

    def hide(self, text):
        for secret in SECRETS:
            self.assertNotIn(secret, text)

    # ---- replay ----

    def test_replay_has_the_outcomes_of_the_samples(self):
        self.assertEqual(self.summary, {"ACCEPTED": 206, "DUPLICATE": 12, "CONFLICT": 6, "REJECTED": 14, "DEAD_LETTER": 2})
        self.assertEqual(len(self.report), 240)
        self.assertTrue(all(r["asExpected"] and r["sentAt"] <= r["outcomeAt"] for r in self.report))
        self.assertEqual(sum(1 for r in self.report if r["number"]), 206 + 12 + 6)

    def test_replay_tells_what_differs(self):
        line = json.loads(SAMPLES.read_text(encoding="utf-8").splitlines()[0])
        line["submission"]["sourceEventId"] = line["headers"]["ce_id"] = "DIFFERS-1"
        line["key"] = "demo:callcentre-sz:DIFFERS-1"
        line["expect"] = {"result": "REJECTED", "problems": ["unit:required"]}
        (self.suite.folder / "differs.jsonl").write_text(json.dumps(line) + "\n")
        done = self.suite.ctl("replay", "differs.jsonl")
        self.assertEqual(done.status, 1)
        self.assertIn("line 1, demo:callcentre-sz:DIFFERS-1: expected REJECTED unit:required; got ACCEPTED", done.err)

    def test_replay_of_the_same_instant_repeats(self):
        for expected in ("ACCEPTED", "DUPLICATE"):
            line = json.loads(SAMPLES.read_text(encoding="utf-8").splitlines()[0])
            line["submission"]["sourceEventId"] = line["headers"]["ce_id"] = "INSTANT-1"
            line["key"] = "demo:callcentre-sz:INSTANT-1"
            line["expect"] = {"result": expected}
            (self.suite.folder / "instant.jsonl").write_text(json.dumps(line) + "\n")
            self.suite.must("replay", "instant.jsonl", "--now", RECEIVED)

    def test_replay_names_the_bad_line(self):
        (self.suite.folder / "bad.jsonl").write_text('{"key":"a","encoding":"xml"}\n')
        done = self.suite.ctl("replay", "bad.jsonl")
        self.assertEqual((done.status, done.err), (1, "redressctl: bad.jsonl:1: encoding: allowed are json and protobuf\n"))

    # ---- submit, validate ----

    def test_submit_and_its_exit_statuses(self):
        for encoding in ("json", "protobuf"):
            one = submission("S-" + encoding)
            first = self.suite.must("submit", "-", "--encoding", encoding, "--output", "json", stdin=one).json[0]
            again = self.suite.must("submit", "-", "--encoding", encoding, "--output", "json", stdin=one).json[0]
            self.assertEqual((first["result"], again["result"]), ("ACCEPTED", "DUPLICATE"))
            self.assertEqual(first["number"], again["number"])
            other = self.suite.ctl("submit", "-", stdin=submission("S-" + encoding, description="另一件事"))
            self.assertEqual(other.status, 4)
        self.assertEqual(self.suite.ctl("submit", "-", stdin=submission("S-x", projectCode="NOWHERE")).status, 1)
        self.assertEqual(self.suite.ctl("submit", "-", "--encoding", "xml", stdin="{}").status, 2)

    def test_submit_publishes_nothing_that_is_invalid(self):
        two = submission("V-1") + "\n" + submission("V-2", description="")
        done = self.suite.ctl("submit", "-", "--output", "json", stdin=two)
        self.assertEqual(done.status, 1)
        self.assertEqual([(r["line"], r["path"], r["code"]) for r in done.json], [(2, "description", "required")])
        self.assertEqual(self.suite.sql("SELECT count(*) FROM intake.complaint WHERE source_event_id LIKE 'V-%'"), "0")

    def test_submit_gives_up(self):
        self.suite.stop("intake")
        try:
            done = self.suite.ctl("submit", "-", "--timeout", "1", stdin=submission("T-1"))
            self.assertEqual(done.status, 5)
        finally:
            self.suite.start("intake")
        # The record was published: once intake is back, its outcome comes first, then that of the second one.
        for result in ("ACCEPTED", "DUPLICATE"):
            self.assertIn(result, self.suite.must("submit", "-", "--timeout", "60", stdin=submission("T-1")).out)
            time.sleep(0.5)

    def test_validate_tells_all_problems_of_each_line(self):
        three = "\n".join((submission("1"), submission("2", channel="CHANNEL_HOTLINE", complainant={}), '{"colour":1}'))
        done = self.suite.ctl("submissions", "validate", "-", "--output", "jsonl", stdin=three)
        self.assertEqual(done.status, 1)
        found = {(r["line"], r["path"], r["code"]) for r in done.lines}
        self.assertEqual(found, {(2, "complainant.name", "required"), (2, "complainant", "required"),
                                 (2, "call.call_id", "required"), (3, "colour", "unknown_field")})
        self.assertIn("3 submissions: 1 valid, 2 with problems", done.err)
        pretty = json.dumps(json.loads(submission("1")), indent=2)
        self.assertEqual(self.suite.ctl("submissions", "validate", "-", stdin=pretty).status, 0)

    # ---- complaint, journal ----

    def test_list_shows_who_has_it(self):
        rows = self.suite.must("complaint", "list", "--limit", "1000", "--output", "jsonl").lines
        self.assertEqual([r["id"] for r in rows], sorted((r["id"] for r in rows), reverse=True))
        self.assertTrue(all(r["handler"] and r["department"] and r["registeredToAssignedMs"] >= 0 for r in rows))
        pages, before = [], []
        while True:
            page = self.suite.must("complaint", "list", "--limit", "100", *before, "--output", "jsonl").lines
            pages += page
            if len(page) < 100:
                break
            before = ["--before", page[-1]["id"]]
        seen = {r["id"] for r in pages}
        self.assertEqual(len(seen), len(pages))
        self.assertLessEqual({r["id"] for r in rows}, seen)

    def test_list_filters(self):
        for option, field in (("project", "project"), ("department", "department"), ("state", "status")):
            some = self.suite.must("complaint", "list", "--limit", "1", "--output", "json").json[0][field]
            rows = self.suite.must("complaint", "list", "--" + option, some, "--limit", "1000", "--output", "json").json
            self.assertEqual({r[field] for r in rows}, {some})
        rows = self.suite.must("complaint", "list", "--category", "house_quality", "--limit", "1000", "--output", "json").json
        self.assertGreater(len({r["category"] for r in rows}), 1)
        self.assertTrue(all(r["category"].startswith("house_quality.") for r in rows))
        later = (datetime.now(timezone.utc) + timedelta(hours=1)).isoformat()
        self.assertEqual(self.suite.must("complaint", "list", "--since", later, "--output", "json").json, [])

    def test_show_has_facts_timeline_and_reasons_but_nothing_personal(self):
        number = self.report[0]["number"]
        for output in ("table", "json"):
            self.hide(self.suite.must("complaint", "show", number, "--output", output).out)
        shown = self.suite.must("complaint", "show", number, "--output", "json").json
        self.assertEqual(shown["number"], number)
        self.assertEqual(shown["status"], "assigned")
        self.assertIn("*", shown["phoneMasked"])
        self.assertEqual([e["version"] for e in shown["timeline"]], [1, 2])
        self.assertLessEqual({"category", "severity", "department", "handler"}, {r["subject"] for r in shown["reasons"]})
        self.assertEqual(shown, self.suite.must("complaint", "show", shown["id"], "--output", "json").json)
        self.assertEqual(self.suite.ctl("complaint", "show", "NOWHERE-1").status, 3)

    def test_journal_show(self):
        entries = self.suite.must("journal", "show", self.report[0]["number"], "--output", "json").json["entries"]
        self.assertEqual([e["version"] for e in entries], [1, 2])
        self.assertEqual(entries[0]["prevHash"], "0" * 64)
        self.assertEqual(entries[1]["prevHash"], entries[0]["hash"])
        self.assertIn("assigned", entries[1]["payload"])
        self.assertEqual(self.suite.ctl("journal", "show", "NOWHERE-1").status, 3)

    def test_zz_journal_verify_names_the_bad_entry(self):
        done = self.suite.must("journal", "verify", "--output", "json")
        self.assertEqual(done.json, [])
        for daemon in ("relay", "intake", "dispatch"):
            self.suite.stop(daemon)
        complaint = self.report[0]["complaintId"]
        self.suite.sql("ALTER TABLE journal.entry DISABLE TRIGGER ALL; UPDATE journal.entry SET payload = payload || '\\x00'::bytea"
                       " WHERE aggregate_id = '%s' AND aggregate_version = 1" % complaint)
        done = self.suite.ctl("journal", "verify", "--output", "json")
        self.assertEqual(done.status, 1)
        self.assertEqual([(f["complaintId"], f["version"], f["code"]) for f in done.json], [(complaint, 1, "hash")])
        self.assertIn("the first bad entry is batch", done.err)

    # ---- dead letters, decode, lag ----

    def test_dead_letters(self):
        rows = self.suite.must("dead-letters", "list", "--output", "json").json
        self.assertEqual(sorted(r["reason"] for r in rows if r["reason"] == "empty"), ["empty"])
        bad = next(r for r in rows if r["reason"] == "invalid_utf8" and r["sourceEventId"] == "MAIL-20261101-0027")
        hidden = self.suite.must("dead-letters", "show", bad["id"]).out
        self.assertNotIn("13900009579", hidden)
        self.assertIn("13900009579", bytes.fromhex(self.suite.must(
            "dead-letters", "show", bad["id"], "--reveal", "--output", "json").json["hex"]).decode("gb18030", "replace"))
        sent = self.suite.must("dead-letters", "retry", bad["id"], "--output", "json").json[0]
        end = time.monotonic() + 30
        while True:  # it is as bad as it was: it comes back
            again = [r for r in self.suite.must("dead-letters", "list", "--open", "--output", "json").json
                     if (r["partition"], r["offset"]) == (sent["partition"], sent["offset"])]
            if again:
                break
            self.assertLess(time.monotonic(), end)
            time.sleep(0.2)
        self.assertEqual((again[0]["size"], again[0]["reason"]), (bad["size"], bad["reason"]))
        self.assertEqual(self.suite.ctl("dead-letters", "retry", bad["id"]).status, 4)
        self.assertEqual(self.suite.ctl("dead-letters", "show", "01a205a6-56c3-7dcb-87b1-41cd3af4c359").status, 3)
        self.assertEqual(self.suite.ctl("dead-letters", "show", "1").status, 2)

    def test_decode_masks(self):
        self.suite.must("submit", "-", stdin=submission("MASK-1"))
        masked = [r for r in self.suite.must("decode", "submissions").lines if r["key"] == "demo:ctl:MASK-1"]
        self.assertEqual(masked[0]["value"]["complainant"], {"name": "***", "phone": "***"})
        self.hide(json.dumps(masked, ensure_ascii=False))
        shown = [r for r in self.suite.must("decode", "submissions", "--reveal").lines if r["key"] == "demo:ctl:MASK-1"]
        self.assertEqual(shown[0]["value"]["complainant"]["name"], "章德顺")
        newest = self.suite.must("decode", "redress.outcomes.v1", "--offset=-1").lines
        self.assertLessEqual(len(newest), 4)
        self.assertEqual(len({r["partition"] for r in newest}), len(newest))
        self.assertEqual(len(self.suite.must("decode", "outcomes", "--limit", "3").lines), 3)
        self.assertEqual(self.suite.ctl("decode", "weather").status, 3)

    def wait_until_all_is_read(self):
        end = time.monotonic() + 60
        while any(r["behind"] for r in self.suite.must("lag", "--output", "json").json):
            assert time.monotonic() < end, self.suite.must("lag").out
            time.sleep(0.2)

    def test_lag_knows_every_partition_that_a_daemon_reads(self):
        rows = self.suite.must("lag", "--output", "json").json
        consumers = self.suite.sql("SELECT schemaname FROM pg_tables WHERE tablename = 'consumer'").splitlines()
        self.assertEqual(len(consumers), 4)
        read = self.suite.sql(" UNION ALL ".join("SELECT '%s', topic, partition FROM %s.consumer" % (c, c) for c in consumers))
        queues = {("relay", "(journal)", "0"), ("notification", "(messages)", "0")}
        self.assertEqual({(r["service"], r["topic"], str(r["partition"])) for r in rows},
                         {tuple(line.split("|")) for line in read.splitlines()} | queues)

    def test_lag(self):
        self.wait_until_all_is_read()
        daemons = {"intake": "redress.submissions.v1", "watchdog": "redress.complaints.v1", "notification": "redress.complaints.v1"}
        for daemon, topic in daemons.items():
            self.suite.stop(daemon)
            try:
                self.suite.must("submit", "-", *(["--no-wait"] if daemon == "intake" else []), stdin=submission("LAG-" + daemon))
                self.wait_for_assignments()
                time.sleep(1.2)
                behind = [r for r in self.suite.must("lag", "--output", "json").json if r["behind"] and r["service"] == daemon]
                self.assertIn(topic, {r["topic"] for r in behind})
                self.assertGreaterEqual(max(r["ageMs"] for r in behind), 1000)
                self.assertEqual(self.suite.ctl("lag", "--max-age", "1").status, 1)
                self.suite.must("lag", "--max-age", "3600")
            finally:
                self.suite.start(daemon)
            self.wait_until_all_is_read()

    def test_lag_tells_of_messages_that_do_not_leave(self):
        self.wait_until_all_is_read()
        self.suite.stop("notification")
        self.addCleanup(self.suite.start, "notification")
        self.suite.sql("CREATE TABLE public.was AS SELECT * FROM notification.message_state LIMIT 1; UPDATE notification.message_state SET "
                       "state = 1, next_at = now() - interval '90 seconds' WHERE id = (SELECT id FROM public.was)")
        self.addCleanup(self.suite.sql, "UPDATE notification.message_state AS s SET state = w.state, next_at = w.next_at FROM public.was AS w "
                        "WHERE s.id = w.id")
        waiting, = [r for r in self.suite.must("lag", "--output", "json").json if r["topic"] == "(messages)"]
        self.assertEqual((waiting["service"], waiting["behind"]), ("notification", 1))
        self.assertGreaterEqual(waiting["ageMs"], 90000)


if __name__ == "__main__":
    unittest.main()
