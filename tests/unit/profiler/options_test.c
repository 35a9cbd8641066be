/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "profiler/options.h"

struct config {
	bool loud;
	const char *name;
	int64_t time_ns;
};

static const struct option_row rows[] = {
	{"loud", 'l', NULL, option_set_true, offsetof(struct config, loud), "be loud"},
	{"name", 'n', "NAME", option_set_text, offsetof(struct config, name), "a name"},
	{"duration", 0, "TIME", option_set_duration, offsetof(struct config, time_ns), "how long"},
};
static const struct option_table table = {rows, ARRAY_SIZE(rows)};

#define PARSE(config, rest, err, ...) \
	parse((char *[]){"prog", __VA_ARGS__, NULL}, config, rest, err)

static int parse(char **argv, struct config *config, int *rest, struct error *err)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	*config = (struct config){0};
	*err = (struct error){0};
	return options_parse(&table, argc, argv, config, rest, err);
}

static void fills_the_fields(void **state)
{
	struct config c;
	struct error err;
	int rest;

	(void)state;
	assert_int_equal(PARSE(&c, &rest, &err, "-l", "-nx", "--duration=1m30s"), 0);
	assert_true(c.loud);
	assert_string_equal(c.name, "x");
	assert_int_equal(c.time_ns, 90000000000);
	assert_int_equal(rest, 4);
}

static void stops_at_the_first_word_and_at_two_dashes(void **state)
{
	struct config c;
	struct error err;
	int rest;

	(void)state;
	assert_int_equal(PARSE(&c, &rest, &err, "-l", "word", "-n", "x"), 0);
	assert_int_equal(rest, 2);
	assert_null(c.name);
	assert_int_equal(PARSE(&c, &rest, &err, "-l", "--", "-n", "x"), 0);
	assert_int_equal(rest, 3);
	assert_null(c.name);
}

static void expect_message(int r, const struct error *err, const char *message)
{
	assert_int_equal(r, -EINVAL);
	assert_string_equal(err->message, message);
}

static void names_what_is_wrong(void **state)
{
	struct config c;
	struct error err;
	int rest;

	(void)state;
	expect_message(PARSE(&c, &rest, &err, "--duratoin", "5s"), &err,
		       "unknown or ambiguous option '--duratoin'; did you mean '--duration'?");
	expect_message(PARSE(&c, &rest, &err, "--zebra"), &err,
		       "unknown or ambiguous option '--zebra'");
	expect_message(PARSE(&c, &rest, &err, "-z"), &err, "unknown option '-z'");
	expect_message(PARSE(&c, &rest, &err, "-n"), &err, "option '-n' needs a value");
	expect_message(PARSE(&c, &rest, &err, "--name"), &err, "option '--name' needs a value");
	expect_message(PARSE(&c, &rest, &err, "--loud=1"), &err, "option '--loud' takes no value");
	expect_message(PARSE(&c, &rest, &err, "--duration", "soon"), &err,
		       "--duration: 'soon' is not a duration (examples: 30s, 500ms, 1m30s, 2h)");
	expect_message(PARSE(&c, &rest, &err, "--duration", "0"), &err,
		       "--duration: the duration must be longer than 0");
}

static void finds_the_nearest_word(void **state)
{
	static const char *const words[] = {"record", "show", "diff"};

	(void)state;
	assert_string_equal(nearest_word("recrod", words, 3, sizeof(*words)), "record");
	assert_string_equal(nearest_word("shw", words, 3, sizeof(*words)), "show");
	assert_null(nearest_word("server", words, 3, sizeof(*words)));
	assert_null(nearest_word("x", words, 3, sizeof(*words)));
	assert_null(nearest_word("a word that is longer than any of the known ones", words, 3,
				 sizeof(*words)));
}

static void help_has_a_row_for_each(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 4096);
	options_help(&table, &text);
	assert_string_equal(buf_cstr(&text), "  -l, --loud                 be loud\n"
					     "  -n, --name NAME            a name\n"
					     "      --duration TIME        how long\n");
	buf_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_the_fields),
		cmocka_unit_test(stops_at_the_first_word_and_at_two_dashes),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(finds_the_nearest_word),
		cmocka_unit_test(help_has_a_row_for_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
