#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/error.h"
#include "common/base/str.h"
#include "common/config/yaml.h"

static struct arena arena;
static struct yaml_reader reader;

static void setup(void)
{
    arena_init(&arena, 0);
    yaml_reader_init(&reader, &arena);
}

static void teardown(void)
{
    arena_done(&arena);
}

TestSuite(yaml, .init = setup, .fini = teardown);

static const struct yaml_node *load(const char *text)
{
    const struct yaml_node *root = NULL;

    cr_assert_eq(yaml_load_text(&arena, "f.yaml", text, strlen(text), &root), 0, "%s", err_text());
    return root;
}

static void refused_bytes(const char *text, size_t len, const char *message)
{
    const struct yaml_node *root = NULL;

    cr_expect_eq(yaml_load_text(&arena, "f.yaml", text, len, &root), ERR_FATAL, "accepted: %.60s", text);
    cr_expect(root == NULL, "the output is touched on failure");
    cr_expect(strstr(err_text(), message) == err_text(), "wanted: %s\n got: %s", message, err_text());
}

static void refused(const char *text, const char *message)
{
    refused_bytes(text, strlen(text), message);
}

/* The problems told so far, a line each. */
static void problems(const char *expected)
{
    cr_expect_eq(yaml_reader_result(&reader), *expected ? ERR_FATAL : 0);
    if (*expected)
        cr_expect_str_eq(err_text(), expected);
}

Test(yaml, tree_keeps_order_place_and_path)
{
    const struct yaml_node *root = load("b: 1\na:\n  - x\n  - k: 'v'\n    投: {n: 2}\n"), *list, *n;

    cr_assert_eq(yaml_kind(root), YAML_MAP);
    cr_assert_eq(yaml_count(root), 2);
    cr_assert_str_eq(yaml_key(yaml_first(root)), "b");
    list = yaml_next(yaml_first(root));
    cr_assert_str_eq(yaml_key(list), "a");
    cr_assert_null(yaml_next(list));
    cr_assert_eq(yaml_kind(list), YAML_LIST);
    cr_assert_eq(yaml_get(root, "a"), list);
    n = yaml_get(yaml_get(yaml_next(yaml_first(list)), "投"), "n");
    cr_assert_str_eq(yaml_text(n), "2");
    cr_assert_str_eq(yaml_path(&arena, n), "a[2].投.n");
    cr_assert_eq(yaml_line(n), 5);
    cr_assert_eq(yaml_column(n), 12, "columns count characters, not bytes: %u", yaml_column(n));
    cr_assert_eq(yaml_column(yaml_key_node(n)), 9);
    cr_assert_str_eq(yaml_file(n), "f.yaml");
    cr_assert_str_eq(yaml_path(&arena, root), "");
    cr_assert_null(yaml_key(root));
}

Test(yaml, scalars_are_what_was_written)
{
    static const char *const same[] = {
        "no", "yes", "NULL", "~", "1.10", "0123", "0x1f", "1_000", "2026-01-01..2026-01-03", "12:30"
    };
    const struct yaml_node *root;

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        root = load(arena_printf(&arena, "k: %s\n", same[i]));
        cr_expect_str_eq(yaml_string(&reader, root, "k", YAML_REQUIRED, 1, 50), same[i]);
    }
    root = load("a: \"x\\ty\"\nb: |\n  one\n  two\nc: ''\nd:\n");
    cr_expect_str_eq(yaml_text(yaml_get(root, "a")), "x\ty");
    cr_expect_str_eq(yaml_text(yaml_get(root, "b")), "one\ntwo\n");
    cr_expect_not(yaml_is_empty(yaml_get(root, "c")));
    cr_expect(yaml_is_empty(yaml_get(root, "d")));
    cr_expect(yaml_is_empty(yaml_get(root, "absent")));
    problems("");
}

Test(yaml, empty_file_mark_and_windows_line_ends)
{
    cr_expect(yaml_is_empty(load("")));
    cr_expect(yaml_is_empty(load("# nothing\n")));
    cr_expect_eq(yaml_line(load("")), 1);
    cr_expect_str_eq(yaml_text(yaml_get(load("\xef\xbb\xbf"
                                             "a: 1\r\nb: 2\r\n"),
                                        "b")),
                     "2");
    cr_expect_str_eq(yaml_text(yaml_get(load("%YAML 1.1\n---\na: 1\n...\n"), "a")), "1");
}

