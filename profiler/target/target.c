/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/target/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/cleanup.h"
#include "profiler/privilege.h"
#include "profiler/target/maps.h"

enum {
	MAPS_MAX_BYTES = 256 << 20,
	KERNEL_THREAD_FLAG = 0x00200000,	    /* PF_KTHREAD */
	INITIAL_PID_NAMESPACE_INUM = (int)0xeffffffc, /* PROC_PID_INIT_INO, include/linux/proc_ns.h */
};

/* --- /proc/PID/stat -------------------------------------------------------------------------- */

struct process_stat {
	char command[32];
	char state;
	unsigned flags;
	uint64_t utime, stime; /* clock ticks */
};

static int stat_read(int proc, struct process_stat *ret)
{
	struct buf text;
	const char *open, *close;
	int r;

	buf_init(&text, 8192);
	r = buf_read_file(&text, proc, "stat");
	if (r)
		goto out;
	/* The command is in parentheses and may itself hold any character: find the last one. */
	open = strchr(buf_cstr(&text), '(');
	close = open ? strrchr(open, ')') : NULL;
	r = -EINVAL;
	if (!close)
		goto out;
	snprintf(ret->command, sizeof(ret->command), "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(close + 1, " %c %*d %*d %*d %*d %*d %u %*u %*u %*u %*u %lu %lu", &ret->state,
		   &ret->flags, &ret->utime, &ret->stime) == 4)
		r = 0;
out:
	buf_deinit(&text);
	return r;
}

int target_read_cpu(struct target *t)
{
	struct process_stat stat;
	int r = stat_read(t->proc, &stat);

	if (r)
		return r;
	t->cpu_ns = (int64_t)(stat.utime + stat.stime) * (1000000000 / sysconf(_SC_CLK_TCK));
	return 0;
}

/* --- mappings ---------------------------------------------------------------------------------- */

static int open_file_behind(struct target *t, const struct maps_line *line, const char *path,
			    struct error *ret_why)
{
	CLEANUP_FD int fd = -1;
	char name[PATH_MAX];
	struct stat st;

	snprintf(name, sizeof(name), "map_files/%lx-%lx", line->start, line->end);
	fd = openat(t->proc, name, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return take_fd(&fd);
	error_set(ret_why, -errno, "opening %s of process %d: %s", name, t->pid, error_text(errno));

	/* map_files needs more capabilities than the target's root does; that is good when it still
	 * leads to the very same file. */
	if (snprintf(name, sizeof(name), "root%s", path) >= (int)sizeof(name) || line->deleted)
		return -1;
	fd = openat(t->proc, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) || st.st_ino != line->inode ||
	    st.st_dev != makedev(line->major, line->minor))
		return -1;
	return take_fd(&fd);
}

static struct module *module_of_line(struct target *t, struct modules *modules,
				     const struct maps_line *line, const char *path)
{
	dev_t device = makedev(line->major, line->minor);
	struct module *module = modules_find(modules, device, line->inode);
	struct error why = {0};
	int fd;

	/* The executable is known from /proc/PID/exe; file systems with subvolumes give stat() and
	 * maps different devices, so the path has to agree instead. */
	if (!module && t->executable && t->executable->inode == line->inode &&
	    !strcmp(t->executable->path, path))
		module = t->executable;
	if (module)
		return module;
	fd = open_file_behind(t, line, path, &why);
	return modules_add(modules, fd, device, line->inode, path, line->deleted,
			   fd < 0 ? &why : NULL);
}

struct refresh {
	struct target *target;
	struct modules *modules;
	struct mapping *list;
	size_t count, capacity;
};

static int refresh_line(const struct maps_line *line, void *context)
{
	struct refresh *f = context;
	CLEANUP_FREE char *name = NULL;
	struct module *module = NULL;

	if (!line->executable)
		return 0;
	name = line->path_len ? strndup(line->path, line->path_len) : strdup("//anon");
	if (!name || array_reserve(&f->list, &f->capacity, f->count + 1))
		return -ENOMEM;
	if (line->inode && name[0] == '/') {
		module = module_of_line(f->target, f->modules, line, name);
		if (!module)
			return -ENOMEM;
	}
	f->list[f->count++] = (struct mapping){
		.start = line->start,
		.end = line->end,
		.offset = line->offset,
		.module = module,
		.name = take_ptr(name),
	};
	return 0;
}

