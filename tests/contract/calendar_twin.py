#!/usr/bin/env python3
# timeout: 1800
"""Compares `redressctl calendar due --jsonl` with a second implementation of docs/clocks.md, line by line.

    calendar_twin.py [--redressctl BIN/redressctl] [--count 5000] [--seed S]

The twin shares nothing with the engine: Python's zoneinfo instead of ICU, and it walks through the days and pauses
instead of searching tables. Random calendars (zones with odd and changing offsets, windows across the changes, other
hours, make-up days, both ends of a day), random clocks whose instants fall on edges on purpose; some are explained.

Prints "calendar twin: N answers, 0 differences, seed S" and ends with 0, or shows the differences and ends with 1.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
# Zones whose rules did not change of late: ICU and the system may have tables of different age.
ZONES = ["Asia/Shanghai", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
         "Pacific/Apia", "America/Sao_Paulo", "Atlantic/Azores", "America/Havana", "Pacific/Chatham",
         "America/St_Johns", "Asia/Kolkata"]
SHOWN = 10


def to_us(local):
    """A naive datetime as microseconds, as if it were UTC."""
    return (local - EPOCH) // US


def from_us(us):
    return EPOCH + us * US


class Calendar:
    def __init__(self, source):
        self.zone = ZoneInfo(source["zone"])
        self.week = [self.windows(source["week"][d]) for d in WEEK]
        self.make_up = self.windows(source["make_up_hours"]) if "make_up_hours" in source else self.week[0]
        self.midnight = source.get("day_end", "close") == "midnight"
        self.known_until = source.get("known_until")
        self.days = {}
        for key, value in source["days"].items():
            first, _, last = key.partition("..")
            day, last = date.fromisoformat(first), date.fromisoformat(last or first)
            while day <= last:
                self.days[day] = value
                day += timedelta(days=1)
        self.cache = {}

    @staticmethod
    def windows(value):
        if value == "off":
            return []
        def minutes(t):
            return int(t[:2]) * 60 + int(t[3:])
        return [(minutes(w[:5]), minutes(w[6:])) for w in value]

    def offset(self, us):
        return self.zone.utcoffset(from_us(us).replace(tzinfo=timezone.utc).astimezone(self.zone)) // US

    def local(self, us):
        return from_us(us + self.offset(us))

    def utc(self, local, closing):
        """The instant of a naive local time."""
        wanted = to_us(local)
        offsets = {self.offset(wanted + h * 3600_000_000) for h in range(-30, 31, 3)}
        fits = sorted(wanted - o for o in offsets if self.offset(wanted - o) == o)
        if fits:
            return fits[-1 if closing else 0]
        low, high = wanted - 30 * 3600_000_000, wanted + 30 * 3600_000_000
        while high - low > 1:  # the clock jumps over it: the moment at which it does
            middle = (low + high) // 2
            if middle + self.offset(middle) < wanted:
                low = middle
            else:
                high = middle
        return high

    def hours(self, day):
        value = self.days.get(day)
        if value is None:
            return self.week[day.weekday()]
        return [] if value == "off" else self.make_up if value == "work" else self.windows(value)

    def day(self, day):
        """(windows in UTC, close of business or None)"""
        if day not in self.cache:
            midnight = datetime(day.year, day.month, day.day)
            hours = self.hours(day)
            out = [(self.utc(midnight + timedelta(minutes=a), False), self.utc(midnight + timedelta(minutes=b), True))
                   for a, b in hours]
            close = None
            if hours:
                close = self.utc(midnight + timedelta(minutes=1440 if self.midnight else hours[-1][1]), True)
            self.cache[day] = (out, close)
        return self.cache[day]

    def format(self, us):
        text = from_us(us).replace(tzinfo=timezone.utc).astimezone(self.zone).isoformat()
        return text


def merge(pieces):
    out = []
    for a, b in sorted(pieces):
        if b <= a:
            continue
        if out and a <= out[-1][1]:
            out[-1][1] = max(out[-1][1], b)
        else:
            out.append([a, b])
    return out


FOREVER = 10 ** 18


def stretches(cal, working, start, pauses):
    """The stretches in which the measure runs, from the start on, one after another."""
    def cut(a, b):
        for p, q in pauses:
            if q <= a or p >= b:
                continue
            if p > a:
                yield a, p
            a = q
            if a >= b:
                return
        if a < b:
            yield a, b
    if not working:
        yield from cut(start, FOREVER)
        return
    last_pause = pauses[-1] if pauses else (0, 0)
    day, done = cal.local(start).date() - timedelta(days=2), start
    while not (last_pause[1] == FOREVER and done >= last_pause[0]):
        for a, b in merge(cal.day(day)[0]):
            a = max(a, done)
            if a < b:
                yield from cut(a, b)
                done = b
        day += timedelta(days=1)
        if last_pause[1] == FOREVER and to_us(datetime(day.year, day.month, day.day)) > last_pause[0] + 3 * 86400_000_000:
            return


def reach(cal, working, start, pauses, need):
    """The first instant at which so much has run; None if a pause without end keeps it."""
    if need == 0:
        return start
    for a, b in stretches(cal, working, start, pauses):
        if b - a >= need:
            return a + need
        need -= b - a
    return None


def measure(cal, working, start, end, pauses):
    total = 0
    for a, b in stretches(cal, working, start, pauses):
        if a >= end:
            break
        total += min(b, end) - a
    return total


def due_of(cal, start, count, unit, pauses):
    if unit == "m":
        return reach(cal, False, start, pauses, count * 60_000_000)
    if unit == "h":
        return reach(cal, False, start, pauses, count * 3600_000_000)
    if unit == "wh":
        return reach(cal, True, start, pauses, count * 3600_000_000)
    if unit == "d":
        due = cal.utc(cal.local(start) + timedelta(days=count), True)
        for a, b in pauses:
            if a < due:
                if b == FOREVER:
                    return None
                due += b - a
        return due
    day = cal.local(start).date()
    while count:
        day += timedelta(days=1)
        close = cal.day(day)[1]
        if pauses and pauses[-1][1] == FOREVER and \
                to_us(datetime(day.year, day.month, day.day)) > pauses[-1][0] + 3 * 86400_000_000:
            return None
        if close is not None and not any(a <= close < b for a, b in pauses):
            count -= 1
    return close


def explanation(cal, unit, start, due, pauses):
    """Each local date from the start's to the due instant's, 24:00 belonging to the day that it ends; of a paused clock to
    the one on which the endless pause begins."""
    working = unit in ("wd", "wh")
    first = cal.local(start).date()
    end = FOREVER if due is None else due
    last = cal.local(pauses[-1][0] if due is None else max(start, due - 1)).date()

    def bounds(day):
        midnight = datetime(day.year, day.month, day.day)
        return max(cal.utc(midnight, False), start), min(cal.utc(midnight + timedelta(days=1), False), end)

    def pieces(without):
        """What runs until the last day's end."""
        out, stop = [], bounds(last)[1]
        for a, b in stretches(cal, working, start, without):
            if a >= stop:
                break
            out.append((a, b))
        return out

    def overlap(runs, a, b):
        return sum(max(0, min(q, b) - max(p, a)) for p, q in runs)

    runs, would_run, days, day = pieces(pauses), pieces([]), [], first
    while day <= last:
        a, b = bounds(day)
        ran = overlap(runs, a, b)
        hours, close = cal.hours(day), cal.day(day)[1]
        if unit == "wd":
            paused = close is not None and any(p <= close < q for p, q in pauses)
            counted = close is not None and not paused and day > first and close <= end
        else:
            paused = ran == 0 and overlap(would_run, a, b) > 0
            counted = ran > 0
        listed = cal.days.get(day)
        what = "off" if not hours else "work" if listed is None else "make_up" if listed == "work" else "other_hours"
        days.append({"date": str(day), "weekday": WEEK[day.weekday()],
                     "is": "start" if day == first else "paused" if paused else what, "counted": counted,
                     "hours": [f"{o // 60:02}:{o % 60:02}-{c // 60:02}:{c % 60:02}" for o, c in hours], "ranUs": ran})
        day += timedelta(days=1)
    return days


