# SPDX-License-Identifier: BSD-2-Clause
#
# One Makefile, no recursion. Objects of each variant have their own tree:
#   build/release/   gcc -O2                        -> build/goprof
#   build/san/       gcc, AddressSanitizer + UBSan  -> build/san/goprof   (make SAN=1, make check)
#   build/fuzz/      clang, libFuzzer + sanitizers  -> build/fuzz/bin/*
# Rooms are the folders of docs/design.md; each becomes one static archive, linked in this order, so
# that an include in the wrong direction ends in an undefined symbol.

ROOMS := profiler flamegraph proto/pprof symbolizer base

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules

PREFIX  ?= /usr/local
DESTDIR ?=
CC      ?= gcc
ifeq ($(origin CC),default)
CC      := gcc
endif
CLANG   ?= clang
BPFTOOL ?= $(or $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool 2>/dev/null),bpftool)
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)
say      = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' '$(1)' '$(2)')

VERSION := $(shell sed -n 's/^\#define GOPROF_VERSION *"\(.*\)"/\1/p' profiler/version.h)

# pkg-config is asked when a recipe needs the answer, not when this file is read: "make demo" and
# "make check" install the packages first.
lazy      = $(eval $(1) := $(2))$($(1))
PKG_LIBS := libbpf libdw libelf libprotobuf-c zlib
LIB_CFLAGS = $(call lazy,LIB_CFLAGS,$(shell pkg-config --cflags $(PKG_LIBS)))
LIBS       = $(call lazy,LIBS,$(shell pkg-config --libs $(PKG_LIBS)))
CMOCKA     = $(call lazy,CMOCKA,$(shell pkg-config --libs cmocka))

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
            -Wconversion -Wno-sign-conversion -Werror
CPPFLAGS := -D_GNU_SOURCE -I. -Ibuild/gen
CFLAGS   ?= -O2 -g
HARDEN   := -fstack-protector-strong -fPIE -D_FORTIFY_SOURCE=2
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

variant_release_cc     = $(CC)
variant_release_cflags = $(CFLAGS) $(HARDEN)
variant_release_link   = -pie -Wl,-z,relro,-z,now
variant_san_cc         = $(CC)
variant_san_cflags     = -O1 -g $(SANITIZE)
variant_san_link       = $(SANITIZE)
variant_fuzz_cc        = $(CLANG)
variant_fuzz_cflags    = -O1 -g -fsanitize=fuzzer-no-link $(SANITIZE)
variant_fuzz_link      = -fsanitize=fuzzer $(SANITIZE)

# --- sources ---------------------------------------------------------------------------------------