static void mappings_free(struct mapping *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i].name);
	free(list);
}

static bool mapping_in(const struct mapping *m, const struct mapping *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].start == m->start && list[i].end == m->end &&
		    list[i].offset == m->offset && list[i].module == m->module)
			return true;
	}
	return false;
}

/* Puts the mappings that vanished behind the new ones; takes over the new list. */
static int mappings_replace(struct target *t, struct refresh *f)
{
	for (size_t i = 0; i < t->n_mappings; i++) {
		struct mapping *old = &t->mappings[i];

		if (mapping_in(old, f->list, f->count)) {
			free(old->name);
			old->name = NULL;
			continue;
		}
		if (array_reserve(&f->list, &f->capacity, f->count + 1))
			return -ENOMEM;
		f->list[f->count] = *old;
		f->list[f->count++].gone = true;
		old->name = NULL;
	}
	mappings_free(t->mappings, t->n_mappings);
	t->mappings = f->list;
	t->n_mappings = f->count;
	t->mappings_capacity = f->capacity;
	*f = (struct refresh){0};
	return 0;
}

static int read_executable(struct target *t, struct modules *modules, struct error *err)
{
	static const char deleted_mark[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlinkat(t->proc, "exe", path, sizeof(path) - 1);
	struct stat st;
	bool deleted;
	size_t mark = sizeof(deleted_mark) - 1;
	int fd;

	if (n < 0)
		return error_set(err, -errno, "reading /proc/%d/exe: %s", t->pid, error_text(errno));
	path[n] = '\0';
	deleted = (size_t)n > mark && !strcmp(path + (size_t)n - mark, deleted_mark);
	if (deleted)
		path[(size_t)n - mark] = '\0';
	fd = openat(t->proc, "exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, "opening /proc/%d/exe (%s): %s", t->pid, path,
				 error_text(errno));
	if (fstat(fd, &st)) {
		close(fd);
		return error_set(err, -EIO, "stat of /proc/%d/exe failed", t->pid);
	}
	t->executable = modules_find(modules, st.st_dev, st.st_ino);
	if (t->executable)
		close(fd);
	else
		t->executable = modules_add(modules, fd, st.st_dev, st.st_ino, path, deleted, NULL);
	return t->executable ? 0 : error_set(err, -ENOMEM, "out of memory");
}

int target_refresh(struct target *t, struct modules *modules, struct error *err)
{
	struct refresh f = {.target = t, .modules = modules};
	struct buf text;
	int r;

	buf_init(&text, MAPS_MAX_BYTES);
	r = read_executable(t, modules, err);
	if (r)
		goto out;
	r = buf_read_file(&text, t->proc, "maps");
	if (!r && text.len == 0)
		r = -ESRCH; /* a process that is ending has no memory any more */
	if (!r)
		r = maps_parse(text.data, text.len, refresh_line, &f);
	if (!r)
		r = mappings_replace(t, &f);
	if (r)
		error_set(err, r, "reading /proc/%d/maps: %s", t->pid, error_text(r));
out:
	mappings_free(f.list, f.count);
	buf_deinit(&text);
	return r;
}

const struct mapping *target_mapping(const struct target *t, uint64_t address)
{
	for (size_t i = 0; i < t->n_mappings; i++) {
		if (address >= t->mappings[i].start && address < t->mappings[i].end)
			return &t->mappings[i];
	}
	return NULL;
}

/* --- opening ----------------------------------------------------------------------------------- */

static int status_number(int proc, const char *key)
{
	struct buf text;
	const char *found;
	int value = -1;

	buf_init(&text, 65536);
	if (!buf_read_file(&text, proc, "status")) {
		found = strstr(buf_cstr(&text), key);
		if (found)
			value = atoi(found + strlen(key));
	}
	buf_deinit(&text);
	return value;
}

static int check_process(struct target *t, struct error *err)
{
	struct process_stat stat;
	int r = stat_read(t->proc, &stat), leader;

	if (r)
		return error_set(err, r, "no process with pid %d", t->pid);
	memcpy(t->command, stat.command, sizeof(t->command));
	if (stat.flags & KERNEL_THREAD_FLAG)
		return error_set(err, -EINVAL, "pid %d (%s) is a kernel thread, not a program", t->pid,
				 t->command);
	if (stat.state == 'Z' || stat.state == 'X')
		return error_set(err, -ESRCH, "process %d (%s) has already ended", t->pid, t->command);
	leader = status_number(t->proc, "\nTgid:");
	if (leader > 0 && leader != t->pid)
		return error_set(err, -EINVAL, "%d is a thread of process %d; use -p %d", t->pid,
				 leader, leader);
	return 0;
}

static int check_executable(struct target *t, struct error *err)
{
	unsigned char ident[5] = {0};

	if (pread(t->executable->fd, ident, sizeof(ident), 0) == sizeof(ident) &&
	    !memcmp(ident, "\177ELF\001", 5))
		return error_set(err, -ENOEXEC,
				 "process %d (%s) is a 32-bit program; goprof reads 64-bit ones",
				 t->pid, t->command);
	return 0;
}

int target_check_go(struct target *t, struct error *err)
{
	struct symbolizer *s = module_symbolizer(t->executable);
	struct error why = {0};
	int r = s ? symbolizer_go_status(s, &why) : t->executable->error.code;

	if (!r)
		return 0;
	if (r == -ENODATA)
		return error_set(err, r, "process %d (%s) is not a Go program: %s has no Go tables",
				 t->pid, t->command, t->executable->path);
	return error_set(err, r, "process %d (%s): %s: %s", t->pid, t->command, t->executable->path,
			 s ? why.message : t->executable->error.message);
}

static int open_proc(pid_t pid, struct error *err)
{
	char path[32], self[32] = "";
	ssize_t n = readlink("/proc/self", self, sizeof(self) - 1);
	int fd;

	/* A pid namespace without a /proc of its own: its numbers would name strangers. */
	if (n <= 0 || atoi(self) != getpid())
		return error_set(err, -ENOENT,
				 "/proc does not belong to this pid namespace; mount it: mount -t proc proc /proc");
	snprintf(path, sizeof(path), "/proc/%d", pid);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_set(err, -errno, errno == ENOENT ? "no process with pid %d"
							      : "cannot look at process %d: /proc/PID is hidden (hidepid)",
				 pid);
	return fd;
}

int target_open(pid_t pid, struct modules *modules, struct target **ret_target, struct error *err)
{
	struct target *t;
	int r;

	if (pid == getpid())
		return error_set(err, -EINVAL, "%d is goprof itself", pid);
	t = calloc(1, sizeof(*t));
	if (!t)
		return error_set(err, -ENOMEM, "out of memory");
	t->pid = pid;
	t->pidfd = -1;
	t->proc = open_proc(pid, err);
	if (t->proc < 0) {
		r = t->proc;
		goto fail;
	}
	t->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	r = check_process(t, err);
	if (!r) {
		r = target_refresh(t, modules, err);
		if (r)
			r = privilege_explain(PRIVILEGE_READ_PROCESS, r, err);
	}
	if (!r)
		r = check_executable(t, err);
	if (!r)
		r = target_read_cpu(t);
	if (r)
		goto fail;
	t->cpu_ns_at_start = t->cpu_ns;
	*ret_target = t;
	return 0;
fail:
	target_close(t);
	return r;
}

void target_close(struct target *t)
{
	if (!t)
		return;
	if (t->proc >= 0)
		close(t->proc);
	if (t->pidfd >= 0)
		close(t->pidfd);
	mappings_free(t->mappings, t->n_mappings);
	free(t);
}

int pid_namespace_read(uint32_t *ret_inum, struct error *err)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st))
		return error_set(err, -errno, "reading /proc/self/ns/pid: %s", error_text(errno));
	*ret_inum = (uint32_t)st.st_ino == (uint32_t)INITIAL_PID_NAMESPACE_INUM ? 0
									       : (uint32_t)st.st_ino;
	return 0;
}
