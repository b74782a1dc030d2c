#!/usr/bin/env python3
"""Publishes one complaint and waits for its outcome.

    python3 -m venv venv && venv/bin/pip install confluent-kafka protobuf
    venv/bin/python3 submit.py ../complaint.json

With --protobuf the record is protobuf instead of JSON; that needs the classes that protoc makes from the contract:

    protoc -I ../../../../proto --python_out=. ../../../../proto/redress/v1/*.proto

Environment: REDRESS_KAFKA (default 127.0.0.1:9092), REDRESS_KAFKA_TOPIC_PREFIX (default none).
Exit status: 0 accepted or known already, 1 refused, 4 in conflict with an earlier one, 5 no answer in time.
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
SUBMISSIONS = PREFIX + "redress.submissions.v1"
OUTCOMES = PREFIX + "redress.outcomes.v1"


def now():
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def encode(submission, protobuf):
    """Value and content type of the record."""
    if not protobuf:
        return json.dumps(submission, ensure_ascii=False).encode(), "application/json"
    from google.protobuf import json_format
    from redress.v1 import submission_pb2
    return json_format.ParseDict(submission, submission_pb2.Submission()).SerializeToString(), "application/protobuf"


def decode(message):
    """The outcome comes in the encoding in which the submission went."""
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


def publish(submission, protobuf):
    value, content_type = encode(submission, protobuf)
    key = "{tenant}:{source}:{sourceEventId}".format(**submission)
    errors = []
    # Idempotent, and the partitioner of Java's clients: one reference always goes to one partition.
    producer = Producer({**CLIENT, "enable.idempotence": True, "partitioner": "murmur2_random"})
    producer.produce(SUBMISSIONS, key=key, value=value, on_delivery=lambda e, m: errors.append(e) if e else None,
                     headers={"ce_specversion": "1.0", "ce_id": submission["sourceEventId"],
                              "ce_source": submission["source"], "ce_type": "redress.v1.Submission", "ce_time": now(),
                              "ce_tenantid": submission["tenant"], "content-type": content_type})
    if producer.flush(30) or errors:
        raise KafkaException(errors[0] if errors else "it did not take the record")
    return key


def wait(consumer, key, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = consumer.poll(0.5)
        if message and not message.error() and message.key() == key.encode():
            return decode(message)
    return None


def main():
    arguments = argparse.ArgumentParser(description="publishes one complaint and waits for its outcome")
    arguments.add_argument("file", help="a redress.v1.Submission as JSON")
    arguments.add_argument("--reference", help="your own reference; the same one again is the same complaint")
    arguments.add_argument("--protobuf", action="store_true", help="publish protobuf instead of JSON")
    arguments.add_argument("--timeout", type=float, default=30)
    given = arguments.parse_args()

    with open(given.file, encoding="utf-8") as file:
        submission = json.load(file)
    submission["sourceEventId"] = given.reference or submission.get("sourceEventId") or str(uuid.uuid4())
    submission.setdefault("receivedAt", now())

    try:
        consumer = listen()
        key = publish(submission, given.protobuf)
    except KafkaException as problem:
        print("Kafka at %s: %s" % (BROKERS, problem.args[0]), file=sys.stderr)
        return 5
    outcome = wait(consumer, key, given.timeout)
    consumer.close()
    if outcome is None:
        print("no answer within %g s" % given.timeout, file=sys.stderr)
        return 5
    print(json.dumps(outcome, ensure_ascii=False, indent=2))
    result = outcome["result"].removeprefix("OUTCOME_RESULT_")
    return {"ACCEPTED": 0, "DUPLICATE": 0, "CONFLICT": 4}.get(result, 1)


if __name__ == "__main__":
    sys.exit(main())
