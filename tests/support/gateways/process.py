"""Servers as child processes: found, started, waited for, stopped, killed."""
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import sys
import time

SUPPORT = pathlib.Path(__file__).resolve().parents[1]
STOP_SECONDS = 10


def tool(name):
    """Debian keeps servers in sbin, which is not in everybody's PATH."""
    places = os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin"))
    found = shutil.which(name, path=places)
    if not found:
        raise FileNotFoundError("%s is not installed: see tests/packages.txt" % name)
    return found


def until(holds, what, seconds=20, step=0.02):
    """Waits for it and returns it."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > end:
            raise TimeoutError("not within %g s: %s" % (seconds, what))
        time.sleep(step)
    return found


def listens(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


def free_ports(count):
    """Below the kernel's own range, so that no outgoing connection takes one before its server does (as lib.sh)."""
    found = set()
    for _ in range(1000):
        port = random.randint(20000, 31999)
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
        if len(found) == count:
            return list(found)
    raise OSError("no free port between 20000 and 32000")


class Child:
    """One process, which writes to a log and ends with its starter."""

    def __init__(self, name, command, folder, env=None):
        self.name, self.command, self.env = name, [str(word) for word in command], env
        self.folder = pathlib.Path(folder)
        self.log = self.folder / (name + ".log")
        self.process = None

    def start(self, stdout=None):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=stdout or log, stderr=log,
                                            env=self.env, cwd=self.folder)
        return self

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def check(self):
        """Fails with the end of the log where it ended by itself."""
        if not self.alive():
            raise RuntimeError("%s ended: %s" % (self.name, self.log.read_text(errors="replace")[-2000:]))
        return True

    def wait_port(self, port, seconds=20):
        until(lambda: self.check() and listens(port), "%s on port %d" % (self.name, port), seconds)

    def kill(self):
        """As the kernel does it: nothing is finished, nothing is said."""
        if self.alive():
            self.process.kill()
            self._gone()

    def stop(self):
        if not self.alive():
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._gone()

    def _gone(self):
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()


class PythonServer(Child):
    """`python3 -m gateways.NAME`, which says its ports as one line of JSON when it is ready, and ends when its standard
    input does: it cannot outlive its test."""

    def __init__(self, module, folder, *arguments):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        env = dict(os.environ, PYTHONPATH=str(SUPPORT), PYTHONUNBUFFERED="1")
        super().__init__(module, [sys.executable, "-m", "gateways." + module, "--until-stdin-ends", *arguments], folder, env)

    def start(self, stdout=None):
        """Returns what it said."""
        super().start(stdout=subprocess.PIPE)
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.check()
        return json.loads(line)


def end_with_stdin(loop, stop):
    """For the servers' main: calls stop() when standard input ends."""
    def readable():
        if not os.read(0, 4096):
            loop.remove_reader(0)
            stop()
    loop.add_reader(0, readable)


class ModeFile:
    """How a server behaves from the next message on: a file, so that it also holds after a restart. The server looks at it
    for each message; a mode may hold for `times` messages only, or for one address (`to`)."""

    def __init__(self, path):
        self.path, self.stamp, self.mode, self.used = pathlib.Path(path), None, {"name": "normal"}, 0

    def write(self, name, **options):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(dict(options, name=name)))
        new.replace(self.path)

    def peek(self):
        """The mode, without counting it as used."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return {"name": "normal"}
        if (stamp := (status.st_mtime_ns, status.st_ino)) != self.stamp:
            self.stamp, self.mode, self.used = stamp, json.loads(self.path.read_text()), 0
        return self.mode if self.used < self.mode.get("times", float("inf")) else {"name": "normal"}

    def for_message(self, to):
        """The mode that holds for this message, with its options."""
        mode = self.peek()
        if mode.get("to") not in (None, to):
            return {"name": "normal"}
        self.used += 1
        return mode
