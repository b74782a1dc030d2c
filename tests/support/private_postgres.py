"""A PostgreSQL of a test's own, that may be killed, and restored from a copy.

    postgres = Postgres(folder)
    os.environ["REDRESS_TEST_PG"] = postgres.uri      # before the Suite is made
"""
import shutil
import subprocess

from gateways.process import free_ports
from suite import ROOT


class Postgres:
    """A server of the test's own, that may be killed."""

    def __init__(self, folder):
        self.folder, (self.port,) = folder, free_ports(1)
        folder.mkdir()
        self.start()
        self.uri = "postgresql://postgres@127.0.0.1:%d/postgres" % self.port

    def do(self, *arguments):
        subprocess.run([ROOT / "deploy/local/server", "pg", *map(str, arguments)], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)

    def start(self):
        self.do("start", self.folder, self.port, "durable")

    def kill(self):
        self.do("kill", self.folder)

    def stop(self):
        self.do("stop", self.folder)

    def copy(self, to):
        """As a backup of the stopped server's disk."""
        self.stop()
        subprocess.run(["cp", "-a", str(self.folder / "data"), str(to)], check=True)
        self.start()

    def restore(self, copy):
        """The copy takes the server's place, recovered as an operator does it: on a timeline of its own."""
        self.stop()
        data = self.folder / "data"
        shutil.rmtree(data)
        subprocess.run(["cp", "-a", str(copy), str(data)], check=True)
        with open(data / "postgresql.auto.conf", "a", encoding="utf-8") as settings:
            settings.write("restore_command = 'false'\n")
        (data / "recovery.signal").touch()
        self.start()
