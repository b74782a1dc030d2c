"""The demo tenant with gateways of a test's own, and what its messages came to.

    teller = Teller(suite, {"kannel": of_kannel(kannel, folder), "mail": of_mail(mail, folder)})
    suite.start(*teller.DAEMONS)
    teller.told(case)      # [(event, audience, recipient, channel)] of what was sent or delivered, in the order of its planning
"""
import json
import urllib.error
import urllib.request

from gateways.process import free_ports

GONE = ("sent", "delivered")


class Teller:
    DAEMONS = ("relay", "intake", "dispatch", "watchdog", "notification")

    def __init__(self, suite, gateways, **settings):
        self.suite, self.gateways = suite, gateways
        self.port, = free_ports(1)
        suite.ports["notification"] = self.port
        self.url = "http://127.0.0.1:%d" % self.port
        self.settle(**settings)

    def settle(self, **more):
        """The tenant's file: never quiet, unless it is said otherwise."""
        settings = {"sign": "示范地产", "mail": {"from": "service@example.com", "name": "示范地产客户服务"},
                    "quiet": {"from": "00:00", "to": "00:00"}, "limits": {"sms_per_phone_day": 0}, "receipts_url": self.url,
                    "gateways": [dict(gateway=name, **gateway) for name, gateway in self.gateways.items()]}
        settings.update(more)
        path = self.suite.folder / "notifications.yaml"
        path.write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
        return self.suite.must("notify", "apply", "--tenant", "demo", str(path))

    def messages(self, case=None, **filters):
        """In the order in which they were planned."""
        if case:
            filters["number"] = case.number
        arguments = [text for name, value in filters.items() for text in ("--" + name, value)]
        return list(reversed(self.suite.must("notify", "list", "--limit", "100000", "--output", "json", *arguments).json))

    def told(self, case, states=GONE):
        return [(m["event"], m["audience"], m["recipient"], m["channel"]) for m in self.messages(case) if m["state"] in states]

    def message(self, case, event, audience="complainant"):
        found = [m for m in self.messages(case) if (m["event"], m["audience"]) == (event, audience)]
        return found[0] if found else None

    def show(self, message):
        return self.suite.must("notify", "show", message["id"], "--output", "json").json

    def get(self, path):
        """(status, body) of the daemon's own HTTP."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def fates(self, message_id):
        """What redress.notifications.v1 was told of a message, in order. (Field 4 of 36 bytes: others may name it as told_by.)"""
        rows = self.suite.sql("SELECT type FROM journal.entry WHERE topic = 'redress.notifications.v1' AND position("
                              "'\\x2224'::bytea || convert_to('%s', 'UTF8') IN payload) > 0 ORDER BY batch, ord" % message_id)
        return [row.rsplit(".", 1)[1] for row in rows.splitlines()]