def answer(cal, question):
    start = parse(question["from"])
    unit = question["limit"].lstrip("0123456789")
    count = int(question["limit"][: -len(unit)])
    pauses = merge([(max(parse(a), start), FOREVER if b is None else parse(b)) for a, b in question.get("pauses", [])])
    pauses = [tuple(p) for p in pauses]
    due = due_of(cal, start, count, unit, pauses)
    if due is None:
        out = {"due": None, "paused": True}
        if question.get("explain"):
            out["days"] = explanation(cal, unit, start, due, pauses)
        return out
    provisional = False
    if cal.known_until:
        d = date.fromisoformat(cal.known_until) + timedelta(days=1)
        provisional = due > cal.utc(datetime(d.year, d.month, d.day), True)
    out = {"due": cal.format(due), "provisional": provisional}
    if question.get("percents"):
        working = unit in ("wd", "wh")
        whole = measure(cal, working, start, due, pauses)
        out["at"] = {}
        for p in question["percents"]:
            if p == 100 or whole == 0:
                at = due
            elif p < 100:
                at = reach(cal, working, start, pauses, whole * p // 100)
            else:
                rest = [(max(a, due), b) for a, b in pauses if b > due]
                at = reach(cal, working, due, rest, whole * p // 100 - whole)
            out["at"][str(p)] = None if at is None else cal.format(at)
    if question.get("explain"):
        out["days"] = explanation(cal, unit, start, due, pauses)
    return out


def parse(text):
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return to_us(at.astimezone(timezone.utc).replace(tzinfo=None))


# ---- random questions ----

def random_windows(rnd, near_change):
    count = rnd.choice([1, 1, 2, 2, 3])
    grid = [0, 30, 60, 90, 120, 150, 180, 210, 1380, 1410, 1440] if near_change else range(0, 1441, 5)
    cuts = sorted(rnd.sample(list(grid), 2 * count))
    text = [f"{m // 60:02}:{m % 60:02}" for m in cuts]
    out = [f"{text[2 * i]}-{text[2 * i + 1]}" for i in range(count)]
    if not near_change and rnd.random() < 0.4:
        out = rnd.choice([["08:30-12:00", "13:30-17:30"], ["00:00-24:00"], ["09:00-17:00"], ["00:00-12:00", "12:00-24:00"]])
    return out


def random_calendar(rnd, zone):
    near = rnd.random() < 0.4
    week = {d: random_windows(rnd, near) if rnd.random() < (0.9 if i < 5 else 0.2) else rnd.choice(["off", []])
            for i, d in enumerate(WEEK)}
    if not isinstance(week["mon"], list) or not week["mon"]:
        week["mon"] = ["08:30-12:00", "13:30-17:30"]
    cal = {"zone": zone, "week": week, "day_end": rnd.choice(["close", "close", "midnight"]), "days": {}}
    if rnd.random() < 0.5:
        cal["make_up_hours"] = random_windows(rnd, near)
    if rnd.random() < 0.7:
        cal["known_until"] = f"{rnd.choice([2012, 2018, 2026])}-{rnd.choice(['12-31', '06-30', '03-26'])}"
    base = 2011 if zone == "Pacific/Apia" else rnd.choice([2011, 2018, 2025])
    day = date(base, 1, 1)
    while day < date(base + 2, 6, 1):
        day += timedelta(days=rnd.randint(1, 25))
        last = day + timedelta(days=rnd.choice([0, 0, 0, 2, 7]))
        value = rnd.choice(["off", "off", "work", random_windows(rnd, near)])
        cal["days"][str(day) if last == day else f"{day}..{last}"] = value
        day = last
    return cal, base


def stamp(rnd, us):
    offset = rnd.choice([0, 0, 480, -300, 345])
    at = from_us(us) + timedelta(minutes=offset)
    text = at.isoformat()
    return text + ("Z" if offset == 0 else f"{'-' if offset < 0 else '+'}{abs(offset) // 60:02}:{abs(offset) % 60:02}")


def random_instant(rnd, cal, low, high):
    """Often an opening, a close, a midnight or a change of the zone, or a microsecond beside."""
    us = rnd.randrange(low, max(high, low + 1))
    kind = rnd.random()
    if kind < 0.4:
        windows, close = cal.day(cal.local(us).date())
        edges = [x for w in windows for x in w] + ([close] if close else [])
        if edges:
            us = rnd.choice(edges) + rnd.choice([0, 0, 0, 1, -1])
    elif kind < 0.7:
        us -= us % (1800 * 1_000_000)
    elif kind < 0.85:
        us -= us % 1_000_000
    elif kind < 0.95:
        local = cal.local(us)
        us = cal.utc(datetime(local.year, local.month, local.day), False)
    return us


def days_before_change(rnd, cal, base, count):
    """So many days before a local time that is skipped, repeated or beside those; None without changes."""
    low = to_us(datetime(base, 2, 1))
    days = [low + d * 86400_000_000 for d in range(600)]
    changed = [d for d in days if cal.offset(d) != cal.offset(d + 86400_000_000)]
    if not changed:
        return None
    low = rnd.choice(changed)
    high, before = low + 86400_000_000, cal.offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if cal.offset(middle) == before else (low, middle)
    local = cal.local(high) + timedelta(minutes=15 * rnd.randint(-8, 8), microseconds=rnd.randint(-1, 1))
    return cal.utc(local - timedelta(days=count), False)


def random_question(rnd, cal, base):
    low = to_us(datetime(base, 1, 2))
    start = random_instant(rnd, cal, low, low + rnd.choice([400, 700]) * 86400_000_000)
    unit = rnd.choice(["m", "h", "d", "wd", "wd", "wd", "wh", "wh"])
    top = {"m": 4000, "h": 300, "d": 30, "wd": 25, "wh": 150}[unit]
    if rnd.random() < 0.05:
        top *= 8
    count = rnd.randint(1, top)
    if unit == "d" and rnd.random() < 0.5:
        start = days_before_change(rnd, cal, base, count) or start
    q = {"from": stamp(rnd, start), "limit": f"{count}{unit}"}
    pauses = []
    for _ in range(rnd.choice([0, 0, 1, 1, 2, 4])):
        a = random_instant(rnd, cal, start - 3 * 86400_000_000, start + rnd.choice([1, 10, 40]) * 86400_000_000)
        b = random_instant(rnd, cal, a, a + rnd.choice([1, 5, 20]) * 86400_000_000)
        pauses.append([stamp(rnd, a), stamp(rnd, max(a, b)) if rnd.random() < 0.93 else None])
    if pauses:
        q["pauses"] = pauses
    if rnd.random() < 0.6:
        q["percents"] = sorted(rnd.sample([1, 33, 50, 80, 99, 100, 101, 150, 200, 333], rnd.randint(1, 4)))
    if rnd.random() < 0.3:
        q["explain"] = True
    return q


# ---- comparing ----

def ask(binary, calendar, lines):
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as f:
        json.dump(calendar, f)  # JSON is YAML
        f.flush()
        run = subprocess.run([binary, "calendar", "due", "--calendar", f.name, "--jsonl"], text=True,
                             input="".join(json.dumps(line) + "\n" for line in lines), capture_output=True, check=False)
    return run


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--redressctl",
                        default=os.path.join(os.environ.get("REDRESS_BIN", "build/dev/bin"), "redressctl"))
    parser.add_argument("--count", type=int, default=50_000 if os.environ.get("REDRESS_TEST_FULL") else 5000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    args = parser.parse_args()
    rnd = random.Random(args.seed)
    compared = differences = 0
    while compared < args.count:
        source, base = random_calendar(rnd, ZONES[compared // 100 % len(ZONES)])
        cal = Calendar(source)
        questions = [random_question(rnd, cal, base) for _ in range(min(100, args.count - compared))]
        run = ask(args.redressctl, source, questions)
        answers = run.stdout.splitlines()
        if run.returncode != 0 or len(answers) != len(questions):
            print(f"status {run.returncode}, {len(answers)} answers for {len(questions)} questions: {run.stderr}"
                  f"{[a for a in answers if 'error' in a][:3]}\n{json.dumps(source)}")
            differences += 1
        for question, text in zip(questions, answers):
            ours = answer(cal, question)
            if json.dumps(ours, separators=(",", ":")) == text:
                continue
            differences += 1
            if differences <= SHOWN:
                print(f"calendar {json.dumps(source)}\nquestion {json.dumps(question)}\n"
                      f"twin     {json.dumps(ours)}\nredress  {text}\n")
        compared += len(questions)
    print(f"calendar twin: {compared} answers, {differences} differences, seed {args.seed}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
