"""Simulated clouds: one process that behaves as the providers document it, remembers what it accepted, and misbehaves on
demand. Every kind has a port of its own, since the providers have hosts of their own.

    with Cloud(folder) as cloud:
        cloud.url("aliyun")                                    # instead of https://dysmsapi.aliyuncs.com
        cloud.account("aliyun")                                # keys, secrets
        cloud.receipts_to("aliyun", "http://127.0.0.1:8080/receipts/demo/aliyun/SECRET")
        cloud.mode("aliyun", "hang", times=1)                  # accepts one message and never answers
        cloud.receipts("aliyun", "repeated", count=3)
        cloud.ledger()                                         # what was accepted, in order: kind, id, to, template, params, at
        cloud.kill()                                           # and start(): same ports, same ledger, modes forgotten

Kinds: aliyun tencent twilio http wechat wecom dingtalk webhook.

Modes: how the next messages are answered; until the next mode, for `times` messages, or for one address (`to`)
  normal        accepted and answered
  hang          accepted, never answered                  (kept=False: not even accepted)
  close         connection closed without an answer, nothing accepted      (kept=True: accepted)
  error_after   accepted, answered with 500               (status=)
  error_before  not accepted, answered with 500           (status=)
  throttle      429 with Retry-After                      (retry_after=, status=)
  throttle_own, credit, template, sign, address, limit, key, system        refused with the provider's own code, where it has one
  slow          answered after `ms`
  answer_twice  the answer stands twice on the connection
Receipts: of the messages accepted from now on
  normal        after `after_ms` (50)                     pending   nobody knows anything, queries neither
  before        before the answer                         never     not sent, but a query would say delivered
  failed        the number is bad (code=)                 repeated  `count` times

    python3 -m gateways.cloud --folder DIR [--ports JSON] [--accounts JSON]     prints its ports as JSON when it is ready
"""
import argparse
import asyncio
import collections
import json
import os
import pathlib
import signal
import sys
import time
import urllib.error
import urllib.request

from gateways.clouds_chat import Dingtalk, Webhook, Wechat, Wecom
from gateways.clouds_sms import Aliyun, Http, Tencent, Twilio
from gateways.process import PythonServer, end_with_stdin, until
from gateways.wire import Answer, Pool, listen

KINDS = {"aliyun": Aliyun, "tencent": Tencent, "twilio": Twilio, "http": Http, "wechat": Wechat, "wecom": Wecom,
         "dingtalk": Dingtalk, "webhook": Webhook}
# Lists (signs, templates, app_ids, open_ids) restrict what is accepted; None: everything.
ACCOUNTS = {
    "aliyun": {"keys": {"testAccessKeyId": "testAccessKeySecret"}, "signs": None, "templates": None, "per_day": 50},
    "tencent": {"keys": {"AKIDtest": "testSecretKey"}, "app_ids": ["1400006666"], "signs": None, "templates": None,
                "thirty_seconds": True},
    "twilio": {"sid": "AC00000000000000000000000000000001", "token": "testAuthToken"},
    "http": {"token": "testToken"},
    "wechat": {"app_id": "wxtest", "secret": "testAppSecret", "token": "testServerToken", "open_ids": None,
               "templates": None, "expires_in": 7200},
    "wecom": {"key": "693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa"},
    "dingtalk": {"access_token": "testRobot", "secret": "SECtest"},
    "webhook": {"secret": "testWebhookSecret"},
}
BATCH, BATCH_SECONDS = 100, 0.01
LOG_MAX = 10000
NORMAL = {"name": "normal"}


class Ledger:
    """Everything that was accepted: what a phone bill would show. It is on disk before it is answered, so that it survives
    kill -9."""

    def __init__(self, path):
        self.entries, self.by_kind = [], collections.defaultdict(list)
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                # A provider that was away knows what became of it, but tells nobody.
                self.remember(dict(json.loads(line), status="delivered"))
        self.file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self.encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode

    def of(self, kind):
        return self.by_kind[kind]

    def remember(self, entry):
        self.entries.append(entry)
        self.by_kind[entry["kind"]].append(entry)

    def add(self, kind, entry):
        entry.update(n=len(self.entries) + 1, kind=kind, at=time.time(), status="pending")
        self.remember(entry)
        os.write(self.file, self.encode(entry).encode() + b"\n")


