/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * drop [-n NICE] [-u UID] [-l KB] [-c CAP,CAP...] [-x CAP,CAP...] CMD ARG...
 *
 * Runs CMD with fewer rights: -n with a nice value, -u as another user and group, -l with a memory lock limit, -c with
 * these capabilities only ("none": with none), -x without these. Names are those of capabilities(7) in lower case
 * without "cap_". busybox has nothing that can do it.
 */
#include <errno.h>
#include <error.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* By number, up to the last one that Linux 5.10 has; later ones are not needed. */
static const char *const names[] = {
	"chown",	  "dac_override",   "dac_read_search", "fowner",       "fsetid",
	"kill",		  "setgid",	    "setuid",	       "setpcap",      "linux_immutable",
	"net_bind_service", "net_broadcast", "net_admin",      "net_raw",      "ipc_lock",
	"ipc_owner",	  "sys_module",	    "sys_rawio",       "sys_chroot",   "sys_ptrace",
	"sys_pacct",	  "sys_admin",	    "sys_boot",	       "sys_nice",     "sys_resource",
	"sys_time",	  "sys_tty_config", "mknod",	       "lease",	       "audit_write",
	"audit_control",  "setfcap",	    "mac_override",    "mac_admin",    "syslog",
	"wake_alarm",	  "block_suspend",  "audit_read",      "perfmon",      "bpf",
	"checkpoint_restore",
};
enum { N_NAMES = sizeof(names) / sizeof(names[0]) };

static void check(long result, const char *what)
{
	if (result < 0)
		error(125, errno, "%s", what);
}

static uint64_t parse_set(char *list)
{
	uint64_t set = 0;

	for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
		int number = 0;

		if (!strcmp(word, "none"))
			continue;
		while (number < N_NAMES && strcmp(word, names[number]))
			number++;
		if (number == N_NAMES)
			error(125, 0, "no capability '%s'", word);
		set |= UINT64_C(1) << number;
	}
	return set;
}

static uint64_t permitted(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	check(syscall(SYS_capget, &header, data), "capget");
	return ((uint64_t)data[1].permitted << 32 | data[0].permitted) &
	       ((UINT64_C(1) << N_NAMES) - 1);
}

static void set_memlock(rlim_t bytes)
{
	struct rlimit limit = {bytes, bytes};

	check(setrlimit(RLIMIT_MEMLOCK, &limit), "setrlimit");
}

static void become(uid_t id)
{
	check(prctl(PR_SET_KEEPCAPS, 1), "PR_SET_KEEPCAPS");
	check(setgroups(0, NULL), "setgroups");
	check(setresgid(id, id, id), "setresgid");
	check(setresuid(id, id, id), "setresuid");
}

static void drop_bounding(uint64_t keep)
{
	for (int number = 0; number < N_NAMES; number++) {
		if (!(keep >> number & 1))
			check(prctl(PR_CAPBSET_DROP, number), "PR_CAPBSET_DROP");
	}
}

/* Ambient, because that is what survives exec for a user other than root. */
static void set_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		uint32_t half = (uint32_t)(keep >> 32 * i);

		data[i] = (struct __user_cap_data_struct){half, half, half};
	}
	check(syscall(SYS_capset, &header, data), "capset");
	for (int number = 0; number < N_NAMES; number++) {
		if (keep >> number & 1)
			check(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0),
			      "PR_CAP_AMBIENT_RAISE");
	}
}

int main(int argc, char **argv)
{
	uint64_t keep = permitted();
	uid_t id = 0;
	int option;

	while ((option = getopt(argc, argv, "+n:u:l:c:x:")) != -1) {
		if (option == 'u')
			id = (uid_t)atoi(optarg);
		else if (option == 'n')
			check(setpriority(PRIO_PROCESS, 0, atoi(optarg)), "setpriority");
		else if (option == 'l')
			set_memlock((rlim_t)atol(optarg) * 1024);
		else if (option == 'c')
			keep = parse_set(optarg);
		else if (option == 'x')
			keep &= ~parse_set(optarg);
		else
			return 125;
	}
	if (optind == argc)
		error(125, 0, "which program?");
	drop_bounding(keep);
	if (id)
		become(id);
	set_capabilities(keep);
	execvp(argv[optind], argv + optind);
	error(126, errno, "%s", argv[optind]);
}
