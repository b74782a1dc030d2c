#!/usr/bin/env python3
"""Compares Redress's JSON converter with google.protobuf.json_format.

    json_differential.py [--roundtrip BUILD/tests/json_roundtrip] [--count 10000] [--seed S]

1. Random messages of the four topics' types (and of the well-known types that have a JSON form of their own):
   protobuf -> JSON by us is the same JSON as by Python; JSON by Python -> protobuf by us is the same message.
2. Written cases: what both must refuse, what both must take, and what we refuse on purpose.
3. Random damage to good JSON: nothing that Python refuses may pass here, and what both take must mean the same.

Prints "json differential: N messages, 0 differences, seed S" and ends with 0, or lists the differences and ends with 1.
"""
import argparse
import base64
import importlib
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

try:
    from google.protobuf import json_format
except ImportError:
    sys.exit("json differential: needs the Python package protobuf, as in tests/requirements.txt")

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHOWN = 20
TOPIC_TYPES = ["Submission", "ComplaintEvent", "Outcome", "DeadLetter"]
WELL_KNOWN = ["Timestamp", "DoubleValue", "FloatValue", "Int64Value", "UInt64Value", "Int32Value", "UInt32Value",
              "BoolValue", "StringValue", "BytesValue"]


def load_types():
    """Generates Python code from proto/ into a temporary folder; {full name: class}."""
    types = {}
    with tempfile.TemporaryDirectory() as out:
        folder = os.path.join(ROOT, "proto", "redress", "v1")
        files = sorted(os.path.join(folder, f) for f in os.listdir(folder) if f.endswith(".proto"))
        subprocess.run(["protoc", "-I", os.path.join(ROOT, "proto"), "--python_out", out] + files, check=True)
        sys.path.insert(0, out)
        for file in files:
            stem = os.path.basename(file)[: -len(".proto")]
            module = importlib.import_module(f"redress.v1.{stem}_pb2")
            for name in TOPIC_TYPES:
                if hasattr(module, name):
                    types[f"redress.v1.{name}"] = getattr(module, name)
        sys.path.remove(out)
    for module in ("timestamp_pb2", "wrappers_pb2"):
        module = importlib.import_module(f"google.protobuf.{module}")
        for name in WELL_KNOWN:
            if hasattr(module, name):
                types[f"google.protobuf.{name}"] = getattr(module, name)
    missing = {f"redress.v1.{n}" for n in TOPIC_TYPES} | {f"google.protobuf.{n}" for n in WELL_KNOWN}
    missing -= set(types)
    if missing:
        sys.exit(f"json differential: no such types: {sorted(missing)}")
    return types


# --- random messages -----------------------------------------------------------------------------------------------

ALPHABETS = [
    "abcXYZ019 _-./:@+",
    "业主投诉漏水噪音电梯物业费电话",
    "\"\\/\b\f\n\r\t\x01\x1f\x7f<>&'",
    "éßñœ€\u0080\u07ff\u0800\ud7ff\ue000\ufffd\uffff\u2028\u2029\ufeff",
    "😀🏠𠮷𝄞\U00010000\U0010ffff",
]