class Receipts:
    """Sends what a kind's receipts are, alone or many in one, and again where they were not taken."""

    def __init__(self, kind, pool, log):
        self.kind, self.pool, self.log = kind, pool, log
        self.url, self.how, self.waiting, self.timer = "", NORMAL, collections.defaultdict(list), None
        self.running = set()  # the event loop itself holds tasks only weakly

    def begin(self, coroutine):
        task = asyncio.ensure_future(coroutine)
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    def settle(self, entry, how):
        """What became of the message: from now on a query says so, too."""
        failed = how["name"] == "failed"
        entry["status"] = "failed" if failed else "delivered"
        if failed:
            entry["code"] = how.get("code", self.kind.failed_code)

    def plan(self, entry):
        """Right after it was accepted. Gives back what the answer should wait for, or None."""
        how, url = self.how, entry.get("callback") or self.url
        if how["name"] == "pending" or not hasattr(self.kind, "receipts"):
            return None
        if how["name"] == "before":
            self.settle(entry, how)
            return self.begin(self.push([entry], url)) if url else None
        asyncio.get_running_loop().call_later(how.get("after_ms", 50) / 1000, self.due, entry, how, url)
        return None

    def due(self, entry, how, url):
        self.settle(entry, how)
        if how["name"] == "never" or not url:
            return
        for _ in range(how.get("count", 3) if how["name"] == "repeated" else 1):
            if self.kind.batches:
                self.gather(entry, url)
            else:
                self.begin(self.push([entry], url))

    def gather(self, entry, url):
        if any(entry is known for known in self.waiting[url]):
            self.flush()
        self.waiting[url].append(entry)
        if len(self.waiting[url]) >= BATCH:
            self.flush()
        elif not self.timer:
            self.timer = asyncio.get_running_loop().call_later(BATCH_SECONDS, self.flush)

    def flush(self):
        waiting, self.waiting = self.waiting, collections.defaultdict(list)
        if self.timer:
            self.timer.cancel()
            self.timer = None
        for url, entries in waiting.items():
            self.begin(self.push(entries, url))

    async def push(self, entries, url):
        for number, pause in enumerate((0, *self.kind.retries)):
            await asyncio.sleep(pause)
            status, body = await self.pool.send(*self.kind.receipts(entries, url))
            taken = self.kind.receipt_taken(status, body)
            self.log.append({"kind": entries[0]["kind"], "ids": [e["id"] for e in entries], "status": status, "try": number + 1,
                             "taken": taken, "answer": body.decode("utf-8", "replace")[:200], "at": time.time()})
            if taken:
                return


