/* SPDX-License-Identifier: BSD-2-Clause */
#include "profiler/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"

/* Linux 5.8; older headers do not have them. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

static const struct capability {
	int number, instead; /* the second one does as well */
	const char *name;
} capabilities[] = {
	{CAP_BPF, CAP_SYS_ADMIN, "CAP_BPF"},
	{CAP_PERFMON, CAP_SYS_ADMIN, "CAP_PERFMON"},
	{CAP_SYS_PTRACE, CAP_SYS_PTRACE, "CAP_SYS_PTRACE"},
	{CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, "CAP_DAC_READ_SEARCH"},
};

/* Which capabilities a step needs: bits are indexes into capabilities[]. */
enum { NEED_BPF = 1, NEED_PERFMON = 2, NEED_PTRACE = 4, NEED_READ = 8 };

/* What a CPU profile of another user's process takes, as setcap(8) writes it. */
#define USUAL_SET "cap_bpf,cap_perfmon,cap_sys_ptrace"

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {0};

	if (syscall(SYS_capget, &header, data))
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static bool has_capability(int number)
{
	return effective_capabilities() >> number & 1;
}

static void file_text(const char *path, char *out, size_t size)
{
	struct buf text;

	buf_init(&text, 16384);
	(void)buf_read_file(&text, AT_FDCWD, path);
	snprintf(out, size, "%s", buf_cstr(&text));
	buf_deinit(&text);
}

static bool file_has(const char *path, const char *word)
{
	char text[16384];

	file_text(path, text, sizeof(text));
	return strstr(text, word);
}

/* Capabilities of a user namespace other than the initial one do not count for bpf() and perf. */
static bool in_user_namespace(void)
{
	char map[256];
	unsigned long inside, outside, count;

	file_text("/proc/self/uid_map", map, sizeof(map));
	return sscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 &&
	       !(inside == 0 && outside == 0 && count == UINT32_MAX);
}

/* "CAP_BPF and CAP_PERFMON": those of `need` that are missing; "" when all are there. */
static void missing_capabilities(unsigned need, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		if (!(need >> i & 1) || has_capability(c->number) || has_capability(c->instead))
			continue;
		used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " and " : "", c->name);
	}
}

/* Where goprof is, for a command that can be pasted. */
static const char *own_path(char *out, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", out, size - 1);

	if (n <= 0)
		return "goprof";
	out[n] = '\0';
	return out;
}

/* `set` is what setcap(8) shall give: the usual one, and what this step needs beyond it. */
static int explain_capabilities(const char *what, unsigned need, const char *set, int code,
				struct error *err)
{
	char missing[128], self[PATH_MAX];

	missing_capabilities(need, missing, sizeof(missing));
	if (!*missing)
		return 0;
	return error_set(err, code,
			 "%s needs %s; run goprof with sudo, or give it the right once: "
			 "sudo setcap %s+ep %s",
			 what, missing, set, own_path(self, sizeof(self)));
}

/* Causes that hold for bpf() and perf_event_open() alike, when no capability is missing. */
static int explain_refusal(const char *what, int code, struct error *err)
{
	if (file_has("/sys/kernel/security/lockdown", "[confidentiality]"))
		return error_set(err, code,
				 "kernel lockdown (confidentiality) forbids %s; boot with lockdown=integrity or none",
				 what);
	if (in_user_namespace())
		return error_set(err, code,
				 "%s is not allowed inside a user namespace (rootless container); run goprof on the host",
				 what);
	if (file_has("/proc/self/status", "Seccomp:\t2"))
		return error_set(err, code,
				 "a seccomp filter of the container runtime forbids %s; run the container with --security-opt seccomp=unconfined",
				 what);
	return 0;
}

/* Linux 5.11 began to charge maps to the memory cgroup. */
static bool maps_are_locked_memory(void)
{
	unsigned major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		return false;
	return major < 5 || (major == 5 && minor < 11);
}

static int explain_memlock(int code, struct error *err)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	char self[PATH_MAX];

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY || !maps_are_locked_memory())
		return 0;
	return error_set(err, code,
			 "the memory lock limit (%lu kB) is too small for the BPF maps, which Linux before 5.11 counts there; "
			 "run goprof with sudo, raise the limit (ulimit -l unlimited as root, LimitMEMLOCK=infinity), "
			 "or: sudo setcap " USUAL_SET ",cap_sys_resource+ep %s",
			 (unsigned long)limit.rlim_cur / 1024, own_path(self, sizeof(self)));
}

