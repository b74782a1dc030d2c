/* A template piece by piece. Used by template*.c only. */
#pragma once

#include "common/base/str.h"

#define TEMPLATE_DEPTH_MAX  4  /* sections within sections */
#define TEMPLATE_NAME_CHARS 48 /* of a name */

enum template_piece_kind {
    TEMPLATE_PIECE_END,
    TEMPLATE_PIECE_TEXT,  /* as it stands */
    TEMPLATE_PIECE_VALUE, /* {{name}} */
    TEMPLATE_PIECE_OPEN,  /* {{#name}} */
    TEMPLATE_PIECE_CLOSE, /* {{/name}} */
    TEMPLATE_PIECE_BAD,   /* text: from where it is malformed */
};

struct template_piece {
    enum template_piece_kind kind;
    struct str text; /* TEXT, BAD: the bytes; else the name */
};

struct template_scan {
    const char *start, *at;
};

/* The next piece. The line break behind a section's mark that stands alone on its line is left out. */
enum template_piece_kind template_scan_next(struct template_scan *s, struct template_piece *ret);