class Front:
    """One kind on its port."""

    def __init__(self, name, account, ledger, pool, logs):
        self.name, self.ledger, self.refusals, self.requests = name, ledger, logs["refusals"], 0
        self.kind = KINDS[name](account, ledger)
        self.receipts = Receipts(self.kind, pool, logs["pushes"])
        self.mode, self.used = NORMAL, 0

    def set_mode(self, mode):
        if mode["name"] not in {*self.actions, *self.kind.codes, *self.kind.number_codes}:
            raise ValueError("%s has no mode %s" % (self.name, mode["name"]))
        self.mode, self.used = mode, 0

    def mode_for(self, to):
        if self.used >= self.mode.get("times", float("inf")) or self.mode.get("to") not in (None, to):
            return NORMAL
        self.used += 1
        return self.mode

    def handle(self, request, connection):
        self.requests += 1
        try:
            if refused := self.kind.refused(request):
                return self.refuse(connection, *refused)
            if answer := self.kind.other(request):
                return connection.answer(answer)
            entry = self.kind.read(request)
        except (ValueError, KeyError, AttributeError, TypeError, IndexError) as problem:
            return self.refuse(connection, Answer(400), "400", "not understood: %r" % problem)
        if isinstance(entry, Answer):
            return self.refuse(connection, entry, str(entry.status), entry.body.decode()[:300])
        mode = self.mode_for(entry["to"])
        return self.actions.get(mode["name"], Front.refuse_as_provider)(self, entry, mode, connection)

    def refuse(self, connection, answer, code, why):
        self.refusals.append({"kind": self.name, "code": code, "why": why, "at": time.time()})
        connection.answer(answer)

    def accept(self, entry):
        """Writes it down: from here on it was sent. The answer, and the task that it should wait for, or None."""
        answer = self.kind.accepted(entry)
        self.ledger.add(self.name, entry)
        return answer, self.receipts.plan(entry)

    def answer_normally(self, entry, _mode, connection):
        answer, first = self.accept(entry)
        if first:
            first.add_done_callback(lambda _: connection.answer(answer))
        else:
            connection.answer(answer)

    def hang(self, entry, mode, connection):
        if mode.get("kept", True):
            self.accept(entry)
        connection.hang()

    def close(self, entry, mode, connection):
        if mode.get("kept", False):
            self.accept(entry)
        connection.close()

    def error_after(self, entry, mode, connection):
        self.accept(entry)
        connection.answer(Answer(mode.get("status", 500), b"internal error", "text/plain"))

    def error_before(self, _entry, mode, connection):
        connection.answer(Answer(mode.get("status", 500), b"internal error", "text/plain"))

    def throttle(self, _entry, mode, connection):
        self.refuse(connection, Answer(mode.get("status", 429), b"too many requests", "text/plain",
                                       [("Retry-After", str(mode.get("retry_after", 1)))]), "throttle", "mode")

    def refuse_as_provider(self, entry, mode, connection):
        answer = self.kind.refusal(mode["name"], entry)
        self.refuse(connection, answer, mode["name"], "mode")

    def slow(self, entry, mode, connection):
        answer, _ = self.accept(entry)
        asyncio.get_running_loop().call_later(mode["ms"] / 1000, connection.answer, answer)

    def answer_twice(self, entry, _mode, connection):
        answer, _ = self.accept(entry)
        connection.answer_twice(answer)

    actions = {"normal": answer_normally, "hang": hang, "close": close, "error_after": error_after,
               "error_before": error_before, "throttle": throttle, "slow": slow, "answer_twice": answer_twice}


class Control:
    """The port by which the test looks and switches."""

    hows = ("normal", "before", "never", "pending", "failed", "repeated")

    def __init__(self, fronts, ledger, logs):
        self.fronts, self.ledger, self.logs = fronts, ledger, logs
        self.looks = {"/ledger": self.see_ledger, "/refusals": lambda _: list(logs["refusals"]),
                      "/pushes": lambda _: list(logs["pushes"]), "/counts": self.see_counts}
        self.switches = {"/mode": self.set_mode, "/receipts": self.set_receipts, "/receipts_to": self.set_receipts_to}

    def handle(self, request, connection):
        try:
            if request.method == "GET":
                said = self.looks[request.path](request.params)
            else:
                said = self.switches[request.path](request.json)
            connection.answer(Answer.of(said if said is not None else {"ok": True}))
        except (KeyError, ValueError) as problem:
            connection.answer(Answer.of({"error": repr(problem)}, 400))

    def see_ledger(self, params):
        entries = self.ledger.of(params["kind"]) if "kind" in params else self.ledger.entries
        return entries[int(params.get("from", 0)):]

    def see_counts(self, _):
        """Without the ledger itself, which may be long."""
        return {name: {"requests": front.requests, "accepted": len(self.ledger.of(name)),
                       "ids": len({e["id"] for e in self.ledger.of(name)}),
                       "tokens": getattr(front.kind, "tokens_given", 0)} for name, front in self.fronts.items()}

    def set_mode(self, said):
        self.fronts[said.pop("kind")].set_mode(said)

    def set_receipts(self, said):
        if said["name"] not in self.hows:
            raise ValueError("no such way of receipts: " + said["name"])
        self.fronts[said.pop("kind")].receipts.how = said

    def set_receipts_to(self, said):
        self.fronts[said["kind"]].receipts.url = said["url"]


