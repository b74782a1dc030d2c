"""A short message centre that speaks SMPP 3.4, for Kannel to be connected to as to a carrier. It takes messages, puts parts
together, and sends delivery receipts, which Kannel's own fakesmsc does not do.

    python3 -m gateways.smsc --port N --folder DIR     DIR/sent.jsonl has a line for each message, DIR/mode the mode

Modes: normal, undelivered (receipt with an error), no_receipt, throttle, reject (bad number), silent (accepted, no answer).
"""
import argparse
import asyncio
import json
import pathlib
import signal
import struct
import sys
import time

from gateways.process import ModeFile, end_with_stdin

BINDS = (0x01, 0x02, 0x09)
SUBMIT_SM, DELIVER_SM, UNBIND, ENQUIRE_LINK, RESPONSE = 0x04, 0x05, 0x06, 0x15, 0x80000000
GENERIC_NACK, INVALID_COMMAND, THROTTLED, INVALID_ADDRESS = 0x80000000, 0x03, 0x58, 0x0B
RECEIPT, UDH = 0x04, 0x40
MESSAGE_PAYLOAD, RECEIPTED_ID, MESSAGE_STATE = 0x0424, 0x001E, 0x0427
REFUSALS = {"throttle": THROTTLED, "reject": INVALID_ADDRESS}


def c_string(text):
    return text.encode() + b"\0"