Test(yaml, what_the_dialect_refuses)
{
    refused("a: &x 1\n", "f.yaml:1:4: an anchor (&x); anchors");
    refused("a: 1\nb: *x\n", "f.yaml:2:4: an alias (*x); anchors");
    refused("a: &x [1]\n", "f.yaml:1:4: an anchor");
    refused("a: &x {b: 1}\n", "f.yaml:1:4: an anchor");
    refused("a: !!int 3\n", "f.yaml:1:4: a tag (tag:yaml.org,2002:int)");
    refused("a: ! x\n", "f.yaml:1:4: a tag (!)");
    refused("a: !t [x]\n", "f.yaml:1:4: a tag (!t)");
    refused("a: !t {b: x}\n", "f.yaml:1:4: a tag (!t)");
    refused("a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document");
    refused("b: 1\na: 1\nc: 1\na: 2\nb: 3\n", "f.yaml:4:1: the key \"a\" a second time; it is in line 2 already");
    refused("l:\n  - {x: 1, \"x\": 2}\n", "f.yaml:2:12: the key \"x\" a second time");
    refused("[a]: 1\n", "f.yaml:1:1: a key must be a word");
    refused("{a: 1}: 1\n", "f.yaml:1:1: a key must be a word");
    refused("'': 1\n", "f.yaml:1:1: a key must be a word");
    refused("a: \"x\\0y\"\n", "f.yaml:1:4: a text with the control character 0x00");
    refused("a: \"x\\x1by\"\n", "f.yaml:1:4: a text with the control character 0x1b");
    refused("a: \"\\ud800\"\n", "f.yaml:1:");
}

Test(yaml, syntax_errors_say_where_and_what)
{
    refused("a:\n\t- x\n", "f.yaml:2:1: a tab; indent with spaces");
    refused("投诉: 1\nk: @home\n", "f.yaml:2:4: a text cannot begin with '@'");
    refused("a: [1, 2\nb: 3\n", "f.yaml:2:");
    refused("a: \"open\n",
            "f.yaml:2:1: found unexpected end of stream (while scanning a quoted scalar that begins in line 1)");
    refused("a: b: c\n", "f.yaml:1:5: mapping values are not allowed");
    refused("a: 1\n b: 2\n", "f.yaml:2:");
    refused("- a\nb: 1\n", "f.yaml:2:1:");
}

Test(yaml, bytes_that_are_no_text)
{
    refused_bytes("a: 1\n投: \xff\n", 11, "f.yaml:2:4: not valid UTF-8");
    refused_bytes("a: 1\nb: \xe6\x8a", 10, "f.yaml:2:4: not valid UTF-8");
    refused_bytes("\xff\xfe"
                  "a\0",
                  4, "f.yaml:1:1: not valid UTF-8");
    refused_bytes("a: 1\nb: x\0y\n", 12, "f.yaml:2:5: control characters are not allowed");
    refused_bytes("a: \x01\n", 5, "f.yaml:1:4: control characters are not allowed");
}

Test(yaml, caps)
{
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (int i = 0; i < 16; i++)
        strbuf_addc(&b, '[');
    for (int i = 0; i < 16; i++)
        strbuf_addc(&b, ']');
    load(b.data);
    refused(arena_printf(&arena, "[%s]", b.data), "f.yaml:1:17: more than 16 levels");

    strbuf_reset(&b);
    for (int i = 0; i < 100000; i++)
        strbuf_addc(&b, '[');
    refused(b.data, "f.yaml:1:17: more than 16 levels");

    strbuf_reset(&b);
    for (int i = 0; i < 199999; i++)
        strbuf_adds(&b, "- a\n");
    cr_assert_eq(yaml_count(load(b.data)), 199999);
    strbuf_adds(&b, "- a\n");
    refused(b.data, "f.yaml:200000:3: more than 200000 values");

    strbuf_reset(&b);
    while (b.len <= 4u << 20)
        strbuf_adds(&b, "# all comment\n");
    refused_bytes(b.data, b.len, "f.yaml: larger than 4194304 bytes");
    b.data[4u << 20] = '\0';
    cr_assert(yaml_is_empty(load(b.data)));
}

