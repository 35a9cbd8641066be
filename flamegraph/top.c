/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/top.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "flamegraph/frames.h"
#include "flamegraph/functions.h"
#include "flamegraph/text.h"
#include "flamegraph/values.h"

enum {
	N_NUMBERS = 4,       /* flat, flat%, cum, cum% */
	GAP = 2,             /* between two columns */
	MAX_OTHER_TYPES = 6, /* further totals in the header */
	PAD_MAX = 60,        /* width of the function column where nothing is shortened */
	MIN_FUNCTION = 16,   /* what a narrow window leaves to the function ... */
	MIN_FILE = 16,       /* ... and to the file, else the file is left out */
};

static const char *const titles[N_NUMBERS] = {"flat", "flat%", "cum", "cum%"};

struct table {
	const struct profile *profile;
	const struct functions *functions;
	size_t type;
	size_t n_rows;
	size_t number_width[N_NUMBERS];
	size_t function_width; /* padding and, where `shorten`, limit */
	size_t file_width;     /* limit; 0: no such column */
	bool shorten;
	struct buf *out;
};

/* The texts of one row; name and file belong to the names. */
struct cells {
	char numbers[N_NUMBERS][VALUE_TEXT_BYTES];
	const char *name, *file;
	size_t name_len, file_len;
	char line[24]; /* ":42" */
};

static const char *type_unit(const struct table *t, size_t type)
{
	return profile_text(t->profile, t->profile->sample_types[type].unit);
}

