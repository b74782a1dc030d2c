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
 * Publishes one complaint as JSON and waits for its outcome.
 *
 * <p>{@code java -cp 'lib/*' Submit.java ../complaint.json [REFERENCE]} with kafka-clients and jackson-databind in lib.
 *
 * <p>Environment: REDRESS_KAFKA (default 127.0.0.1:9092), REDRESS_KAFKA_TOPIC_PREFIX (default none). Exit status: 0
 * accepted or known already, 1 refused, 4 in conflict with an earlier one, 5 no answer in time.
 */
public class Submit {
    static final String BROKERS = System.getenv().getOrDefault("REDRESS_KAFKA", "127.0.0.1:9092");
    static final String PREFIX = System.getenv().getOrDefault("REDRESS_KAFKA_TOPIC_PREFIX", "");
    static final Duration PATIENCE = Duration.ofSeconds(30);

    static {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "error"); // where slf4j-simple is in lib
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 1) {
            System.err.println("usage: java -cp 'lib/*' Submit.java FILE [REFERENCE]");
            System.exit(2);
        }
        ObjectMapper json = new ObjectMapper();
        ObjectNode submission = (ObjectNode) json.readTree(new File(args[0]));
        if (args.length > 1) {
            submission.put("sourceEventId", args[1]);
        } else if (!submission.has("sourceEventId")) {
            submission.put("sourceEventId", UUID.randomUUID().toString());
        }
        if (!submission.has("receivedAt")) {
            submission.put("receivedAt", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        }
        // The consumer stands at the end of the outcomes before anything is published.
        try (KafkaConsumer<String, String> outcomes = listen()) {
            String key = publish(submission, json.writeValueAsString(submission));
            String outcome = await(outcomes, key);
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

    static String publish(ObjectNode submission, String value) throws Exception {
        String tenant = submission.path("tenant").asText();
        String source = submission.path("source").asText();
        String id = submission.path("sourceEventId").asText();
        ProducerRecord<String, String> record =
                new ProducerRecord<>(PREFIX + "redress.submissions.v1", tenant + ":" + source + ":" + id, value);
        Map.of("ce_specversion", "1.0",
                        "ce_id", id,
                        "ce_source", source,
                        "ce_type", "redress.v1.Submission",
                        "ce_time", Instant.now().toString(),
                        "ce_tenantid", tenant,
                        "content-type", "application/json")
                .forEach((name, text) -> record.headers().add(name, text.getBytes(StandardCharsets.UTF_8)));
        try (KafkaProducer<String, String> producer =
                new KafkaProducer<>(Map.of("bootstrap.servers", BROKERS), new StringSerializer(), new StringSerializer())) {
            producer.send(record).get();
        }
        return record.key();
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
            case "OUTCOME_RESULT_CONFLICT" -> 4;
            default -> 1;
        };
    }
}
