#!/usr/bin/env python3
# timeout: 600
"""Messages through gateways that behave as the clouds document it, and misbehave: nothing is sent twice unless it is on record that
nobody knows (O7), and one gateway's trouble is its own."""
import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from desk import Desk  # noqa: E402
from gateways.cloud import Cloud  # noqa: E402
from gateways.settings import of_cloud  # noqa: E402
from suite import Suite  # noqa: E402
from teller import Teller  # noqa: E402

RECEIPT_KINDS = ("aliyun", "tencent", "twilio", "http")
TEMPLATES = {"registered_complainant": "SMS_0001", "assigned_handler": "SMS_0002", "test": "SMS_0003"}


class Clouds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.suite = suite = Suite("clouds").__enter__()
        cls.addClassCleanup(suite.close)
        cls.cloud = cls.enterClassContext(Cloud(suite.folder / "cloud", accounts={
            "tencent": {"thirty_seconds": False}, "aliyun": {"per_day": None}}))
        cls.teller = Teller(suite, {})
        suite.start(*Teller.DAEMONS)
        cls.desk = Desk(suite)
        cls.addClassCleanup(cls.desk.close)

    def gateway(self, kind, **more):
        gateway = of_cloud(self.cloud, kind, self.suite.folder)
        if kind in ("aliyun", "tencent"):
            gateway["templates"] = TEMPLATES
        return dict(gateway, **more)

    def use(self, *kinds, **settings):
        """The tenant's SMS go through these, the first one first; each of them works again, receipts included."""
        self.teller.gateways = {kind: self.gateway(kind) for kind in kinds}
        self.teller.settle(**settings)
        for kind in kinds:
            self.cloud.mode(kind, "normal")
            if kind in RECEIPT_KINDS:
                self.cloud.receipts(kind, "normal")
                self.cloud.receipts_to(kind, self.url_for(kind))
        self.settled()

    def settled(self):
        """The loop that sends reads settings within a second."""
        time.sleep(1.5)

    def url_for(self, kind):
        """Where the provider's console is told to push receipts: redressctl shows it."""
        shown = self.suite.must("notify", "receipts-url", "--tenant", "demo", "--gateway", kind, "--output", "jsonl").lines[0]
        return shown["url"]

    def told(self, state="delivered", seconds=60, **about):
        """One complaint; its complainant's message, once it is in this state."""
        case = self.desk.submit("community_environment.rubbish", **about)
        try:
            self.desk.until(lambda: (self.teller.message(case, "registered") or {}).get("state") == state, seconds)
        except AssertionError:
            self.fail("not %s: %s\n%s" % (state, self.teller.messages(case),
                                          (self.suite.folder / "notification.log").read_text(encoding="utf-8")[-1500:]))
        return case, self.teller.message(case, "registered")

    def ledger(self, message):
        return [entry for entry in self.cloud.ledger() if entry["id"] == message["id"]]

    def tearDown(self):
        self.assertEqual(self.cloud.twice(), [], "O7")

    def test_each_provider_takes_it_and_says_that_it_arrived(self):
        for kind in RECEIPT_KINDS:
            with self.subTest(kind):
                self.use(kind)
                case, message = self.told()
                self.assertEqual((message["gateway"], message["attempts"]), (kind, 1))
                self.assertEqual(self.teller.fates(message["id"]), ["sent", "delivered"])
                self.assertEqual(len(self.ledger(message)), 1)
                self.assertEqual(self.suite.sql("SELECT count(*) FROM notification.attempt WHERE message_id = '%s' AND request_id <> ''"
                                                % message["id"]), "1")

    def test_a_call_that_is_never_answered_is_unknown_until_the_receipt_says_more(self):
        self.use("http")
        self.cloud.mode("http", "hang", times=1)
        self.cloud.receipts("http", "never")
        self.teller.gateways["http"]["timeout_seconds"] = 2
        self.teller.settle()
        self.settled()
        case, message = self.told("unknown")
        self.assertEqual(self.teller.fates(message["id"]), ["unknown"])
        self.assertEqual(len(self.ledger(message)), 1, "it did arrive; nobody sends it again")
        url = self.url_for("http") + "?id=%s&message_id=x&code=DELIVRD&status=DELIVRD" % message["id"]
        status, body = self.teller.get(url.replace(self.teller.url, ""))
        self.assertEqual(status, 200, body)
        self.desk.until(lambda: self.teller.message(case, "registered")["state"] == "delivered")

    def test_a_provider_that_can_be_asked_is_asked_what_became_of_it(self):
        for kind in ("aliyun", "tencent"):
            with self.subTest(kind):
                self.use(kind)
                self.cloud.mode(kind, "hang", times=1)
                self.cloud.receipts(kind, "never")
                self.teller.gateways[kind]["timeout_seconds"] = 2
                self.teller.settle()
                self.settled()
                case, message = self.told("unknown")
                self.suite.sql("UPDATE notification.message_state SET next_at = now() WHERE id = '%s'" % message["id"])
                self.desk.until(lambda: self.teller.message(case, "registered")["state"] == "delivered")
                self.assertEqual(self.teller.message(case, "registered")["attempts"], 1)
                self.assertEqual(len(self.ledger(message)), 1)

    def test_a_message_that_the_provider_never_had_is_sent_again_but_not_at_once(self):
        """The only way from unknown to another call: the provider says that it has no such message, minutes later."""
        self.use("aliyun")
        self.cloud.mode("aliyun", "hang", kept=False, times=1)
        self.teller.gateways["aliyun"]["timeout_seconds"] = 2
        self.teller.settle()
        self.settled()
        case = self.desk.submit("community_environment.rubbish")
        message = self.desk.until(lambda: self.teller.messages(case, state="unknown"))[0]
        look = "UPDATE notification.message_state SET next_at = now() WHERE id = '%s'" % message["id"]
        self.suite.sql(look)
        self.desk.until(lambda: self.suite.sql("SELECT next_at > now() FROM notification.message_state WHERE id = '%s'" % message["id"])
                        == "t")
        time.sleep(1)
        self.assertEqual(self.teller.show(message)["state"], "unknown")
        self.suite.sql("UPDATE notification.attempt SET started_at = started_at - interval '11 minutes' WHERE message_id = '%s'; %s"
                       % (message["id"], look))
        self.desk.until(lambda: self.teller.show(message)["state"] in ("sent", "delivered"))
        self.assertEqual(len(self.teller.show(message)["calls"]), 2)
        self.assertEqual(len(self.ledger(message)), 1)

    def test_a_500_after_it_was_sent_is_not_sent_again(self):
        self.use("http")
        self.cloud.mode("http", "error_after", times=1)
        case, message = self.told()
        self.assertEqual(message["attempts"], 1)
        self.assertEqual(self.teller.fates(message["id"])[-1], "delivered")

    def test_a_receipt_before_the_answer_and_a_repeated_one_count_once(self):
        self.use("http")
        self.cloud.receipts("http", "before")
        case, message = self.told()
        self.assertEqual(message["attempts"], 1)
        self.cloud.receipts("http", "repeated", count=3)
        case, message = self.told()
        time.sleep(1)
        self.assertEqual(self.teller.fates(message["id"]), ["sent", "delivered"])

    def test_a_storm_of_429_is_waited_out(self):
        self.use("http")
        self.cloud.mode("http", "throttle", times=3, retry_after=1, to="+8613900007004")
        case, message = self.told(complainant={"name": "章德顺", "phone": "13900007004"})
        self.assertEqual(message["attempts"], 4)
        self.assertEqual([c["class"] for c in self.teller.show(message)["calls"]], ["throttled"] * 3 + ["accepted"])

    def test_an_account_without_credit_is_left_for_the_next_gateway(self):
        self.use("aliyun", "tencent")
        self.cloud.mode("aliyun", "credit")
        case, message = self.told()
        self.assertEqual((message["gateway"], message["attempts"]), ("tencent", 2))
        self.assertEqual([c["class"] for c in self.teller.show(message)["calls"]], ["credit", "accepted"])

    def test_a_bad_number_is_left_out_and_the_mail_is_tried(self):
        self.use("http")
        self.teller.gateways["trial"] = {"kind": "file", "settings": {"path": str(self.suite.folder / "sent.jsonl")}}
        self.teller.settle()
        self.settled()
        self.cloud.mode("http", "address", times=1)
        who = {"name": "章德顺", "phone": "13900007001", "email": "zds@example.net"}
        case = self.desk.submit("community_environment.rubbish", complainant=who)
        self.desk.until(lambda: ("registered", "complainant", "", "email") in self.teller.told(case))
        message = self.teller.message(case, "registered")
        self.assertEqual((message["channel"], message["state"]), ("sms", "failed"))
        again = self.desk.submit("community_environment.rubbish", complainant=who)
        self.desk.until(lambda: self.teller.told(again))
        self.assertEqual(self.teller.message(again, "registered")["channel"], "email", "the number is left out for a time")

    def test_a_receipt_that_says_no_is_told_by_the_next_channel(self):
        self.use("http")
        self.teller.gateways["trial"] = {"kind": "file", "settings": {"path": str(self.suite.folder / "sent.jsonl")}}
        self.teller.settle()
        self.settled()
        self.cloud.receipts("http", "failed")
        case = self.desk.submit("community_environment.rubbish",
                                complainant={"name": "章德顺", "phone": "13900007002", "email": "zds@example.net"})
        self.desk.until(lambda: ("registered", "complainant", "", "email") in self.teller.told(case))
        message = self.teller.message(case, "registered")
        self.assertEqual(self.teller.fates(message["id"]), ["sent", "failed"])

    def test_wechat_is_told_with_one_token_for_all_and_a_new_one_when_it_holds_no_more(self):
        self.teller.gateways = {"wechat": self.gateway("wechat")}
        self.teller.gateways["wechat"]["templates"] = {"registered_complainant": "T1"}
        self.teller.settle()
        self.settled()
        who = {"name": "章德顺", "wechatOpenId": "oABC_def-123", "preferredChannel": "CONTACT_CHANNEL_WECHAT"}
        cases = [self.desk.submit("community_environment.rubbish", complainant=who) for _ in range(3)]
        for case in cases:
            self.desk.until(lambda case=case: ("registered", "complainant", "", "wechat") in self.teller.told(case))
        self.assertEqual(self.suite.sql("SELECT count(*) FROM notification.token WHERE position(convert_to('token', 'UTF8') IN sealed) = 0"),
                         "1", "kept, and sealed")
        self.cloud.kill()
        self.cloud.start()  # it has forgotten the token
        case = self.desk.submit("community_environment.rubbish", complainant=who)
        self.desk.until(lambda: ("registered", "complainant", "", "wechat") in self.teller.told(case))
        self.assertEqual(self.teller.message(case, "registered")["attempts"], 2)
        self.assertEqual({entry["to"] for entry in self.cloud.ledger() if entry["kind"] == "wechat"}, {"oABC_def-123"})

    def test_groups_and_the_groups_own_systems_hear_of_what_is_major(self):
        self.teller.gateways = {kind: self.gateway(kind) for kind in ("wecom", "dingtalk", "webhook")}
        self.teller.settle(routes=[{"event": "assigned", "when": {"severity": "major"}, "to": "group", "channels": ["group"],
                                    "template": "major_leaders", "urgency": "urgent"},
                                   {"event": "assigned", "to": "group", "channels": ["webhook"], "template": "major_leaders"}])
        self.settled()
        case = self.desk.submit("house_quality.structural_hazard", description="阳台栏杆松动，有坠落危险")
        self.desk.until(lambda: len([told for told in self.teller.told(case) if told[0] == "assigned"]) == 3)
        sent = [m for m in self.teller.messages(case) if m["event"] == "assigned" and m["state"] == "sent"]
        self.assertEqual({(m["channel"], m["gateway"]) for m in sent}, {("group", "wecom"), ("group", "dingtalk"), ("webhook", "webhook")})
        self.assertTrue({"wecom", "dingtalk", "webhook"} <= {entry["kind"] for entry in self.cloud.ledger()})

    def test_receipts_with_a_wrong_secret_or_signature_change_nothing(self):
        """S16."""
        self.use("twilio")
        self.cloud.receipts("twilio", "never")
        case, message = self.told("sent")
        right = self.url_for("twilio").replace(self.teller.url, "")
        wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
        self.assertEqual(self.teller.get(wrong)[0], 404)
        self.assertEqual(self.teller.get("/receipts/other/twilio/" + right.rsplit("/", 1)[1])[0], 404)
        self.assertEqual(self.teller.get(right + "?MessageStatus=delivered")[0], 403)
        time.sleep(0.5)
        self.assertEqual(self.teller.message(case, "registered")["state"], "sent")

    def test_a_gateway_that_hangs_does_not_hold_up_the_others(self):
        self.use("http", "twilio")
        self.cloud.mode("http", "hang")
        for kind in ("http", "twilio"):
            self.teller.gateways[kind].update(timeout_seconds=10, in_flight=8)
        self.teller.settle()
        self.settled()
        hung = [self.desk.register(categoryCode="community_environment.rubbish") for _ in range(10)]
        self.desk.until(lambda: len(self.teller.messages(gateway="http", state="sending")) >= 8)
        start = time.monotonic()
        self.suite.must("notify", "test", "--tenant", "demo", "--gateway", "twilio", "--to", "+8613900007003")
        self.assertLess(time.monotonic() - start, 5)
        self.cloud.mode("http", "normal")
        self.desk.until(lambda: not self.teller.messages(gateway="http", state="sending"), 90)
        self.assertEqual(len(hung), 10)


if __name__ == "__main__":
    unittest.main()