static void cells_make(const struct table *t, const struct function_cost *c, struct cells *cells)
{
	const struct functions *f = t->functions;
	int64_t line = c->hot_line > 0 ? c->hot_line : c->start_line;

	value_format(c->flat, type_unit(t, t->type), cells->numbers[0]);
	value_format_percent(c->flat, f->total_size, cells->numbers[1]);
	value_format(c->cum, type_unit(t, t->type), cells->numbers[2]);
	value_format_percent(c->cum, f->total_size, cells->numbers[3]);
	cells->name = strtab_text(&f->names.texts, c->name);
	cells->name_len = f->names.texts.lengths[c->name];
	cells->file = strtab_text(&f->names.texts, c->file);
	cells->file_len = f->names.texts.lengths[c->file];
	cells->line[0] = '\0';
	if (line > 0 && cells->file_len)
		snprintf(cells->line, sizeof(cells->line), ":%" PRId64, line);
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Divides the window between function and file: a path gives way first, down to a third. */
static void divide_width(struct table *t, size_t width, size_t function, size_t file)
{
	size_t numbers = 0, room;

	for (size_t i = 0; i < N_NUMBERS; i++)
		numbers += t->number_width[i] + GAP;
	room = width > numbers ? width - numbers : 0;
	t->shorten = true;
	if (file && room >= MIN_FUNCTION + GAP + MIN_FILE) {
		room -= GAP;
		t->file_width = room > function ? room - function : 0;
		t->file_width = min_size(file,
					 max_size(t->file_width, max_size(room / 3, MIN_FILE)));
		room -= t->file_width;
	}
	t->function_width = min_size(function, max_size(room, MIN_FUNCTION));
}

/* A hostile name may be endless and in every row: what is beyond the limit is not looked at. */
static size_t columns_within(const char *text, size_t len, size_t limit)
{
	return text_columns(text, text_head(text, len, limit));
}

static void table_measure(struct table *t, size_t width)
{
	size_t function = strlen("function"), file = 0,
	       most = width ? max_size(width, MIN_FUNCTION) : PAD_MAX;

	for (size_t i = 0; i < N_NUMBERS; i++)
		t->number_width[i] = strlen(titles[i]);
	for (size_t row = 0; row < t->n_rows; row++) {
		struct cells c;

		cells_make(t, &t->functions->costs[row], &c);
		for (size_t i = 0; i < N_NUMBERS; i++)
			t->number_width[i] =
				max_size(t->number_width[i],
					 text_columns(c.numbers[i], strlen(c.numbers[i])));
		function = max_size(function, columns_within(c.name, c.name_len, most));
		file = max_size(file, columns_within(c.file, c.file_len, most) + strlen(c.line));
	}
	if (file)
		file = max_size(file, strlen("file:line"));
	if (width) {
		divide_width(t, width, function, file);
	} else {
		t->function_width = function;
		t->file_width = file;
	}
}

static void put_spaces(struct buf *out, size_t n)
{
	while (n-- > 0)
		buf_putc(out, ' ');
}

static void put_right(struct buf *out, const char *text, size_t width)
{
	size_t columns = text_columns(text, strlen(text));

	put_spaces(out, width > columns ? width - columns : 0);
	buf_puts(out, text);
}

/* Puts as much of the end of the text as of its beginning. Returns the columns. */
static size_t put_without_middle(struct buf *out, const char *text, size_t len, size_t width)
{
	size_t head = text_head(text, len, (width - 1) / 2);
	size_t columns = text_columns(text, head) + 1;
	size_t tail = text_tail(text, len, width - columns);

	buf_append(out, text, head);
	buf_puts(out, "\u2026");
	buf_append(out, text + len - tail, tail);
	return columns + text_columns(text + len - tail, tail);
}

static bool fits(const char *text, size_t len, size_t width)
{
	return text_head(text, len, width) == len;
}

static void put_function(const struct table *t, const struct cells *c)
{
	size_t columns;

	if (t->shorten && !fits(c->name, c->name_len, t->function_width)) {
		columns = put_without_middle(t->out, c->name, c->name_len, t->function_width);
	} else {
		buf_append(t->out, c->name, c->name_len);
		columns = text_columns(c->name, c->name_len);
	}
	if (c->file_len && t->file_width)
		put_spaces(t->out,
			   GAP + (t->function_width > columns ? t->function_width - columns : 0));
}

/* The line number stays whole: the path in front of it gives way. */
static void put_file(const struct table *t, const struct cells *c)
{
	size_t room = t->file_width > strlen(c->line) ? t->file_width - strlen(c->line) : 1;

	if (t->shorten && !fits(c->file, c->file_len, room)) {
		size_t tail = text_tail(c->file, c->file_len, room - 1);

		buf_puts(t->out, "\u2026");
		buf_append(t->out, c->file + c->file_len - tail, tail);
	} else {
		buf_append(t->out, c->file, c->file_len);
	}
	buf_puts(t->out, c->line);
}

static void put_row(const struct table *t, const struct cells *c)
{
	for (size_t i = 0; i < N_NUMBERS; i++) {
		put_right(t->out, c->numbers[i], t->number_width[i]);
		put_spaces(t->out, GAP);
	}
	put_function(t, c);
	if (c->file_len && t->file_width)
		put_file(t, c);
	buf_putc(t->out, '\n');
}

static void put_titles(const struct table *t)
{
	struct cells c = {.name = "function", .name_len = 8, .file = "file:line", .file_len = 9};

	for (size_t i = 0; i < N_NUMBERS; i++)
		snprintf(c.numbers[i], sizeof(c.numbers[i]), "%s", titles[i]);
	put_row(t, &c);
}

static int64_t type_total(const struct profile *p, size_t type)
{
	int64_t total = 0;

	for (size_t i = 0; i < p->n_samples; i++)
		total = value_add(total, profile_values(p, i)[type]);
	return total;
}

/* "498 samples", "12.3MB alloc_space" */
static void put_total(const struct table *t, size_t type)
{
	const char *name = profile_text(t->profile, t->profile->sample_types[type].type);
	char text[VALUE_TEXT_BYTES];

	buf_puts(t->out, value_format(type_total(t->profile, type), type_unit(t, type), text));
	if (*name) {
		buf_putc(t->out, ' ');
		text_append_clean(t->out, name, strlen(name), 0, 0);
	}
}

/* " (498 samples)": what else was measured. */
static void put_other_totals(const struct table *t)
{
	const char *before = " (";
	size_t n = 0;

	for (size_t i = 0; i < t->profile->n_sample_types && n < MAX_OTHER_TYPES; i++) {
		if (i == t->type)
			continue;
		buf_puts(t->out, before);
		put_total(t, i);
		before = ", ";
		n++;
	}
	if (n)
		buf_putc(t->out, ')');
}

/* " in 10.00s, 49.5%": the share is that of one CPU (or of one waiting goroutine). */
static void put_duration(const struct table *t)
{
	int64_t duration = t->profile->duration_nanos;
	char text[VALUE_TEXT_BYTES];
	double unit_ns;

	if (duration <= 0)
		return;
	buf_printf(t->out, " in %s", value_format(duration, "nanoseconds", text));
	if (unit_is_time(type_unit(t, t->type), &unit_ns))
		buf_printf(t->out, ", %.1f%%",
			   100 * unit_ns * (double)t->functions->total / (double)duration);
}

static void put_header(const struct table *t)
{
	const struct functions *f = t->functions;
	char text[VALUE_TEXT_BYTES], percent[VALUE_TEXT_BYTES];
	int64_t shown = 0;

	buf_puts(t->out, "Total: ");
	put_total(t, t->type);
	if (f->total_size != value_size(f->total)) {
		value_format(f->total_size < INT64_MAX ? (int64_t)f->total_size : INT64_MAX,
			     type_unit(t, t->type), text);
		buf_printf(t->out, " of %s changed", text);
	}
	put_other_totals(t);
	put_duration(t);
	for (size_t i = 0; i < t->n_rows; i++)
		shown = value_add(shown, f->costs[i].flat);
	value_format(shown, type_unit(t, t->type), text);
	value_format_percent(shown, f->total_size, percent);
	buf_printf(t->out, "\nShowing %s (%s) in ", text, percent);
	if (t->n_rows < f->n_costs)
		buf_printf(t->out, "the top %zu of ", t->n_rows);
	buf_printf(t->out, "%zu function%s\n", f->n_costs, f->n_costs == 1 ? "" : "s");
}

static int table_write(struct table *t, size_t width)
{
	size_t before = t->out->len;

	put_header(t);
	table_measure(t, width);
	if (t->n_rows)
		put_titles(t);
	for (size_t i = 0; i < t->n_rows && !t->out->failed; i++) {
		struct cells c;

		cells_make(t, &t->functions->costs[i], &c);
		put_row(t, &c);
	}
	if (t->out->failed)
		t->out->len = before;
	return t->out->failed;
}

int top_write(const struct profile *p, const struct top_options *options, struct buf *out,
	      struct error *err)
{
	static const struct top_options defaults;
	const struct top_options *o = options ? options : &defaults;
	struct functions f;
	struct table t = {.profile = p, .functions = &f, .out = out};
	int r = values_find_type(p, o->value_type, true, &t.type, err);

	if (!r)
		r = frames_check(p, err);
	if (r)
		return r;
	r = functions_init(&f, p, t.type, out->max);
	if (!r) {
		functions_sort(&f);
		t.n_rows = o->max_rows ? min_size(o->max_rows, f.n_costs) : f.n_costs;
		r = table_write(&t, o->width);
	}
	functions_deinit(&f);
	return r ? error_set(err, r, "writing the table: %s", error_text(r)) : 0;
}
