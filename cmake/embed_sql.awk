# Writes <stem>.h and <stem>.c: each sql/NAME.sql becomes `const struct pg_statement <name>_NAME` and a member of
# <name>_statements[]; each schema/NNN_TITLE.sql becomes a member of <name>_migrations[].
function base(path) { sub(/.*\//, "", path); sub(/\.sql$/, "", path); return path }
function literal(line) { gsub(/\\/, "\\\\", line); gsub(/"/, "\\\"", line); gsub(/\?/, "\\?", line); return "\"" line "\\n\"" }
FNR == 1 {
    kind = FILENAME ~ /\/schema\// ? "schema" : "sql"
    id = base(FILENAME)
    if (kind == "sql") statement[++statements] = id; else migration[++migrations] = id
}
{ text[kind, id] = text[kind, id] "    " literal($0) "\n" }
END {
    h = stem ".h"; c = stem ".c"
    print "/* generated from the .sql files of " name " */\n#pragma once\n#include \"common/pg/statement.h\"\n" > h
    print "/* generated from the .sql files of " name " */\n#include \"" name "_sql.h\"\n" > c
    for (i = 1; i <= statements; i++) {
        id = statement[i]
        print "extern const struct pg_statement " name "_" id ";" > h
        print "const struct pg_statement " name "_" id " = { \"" name "_" id "\",\n" text["sql", id] "};\n" > c
    }
    print "\n/* Every statement, NULL at the end. */\nextern const struct pg_statement *const " name "_statements[];" > h
    print "const struct pg_statement *const " name "_statements[] = {" > c
    for (i = 1; i <= statements; i++) print "    &" name "_" statement[i] "," > c
    print "    NULL,\n};\n" > c
    print "/* Every migration in order; .name is NULL at the end. */\nextern const struct pg_migration " name "_migrations[];" > h
    print "const struct pg_migration " name "_migrations[] = {" > c
    for (i = 1; i <= migrations; i++) {
        id = migration[i]
        print "    { " (substr(id, 1, 3) + 0) ", \"" id "\",\n" text["schema", id] "    }," > c
    }
    print "    { 0, NULL, NULL },\n};" > c
}
