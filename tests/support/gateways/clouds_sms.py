"""Simulated clouds that send SMS: Alibaba Cloud Dysmsapi, Tencent Cloud SMS, Twilio, and a plain HTTP gateway.

Each kind says whether it believes a request (refused), what is to be sent (read), how it answers (accepted, refusal), what
else it can be asked (other), and how its receipts look (receipts, receipt_taken). What happens to the answer is up to the
mode: cloud.py."""
import base64
import json
import re
import time
import urllib.parse
import uuid

from gateways import signatures
from gateways.wire import Answer

CHINA = 8 * 3600
MOBILE = re.compile(r"(?:\+|00)?(?:86)?(1\d{10})$")
E164 = re.compile(r"\+[1-9]\d{6,14}$")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def china_time(at):
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(at + CHINA))


def segments(text):
    """Parts of an SMS in UCS-2."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= 70 else -(-units // 67)


class Kind:
    """What all have in common."""

    batches = False    # receipts go out many at a time
    retries = ()       # seconds until a receipt that was not taken is sent again
    codes = {}         # what the provider says in the modes that refuse
    number_codes = {}  # the same where it stands elsewhere in the answer

    def __init__(self, account, ledger):
        self.account, self.ledger, self.count = account, ledger, 0

    def next(self):
        self.count += 1
        return self.count

    def known(self, name, value):
        """Is the value on the account's list? Without a list all are."""
        return self.account.get(name) is None or value in self.account[name]

    def refused(self, request):
        """(answer, code, why) where the caller is not believed; None."""

    def other(self, request):
        """An answer where nothing is to be sent; None."""

    def receipt_taken(self, status, body):
        return 200 <= status < 300


