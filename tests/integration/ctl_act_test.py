#!/usr/bin/env python3
"""redressctl act: a case is acted on by commands, and what comes of each is told; complaint show tells the same."""
# timeout: 300
import base64
import hashlib
import json
import pathlib
import re
import sys
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from suite import Suite  # noqa: E402

NOW = datetime.now(timezone.utc).replace(microsecond=0)
SAID = "厨房的水从灯里滴下来"  # in no event and no answer
STRANGER = "S0500"  # of the sales department


def submission(reference):
    return json.dumps({"tenant": "demo", "source": "act", "sourceEventId": reference, "channel": "CHANNEL_WEBSITE",
                       "receivedAt": (NOW - timedelta(hours=1)).isoformat(), "projectCode": "YHHY", "building": "3",
                       "unit": "1203", "complainant": {"name": "章德顺", "phone": "13900006023"},
                       "categoryCode": "house_quality.leakage", "description": "厨房天花板漏水 " + reference,
                       "demand": "尽快上门查漏"}, ensure_ascii=False)


class Act(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("act").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.start("relay", "intake", "dispatch")
        cls.used = 0

    def case(self):
        """A new complaint that is assigned: its number and who has it."""
        type(self).used += 1
        number = self.suite.must("submit", "-", "--timeout", "60", "--output", "json",
                                 stdin=submission("A-%d" % self.used)).json[0]["number"]
        end = time.monotonic() + 30
        while True:
            shown = self.show(number)
            if shown["status"] == "assigned":
                return number, shown["handler"]
            self.assertLess(time.monotonic(), end, shown)
            time.sleep(0.1)

    def show(self, number):
        return self.suite.must("complaint", "show", number, "--output", "json").json

    def act(self, number, command, *options, status=0):
        done = self.suite.ctl("act", number, command, *options, "--output", "json")
        self.assertEqual(done.status, status, done.out + done.err)
        return done.json

    # ---- what comes of it ----

    def test_a_case_is_acknowledged_once(self):
        number, handler = self.case()
        first = self.act(number, "acknowledge", "--as", handler, "--id", "once-1")
        self.assertEqual((first["result"], first["command"], first["complaintVersion"]),
                         ("OUTCOME_RESULT_ACCEPTED", "acknowledge", "3"))
        again = self.act(number, "acknowledge", "--as", handler, "--id", "once-1")
        self.assertEqual((again["result"], again["complaintVersion"]), ("OUTCOME_RESULT_DUPLICATE", "3"))
        by_id = self.act(first["complaintId"], "acknowledge", "--as", handler, "--id", "once-1")
        self.assertEqual(by_id["result"], "OUTCOME_RESULT_DUPLICATE")
        other = self.act(number, "contact", "--as", handler, "--id", "once-1", "--set", "channel=phone", status=4)
        self.assertEqual(other["result"], "OUTCOME_RESULT_CONFLICT")
        shown = self.show(number)
        self.assertEqual((shown["status"], shown["version"], [e["event"] for e in shown["timeline"]]),
                         ("acknowledged", 3, ["registered", "assigned", "acknowledged"]))

    def test_people_read_it_in_chinese(self):
        number, handler = self.case()
        done = self.suite.must("act", number, "acknowledge", "--as", handler)
        for words in ("已执行 ACCEPTED", number, "确认接收 acknowledge", "已接收 acknowledged"):
            self.assertIn(words, done.out)

    def test_what_the_rules_do_not_allow_is_refused_with_what_they_do(self):
        number, handler = self.case()
        refused = self.act(number, "start_investigation", "--as", handler, status=4)
        self.assertEqual(refused["result"], "OUTCOME_RESULT_REFUSED")
        self.assertEqual((refused["refusal"]["code"], refused["refusal"]["rule"], refused["refusal"]["state"]),
                         ("wrong_state", "R17", "assigned"))
        self.assertIn("acknowledge", refused["refusal"]["allowed"])
        self.assertEqual(self.act(number, "acknowledge", "--as", STRANGER, status=4)["refusal"]["code"], "wrong_role")
        told = self.suite.ctl("act", number, "start_investigation", "--as", handler)
        self.assertEqual(told.status, 4)
        for words in ("按规则不能执行 REFUSED", "R17", "已派单 assigned", "确认接收 acknowledge"):
            self.assertIn(words, told.out)
        self.assertEqual(self.show(number)["version"], 2)

    def test_what_is_not_valid_is_rejected_with_each_problem(self):
        number, handler = self.case()
        rejected = self.act(number, "propose_plan", "--as", "S9999", "--set", "responsible_id=S8888",
                            "--set", "measures=修", status=1)
        self.assertEqual(rejected["result"], "OUTCOME_RESULT_REJECTED")
        self.assertEqual({(p["path"], p["code"]) for p in rejected["problems"]},
                         {("actor", "unknown_staff"), ("deadline", "required"), ("responsible_id", "unknown_staff")})
        told = self.suite.ctl("act", number, "contact", "--as", handler)
        self.assertEqual(told.status, 1)
        self.assertIn("内容有误 REJECTED", told.out)
        self.assertIn("channel  required", told.out)

    def test_a_version_that_is_gone_changes_nothing(self):
        number, handler = self.case()
        stale = self.act(number, "acknowledge", "--as", handler, "--expect", "1", status=4)
        self.assertEqual(stale["refusal"]["code"], "stale_version")
        self.assertEqual(self.act(number, "acknowledge", "--as", handler, "--expect", "2")["complaintVersion"], "3")

    def test_a_case_that_is_on_its_way_to_dispatch_is_asked_for_again(self):
        number, handler = self.case()
        complaint = self.show(number)["id"]
        for table in ("case_state", "case_file"):
            self.suite.sql("CREATE TABLE public.kept_%s AS SELECT * FROM dispatch.%s WHERE complaint_id = '%s';"
                           "DELETE FROM dispatch.%s WHERE complaint_id = '%s'" % (table, table, complaint, table, complaint))
        given_up = self.act(number, "acknowledge", "--as", handler, "--timeout", "2", status=4)
        self.assertEqual(given_up["refusal"]["code"], "unknown_complaint")
        arrival = threading.Timer(3, self.suite.sql, ("INSERT INTO dispatch.case_file TABLE public.kept_case_file;"
                                                      "INSERT INTO dispatch.case_state TABLE public.kept_case_state",))
        arrival.start()
        done = self.act(number, "acknowledge", "--as", handler, "--id", "patient", "--timeout", "60")
        arrival.join()
        self.assertEqual((done["result"], done["complaintVersion"]), ("OUTCOME_RESULT_ACCEPTED", "3"))
        sent = [r for r in self.suite.must("decode", "commands").lines if r["value"].get("commandId") == "patient"]
        self.assertGreater(len(sent), 1)

    def test_without_an_answer_it_gives_up_and_nothing_is_lost(self):
        self.suite.stop("dispatch")
        number = self.suite.must("submit", "-", "--output", "json", stdin=submission("LATE")).json[0]["number"]
        self.assertEqual(self.suite.ctl("act", number, "acknowledge", "--as", "S0101", "--timeout", "1").status, 5)
        self.suite.start("dispatch")
        done = self.suite.ctl("act", number, "note", "--as", "agent:7", "--set", "text=" + SAID, "--timeout", "60",
                              "--output", "json")
        self.assertEqual((done.status, done.json["result"]), (0, "OUTCOME_RESULT_ACCEPTED"), done.out)

    def test_no_such_complaint(self):
        for name in ("NOWHERE-1", "01a205a6-56c3-7dcb-87b1-41cd3af4c359"):
            self.assertEqual(self.suite.ctl("act", name, "acknowledge", "--as", "S0101").status, 3)

    # ---- the command line ----

    def test_usage(self):
        for arguments, words in ((("X", "hold_meting"), "perhaps hold_meeting?"), (("X",), "commands are classify, "),
                                 (("X", "close"), "--as ACTOR"), ((), "act needs NUMBER|ID COMMAND"),
                                 (("X", "confirm_plan", "--as", "S1", "--set", "wya=phone"),
                                  "perhaps way? it has way, recorded_by, evidence_sha256"),
                                 (("X", "confirm_plan", "--as", "S1", "--set", "way=fax"),
                                  "allowed are signature, code, paper, phone"),
                                 (("X", "close", "--as", "S1", "--at", "now"), "--at: at: "),
                                 (("X", "close", "--as", "S1", "--expect", "x"), "--expect: expected_version: ")):
            done = self.suite.ctl("act", *arguments)
            self.assertEqual(done.status, 2, done.err)
            self.assertIn(words, done.err)

    def test_dry_run_makes_the_command_without_any_server(self):
        scan = self.suite.folder / "scan.pdf"
        scan.write_bytes(b"signed")
        nowhere = dict(self.suite.env, REDRESS_PG="postgresql://127.0.0.1:1/none", REDRESS_KAFKA="127.0.0.1:1",
                       REDRESS_CTL_ACTOR="S0101")
        known, self.suite.env = self.suite.env, nowhere
        try:
            made = self.suite.must("act", "YHHY-1", "confirm_plan", "--set", "way=Paper", "--set",
                                   "evidence_sha256=@scan.pdf", "--id", "D-1", "--dry-run").json
            file = self.suite.folder / "command.json"
            file.write_text(json.dumps(made))
            same = self.suite.must("act", "--file", "command.json", "--dry-run").json
            file.write_text(json.dumps(dict(made, confirmPlan={})))
            bad = self.suite.ctl("act", "--file", "command.json", "--dry-run", "--output", "json")
            file.write_text(json.dumps(dict(made, colour=1)))
            worse = self.suite.ctl("act", "--file", "command.json", "--dry-run", "--output", "json")
            other = self.suite.ctl("act", "X", "close", "--file", "command.json", "--dry-run")
        finally:
            self.suite.env = known
        self.assertEqual((made["actor"], made["source"], made["complaintNumber"], made["confirmPlan"]["way"]),
                         ("S0101", "redressctl", "YHHY-1", "CONFIRMATION_WAY_PAPER"))
        self.assertEqual(base64.b64decode(made["confirmPlan"]["evidenceSha256"]),
                         hashlib.sha256(b"signed").digest())
        self.assertEqual(same, made)
        self.assertEqual((bad.status, [(p["path"], p["code"]) for p in bad.json]), (1, [("way", "required")]))
        self.assertEqual((worse.status, [(p["path"], p["code"]) for p in worse.json]), (1, [("colour", "unknown_field")]))
        self.assertEqual(other.status, 2)
        self.assertIn("the file is about confirm_plan, not close", other.err)

    # ---- what is seen of it ----

    def test_show_list_and_history_tell_the_life_of_a_case(self):
        number, handler = self.case()
        until = (NOW + timedelta(days=3)).isoformat()
        self.act(number, "acknowledge", "--as", handler)
        self.act(number, "open_work_order", "--as", handler, "--set", "task=" + SAID, "--set", "kind=free")
        self.act(number, "wait", "--as", handler, "--set", "reason=outside_party", "--set", "asked=" + SAID, "--set",
                 "until=" + until)
        self.act(number, "escalate", "--as", handler, "--set", "why=" + SAID)
        shown = self.show(number)
        self.assertEqual((shown["status"], shown["waitingFor"], shown["level"], shown["held"], shown["bounces"]),
                         ("acknowledged", "outside_party", "department_head", False, 0))
        self.assertEqual([(w["number"], w["status"], w["paid"]) for w in shown["workOrders"]], [(1, "opened", False)])
        paused = next(e for e in shown["timeline"] if e["event"] == "paused")
        self.assertEqual((paused["actor"], paused["details"]["reason"]), (handler, "WAIT_REASON_OUTSIDE_PARTY"))
        table = self.suite.must("complaint", "show", number).out
        for words in ("已接收 acknowledged", "第三方单位", "部门负责人", "1  已开单 opened  无偿"):
            self.assertIn(words, table)
        history = self.suite.must("complaint", "history", number).out
        self.assertRegex(history, r"(?m)^ +3  .* %s \S+  确认接收 acknowledged$" % handler)
        self.assertRegex(history, "等待 paused：原因 第三方单位，至 20")
        self.assertRegex(history, "升级 escalated：自 经办人，至 部门负责人，触发 人工，至 S")
        for text in (table, history, json.dumps(shown, ensure_ascii=False)):
            self.assertNotIn(SAID, text)
        self.listed(number, handler)

    def listed(self, number, handler):
        def numbers(*options):
            return {r["number"] for r in self.suite.must("complaint", "list", "--limit", "1000", "--output", "json",
                                                         *options).json}

        self.assertIn(number, numbers("--waiting"))
        self.assertIn(number, numbers("--assignee", handler, "--state", "acknowledged"))
        self.assertNotIn(number, numbers("--assignee", STRANGER))
        self.assertNotIn(number, numbers("--state", "assigned"))
        other, _ = self.case()
        self.assertNotIn(other, numbers("--waiting"))
        self.assertEqual(self.suite.ctl("complaint", "list", "--state", "nowhere").status, 2)
        row = next(line for line in self.suite.must("complaint", "list").out.splitlines() if number in line)
        self.assertTrue(re.search("已接收（等 第三方单位）", row), row)


if __name__ == "__main__":
    unittest.main()