Test(yaml, arena_that_is_too_small_is_an_error_not_an_abort)
{
    const struct yaml_node *root = NULL;
    struct arena small;

    arena_init(&small, 4096);
    struct strbuf b;
    strbuf_init(&b, &arena);
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&b, "key%d: value\n", i);
    cr_expect_eq(yaml_load_text(&small, "f.yaml", b.data, b.len, &root), ERR_FATAL);
    cr_expect_str_eq(err_text(), "f.yaml: out of memory");
    arena_done(&small);
}

Test(yaml, many_keys_are_found)
{
    const struct yaml_node *root;
    struct strbuf b;

    strbuf_init(&b, &arena);
    for (int i = 0; i < 5000; i++)
        strbuf_printf(&b, "k%d: %d\n", i * 7919 % 5000, i);
    root = load(b.data);
    for (int i = 0; i < 5000; i++) {
        const struct yaml_node *n = yaml_get(root, arena_printf(&arena, "k%d", i * 7919 % 5000));
        cr_assert_eq(yaml_line(n), (unsigned)i + 1);
    }
    cr_assert_null(yaml_get(root, "k5000"));
    cr_assert_null(yaml_get(yaml_get(root, "k1"), "x"));
    cr_assert_null(yaml_get(NULL, "x"));
}

Test(yaml, files)
{
    const struct yaml_node *root = NULL;
    char path[] = "/tmp/redress-yaml-XXXXXX";
    int fd = mkstemp(path);

    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, "a: 7\n", 5), 5);
    close(fd);
    cr_expect_eq(yaml_load_file(&arena, path, &root), 0);
    cr_expect_str_eq(yaml_text(yaml_get(root, "a")), "7");
    cr_expect_str_eq(yaml_file(root), path);
    cr_expect_eq(truncate(path, (4 << 20) + 1), 0);
    cr_expect_eq(yaml_load_file(&arena, path, &root), ERR_FATAL);
    cr_expect(strstr(err_text(), ": larger than 4194304 bytes"));
    unlink(path);
    cr_expect_eq(yaml_load_file(&arena, path, &root), ERR_FATAL);
    cr_expect(strstr(err_text(), ": cannot open: No such file"));
    cr_expect_eq(yaml_load_file(&arena, "/tmp", &root), ERR_FATAL);
    cr_expect_str_eq(err_text(), "/tmp: cannot read: Is a directory");
}

Test(yaml, readers_give_values)
{
    static const char *const colours[] = { "red", "green", NULL };
    const struct yaml_node *root = load("s: 雨棚漏水\nn: -5\nbig: 9223372036854775807\nb: true\nf: false\ne: green\n"
                                        "l: [x, y]\nm: {k: v}\nnone:\n");
    size_t items = 0;

    yaml_expect_keys(&reader, root, "s", "n", "big", "b", "f", "e", "l", "m", "none", NULL);
    cr_expect_null(yaml_string(&reader, root, "s", YAML_REQUIRED, 5, 5));
    problems("f.yaml:1:4: s: found 4 characters; allowed is a text of 5 characters");
    yaml_reader_init(&reader, &arena);
    cr_expect_str_eq(yaml_string(&reader, root, "s", YAML_REQUIRED, 4, 4), "雨棚漏水");
    cr_expect_null(yaml_string(&reader, root, "absent", YAML_OPTIONAL, 1, 4));
    cr_expect_eq(yaml_int(&reader, root, "n", -5, 5, 1), -5);
    cr_expect_eq(yaml_int(&reader, root, "absent", -5, 5, 1), 1);
    cr_expect_eq(yaml_int_required(&reader, root, "big", 0, INT64_MAX), INT64_MAX);
    cr_expect(yaml_bool(&reader, root, "b", false));
    cr_expect_not(yaml_bool(&reader, root, "f", true));
    cr_expect(yaml_bool(&reader, root, "absent", true));
    cr_expect_eq(yaml_enum(&reader, root, "e", colours, -1), 1);
    cr_expect_eq(yaml_enum(&reader, root, "absent", colours, 0), 0);
    YAML_EACH (item, yaml_list(&reader, root, "l", YAML_REQUIRED))
        cr_expect_str_eq(yaml_as_string(&reader, item, 1, 1), items++ ? "y" : "x");
    cr_expect_eq(items, 2);
    cr_expect_str_eq(yaml_string(&reader, yaml_map(&reader, root, "m", YAML_REQUIRED), "k", YAML_REQUIRED, 1, 1), "v");
    cr_expect_null(yaml_list(&reader, root, "none", YAML_OPTIONAL));
    cr_expect_null(yaml_map(&reader, root, "none", YAML_OPTIONAL));
    cr_expect_null(yaml_list(&reader, root, "absent", YAML_OPTIONAL));
    problems("");
}

