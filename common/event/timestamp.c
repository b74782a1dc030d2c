#include "timestamp.h"

int64_t timestamp_read(const Google__Protobuf__Timestamp *t)
{
    return t ? t->seconds * 1000000 + t->nanos / 1000 : 0;
}

Google__Protobuf__Timestamp timestamp_of(int64_t at_us)
{
    Google__Protobuf__Timestamp t = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    int64_t rest = at_us % 1000000;

    t.seconds = at_us / 1000000 - (rest < 0);
    t.nanos = (int32_t)(rest < 0 ? rest + 1000000 : rest) * 1000;
    return t;
}

Google__Protobuf__Timestamp *timestamp_new(struct arena *a, int64_t at_us)
{
    Google__Protobuf__Timestamp *t = arena_new(a, Google__Protobuf__Timestamp);

    *t = timestamp_of(at_us);
    return t;
}
