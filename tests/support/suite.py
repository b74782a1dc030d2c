"""Redress for one test in Python: a database, topics with a prefix, a key, the demo tenant, daemons (suite.h in C).

    with Suite("clients") as suite:
        suite.start("relay", "intake", "dispatch")
        suite.ctl("complaint", "list", "--output", "json").json
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
STOP_SECONDS = 20


class Answer:
    """What a command said."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]


def setting(name):
    value = os.environ.get(name)
    if not value:
        sys.exit("%s is not set: run through tests/run" % name)
    return value


class Suite:
    def __init__(self, name, tenant=True):
        self.bin = pathlib.Path(setting("REDRESS_BIN"))
        self.maintenance = setting("REDRESS_TEST_PG")
        self.brokers = setting("REDRESS_TEST_KAFKA")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="redress-%s." % name, dir=os.environ.get("REDRESS_TEST_TMP")))
        self.database = "test_%s_%s" % (name, uuid.uuid4().hex[:8])
        self.prefix = "%s-%s." % (name, self.database[-8:])
        self.uri = urllib.parse.urlsplit(self.maintenance)._replace(path="/" + self.database).geturl()
        self.daemons = {}
        self.ports = {}  # of daemons that others must find over HTTP; the others take any
        self.env = dict(os.environ, REDRESS_PG=self.uri, REDRESS_KAFKA=self.brokers,
                        REDRESS_KAFKA_TOPIC_PREFIX=self.prefix, REDRESS_KEYS_FILE=str(self.folder / "master.key"),
                        REDRESS_HTTP_PORT="0")
        self.tenant = tenant

    def __enter__(self):
        self.sql("CREATE DATABASE " + self.database, self.maintenance)
        try:
            self.must("keys", "new", str(self.folder / "master.key"))
            self.must("db", "migrate")
            self.must("topics", "apply")
            if self.tenant:
                self.must("tenant", "apply", str(ROOT / "deploy/demo.d/tenant"))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for name in list(self.daemons):
            self.stop(name)
        self.sql("DROP DATABASE IF EXISTS %s WITH (FORCE)" % self.database, self.maintenance)
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, text, uri=None):
        """The answer as psql prints it, unaligned."""
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", uri or self.uri, "-c", text],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, "%s: %s" % (text, done.stderr)
        return done.stdout.strip()

    def ctl(self, *arguments, stdin=None):
        return Answer(subprocess.run([self.bin / "redressctl", *arguments], env=self.env, input=stdin, cwd=self.folder,
                                     capture_output=True, text=True, check=False, timeout=120))

    def must(self, *arguments, stdin=None):
        done = self.ctl(*arguments, stdin=stdin)
        assert done.status == 0, "redressctl %s: %d\n%s%s" % (" ".join(arguments), done.status, done.out, done.err)
        return done

    def start(self, *names):
        """A second instance of a daemon is "dispatch.2"."""
        for name in names:
            daemon, _, instance = name.partition(".")
            with open(self.folder / (name + ".log"), "ab") as log:
                self.daemons[name] = subprocess.Popen([self.bin / ("redress-" + daemon)], stdin=subprocess.DEVNULL, stdout=log,
                                                      stderr=log,
                                                      env=dict(self.env, REDRESS_KAFKA_INSTANCE=instance or "1",
                                                               REDRESS_HTTP_PORT=str(self.ports.get(name, 0))))

    def kill(self, name):
        """As the kernel does it: nothing is finished, nothing is said."""
        process = self.daemons.pop(name)
        process.kill()
        process.wait()

    def check(self):
        """Fails where a daemon has ended by itself: what it should do need not be waited for."""
        for name, process in self.daemons.items():
            assert process.poll() is None, "redress-%s ended with status %s" % (name, process.returncode)

    def stop(self, name):
        """Ends a daemon as an operator does; it must end well."""
        process = self.daemons.pop(name)
        process.terminate()
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = "none within %d s" % STOP_SECONDS
        if status != 0:
            sys.stderr.write((self.folder / (name + ".log")).read_text(errors="replace")[-4000:])
            raise AssertionError("redress-%s ended with status %s" % (name, status))