Test(yaml, all_problems_are_told_in_line_order)
{
    static const char *const colours[] = { "red", "green", NULL };
    const struct yaml_node *root = load("name: [a]\nport: 70000\nport2: 010\non: yes\ncolour: blue\nitems: nope\n"
                                        "tags:\nsub:\n  list:\n    - {}\n    - x: ''\n");
    const struct yaml_node *list =
        yaml_list(&reader, yaml_map(&reader, root, "sub", YAML_REQUIRED), "list", YAML_REQUIRED);

    YAML_EACH (item, list)
        cr_expect_null(yaml_string(&reader, item, "x", YAML_REQUIRED, 1, 8));
    cr_expect_eq(yaml_enum(&reader, root, "missing", colours, -1), -1);
    cr_expect_null(yaml_list(&reader, root, "tags", YAML_REQUIRED));
    cr_expect_null(yaml_list(&reader, root, "items", YAML_OPTIONAL));
    cr_expect_eq(yaml_enum(&reader, root, "colour", colours, -1), -1);
    cr_expect(yaml_bool(&reader, root, "on", true));
    cr_expect_eq(yaml_int(&reader, root, "port2", 0, 65535, 3), 3);
    cr_expect_eq(yaml_int(&reader, root, "port", 0, 65535, 4), 4);
    cr_expect_null(yaml_string(&reader, root, "name", YAML_REQUIRED, 0, 8));
    cr_expect_null(yaml_map(&reader, root, "name", YAML_REQUIRED));
    cr_expect_eq(reader.found, 11);
    static const char *const expected[] = {
        "f.yaml:1:1: missing: missing; needed is one of: red, green",
        "f.yaml:1:7: name: found a list; allowed is a text of at most 8 characters",
        "f.yaml:1:7: name: found a list; allowed is a map",
        "f.yaml:2:7: port: found \"70000\"; allowed is a whole number from 0 to 65535",
        "f.yaml:3:8: port2: found \"010\"; allowed is a whole number from 0 to 65535",
        "f.yaml:4:5: on: found \"yes\"; allowed is true or false",
        "f.yaml:5:9: colour: found \"blue\"; allowed is one of: red, green",
        "f.yaml:6:8: items: found a text; allowed is a list",
        "f.yaml:7:6: tags: found nothing; allowed is a list",
        "f.yaml:10:7: sub.list[1].x: missing; needed is a text of 1 to 8 characters",
        "f.yaml:11:10: sub.list[2].x: found an empty text; allowed is a text of 1 to 8 characters",
    };
    for (size_t i = 0; i < reader.kept; i++)
        cr_expect_str_eq(yaml_problem_text(&arena, &reader.problems[i]), expected[i]);
    cr_expect_eq(yaml_reader_result(&reader), ERR_FATAL);
}

Test(yaml, numbers_that_are_none)
{
    static const char *const wrong[] = {
        "''", "+5",  "' 5'",   "5 5", "5.0", "1e3", "0x10", "1_000", "'-'", "--5", "-05", "00", "9223372036854775808",
        "五", "[5]", "{a: 5}", ""
    };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const struct yaml_node *root = load(arena_printf(&arena, "n: %s\n", wrong[i]));
        cr_expect_eq(yaml_int(&reader, root, "n", INT64_MIN, INT64_MAX, 77), 77, "%s", wrong[i]);
        cr_expect_eq(reader.found, i + 1, "%s", wrong[i]);
    }
}

