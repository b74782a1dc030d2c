#!/usr/bin/env python3
"""The gateways that other tests send through (tests/support/gateways): they believe what the providers would believe, remember
what they accepted, and misbehave as they are told. Signatures: the providers' published examples."""
# timeout: 300
import base64
import http.client
import json
import os
import pathlib
import smtplib
import socket
import ssl
import sys
import tempfile
import time
import unittest
import urllib.parse
import uuid
from email.message import EmailMessage

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gateways import signatures  # noqa: E402
from gateways.cloud import Cloud  # noqa: E402
from gateways.imap import Imap  # noqa: E402
from gateways.kannel import Kannel  # noqa: E402
from gateways.mail import Mail  # noqa: E402
from gateways.process import until  # noqa: E402
from gateways.receiver import Receiver  # noqa: E402

FORM = "application/x-www-form-urlencoded"
TEXT = "【示范地产】您的投诉YHHY-2026-0001已登记，我们会尽快与您联系。"


def folder():
    return tempfile.mkdtemp(prefix="gateways.", dir=os.environ.get("REDRESS_TEST_TMP"))


def ask(url, method="GET", path="/", body=b"", headers=None, timeout=5):
    """(status, headers, body)"""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=timeout)
    try:
        connection.request(method, path, body or None, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class Clients:
    """Callers that follow the providers' documentation."""

    def __init__(self, cloud):
        self.cloud = cloud

    def aliyun(self, action="SendSms", secret=None, nonce=None, at=None, timeout=5, **params):
        (key, right), = self.cloud.account("aliyun")["keys"].items()
        url = self.cloud.url("aliyun")
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
        headers = {"host": urllib.parse.urlsplit(url).netloc, "x-acs-action": action, "x-acs-version": "2017-05-25",
                   "x-acs-date": stamp, "x-acs-signature-nonce": nonce or uuid.uuid4().hex,
                   "x-acs-content-sha256": signatures.sha256(b"")}
        signed = sorted(headers)
        signature = signatures.acs3(secret or right, "POST", "/", params, headers, signed, signatures.sha256(b""))
        headers["Authorization"] = "ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%s" % (
            key, ";".join(signed), signature)
        status, head, body = ask(url, "POST", "/?" + urllib.parse.urlencode(params), headers=headers, timeout=timeout)
        return status, head, json.loads(body) if body.startswith(b"{") else body

    def sms(self, id="m-1", to="13800138000", **more):
        return self.aliyun(PhoneNumbers=to, SignName="示范地产", TemplateCode="SMS_1", TemplateParam='{"number":"1"}', OutId=id,
                           **more)

    def tencent(self, action="SendSms", secret=None, timestamp=None, **fields):
        (key, right), = self.cloud.account("tencent")["keys"].items()
        url, body, at = self.cloud.url("tencent"), json.dumps(fields).encode(), int(timestamp or time.time())
        headers = {"host": urllib.parse.urlsplit(url).netloc, "content-type": "application/json; charset=utf-8",
                   "x-tc-action": action, "x-tc-version": "2021-01-11", "x-tc-timestamp": str(at), "x-tc-region": "ap-guangzhou"}
        signed = ["content-type", "host", "x-tc-action"]
        headers["Authorization"] = "TC3-HMAC-SHA256 Credential=%s/%s/sms/tc3_request, SignedHeaders=%s, Signature=%s" % (
            key, time.strftime("%Y-%m-%d", time.gmtime(at)), ";".join(signed),
            signatures.tc3(secret or right, "sms", at, "POST", "", headers, signed, body))
        return json.loads(ask(url, "POST", "/", body, headers)[2])["Response"]

    def tencent_sms(self, id="m-1", to="+8613800138000", params=("1",), **more):
        return self.tencent(PhoneNumberSet=[to], SmsSdkAppId="1400006666", TemplateId="1110", SignName="示范地产",
                            TemplateParamSet=list(params), SessionContext=id, **more)

    def twilio(self, password=None, **fields):
        account = self.cloud.account("twilio")
        right = base64.b64encode(("%s:%s" % (account["sid"], password or account["token"])).encode()).decode()
        status, _, body = ask(self.cloud.url("twilio"), "POST", "/2010-04-01/Accounts/%s/Messages.json" % account["sid"],
                              urllib.parse.urlencode(fields).encode(), {"Authorization": "Basic " + right, "Content-Type": FORM})
        return status, json.loads(body)

    def post(self, kind, path, value, headers=None):
        status, _, body = ask(self.cloud.url(kind), "POST", path, json.dumps(value, ensure_ascii=False).encode(),
                              {"Content-Type": "application/json", **(headers or {})})
        return status, json.loads(body) if body else None

    def http(self, id="m-1", to="+8613800138000"):
        return self.post("http", "/send", {"id": id, "to": to, "text": TEXT}, {"Authorization": "Bearer testToken"})


class Signatures(unittest.TestCase):
    def test_alibaba_cloud_s_published_example(self):
        nothing = signatures.sha256(b"")
        headers = {"host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-content-sha256": nothing,
                   "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
                   "x-acs-version": "2014-05-26"}
        query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
        self.assertEqual(signatures.acs3("YourAccessKeySecret", "POST", "/", query, headers, sorted(headers), nothing),
                         "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")

    def test_tencent_cloud_s_published_example(self):
        body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
        headers = {"content-type": "application/json; charset=utf-8", "host": "cvm.tencentcloudapi.com"}
        self.assertEqual(signatures.tc3("Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", 1551113065, "POST", "", headers,
                                        ["content-type", "host"], body),
                         "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168")

    def test_twilio_s_published_example(self):
        fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309",
                  "To": "+18005551212"}
        self.assertEqual(signatures.twilio("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", fields),
                         "RSOYDt4T1cUTdK1PDd93/VVr8B8=")


