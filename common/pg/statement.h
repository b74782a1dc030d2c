/* SQL that was embedded at build: one statement per .sql file, migrations in order (see cmake/embed_sql.awk). */
#pragma once

#include <stddef.h>

struct pg_statement {
    const char *name;
    const char *sql; /* "@schema@" stands for the schema of the connection's owner (pg_connect) */
};

struct pg_migration {
    int version;
    const char *name;
    const char *sql;
};