class Maker:
    def __init__(self, rng):
        self.rng = rng

    def text(self):
        rng = self.rng
        length = rng.choice([0, 1, 2, 5, 20, 20, 200])
        if rng.random() < 0.3:
            return "".join(rng.choice(rng.choice(ALPHABETS)) for _ in range(length))
        alphabet = rng.choice(ALPHABETS)
        return "".join(rng.choice(alphabet) for _ in range(length))

    def whole(self, bits, signed):
        rng = self.rng
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        extremes = [low, low + 1, high, high - 1, 0, 1, (1 << 53) + 1, -(1 << 53) - 1, 1 << 31, -1]
        kind = rng.random()
        value = rng.choice(extremes) if kind < 0.4 else rng.randint(low, high) if kind < 0.7 else rng.randint(0, 10**6)
        return min(max(value, low), high)

    def real(self, single):
        rng = self.rng
        kind = rng.random()
        if kind < 0.3:
            return rng.choice([0.0, 1.0, -1.5, 0.1, 1e15, 123456789.0, float("inf"), float("-inf"), float("nan"),
                               3.4028234663852886e38 if single else 1.7976931348623157e308, 1e-45 if single else 5e-324])
        value = struct.unpack("<f" if single else "<d", rng.randbytes(4 if single else 8))[0]
        return value if value == value else float("nan")  # JSON knows one NaN, the wire many

    def scalar(self, field):
        rng = self.rng
        t = field.type
        if t in (field.TYPE_INT32, field.TYPE_SINT32, field.TYPE_SFIXED32):
            return self.whole(32, True)
        if t in (field.TYPE_INT64, field.TYPE_SINT64, field.TYPE_SFIXED64):
            return self.whole(64, True)
        if t in (field.TYPE_UINT32, field.TYPE_FIXED32):
            return self.whole(32, False)
        if t in (field.TYPE_UINT64, field.TYPE_FIXED64):
            return self.whole(64, False)
        if t in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
            return self.real(t == field.TYPE_FLOAT)
        if t == field.TYPE_BOOL:
            return rng.random() < 0.5
        if t == field.TYPE_ENUM:
            known = [v.number for v in field.enum_type.values]
            return rng.choice(known) if rng.random() < 0.9 else rng.choice([77, -1, 2**31 - 1, -(2**31)])
        if t == field.TYPE_STRING:
            return self.text()
        if t == field.TYPE_BYTES:
            return rng.randbytes(rng.choice([0, 1, 2, 3, 31, 32, 33, 100]))
        raise AssertionError(f"no way to make a {field.full_name}")

    def timestamp(self, message):
        rng = self.rng
        message.seconds = rng.choice([-62135596800, 253402300799, 0, -1, 951782400, rng.randint(-62135596800, 253402300799),
                                      rng.randint(1500000000, 1900000000)])
        message.nanos = rng.choice([0, 0, 1, 999999999, 500000000, 123000000, 123456000, 1000, rng.randint(0, 999999999)])

    def fill(self, message):
        """Sets each field with a chance of its own, so that empty and absent come in all mixtures."""
        rng = self.rng
        if message.DESCRIPTOR.full_name == "google.protobuf.Timestamp":
            self.timestamp(message)
            return message
        fullness = rng.choice([0.0, 0.3, 0.7, 1.0])
        in_oneof = {o.name: rng.choice(list(o.fields)).name for o in message.DESCRIPTOR.oneofs}
        for field in message.DESCRIPTOR.fields:
            if rng.random() > fullness:
                continue
            if field.containing_oneof and in_oneof[field.containing_oneof.name] != field.name:
                continue
            if field.label == field.LABEL_REPEATED:
                for _ in range(rng.choice([0, 1, 2, 7])):
                    if field.message_type:
                        self.fill(getattr(message, field.name).add())
                    else:
                        getattr(message, field.name).append(self.scalar(field))
            elif field.message_type:
                part = getattr(message, field.name)
                part.SetInParent()
                self.fill(part)
            else:
                setattr(message, field.name, self.scalar(field))
        return message


# --- asking our side -----------------------------------------------------------------------------------------------


def ask(program, lines):
    """One answer per line."""
    data = b"".join(line + b"\n" for line in lines)
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=False)
    answers = done.stdout.split(b"\n")[:-1]
    if done.returncode != 0 or len(answers) != len(lines):
        sys.exit(f"json differential: json_roundtrip gave {len(answers)} answers to {len(lines)} lines "
                 f"and ended with {done.returncode}")
    return answers


def canonical(message):
    """Bytes to compare. protobuf-c takes -0.0 for the default and leaves it out; no message of ours has a real number."""
    if message.DESCRIPTOR.name in ("FloatValue", "DoubleValue") and message.value == 0:
        return b""
    return message.SerializeToString(deterministic=True)