class CloudTest(unittest.TestCase):
    """A cloud of its own for each test: no mode is left over."""

    def setUp(self):
        self.cloud = self.enterContext(Cloud(folder(), self.accounts))
        self.clients = Clients(self.cloud)

    accounts = None

    def receiver(self, kind, answer):
        receiver = self.enterContext(Receiver(answer))
        self.cloud.receipts_to(kind, receiver.url + "/r/secret")
        return receiver


class Aliyun(CloudTest):
    taken = (200, b'{"code":0,"msg":"ok"}')

    def test_a_message_is_accepted_and_remembered(self):
        status, _, said = self.clients.sms("m-1")
        self.assertEqual((status, said["Code"]), (200, "OK"))
        entry, = self.cloud.ledger()
        self.assertEqual([entry[k] for k in ("kind", "id", "to", "template", "params", "sign")],
                         ["aliyun", "m-1", "+8613800138000", "SMS_1", {"number": "1"}, "示范地产"])
        self.assertEqual(entry["request_id"], said["BizId"])

    def test_what_is_wrongly_signed_is_not_believed(self):
        status, _, said = self.clients.sms(secret="another")
        self.assertEqual((status, said["Code"]), (400, "SignatureDoesNotMatch"))
        status, _, said = self.clients.sms(at=time.time() - 1000)
        self.assertEqual((status, said["Code"]), (400, "InvalidTimeStamp.Expired"))
        self.assertEqual(ask(self.cloud.url("aliyun"), "POST")[0], 400)
        self.assertEqual(self.cloud.ledger(), [])
        self.assertEqual(len(self.cloud.refusals()), 3)

    def test_a_nonce_counts_once(self):
        self.clients.sms(nonce="n")
        self.assertEqual(self.clients.sms(nonce="n")[2]["Code"], "SignatureNonceUsed")
        self.assertEqual(len(self.cloud.ledger()), 1)

    def test_errors_of_the_message_come_with_status_200(self):
        for mode, code in (("credit", "isv.AMOUNT_NOT_ENOUGH"), ("template", "isv.SMS_TEMPLATE_ILLEGAL"),
                           ("address", "isv.MOBILE_NUMBER_ILLEGAL"), ("limit", "isv.BUSINESS_LIMIT_CONTROL")):
            self.cloud.mode("aliyun", mode, times=1)
            status, _, said = self.clients.sms()
            self.assertEqual((status, said["Code"]), (200, code))
        self.assertEqual(self.clients.sms(to="12")[2]["Code"], "isv.MOBILE_NUMBER_ILLEGAL")
        self.assertEqual(self.cloud.ledger(), [])

    def test_fifty_in_a_day_to_one_number(self):
        codes = [self.clients.sms("m-%d" % i)[2]["Code"] for i in range(51)]
        self.assertEqual(codes, ["OK"] * 50 + ["isv.BUSINESS_LIMIT_CONTROL"])
        self.assertEqual(self.clients.sms(to="13800138001")[2]["Code"], "OK")

    def test_receipts_come_as_an_array_and_again_until_they_are_taken(self):
        receiver = self.receiver("aliyun", (500, b""))
        biz = self.clients.sms("m-1")[2]["BizId"]
        receiver.wait(1)
        receiver.answer = self.taken
        report, = json.loads(receiver.wait(2)[1].body)
        self.assertEqual((report["out_id"], report["biz_id"], report["success"], report["err_code"], report["phone_number"]),
                         ("m-1", biz, True, "DELIVERED", "13800138000"))
        until(lambda: self.cloud.pushes()[-1]["taken"], "it was taken")
        count = len(receiver.requests)
        time.sleep(0.6)
        self.assertEqual(len(receiver.requests), count)

    def test_a_query_tells_what_became_of_it(self):
        def details():
            said = self.clients.aliyun("QuerySendDetails", PhoneNumber="13800138000", PageSize="10", CurrentPage="1",
                                       SendDate=time.strftime("%Y%m%d", time.gmtime(time.time() + 28800)))[2]
            return [(d["OutId"], d["SendStatus"]) for d in said["SmsSendDetailDTOs"]["SmsSendDetailDTO"]]
        self.assertEqual(details(), [])
        self.cloud.receipts("aliyun", "pending")
        self.clients.sms("m-1")
        self.assertEqual(details(), [("m-1", 1)])
        self.cloud.receipts("aliyun", "failed", after_ms=0)
        self.clients.sms("m-2")
        until(lambda: details() == [("m-1", 1), ("m-2", 2)], "the second failed")


