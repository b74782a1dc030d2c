#!/usr/bin/env python3
"""`redressctl calendar` as a program meets it: lines in, lines out, exit status, messages."""
import json
import os
import re
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CTL = os.path.join(os.environ.get("REDRESS_BIN", os.path.join(ROOT, "build/dev/bin")), "redressctl")
OFFICE = os.path.join(ROOT, "deploy/calendars/cn-office.yaml")
GOOD = b'{"from":"2026-09-18T15:00:00+08:00","limit":"5wd"}'
ANSWER = b'{"due":"2026-09-24T17:30:00+08:00","provisional":false}'


def run(*args, stdin=b""):
    return subprocess.run([CTL, "calendar", *args], input=stdin, capture_output=True, check=False, timeout=60)


class Due(unittest.TestCase):
    def lines(self, stdin):
        done = run("due", "--calendar", OFFICE, "--jsonl", stdin=stdin)
        return done.returncode, done.stdout.split(b"\n")[:-1]

    def test_one_answer_a_line_in_order(self):
        status, lines = self.lines(GOOD + b"\n" + GOOD.replace(b"5wd", b"1h") + b"\r\n" + GOOD)
        self.assertEqual(status, 0)
        self.assertEqual(lines, [ANSWER, b'{"due":"2026-09-18T16:00:00+08:00","provisional":false}', ANSWER])

    def test_nothing_in_nothing_out(self):
        self.assertEqual(self.lines(b""), (0, []))

    def test_bad_lines_are_told_and_passed_over(self):
        bad = [b"oops", b"", b"\xff\xfe", b"[" * 100000, b'{"from":"x","limit":"5wd"}', b"\0", b"x" * (9 << 20)]
        status, lines = self.lines(b"\n".join(line + b"\n" + GOOD for line in bad))
        self.assertEqual(status, 1)
        self.assertEqual(len(lines), 2 * len(bad))
        for i, line in enumerate(lines):
            if i % 2:
                self.assertEqual(line, ANSWER)
                continue
            answer = json.loads(line)
            self.assertEqual(list(answer), ["error", "line"])
            self.assertEqual(answer["line"], i + 1)
            self.assertTrue(answer["error"])

    def refused(self, line, why):
        """A bad line is told with its reason, and the next one is answered."""
        status, lines = self.lines(line + b"\n" + GOOD + b"\n")
        self.assertEqual((status, len(lines)), (1, 2), line)
        answer = json.loads(lines[0])
        self.assertEqual((list(answer), answer["line"]), (["error", "line"], 1), line)
        self.assertIn(why, answer["error"], line)
        self.assertEqual(lines[1], ANSWER, line)

    def test_what_is_not_an_object_of_json(self):
        for line, why in (
                (b"   ", "not JSON"), (b"\r", "empty"), (b"null", "found null"), (b"true", "found true"), (b'"5wd"', "found a text"),
                (b"5", "found a number"), (b"[]", "found a list"), (GOOD + GOOD, "not JSON"), (GOOD + b",", "not JSON"),
                (GOOD[:-1], "not JSON"), (GOOD.replace(b'"', b"'"), "not JSON"), (b"\xef\xbb\xbf" + GOOD, "byte order mark"),
                (GOOD.decode().encode("utf-16"), "not JSON"), (GOOD[:-1] + b',"explain":NaN}', "not JSON"),
                (GOOD[:-1] + b',"percents":[1e999]}', "not JSON"), (GOOD[:-1] + b',"percents":[99999999999999999999]}', "not JSON"),
                (GOOD[:-1] + b',"percents":[050]}', "not JSON"), (GOOD[:-1] + b',"percents":[50,]}', "not JSON"),
                (GOOD.replace(b"5wd", b"5wd\\u0000"), "not JSON"), (GOOD.replace(b"5wd", b"5\xffwd"), "not JSON")):
            self.refused(line, why)

    def test_keys(self):
        for line, why in (
                (b"{}", "from: found nothing"), (b'{"limit":"5wd"}', "from: found nothing"),
                (GOOD.replace(b',"limit":"5wd"', b""), "limit: found nothing"),
                (GOOD.replace(b"from", b"From"), 'the key "From"'), (GOOD[:-1] + b',"":1}', 'the key ""'),
                (GOOD[:-1] + b',"from":"2026-09-18T15:00:00+08:00"}', "duplicate"),
                (GOOD[:-1] + b',"lim\\u0069t":"5wd"}', "duplicate"), (GOOD[:-1] + b',"percents":[],"percents":[]}', "duplicate")):
            self.refused(line, why)
        for more in (b',"pauses":null', b',"percents":null', b',"explain":null', b',"pauses":[],"percents":[],"explain":false'):
            self.assertEqual(self.lines(GOOD[:-1] + more + b"}\n"), (0, [ANSWER]))

    def test_times(self):
        for text in (b"2026-09-18T15:00:00", b"2026-09-18 15:00:00+08:00", b"2026-09-18T15:00+08:00", b"2026-09-18", b"",
                     b"2026-09-18T15:00:00+0800", b"2026-09-18T15:00:00+08", b"2026-09-18T15:00:00+24:00",
                     b"2026-09-31T15:00:00Z", b"2026-02-29T15:00:00Z", b"2026-09-18T24:00:00Z", b"2026-09-18T15:60:00Z",
                     b"2026-09-18T15:00:00.Z", b"2026-09-18T15:00:00,5Z", b" 2026-09-18T15:00:00Z", b"2026-09-18T15:00:00Z ",
                     "２０２６-09-18T15:00:00Z".encode(), b"20260918T150000Z", b"1789714800"):
            self.refused(b'{"from":"' + text + b'","limit":"5wd"}', "from: found")
        for value in (b"null", b"1789714800", b"true", b"[]", b"{}"):
            self.refused(b'{"limit":"5wd","from":' + value + b"}", "from: found")
        for text in ("2026-09-18T07:00:00Z", "2026-09-18t07:00:00z", "2026-09-18T07:00:00.0000009+00:00",
                     "2026-09-18T07:00:00-00:00", "2026-09-17T07:01:00-23:59", "2026-09-18T15:00:00.000000+08:00"):
            self.assertEqual(self.ask(OFFICE, text, "5wd")["due"], "2026-09-24T17:30:00+08:00", text)

    def test_limits(self):
        for text in ("", "5", "wd", "0m", "0wd", "05wd", "+5wd", "-5wd", "5 wd", " 5wd", "5wd ", "5WD", "5Wd", "5w", "5wdd",
                     "5.0wd", "5,000m", "５wd", "1h30m", "525601m", "8761h", "367d", "261wd", "2081wh", "99999999999999999999h", "1s", "1y"):
            self.refused(json.dumps({"from": "2026-09-18T15:00:00+08:00", "limit": text}).encode(), "limit: found")
        for value in (b"null", b"5", b"[5]", b'{"wd":5}', b"true"):
            self.refused(GOOD.replace(b'"5wd"', value), "limit: found")
        for limit, due in (("525600m", "2027-09-18T15:00:00+08:00"), ("8760h", "2027-09-18T15:00:00+08:00"),
                           ("366d", "2027-09-19T15:00:00+08:00")):
            self.assertEqual(self.ask(OFFICE, "2026-09-18T15:00:00+08:00", limit)["due"], due, limit)
        self.assertIn("due", self.ask(OFFICE, "2026-09-18T15:00:00+08:00", "260wd"))
        self.assertIn("due", self.ask(OFFICE, "2026-09-18T15:00:00+08:00", "2080wh"))

    def test_pauses_and_percents_that_are_none(self):
        pause = b'"2026-09-20T09:00:00+08:00"'
        for value, why in (
                (b"{}", "pauses: found an object"), (b'"x"', "pauses: found a text"), (b"1", "pauses: found a number"),
                (b"[null]", "pauses[1]: found null"), (b"[[]]", "pauses[1]"), (b"[[%s]]" % pause, "pauses[1]"),
                (b"[[%s,null,null]]" % pause, "pauses[1]"), (b"[[null,%s]]" % pause, "pauses[1]: found null"),
                (b"[[%s,1]]" % pause, "pauses[1]: found a number"), (b"[[%s,%s],5]" % (pause, pause), "pauses[2]: found a number"),
                (b"[%s,null]" % pause, "pauses[1]: found a text"),
                (b'[[%s,"2026-09-20T08:59:59.999999+08:00"]]' % pause, "an end before the beginning"),
                (b"[" + b",".join([b"[%s,%s]" % (pause, pause)] * 10001) + b"]", "too many")):
            self.refused(GOOD[:-1] + b',"pauses":' + value + b"}", why)
        for value in (b"{}", b'"50"', b"50", b"[0]", b"[-1]", b"[-0]", b"[1001]", b"[9223372036854775807]", b"[50.0]", b"[5e1]", b"[0.5]",
                      b'["50"]', b"[null]", b"[[50]]", b"[true]", b"[50,80,0]", json.dumps(list(range(1, 102))).encode()):
            self.refused(GOOD[:-1] + b',"percents":' + value + b"}", "percents")
        for value in (b"0", b'"true"', b"[]", b"{}"):
            self.refused(GOOD[:-1] + b',"explain":' + value + b"}", "explain")
        asked = list(range(100, 0, -1))
        answer = self.ask(OFFICE, "2026-09-18T15:00:00+08:00", "5wd", percents=asked + asked)
        self.assertEqual(list(answer["at"]), [str(p) for p in asked], "in their order, each once")

    def test_ends_of_lines(self):
        one = (0, [ANSWER])
        for text in (GOOD, GOOD + b"\n", GOOD + b"\r\n", GOOD + b"\r", b" \t" + GOOD + b" \t\n"):
            self.assertEqual(self.lines(text), one, text)
        status, lines = self.lines(b"\n\n" + GOOD + b"\n\n")
        self.assertEqual((status, lines[2]), (1, ANSWER))
        self.assertEqual([json.loads(line)["line"] for line in lines if line != ANSWER], [1, 2, 4])
        room = (4 << 20) - len(GOOD)
        self.assertEqual(self.lines(GOOD + b" " * room), one, "4 MiB are allowed")
        status, lines = self.lines(GOOD + b" " * (room + 1) + b"\n" + GOOD)
        self.assertEqual((status, len(lines), lines[1]), (1, 2, ANSWER))
        self.assertIn("longer than", json.loads(lines[0])["error"])

    # ---- what the definition says, worked out by hand ----

    def ask(self, calendar, start, limit, **more):
        done = run("due", "--calendar", calendar, "--jsonl", stdin=json.dumps({"from": start, "limit": limit, **more}).encode())
        return json.loads(done.stdout)

    def due(self, start, limit, *pauses, **more):
        """Of the office calendar, in September 2026, times without date and offset: "18T15:00:00"."""
        def whole(text):
            return text and f"2026-09-{text}+08:00"
        return self.ask(OFFICE, whole(start), limit, pauses=[[whole(a), whole(b)] for a, b in pauses], **more)

    def due_is(self, due, *args):
        self.assertEqual(self.due(*args), {"due": f"2026-09-{due}+08:00", "provisional": False}, args)

    def test_windows_hold_their_beginning_and_not_their_end(self):
        self.due_is("22T09:30:00", "21T17:30:00", "1wh")  # at the close itself nothing runs any more
        self.due_is("22T09:29:59.999999", "21T17:29:59.999999", "1wh")
        self.due_is("21T09:30:00", "21T08:30:00", "1wh")
        self.due_is("21T09:30:00", "21T08:29:59.999999", "1wh")
        self.due_is("21T14:00:00", "21T08:30:00", "4wh")  # half an hour of it after lunch
        self.due_is("21T14:30:00", "21T12:00:00", "1wh")  # starts as lunch begins
        self.due_is("22T17:30:00", "21T08:30:00", "15wh")  # complete at the close, not at the next opening
        self.due_is("20T09:30:00", "19T10:00:00", "1wh")  # Saturday is off, Sunday made up

    def test_working_days_count_closes_of_later_dates(self):
        for start in ("18T00:00:00", "18T08:00:00", "18T17:30:00", "18T23:59:59.999999"):
            self.due_is("24T17:30:00", start, "5wd")
        self.due_is("28T17:30:00", "19T00:00:00", "6wd")  # 20, 21, 22, 23, 24; Mid-Autumn until 27
        self.due_is("20T17:30:00", "19T23:59:59", "1wd")

    def test_pauses_that_touch(self):
        self.due_is("18T16:00:00", "18T15:00:00", "1h", ("18T16:00:00", "18T17:00:00"))  # too late to move it
        self.due_is("18T17:00:00.000001", "18T15:00:00", "1h", ("18T15:59:59.999999", "18T17:00:00"))
        self.due_is("18T16:00:00", "18T15:00:00", "1h", ("18T14:00:00", "18T15:00:00"))  # over as it starts
        self.due_is("18T16:30:00", "18T15:00:00", "1h", ("18T14:00:00", "18T15:30:00"))  # clipped to the start
        self.due_is("18T16:00:00", "18T15:00:00", "1h", ("18T15:30:00", "18T15:30:00"))  # holds nothing
        self.due_is("18T16:40:00", "18T15:00:00", "1h", ("18T15:30:00", "18T16:00:00"), ("18T15:20:00", "18T15:40:00"))
        self.due_is("18T17:00:00", "18T15:00:00", "1h", ("18T15:30:00", "18T16:00:00"), ("18T16:00:00", "18T16:30:00"))
        self.due_is("21T17:30:00", "18T15:00:00", "1wd", ("20T17:30:00", "20T17:30:00.000001"))  # begins at the close
        self.due_is("20T17:30:00", "18T15:00:00", "1wd", ("20T08:00:00", "20T17:30:00"))  # ends at the close
        self.due_is("20T17:30:00", "18T15:00:00", "1wd", ("20T17:30:00.000001", None))
        # days: moved on by every pause that begins before what is reached so far
        self.due_is("19T17:00:00", "18T15:00:00", "1d", ("19T14:00:00", "19T15:00:00"), ("19T15:30:00", "19T16:30:00"))
        self.due_is("19T16:00:00", "18T15:00:00", "1d", ("19T14:00:00", "19T15:00:00"), ("19T16:00:00", "19T16:30:00"))
        self.due_is("19T18:00:00", "18T15:00:00", "1d", ("18T14:00:00", "18T18:00:00"))  # by the rest of it

    def test_pauses_without_end(self):
        paused = {"due": None, "paused": True}
        for begin in ("18T14:00:00", "18T15:00:00", "18T15:59:59.999999"):
            self.assertEqual(self.due("18T15:00:00", "1h", (begin, None), percents=[1, 100, 150]), paused)
        self.assertEqual(self.due("18T15:00:00", "1wd", ("20T17:30:00", None)), paused)
        self.assertEqual(self.due("18T15:00:00", "1d", ("19T14:00:00", "19T15:00:00"), ("19T15:30:00", None)), paused)
        self.assertEqual(self.due("18T15:00:00", "1h", ("18T16:30:00", None), percents=[50, 100, 101, 150, 151]),
                         {"due": "2026-09-18T16:00:00+08:00", "provisional": False, "at": {
                             "50": "2026-09-18T15:30:00+08:00", "100": "2026-09-18T16:00:00+08:00",
                             "101": "2026-09-18T16:00:36+08:00", "150": "2026-09-18T16:30:00+08:00", "151": None}})
        # explained up to the date on which it begins, also where that is its first instant; it held all of that day's work
        days = self.due("18T15:00:00", "5wd", ("21T00:00:00", None), explain=True)["days"]
        self.assertEqual([(d["date"][8:], d["is"], d["counted"], d["ranUs"] / 3.6e9) for d in days], [
            ("18", "start", False, 2.5), ("19", "off", False, 0), ("20", "make_up", True, 7.5), ("21", "paused", False, 0)])
        days = self.due("18T15:00:00", "20wh", ("21T08:00:00", None), explain=True)["days"]
        self.assertEqual([(d["date"][8:], d["is"], d["counted"], d["ranUs"] / 3.6e9) for d in days], [
            ("18", "start", True, 2.5), ("19", "off", False, 0), ("20", "make_up", True, 7.5), ("21", "paused", False, 0)])

    def test_percents(self):
        # fractions of a microsecond are cut: the whole is 7 us
        self.assertEqual(self.due("18T15:00:00", "1m", percents=[33, 1, 1000])["at"], {
            "33": "2026-09-18T15:00:19.800000+08:00", "1": "2026-09-18T15:00:00.600000+08:00",
            "1000": "2026-09-18T15:10:00+08:00"})
        self.assertEqual(self.due("18T17:29:59.999993", "1wd", ("20T08:30:00", "20T17:30:00"), percents=[50, 99, 150])["at"], {
            "50": "2026-09-18T17:29:59.999996+08:00", "99": "2026-09-18T17:29:59.999999+08:00",
            "150": "2026-09-21T08:30:00.000003+08:00"})
        # the pause held all the work there was: every point is the due instant, whatever comes then
        self.assertEqual(self.due("21T18:00:00", "1wd", ("21T18:00:00", "22T17:30:00"), ("22T18:00:00", None),
                                  percents=[1, 50, 100, 1000])["at"],
                         dict.fromkeys(["1", "50", "100", "1000"], "2026-09-22T17:30:00+08:00"))

    def test_midnight_and_what_is_provisional(self):
        whole = os.path.join(ROOT, "deploy/calendars/cn.yaml")
        self.assertEqual(self.ask(whole, "2026-09-18T15:00:00+08:00", "1wd", explain=True)["days"][-1]["date"], "2026-09-20")
        for start, limit, due, provisional in (
                ("2026-09-18T15:00:00+08:00", "1wd", "2026-09-21T00:00:00+08:00", False),
                ("2026-12-30T00:00:00+08:00", "1wd", "2027-01-01T00:00:00+08:00", False),  # 24:00 of known_until itself
                ("2026-12-31T00:00:00+08:00", "1d", "2027-01-01T00:00:00+08:00", False),
                ("2026-12-31T23:59:00+08:00", "1m", "2027-01-01T00:00:00+08:00", False),
                ("2026-12-31T23:59:00.000001+08:00", "1m", "2027-01-01T00:00:00.000001+08:00", True)):
            self.assertEqual(self.ask(whole, start, limit), {"due": due, "provisional": provisional})

    def test_years(self):
        for start, limit, what in (("1969-12-31T23:59:59.999999+08:00", "1m", "from"), ("2101-01-01T00:00:00+08:00", "1m", "from"),
                                   ("2100-12-31T23:59:00.000001+08:00", "1m", "the due instant"),
                                   ("2100-12-30T00:00:00+08:00", "9wd", "the due instant")):
            self.refused(json.dumps({"from": start, "limit": limit}).encode(), what)
        self.assertEqual(self.ask(OFFICE, "1970-01-01T00:00:00+08:00", "1m")["due"], "1970-01-01T00:01:00+08:00")
        self.assertEqual(self.ask(OFFICE, "2100-12-31T23:59:00+08:00", "1m")["due"], "2101-01-01T00:00:00+08:00")

    def test_where_clocks_change(self):
        for zone, window, cases in (
                # 8 March 02:00 -> 03:00; 1 November 02:00 -> 01:00
                ("America/New_York", "01:30-02:30", (
                    ("2026-03-07T12:00:00-05:00", "1wd", "2026-03-08T03:00:00-04:00"),  # the close is skipped
                    ("2026-03-07T12:00:00-05:00", "1wh", "2026-03-09T02:00:00-04:00"),  # half an hour on the 8th
                    ("2026-03-07T02:15:00-05:00", "1d", "2026-03-08T03:00:00-04:00"),
                    ("2026-03-07T02:15:00-05:00", "24h", "2026-03-08T03:15:00-04:00"),
                    ("2026-10-31T12:00:00-04:00", "1wd", "2026-11-01T02:30:00-05:00"),
                    ("2026-10-31T12:00:00-04:00", "1wh", "2026-11-01T01:30:00-05:00"),  # two hours on the 1st
                    ("2026-10-31T12:00:00-04:00", "2wh", "2026-11-01T02:30:00-05:00"),
                    ("2026-10-31T01:15:00-04:00", "1d", "2026-11-01T01:15:00-05:00"),  # the second of two
                    ("2026-11-01T01:15:00-04:00", "1h", "2026-11-01T01:15:00-05:00"))),
                # 29 March 01:00 -> 02:00; 25 October 02:00 -> 01:00
                ("Europe/London", "01:00-01:30", (
                    ("2026-03-28T12:00:00Z", "1wd", "2026-03-29T02:00:00+01:00"),  # a window without length closes all the same
                    ("2026-03-28T12:00:00Z", "1wh", "2026-03-31T01:30:00+01:00"),
                    ("2026-03-28T01:30:00Z", "1d", "2026-03-29T02:00:00+01:00"),
                    ("2026-10-24T12:00:00+01:00", "1wh", "2026-10-25T01:00:00+00:00"),  # an hour and a half
                    ("2026-10-24T12:00:00+01:00", "1wd", "2026-10-25T01:30:00+00:00"))),
                # 5 April 02:00 -> 01:30; 4 October 02:00 -> 02:30
                ("Australia/Lord_Howe", "01:30-02:30", (
                    ("2026-10-03T12:00:00+10:30", "1wd", "2026-10-04T02:30:00+11:00"),
                    ("2026-10-03T12:00:00+10:30", "1wh", "2026-10-05T02:00:00+11:00"),
                    ("2026-10-03T02:15:00+10:30", "1d", "2026-10-04T02:30:00+11:00"),
                    ("2026-04-04T12:00:00+11:00", "1wh", "2026-04-05T02:00:00+10:30"),
                    ("2026-04-04T12:00:00+11:00", "1wd", "2026-04-05T02:30:00+10:30"),
                    ("2026-04-04T01:45:00+11:00", "1d", "2026-04-05T01:45:00+10:30"))),
                ("UTC", "00:00-24:00", (
                    ("2026-03-07T12:00:00Z", "1wd", "2026-03-09T00:00:00+00:00"),))):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
                f.write(f"zone: {zone}\nweek:\n" + "".join(f'  {d}: ["{window}"]\n' for d in
                                                          ("mon", "tue", "wed", "thu", "fri", "sat", "sun")))
                f.flush()
                for start, limit, due in cases:
                    self.assertEqual(self.ask(f.name, start, limit), {"due": due, "provisional": False}, (start, limit))

    def test_answers_before_it_waits(self):
        with subprocess.Popen([CTL, "calendar", "due", "--calendar", OFFICE, "--jsonl"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE) as p:
            for _ in range(3):
                p.stdin.write(GOOD + b"\n")
                p.stdin.flush()
                self.assertEqual(p.stdout.readline(), ANSWER + b"\n")
            p.stdin.close()
            self.assertEqual(p.wait(timeout=30), 0)

    def test_for_people(self):
        done = run("due", "--calendar", OFFICE, "--from", "2026-09-18T15:00", "--limit", "5wd", "--pause",
                   "2026-09-20T09:00:00+08:00/2026-09-20T12:00:00+08:00", "--percents", "50")
        self.assertEqual(done.returncode, 0)
        text = done.stdout.decode()
        for part in ("2026-09-24T17:30:00+08:00", "2026-09-22T14:00:00+08:00", "调休上班", "起算日", "第 5"):
            self.assertIn(part, text)
        done = run("due", "--calendar", OFFICE, "--from", "2026-09-18T15:00", "--limit", "5wd", "--pause",
                   "2026-09-20T09:00:00+08:00/")
        self.assertIn("暂停中", done.stdout.decode())

    def test_usage(self):
        for args in ([], ["--calendar", OFFICE], ["--calendar", OFFICE, "--from", "2026-09-18T15:00", "--limit", "x"],
                     ["--calendar", OFFICE, "--from", "noon", "--limit", "1h"],
                     ["--calendar", OFFICE, "--jsonl", "--limit", "1h"],
                     ["--calendar", OFFICE, "--from", "2026-09-18T15:00", "--limit", "1h", "--pause", "x"]):
            done = run("due", *args)
            self.assertEqual((done.returncode, done.stdout), (2, b""), args)
            self.assertTrue(done.stderr, args)


class Files(unittest.TestCase):
    def test_check(self):
        done = run("check", OFFICE, "--on", "2026-10-31")
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn("248", done.stdout.decode())
        done = run("check", OFFICE, "--on", "2026-11-01")
        self.assertEqual(done.returncode, 0)
        self.assertIn("2027", done.stderr.decode())
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
            f.write("zone: Asia/Shanghai\nweek: {}\n")
            f.flush()
            done = run("check", f.name, OFFICE, "--on", "2026-10-31")
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"{f.name}:2:7", done.stderr.decode())
            self.assertIn("cn-office.yaml", done.stdout.decode(), "the others are checked too")
        self.assertEqual(run("check", "no-such-file.yaml").returncode, 1)

    def test_show(self):
        text = run("show", OFFICE, "--year", "2026").stdout.decode()
        self.assertEqual(len(re.findall(r"\d休 ", text)), 33)
        self.assertEqual(len(re.findall(r"\d班 ", text)), 6)
        days = json.loads(run("show", OFFICE, "--year", "2026", "--output", "json").stdout)
        self.assertEqual(len(days), 365)
        self.assertEqual(sum(d["work"] for d in days), 248)
        self.assertEqual(run("show", OFFICE).returncode, 2)
        self.assertEqual(run("show", OFFICE, "--year", "2101").returncode, 2)

    def test_export_and_import(self):
        ics = run("export", OFFICE, "--year", "2026")
        self.assertEqual(ics.returncode, 0)
        days = run("import", "--from", "ics", "-", stdin=ics.stdout)
        self.assertEqual(days.returncode, 0)
        self.assertIn("  2026-02-15..2026-02-23: off\n", days.stdout.decode())
        self.assertIn("  2026-09-20: work\n", days.stdout.decode())
        with open(OFFICE, encoding="utf-8") as f:
            for line in days.stdout.decode().splitlines():
                self.assertIn(line.replace('"', ""), f.read())
                f.seek(0)

    def test_import_refuses(self):
        self.assertEqual(run("import", "-").returncode, 2)
        self.assertEqual(run("import", "--from", "outlook", "-").returncode, 2)
        done = run("import", "--from", "ics", "-", stdin=b"hello")
        self.assertEqual((done.returncode, done.stdout), (1, b""))


if __name__ == "__main__":
    unittest.main()
