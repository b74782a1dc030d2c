#include "common/kafka/kafka.h"

#include <criterion/criterion.h>
#include <string.h>

Test(kafka, keys_go_where_java_puts_them)
{
    /* org.apache.kafka.common.utils.UtilsTest.testMurmur2, made positive as DefaultPartitioner does */
    static const struct {
        const char *key;
        int32_t hash;
    } known[] = {
        { "21", -973932308 },
        { "foobar", -790332482 },
        { "a-little-bit-long-string", -985981536 },
        { "a-little-bit-longer-string", -1486304829 },
        { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
        { "abc", 479470107 },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        for (int32_t partitions = 1; partitions < 50; partitions++)
            cr_expect_eq(kafka_partition_of(known[i].key, strlen(known[i].key), partitions),
                         (known[i].hash & 0x7fffffff) % partitions, "%s over %d", known[i].key, partitions);
}