class Fields:
    """Reads the body of a PDU from its front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def string(self):
        end = self.data.index(b"\0", self.at)
        text, self.at = self.data[self.at:end].decode("latin-1"), end + 1
        return text

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def take(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def options(self):
        found = {}
        while self.at + 4 <= len(self.data):
            tag, length = struct.unpack(">HH", self.take(4))
            found[tag] = self.take(length)
        return found


def submission(body):
    """The fields of a submit_sm that matter here."""
    f = Fields(body)
    f.string()  # service type
    f.take(2)
    sender = f.string()
    kind_of_number = f.take(2)[0]
    to = f.string()
    esm_class = f.byte()
    f.take(2)
    f.string(), f.string()  # schedule, validity
    wants_receipt = bool(f.byte() & 3)
    f.byte()
    coding = f.byte()
    f.byte()
    content = f.take(f.byte())
    content = content or f.options().get(MESSAGE_PAYLOAD, b"")
    to = "+" + to if kind_of_number == 1 and not to.startswith("+") else to
    return {"from": sender, "to": to, "udh": bool(esm_class & UDH), "receipt": wants_receipt, "coding": coding,
            "content": content}


def part_of(message):
    """(reference, parts, this one's number from 1, its text): long messages come in parts with a user data header."""
    content, key = message["content"], (None, 1, 1)
    if message["udh"]:
        header, content = content[1:1 + content[0]], content[1 + content[0]:]
        if header[:2] == b"\0\3":
            key = tuple(header[2:5])
    return (*key, content.decode("utf-16-be" if message["coding"] == 8 else "latin-1", "replace"))


class Center:
    """What all connections share: the record of messages and the mode."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.mode = ModeFile(self.folder / "mode")
        self.record = open(self.folder / "sent.jsonl", "a", encoding="utf-8")
        self.waiting = {}
        self.bound, self.receipts = [], []
        # Ids must not come again after a restart: Kannel finds a message's receipt URL by them.
        self.count = time.time_ns() // 1000

    def next_id(self):
        self.count += 1
        return "%X" % self.count

    def tell(self, receipt):
        """Sends a receipt, or keeps it until somebody is bound again, as carriers do."""
        if self.bound:
            self.bound[-1].deliver(receipt)
        else:
            self.receipts.append(receipt)

    def bind(self, connection):
        self.bound.append(connection)
        waiting, self.receipts = self.receipts, []
        for receipt in waiting:
            self.tell(receipt)

    def unbind(self, connection):
        """What was not confirmed is sent again."""
        if connection in self.bound:
            self.bound.remove(connection)
            for receipt in connection.unconfirmed.values():
                self.tell(receipt)

    def take(self, message, id):
        """Writes the message down once all of its parts are here."""
        reference, parts, number, text = part_of(message)
        key = (message["from"], message["to"], reference)
        known = self.waiting.setdefault(key, {})
        known[number] = (text, id, message["receipt"])
        if len(known) < parts:
            return
        del self.waiting[key]
        texts, ids, receipts = zip(*(known[n] for n in sorted(known)))
        line = {"id": ids[0], "from": message["from"], "to": message["to"], "text": "".join(texts), "parts": parts,
                "coding": message["coding"], "receipt": any(receipts), "at": time.time()}
        self.record.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.record.flush()


def receipt_body(message, id, delivered):
    """A deliver_sm that is a receipt, in the usual text and as optional fields."""
    state, word, error = (2, "DELIVRD", "000") if delivered else (5, "UNDELIV", "001")
    now = time.strftime("%y%m%d%H%M")
    text = "id:%s sub:001 dlvrd:%03d submit date:%s done date:%s stat:%s err:%s text:" % (id, delivered, now, now, word, error)
    number = message["to"].lstrip("+")
    body = c_string("") + b"\1\1" + c_string(number) + b"\0\0" + c_string(message["from"])
    body += bytes((RECEIPT, 0, 0)) + c_string("") + c_string("") + bytes((0, 0, 0, 0, len(text))) + text.encode()
    body += struct.pack(">HH", RECEIPTED_ID, len(id) + 1) + c_string(id)
    return body + struct.pack(">HHB", MESSAGE_STATE, 1, state)


class Connection:
    def __init__(self, center, reader, writer):
        self.center, self.reader, self.writer, self.sequence = center, reader, writer, 0
        self.unconfirmed = {}

    def send(self, command, status, sequence, body=b""):
        if not self.writer.is_closing():
            self.writer.write(struct.pack(">IIII", 16 + len(body), command, status, sequence) + body)

    async def run(self):
        try:
            while True:
                length, command, _, sequence = struct.unpack(">IIII", await self.reader.readexactly(16))
                self.answer(command, sequence, await self.reader.readexactly(length - 16))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.center.unbind(self)
            self.writer.close()

    def answer(self, command, sequence, body):
        if command in BINDS:
            self.send(command | RESPONSE, 0, sequence, c_string("SMSC"))
            self.center.bind(self)
        elif command == SUBMIT_SM:
            self.submit(sequence, submission(body))
        elif command in (ENQUIRE_LINK, UNBIND):
            self.send(command | RESPONSE, 0, sequence)
        elif command == DELIVER_SM | RESPONSE:
            self.unconfirmed.pop(sequence, None)
        elif not command & RESPONSE:
            self.send(GENERIC_NACK, INVALID_COMMAND, sequence)

    def submit(self, sequence, message):
        mode = self.center.mode.for_message(message["to"])
        if mode["name"] in REFUSALS:
            return self.send(SUBMIT_SM | RESPONSE, REFUSALS[mode["name"]], sequence)
        id = self.center.next_id()
        self.center.take(message, id)
        if mode["name"] == "silent":
            return None
        self.send(SUBMIT_SM | RESPONSE, 0, sequence, c_string(id))
        if message["receipt"] and mode["name"] != "no_receipt":
            receipt = receipt_body(message, id, delivered=mode["name"] != "undelivered")
            asyncio.get_running_loop().call_later(mode.get("receipt_after", 0.05), self.center.tell, receipt)
        return None

    def deliver(self, receipt):
        self.sequence += 1
        self.unconfirmed[self.sequence] = receipt
        self.send(DELIVER_SM, 0, self.sequence, receipt)


async def serve(arguments):
    center, ended = Center(arguments.folder), asyncio.Event()
    loop = asyncio.get_running_loop()

    async def connected(reader, writer):
        await Connection(center, reader, writer).run()
    server = await asyncio.start_server(connected, "127.0.0.1", arguments.port)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    if arguments.until_stdin_ends:
        end_with_stdin(loop, ended.set)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}))
    sys.stdout.flush()
    await ended.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--until-stdin-ends", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
