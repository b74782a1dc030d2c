#!/usr/bin/env python3
"""docs/openapi-notification.json: sound, and what the running daemon answers: every status that it names was seen, no other one."""
import http.client
import json
import pathlib
import re
import sys
import time
import unittest
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from gateways.process import until  # noqa: E402
from gateways.settings import secret  # noqa: E402
from suite import ROOT, Suite  # noqa: E402

DOCUMENT = json.loads((ROOT / "docs/openapi-notification.json").read_text(encoding="utf-8"))
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
RECEIPTS = "/receipts/{tenant}/{gateway}/{secret}"
OF_MESSAGE = RECEIPTS + "/{message}"
PER_SECOND = 30
BODY_MAX = 256 * 1024
# A daemon that hangs is not made here: health is tested with the runtime.
NOT_PROVOKED = {("/livez", "get", "503")}
ALIYUN = [{"out_id": str(uuid.uuid4()), "biz_id": "1", "success": True, "err_code": "DELIVERED", "sms_size": "1",
           "report_time": "2026-11-26 18:30:00"}]


def resolved(node, document=DOCUMENT):
    """Without its one step of $ref; a KeyError is a reference to nothing."""
    if "$ref" not in node:
        return node
    assert node["$ref"].startswith("#/"), node
    for name in node["$ref"][2:].split("/"):
        document = document[name]
    return document


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item, item[method]


def promised():
    return {(path, method, status) for path, method, _, o in operations() for status in o["responses"]}


class Document(unittest.TestCase):
    """What OpenAPI 3.1 asks of the parts that are used."""

    def test_is_an_openapi_document(self):
        self.assertRegex(DOCUMENT["openapi"], r"^3\.1\.\d+$")
        self.assertTrue(DOCUMENT["info"]["title"] and DOCUMENT["info"]["version"])
        self.assertLessEqual(set(DOCUMENT), {"openapi", "info", "servers", "security", "tags", "paths", "components"})

    def test_operations_have_names_of_their_own_and_known_tags(self):
        names = [o["operationId"] for _, _, _, o in operations()]
        self.assertEqual(len(names), len(set(names)))
        tags = {t["name"] for t in DOCUMENT["tags"]}
        for _, _, _, o in operations():
            self.assertLessEqual(set(o["tags"]), tags)

    def test_every_part_of_a_path_is_described(self):
        for path, _, item, _ in operations():
            described = [resolved(p) for p in item.get("parameters", [])]
            self.assertEqual([p["name"] for p in described], re.findall(r"{(\w+)}", path))
            for p in described:
                self.assertTrue(p["in"] == "path" and p["required"] and p["schema"]["type"] == "string")

    def test_every_response_says_what_it_means(self):
        for path, method, _, o in operations():
            self.assertIn("200", o["responses"], (path, method))
            for status, response in o["responses"].items():
                self.assertRegex(status, r"^[1-5]\d\d$")
                self.assertTrue(resolved(response)["description"])
                for content in resolved(response).get("content", {}).values():
                    self.assertIn("type", content["schema"])

    def test_nothing_lies_unused(self):
        text = json.dumps(DOCUMENT["paths"])
        for kind, parts in DOCUMENT["components"].items():
            for name in parts:
                self.assertIn('"#/components/%s/%s"' % (kind, name), text)


