/* SPDX-License-Identifier: BSD-2-Clause */
#include "flamegraph/text.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

struct range {
	uint32_t first, last;
};

/* Not to be shown: C1 controls aside, these hide text, reorder it, end a line or are no XML. */
static const struct range invisible[] = {
	{0x00ad, 0x00ad}, {0x061c, 0x061c}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
	{0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
};

/* East Asian Width W and F, in coarse blocks. */
static const struct range wide[] = {
	{0x1100, 0x115f}, {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xa960, 0xa97f},
	{0xac00, 0xd7a3}, {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff01, 0xff60},
	{0xffe0, 0xffe6}, {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool in_ranges(const struct range *ranges, size_t n, uint32_t character)
{
	for (size_t i = 0; i < n; i++) {
		if (character >= ranges[i].first && character <= ranges[i].last)
			return true;
	}
	return false;
}

/* The length of the UTF-8 sequence at text (len > 0), or 0 where there is none. */
static size_t utf8_decode(const char *text, size_t len, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* against overlong forms */
	const unsigned char *p = (const unsigned char *)text;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc0 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t character = p[0];

	if (n == 0 || n > len || p[0] > 0xf4)
		return 0;
	if (n > 1)
		character &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (p[i] & 0x3f);
	}
	if (character < least[n] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return n;
}

/* What to write for the character at text; *ret_len is how much of text it stands for. */
static const char *replacement(const char *text, size_t len, size_t *ret_len)
{
	uint32_t character = 0;
	size_t n = utf8_decode(text, len, &character);

	*ret_len = n ? n : 1;
	if (n == 0)
		return "\ufffd";
	if (character < 0x20 || (character >= 0x7f && character < 0xa0))
		return "?";
	return in_ranges(invisible, ARRAY_SIZE(invisible), character) ? "\ufffd" : NULL;
}

static bool is_plain(char c, char unwanted)
{
	return c >= 0x20 && c < 0x7f && c != unwanted;
}

int text_append_clean(struct buf *out, const char *text, size_t len, char unwanted, char instead)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		const char *shown = NULL;
		int r;

		for (n = 0; i + n < len && is_plain(text[i + n], unwanted);)
			n++;
		if (n) {
			r = buf_append(out, text + i, n);
		} else if (unwanted && text[i] == unwanted) {
			n = 1;
			r = buf_putc(out, instead);
		} else {
			shown = replacement(text + i, len - i, &n);
			r = shown ? buf_puts(out, shown) : buf_append(out, text + i, n);
		}
		if (r)
			return r;
	}
	return 0;
}

/* The columns of the character at text and its length in bytes; a stray byte counts as a character.
 */
static size_t character_columns(const char *text, size_t len, size_t *ret_len)
{
	uint32_t character = 0;
	size_t n = utf8_decode(text, len, &character);

	*ret_len = n ? n : 1;
	return in_ranges(wide, ARRAY_SIZE(wide), character) ? 2 : 1;
}

size_t text_columns(const char *text, size_t len)
{
	size_t columns = 0, n;

	for (size_t i = 0; i < len; i += n)
		columns += character_columns(text + i, len - i, &n);
	return columns;
}

size_t text_head(const char *text, size_t len, size_t columns)
{
	size_t i = 0, n;

	while (i < len) {
		size_t more = character_columns(text + i, len - i, &n);

		if (more > columns)
			break;
		columns -= more;
		i += n;
	}
	return i;
}

size_t text_tail(const char *text, size_t len, size_t columns)
{
	size_t start = len, n;

	while (start > 0) {
		size_t previous = start - 1, more;

		while (previous > 0 && start - previous < 4 && (text[previous] & 0xc0) == 0x80)
			previous--;
		more = character_columns(text + previous, start - previous, &n);
		if (n != start - previous) { /* a stray continuation byte */
			previous = start - 1;
			more = 1;
		}
		if (more > columns)
			break;
		columns -= more;
		start = previous;
	}
	return len - start;
}
