"""Simulated clouds that do not send SMS: WeChat official accounts, the group robots of WeCom and DingTalk, and the webhook of
the group's own systems. The same shape as clouds_sms.py."""
import json
import time
import uuid

from gateways import signatures
from gateways.clouds_sms import Kind
from gateways.wire import Answer


def said(code, message="", **more):
    return Answer.of(dict({"errcode": code, "errmsg": message or ("ok" if code == 0 else "error %d" % code)}, **more))


class Wechat(Kind):
    """Template messages of an official account. An access token holds for two hours; a new one by /cgi-bin/token ends the old
    one, /cgi-bin/stable_token gives the same one again. Receipts are events in XML to the account's server."""

    retries = (0.2, 0.5, 1)
    failed_code = "failed:user block"
    codes = {"throttle_own": 45009, "template": 40037, "address": 43004, "key": 48001, "system": -1}

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.token, self.ends, self.tokens_given, self.once = None, 0, 0, {}

    def new_token(self, fresh):
        if fresh or not self.token or time.time() > self.ends:
            self.token, self.ends = "T" + uuid.uuid4().hex * 3, time.time() + self.account.get("expires_in", 7200)
            self.tokens_given += 1
        return Answer.of({"access_token": self.token, "expires_in": int(self.ends - time.time())})

    def give_token(self, f, id_name, fresh):
        if f.get("grant_type") not in ("client_credential",):
            return said(40002, "invalid grant_type")
        if f.get(id_name) != self.account["app_id"]:
            return said(40013, "invalid appid")
        if f.get("secret") != self.account["secret"]:
            return said(40125, "invalid appsecret")
        return self.new_token(fresh)

    def refused(self, request):
        if request.path in ("/cgi-bin/token", "/cgi-bin/stable_token"):
            return None
        given = request.params.get("access_token", "")
        if not given:
            return said(41001, "access_token missing"), "41001", "no token"
        if given != self.token:
            return said(40001, "invalid credential, access_token is invalid or not latest"), "40001", "an old token"
        if time.time() > self.ends:
            return said(42001, "access_token expired"), "42001", "an old token"
        return None

    def other(self, request):
        if request.path == "/cgi-bin/token":
            return self.give_token(request.params, "appid", True)
        if request.path == "/cgi-bin/stable_token":
            return self.give_token(request.json, "appid", request.json.get("force_refresh", False))
        return None if request.path == "/cgi-bin/message/template/send" else Answer(404)

    def read(self, request):
        f = request.json
        if not self.known("open_ids", f.get("touser")) or not f.get("touser"):
            return said(40003, "invalid openid")
        if not self.known("templates", f.get("template_id")) or not f.get("template_id"):
            return self.refusal("template")
        if not isinstance(f.get("data"), dict) or not all(isinstance(v, dict) and "value" in v for v in f["data"].values()):
            return said(47001, "data format error")
        once = f.get("client_msg_id", "")
        if once and (f["touser"], once) in self.once:
            # Documented: one message per user and client_msg_id within ten minutes. What is answered to the second is not.
            return said(0, msgid=self.once[f["touser"], once])
        return {"id": once, "to": f["touser"], "template": f["template_id"], "url": f.get("url", ""),
                "params": {name: v["value"] for name, v in f["data"].items()}}

    def accepted(self, entry):
        entry["request_id"] = str(2000000000 + self.next())
        if entry["id"]:
            self.once[entry["to"], entry["id"]] = int(entry["request_id"])
        return said(0, msgid=int(entry["request_id"]))

    def refusal(self, what, _entry=None):
        return said(self.codes[what])

    def receipts(self, entries, url):
        e, now, nonce = entries[0], str(int(time.time())), uuid.uuid4().hex[:10]
        status = "success" if e["status"] == "delivered" else e["code"]
        body = ("<xml><ToUserName><![CDATA[gh_test]]></ToUserName><FromUserName><![CDATA[%s]]></FromUserName>"
                "<CreateTime>%s</CreateTime><MsgType><![CDATA[event]]></MsgType>"
                "<Event><![CDATA[TEMPLATESENDJOBFINISH]]></Event><MsgID>%s</MsgID><Status><![CDATA[%s]]></Status></xml>"
                % (e["to"], now, e["request_id"], status))
        query = "signature=%s&timestamp=%s&nonce=%s&openid=%s" % (signatures.wechat(self.account["token"], now, nonce), now,
                                                                  nonce, e["to"])
        return "POST", url + ("&" if "?" in url else "?") + query, body.encode(), [("Content-Type", "text/xml")]

    def receipt_taken(self, status, body):
        return status == 200 and body in (b"", b"success")


class Robot(Kind):
    """A robot in a group chat: a text or markdown for everybody there; no receipts, no id."""

    def read(self, request):
        f = request.json
        content = f.get(f.get("msgtype"), {})
        text = content.get("content") or content.get("text", "")
        if f.get("msgtype") not in ("text", "markdown") or not text or (f["msgtype"] == "markdown" and not self.titled(content)):
            return said(self.bad_content)
        if len(text.encode()) > self.longest[f["msgtype"]]:
            return said(self.bad_content, "content too long")
        return {"id": "", "to": "", "template": "", "params": {}, "text": text, "format": f["msgtype"]}

    def titled(self, content):
        return True

    def accepted(self, entry):
        entry["request_id"] = ""
        return said(0)

    def refusal(self, what, _entry=None):
        return said(self.codes[what])


class Wecom(Robot):
    bad_content, longest = 40008, {"text": 2048, "markdown": 4096}
    codes = {"throttle_own": 45009, "key": 93000, "system": -1}

    def refused(self, request):
        if request.path != "/cgi-bin/webhook/send" or request.params.get("key") != self.account["key"]:
            return said(93000, "invalid webhook url"), "93000", "key"
        return None


class Dingtalk(Robot):
    bad_content, longest = 400105, {"text": 20000, "markdown": 20000}
    codes = {"throttle_own": 130101, "key": 310000, "system": -1}

    def titled(self, content):
        return bool(content.get("title"))

    def refused(self, request):
        f = request.params
        if request.path != "/robot/send" or f.get("access_token") != self.account["access_token"]:
            return said(300001, "token is not exist"), "300001", "access_token"
        timestamp = f.get("timestamp", "")
        if not timestamp.isdigit() or abs(time.time() - int(timestamp) / 1000) > 3600:
            return said(310000, "invalid timestamp"), "310000", "timestamp"
        if not signatures.same(f.get("sign", ""), signatures.dingtalk(self.account["secret"], timestamp)):
            return said(310000, "sign not match"), "310000", "sign"
        return None


class Webhook(Kind):
    """A system of the group's own: believes what is signed; takes a message twice without a word, as the ledger shows."""

    codes = {"address": 410, "key": 403, "system": 503}

    def refused(self, request):
        problem = signatures.redress_problem(self.account["secret"], request)
        return (Answer.of({"error": problem}, 401), "401", problem) if problem else None

    def read(self, request):
        try:
            f = request.json
        except ValueError:
            return Answer.of({"error": "not JSON"}, 400)
        id = f.get("id") or request.headers.get("ce-id", "")
        return {"id": id, "to": "", "template": "", "params": {}, "event": f.get("type", ""), "body": f,
                "content_type": request.headers.get("content-type", "")}

    def accepted(self, entry):
        entry["request_id"] = ""
        return Answer(204)

    def refusal(self, what, _entry=None):
        return Answer.of({"error": what}, self.codes[what])
