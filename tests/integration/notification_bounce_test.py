#!/usr/bin/env python3
# timeout: 600
"""Mails that come back, from a real SMTP server into a real mailbox (Dovecot): the message has failed, its address is left out, the
next channel is tried; and whatever else lies in that mailbox changes nothing."""
import contextlib
import json
import pathlib
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from gateways.imap import Imap  # noqa: E402
from gateways.mail import Mail  # noqa: E402
from gateways.settings import of_mail, secret  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402

RETURN_PATH = "bounces@example.com"
ROUTES = [{"event": "registered", "to": "complainant", "channels": ["email", "sms"], "template": "registered_complainant"},
          {"event": "assigned", "none": "not looked at here"}]
VACATION = """\
From: %s\r
To: service@example.com\r
Subject: =?utf-8?B?6Ieq5Yqo5Zue5aSN?=\r
Auto-Submitted: auto-replied (vacation)\r
In-Reply-To: %s\r
Content-Type: text/plain\r
\r
I am away. Action: failed\r
Status: 5.1.1\r
"""


class Bounces(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("bounces").__enter__()
        cls.addClassCleanup(suite.close)
        suite.folder.chmod(0o711)  # the mailbox's owner must get through
        cls.mail = cls.enterClassContext(Mail(suite.folder / "mail"))
        cls.imap = cls.enterClassContext(Imap(suite.folder / "mail"))
        cls.texts = suite.folder / "texts.jsonl"
        bounces = {"url": "imaps://localhost:%d" % cls.imap.tls_port, "user": cls.imap.user, "ca_path": cls.imap.ca_file,
                   "password_file": secret(suite.folder, "imap", cls.imap.password), "every": "5s"}
        cls.teller = Teller(suite, {"mail": of_mail(cls.mail, suite.folder),
                                    "texts": {"kind": "file", "settings": {"path": str(cls.texts)}}}, routes=ROUTES,
                            mail={"from": "service@example.com", "name": "客户服务", "return_path": RETURN_PATH,
                                  "bounces": bounces})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    def submit(self, address=None):
        """A case whose complainant has been sent a mail, the message, and the mail."""
        address = address or "%s@example.net" % uuid.uuid4().hex[:12]
        case = self.desk.submit("community_environment.rubbish", complainant={"name": "章德顺", "phone": "13912345678",
                                                                              "email": address})
        message = self.wait(case, "email", "sent")
        mail, = [m for m in self.mail.messages() if m["Message-ID"] == "<%s@example.com>" % message["id"]]
        return case, message, mail

    def wait(self, case, channel, state):
        return self.desk.until(lambda: next((m for m in self.teller.messages(case)
                                             if (m["channel"], m["state"]) == (channel, state)), None))

    def states(self, case):
        return [(m["channel"], m["state"]) for m in self.teller.messages(case) if m["event"] == "registered"]

    def marked(self, how):
        """Mails that are so."""
        with self.imap.client() as client:
            client.select("INBOX", readonly=True)
            return client.search(None, how)[1][0].split()

    def until_marked(self):
        """Until all are seen, and none is flagged."""
        self.desk.until(lambda: not self.marked("OR UNSEEN FLAGGED"))

    @contextlib.contextmanager
    def receipts_locked(self):
        """Nobody can keep one meanwhile."""
        with subprocess.Popen(["psql", "-Xq", "-d", self.suite.uri], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True) as psql:
            psql.stdin.write("BEGIN; LOCK TABLE notification.receipt IN SHARE MODE; SELECT 'locked';\n")
            psql.stdin.flush()
            while "locked" not in psql.stdout.readline():
                pass
            try:
                yield
            finally:
                psql.stdin.close()

    def texts_about(self, case):
        lines = self.texts.read_text(encoding="utf-8").splitlines() if self.texts.exists() else []
        return [m for m in map(json.loads, lines) if case.number in m["text"]]

    def said(self, words):
        return (self.suite.folder / "notification.log").read_text(errors="replace").count(words)

    def test_a_mail_that_comes_back_has_failed_and_a_text_goes_instead(self):
        case, message, mail = self.submit("nobody@example.net")
        self.assertEqual(mail["X-Envelope-From"], RETURN_PATH)
        self.mail.bounce(mail)
        self.wait(case, "sms", "sent")
        self.assertEqual(self.states(case), [("email", "failed"), ("sms", "sent")])
        self.assertEqual(self.teller.messages(case)[0]["code"], "5.1.1")
        self.assertEqual(self.teller.fates(message["id"]), ["sent", "failed"])
        self.assertEqual(len(self.texts_about(case)), 1)
        self.until_marked()

        with self.subTest("the same again changes nothing"):
            self.mail.bounce(mail)
            self.mail.bounce(mail, "4.4.1", "451 4.4.1 Try again")
            self.until_marked()
            time.sleep(1)
            self.assertEqual(self.states(case), [("email", "failed"), ("sms", "sent")])
            self.assertEqual(self.teller.fates(message["id"]), ["sent", "failed"])

        with self.subTest("the address is left out of the next message"):
            other = self.desk.submit("community_environment.rubbish", complainant={"name": "章德顺", "phone": "13912345678",
                                                                                   "email": "nobody@example.net"})
            self.wait(other, "sms", "sent")
            self.assertEqual(self.states(other), [("sms", "sent")])

    def test_a_full_mailbox_is_told_otherwise_but_its_address_stays_good(self):
        case, _, mail = self.submit("full@example.net")
        self.mail.bounce(mail, "5.2.2", "552 5.2.2 Mailbox full")
        self.wait(case, "sms", "sent")
        self.assertEqual(self.states(case), [("email", "failed"), ("sms", "sent")])
        other, _, _ = self.submit("full@example.net")
        self.assertEqual(self.states(other), [("email", "sent")])

    def test_what_is_no_bounce_changes_nothing(self):
        case, message, mail = self.submit()
        self.mail.maildir.add((VACATION % (mail["To"], mail["Message-ID"])).encode())
        self.mail.bounce(mail, "4.4.1", "451 4.4.1 Still trying")
        del mail["Message-ID"]
        mail["Message-ID"] = "<%s@example.com>" % uuid.uuid4()
        self.mail.bounce(mail)
        self.until_marked()
        time.sleep(1)
        self.assertEqual(self.states(case), [("email", "sent")])
        self.assertEqual(self.teller.fates(message["id"]), ["sent"])

    def test_many_are_read_in_rounds_by_two_instances(self):
        self.suite.start("notification.2")
        cases = [self.submit() for _ in range(3)]
        for _ in range(120):
            self.mail.maildir.add((VACATION % ("a@example.net", "<x@example.net>")).encode())
        for _, _, mail in cases:
            self.mail.bounce(mail)
        for case, message, _ in cases:
            self.wait(case, "sms", "sent")
            self.assertEqual(self.states(case), [("email", "failed"), ("sms", "sent")])
            self.assertEqual(self.teller.fates(message["id"]), ["sent", "failed"])
        self.until_marked()
        self.suite.stop("notification.2")

    def test_a_mail_is_marked_only_when_its_receipt_is_kept(self):
        case, _, mail = self.submit()
        self.until_marked()
        with self.receipts_locked():
            self.mail.bounce(mail)
            self.desk.until(lambda: self.marked("FLAGGED"))
            time.sleep(2)
            self.assertEqual(len(self.marked("FLAGGED")), 1)
        self.wait(case, "email", "failed")
        self.until_marked()

    def test_what_was_read_and_not_kept_is_read_again(self):
        case, _, mail = self.submit()
        self.until_marked()
        self.suite.kill("notification")
        try:
            self.mail.bounce(mail)
            with self.imap.client() as client:  # as a daemon leaves it that dies when it has read it
                client.select("INBOX")
                found = client.search(None, "UNSEEN")[1][0].split()
                self.assertEqual(len(found), 1)
                client.store(found[0], "+FLAGS", "(\\Seen \\Flagged)")
        finally:
            self.suite.start("notification")
        self.wait(case, "email", "failed")
        self.until_marked()

    def test_without_its_mailbox_the_daemon_goes_on_and_says_so_once(self):
        self.until_marked()
        told, again = self.said("mailbox for bounces cannot be read"), self.said("mailbox for bounces is read again")
        self.imap.server.stop()
        try:
            self.desk.until(lambda: self.said("mailbox for bounces cannot be read") > told)
            self.assertIn('redress_notification_mailbox_failing{tenant="demo"} 1', self.teller.get("/metrics")[1])
            case, _, mail = self.submit()
            self.mail.bounce(mail)
        finally:
            self.imap.server.start()
        self.wait(case, "email", "failed")
        self.until_marked()  # which ends the round
        self.desk.until(lambda: self.said("mailbox for bounces is read again") > again)
        self.assertEqual(self.said("mailbox for bounces cannot be read"), told + 1)
        self.assertEqual(self.said("mailbox for bounces is read again"), again + 1)
        self.assertIn('redress_notification_mailbox_failing{tenant="demo"} 0', self.teller.get("/metrics")[1])


if __name__ == "__main__":
    unittest.main()
