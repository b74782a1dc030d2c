/* How much time is promised: a whole number of minutes, hours, days, working days or working hours. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum limit_unit {
    LIMIT_MINUTES,       /* 30m */
    LIMIT_HOURS,         /* 24h */
    LIMIT_DAYS,          /* 7d */
    LIMIT_WORKING_DAYS,  /* 5wd */
    LIMIT_WORKING_HOURS, /* 8wh */
};

struct limit {
    enum limit_unit unit;
    int32_t count;
};

/* 0; ERR_POISON: err_text() says what was found and what would be right, and *ret is untouched. */
int limit_parse(const char *text, size_t len, struct limit *ret);

#define LIMIT_TEXT_SIZE 16
/* "5wd" */
void limit_format(struct limit l, char out[LIMIT_TEXT_SIZE]);
/* "个工作日", "working days" */
const char *limit_unit_chinese(enum limit_unit u);
const char *limit_unit_english(enum limit_unit u);
