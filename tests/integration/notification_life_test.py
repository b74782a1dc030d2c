#!/usr/bin/env python3
"""The four lives of life_test, and who is told what on the way: SMS through a real Kannel, mail through a real SMTP server, each
once, in order, with receipts."""
# timeout: 600
import pathlib
import sys
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / "support"), str(pathlib.Path(__file__).resolve().parent)]
import life_test  # noqa: E402
from desk import Desk  # noqa: E402
from gateways.kannel import Kannel  # noqa: E402
from gateways.mail import Mail  # noqa: E402
from gateways.settings import of_kannel, of_mail  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402


class RecordingDesk(Desk):
    """Remembers the case of the life that is being lived; its complainant can be reached by phone and by mail."""

    def submit(self, category="", **changes):
        self.phone = "1390600%04d" % (self.count % 10000)
        self.count += 1
        self.case = super().submit(category, complainant={"name": "章德顺", "phone": self.phone, "email": "zds@example.net"}, **changes)
        return self.case

    count = 1


class Told(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("told").__enter__()
        cls.addClassCleanup(suite.close)
        cls.kannel = cls.enterClassContext(Kannel(suite.folder / "kannel"))
        cls.mail = cls.enterClassContext(Mail(suite.folder / "mail"))
        life_test.prepare(suite)
        cls.teller = Teller(suite, {"kannel": of_kannel(cls.kannel, suite.folder), "post": of_mail(cls.mail, suite.folder)})
        suite.start(*Teller.DAEMONS)
        cls.desk = RecordingDesk(suite)
        cls.addClassCleanup(cls.desk.close)
        life_test.Life.suite, life_test.Life.desk = suite, cls.desk

    def live(self, name):
        life_test.Life(name).debug()
        case = self.desk.case
        self.desk.until(lambda: not [m for m in self.teller.messages(case) if m["state"] in ("queued", "sending")])
        return case

    def assert_told(self, case, audience, *wanted):
        """Whom it concerns, (event, channel) by (event, channel); nothing else."""
        told = [(event, channel) for event, to, _, channel in self.teller.told(case) if to == audience]
        self.assertEqual(told, list(wanted))

    def assert_arrived_once_and_in_order(self, case):
        """At the carrier and in the mailbox: what the list says, each once, the complainant's in the order of what happened."""
        listed = [m for m in self.teller.messages(case) if m["state"] in ("sent", "delivered")]
        texts = [m["text"] for m in self.kannel.sent() if case.number in m["text"]]
        mails = [m for m in self.mail.messages() if case.number in m["Subject"] or case.number in m.as_string()]
        self.assertEqual(len(texts), len([m for m in listed if m["channel"] == "sms"]))
        self.assertEqual({m["attempts"] for m in listed}, {1})
        self.assertGreaterEqual(len(mails), len([m for m in listed if m["channel"] == "email"]))
        mine = [m["text"] for m in self.kannel.sent() if m["to"].endswith(self.desk.phone)]
        self.assertTrue(all(text.startswith("【示范地产】") for text in mine), mine)
        self.assertEqual(len(mine), len([m for m in listed if (m["audience"], m["channel"]) == ("complainant", "sms")]))
        self.assertIn("已登记", mine[0])
        self.assertIn("已办结", mine[-1])

    def assert_delivered(self, case):
        """Kannel's receipts have come; a mail server says nothing more."""
        self.desk.until(lambda: {m["state"] for m in self.teller.messages(case, channel="sms") if m["audience"] == "complainant"}
                        == {"delivered"})

    def nothing_failed(self, case):
        self.assertEqual([m for m in self.teller.messages(case) if m["state"] in ("failed", "unknown", "expired")], [])

    def test_a_simple_matter(self):
        case = self.live("test_a_simple_matter_goes_from_assignment_to_done_and_confirmed")
        self.assert_told(case, "complainant", ("registered", "sms"), ("contact_attempted", "sms"), ("rectified", "sms"),
                         ("fed_back", "email"), ("closed", "sms"))
        self.assert_told(case, "handler", ("assigned", "sms"))
        self.assert_arrived_once_and_in_order(case)
        self.assert_delivered(case)
        self.nothing_failed(case)

    def test_a_complex_matter(self):
        case = self.live("test_a_complex_matter_is_planned_rejected_planned_again_and_done")
        self.assert_told(case, "complainant", ("registered", "sms"), ("acknowledged", "sms"), ("plan_proposed", "sms"),
                         ("plan_proposed", "sms"), ("paused", "sms"), ("resumed", "sms"), ("information_requested", "sms"),
                         ("fed_back", "email"), ("closed", "sms"))
        self.assert_told(case, "handler", ("assigned", "sms"), ("plan_rejected", "sms"), ("plan_confirmed", "sms"),
                         ("information_given", "sms"))
        self.assert_arrived_once_and_in_order(case)
        self.assert_delivered(case)
        self.nothing_failed(case)

    def test_a_major_matter(self):
        case = self.live("test_a_major_matter_is_inspected_before_it_ends")
        self.assert_told(case, "leaders", ("assigned", "sms"), ("assigned", "sms"))
        self.assertEqual({m["recipient"] for m in self.teller.messages(case) if m["audience"] == "leaders"}, {"S0002", "S0003"})
        self.assert_told(case, "complainant", ("registered", "sms"), ("acknowledged", "sms"), ("plan_proposed", "sms"),
                         ("fed_back", "email"), ("inspection_arranged", "sms"), ("closed", "sms"))
        self.assert_arrived_once_and_in_order(case)
        self.assert_delivered(case)
        self.nothing_failed(case)

    def test_a_paid_repair(self):
        case = self.live("test_a_paid_repair_is_quoted_approved_done_signed_and_billed_once")
        self.assert_told(case, "complainant", ("registered", "sms"), ("acknowledged", "sms"), ("work_order_quoted", "sms"),
                         ("work_order_quoted", "sms"), ("appointment_agreed", "sms"), ("work_order_done", "sms"), ("rectified", "sms"),
                         ("closed", "sms"))
        self.assert_arrived_once_and_in_order(case)
        self.assert_delivered(case)
        self.nothing_failed(case)

    def test_zz_the_result_is_told_in_writing_with_its_words_and_nothing_personal_is_kept(self):
        """R28, R46: the mail quotes what was written; the journal, the messages and the log have neither words nor address."""
        mails = [m for m in self.mail.messages() if m["X-Envelope-To"] == "zds@example.net"]
        self.assertTrue(mails)
        for mail in mails:
            self.assertRegex(mail["Subject"], r"^\[云湖花园\]-客户投诉-YHHY-\d{8}-\d{5}$")
            self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertTrue(any("已处理完毕" in m.get_body(("plain",)).get_content() for m in mails))
        for needle in ("zds@example.net", "1390600", "章德顺", "已处理完毕"):
            self.assertEqual(self.suite.sql("SELECT (SELECT count(*) FROM journal.entry WHERE position(convert_to('%s', 'UTF8') IN payload) "
                                            "> 0) + (SELECT count(*) FROM notification.message AS m WHERE m::text LIKE '%%%s%%')"
                                            % (needle, needle)), "0", needle)
            self.assertNotIn(needle, (self.suite.folder / "notification.log").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
