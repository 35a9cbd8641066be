/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/frames.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static bool has_prefix(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The mapping's file name, "" for none. */
static const char *location_file(const struct profile *p, const struct profile_location *location)
{
	if (location->mapping == PROFILE_NONE)
		return "";
	return profile_text(p, p->mappings[location->mapping].filename);
}

bool frame_is_kernel(const struct profile *p, const struct profile_location *location)
{
	const char *file = location_file(p, location);

	/* perf adds a symbol ("[kernel.kallsyms]_text") or, for guests, a pid ("...kallsyms.77]").
	 */
	return has_prefix(file, "[kernel.") || has_prefix(file, "[kernel]") ||
	       has_prefix(file, "[guest.kernel");
}

int frame_append_module(struct buf *out, const char *filename)
{
	const char *slash = strrchr(filename, '/');

	if (*filename == '[')
		return buf_append(out, filename + 1, strcspn(filename + 1, "]"));
	return buf_puts(out, slash ? slash + 1 : filename);
}

int frame_append_unnamed(struct buf *out, const struct profile *p,
			 const struct profile_location *location)
{
	const char *file = location_file(p, location);
	const struct profile_mapping *m;
	int r;

	if (!*file)
		return buf_printf(out, "[0x%" PRIx64 "]", location->address);
	m = &p->mappings[location->mapping];
	r = buf_putc(out, '[');
	if (!r)
		r = frame_append_module(out, file);
	if (!r)
		r = buf_printf(out, "+0x%" PRIx64 "]", location->address - m->start + m->offset);
	return r;
}

/* Does a '[' here open type arguments? It follows a name; "[lost]" and "operator[]" have none. */
static bool opens_arguments(const char *function, const char *bracket)
{
	unsigned char before = bracket > function ? (unsigned char)bracket[-1] : 0;

	if (bracket[1] == ']')
		return false;
	return before == '_' || before >= 0x80 || (before >= '0' && before <= '9') ||
	       (before >= 'a' && before <= 'z') || (before >= 'A' && before <= 'Z');
}

/*
 * The ']' of a '[', or NULL. Where brackets do not pair (a struct tag may hold any text) it is the
 * last one, as in the runtime's own funcNameForPrint.
 */
static const char *closing_bracket(const char *bracket)
{
	size_t depth = 0;

	for (const char *p = bracket; *p; p++) {
		if (*p == '[')
			depth++;
		else if (*p == ']' && --depth == 0)
			return p;
	}
	return strrchr(bracket, ']');
}

int frame_append_short(struct buf *out, const char *function)
{
	const char *copied = function, *open = function, *close;
	int r;

	while ((open = strchr(open, '['))) {
		if (!opens_arguments(function, open)) {
			open++;
			continue;
		}
		close = closing_bracket(open);
		if (!close)
			break;
		r = buf_append(out, copied, (size_t)(open - copied));
		if (!r)
			r = buf_puts(out, "[...]");
		if (r)
			return r;
		copied = open = close + 1;
	}
	return buf_puts(out, copied);
}

uint64_t frames_count(const struct profile *p, uint64_t limit)
{
	uint64_t total = 0;

	for (size_t i = 0; i < p->n_samples && total <= limit; i++) {
		const struct profile_sample *s = &p->samples[i];

		for (uint32_t j = 0; j < s->n_locations; j++) {
			uint32_t location = p->stack_locations[s->first_location + j];
			uint32_t n_lines = p->locations[location].n_lines;

			total += n_lines ? n_lines : 1;
		}
	}
	return total;
}

int frames_check(const struct profile *p, struct error *err)
{
	if (frames_count(p, FRAMES_MAX) <= FRAMES_MAX)
		return 0;
	return error_set(err, -EFBIG, "the stacks of the profile have more than %" PRIu64 " frames",
			 FRAMES_MAX);
}