def same_json(ours, theirs):
    """As values; numbers and strings are told apart, unlike in Python's ==."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same_json(ours[k], theirs[k]) for k in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(same_json(a, b) for a, b in zip(ours, theirs))
    if isinstance(ours, bool) or isinstance(theirs, bool) or isinstance(ours, str) or isinstance(theirs, str):
        return type(ours) is type(theirs) and ours == theirs
    return ours == theirs


class Comparison:
    def __init__(self, program, types):
        self.program = program
        self.types = types
        self.differences = []

    def differ(self, what):
        self.differences.append(what)

    def messages(self, made):
        theirs = [json_format.MessageToDict(m) for _, m in made]
        lines = [f"{name} p2j ".encode() + base64.b64encode(canonical(m)) for name, m in made]
        lines += [f"{name} j2p ".encode() + json.dumps(t, ensure_ascii=i % 2 == 0).encode()
                  for i, ((name, _), t) in enumerate(zip(made, theirs))]
        answers = ask(self.program, lines)
        for (name, m), t, answer in zip(made, theirs, answers[: len(made)]):
            if answer.startswith(b"error") or not same_json(json.loads(answer), t):
                self.differ(f"{name} to JSON: ours {answer.decode(errors='replace')}, Python's {json.dumps(t)}")
        for (name, m), t, answer in zip(made, theirs, answers[len(made):]):
            self.same_message(name, json.dumps(t), answer, canonical(m))

    def same_message(self, name, text, answer, expected):
        if answer.startswith(b"error"):
            self.differ(f"{name} from JSON {text}: ours refuses: {answer.decode(errors='replace')}")
            return
        ours = canonical(self.types[name].FromString(base64.b64decode(answer)))
        if ours != expected:
            self.differ(f"{name} from JSON {text}: ours {ours.hex()}, Python's {expected.hex()}")

    def python_reads(self, name, text):
        """The message's bytes, or None where Python refuses."""
        try:
            return canonical(json_format.Parse(text, self.types[name]()))
        except (json_format.ParseError, UnicodeError, RecursionError, ValueError, TypeError, AttributeError, OverflowError):
            # json_format lets some exceptions of Python's own through; each of them is a refusal.
            return None

    def cases(self, cases, must):
        """must: 'refuse' (both), 'take' (both, the same) or 'stricter' (Python takes, we refuse)."""
        answers = ask(self.program, [f"{name} j2p ".encode() + encode(text) for name, text in cases])
        for (name, text), answer in zip(cases, answers):
            theirs = self.python_reads(name, text)
            refused = answer.startswith(b"error")
            if (theirs is None) != (must == "refuse"):
                self.differ(f"{name} {text!r}: Python {'refuses' if theirs is None else 'takes'} it: wrong list ({must})")
            elif must == "take":
                self.same_message(name, text, answer, theirs)
            elif not refused:
                self.differ(f"{name} {text!r}: ours takes it ({answer.decode(errors='replace')}), must be refused")

    # json_format writes the largest float so and then refuses it: it compares the text, rounded up, with the float's exact
    # value. Taking it is right: it rounds to that float (protobuf's conformance suite asks for it).
    LARGEST_FLOAT = "3.4028235e+38"

    def damaged(self, texts):
        """Returns how many both took, both refused, only we refused."""
        answers = ask(self.program, [f"{name} j2p ".encode() + encode(text) for name, text in texts])
        both_take = both_refuse = stricter = 0
        for (name, text), answer in zip(texts, answers):
            theirs = self.python_reads(name, text)
            refused = answer.startswith(b"error")
            if theirs is None and not refused:
                if self.LARGEST_FLOAT not in text:
                    self.differ(f"{name} {text!r}: Python refuses, ours takes it ({answer.decode(errors='replace')})")
            elif theirs is None:
                both_refuse += 1
            elif refused:
                stricter += 1
            else:
                both_take += 1
                self.same_message(name, text, answer, theirs)
        return both_take, both_refuse, stricter


