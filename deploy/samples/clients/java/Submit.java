import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Publishes one complaint, or one command to a complaint, as JSON and waits for its outcome.
 *
 * <p>{@code java -cp 'lib/*' Submit.java [--command] FILE [REFERENCE]} with kafka-clients and jackson-databind in lib.
 *
 * <p>Environment: REDRESS_KAFKA (default 127.0.0.1:9092), REDRESS_KAFKA_TOPIC_PREFIX (default none). Exit status: 0
 * accepted or known already, 1 not valid, 4 in conflict with an earlier one or refused by the rules, 5 no answer in
 * time.
 */
public class Submit {
    static final String BROKERS = System.getenv().getOrDefault("REDRESS_KAFKA", "127.0.0.1:9092");
    static final String PREFIX = System.getenv().getOrDefault("REDRESS_KAFKA_TOPIC_PREFIX", "");
    static final Duration PATIENCE = Duration.ofSeconds(30);

    /** What is different between the two: where it goes, and what its own reference is called. */
    enum Kind {
        SUBMISSION("redress.submissions.v1", "redress.v1.Submission", "sourceEventId"),
        COMMAND("redress.commands.v1", "redress.v1.Command", "commandId");

        final String topic;
        final String type;
        final String reference;

        Kind(String topic, String type, String reference) {
            this.topic = PREFIX + topic;
            this.type = type;
            this.reference = reference;
        }

        /** Of the outcome. */
        String answerKey(ObjectNode body) {
            return String.join(
                    ":", body.path("tenant").asText(), body.path("source").asText(), body.path(reference).asText());
        }

        /** What happens to one case keeps its order: always name it in the same way. */
        String key(ObjectNode body) {
            return this == SUBMISSION
                    ? answerKey(body)
                    : body.path(body.has("complaintId") ? "complaintId" : "complaintNumber").asText();
        }
    }

    static {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error"); // where slf4j-simple is in lib
    }

    public static void main(String[] args) throws Exception {
        Kind kind = args.length > 0 && args[0].equals("--command") ? Kind.COMMAND : Kind.SUBMISSION;
        int first = kind == Kind.COMMAND ? 1 : 0;
        if (args.length <= first) {
            System.err.println("usage: java -cp 'lib/*' Submit.java [--command] FILE [REFERENCE]");
            System.exit(2);
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode body = (ObjectNode) json.readTree(new File(args[first]));
        if (args.length > first + 1) {
            body.put(kind.reference, args[first + 1]);
        } else if (!body.has(kind.reference)) {
            body.put(kind.reference, UUID.randomUUID().toString());
        }
        if (kind == Kind.SUBMISSION && !body.has("receivedAt")) {
            body.put("receivedAt", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        }
        // The consumer stands at the end of the outcomes before anything is published.
        try (KafkaConsumer<String, String> outcomes = listen()) {
            publish(kind, body, json.writeValueAsString(body));
            String outcome = await(outcomes, kind.answerKey(body));
            if (outcome == null) {
                System.err.println("no answer within " + PATIENCE.toSeconds() + " s");
                System.exit(5);
            }
            System.out.println(outcome);
            System.exit(statusOf(json.readTree(outcome).path("result").asText()));
        } catch (KafkaException | ExecutionException problem) {
            System.err.println("Kafka at " + BROKERS + ": " + problem.getMessage());
            System.exit(5);
        }
    }

    static KafkaConsumer<String, String> listen() {
        KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(
                        Map.of("bootstrap.servers", BROKERS, "default.api.timeout.ms", 10000, "request.timeout.ms", 5000),
                        new StringDeserializer(),
                        new StringDeserializer());
        List<TopicPartition> partitions = consumer.partitionsFor(PREFIX + "redress.outcomes.v1").stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new KafkaException("there is no topic " + PREFIX + "redress.outcomes.v1");
        }
        consumer.assign(partitions);
        consumer.seekToEnd(partitions);
        partitions.forEach(consumer::position); // asks now: seekToEnd alone would wait until the first poll
        return consumer;
    }

    static void publish(Kind kind, ObjectNode body, String value) throws Exception {
        ProducerRecord<String, String> record = new ProducerRecord<>(kind.topic, kind.key(body), value);
        Map.of("ce_specversion", "1.0",
                        "ce_id", body.path(kind.reference).asText(),
                        "ce_source", body.path("source").asText(),
                        "ce_type", kind.type,
                        "ce_time", Instant.now().toString(),
                        "ce_tenantid", body.path("tenant").asText(),
                        "content-type", "application/json")
                .forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(Map.of("bootstrap.servers", BROKERS), new StringSerializer(), new StringSerializer())) {
            producer.send(record).get();
        }
    }

    static String await(KafkaConsumer<String, String> outcomes, String key) {
        Instant end = Instant.now().plus(PATIENCE);
        while (Instant.now().isBefore(end)) {
            for (ConsumerRecord<String, String> record : outcomes.poll(Duration.ofMillis(500))) {
                if (key.equals(record.key())) {
                    return record.value();
                }
            }
        }
        return null;
    }

    static int statusOf(String result) {
        return switch (result) {
            case "OUTCOME_RESULT_ACCEPTED", "OUTCOME_RESULT_DUPLICATE" -> 0;
            case "OUTCOME_RESULT_CONFLICT", "OUTCOME_RESULT_REFUSED" -> 4;
            default -> 1;
        };
    }
}