class Modes(CloudTest):
    def test_hang_accepts_and_never_answers(self):
        self.cloud.mode("aliyun", "hang", times=1)
        with self.assertRaises(TimeoutError):
            self.clients.sms("m-1", timeout=1)
        self.assertEqual(self.clients.sms("m-1")[2]["Code"], "OK")
        self.assertEqual([e["id"] for e in self.cloud.ledger()], ["m-1", "m-1"])
        self.assertEqual(self.cloud.twice(), [("aliyun", "m-1")])

    def test_500_after_and_before_sending(self):
        self.cloud.mode("aliyun", "error_after", times=1)
        self.assertEqual(self.clients.sms("m-1")[0], 500)
        self.cloud.mode("aliyun", "error_before", times=1, status=503)
        self.assertEqual(self.clients.sms("m-2")[0], 503)
        self.assertEqual([e["id"] for e in self.cloud.ledger()], ["m-1"])

    def test_a_closed_connection_without_an_answer(self):
        self.cloud.mode("aliyun", "close", times=1)
        with self.assertRaises((http.client.RemoteDisconnected, ConnectionResetError)):
            self.clients.sms("m-1")
        self.assertEqual(self.cloud.ledger(), [])

    def test_a_storm_of_429_says_when_to_come_again(self):
        self.cloud.mode("aliyun", "throttle", retry_after=7)
        for _ in range(20):
            status, headers, _ = self.clients.sms()
            self.assertEqual((status, headers["Retry-After"]), (429, "7"))
        self.cloud.mode("aliyun", "normal")
        self.assertEqual(self.clients.sms()[0], 200)
        self.assertEqual(self.cloud.counts("aliyun")["accepted"], 1)

    def test_slow_is_slow(self):
        self.cloud.mode("aliyun", "slow", ms=300)
        began = time.monotonic()
        self.assertEqual(self.clients.sms()[2]["Code"], "OK")
        self.assertGreaterEqual(time.monotonic() - began, 0.3)

    def test_a_mode_for_one_number_leaves_the_others_alone(self):
        self.cloud.mode("aliyun", "credit", to="+8613800138001")
        self.assertEqual(self.clients.sms(to="13800138000")[2]["Code"], "OK")
        self.assertEqual(self.clients.sms(to="13800138001")[2]["Code"], "isv.AMOUNT_NOT_ENOUGH")

    def test_a_second_answer_stands_on_the_connection(self):
        self.cloud.mode("http", "answer_twice")
        body = json.dumps({"id": "m-1", "to": "+8613800138000", "text": "x"}).encode()
        with socket.create_connection(("127.0.0.1", self.cloud.ports["http"]), 5) as s:
            s.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer testToken\r\nContent-Type: application/json\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            said = s.recv(65536)
            while said.count(b"HTTP/1.1 200") < 2:
                more = s.recv(65536)
                self.assertNotEqual(more, b"")
                said += more
        self.assertEqual(len(self.cloud.ledger()), 1)

    def test_the_ledger_outlives_a_kill(self):
        receiver = self.receiver("aliyun", Aliyun.taken)
        self.clients.sms("m-1")
        receiver.wait(1)
        self.cloud.kill()
        with self.assertRaises(ConnectionRefusedError):
            self.clients.sms("m-2")
        self.cloud.start()
        self.clients.sms("m-3")
        self.assertEqual([(e["n"], e["id"]) for e in self.cloud.ledger()], [(1, "m-1"), (2, "m-3")])
        self.assertEqual(json.loads(receiver.wait(2)[1].body)[0]["out_id"], "m-3")

    def test_an_unknown_mode_is_an_error_of_the_test(self):
        for kind, name in (("aliyun", "hnag"), ("wecom", "credit")):
            with self.assertRaises(ValueError):
                self.cloud.mode(kind, name)