def encode(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


# --- written cases -------------------------------------------------------------------------------------------------

S, E, T = "redress.v1.Submission", "redress.v1.ComplaintEvent", "google.protobuf.Timestamp"

BOTH_REFUSE = [
    # not JSON, or not an object
    (S, ""), (S, " "), (S, "{"), (S, "}"), (S, "{}}"), (S, "{} {}"), (S, "[1]"), (S, "1"), (S, '"x"'), (S, "true"),
    (S, "null"), (S, "{tenant: 1}"), (S, "{'tenant': 'x'}"), (S, '{"tenant": "x",}'), (S, '{"tenant" "x"}'),
    (S, '{"tenant": undefined}'), (S, '{"tenant": "x"'), (S, '{"tenant": "x'), (S, '{"tenant": "\\x"}'),
    (S, '{"tenant": "a\tb"}'), (S, '{"tenant": "x", "tenant": "y"}'), (S, "\ufeff{}"), (S, "// c"), (S, "{}//"),
    (S, '{"call": {"durationS": 01}}'), (S, '{"call": {"durationS": +1}}'), (S, '{"call": {"durationS": .5}}'),
    (S, '{"call": {"durationS": 1.}}'), (S, '{"call": {"durationS": 0x10}}'),
    # unknown fields and wrong kinds
    (S, '{"tennant": "x"}'), (S, '{"Tenant": "x"}'), (S, '{"complainant": {"fone": "1"}}'), (S, '{"": 1}'),
    (S, '{"tenant": 1}'), (S, '{"tenant": true}'), (S, '{"tenant": ["x"]}'), (S, '{"tenant": {}}'),
    (S, '{"complainant": "x"}'), (S, '{"complainant": [1]}'), (S, '{"complainant": 1}'),
    (S, '{"evidence": {}}'), (S, '{"evidence": "x"}'), (S, '{"evidence": [1]}'), (S, '{"evidence": [null]}'),
    (S, '{"evidence": [[1]]}'), (S, '{"clear": {"heard": 1}}'), (S, '{"clear": {"heard": "true"}}'),
    (S, '{"clear": {"heard": "yes"}}'), (S, '{"channel": "CHANNEL_PIGEON"}'), (S, '{"channel": "hotline"}'),
    (S, '{"channel": "channel_hotline"}'), (S, '{"channel": ""}'), (S, '{"channel": {}}'), (S, '{"channel": []}'),
    # numbers
    (S, '{"call": {"durationS": 2147483648}}'), (S, '{"call": {"durationS": -2147483649}}'),
    (S, '{"call": {"durationS": "2147483648"}}'), (S, '{"call": {"durationS": 1.5}}'),
    (S, '{"call": {"durationS": "1.5"}}'), (S, '{"call": {"durationS": "1e2"}}'), (S, '{"call": {"durationS": ""}}'),
    (S, '{"call": {"durationS": "-"}}'), (S, '{"call": {"durationS": " 1"}}'), (S, '{"call": {"durationS": "1 "}}'),
    (S, '{"call": {"durationS": "0x10"}}'), (S, '{"call": {"durationS": true}}'), (S, '{"call": {"durationS": "ten"}}'),
    (S, '{"call": {"durationS": 1e40}}'), (S, '{"call": {"durationS": NaN}}'), (S, '{"call": {"durationS": "NaN"}}'),
    (S, '{"amountFen": "9223372036854775808"}'), (S, '{"amountFen": "-9223372036854775809"}'),
    (S, '{"amountFen": 9223372036854775808}'), (S, '{"amountFen": "99999999999999999999999999"}'),
    (S, '{"amountFen": {"value": "1"}}'), (S, '{"amountFen": "1.0"}'), (S, '{"amountFen": []}'),
    (S, '{"amountFen": 1e19}'),
    ("google.protobuf.UInt64Value", '"-1"'), ("google.protobuf.UInt64Value", '"18446744073709551616"'),
    ("google.protobuf.UInt32Value", "4294967296"), ("google.protobuf.UInt32Value", "-1"),
    ("google.protobuf.FloatValue", "3.5e38"), ("google.protobuf.FloatValue", "NaN"), ("google.protobuf.DoubleValue", '"x"'),
    ("google.protobuf.DoubleValue", "Infinity"), ("google.protobuf.DoubleValue", '"nan"'),
    ("google.protobuf.BoolValue", "1"), ("google.protobuf.BoolValue", '"true"'), ("google.protobuf.StringValue", "1"),
    # text
    (S, '{"tenant": "\\ud800"}'), (S, '{"tenant": "\\udc00x"}'), (S, '{"tenant": "\ud800"}'),
    (S, b'{"tenant": "\xff"}'), (S, b'{"tenant": "\xc0\x80"}'), (S, b'{"tenant": "\xed\xa0\x80"}'),
    (S, b'{"tenant": "\xf4\x90\x80\x80"}'), (S, b'{"\xff": 1}'),
    # bytes
    (S, '{"evidence": [{"sha256": 1}]}'), (S, '{"evidence": [{"sha256": "A"}]}'), (S, '{"evidence": [{"sha256": []}]}'),
    # times
    (S, '{"receivedAt": 1}'), (S, '{"receivedAt": {}}'), (S, '{"receivedAt": {"seconds": 1}}'), (S, '{"receivedAt": ""}'),
    (S, '{"receivedAt": "yesterday"}'), (S, '{"receivedAt": "2026-09-18"}'), (S, '{"receivedAt": "2026-09-18T15:00:00"}'),
    (S, '{"receivedAt": "2026-09-18 15:00:00Z"}'), (S, '{"receivedAt": "2026-09-18t15:00:00Z"}'),
    (S, '{"receivedAt": "2026-09-18T15:00:00z"}'), (S, '{"receivedAt": "2026-02-29T00:00:00Z"}'),
    (S, '{"receivedAt": "2026-13-01T00:00:00Z"}'), (S, '{"receivedAt": "2026-09-31T00:00:00Z"}'),
    (S, '{"receivedAt": "2026-09-18T24:00:00Z"}'), (S, '{"receivedAt": "2026-09-18T15:60:00Z"}'),
    (S, '{"receivedAt": "2026-09-18T15:00:60Z"}'), (S, '{"receivedAt": "2026-09-18T15:00:00+0800"}'),
    (S, '{"receivedAt": "2026-09-18T15:00:00.1234567890Z"}'), (S, '{"receivedAt": "2026-09-18T15:00:00ZZ"}'),
    (S, '{"receivedAt": "0000-01-01T00:00:00Z"}'),
    (S, '{"receivedAt": "10000-01-01T00:00:00Z"}'), (T, "0"), (T, '""'),
    # one of a oneof
    (E, '{"registered": {}, "assigned": {}}'), (E, '{"assigned": {}, "reassigned": {}, "registered": {}}'),
]

BOTH_TAKE = [
    (S, "{}"), (S, " { } "), (S, '{"sourceEventId": "a"}'), (S, '{"source_event_id": "a"}'),
    (S, '{"tenant": null, "complainant": null, "evidence": null, "amountFen": null, "receivedAt": null, "channel": null}'),
    (S, '{"amountFen": "0"}'), (S, '{"amountFen": 0}'), (S, '{"amount_fen": -9223372036854775808}'),
    (S, '{"amountFen": 9223372036854775807}'), (S, '{"amountFen": 1e3}'), (S, '{"amountFen": 100.0}'),
    (S, '{"call": {"durationS": "12"}}'), (S, '{"call": {"durationS": "-0"}}'), (S, '{"call": {"durationS": "007"}}'),
    (S, '{"call": {"durationS": -2147483648}}'), (S, '{"call": {"durationS": 1E2}}'), (S, '{"call": {}}'),
    (S, '{"channel": "CHANNEL_HOTLINE"}'), (S, '{"channel": 1}'), (S, '{"channel": 77}'), (S, '{"channel": -5}'),
    (S, '{"channel": 0}'), (S, '{"evidence": []}'), (S, '{"evidence": [{}, {}]}'),
    (S, '{"evidence": [{"sha256": ""}, {"sha256": "AQ"}, {"sha256": "AQ=="}, {"sha256": "-_8="}, {"sha256": "+/8"}]}'),
    (S, '{"description": "\\ud83d\\ude00 \\u4e1a \\" \\\\ \\/ \\b\\f\\n\\r\\t"}'), (S, '{"description": "😀业主"}'),
    (S, '{"receivedAt": "2026-09-18T23:00:00+08:00"}'), (S, '{"receivedAt": "2026-09-18T15:00:00-00:00"}'),
    (S, '{"receivedAt": "0001-01-01T00:00:00Z"}'), (S, '{"receivedAt": "9999-12-31T23:59:59.999999999Z"}'),
    (S, '{"receivedAt": "1969-12-31T23:59:59.5Z"}'), (S, '{"receivedAt": "2000-02-29T00:00:00.1Z"}'),
    (S, '{"receivedAt": "2026-09-18T15:00:00.123456789-11:30"}'),
    (E, '{"registered": {}, "assigned": null}'), (E, '{"assigned": {"reasons": [{"subject": 1}]}}'),
    ("google.protobuf.UInt64Value", '"18446744073709551615"'), ("google.protobuf.DoubleValue", '"-Infinity"'),
    ("google.protobuf.DoubleValue", '"1.5e3"'), ("google.protobuf.DoubleValue", "7"), ("google.protobuf.FloatValue", '"NaN"'),
    ("google.protobuf.FloatValue", "3.4028234663852886e38"), (T, '"2026-09-18T15:00:00Z"'),
]

# What Python lets pass and Redress refuses, on purpose: senders of such things have a bug, and should hear of it.
STRICTER = [
    (S, '{"sourceEventId": "a", "source_event_id": "b"}'),  # one field under both of its names
    (S, '{"channel": "1"}'),                                # the mapping knows names and numbers, not numbers as names
    (S, '{"channel": 1.5}'),                                # Python cuts it to 1
    (S, '{"call": {"durationS": "+1"}}'),
    (S, '{"call": {"durationS": "1_000"}}'),
    (S, '{"call": {"durationS": "\\uff11"}}'),              # a full-width digit
    (S, '{"evidence": [{"sha256": "A*Q="}]}'),              # Python skips what is not base64
    (S, '{"receivedAt": "2026-09-18T15:00:00+99:00"}'),
    (S, '{"receivedAt": "0001-01-01T00:00:00+00:01"}'),     # Python makes a Timestamp that it cannot write again
    (S, '{"receivedAt": "9999-12-31T23:59:59-00:01"}'),
    (S, "[]"),                                              # Python takes an empty array for an empty object
    (S, '{"complainant": []}'),
    (S, '{"evidence": [[]]}'),
    (S, '{"tenant": "a\\u0000b"}'),                         # a C string would end there
    ("google.protobuf.UInt64Value", "18446744073709551615"),  # jansson's numbers end at 2^63 - 1: write it as a string
]


def damage(rng, text):
    chars = list(text)
    pool = "{}[]:,\"\\0129.eE+-TZ nulltruefalse_aA=业\ufeff"
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        at = rng.randrange(len(chars)) if chars else 0
        kind = rng.random()
        if kind < 0.35 and chars:
            del chars[at]
        elif kind < 0.7:
            chars.insert(at, rng.choice(pool))
        elif chars:
            chars[at] = rng.choice(pool)
    return "".join(chars)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roundtrip", default=os.path.join(os.environ.get("REDRESS_TEST_BIN", "."), "json_roundtrip"),
                        help="the program built from tests/contract/json_roundtrip.c ($REDRESS_TEST_BIN/json_roundtrip)")
    parser.add_argument("--count", type=int, default=10000, help="messages of the four topic types")
    parser.add_argument("--seed", type=int, default=None)
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    rng = random.Random(seed)
    types = load_types()
    maker = Maker(rng)
    names = [f"redress.v1.{TOPIC_TYPES[i % 4]}" for i in range(args.count)]
    names += [f"google.protobuf.{WELL_KNOWN[i % len(WELL_KNOWN)]}" for i in range(args.count // 5)]
    made = [(name, maker.fill(types[name]())) for name in names]

    comparison = Comparison(args.roundtrip, types)
    comparison.messages(made)
    comparison.cases(BOTH_REFUSE, "refuse")
    comparison.cases(BOTH_TAKE, "take")
    comparison.cases(STRICTER, "stricter")
    texts = [(name, damage(rng, json.dumps(json_format.MessageToDict(m), ensure_ascii=False)))
             for name, m in rng.sample(made, len(made) // 2)]
    texts = [(name, text) for name, text in texts if "\n" not in text]
    took, refused, stricter = comparison.damaged(texts)

    for difference in comparison.differences[:SHOWN]:
        print(difference[:2000], file=sys.stderr)
    print(f"  written cases: {len(BOTH_REFUSE)} refused by both, {len(BOTH_TAKE)} taken by both, "
          f"{len(STRICTER)} refused by us alone; damaged: {took} taken by both, {refused} refused by both, "
          f"{stricter} refused by us alone")
    print(f"json differential: {len(made)} messages, {len(comparison.differences)} differences, seed {seed}")
    return 1 if comparison.differences else 0


if __name__ == "__main__":
    sys.exit(main())