static int explain_bpf(int code, struct error *err)
{
	if (code == -ENOSYS)
		return error_set(err, code, "this kernel has no bpf() (CONFIG_BPF_SYSCALL); goprof needs Linux 5.10 or later");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		return error_set(err, code,
				 "this kernel has no BTF (/sys/kernel/btf/vmlinux is missing); use one built with CONFIG_DEBUG_INFO_BTF=y");
	if (code != -EPERM && code != -EACCES && code != -ENOMEM)
		return 0;
	if (explain_capabilities("loading BPF programs", NEED_BPF | NEED_PERFMON, USUAL_SET, code, err) ||
	    explain_memlock(code, err))
		return code;
	return explain_refusal("bpf()", code, err);
}

static int explain_perf(int code, struct error *err)
{
	char paranoid[16];

	file_text("/proc/sys/kernel/perf_event_paranoid", paranoid, sizeof(paranoid));
	if (code == -ENOSYS || !*paranoid)
		return error_set(err, code, "this kernel has no perf events (CONFIG_PERF_EVENTS)");
	if (code == -EMFILE || code == -ENFILE)
		return error_set(err, code,
				 "too few file descriptors for one perf event on every CPU; run: ulimit -n 65536");
	if (code != -EPERM && code != -EACCES)
		return 0;
	if (explain_capabilities("sampling with perf events", NEED_PERFMON, USUAL_SET, code, err))
		return code;
	/* Debian's kernels know 3, Ubuntu's 4: CAP_PERFMON does not count there, only CAP_SYS_ADMIN. */
	if (atoi(paranoid) >= 3 && !has_capability(CAP_SYS_ADMIN))
		return error_set(err, code,
				 "kernel.perf_event_paranoid is %d, where CAP_PERFMON is not enough; run goprof with sudo, or: sudo sysctl kernel.perf_event_paranoid=2",
				 atoi(paranoid));
	return explain_refusal("perf_event_open()", code, err);
}

static int explain_process(int code, struct error *err)
{
	if (code != -EACCES && code != -EPERM)
		return 0;
	if (explain_capabilities("reading another user's process", NEED_PTRACE, USUAL_SET, code, err))
		return code;
	if (in_user_namespace())
		return error_set(err, code,
				 "a process outside of this user namespace (rootless container) cannot be read; run goprof on the host");
	/* Following /proc/PID/exe needs the former, opening what is behind it obeys the file's mode. */
	return explain_capabilities("reading a program that only its owner may read", NEED_READ,
				    USUAL_SET ",cap_dac_read_search", code, err);
}

/*
 * kallsyms_show_value() in kernel/ksyms_common.c: kptr_restrict 2 hides addresses from everybody; with
 * less, CAP_SYSLOG shows them. (0 alone does not, unless perf_event_paranoid is 1 or less as well.)
 */
void privilege_explain_kernel_names(struct error *err)
{
	char restrict_level[16], self[PATH_MAX];

	file_text("/proc/sys/kernel/kptr_restrict", restrict_level, sizeof(restrict_level));
	if (atoi(restrict_level) >= 2)
		error_set(err, -EPERM,
			  "kernel frames have no names: kernel.kptr_restrict is %d, which hides them from root too; "
			  "run: sudo sysctl kernel.kptr_restrict=1",
			  atoi(restrict_level));
	else if (!has_capability(CAP_SYSLOG))
		error_set(err, -EPERM,
			  "kernel frames have no names, which takes CAP_SYSLOG; run goprof with sudo, "
			  "or: sudo setcap " USUAL_SET ",cap_syslog+ep %s",
			  own_path(self, sizeof(self)));
	else
		error_set(err, -ENOENT, "kernel frames have no names: /proc/kallsyms does not show any");
}

int privilege_explain(enum privilege_step step, int code, struct error *err)
{
	if (step == PRIVILEGE_BPF)
		(void)explain_bpf(code, err);
	else if (step == PRIVILEGE_PERF)
		(void)explain_perf(code, err);
	else
		(void)explain_process(code, err);
	return code;
}