room_sources = $(if $(filter profiler,$(1)),$(wildcard profiler/*.c profiler/*/*.c),$(wildcard $(1)/*.c))
room_archive = lib$(notdir $(1)).a
PROTO        := proto/pprof/profile.proto
PROTO_GEN    := build/gen/proto/pprof/profile.pb-c.c build/gen/proto/pprof/profile.pb-c.h
BPF_SOURCES  := $(wildcard bpf/*.bpf.c)
SKELETONS    := $(BPF_SOURCES:%.bpf.c=build/gen/%.skel.h)
GENERATED    := $(PROTO_GEN) $(SKELETONS)
C_SOURCES    := $(foreach r,$(ROOMS),$(call room_sources,$(r)))
UNIT_TESTS   := $(wildcard tests/unit/*/*_test.c)
TOOLS        := $(wildcard tests/tools/*.c)
FUZZERS      := $(wildcard tests/fuzz/*_fuzz.c)

UNIT_BIN  = $(UNIT_TESTS:tests/unit/%.c=build/$(1)/tests/unit/%)
TOOL_BIN  = $(TOOLS:tests/tools/%.c=build/$(1)/tools/%)
FUZZ_BIN := $(FUZZERS:tests/fuzz/%.c=build/fuzz/bin/%)
GOPROF   := $(if $(SAN),build/san/goprof,build/goprof)

# --- packages --------------------------------------------------------------------------------------

# demo and check install what is missing; every other goal only names it.
DEPS_MODE := $(if $(filter deps demo check check-% bench fuzz,$(MAKECMDGOALS)),install,check)

.PHONY: all deps demo check check-unit check-fuzz check-live check-kernels fuzz bench install clean help format compile_commands.json
all: $(GOPROF)

deps:
	$(Q)scripts/deps install
build/deps.stamp: scripts/deps
	$(Q)scripts/deps $(DEPS_MODE)
	$(Q)mkdir -p build && touch $@

# --- generated code --------------------------------------------------------------------------------

build/gen/proto/pprof/profile.pb-c.c: $(PROTO) | build/deps.stamp
	$(call say,PROTOC,$<)
	$(Q)mkdir -p build/gen
# Its newer releases warn that they would rather be called protoc: their output is for failures only.
	$(Q)protoc-c --c_out=build/gen -I. $< > build/gen/protoc.log 2>&1 || { cat build/gen/protoc.log >&2; exit 1; }
build/gen/proto/pprof/profile.pb-c.h: build/gen/proto/pprof/profile.pb-c.c ;

BPF_CFLAGS = -g -O2 -target bpf -idirafter /usr/include/$(shell $(CC) -dumpmachine) -mcpu=v2 -D__TARGET_ARCH_x86 -I. -Wall -Wextra -Werror \
              -Wno-unused-parameter
build/bpf/%.bpf.o: bpf/%.bpf.c | build/deps.stamp
	$(call say,BPF,$<)
	$(Q)mkdir -p $(@D) && $(CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -MT $@ -c $< -o $@
# Written aside and moved: a bpftool that fails leaves a truncated file.
build/gen/bpf/%.skel.h: build/bpf/%.bpf.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D) && $(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

# --- one set of rules for each variant ---------------------------------------------------------------

define variant
build/$(1)/%.o: %.c | build/deps.stamp $(GENERATED)
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D) && $$(variant_$(1)_cc) -std=gnu11 $$(CPPFLAGS) $$(LIB_CFLAGS) \
		$$(variant_$(1)_cflags) $$(WARNINGS) -MMD -MP -c $$< -o $$@
build/$(1)/gen/%.o: build/gen/%.c | $(GENERATED)
	$$(call say,CC,$$@)
	$$(Q)mkdir -p $$(@D) && $$(variant_$(1)_cc) -std=gnu11 $$(CPPFLAGS) $$(LIB_CFLAGS) \
		$$(variant_$(1)_cflags) -MMD -MP -c $$< -o $$@
build/$(1)/%.a:
	$$(call say,AR,$$@)
	$$(Q)mkdir -p $$(@D) && rm -f $$@ && ar rcs $$@ $$^
$(foreach r,$(ROOMS),build/$(1)/$(call room_archive,$(r)): \
	$(patsubst %.c,build/$(1)/%.o,$(filter-out profiler/main.c,$(call room_sources,$(r))))
)
build/$(1)/libpprof.a: build/$(1)/gen/proto/pprof/profile.pb-c.o
build/$(1)/tests/unit/%: build/$(1)/tests/unit/%.o
	$$(call say,LINK,$$@)
	$$(Q)$$(variant_$(1)_cc) $$(variant_$(1)_link) -o $$@ $$(filter %.o %.a,$$^) $$(CMOCKA) $$(LIBS)
build/$(1)/tools/%: build/$(1)/tests/tools/%.o build/$(1)/libpprof.a build/$(1)/libsymbolizer.a build/$(1)/libbase.a
	$$(call say,LINK,$$@)
	$$(Q)mkdir -p $$(@D) && $$(variant_$(1)_cc) $$(variant_$(1)_link) -o $$@ $$(filter %.o %.a,$$^) $$(LIBS)
endef
$(foreach v,release san fuzz,$(eval $(call variant,$(v))))

archives = $(foreach r,$(ROOMS),build/$(1)/$(call room_archive,$(r)))

build/goprof: build/release/profiler/main.o $(call archives,release)
	$(call say,LINK,$@)
	$(Q)$(CC) $(variant_release_link) -o $@ $^ $(LIBS)
build/san/goprof: build/san/profiler/main.o $(call archives,san)
	$(call say,LINK,$@)
	$(Q)$(CC) $(variant_san_link) -o $@ $^ $(LIBS)

# A unit test links its room and what that room may use, nothing else: a stray include fails here.
uses_base       := base
uses_symbolizer := symbolizer base
uses_pprof      := proto/pprof base
uses_flamegraph := flamegraph proto/pprof base
uses_profiler   := $(ROOMS)
define unit_room
$(filter build/$(1)/tests/unit/$(2)/%,$(call UNIT_BIN,$(1))): \
	$(foreach r,$(uses_$(2)),build/$(1)/$(call room_archive,$(r)))
endef
$(foreach v,release san,$(foreach r,base symbolizer pprof flamegraph profiler,\
	$(eval $(call unit_room,$(v),$(r)))))

build/fuzz/bin/%: build/fuzz/tests/fuzz/%.o $(call archives,fuzz)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CLANG) $(variant_fuzz_link) -o $@ $^ $(LIBS)

# --- goals -------------------------------------------------------------------------------------------

demo: build/goprof
	$(Q)scripts/demo build/goprof

CHECK_PARTS ?= unit fuzz live
check: build/goprof build/san/goprof $(call UNIT_BIN,release) $(call UNIT_BIN,san) \
       $(call TOOL_BIN,release) $(call TOOL_BIN,san) $(FUZZ_BIN)
	$(Q)tests/run $(CHECK_PARTS)
# One layer alone.
check-unit: $(call UNIT_BIN,release) $(call UNIT_BIN,san)
	$(Q)tests/run unit
check-fuzz: $(FUZZ_BIN)
	$(Q)tests/run fuzz
check-live: build/goprof build/san/goprof $(call TOOL_BIN,release) $(call TOOL_BIN,san)
	$(Q)tests/run live

# The BPF side on other kernels, under QEMU; some minutes, not part of check.
check-kernels: build/goprof
	$(Q)tests/kernels/run

FUZZ_SECONDS ?= 600
fuzz: $(FUZZ_BIN)
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/run fuzz

bench: build/goprof $(call TOOL_BIN,release)
	$(Q)tests/bench/run

install: build/goprof
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 build/goprof $(DESTDIR)$(PREFIX)/bin/goprof
	install -m 644 docs/goprof.1 $(DESTDIR)$(PREFIX)/share/man/man1/goprof.1

clean:
	rm -rf build compile_commands.json

format:
	clang-format -i $(C_SOURCES) $(UNIT_TESTS) $(TOOLS) $(FUZZERS) $(BPF_SOURCES) \
		$(wildcard */*.h */*/*.h tests/*/*/*.h)

compile_commands.json:
	$(Q)scripts/compile-commands $(foreach s,$(C_SOURCES) $(UNIT_TESTS) $(TOOLS),$(s)) \
		-- $(CC) -std=gnu11 $(CPPFLAGS) $(LIB_CFLAGS) $(CFLAGS) $(WARNINGS) > $@

help:
	@echo 'make              build build/goprof           (SAN=1: with sanitizers, build/san/goprof)'
	@echo 'make demo         set up, build, profile an example Go program, show where its time goes'
	@echo 'make check        set up, build, run every test that this machine can run'
	@echo 'make check-unit   one layer of it; also check-fuzz, check-live'
	@echo 'make check-kernels  the BPF side on Linux 5.10 and later, under QEMU'
	@echo 'make fuzz         run every fuzzer for FUZZ_SECONDS=$(FUZZ_SECONDS) seconds in all'
	@echo 'make bench        measure start-up, overhead, memory; prints, judges nothing'
	@echo 'make install      to PREFIX=$(PREFIX) (DESTDIR= for packagers)'
	@echo 'make deps         install the packages that are missing (apt; sudo when not root)'
	@echo 'make compile_commands.json, make format, make clean;  V=1 shows the commands'

-include $(shell find build -name '*.d' 2>/dev/null)
