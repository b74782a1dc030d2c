/* What is wrong with one field of a message: for outcomes, dead letters and answers of tools alike. */
#pragma once

struct field_problem {
    const char *path;    /* "complainant.phone", "evidence[2].sha256"; "" for the message as a whole */
    const char *code;    /* stable, for programs: "required", "too_long", "unknown_field", "invalid_utf8", ... */
    const char *message; /* one sentence for people; never repeats the value */
};