class Daemon(unittest.TestCase):
    """The running daemon is asked for each of them; what was seen is compared at the end."""

    @classmethod
    def setUpClass(cls):
        cls.suite = Suite("openapi").__enter__()
        cls.addClassCleanup(cls.suite.close)
        cls.suite.env["REDRESS_HTTP_REQUESTS_PER_SECOND"] = str(PER_SECOND)
        cls.apply()
        cls.suite.start("relay", "notification")
        cls.port = until(cls.find_port, "the daemon listens")
        shown = cls.suite.must("notify", "receipts-url", "--tenant", "demo", "--output", "jsonl").lines
        cls.paths = {row["gateway"]: urllib.parse.urlsplit(row["url"]).path for row in shown}
        cls.seen = set()
        until(lambda: cls.request("GET", "/readyz")[0] == 200, "the daemon is ready", step=0.2)

    @classmethod
    def apply(cls):
        keep = cls.suite.folder
        settings = {
            "kannel": {"endpoint": "http://127.0.0.1:9/", "username": "u", "password_file": secret(keep, "kannel", "p")},
            "aliyun": {"access_key_id": "k", "access_key_secret_file": secret(keep, "aliyun", "s")},
            "twilio": {"account_sid": "AC0", "auth_token_file": secret(keep, "twilio", "t")},
            "wechat": {"app_id": "a", "app_secret_file": secret(keep, "wechat", "s"),
                       "server_token_file": secret(keep, "wechat_server", "t")},
            "file": {"path": str(keep / "sent.jsonl")}}
        text = {"sign": "示范地产", "receipts_url": "http://127.0.0.1:1",
                "gateways": [{"gateway": kind, "kind": kind, "settings": s} for kind, s in settings.items()]}
        (keep / "notifications.yaml").write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
        cls.suite.must("notify", "apply", "--tenant", "demo", str(keep / "notifications.yaml"))

    @classmethod
    def find_port(cls):
        found = re.search(r'listening for health and metrics.*?"port":(\d+)', (cls.suite.folder / "notification.log").read_text())
        return found and int(found.group(1))

    @classmethod
    def request(cls, method, target, body=None, headers=None):
        """(status, headers, body), on a connection of its own. Slow enough for the limit, which has a test of its own."""
        time.sleep(1.5 / PER_SECOND)
        return cls.at_once(method, target, body, headers)

    @classmethod
    def at_once(cls, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=20)
        try:
            connection.request(method, target, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def saw(self, path, method, target, *more):
        """Asks for it, and holds it against the document."""
        return self.compare(path, method, self.request(method, target, *more))

    def compare(self, path, method, answer):
        status, headers, _ = answer
        known = DOCUMENT["paths"][path]
        operations_of = [method.lower()] if method.lower() in known else [m for m in METHODS if m in known]
        for name in operations_of:  # of a method that there is not: 405 stands at each that there is
            self.assertIn(str(status), known[name]["responses"], (path, name))
            response = resolved(known[name]["responses"][str(status)])
            self.assertIn(headers["Content-Type"].split(";")[0], response["content"])
            for header in response.get("headers", {}):
                self.assertIn(header, headers, (path, status))
            self.seen.add((path, name, str(status)))
        return answer

    def targets(self, gateway):
        yield RECEIPTS, self.paths[gateway]
        yield OF_MESSAGE, "%s/%s" % (self.paths[gateway], uuid.uuid4())

    def test_1_receipts_are_taken(self):
        for path, target in self.targets("kannel"):
            self.assertEqual(self.saw(path, "GET", target + "?type=1&id=%s" % uuid.uuid4())[0], 200)
        for path, target in self.targets("aliyun"):
            status, headers, body = self.saw(path, "POST", target, json.dumps(ALIYUN))
            self.assertEqual((status, headers["Content-Type"], json.loads(body)["code"]), (200, "application/json", 0))
        self.assertEqual(self.suite.sql("SELECT count(*) FROM notification.receipt WHERE status = 1"), "3", "the same is one")

    def test_2_what_is_none_is_refused_and_not_kept(self):
        kept = self.suite.sql("SELECT count(*) FROM notification.receipt")
        for path, target in self.targets("kannel"):
            self.assertEqual(self.saw(path, "GET", target + "?type=nothing")[0], 400)
        for path, target in self.targets("aliyun"):
            self.assertEqual(self.saw(path, "POST", target, "[{")[0], 400)
        for path, target in self.targets("twilio"):
            self.assertEqual(self.saw(path, "POST", target, "MessageStatus=delivered", {"X-Twilio-Signature": "no"})[0], 403)
        for path, target in self.targets("wechat"):
            self.assertEqual(self.saw(path, "GET", target + "?signature=no&timestamp=1&nonce=1&echostr=e")[0], 403)
        for path, target in self.targets("aliyun"):
            self.assertEqual(self.saw(path, "POST", target, b" " * (BODY_MAX + 1))[0], 413)
        self.assertEqual(self.suite.sql("SELECT count(*) FROM notification.receipt"), kept)

    def test_3_a_wrong_address_says_nothing(self):
        answers = set()
        for method in ("GET", "POST"):
            for path, target in self.targets("kannel"):
                parts = target.split("/")
                for place, wrong in ((2, "nobody"), (3, "other"), (3, "file"), (4, "0" * 32), (4, "short")):
                    other = "/".join(parts[:place] + [wrong] + parts[place + 1:])
                    status, _, body = self.saw(path, method, other + "?type=1")
                    answers.add((status, body))
        self.assertEqual(answers, {(404, b"not found\n")})

    def test_4_other_methods_are_told_what_is_allowed(self):
        for path, target in self.targets("kannel"):
            for method in ("DELETE", "PUT"):
                status, headers, _ = self.saw(path, method, target)
                self.assertEqual((status, sorted(headers["Allow"].split(", "))), (405, ["GET", "POST"]))
        for path in ("/livez", "/readyz", "/metrics"):
            self.assertEqual(self.saw(path, "POST", path)[1]["Allow"], "GET")

    def test_5_health(self):
        self.assertEqual(self.saw("/livez", "GET", "/livez")[0], 200)
        self.assertEqual(self.saw("/readyz", "GET", "/readyz")[0], 200)
        self.assertIn(b'redress_notification_receipts_total{result="taken"}', self.saw("/metrics", "GET", "/metrics")[2])

    def burst(self, method, target, *more):
        """The answer that is too many of its second."""
        for _ in range(4 * PER_SECOND):
            answer = self.at_once(method, target, *more)
            if answer[0] == 429:
                time.sleep(1)
                return answer
        self.fail("%s: %d at once, and no 429" % (target, 4 * PER_SECOND))

    def test_6_too_many_of_one_address(self):
        for path, target in self.targets("kannel"):
            self.compare(path, "GET", self.burst("GET", target + "?type=1"))
            self.compare(path, "POST", self.burst("POST", target, "type=1"))
        self.assertEqual(self.at_once("GET", "/livez")[0], 200, "whoever restarts us is never put off")

    def test_7_without_postgresql_they_come_again(self):
        self.suite.sql("ALTER DATABASE %s ALLOW_CONNECTIONS false" % self.suite.database, self.suite.maintenance)
        try:
            self.suite.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '%s'" % self.suite.database,
                           self.suite.maintenance)
            until(lambda: self.request("GET", "/readyz")[0] == 503, "it notices", step=0.2)
            self.saw("/readyz", "GET", "/readyz")
            for path, target in self.targets("kannel"):
                self.assertEqual(self.saw(path, "GET", target + "?type=2")[0], 503)
                self.assertEqual(self.saw(path, "POST", target + "?type=2", "")[0], 503)
        finally:
            self.suite.sql("ALTER DATABASE %s ALLOW_CONNECTIONS true" % self.suite.database, self.suite.maintenance)
        target = self.paths["kannel"] + "?type=2"
        until(lambda: self.request("GET", target)[0] == 200, "receipts are taken again", step=0.2)

    def test_8_everything_that_is_promised_was_seen(self):
        self.assertEqual(promised() - self.seen, NOT_PROVOKED)


if __name__ == "__main__":
    unittest.main()
