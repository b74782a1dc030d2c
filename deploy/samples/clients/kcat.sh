#!/usr/bin/env bash
# Publishes one complaint as JSON with kcat and waits for its outcome: kcat.sh FILE [REFERENCE]
#
# Needs kcat and jq. Environment: REDRESS_KAFKA (default 127.0.0.1:9092), REDRESS_KAFKA_TOPIC_PREFIX (default none).
# Exit status: 0 accepted or known already, 1 refused, 4 in conflict with an earlier one, 5 no answer in time.
set -euo pipefail
file=${1:?usage: kcat.sh FILE [REFERENCE]}
for program in kcat jq; do
    command -v "$program" >/dev/null || { echo "kcat.sh needs $program: apt-get install kcat jq" >&2 && exit 2; }
done
reference=${2:-$(jq -r '.sourceEventId // empty' "$file")}
reference=${reference:-$(cat /proc/sys/kernel/random/uuid)}
brokers=${REDRESS_KAFKA:-127.0.0.1:9092}
prefix=${REDRESS_KAFKA_TOPIC_PREFIX:-}
now=$(date -u +%Y-%m-%dT%H:%M:%SZ)

submission=$(jq -c --arg id "$reference" --arg now "$now" '{receivedAt: $now} + . + {sourceEventId: $id}' "$file")
tenant=$(jq -r .tenant <<<"$submission")
source=$(jq -r .source <<<"$submission")
key=$tenant:$source:$reference

said=$(mktemp)
trap 'rm -f "$said"' EXIT
partitions=$(kcat -L -J -m 10 -b "$brokers" -t "${prefix}redress.outcomes.v1" 2>"$said" | jq '.topics[0].partitions | length') ||
    { echo "Kafka at $brokers does not answer: $(tail -n 1 "$said")" >&2 && exit 5; }
((partitions)) || { echo "Kafka at $brokers has no topic ${prefix}redress.outcomes.v1" >&2 && exit 5; }

# The reader stands at the end of every partition of the outcomes before anything is published. It would read for ever.
exec 3< <(exec timeout "${TIMEOUT:-30}" kcat -C -u -b "$brokers" -t "${prefix}redress.outcomes.v1" -o end -f '%k\t%s\n' 2>"$said")
reader=$!
trap 'kill "$reader" 2>/dev/null || true; rm -f "$said"' EXIT
until (($(grep -o 'Reached end of topic .*\]' "$said" | sort -u | wc -l) >= partitions)); do
    kill -0 "$reader" 2>/dev/null || { cat "$said" >&2 && exit 5; }
    sleep 0.05
done

# murmur2_random is the partitioner of Java's clients: one reference always goes to one partition.
printf '%s\t%s\n' "$key" "$submission" |
    kcat -P -q -b "$brokers" -t "${prefix}redress.submissions.v1" -K '\t' -X partitioner=murmur2_random \
        -X enable.idempotence=true -H ce_specversion=1.0 -H "ce_id=$reference" -H "ce_source=$source" \
        -H ce_type=redress.v1.Submission -H "ce_time=$now" -H "ce_tenantid=$tenant" -H content-type=application/json

outcome=
while IFS=$'\t' read -r -u 3 answered value; do
    if [[ $answered == "$key" ]]; then
        outcome=$value
        break
    fi
done
if [[ -z $outcome ]]; then
    echo "no answer within ${TIMEOUT:-30} s" >&2
    exit 5
fi
jq . <<<"$outcome"
case $(jq -r .result <<<"$outcome") in
OUTCOME_RESULT_ACCEPTED | OUTCOME_RESULT_DUPLICATE) exit 0 ;;
OUTCOME_RESULT_CONFLICT) exit 4 ;;
*) exit 1 ;;
esac