class ReceiptModes(CloudTest):
    def test_a_receipt_before_the_answer(self):
        receiver = self.receiver("http", (200, b""))
        self.cloud.receipts("http", "before")
        _, said = self.clients.http("m-1")
        self.assertEqual(json.loads(receiver.requests[0].body)["message_id"], said["message_id"])

    def test_a_receipt_three_times(self):
        receiver = self.receiver("aliyun", Aliyun.taken)
        self.cloud.receipts("aliyun", "repeated", count=3)
        self.clients.sms("m-1")
        self.assertEqual([json.loads(r.body)[0]["out_id"] for r in receiver.wait(3)], ["m-1"] * 3)

    def test_a_receipt_that_never_comes(self):
        receiver = self.receiver("http", (200, b""))
        self.cloud.receipts("http", "never", after_ms=0)
        self.clients.http("m-1")
        until(lambda: self.cloud.ledger()[0]["status"] == "delivered", "the gateway knows")
        time.sleep(0.2)
        self.assertEqual(receiver.requests, [])

    def test_a_receipt_of_a_bad_number(self):
        receiver = self.receiver("aliyun", Aliyun.taken)
        self.cloud.receipts("aliyun", "failed")
        self.clients.sms("m-1")
        report, = json.loads(receiver.wait(1)[0].body)
        self.assertEqual((report["success"], report["err_code"]), (False, "MOBILE_NOT_ON_SERVICE"))

    def test_many_receipts_in_one_request(self):
        receiver = self.receiver("tencent", (200, b'{"result":0,"errmsg":"OK"}'))
        self.cloud.receipts("tencent", "normal", after_ms=400)
        for i in range(5):
            self.clients.tencent_sms("m-%d" % i, params=[str(i)])
        until(lambda: sum(len(json.loads(r.body)) for r in receiver.requests) == 5, "all of them")
        self.assertLessEqual(len(receiver.requests), 5)


class Tencent(CloudTest):
    def test_a_message_is_accepted_and_its_receipt_names_its_serial_number(self):
        receiver = self.receiver("tencent", (200, b'{"result":0,"errmsg":"OK"}'))
        status, = self.clients.tencent_sms("m-1")["SendStatusSet"]
        self.assertEqual((status["Code"], status["SessionContext"], status["Fee"]), ("Ok", "m-1", 1))
        report, = json.loads(receiver.wait(1)[0].body)
        self.assertEqual((report["sid"], report["report_status"]), (status["SerialNo"], "SUCCESS"))

    def test_what_is_wrongly_signed_is_not_believed(self):
        self.assertEqual(self.clients.tencent_sms(secret="another")["Error"]["Code"], "AuthFailure.SignatureFailure")
        self.assertEqual(self.clients.tencent_sms(timestamp=time.time() - 400)["Error"]["Code"], "AuthFailure.SignatureExpire")
        self.assertEqual(self.cloud.ledger(), [])

    def test_the_same_content_within_thirty_seconds_is_refused(self):
        self.clients.tencent_sms("m-1")
        status, = self.clients.tencent_sms("m-2")["SendStatusSet"]
        self.assertEqual(status["Code"], "LimitExceeded.PhoneNumberThirtySecondLimit")

    def test_errors_stand_where_the_provider_puts_them(self):
        self.cloud.mode("tencent", "throttle_own", times=1)
        self.assertEqual(self.clients.tencent_sms()["Error"]["Code"], "RequestLimitExceeded")
        self.cloud.mode("tencent", "credit", times=1)
        self.assertEqual(self.clients.tencent_sms(params=["2"])["SendStatusSet"][0]["Code"],
                         "FailedOperation.InsufficientBalanceInSmsPackage")

    def test_a_query_tells_what_became_of_it(self):
        self.cloud.receipts("tencent", "never", after_ms=0)
        serial = self.clients.tencent_sms("m-1")["SendStatusSet"][0]["SerialNo"]

        def pull():
            return self.clients.tencent("PullSmsSendStatusByPhoneNumber", BeginTime=int(time.time()) - 60, Offset=0, Limit=10,
                                        PhoneNumber="+8613800138000", SmsSdkAppId="1400006666")["PullSmsSendStatusSet"]
        status, = until(pull, "its status")
        self.assertEqual((status["SerialNo"], status["ReportStatus"], status["SessionContext"]), (serial, "SUCCESS", "m-1"))


