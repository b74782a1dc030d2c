/* Complaint numbers (R3): a tenant's format, for example "{project}-{yyyymmdd}-{seq:05}" -> "YHHY-20260918-00042".
 *
 * Placeholders: {project}, {yyyymmdd}, {yyyymm}, {yyyy} (the day of registration in the tenant's zone), {seq} or
 * {seq:0N} (at least N digits, N 1-9). The sequence counts per series: per whatever the rest of the format says, so
 * that with the format above it starts again for each project and day. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NUMBER_FORMAT_MAX  64 /* bytes of a format */
#define NUMBER_PARTS_MAX   16
#define NUMBER_SIZE        128 /* a number with its NUL */
#define NUMBER_DAY_SIZE    9   /* "20260918" with its NUL */
#define NUMBER_SERIES_MARK "*" /* stands for the sequence in a series' name */

struct number_part {
    enum number_part_kind { PART_LITERAL, PART_PROJECT, PART_DAY, PART_MONTH, PART_YEAR, PART_SEQ } kind;
    const char *text; /* literals: borrowed from the format */
    int len;          /* literals: bytes; PART_SEQ: least digits */
};

struct number_format {
    struct number_part parts[NUMBER_PARTS_MAX];
    size_t count;
};

/* Reads a format, which must outlive ret. 0; or 1: *ret_why says what is wrong in a sentence (a constant). Formats
 * under which two series could give the same number are refused: {seq} needs a character that is no digit between it
 * and the rest, and {project}, the only part of varying length, may stand there once. */
int number_format_parse(const char *format, struct number_format *ret, const char **ret_why);

/* The series that a number of this project and day belongs to. */
void number_series(const struct number_format *f, const char *project, const char day[NUMBER_DAY_SIZE],
                   char out[NUMBER_SIZE]);

/* The number itself; seq counts from 1. Project codes have at most 32 bytes. */
void number_render(const struct number_format *f, const char *project, const char day[NUMBER_DAY_SIZE], int64_t seq,
                   char out[NUMBER_SIZE]);
