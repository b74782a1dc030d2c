"""A real Kannel: bearerbox and smsbox, and behind them an SMSC over SMPP (smsc.py).

    with Kannel(folder) as kannel:
        # GET kannel.url?username=..&password=..&to=..&text=..&coding=2&charset=UTF-8&dlr-mask=31&dlr-url=..
        kannel.sent()          # what reached the SMSC: [{"to": .., "text": .., "parts": 1, ..}]
        kannel.mode("undelivered", times=1)
        kannel.kill("bearerbox")
        kannel.start()         # what does not run

smsbox goes with bearerbox: left alone, Kannel 1.4.5's starts a copy of itself after ten seconds, which nobody would stop. It
also panics (conn_unregister) where whoever takes its receipts resets the connection while it writes, as one does who is killed or
stopped at that moment. As an operator's supervisor would, this one starts it anew, and counts it in `restarts`.

Receipts come as documented for dlr-mask=31: 8 (the SMSC took it), then 1 (delivered) or 2 (not); 16 where the SMSC refused.
They are kept in SQLite and messages in a spool, so that both survive kill -9. (Kannel's fakesmsc would give 8 only.)

    python3 -m gateways.kannel DIR --line PORT ...     only writes DIR/kannel.conf or looks (--ready), for deploy/local/gateways.sh
"""
import argparse
import json
import pathlib
import sqlite3
import sys
import threading
import urllib.request

from gateways.process import Child, ModeFile, PythonServer, free_ports, listens, tool, until

USER, PASSWORD = "redress", "kannel-test"
PORTS = ("admin", "boxes", "sendsms", "line")

# Blank lines part the groups.
CONFIG = """\
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {password}
smsbox-port = {boxes}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
log-file = "{folder}/bearerbox-details.log"
log-level = 1
store-type = spool
store-location = "{folder}/spool"
dlr-storage = sqlite3
sms-resend-freq = 1
sms-resend-retry = 30

group = sqlite3-connection
id = dlr
database = "{folder}/dlr.db"
max-connections = 1

group = dlr-db
id = dlr
table = dlr
field-smsc = smsc
field-timestamp = ts
field-source = source
field-destination = destination
field-service = service
field-url = url
field-mask = mask
field-status = status
field-boxc-id = boxc

group = smsc
smsc = smpp
smsc-id = line
host = 127.0.0.1
port = {line}
smsc-username = redress
smsc-password = line
system-type = ""
interface-version = 34
transceiver-mode = true
reconnect-delay = 1
enquire-link-interval = 5
max-pending-submits = 100
wait-ack = 10
wait-ack-expire = 0x01
source-addr-autodetect = true
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
global-sender = 106900001234
log-file = "{folder}/smsbox-details.log"
log-level = 1
sendsms-chars = "0123456789+"
http-request-retry = 3
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10

group = sms-service
keyword = default
max-messages = 0
text = ""
"""

DLR_TABLE = """CREATE TABLE IF NOT EXISTS dlr (smsc TEXT, ts TEXT, source TEXT, destination TEXT, service TEXT, url TEXT,
mask INTEGER, status INTEGER, boxc TEXT)"""


def configure(folder, ports, user=USER, password=PASSWORD):
    """Writes the configuration and makes what it names; returns its path."""
    folder = pathlib.Path(folder).resolve()
    (folder / "spool").mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / "dlr.db") as database:
        database.execute(DLR_TABLE)
    database.close()
    path = folder / "kannel.conf"
    path.write_text(CONFIG.format(folder=folder, user=user, password=password, **ports))
    return path


def ready(ports, password):
    """The line to the SMSC is bound and a box is connected, as bearerbox itself says."""
    url = "http://127.0.0.1:%d/status.txt?password=%s" % (ports["admin"], password)
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            text = answer.read().decode("latin-1")
    except OSError:
        return False
    bound = any("SMPP" in line and "(online" in line for line in text.splitlines())
    return bound and "smsbox:" in text and listens(ports["sendsms"])


class Kannel:
    user, password = USER, PASSWORD

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.ports = dict(zip(PORTS, free_ports(len(PORTS))))
        config = configure(self.folder, self.ports)
        self.url = "http://127.0.0.1:%d/cgi-bin/sendsms" % self.ports["sendsms"]
        self.smsc = PythonServer("smsc", self.folder / "smsc", "--port", self.ports["line"], "--folder", self.folder / "smsc")
        self.parts = {"smsc": self.smsc,
                      "bearerbox": Child("bearerbox", [tool("bearerbox"), "-v", "4", config], self.folder),
                      "smsbox": Child("smsbox", [tool("smsbox"), "-v", "4", config], self.folder)}
        self.lock, self.wanted, self.restarts = threading.Lock(), set(), 0
        self.closing = threading.Event()
        self.keeper = threading.Thread(target=self.keep, daemon=True)

    def __enter__(self):
        try:
            self.start()
            self.keeper.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closing.set()
        self.stop("smsbox", "bearerbox", "smsc")

    def keep(self):
        while not self.closing.wait(0.1):
            with self.lock:
                if self.wanted >= set(self.parts) and self.parts["bearerbox"].alive() and not self.parts["smsbox"].alive():
                    self.parts["smsbox"].start()
                    self.restarts += 1

    def start(self):
        """Starts the parts that do not run and waits until all work together."""
        for name, part in self.parts.items():
            with self.lock:
                if not part.alive():
                    part.start()
            if name == "bearerbox":
                part.wait_port(self.ports["boxes"])
        self.wanted = set(self.parts)
        until(self.ready, "Kannel's parts are connected", 30)

    def ready(self):
        return ready(self.ports, self.password)

    def stop(self, *names):
        self.end(names, Child.stop)

    def kill(self, *names):
        self.end(names, Child.kill)

    def end(self, names, how):
        with self.lock:
            self.wanted -= set(names)
            if "bearerbox" in names:
                self.parts["smsbox"].kill()
            for name in names:
                how(self.parts[name])

    def mode(self, name, **options):
        """How the SMSC behaves from the next message on (smsc.py)."""
        ModeFile(self.folder / "smsc" / "mode").write(name, **options)

    def sent(self):
        """Messages that reached the SMSC, in order."""
        path = self.folder / "smsc" / "sent.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def wait_sent(self, count, seconds=20):
        until(lambda: len(self.sent()) >= count, "%d messages at the SMSC" % count, seconds)
        return self.sent()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    for name in PORTS:
        parser.add_argument("--" + name, type=int)
    parser.add_argument("--password-file", type=pathlib.Path)
    parser.add_argument("--ready", action="store_true", help="only say by the exit status whether it could send now")
    arguments = parser.parse_args()
    ports = {name: getattr(arguments, name) for name in PORTS}
    file = arguments.password_file or arguments.folder / "kannel.password"
    password = file.read_text(encoding="ascii").strip() if file.exists() else PASSWORD
    if arguments.ready:
        sys.exit(not ready(ports, password))
    print(configure(arguments.folder, ports, password=password))


if __name__ == "__main__":
    main()
