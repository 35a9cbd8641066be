/* SPDX-License-Identifier: BSD-2-Clause */
#include "proto/pprof/encode.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "proto/pprof/profile.pb-c.h"

/*
 * Two messages written one after the other are, to every reader of protobuf, one message that has
 * the repeated elements of both. So the profile is never built as a tree of messages: each element
 * is packed as a Profile that holds nothing else. Fields come in the order of their numbers. The
 * numbers of strings are their indexes on the wire, all other ids are the numbers plus 1.
 *
 * zlib's own gzip header has no name and no time, so that equal profiles give equal bytes.
 */

typedef Perftools__Profiles__Profile profile_message;
typedef Perftools__Profiles__ValueType value_type_message;
typedef Perftools__Profiles__Sample sample_message;
typedef Perftools__Profiles__Label label_message;
typedef Perftools__Profiles__Mapping mapping_message;
typedef Perftools__Profiles__Location location_message;
typedef Perftools__Profiles__Line line_message;
typedef Perftools__Profiles__Function function_message;

#define MESSAGE(name) PERFTOOLS__PROFILES__##name##__INIT

enum { PACKED_BYTES = 64 * 1024, OUT_BYTES = 64 * 1024 };

struct encoder {
	const struct profile *profile;
	profile_write_fn write;
	void *sink;
	struct error *err;
	z_stream deflate;
	uint8_t *packed; /* messages that wait for deflate */
	size_t packed_len, packed_capacity;
	uint64_t *scratch; /* the arrays that the current message points to */
	size_t scratch_capacity;
	uint8_t out[OUT_BYTES];
};

static int encoder_no_memory(struct encoder *e)
{
	return error_set(e->err, -ENOMEM, "out of memory while writing the profile");
}

/* Room for the arrays of one message; all of them consist of things aligned to 8 bytes. */
static void *encoder_scratch(struct encoder *e, size_t bytes)
{
	if (array_reserve(&e->scratch, &e->scratch_capacity, (bytes + 7) / 8 + 1))
		return NULL;
	return e->scratch;
}

static int encoder_deflate(struct encoder *e, int flush)
{
	e->deflate.next_in = e->packed;
	e->deflate.avail_in = (uInt)e->packed_len;
	do {
		size_t n;
		int r = 0;

		e->deflate.next_out = e->out;
		e->deflate.avail_out = sizeof(e->out);
		/* Cannot fail: the stream is consistent, and "no progress" leaves avail_out alone.
		 */
		(void)deflate(&e->deflate, flush);
		n = sizeof(e->out) - e->deflate.avail_out;
		if (n)
			r = e->write(e->sink, e->out, n);
		if (r)
			return error_set(e->err, r, "writing the profile: %s", error_text(r));
	} while (e->deflate.avail_out == 0);
	e->packed_len = 0;
	return 0;
}

static int encoder_put(struct encoder *e, const profile_message *message)
{
	size_t size = perftools__profiles__profile__get_packed_size(message);
	int r;

	if (size > INT32_MAX)
		return error_set(e->err, -EOVERFLOW, "an element of the profile is over 2 GiB");
	if (e->packed_len && e->packed_len + size > PACKED_BYTES) {
		r = encoder_deflate(e, Z_NO_FLUSH);
		if (r)
			return r;
	}
	if (array_reserve(&e->packed, &e->packed_capacity, e->packed_len + size))
		return encoder_no_memory(e);
	e->packed_len += perftools__profiles__profile__pack(message, e->packed + e->packed_len);
	return 0;
}

static value_type_message encode_value_type(const struct profile_value_type *type)
{
	value_type_message message = MESSAGE(VALUE_TYPE);

	message.type = type->type;
	message.unit = type->unit;
	return message;
}

static int encode_sample_type(struct encoder *e, size_t number)
{
	value_type_message type = encode_value_type(&e->profile->sample_types[number]);
	profile_message message = MESSAGE(PROFILE);

	message.n_sample_type = 1;
	message.sample_type = &(value_type_message *){&type};
	return encoder_put(e, &message);
}

static void encode_label(const struct profile_label *label, label_message *ret_message)
{
	*ret_message = (label_message)MESSAGE(LABEL);
	ret_message->key = label->key;
	ret_message->str = label->text;
	ret_message->num = label->num;
	ret_message->num_unit = label->num_unit;
}

static int encode_sample(struct encoder *e, size_t number)
{
	const struct profile *p = e->profile;
	const struct profile_sample *s = &p->samples[number];
	sample_message sample = MESSAGE(SAMPLE);
	profile_message message = MESSAGE(PROFILE);
	label_message *labels;
	char *scratch;

	scratch = encoder_scratch(e, s->n_locations * sizeof(*sample.location_id) +
					     s->n_labels * (sizeof(*labels) + sizeof(labels)));
	if (!scratch)
		return encoder_no_memory(e);
	sample.n_location_id = s->n_locations;
	sample.location_id = (uint64_t *)scratch;
	sample.n_label = s->n_labels;
	sample.label = (label_message **)(sample.location_id + s->n_locations);
	labels = (label_message *)(sample.label + s->n_labels);
	for (size_t i = 0; i < s->n_locations; i++)
		sample.location_id[i] = p->stack_locations[s->first_location + i] + (uint64_t)1;
	for (size_t i = 0; i < s->n_labels; i++) {
		sample.label[i] = &labels[i];
		encode_label(&p->labels[s->first_label + i], &labels[i]);
	}
	sample.n_value = p->n_sample_types;
	sample.value = (int64_t *)profile_values(p, number);
	message.n_sample = 1;
	message.sample = &(sample_message *){&sample};
	return encoder_put(e, &message);
}

