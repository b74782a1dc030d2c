#!/usr/bin/env python3
"""Personal data in the contract (R46): the list that masks (common/event/pii.c) is what the contract marks, and nothing
that leaves Redress can reach a marked field."""
import pathlib
import re
import subprocess
import tempfile
import unittest

from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTION = 50101  # redress.v1.pii
INCOMING = {"redress.v1.Submission", "redress.v1.Command"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        shift += 7
        if not byte & 0x80:
            return value, at


def is_marked(field):
    """The option stays an unknown field, as nobody compiled its extension: read it from the bytes."""
    data, at = field.options.SerializeToString(), 0
    while at < len(data):
        tag, at = varint(data, at)
        assert tag & 7 in (0, 2), "an option of another wire type: extend this reader"
        value, at = varint(data, at)
        if tag >> 3 == OPTION:
            return bool(value)
        at += value if tag & 7 == 2 else 0
    return False


def load():
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["protoc", "-I", ROOT / "proto", "--include_imports", "-o", out.name,
                        *sorted((ROOT / "proto/redress/v1").glob("*.proto"))], check=True)
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(out.name).read_bytes())
    return {"%s.%s" % (f.package, m.name): m for f in files.file for m in f.message_type}


class Pii(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.messages = load()
        cls.marked = {(name, f.name): f for name, m in cls.messages.items() for f in m.field if is_marked(f)}

    def test_something_is_marked(self):
        self.assertIn(("redress.v1.Complainant", "phone"), self.marked)

    def test_the_list_is_the_contract(self):
        source = (ROOT / "common/event/pii.c").read_text(encoding="utf-8")
        listed = re.findall(r'\{ "([\w.]+)",\s+"(\w+)" \}', source)
        self.assertEqual(len(listed), len(set(listed)))
        self.assertEqual(set(listed), set(self.marked))

    def test_only_texts_are_marked(self):
        """What is no text could not be masked by pii_mask."""
        for name, field in self.marked.items():
            self.assertEqual(field.type, descriptor_pb2.FieldDescriptorProto.TYPE_STRING, name)

    def reachable(self, name, seen):
        if name not in seen:
            seen.add(name)
            for field in self.messages[name].field:
                if field.type == descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE:
                    self.reachable(field.type_name.lstrip("."), seen)
        return seen

    def test_nothing_that_leaves_holds_any(self):
        topics = set(re.findall(r"&redress__v1__(\w+)__descriptor", (ROOT / "common/event/topic.c").read_text()))
        leaving = {"redress.v1." + "".join(part.title() for part in t.split("_")) for t in topics} - INCOMING
        self.assertLessEqual({"redress.v1.ComplaintEvent", "redress.v1.Outcome", "redress.v1.DeadLetter"}, leaving)
        for root in leaving:
            for name in self.reachable(root, set()):
                held = [field for message, field in self.marked if message == name]
                self.assertEqual(held, [], "%s reaches %s" % (root, name))


if __name__ == "__main__":
    unittest.main()