class Twilio(CloudTest):
    def send(self, receiver=None, **changes):
        fields = {"To": "+8613800138000", "From": "+15005550006", "Body": TEXT}
        self.id = str(uuid.uuid4())
        if receiver:
            fields["StatusCallback"] = "%s/r/s3cret/%s?a=1" % (receiver.url, self.id)
        return self.clients.twilio(**{**fields, **changes})

    def test_the_receipt_is_signed_over_the_url_of_the_message(self):
        receiver = self.enterContext(Receiver())
        status, said = self.send(receiver)
        self.assertEqual((status, said["status"], self.cloud.ledger()[0]["id"]), (201, "queued", self.id))
        receipt = receiver.wait(1)[0]
        fields = dict(urllib.parse.parse_qsl(receipt.body.decode()))
        self.assertEqual((fields["MessageSid"], fields["MessageStatus"]), (said["sid"], "delivered"))
        url = "%s%s?%s" % (receiver.url, receipt.path, receipt.query)
        self.assertEqual(receipt.headers["X-Twilio-Signature"], signatures.twilio("testAuthToken", url, fields))

    def test_a_bad_number_and_a_bad_password(self):
        self.assertEqual(self.send(To="13800138000")[1]["code"], 21211)
        status, said = self.send(password="another")
        self.assertEqual((status, said["code"]), (401, 20003))
        self.assertEqual(self.cloud.ledger(), [])


class Wechat(CloudTest):
    accounts = {"wechat": {"templates": ["T1"]}}

    def token(self):
        path = "/cgi-bin/token?grant_type=client_credential&appid=wxtest&secret=testAppSecret"
        return json.loads(ask(self.cloud.url("wechat"), path=path)[2])["access_token"]

    def send(self, token, id="m-1", template="T1"):
        return self.clients.post("wechat", "/cgi-bin/message/template/send?access_token=" + token,
                                 {"touser": "oABC", "template_id": template, "client_msg_id": id,
                                  "data": {"number": {"value": "1"}}})[1]

    def test_a_message_and_the_event_that_it_arrived(self):
        receiver = self.receiver("wechat", (200, b"success"))
        said = self.send(self.token())
        self.assertEqual(said["errcode"], 0)
        event = receiver.wait(1)[0]
        q = dict(urllib.parse.parse_qsl(event.query))
        self.assertEqual(q["signature"], signatures.wechat("testServerToken", q["timestamp"], q["nonce"]))
        self.assertIn(b"<MsgID>%d</MsgID>" % said["msgid"], event.body)
        self.assertIn(b"<Status><![CDATA[success]]></Status>", event.body)

    def test_a_new_token_ends_the_old_one(self):
        old, new = self.token(), self.token()
        self.assertEqual(self.send(old)["errcode"], 40001)
        self.assertEqual(self.send(new)["errcode"], 0)
        self.assertEqual(self.cloud.counts("wechat")["tokens"], 2)

    def test_one_message_for_one_client_msg_id(self):
        token = self.token()
        self.assertEqual(self.send(token)["msgid"], self.send(token)["msgid"])
        self.assertEqual(len(self.cloud.ledger()), 1)

    def test_an_unknown_template(self):
        self.assertEqual(self.send(self.token(), template="T2")["errcode"], 40037)