def all_accounts(given):
    """The given members over those of ACCOUNTS."""
    unknown = set(given) - set(ACCOUNTS)
    if unknown:
        raise ValueError("no such kind: " + ", ".join(sorted(unknown)))
    return {kind: {**account, **given.get(kind, {})} for kind, account in ACCOUNTS.items()}


async def serve(arguments):
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    ledger, pool = Ledger(arguments.folder / "ledger.jsonl"), Pool()
    logs = {name: collections.deque(maxlen=LOG_MAX) for name in ("refusals", "pushes")}
    fronts = {name: Front(name, account, ledger, pool, logs)
              for name, account in all_accounts(json.loads(arguments.accounts)).items()}
    fixed = json.loads(arguments.ports)
    servers = {name: await listen(front.handle, fixed.get(name, 0)) for name, front in fronts.items()}
    servers["control"] = await listen(Control(fronts, ledger, logs).handle, fixed.get("control", 0))
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    if arguments.until_stdin_ends:
        end_with_stdin(loop, ended.set)
    print(json.dumps({name: port for name, (_, port) in servers.items()}))
    sys.stdout.flush()
    await ended.wait()


class Cloud:
    def __init__(self, folder, accounts=None):
        self.folder, self.accounts = pathlib.Path(folder).resolve(), all_accounts(accounts or {})
        self.given, self.ports, self.receipt_urls = json.dumps(accounts or {}), {}, {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        self.server = PythonServer("cloud", self.folder, "--folder", self.folder, "--accounts", self.given,
                                   "--ports", json.dumps(self.ports))
        self.ports = self.server.start()
        for kind, url in self.receipt_urls.items():
            self.receipts_to(kind, url)

    def stop(self):
        self.server.stop()

    def kill(self):
        self.server.kill()

    def url(self, kind):
        return "http://127.0.0.1:%d" % self.ports[kind]

    def account(self, kind):
        return self.accounts[kind]

    def call(self, path, said=None):
        data = None if said is None else json.dumps(said).encode()
        try:
            with urllib.request.urlopen(self.url("control") + path, data, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as answer:
            raise ValueError(answer.read().decode()) from None

    def mode(self, kind, name, **options):
        self.call("/mode", dict(options, kind=kind, name=name))

    def receipts(self, kind, name, **options):
        self.call("/receipts", dict(options, kind=kind, name=name))

    def receipts_to(self, kind, url):
        """Where a kind's receipts go, as it is set in the provider's console. A message's own address comes first."""
        self.receipt_urls[kind] = url
        self.call("/receipts_to", {"kind": kind, "url": url})

    def ledger(self, kind=None):
        return self.call("/ledger" + ("?kind=" + kind if kind else ""))

    def counts(self, kind):
        """requests, accepted, ids (different ones among the accepted), tokens (given away, of wechat)"""
        return self.call("/counts")[kind]

    def twice(self):
        """(kind, id) of what was accepted more than once: never without an unknown on record (O7)."""
        seen = collections.Counter((e["kind"], e["id"]) for e in self.ledger() if e["id"])
        return sorted(key for key, count in seen.items() if count > 1)

    def refusals(self):
        """Requests that were not believed or not accepted, and why."""
        return self.call("/refusals")

    def pushes(self):
        """Receipts that were sent, and how they were answered."""
        return self.call("/pushes")

    def wait_ledger(self, count, kind=None, seconds=20):
        until(lambda: len(self.ledger(kind)) >= count, "%d messages in the ledger" % count, seconds)
        return self.ledger(kind)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="of the ledger")
    parser.add_argument("--ports", default="{}", help='JSON: {"aliyun": 18201, "control": 18200}; others are free ones')
    parser.add_argument("--accounts", default="{}", help="JSON: members over those of ACCOUNTS")
    parser.add_argument("--until-stdin-ends", action="store_true")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
