#!/usr/bin/env python3
# timeout: 300
"""Row 15: yesterday's backup is restored while Kafka still holds what happened since. What the database has lost did not happen: it is
not applied from Kafka, where it would be taken for what happens now; and what comes in again from outside happens again, once."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from private_postgres import Postgres  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402


class Restore(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        base = pathlib.Path(os.environ["REDRESS_TEST_TMP"]) / ("restore%d" % os.getpid())
        base.mkdir()
        cls.postgres, cls.backup = Postgres(base / "pg"), base / "backup"
        cls.addClassCleanup(cls.postgres.stop)
        os.environ["REDRESS_TEST_PG"] = cls.postgres.uri
        cls.suite = suite = Suite("restore").__enter__()
        cls.addClassCleanup(suite.close)
        cls.file = suite.folder / "sent.jsonl"
        cls.teller = Teller(suite, {"trial": {"kind": "file", "settings": {"path": str(cls.file)}}})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    def stopped(self, do):
        for name in Teller.DAEMONS:
            self.suite.stop(name)
        do()
        self.suite.start(*Teller.DAEMONS)

    def version(self, schema, table, case):
        return self.suite.sql("SELECT version FROM %s.%s WHERE complaint_id = '%s'" % (schema, table, case.id))

    def test_what_a_restore_took_back_is_not_applied_from_kafka(self):
        case = self.desk.submit("community_environment.rubbish")
        self.desk.until(lambda: len(self.teller.told(case)) >= 2)
        self.stopped(lambda: self.postgres.copy(self.backup))
        epoch = self.suite.sql("SELECT journal.current_epoch()")
        self.desk.do(case, "acknowledge")
        self.desk.do(case, "note", text="第一步已完成")
        self.desk.until(lambda: self.teller.message(case, "acknowledged"))

        # The backup comes back. The commands are still in Kafka, and come in again.
        self.stopped(lambda: self.postgres.restore(self.backup))
        self.assertNotEqual(self.suite.sql("SELECT journal.current_epoch()"), epoch)
        self.desk.until(lambda: self.version("dispatch", "case_state", case) == "4", 90)
        self.assertEqual(case.events(), ["registered", "assigned", "acknowledged", "noted"], "the commands happened again")
        for schema, table in (("watchdog", "case_state"), ("notification", "case_seen")):
            self.desk.until(lambda schema=schema, table=table: self.version(schema, table, case) == "4")
        self.desk.do(case, "note", text="第二步已完成")
        for schema, table in (("watchdog", "case_state"), ("notification", "case_seen")):
            self.desk.until(lambda schema=schema, table=table: self.version(schema, table, case) == "5")
            self.assertEqual(self.suite.sql("SELECT count(*) FROM %s.dead_letter" % schema), "0")
        self.assertEqual(self.suite.sql(
            "SELECT split_part(s.happened, ' ', 1)::bigint > (extract(epoch FROM e.recorded_at) * 1000000)::bigint - 1000000 FROM "
            "notification.case_seen AS s JOIN journal.entry AS e ON e.aggregate_id = s.complaint_id AND e.aggregate_version = 3 WHERE "
            "s.complaint_id = '%s'" % case.id), "t", "what was applied is what happened after the restore, not what it took back")
        self.suite.must("journal", "verify")


if __name__ == "__main__":
    unittest.main()