class Groups(CloudTest):
    def dingtalk(self, secret):
        at = str(int(time.time() * 1000))
        query = urllib.parse.urlencode({"access_token": "testRobot", "timestamp": at, "sign": signatures.dingtalk(secret, at)})
        return self.clients.post("dingtalk", "/robot/send?" + query, {"msgtype": "text", "text": {"content": TEXT}})[1]

    def test_dingtalk_s_sign_is_checked(self):
        self.assertEqual(self.dingtalk("SECtest")["errcode"], 0)
        self.assertEqual(self.dingtalk("another")["errcode"], 310000)
        self.assertEqual([e["text"] for e in self.cloud.ledger("dingtalk")], [TEXT])

    def test_wecom_s_key_is_checked(self):
        key, message = self.cloud.account("wecom")["key"], {"msgtype": "markdown", "markdown": {"content": TEXT}}
        self.assertEqual(self.clients.post("wecom", "/cgi-bin/webhook/send?key=" + key, message)[1]["errcode"], 0)
        self.assertEqual(self.clients.post("wecom", "/cgi-bin/webhook/send?key=x", message)[1]["errcode"], 93000)
        self.assertEqual([e["text"] for e in self.cloud.ledger("wecom")], [TEXT])

    def hook(self, secret, at=None):
        body, at = json.dumps({"id": "m-1", "type": "registered"}).encode(), int(at or time.time())
        sign = "t=%d,v1=%s" % (at, signatures.redress(secret, at, body))
        return ask(self.cloud.url("webhook"), "POST", "/hook", body, {"Redress-Signature": sign})[0]

    def test_a_webhook_believes_what_is_signed_now(self):
        self.assertEqual(self.hook("testWebhookSecret"), 204)
        self.assertEqual(self.hook("another"), 401)
        self.assertEqual(self.hook("testWebhookSecret", time.time() - 301), 401)
        self.assertEqual([e["id"] for e in self.cloud.ledger()], ["m-1"])


class Sms(unittest.TestCase):
    """Kannel, with the SMSC behind it."""

    @classmethod
    def setUpClass(cls):
        cls.kannel = cls.enterClassContext(Kannel(folder()))

    def setUp(self):
        self.receiver = self.enterContext(Receiver())
        self.kannel.mode("normal")
        until(self.kannel.ready, "Kannel is ready")

    def send(self, to, text=TEXT, **changes):
        query = {"username": self.kannel.user, "password": self.kannel.password, "to": to, "text": text, "coding": "2",
                 "charset": "UTF-8", "dlr-mask": "31", "dlr-url": self.receiver.url + "/dlr?type=%d&answer=%A", **changes}
        url = urllib.parse.urlsplit(self.kannel.url)
        status, _, body = ask(self.kannel.url, path=url.path + "?" + urllib.parse.urlencode(query))
        return status, body.decode()

    def types(self, count):
        """Sorted, since smsbox brings two at the same time: 8 taken by the SMSC, 1 delivered, 2 not, 16 refused."""
        return sorted(urllib.parse.parse_qs(r.query)["type"][0] for r in self.receiver.wait(count))

    def arrived(self, to):
        return until(lambda: [m for m in self.kannel.sent() if m["to"] == to], "a message to " + to)

    def test_a_message_arrives_and_its_receipts_come_back(self):
        self.assertEqual(self.send("+8613800138000"), (202, "0: Accepted for delivery"))
        message, = self.arrived("+8613800138000")
        self.assertEqual((message["text"], message["parts"]), (TEXT, 1))
        self.assertEqual(self.types(2), ["1", "8"])

    def test_a_long_text_is_put_together_again(self):
        text = "您的投诉进展如下。" * 12
        self.send("+8613800138001", text)
        message, = self.arrived("+8613800138001")
        self.assertEqual((message["text"], message["parts"]), (text, 2))
        self.assertEqual(self.types(2), ["1", "8"])

    def test_undelivered_and_refused_by_the_smsc(self):
        self.kannel.mode("undelivered")
        self.send("+8613800138002")
        self.assertEqual(self.types(2), ["2", "8"])
        self.kannel.mode("reject")
        self.send("+8613800138003")
        self.assertEqual(self.types(3), ["16", "2", "8"])

    def test_a_bad_password(self):
        self.assertEqual(self.send("+8613800138004", password="x")[0], 403)

    def test_a_killed_kannel_remembers_its_receipts(self):
        self.kannel.mode("normal", receipt_after=3)
        self.send("+8613800138005")
        self.assertEqual(self.types(1), ["8"])
        self.kannel.kill("bearerbox", "smsbox")
        self.kannel.start()
        self.assertEqual(self.types(2), ["1", "8"])

    def test_without_its_smsc_it_keeps_the_message_for_later(self):
        self.kannel.kill("smsc")
        until(lambda: not self.kannel.ready(), "Kannel sees it")
        self.assertEqual(self.send("+8613800138006"), (202, "3: Queued for later delivery"))
        self.kannel.start()
        self.arrived("+8613800138006")
        self.assertEqual(self.types(2), ["1", "8"])


