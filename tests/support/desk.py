"""A sender of submissions and commands, as a call centre has one: everything over Kafka, and the answer waited for.

    desk = Desk(suite)
    case = desk.submit(category="community_environment.rubbish")
    desk.do(case, "acknowledge", actor=case.handler)
    refusal = desk.refused(case, "close", actor="S0201")
"""
import json
import time
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import Consumer, Producer, TopicPartition

ANSWER_SECONDS = 60


def stamp(**ahead):
    return (datetime.now(timezone.utc) + timedelta(**ahead)).isoformat(timespec="microseconds")


class Case:
    def __init__(self, desk, outcome):
        self.desk, self.id, self.number = desk, outcome["complaintId"], outcome["complaintNumber"]

    def field(self, name):
        return self.desk.suite.sql("SELECT %s FROM dispatch.case_view WHERE complaint_id = '%s'" % (name, self.id))

    @property
    def handler(self):
        return self.field("assignee_id")

    @property
    def head(self):
        return self.desk.suite.sql("SELECT d.head_staff_id FROM dispatch.case_state s JOIN dispatch.department d ON d.tenant_id = "
                                   "s.tenant_id AND d.code = s.department_code WHERE complaint_id = '%s'" % self.id)

    @property
    def status(self):
        return self.field("status")

    def events(self):
        """Kinds of all that was told about it, in order."""
        rows = self.desk.suite.sql("SELECT type FROM journal.entry WHERE aggregate_id = '%s' ORDER BY aggregate_version" % self.id)
        return [row.rsplit(".", 1)[1] for row in rows.splitlines()]

    def clocks(self):
        """State of each clock by name, in its newest cycle."""
        rows = self.desk.suite.sql("SELECT name, state FROM watchdog.clock_view WHERE complaint_id = '%s' ORDER BY cycle" % self.id)
        return dict(row.split("|") for row in rows.splitlines())


class Desk:
    def __init__(self, suite, source="desk"):
        self.suite, self.source, self.answers = suite, source, {}
        self.producer = Producer({"bootstrap.servers": suite.brokers, "partitioner": "murmur2_random"})
        self.consumer = Consumer({"bootstrap.servers": suite.brokers, "group.id": "desk-" + uuid.uuid4().hex,
                                  "enable.auto.commit": False})
        topic = suite.prefix + "redress.outcomes.v1"
        partitions = self.consumer.list_topics(topic, 20).topics[topic].partitions
        self.consumer.assign([TopicPartition(topic, p, 0) for p in partitions])

    def close(self):
        self.consumer.close()

    def publish(self, topic, key, message, headers=None):
        self.producer.produce(self.suite.prefix + topic, key=key, value=json.dumps(message, ensure_ascii=False), headers=headers)
        assert self.producer.flush(20) == 0, "not published"

    def answer(self, reference):
        """The first outcome of the reference that was not taken yet."""
        end = time.monotonic() + ANSWER_SECONDS
        while not self.answers.get(reference):
            assert time.monotonic() < end, "no answer to %s" % reference
            self.suite.check()
            record = self.consumer.poll(0.5)
            if record is not None and not record.error() and record.value().startswith(b"{"):
                outcome = json.loads(record.value())
                self.answers.setdefault(outcome["sourceEventId"], []).append(outcome)
        return self.answers[reference].pop(0)

    def submit(self, category="", **changes):
        case = self.register(categoryCode=category, **changes)
        self.until(lambda: case.status)
        return case

    def register(self, **changes):
        """A complaint that intake has; dispatch may not have it yet."""
        reference = uuid.uuid4().hex
        m = {"tenant": "demo", "source": self.source, "sourceEventId": reference, "channel": "CHANNEL_WEBSITE",
             "receivedAt": stamp(minutes=-5), "projectCode": "YHHY", "building": "3", "unit": reference[:4],
             "complainant": {"name": "章德顺", "phone": "139%08d" % (uuid.uuid4().int % 10**8)},
             "description": "楼下垃圾没有清理", "demand": "请尽快清理"}
        m.update(changes)
        m = {name: value for name, value in m.items() if value is not None}
        self.publish("redress.submissions.v1", "demo:%s:%s" % (self.source, reference), m)
        outcome = self.answer(reference)
        assert outcome["result"] == "OUTCOME_RESULT_ACCEPTED", outcome
        return Case(self, outcome)

    def until(self, holds, seconds=ANSWER_SECONDS):
        end = time.monotonic() + seconds
        while not (found := holds()):
            assert time.monotonic() < end, "it did not come to that"
            self.suite.check()
            time.sleep(0.1)
        return found

    def command(self, case, name, actor, **about):
        """Sends one and returns its outcome."""
        return self.answer(self.send(case, name, actor, **about))

    def send(self, case, name, actor, reference=None, done_at=None, expected=None, tenant="demo", number=None,
             **fields):
        """Its reference: the outcome can be waited for later."""
        m = {"tenant": tenant, "source": self.source, "commandId": reference or uuid.uuid4().hex, "actor": actor, name: fields}
        m["complaintId" if isinstance(case, Case) else "complaintNumber"] = case.id if isinstance(case, Case) else case
        if number:
            m["complaintNumber"] = number
        if done_at:
            m["at"] = done_at
        if expected:
            m["expectedVersion"] = str(expected)
        self.publish("redress.commands.v1", case.id if isinstance(case, Case) else case, m)
        return m["commandId"]

    def do(self, case, name, actor=None, **fields):
        """A command that is carried out, by the case's handler unless somebody else is named."""
        outcome = self.command(case, name, actor or case.handler, **fields)
        assert outcome["result"] == "OUTCOME_RESULT_ACCEPTED", (name, outcome)
        return outcome

    def refused(self, case, name, actor=None, **fields):
        outcome = self.command(case, name, actor or case.handler, **fields)
        assert outcome["result"] == "OUTCOME_RESULT_REFUSED", (name, outcome)
        return outcome["refusal"]