static int encode_mapping(struct encoder *e, size_t number)
{
	const struct profile_mapping *m = &e->profile->mappings[number];
	mapping_message mapping = MESSAGE(MAPPING);
	profile_message message = MESSAGE(PROFILE);

	mapping.id = number + 1;
	mapping.memory_start = m->start;
	mapping.memory_limit = m->limit;
	mapping.file_offset = m->offset;
	mapping.filename = m->filename;
	mapping.build_id = m->build_id;
	mapping.has_functions = m->has_functions;
	mapping.has_filenames = m->has_filenames;
	mapping.has_line_numbers = m->has_line_numbers;
	mapping.has_inline_frames = m->has_inline_frames;
	message.n_mapping = 1;
	message.mapping = &(mapping_message *){&mapping};
	return encoder_put(e, &message);
}

static void encode_line(const struct profile_line *line, line_message *ret_message)
{
	*ret_message = (line_message)MESSAGE(LINE);
	ret_message->function_id = line->function + (uint64_t)1;
	ret_message->line = line->line;
	ret_message->column = line->column;
}

static int encode_location(struct encoder *e, size_t number)
{
	const struct profile *p = e->profile;
	const struct profile_location *l = &p->locations[number];
	location_message location = MESSAGE(LOCATION);
	profile_message message = MESSAGE(PROFILE);
	line_message *lines;

	location.line = encoder_scratch(e, l->n_lines * (sizeof(*lines) + sizeof(lines)));
	if (!location.line)
		return encoder_no_memory(e);
	lines = (line_message *)(location.line + l->n_lines);
	for (size_t i = 0; i < l->n_lines; i++) {
		location.line[i] = &lines[i];
		encode_line(&p->lines[l->first_line + i], &lines[i]);
	}
	location.n_line = l->n_lines;
	location.id = number + 1;
	location.mapping_id = l->mapping == PROFILE_NONE ? 0 : l->mapping + (uint64_t)1;
	location.address = l->address;
	location.is_folded = l->is_folded;
	message.n_location = 1;
	message.location = &(location_message *){&location};
	return encoder_put(e, &message);
}

static int encode_function(struct encoder *e, size_t number)
{
	const struct profile_function *f = &e->profile->functions[number];
	function_message function = MESSAGE(FUNCTION);
	profile_message message = MESSAGE(PROFILE);

	function.id = number + 1;
	function.name = f->name;
	function.system_name = f->system_name;
	function.filename = f->filename;
	function.start_line = f->start_line;
	message.n_function = 1;
	message.function = &(function_message *){&function};
	return encoder_put(e, &message);
}

static int encode_string(struct encoder *e, size_t number)
{
	profile_message message = MESSAGE(PROFILE);

	message.n_string_table = 1;
	message.string_table = &(char *){(char *)profile_text(e->profile, (uint32_t)number)};
	return encoder_put(e, &message);
}

/* Everything that there is only once, and the comments. */
static int encode_rest(struct encoder *e)
{
	const struct profile *p = e->profile;
	value_type_message period_type = encode_value_type(&p->period_type);
	profile_message message = MESSAGE(PROFILE);

	message.comment = encoder_scratch(e, p->n_comments * sizeof(*message.comment));
	if (!message.comment)
		return encoder_no_memory(e);
	for (size_t i = 0; i < p->n_comments; i++)
		message.comment[i] = p->comments[i];
	message.n_comment = p->n_comments;
	message.drop_frames = p->drop_frames;
	message.keep_frames = p->keep_frames;
	message.time_nanos = p->time_nanos;
	message.duration_nanos = p->duration_nanos;
	if (period_type.type || period_type.unit)
		message.period_type = &period_type;
	message.period = p->period;
	message.default_sample_type = p->default_sample_type;
	message.doc_url = p->doc_url;
	return encoder_put(e, &message);
}

static int encode_all(struct encoder *e)
{
	const struct profile *p = e->profile;
	const struct {
		int (*encode)(struct encoder *e, size_t number);
		size_t n;
	} kinds[] = {
		{encode_sample_type, p->n_sample_types}, {encode_sample, p->n_samples},
		{encode_mapping, p->n_mappings},         {encode_location, p->n_locations},
		{encode_function, p->n_functions},       {encode_string, p->strings.count},
	};

	for (size_t kind = 0; kind < ARRAY_SIZE(kinds); kind++) {
		for (size_t i = 0; i < kinds[kind].n; i++) {
			int r = kinds[kind].encode(e, i);

			if (r)
				return r;
		}
	}
	return encode_rest(e);
}

int profile_encode(const struct profile *p, profile_write_fn write, void *sink, struct error *err)
{
	struct encoder *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return error_set(err, -ENOMEM, "out of memory while writing the profile");
	e->profile = p;
	e->write = write;
	e->sink = sink;
	e->err = err;
	/* 15 is zlib's full window; 16 more asks for gzip instead of zlib framing. */
	if (deflateInit2(&e->deflate, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) == Z_OK) {
		r = encode_all(e);
		if (!r)
			r = encoder_deflate(e, Z_FINISH);
		deflateEnd(&e->deflate);
	} else {
		r = encoder_no_memory(e);
	}
	free(e->packed);
	free(e->scratch);
	free(e);
	return r;
}