class Post(unittest.TestCase):
    """The SMTP server, and IMAP in front of its mailbox."""

    def mail(self, **settings):
        self.place = folder()
        return self.enterContext(Mail(self.place, **settings))

    def send(self, mail, to="owner@example.com", account=("redress", "secret"), timeout=5):
        m = EmailMessage()
        m["Subject"], m["From"], m["To"] = "[云海花园]-客户投诉-YHHY-2026-0001", "redress@example.com", to
        m.set_content(TEXT + "\n.\n")
        with smtplib.SMTP("127.0.0.1", mail.port, timeout=timeout) as client:
            if mail.ca_file:
                client.starttls(context=ssl.create_default_context(cafile=mail.ca_file))
                client.login(*account)
            client.send_message(m)

    def code(self, mail, **more):
        try:
            self.send(mail, **more)
        except smtplib.SMTPRecipientsRefused as refused:
            return next(iter(refused.recipients.values()))[0]
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code
        except smtplib.SMTPServerDisconnected:
            return None
        return 250

    def test_a_mail_over_tls_is_in_the_mailbox(self):
        mail = self.mail(starttls=True, accounts={"redress": "secret"})
        self.assertEqual(self.code(mail, account=("redress", "wrong")), 535)
        self.send(mail)
        m, = mail.messages()
        self.assertEqual((m["Subject"], m["X-Envelope-To"], m["X-Account"], m["X-Tls"]),
                         ("[云海花园]-客户投诉-YHHY-2026-0001", "owner@example.com", "redress", "yes"))
        self.assertEqual(m.get_content().splitlines(), [TEXT, "."])

    def test_modes_answer_as_they_say_and_keep_nothing(self):
        mail = self.mail()
        for mode, code in (("greet_421", 421), ("sender_4xx", 451), ("rcpt_4xx", 450), ("rcpt_5xx", 550), ("data_4xx", 452),
                           ("data_5xx", 552)):
            mail.mode(mode, times=1)
            self.assertEqual(self.code(mail), code, mode)
        self.assertEqual(mail.messages(), [])
        self.assertEqual(self.code(mail), 250)

    def test_hang_and_close_keep_the_mail_and_say_nothing(self):
        mail = self.mail()
        for mode in ("hang", "close"):
            mail.mode(mode, times=1)
            self.assertIsNone(self.code(mail, timeout=2), mode)
        self.assertEqual(len(mail.messages()), 2)

    def test_one_address_is_unknown(self):
        mail = self.mail()
        mail.mode("rcpt_5xx", to="gone@example.com")
        self.assertEqual((self.code(mail, to="gone@example.com"), self.code(mail)), (550, 250))

    def test_it_comes_back_after_kill_on_the_same_port_with_its_mails(self):
        mail = self.mail()
        self.send(mail)
        mail.kill()
        with self.assertRaises(ConnectionRefusedError):
            self.send(mail)
        mail.start()
        self.send(mail)
        self.assertEqual(len(mail.messages()), 2)

    def test_a_bounce_is_found_by_imap(self):
        mail = self.mail()
        self.send(mail)
        mail.bounce(mail.messages()[0], "5.1.1", "550 5.1.1 No such user here")
        imap = self.enterContext(Imap(self.place))
        with imap.client() as client:
            _, count = client.select("INBOX")
            self.assertEqual(count, [b"2"])
            _, found = client.search(None, "HEADER", "Subject", '"Undelivered"')
            _, parts = client.fetch(found[0], "(RFC822)")
        self.assertIn(b"Final-Recipient: rfc822; owner@example.com", parts[0][1])
        self.assertIn(b"Status: 5.1.1", parts[0][1])


if __name__ == "__main__":
    unittest.main()