Test(yaml, unknown_keys_name_the_nearest)
{
    const struct yaml_node *root = load("broker: 1\nbrokers: 2\nprefx: 3\nzzz: 4\npassword: 5\n");

    yaml_expect_keys(&reader, root, "brokers", "topic_prefix", "prefix", "password_file", NULL);
    problems("f.yaml:1:1: broker: unknown key; did you mean \"brokers\"?\n"
             "f.yaml:3:1: prefx: unknown key; did you mean \"prefix\"?\n"
             "f.yaml:4:1: zzz: unknown key; allowed: brokers, topic_prefix, prefix, password_file\n"
             "f.yaml:5:1: password: unknown key; did you mean \"password_file\"?");
    yaml_expect_keys(&reader, yaml_get(root, "zzz"), "a", NULL); /* not a map: told elsewhere */
    yaml_expect_keys(&reader, NULL, "a", NULL);
    cr_expect_eq(reader.found, 4);
}

Test(yaml, repeats_in_a_list_are_found)
{
    const struct yaml_node *root = load("- {code: a}\n- {code: b}\n- {code: a}\n- {name: a}\n- {code: a}\n- x\n");

    yaml_expect_unique(&reader, root, "code");
    yaml_expect_unique(&reader, root, "name");
    yaml_expect_unique(&reader, NULL, "name");
    problems("f.yaml:3:10: [3].code: found the same as in line 1; allowed is each once\n"
             "f.yaml:5:10: [5].code: found the same as in line 1; allowed is each once");
}

Test(yaml, absent_map_requires_nothing_and_texts_stay_private)
{
    const struct yaml_node *root = load("phone: '13800138000'\nlist: secret-text\n");

    cr_expect_null(yaml_string(&reader, NULL, "x", YAML_REQUIRED, 1, 2));
    cr_expect_eq(yaml_int_required(&reader, NULL, "x", 3, 4), 3);
    cr_expect_null(yaml_list(&reader, NULL, "x", YAML_REQUIRED));
    cr_expect_null(yaml_as_map(&reader, NULL));
    problems("");
    cr_expect_null(yaml_string(&reader, root, "phone", YAML_REQUIRED, 1, 5));
    cr_expect_null(yaml_list(&reader, root, "list", YAML_REQUIRED));
    problems("f.yaml:1:8: phone: found 11 characters; allowed is a text of 1 to 5 characters\n"
             "f.yaml:2:7: list: found a text; allowed is a list");
}

Test(yaml, problems_are_capped_and_counted)
{
    const struct yaml_node *root;
    struct strbuf b;
    size_t lines = 1;

    strbuf_init(&b, &arena);
    for (int i = 0; i < 150; i++)
        strbuf_adds(&b, "- x\n");
    root = load(b.data);
    YAML_EACH (item, root) {
        int64_t v;
        cr_expect_not(yaml_as_int(&reader, item, 0, 1, &v));
    }
    cr_expect_eq(reader.found, 150);
    cr_expect_eq(reader.kept, 100);
    cr_expect_eq(yaml_reader_result(&reader), ERR_FATAL);
    for (const char *p = err_text(); (p = strchr(p, '\n')); p++)
        lines++;
    cr_expect(strstr(err_text(), "f.yaml:1:3: [1]: found \"x\"; allowed is a whole number from 0 to 1\n") ==
              err_text());
    cr_expect(strstr(err_text(), arena_printf(&arena, "\nand %zu more", 150 - (lines - 1))), "%s", err_text());
    cr_expect(err_text()[strlen(err_text()) - 1] == 'e', "the note ends the text");
}

Test(yaml, long_texts_are_cut_in_messages)
{
    const struct yaml_node *root;
    struct strbuf b;

    strbuf_init(&b, &arena);
    strbuf_adds(&b, "n: ");
    for (int i = 0; i < 5000; i++)
        strbuf_adds(&b, "投");
    root = load(b.data);
    yaml_int(&reader, root, "n", 0, 1, 0);
    cr_expect_eq(yaml_reader_result(&reader), ERR_FATAL);
    cr_expect_lt(strlen(err_text()), 250);
    cr_expect(utf8_valid(err_text(), strlen(err_text())));
    cr_expect(strstr(err_text(), "投\"...; allowed"));
}
