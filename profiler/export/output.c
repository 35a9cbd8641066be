/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/export/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

enum {
	FILE_MODE = 0644,
	/* More than most profiles need: a disk without this much room is as good as full. */
	RESERVE_BYTES = 256 * 1024,
};

static int fail(struct error *err, int code, const char *label)
{
	return error_set(err, code, "cannot write %s: %s", label, error_text(code));
}

static void directory_of(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(out, size, ".");
	else
		snprintf(out, size, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* Where a symbolic link leads, so that the file is replaced and not the link. */
static char *final_path(const char *path)
{
	char *resolved = realpath(path, NULL);

	return resolved ? resolved : strdup(path);
}

static int open_named(struct output *o)
{
	int fd;

	if (asprintf(&o->temporary, "%s.XXXXXX", o->path) < 0) {
		o->temporary = NULL;
		return -ENOMEM;
	}
	fd = mkostemp(o->temporary, O_CLOEXEC);
	if (fd < 0) {
		int code = -errno;

		free(o->temporary);
		o->temporary = NULL;
		return code;
	}
	(void)fchmod(fd, FILE_MODE);
	return fd;
}

static int open_regular(struct output *o, struct error *err)
{
	char directory[PATH_MAX];

	directory_of(o->path, directory, sizeof(directory));
	o->fd = open(directory, O_TMPFILE | O_WRONLY | O_CLOEXEC, FILE_MODE);
	if (o->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
		o->fd = open_named(o);
	else if (o->fd < 0)
		o->fd = -errno;
	if (o->fd < 0)
		return fail(err, o->fd, o->label);
	if (fallocate(o->fd, FALLOC_FL_KEEP_SIZE, 0, RESERVE_BYTES) && errno == ENOSPC)
		return fail(err, -ENOSPC, o->label);
	return 0;
}

static int open_stdout(struct output *o, struct error *err)
{
	struct stat st;

	o->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (o->fd < 0)
		return fail(err, -errno, o->label);
	o->pipe = !fstat(o->fd, &st) && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
	return output_alive(o) ? 0 : fail(err, -EPIPE, o->label);
}

int output_open(const char *path, struct output *ret_output, struct error *err)
{
	struct output o = {.fd = -1, .label = strdup(path ? path : "stdout")};
	struct stat st;
	int r;

	if (!o.label)
		return error_set(err, -ENOMEM, "out of memory");
	if (!path) {
		r = open_stdout(&o, err);
	} else if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		r = fail(err, -EISDIR, path);
	} else if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		o.fd = open(path, O_WRONLY | O_CLOEXEC);
		r = o.fd < 0 ? fail(err, -errno, path) : 0;
		o.pipe = S_ISFIFO(st.st_mode);
	} else {
		o.path = final_path(path);
		r = o.path ? open_regular(&o, err) : error_set(err, -ENOMEM, "out of memory");
	}
	if (r) {
		output_close(&o);
		return r;
	}
	*ret_output = o;
	return 0;
}

bool output_alive(const struct output *o)
{
	struct pollfd p = {.fd = o->fd};

	return !o->pipe || poll(&p, 1, 0) <= 0 || !(p.revents & (POLLERR | POLLNVAL));
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Gives the unnamed file a name beside the final one: link() cannot replace a file, rename() can. */
static int name_unnamed(struct output *o)
{
	char from[64];

	snprintf(from, sizeof(from), "/proc/self/fd/%d", o->fd);
	for (int try = 0; try < 100; try++) {
		if (asprintf(&o->temporary, "%s.%d.%d", o->path, getpid(), try) < 0) {
			o->temporary = NULL;
			return -ENOMEM;
		}
		if (!linkat(AT_FDCWD, from, AT_FDCWD, o->temporary, AT_SYMLINK_FOLLOW))
			return 0;
		free(o->temporary);
		o->temporary = NULL;
		if (errno != EEXIST)
			return -errno;
	}
	return -EEXIST;
}

int output_commit(struct output *o, const void *bytes, size_t len, struct error *err)
{
	int r = write_all(o->fd, bytes, len);

	if (!r && o->path && ftruncate(o->fd, (off_t)len))
		r = -errno;
	if (!r && o->path && !o->temporary)
		r = name_unnamed(o);
	if (!r && o->path && rename(o->temporary, o->path))
		r = -errno;
	if (r)
		return fail(err, r, o->label);
	free(o->temporary);
	o->temporary = NULL;
	/* Some file systems report a full disk or quota only now. */
	if (close(take_fd(&o->fd)))
		return fail(err, -errno, o->label);
	return 0;
}

void output_close(struct output *o)
{
	if (o->temporary)
		(void)unlink(o->temporary);
	if (o->label && o->fd >= 0)
		close(o->fd);
	free(o->temporary);
	free(o->path);
	free(o->label);
	*o = (struct output){.fd = -1};
}