class Aliyun(Kind):
    """Dysmsapi 2017-05-25. What is wrong with the message comes with status 200, what is wrong with the call with 4xx."""

    batches = True
    failed_code = "MOBILE_NOT_ON_SERVICE"
    retries = (0.2, 0.5, 1)  # really 1, 5 and 10 minutes
    codes = {"throttle_own": (400, "Throttling.User"), "limit": (200, "isv.BUSINESS_LIMIT_CONTROL"),
             "credit": (200, "isv.AMOUNT_NOT_ENOUGH"), "template": (200, "isv.SMS_TEMPLATE_ILLEGAL"),
             "sign": (200, "isv.SMS_SIGNATURE_ILLEGAL"), "address": (200, "isv.MOBILE_NUMBER_ILLEGAL"),
             "key": (403, "isp.RAM_PERMISSION_DENY"), "system": (200, "isp.SYSTEM_ERROR")}

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.nonces, self.today = set(), {}

    def error(self, status, code, why=""):
        return Answer.of({"Code": code, "Message": why or code, "RequestId": str(uuid.uuid4()).upper()}, status)

    def fields(self, request):
        form = request.form if "form" in request.headers.get("content-type", "") else {}
        return {**request.params, **form}

    def refused(self, request):
        problem = signatures.acs3_problem(self.account["keys"], request)
        nonce = request.headers.get("x-acs-signature-nonce")
        if not problem and nonce in self.nonces:
            problem = 400, "SignatureNonceUsed", "the nonce was used before"
        if not problem and request.headers.get("x-acs-version") != "2017-05-25":
            problem = 404, "InvalidVersion", "x-acs-version"
        self.nonces.add(nonce)
        return (self.error(*problem), *problem[1:]) if problem else None

    def other(self, request):
        action = request.headers["x-acs-action"]
        if action == "QuerySendDetails":
            return self.query(self.fields(request))
        return None if action == "SendSms" else self.error(404, "InvalidAction.NotFound", action)

    def read(self, request):
        f = self.fields(request)
        for name in ("PhoneNumbers", "SignName", "TemplateCode"):
            if not f.get(name):
                return self.error(400, "Missing" + name)
        if not (number := MOBILE.match(f["PhoneNumbers"])):
            return self.refusal("address")
        if not self.known("signs", f["SignName"]):
            return self.refusal("sign")
        if not self.known("templates", f["TemplateCode"]):
            return self.refusal("template")
        try:
            params = json.loads(f.get("TemplateParam") or "{}")
            if not all(isinstance(value, str) for value in params.values()):
                raise ValueError("values are texts")
        except (ValueError, AttributeError):
            return self.error(200, "isv.INVALID_JSON_PARAM")
        if self.over_limit((f["SignName"], f["TemplateCode"], number[1])):
            return self.refusal("limit")
        return {"id": f.get("OutId", ""), "to": "+86" + number[1], "template": f["TemplateCode"], "params": params,
                "sign": f["SignName"]}

    def over_limit(self, key):
        """50 in 24 hours with the same signature and template to one number."""
        limit, now = self.account.get("per_day"), time.time()
        if not limit:
            return False
        sent = [at for at in self.today.get(key, ()) if at > now - 86400]
        self.today[key] = sent + [now] if len(sent) < limit else sent
        return len(sent) >= limit

    def accepted(self, entry):
        entry["request_id"] = "%d%06d^0" % (time.time_ns() // 1000, self.next())
        return Answer.of({"Code": "OK", "Message": "OK", "RequestId": str(uuid.uuid4()).upper(), "BizId": entry["request_id"]})

    def refusal(self, what, _entry=None):
        return self.error(*self.codes[what])

    def query(self, f):
        number = MOBILE.match(f.get("PhoneNumber", ""))
        if not (number and re.match(r"\d{8}$", f.get("SendDate", "")) and f.get("PageSize", "").isdigit()
                and f.get("CurrentPage", "").isdigit()):
            return self.error(400, "MissingParameter", "PhoneNumber, SendDate, PageSize, CurrentPage")
        found = [e for e in self.ledger.of("aliyun") if e["to"] == "+86" + number[1]
                 and time.strftime("%Y%m%d", time.gmtime(e["at"] + CHINA)) == f["SendDate"]
                 and f.get("BizId") in (None, "", e["request_id"])]
        size, page = min(int(f["PageSize"]), 50), int(f["CurrentPage"])
        details = [self.detail(e) for e in found[(page - 1) * size:page * size]]
        return Answer.of({"Code": "OK", "Message": "OK", "RequestId": str(uuid.uuid4()).upper(), "TotalCount": str(len(found)),
                          "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}})

    def detail(self, e):
        said = {"PhoneNum": e["to"][3:], "SendStatus": {"pending": 1, "failed": 2, "delivered": 3}[e["status"]],
                "TemplateCode": e["template"], "Content": "【%s】" % e["sign"], "SendDate": china_time(e["at"]),
                "OutId": e["id"], "ErrCode": e.get("code", "")}
        return said if e["status"] == "pending" else dict(said, ReceiveDate=china_time(e["at"] + 1),
                                                          ErrCode=e.get("code") or "DELIVERED")

    def receipts(self, entries, url):
        reports = [{"phone_number": e["to"][3:], "send_time": china_time(e["at"]), "report_time": china_time(time.time()),
                    "success": e["status"] == "delivered", "err_code": e.get("code") or "DELIVERED",
                    "err_msg": "用户接收成功" if e["status"] == "delivered" else "空号", "sms_size": "1",
                    "biz_id": e["request_id"], "out_id": e["id"]} for e in entries]
        return "POST", url, json.dumps(reports, ensure_ascii=False).encode(), [("Content-Type", "application/json;charset=UTF-8")]

    def receipt_taken(self, status, body):
        try:
            return status == 200 and json.loads(body).get("code") == 0
        except (ValueError, AttributeError):
            return False


class Tencent(Kind):
    """SMS 2021-01-11. The status is always 200; what is wrong with the call is in Response.Error, what is wrong with the
    message in the status of its number."""

    batches = True
    retries = (0.2, 0.5, 1)
    failed_code = "MK:0001"
    codes = {"throttle_own": "RequestLimitExceeded", "key": "UnauthorizedOperation.RequestPermissionDeny",
             "system": "InternalError.OtherError"}
    number_codes = {"credit": "FailedOperation.InsufficientBalanceInSmsPackage", "limit": "LimitExceeded.PhoneNumberDailyLimit",
                    "thirty": "LimitExceeded.PhoneNumberThirtySecondLimit",
                    "template": "FailedOperation.TemplateIncorrectOrUnapproved",
                    "sign": "FailedOperation.SignatureIncorrectOrUnapproved",
                    "address": "InvalidParameterValue.IncorrectPhoneNumber"}

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.lately = {}

    def response(self, **fields):
        return Answer.of({"Response": dict(fields, RequestId=str(uuid.uuid4()))})

    def error(self, code, why=""):
        return self.response(Error={"Code": code, "Message": why or code})

    def refused(self, request):
        problem = signatures.tc3_problem(self.account["keys"], "sms", request)
        if not problem and request.headers.get("x-tc-version") != "2021-01-11":
            problem = "NoSuchVersion", "X-TC-Version"
        if not problem and not request.headers.get("x-tc-region"):
            problem = "MissingParameter", "X-TC-Region"
        return (self.error(*problem), *problem) if problem else None

    def other(self, request):
        action = request.headers.get("x-tc-action")
        if action == "PullSmsSendStatusByPhoneNumber":
            return self.query(request.json)
        return None if action == "SendSms" else self.error("InvalidAction", str(action))

    def read(self, request):
        f = request.json
        for name in ("PhoneNumberSet", "SmsSdkAppId", "TemplateId"):
            if not f.get(name):
                return self.error("MissingParameter", name)
        if not self.known("app_ids", f["SmsSdkAppId"]):
            return self.error("UnauthorizedOperation.SdkAppIdIsDisabled")
        params = f.get("TemplateParamSet") or []
        if not all(isinstance(value, str) for value in params):
            return self.error("InvalidParameter", "TemplateParamSet")
        number = MOBILE.match(f["PhoneNumberSet"][0])
        entry = {"id": f.get("SessionContext", ""), "to": "+86" + number[1] if number else f["PhoneNumberSet"][0],
                 "template": f["TemplateId"], "params": params, "sign": f.get("SignName", "")}
        wrong = [what for what, bad in (("address", not number), ("sign", not self.known("signs", entry["sign"])),
                                        ("template", not self.known("templates", f["TemplateId"])),
                                        ("thirty", self.same_lately(entry))) if bad]
        return self.refusal(wrong[0], entry) if wrong else entry

    def same_lately(self, entry):
        """The same content to a number once in 30 s."""
        key, now = (entry["to"], entry["template"], *entry["params"]), time.time()
        if self.account.get("thirty_seconds", True) and now - self.lately.get(key, 0) < 30:
            return True
        self.lately[key] = now
        return False

    def status(self, entry, code, serial="", fee=0):
        return self.response(SendStatusSet=[{"SerialNo": serial, "PhoneNumber": entry["to"], "Fee": fee, "Code": code,
                                             "SessionContext": entry["id"], "IsoCode": "CN",
                                             "Message": "send success" if code == "Ok" else code}])

    def accepted(self, entry):
        entry["request_id"] = "5000:%d%06d" % (time.time_ns() // 1000, self.next())
        return self.status(entry, "Ok", entry["request_id"], 1)

    def refusal(self, what, entry):
        if what in self.codes:
            return self.error(self.codes[what])
        return self.status(entry, self.number_codes[what])

    def query(self, f):
        for name in ("BeginTime", "Offset", "Limit", "PhoneNumber", "SmsSdkAppId"):
            if name not in f:
                return self.error("MissingParameter", name)
        found = [e for e in self.ledger.of("tencent") if e["to"] == f["PhoneNumber"] and e["status"] != "pending"
                 and f["BeginTime"] <= e["at"] + 1 and e["at"] - 1 <= f.get("EndTime", e["at"])]
        return self.response(PullSmsSendStatusSet=[
            {"UserReceiveTime": int(e["at"]) + 1, "CountryCode": "86", "SubscriberNumber": e["to"][3:], "PhoneNumber": e["to"],
             "SerialNo": e["request_id"], "ReportStatus": "SUCCESS" if e["status"] == "delivered" else "FAIL",
             "Description": e.get("code") or "DELIVRD", "SessionContext": e["id"]} for e in found[:f["Limit"]]])

    def receipts(self, entries, url):
        reports = [{"user_receive_time": china_time(time.time()), "nationcode": "86", "mobile": e["to"][3:],
                    "report_status": "SUCCESS" if e["status"] == "delivered" else "FAIL", "errmsg": e.get("code") or "DELIVRD",
                    "description": "用户短信送达成功" if e["status"] == "delivered" else "空号",
                    "sid": e["request_id"]} for e in entries]
        return "POST", url, json.dumps(reports, ensure_ascii=False).encode(), [("Content-Type", "application/json")]

    def receipt_taken(self, status, body):
        try:
            return status == 200 and json.loads(body).get("result") == 0
        except (ValueError, AttributeError):
            return False


class Twilio(Kind):
    """Messages of the API 2010-04-01. Receipts go to the message's StatusCallback, signed, and are not repeated."""

    failed_code = "30005"
    codes = {"throttle_own": (429, 20429, "Too Many Requests"), "credit": (403, 20005, "Account not active"),
             "template": (400, 21655, "The ContentSid is Invalid"), "address": (400, 21211, "Invalid 'To' Phone Number"),
             "sign": (400, 21212, "Invalid From Number"), "limit": (400, 21611, "Messages queue is full"),
             "key": (401, 20003, "Authenticate"), "system": (503, 20503, "Service unavailable")}

    def error(self, status, code, why):
        return Answer.of({"code": code, "message": why, "status": status,
                          "more_info": "https://www.twilio.com/docs/errors/%d" % code}, status)

    def refused(self, request):
        right = base64.b64encode(("%s:%s" % (self.account["sid"], self.account["token"])).encode()).decode()
        if not signatures.same(request.headers.get("authorization", ""), "Basic " + right):
            return self.error(*self.codes["key"]), "20003", "user or password"
        if not request.path.startswith("/2010-04-01/Accounts/%s/Messages" % self.account["sid"]):
            return self.error(404, 20404, "not found"), "20404", request.path
        return None

    def other(self, request):
        if request.method == "POST":
            return None
        name = request.path.rsplit("/", 1)[1].removesuffix(".json")
        if name != "Messages":
            found = [e for e in self.ledger.of("twilio") if e["request_id"] == name]
            return Answer.of(self.resource(found[0])) if found else self.error(404, 20404, "not found")
        found = [e for e in self.ledger.of("twilio") if request.params.get("To") in (None, e["to"])]
        return Answer.of({"messages": [self.resource(e) for e in reversed(found)], "page": 0, "next_page_uri": None})

    def read(self, request):
        f = request.form
        if not f.get("From") and not f.get("MessagingServiceSid"):
            return self.error(400, 21603, "A 'From' phone number is required.")
        if not f.get("Body") and not f.get("ContentSid"):
            return self.error(400, 21602, "Message body is required.")
        if not E164.match(f.get("To", "")):
            return self.refusal("address")
        callback = f.get("StatusCallback", "")
        ours = UUID.findall(callback)
        return {"id": ours[-1] if ours else "", "to": f["To"], "template": f.get("ContentSid", ""), "text": f.get("Body", ""),
                "params": json.loads(f.get("ContentVariables") or "{}"), "from": f.get("From", ""), "callback": callback}

    def accepted(self, entry):
        entry["request_id"] = "SM" + uuid.uuid4().hex
        return Answer.of(self.resource(dict(entry, status="queued")), 201)

    def refusal(self, what, _entry=None):
        return self.error(*self.codes[what])

    def resource(self, e):
        status = {"pending": "sent", "failed": "undelivered"}.get(e["status"], e["status"])
        return {"sid": e["request_id"], "account_sid": self.account["sid"], "to": e["to"], "from": e["from"],
                "body": e["text"], "status": status, "num_segments": str(segments(e["text"])), "direction": "outbound-api",
                "error_code": int(e["code"]) if e.get("code") else None, "error_message": None, "api_version": "2010-04-01"}

    def receipts(self, entries, url):
        e = entries[0]
        status = "delivered" if e["status"] == "delivered" else "undelivered"
        fields = {"AccountSid": self.account["sid"], "ApiVersion": "2010-04-01", "From": e["from"], "To": e["to"],
                  "MessageSid": e["request_id"], "SmsSid": e["request_id"], "MessageStatus": status, "SmsStatus": status}
        if e.get("code"):
            fields["ErrorCode"] = e["code"]
        return "POST", url, urllib.parse.urlencode(fields).encode(), [
            ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8"),
            ("X-Twilio-Signature", signatures.twilio(self.account["token"], url, fields))]


class Http(Kind):
    """A gateway as smaller providers have it: JSON or a form with to, text and id, and a bearer token."""

    retries = (0.2, 0.5)
    failed_code = "UNDELIV"
    codes = {"throttle_own": (200, 8), "credit": (200, 5), "template": (200, 7), "address": (200, 4), "sign": (200, 7),
             "limit": (200, 8), "key": (401, 1), "system": (200, 99)}

    def error(self, status, code):
        return Answer.of({"code": code, "message": "error %d" % code}, status)

    def refused(self, request):
        if not signatures.same(request.headers.get("authorization", ""), "Bearer " + self.account["token"]):
            return self.error(*self.codes["key"]), "1", "Authorization"
        return None

    def other(self, request):
        if not request.path.endswith("/status"):
            return None
        f = request.params
        found = [e for e in self.ledger.of("http") if f.get("id") == e["id"] or f.get("message_id") == e["request_id"]]
        return Answer.of({"code": 0, "status": found[0]["status"]}) if found else self.error(404, 404)

    def read(self, request):
        f = request.params if request.method == "GET" else \
            request.json if "json" in request.headers.get("content-type", "") else request.form
        if not E164.match(f.get("to", "")) and not MOBILE.match(f.get("to", "")):
            return self.refusal("address")
        if not f.get("text"):
            return self.error(400, 3)
        return {"id": f.get("id", ""), "to": f["to"], "template": "", "params": {}, "text": f["text"],
                "sign": f.get("sign", ""), "callback": f.get("receipt_url", "")}

    def accepted(self, entry):
        entry["request_id"] = "M%d%06d" % (time.time_ns() // 1000, self.next())
        return Answer.of({"code": 0, "message": "ok", "message_id": entry["request_id"], "parts": segments(entry["text"])})

    def refusal(self, what, _entry=None):
        return self.error(*self.codes[what])

    def receipts(self, entries, url):
        e = entries[0]
        body = {"id": e["id"], "message_id": e["request_id"], "to": e["to"], "code": e.get("code") or "0",
                "status": "DELIVRD" if e["status"] == "delivered" else "UNDELIV", "time": int(time.time())}
        return "POST", url, json.dumps(body).encode(), [("Content-Type", "application/json")]
