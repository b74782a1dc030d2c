"""What arrived at the demo's gateways: the newest text messages and mails, for people to look at.

    python3 -m gateways.show DIR [--last N]
"""
import argparse
import json
import pathlib
import time

from gateways.mail import Maildir


def clock(at):
    return time.strftime("%m-%d %H:%M:%S", time.localtime(at))


def texts(folder):
    path = folder / "smsc" / "sent.jsonl"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        m = json.loads(line)
        yield "%s  SMS   %s  %s" % (clock(m["at"]), m["to"], m["text"])


def first_line(message):
    body = message.get_body(("plain", "html"))
    lines = body.get_content().strip().splitlines() if body else []
    return lines[0] if lines else ""


def mails(folder):
    box = Maildir(folder / "Maildir")
    for path, m in zip(box.files(), box.messages()):
        yield "%s  mail  %s  %s\n%s%s" % (clock(path.stat().st_mtime), m["X-Envelope-To"], m["Subject"], " " * 22, first_line(m))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--last", type=int, default=5, help="of each kind")
    arguments = parser.parse_args()
    for name, found in (("text messages", list(texts(arguments.folder))), ("mails", list(mails(arguments.folder)))):
        print("%d %s arrived%s" % (len(found), name, ":" if found else ""))
        for line in found[-arguments.last:]:
            print("  " + line.replace("\n", "\n  "))


if __name__ == "__main__":
    main()
