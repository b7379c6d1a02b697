# danzheng: `make demo` and `make test` work on a fresh Debian 12; `make help` lists the rest.
# MODE = release | debug | asan | tsan | fuzz; everything made lies under BUILD (build/). V=1 shows the commands.
# MODULES='base conf' builds these alone, as in: make run-test_conf MODULES='base conf'

MODE   ?= release
MODULES ?= *
BUILD  ?= build
PREFIX ?= /usr/local
WERROR ?= -Werror
ifeq ($(origin CC),default)
CC := gcc
endif
CLANG        ?= clang
CLANG_FORMAT ?= clang-format

OUT  := $(BUILD)/$(MODE)
SRC  := $(sort $(wildcard $(MODULES:%=src/%/*.c)))
HDR  := $(sort $(wildcard src/*/*.h))
UNIT := $(sort $(wildcard tests/unit/*.c))
BENCH := $(sort $(filter-out tests/bench/load.c,$(wildcard tests/bench/*.c)))
FUZZ := $(sort $(wildcard tests/fuzz/*.c))
CLI  := $(sort $(filter-out tests/cli/lib.sh,$(wildcard tests/cli/*.sh)))
OBJ  := $(SRC:src/%.c=$(OUT)/%.o)
LIB  := $(OUT)/danzheng.a
ALL_C := $(SRC) $(HDR) $(UNIT) $(BENCH) $(wildcard tests/unit/*.h tests/bench/*.h) \
	tests/pages/pages.c tests/bench/peers/stock.c tests/bench/load.c \
	$(wildcard tests/bench/registry/*.c) tests/faults/nth.c tests/faults/registry.c \
	tests/faults/power.c \
	$(FUZZ) $(wildcard tests/fuzz/*.h tests/sanitize/*.c)
UNIT_BIN  := $(UNIT:tests/unit/%.c=$(OUT)/unit/%)
BENCH_BIN := $(OUT)/bench/bench
STOCK := $(OUT)/bench/stock
COMMITS := $(OUT)/bench/commits
LOAD := $(OUT)/bench/load
NTH := $(OUT)/faults/nth.so
POWER := $(OUT)/faults/power.so
REGISTRY_FAULTS := $(OUT)/faults/registry
PAGES := $(OUT)/pages/pages
FAULTS := $(OUT)/faults/faults.so
PLANT := $(OUT)/sanitize/plant
# UBSan's runtime as a shared library does not hear that its reports go to a file.
EXIT_asan := $(OUT)/sanitize/exit.o -Wl,--wrap=_exit -static-libasan -static-libubsan
EXIT := $(filter %.o,$(EXIT_$(MODE)))

# Asked for when first used, because on a fresh machine pkg-config comes with `make setup`.
PC := freetype2 harfbuzz harfbuzz-subset icu-uc jansson inih libqrencode libdeflate libcrypto libpng zlib libmicrohttpd libqpdf libxml-2.0 libseccomp sqlite3
LIB_CFLAGS = $(eval LIB_CFLAGS := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags $(PC))))$(LIB_CFLAGS)
LIB_LIBS   = $(eval LIB_LIBS := -lhpdf -lm $(shell pkg-config --libs $(PC)))$(LIB_LIBS)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wundef -Wvla -Wcast-qual \
	-Wpointer-arith -Wwrite-strings -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
WARN_GCC := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wcast-align=strict -Walloca
HARD := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE \
	-fvisibility=hidden -fno-common
# Sanitizers make frames larger than the limit of the other modes.
MODE_release := -O2 -g -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero -Wframe-larger-than=16384
MODE_debug   := -Og -g -Wframe-larger-than=16384
MODE_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
MODE_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
MODE_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ifeq ($(MODE_$(MODE)),)
$(error MODE is release, debug, asan, tsan or fuzz, not '$(MODE)')
endif

LANG_FLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -DPREFIX='"$(PREFIX)"' -Isrc $(LIB_CFLAGS)
CFLAGS_ALL = $(LANG_FLAGS) $(WARN) $(WARN_GCC) $(WERROR) $(HARD) $(MODE_$(MODE)) $(CFLAGS)
LDFLAGS_ALL = -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code -Wl,--as-needed \
	$(filter -fsanitize%,$(MODE_$(MODE))) $(LDFLAGS)

Q   := $(if $(V),,@)
SAY := @$(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),:,echo)

HOME_ENV := DANZHENG_HOME="$(CURDIR)" DANZHENG="$(abspath $(BUILD))/danzheng" LC_ALL=C.UTF-8 \
	PAGES="$(abspath $(PAGES))" BENCH="$(abspath $(BENCH_BIN))" LOAD="$(abspath $(LOAD))" \
	COMMITS="$(abspath $(COMMITS))" \
	NTH_SO="$(abspath $(NTH))" REGISTRY_FAULTS="$(abspath $(REGISTRY_FAULTS))" \
	FAULTS_SO="$(abspath $(FAULTS))" POWER_SO="$(abspath $(POWER))"

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help man setup demo run test check unit cli golden pages pages-golden \
	faults layers headers sizes warnings objects conf fmt fmt-check lint bench load bench-peers \
	sanitize sanitized fuzz fuzz-keep install clean

all: $(BUILD)/danzheng ## build the program (the default)

help: ## list the targets
	@sed -n 's/^\([a-z%-]*\):[^#]*## /\1\t/p' Makefile | expand -t 14

## ---- build

# A hard link, so that the program finds its data beside itself in either place.
$(BUILD)/danzheng: $(BUILD)/release/danzheng
	@ln -f $< $@

ifneq ($(MODE),release)
$(BUILD)/release/danzheng: $(SRC) $(HDR) Makefile
	@$(MAKE) --no-print-directory MODE=release $@
endif

$(OUT)/danzheng: $(OUT)/app/main.o $(EXIT) $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $(filter-out %.o,$(EXIT_$(MODE))) -o $@ $^ $(LIB_LIBS)

$(OUT)/sanitize/%.o: tests/sanitize/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

$(PLANT): $(OUT)/sanitize/plant.o $(EXIT)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) $(filter-out %.o,$(EXIT_$(MODE))) -o $@ $^ -pthread

$(LIB): $(filter-out $(OUT)/app/main.o,$(OBJ))
	@rm -f $@
	@ar rcsD $@ $^

$(OUT)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(OUT)/unit/%.o: tests/unit/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(OUT)/bench/%.o: tests/bench/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(OUT)/unit/%: $(OUT)/unit/%.o $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS) -lcmocka

$(OUT)/unit/test_pixels: LDFLAGS_ALL += -Wl,--wrap=font_subset

# phases.c says which functions it stands in front of, by having __wrap_NAME.
$(BENCH_BIN): $(BENCH:tests/bench/%.c=$(OUT)/bench/%.o) $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS) \
		$$(nm $(OUT)/bench/phases.o | sed -n 's/.* T __wrap_/-Wl,--wrap=/p')

$(STOCK): tests/bench/peers/stock.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIB_LIBS)

$(LOAD): $(OUT)/bench/load.o $(LIB)
	$(SAY) LD $@
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIB_LIBS)

$(COMMITS): tests/bench/registry/commits.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIB) $(LIB_LIBS) -pthread

# Stand between a program and libc, so they are built without what hardens.
$(NTH) $(POWER): $(OUT)/faults/%.so: tests/faults/%.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) -std=gnu11 -O1 -g -Wall -Wextra $(WERROR) -shared -fPIC -o $@ $< -ldl

$(REGISTRY_FAULTS): tests/faults/registry.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIB) $(LIB_LIBS)

$(OUT)/bin/%: tests/fuzz/%.c $(LIB) Makefile
	@mkdir -p $(@D)
	$(SAY) LD $@
	$(Q)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(LDFLAGS_ALL) -o $@ $< $(LIB) $(LIB_LIBS)

$(PAGES): tests/pages/pages.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_ALL) -o $@ $< $(LIB_LIBS)

# Stands between the program and libc, so it is built for glibc and without what hardens.
$(FAULTS): tests/faults/faults.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) -std=gnu11 -O1 -g -Wall -Wextra $(WERROR) -shared -fPIC -o $@ $< -ldl

-include $(OBJ:.o=.d) $(UNIT_BIN:=.d) $(BENCH:tests/bench/%.c=$(OUT)/bench/%.d)

man: all ## write the manual pages, English and Chinese, into BUILD/man
	@mkdir -p $(BUILD)/man/man1 $(BUILD)/man/zh_CN/man1
	@$(BUILD)/danzheng help --man > $(BUILD)/man/man1/danzheng.1
	@$(BUILD)/danzheng help --man --zh > $(BUILD)/man/zh_CN/man1/danzheng.1

install: all man ## copy program, data and manual pages to DESTDIR and PREFIX
	install -D $(BUILD)/danzheng $(DESTDIR)$(PREFIX)/bin/danzheng
	install -D -m 644 $(BUILD)/man/man1/danzheng.1 $(DESTDIR)$(PREFIX)/share/man/man1/danzheng.1
	install -D -m 644 $(BUILD)/man/zh_CN/man1/danzheng.1 \
		$(DESTDIR)$(PREFIX)/share/man/zh_CN/man1/danzheng.1
	install -D -m 644 config/man/danzheng-protocol.7 \
		$(DESTDIR)$(PREFIX)/share/man/man7/danzheng-protocol.7
	find config fonts layouts -type f ! -path 'config/man/*' -exec install -D -m 644 {} \
		$(DESTDIR)$(PREFIX)/share/danzheng/{} \;

clean: ## remove everything made
	rm -rf $(BUILD)

## ---- the two commands of the README

setup: ## install the packages of config/packages that are missing
	@config/setup

demo: setup ## render every sample record into build/demo and print a table
	@$(MAKE) --no-print-directory --quiet all
	@rm -rf $(BUILD)/demo
	@$(HOME_ENV) $(BUILD)/danzheng render --all --table -o $(BUILD)/demo tests/records/*.json

test: setup ## set up, check, fuzz (T seconds each), then run every test
	@$(MAKE) --no-print-directory --quiet check
	@$(MAKE) --no-print-directory --quiet fuzz
	@$(MAKE) --no-print-directory --quiet MODE=asan unit
	@$(MAKE) --no-print-directory --quiet -j2 -Otarget sanitize-asan sanitize-tsan
	@$(MAKE) --no-print-directory --quiet all $(UNIT_BIN) $(PAGES) $(BENCH_BIN) $(COMMITS) $(LOAD) \
		$(NTH) $(POWER) $(REGISTRY_FAULTS) $(FAULTS)
	@$(HOME_ENV) tests/run.sh $(UNIT_BIN) $(CLI) tests/pages/run.sh tests/bench/test.sh \
		tests/bench/load-test.sh

run: all ## serve from this checkout, with test keys, on build/run/danzheng.sock
	@mkdir -p $(BUILD)/run
	@$(HOME_ENV) $(BUILD)/danzheng serve --socket $(BUILD)/run/danzheng.sock \
		--admin $(BUILD)/run/admin.sock --out $(BUILD)/run/out

## ---- tests

unit: $(UNIT_BIN) ## run the unit tests (MODE=asan: with sanitizers)
	@$(HOME_ENV) tests/run.sh $^

run-%: $(OUT)/unit/% ## run one unit test: make run-test_conf
	@$(HOME_ENV) $<

cli: all $(NTH) $(POWER) $(REGISTRY_FAULTS) $(FAULTS) ## run the command-line tests
	@$(HOME_ENV) tests/run.sh $(CLI)

golden: all ## rewrite the page dumps that the tests compare with
	@$(HOME_ENV) tests/golden.sh

pages: all $(PAGES) ## compare pictures of the papers with those kept (BUILD/pages.html)
	@$(HOME_ENV) tests/run.sh tests/pages/run.sh

pages-golden: all $(PAGES) ## rewrite the pictures that are kept
	@$(HOME_ENV) tests/pages/run.sh --golden
	@git --no-pager diff --stat -- tests/pages || true

# Thread and address sanitizers over what talks to the service, and over batches. `make test` runs
# SANITIZE_asan and SANITIZE_tsan, side by side since most of their time is waiting.
SANITIZE_asan := 8001 8002 8003 8004 8005 8007 8008 8009 8010 8011 8012 9001 9004
SANITIZE_tsan := 8001 8002 8003 8005 8007 8011
sanitize: ## every test of the service and of batches, with sanitizers
	@for mode in asan tsan; do $(MAKE) --no-print-directory MODE=$$mode sanitized \
		SANITIZE_$$mode='8001 8002 8003 8004 8005 8007 8008 8009 8010 8011 8012 90' || exit 1; done

sanitize-%:
	@$(MAKE) --no-print-directory MODE=$* sanitized

sanitized: $(OUT)/danzheng $(PLANT)
	@$(HOME_ENV) DANZHENG="$(abspath $(OUT))/danzheng" PLANT="$(abspath $(PLANT))" \
		SANITIZED=$(MODE) tests/sanitize/run.sh $(wildcard $(SANITIZE_$(MODE):%=tests/cli/%*.sh))

T ?= 60
fuzz: ## fuzz each target of tests/fuzz for T seconds
	@$(MAKE) --no-print-directory MODE=fuzz CC=$(CLANG) WARN_GCC= \
		$(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/bin/%)
	@$(HOME_ENV) tests/fuzz/run.sh $(BUILD)/fuzz $(T) $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/bin/%)

fuzz-keep: ## keep what `make fuzz` found worth keeping among tests/fuzz/seeds
	@$(HOME_ENV) tests/fuzz/keep.sh $(BUILD)/fuzz $(FUZZ:tests/fuzz/%.c=$(BUILD)/fuzz/bin/%)

faults: all $(FAULTS) ## end memory and disk at every single call (an hour)
	@$(HOME_ENV) FAULTS_DEPTH=0 tests/run.sh tests/cli/7003-deliver-faults.sh

LOAD_S ?= 60
load: all $(BENCH_BIN) $(LOAD) ## the service with many clients and bad ones, LOAD_S seconds each
	@$(HOME_ENV) tests/bench/load.py $(LOAD) $(BENCH_BIN) $(LOAD_S)

bench: all $(BENCH_BIN) $(COMMITS) ## measure time, size and memory
	@$(HOME_ENV) tests/bench/run.sh

bench-peers: $(BENCH_BIN) $(STOCK) ## measure the same papers through other engines
	@$(HOME_ENV) STOCK="$(abspath $(STOCK))" tests/bench/peers.sh "$(abspath $(BUILD))/peers"

## ---- checks

check: layers headers sizes warnings objects fmt-check all conf ## every check of the sources
	@$(MAKE) --no-print-directory MODE=asan $(UNIT:tests/unit/%.c=$(BUILD)/asan/unit/%)
	@echo "check: all well"

layers: ## who may include whom (src/LAYERS)
	@awk -f tests/check-layers.awk src/LAYERS $(SRC) $(HDR)

headers: ## every header compiles alone, with gcc and clang
	@for h in $(HDR); do for cc in "$(CC) $(WARN_GCC)" "$(CLANG)"; do \
		printf '#include "%s"\ntypedef int end;\n' "$${h#src/}" | \
		$$cc $(LANG_FLAGS) $(WARN) $(WERROR) -fsyntax-only -x c - || exit 1; done; done

sizes: ## lengths of files, functions and lines
	@LC_ALL=C awk -f tests/check-sizes.awk $(ALL_C)

warnings: $(OBJ) $(SRC:src/%.c=$(BUILD)/clang/%.ok) $(UNIT:tests/unit/%.c=$(BUILD)/clang/%.ok)
warnings: $(PAGES) $(BUILD)/clang/pages.ok
warnings: ## no warning from gcc or clang

$(BUILD)/clang/%.ok: src/%.c $(HDR) Makefile
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(LANG_FLAGS) $(WARN) $(WERROR) -fsyntax-only $<
	@touch $@

$(BUILD)/clang/%.ok: tests/pages/%.c Makefile
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(LANG_FLAGS) $(WARN) $(WERROR) -fsyntax-only $<
	@touch $@

$(BUILD)/clang/%.ok: tests/unit/%.c $(HDR) Makefile
	@mkdir -p $(@D)
	$(Q)$(CLANG) $(LANG_FLAGS) $(WARN) $(WERROR) -fsyntax-only $<
	@touch $@

objects: $(OBJ) ## no writable globals, no banned function, no hidden input
	@tests/check-objects.sh $(OUT) $(OBJ:$(OUT)/%=%)

conf: all ## the program's own check of configuration, layouts and fonts
	@$(HOME_ENV) $(BUILD)/danzheng check

fmt: ## format the C sources
	@$(CLANG_FORMAT) -i $(ALL_C)

fmt-check: ## the C sources are formatted
	@$(CLANG_FORMAT) --dry-run -Werror $(ALL_C)

lint: ## cppcheck, when it is installed
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--error-exitcode=1 -Isrc $(SRC)
