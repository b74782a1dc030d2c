#!/usr/bin/env python3
"""Publishes one complaint, or one command to a complaint, and waits for its outcome.

    python3 -m venv venv && venv/bin/pip install confluent-kafka protobuf
    venv/bin/python3 submit.py ../complaint.json
    venv/bin/python3 submit.py --command ../command.json

With --protobuf the record is protobuf instead of JSON; that needs the classes that protoc makes from the contract:

    protoc -I ../../../../proto --python_out=. ../../../../proto/redress/v1/*.proto

Environment: REDRESS_KAFKA (default 127.0.0.1:9092), REDRESS_KAFKA_TOPIC_PREFIX (default none).
Exit status: 0 accepted or known already, 1 not valid, 4 in conflict with an earlier one or refused by the rules,
5 no answer in time.
"""
import argparse
import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

BROKERS = os.environ.get("REDRESS_KAFKA", "127.0.0.1:9092")
# What goes wrong comes back from the calls: the library need not log every try as well.
CLIENT = {"bootstrap.servers": BROKERS, "log_level": 2, "error_cb": lambda error: None}
PREFIX = os.environ.get("REDRESS_KAFKA_TOPIC_PREFIX", "")
OUTCOMES = PREFIX + "redress.outcomes.v1"


class Submission:
    topic, type, reference = PREFIX + "redress.submissions.v1", "redress.v1.Submission", "sourceEventId"

    def __init__(self, body, reference):
        self.body = body
        body[self.reference] = reference or body.get(self.reference) or str(uuid.uuid4())
        body.setdefault("receivedAt", now())

    @property
    def answer_key(self):
        """Of its outcome."""
        return "%s:%s:%s" % (self.body["tenant"], self.body["source"], self.body[self.reference])

    key = answer_key

    @staticmethod
    def message():
        from redress.v1 import submission_pb2
        return submission_pb2.Submission()


class Command(Submission):
    topic, type, reference = PREFIX + "redress.commands.v1", "redress.v1.Command", "commandId"

    def __init__(self, body, reference):
        self.body = body
        body[self.reference] = reference or body.get(self.reference) or str(uuid.uuid4())

    @property
    def key(self):
        """The case: what happens to one case keeps its order. Always name it in the same way."""
        return self.body.get("complaintId") or self.body["complaintNumber"]

    @staticmethod
    def message():
        from redress.v1 import command_pb2
        return command_pb2.Command()


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(record, protobuf):
    """Value and content type of the record."""
    if not protobuf:
        return json.dumps(record.body, ensure_ascii=False).encode(), "application/json"
    from google.protobuf import json_format
    return json_format.ParseDict(record.body, record.message()).SerializeToString(), "application/protobuf"


def decode(message):
    """The outcome comes in the encoding in which the record went."""
    if dict(message.headers() or []).get("content-type") == b"application/json":
        return json.loads(message.value())
    from google.protobuf import json_format
    from redress.v1 import outcome_pb2
    return json_format.MessageToDict(outcome_pb2.Outcome.FromString(message.value()))


def listen():
    """A consumer that stands at the end of every partition of the outcomes: before anything is published."""
    consumer = Consumer({**CLIENT, "group.id": "submit-sample", "enable.auto.commit": False})
    topic = consumer.list_topics(OUTCOMES, timeout=10).topics[OUTCOMES]
    if topic.error:
        raise KafkaException(topic.error)
    ends = [TopicPartition(OUTCOMES, p, consumer.get_watermark_offsets(TopicPartition(OUTCOMES, p), timeout=10)[1])
            for p in topic.partitions]
    consumer.assign(ends)
    return consumer


def publish(record, protobuf):
    value, content_type = encode(record, protobuf)
    errors = []
    # Idempotent, and the partitioner of Java's clients: one key always goes to one partition.
    producer = Producer({**CLIENT, "enable.idempotence": True, "partitioner": "murmur2_random"})
    producer.produce(record.topic, key=record.key, value=value,
                     on_delivery=lambda e, m: errors.append(e) if e else None,
                     headers={"ce_specversion": "1.0", "ce_id": record.body[record.reference],
                              "ce_source": record.body["source"], "ce_type": record.type, "ce_time": now(),
                              "ce_tenantid": record.body["tenant"], "content-type": content_type})
    if producer.flush(30) or errors:
        raise KafkaException(errors[0] if errors else "it did not take the record")


def wait(consumer, key, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = consumer.poll(0.5)
        if message and not message.error() and message.key() == key.encode():
            return decode(message)
    return None


def main():
    arguments = argparse.ArgumentParser(description="publishes one complaint or command and waits for its outcome")
    arguments.add_argument("file", help="a redress.v1.Submission as JSON")
    arguments.add_argument("--command", action="store_true", help="the file is a redress.v1.Command")
    arguments.add_argument("--reference", help="your own reference; the same one again is the same complaint or command")
    arguments.add_argument("--protobuf", action="store_true", help="publish protobuf instead of JSON")
    arguments.add_argument("--timeout", type=float, default=30)
    given = arguments.parse_args()

    with open(given.file, encoding="utf-8") as file:
        record = (Command if given.command else Submission)(json.load(file), given.reference)

    try:
        consumer = listen()
        publish(record, given.protobuf)
    except KafkaException as problem:
        print("Kafka at %s: %s" % (BROKERS, problem.args[0]), file=sys.stderr)
        return 5
    outcome = wait(consumer, record.answer_key, given.timeout)
    consumer.close()
    if outcome is None:
        print("no answer within %g s" % given.timeout, file=sys.stderr)
        return 5
    print(json.dumps(outcome, ensure_ascii=False, indent=2))
    result = outcome["result"].removeprefix("OUTCOME_RESULT_")
    return {"ACCEPTED": 0, "DUPLICATE": 0, "CONFLICT": 4, "REFUSED": 4}.get(result, 1)


if __name__ == "__main__":
    sys.exit(main())
