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
