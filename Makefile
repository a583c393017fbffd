# Makefile -- builds lrrun and runs every check. `make help` lists the targets.
#
# One configuration, one folder: build/release, build/asan, ... so switching never mixes
# objects. Settings: CONFIG=release|debug|clang|asan|tsan|f64|f64asan|cover, WERROR=1, V=1
# (commands in full), PREFIX=, DESTDIR=, JOBS=.

CONFIG  ?= release
BUILD   := build/$(CONFIG)
CC      ?= cc
PREFIX  ?= /usr/local
JOBS    ?= $(shell nproc)
PKGS    := lua5.4 yaml-0.1 zlib libpng libjpeg jansson

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings \
        -Wcast-qual -Wpointer-arith
# -g1: backtraces and reports have their lines; what variables held is for CONFIG=debug.
OPT_release := -O2 -g1
OPT_debug   := -O0 -g3
OPT_clang   := -O2 -g1
OPT_asan    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_tsan    := -O1 -g1 -fsanitize=thread
OPT_f64     := -O1 -g1 -DLRR_F64 -DLRR_PLAIN
OPT_f64asan := $(OPT_asan) -DLRR_F64
# Folders where data is worked on; the others gain nothing from it and take a third longer to compile.
OPT_FAST_release := -O3
# Two minutes of processor time for the kernels at -O1, half a one at -Og; what is checked is the same.
OPT_KERNELS_asan    := -Og
OPT_KERNELS_f64asan := -Og
OPT_cover   := -O1 -g --coverage -fprofile-update=atomic -DLRR_COVER='"$(CURDIR)/build/cover"'
ifeq ($(OPT_$(CONFIG)),)
$(error CONFIG=$(CONFIG) is none of release debug clang asan tsan f64 f64asan cover)
endif

# -ffp-contract=off: the SSE2, AVX2 and AVX-512 kernels give the same bits. Never -Ofast or
# -ffast-math: isfinite() must mean what it says. -fno-trapping-math changes no value (nobody
# looks at the floating-point exception flags); without it gcc keeps loops with comparisons
# scalar in SSE2 and AVX2.
CFLAGS   ?=
override CFLAGS += -std=c11 $(WARN) $(OPT_$(CONFIG)) -fno-math-errno -fno-trapping-math -ffp-contract=off -Wno-psabi -pthread -MMD -MP
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
SECCOMP_CFLAGS := $(shell pkg-config --cflags libseccomp 2>/dev/null)
SECCOMP_LIBS   := $(shell pkg-config --libs libseccomp 2>/dev/null)
CPPFLAGS += -D_XOPEN_SOURCE=700 -Isrc $(PKG_CFLAGS)
LDFLAGS  += -Wl,-E $(OPT_$(CONFIG)) -pthread
LDLIBS   += $(PKG_LIBS) -lm -ldl
ifeq ($(WERROR),1)
override CFLAGS += -Werror
endif

FAST     := src/kernels src/ops src/base src/data src/linalg src/readers
SIMD     := $(wildcard src/kernels/simd_*.c)
SRC      := $(filter-out $(SIMD),$(wildcard src/*/*.c))
LUA      := $(shell find lua -name '*.lua' | LC_ALL=C sort)
ISAS     := sse2
WIDE     := $(if $(filter x86_64 amd64,$(shell uname -m)),avx2 avx512)
ifneq ($(CONFIG),f64) # gradients hang on what is computed, not on by how many at a time
ISAS     += $(WIDE)
endif
# What takes longest first, so that no core waits for it at the end.
OBJ      := $(foreach isa,$(ISAS),$(SIMD:src/%.c=$(BUILD)/%.$(isa).o)) $(BUILD)/embed.o \
            $(BUILD)/filter.o $(SRC:src/%.c=$(BUILD)/%.o)
# SHARE=1: what is not compiled again but taken from the release build, which is there by then.
# Of double precision all that knows nothing of it; of sanitized builds the kernels of wide
# registers, which then nobody is to run (LRRUN_ISA=sse2). make nightly has these sanitized, too.
ifeq ($(SHARE),1)
SAME_f64  = $(shell grep -sL base/real.h $(SRC:src/%.c=build/release/%.d)) build/release/embed.d
SAME_asan = $(foreach isa,$(WIDE),$(SIMD:src/%.c=build/release/%.$(isa).d))
SAME     := $(patsubst build/release/%.d,$(BUILD)/%.o,$(wildcard $(SAME_$(CONFIG))))
OBJ      := $(filter-out $(SAME),$(OBJ)) $(SAME:$(BUILD)/%=build/release/%)
endif
FLAGS_sse2   :=
FLAGS_avx2   := -mavx2 -mfma
FLAGS_avx512 := -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
BIN      := $(BUILD)/lrrun
ifeq ($(CONFIG),release)
BIN      := build/lrrun
endif

# What speaks MPI, a library for each MPI whose mpicc is there (src/dist/mpi.h); without any the
# program is the same.
mpi_of   = $(if $(shell command -v mpicc.$(1) 2>/dev/null),mpicc.$(1),$(if $(findstring $(1),$(MPI_SHOW)),mpicc))
MPI_SHOW := $(shell mpicc -show 2>/dev/null)
MPICC_openmpi := $(call mpi_of,openmpi)
MPICC_mpich   := $(call mpi_of,mpich)
PLUGINS  := $(foreach mpi,openmpi mpich,$(if $(MPICC_$(mpi)),$(dir $(BIN))lrrun-$(mpi).so))

# In front of a command: a short line instead of it, none with make -s, the command with V=1.
silent = $(findstring s,$(firstword -$(MAKEFLAGS)))
say    = $(if $(filter 1,$(V)),,@$(if $(silent),,printf '  %-5s %s\n' '$(1)' '$(2)'; ))

.DELETE_ON_ERROR: # half a file is not to count as made
.PHONY: all help deps deps-lint quickstart test test-spec test-unit test-f64 \
        test-oom test-asan test-tsan test-install nightly cover golden faults fuzz fuzz-c bench \
        always hostile damage bench-kernels bench-scale bench-search bench-ranks bench-advice soak soak-search soak-ranks test-ranks shuffle interop pictures lint format format-check clean
all: $(BIN) $(PLUGINS)  ## build lrrun (default)

help:  ## list targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

deps:  ## install what building and testing need (Debian, Ubuntu)
	@tests/tools/deps.sh build

deps-lint:  ## install what lint needs beside that
	@tests/tools/deps.sh lint

include packaging/packages.mk # install, uninstall

# The build is a make of its own: it has to see what deps has just installed.
quickstart: deps  ## install what is needed, build, train the first recipe
	@$(MAKE) -j$(JOBS) $(BIN)
	$(call say,RUN,recipes/quickstart.lua)$(BIN) recipes/quickstart.lua

$(BIN): $(OBJ) $(BUILD)/linked
	$(call say,LD,$@)$(CC) $(LDFLAGS) $(OBJ) $(LDLIBS) -o $@

# Which objects, so that others are linked anew.
$(BUILD)/linked: always
	@mkdir -p $(@D)
	@echo '$(OBJ)' | cmp -s - $@ || echo '$(OBJ)' > $@

$(dir $(BIN))lrrun-%.so: src/dist/plugin/mpi.c src/dist/mpi.h Makefile
	@mkdir -p $(@D)
	$(call say,MPI,$@)$(MPICC_$*) $(CPPFLAGS) -std=c11 -O2 -g $(WARN) -shared -fPIC $< -o $@

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(if $(filter $(FAST),$(<D)),$(OPT_FAST_$(CONFIG))) -c $< -o $@

define SIMD_RULE
$(BUILD)/%.$(1).o: src/%.c Makefile
	@mkdir -p $$(@D)
	$$(call say,CC,$$< ($(1)))$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(OPT_FAST_$$(CONFIG)) $$(OPT_KERNELS_$$(CONFIG)) $$(FLAGS_$(1)) -DLRR_SIMD_ISA=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call SIMD_RULE,$(isa))))

# The Lua of lua/ as C strings and compiled; src/host/embed.h reads them.
$(BUILD)/mkembed: src/host/tools/mkembed.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -std=c11 -O1 $(PKG_CFLAGS) $< -o $@ $(PKG_LIBS)

$(BUILD)/embed.c: $(BUILD)/mkembed $(LUA)
	$(call say,LUA,$@)$(BUILD)/mkembed $(LUA) > $@

# The filter of system calls, compiled; src/host/callfilter_code.h reads it.
$(BUILD)/mkfilter: src/host/tools/mkfilter.c src/host/callfilter_code.h
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -std=c11 -O1 -Isrc $(filter -DLRR_COVER%,$(OPT_$(CONFIG))) \
	  $(SECCOMP_CFLAGS) $< -o $@ $(SECCOMP_LIBS)

$(BUILD)/filter.c: $(BUILD)/mkfilter
	$(call say,BPF,$@)$(BUILD)/mkfilter > $@

$(BUILD)/filter.o: $(BUILD)/filter.c
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

$(BUILD)/embed.o: $(BUILD)/embed.c
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

# The checks. Each prints "N passed, N failed"; tests/tools/tally.sh adds them up.

# They keep what a user's state folder holds (the list of trust, the key of records) to themselves.
test test-spec test-unit test-install test-f64 test-oom test-asan test-tsan nightly cover golden \
  faults damage hostile fuzz soak soak-search soak-ranks test-ranks shuffle interop bench bench-scale bench-search bench-advice: \
  export XDG_STATE_HOME := $(CURDIR)/build/state

UNIT := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(wildcard tests/unit/*.c))
ASAN_ENV := ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS=suppressions=tests/support/lsan.supp:print_suppressions=0 \
            $(if $(SHARE),LRRUN_ISA=sse2)

# Of which a program in C takes what it needs.
PARTS := $(BUILD)/parts.a
$(PARTS): $(filter-out $(BUILD)/host/main.o,$(OBJ)) $(BUILD)/linked
	@rm -f $@
	$(call say,AR,$@)$(AR) rcs --thin $@ $(filter %.o,$^)

$(BUILD)/unit/%: tests/unit/%.c $(PARTS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(SECCOMP_CFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) \
	  $(SECCOMP_LIBS) -o $@

test: deps  ## everything: ends in one line "N passed, N failed"
	@JOBS=$(JOBS) tests/tools/test.sh

test-spec: $(BIN)  ## the specs, by busted inside lrrun (SPEC=path for some of them)
	@JOBS=$(JOBS) tests/tools/specs.sh $(BIN) $(SPEC)

test-unit: $(UNIT)  ## the tests in C
	@printf '%s\n' $(UNIT:%='tests/tools/unit.sh %') | $(ASAN_ENV) JOBS=$(JOBS) tests/tools/beside.sh

test-install: $(BIN)  ## make install, the installed program, make uninstall
	@tests/tools/install.sh

F64 := f64$(if $(SANITIZE),asan)
test-f64: $(BIN)  ## gradient checks and layers in double precision (SANITIZE=1: sanitized too)
	@$(MAKE) -j$(JOBS) CONFIG=$(F64) SHARE=1 build/$(F64)/lrrun >/dev/null
	@$(ASAN_ENV) JOBS=$(JOBS) tests/tools/specs.sh build/$(F64)/lrrun tests/spec/ops tests/spec/nn \
	  tests/spec/optim

test-ranks: $(BIN) $(PLUGINS)  ## ranks on two hosts, made of network namespaces (root): a link cut, a rank killed
	@$(BIN) --trusted tests/ranks/run.lua

OOM := $(filter-out run,$(patsubst tests/oom/%.lua,%,$(wildcard tests/oom/*.lua)))
test-oom:  ## every binding with each allocation failing in turn (every STRIDE-th: 1), sanitized
	@$(MAKE) -j$(JOBS) CONFIG=asan build/asan/lrrun >/dev/null
	@printf '%s\n' $(foreach way,once sticky,$(OOM:%='build/asan/lrrun --trusted tests/oom/run.lua \
	  $(or $(STRIDE),1) $(way) %')) | $(ASAN_ENV) JOBS=$(JOBS) tests/tools/beside.sh

test-asan:  ## the specs under address and undefined-behaviour sanitizers
	@$(MAKE) -j$(JOBS) CONFIG=asan all >/dev/null
	@$(ASAN_ENV) JOBS=$(JOBS) tests/tools/specs.sh build/asan/lrrun $(SPEC)

# What threads run: operators, optimizers, loaders, runs; four of them whatever the machine has.
TSAN_SPEC := tests/spec/ops tests/spec/nn tests/spec/optim tests/spec/data tests/spec/train \
             tests/spec/bind tests/spec/search tests/spec/runs/replay_spec.lua
test-tsan:  ## what uses threads, with four, under the thread sanitizer (SPEC=)
	@$(MAKE) -j$(JOBS) CONFIG=tsan build/tsan/lrrun >/dev/null
	@THREADS=4 build/tsan/lrrun --trusted tests/run.lua $(or $(SPEC),$(TSAN_SPEC))
	@$(MAKE) -s -j$(JOBS) CONFIG=tsan test-unit

GCOV ?= gcov
cover:  ## share of the lines of src/ that specs and tests in C run, by folder (gcc; FILES=1: by file)
	@$(MAKE) -j$(JOBS) CONFIG=cover build/cover/lrrun >/dev/null
	@find build/cover -name '*.gcda' -delete
	@build/cover/lrrun --trusted tests/run.lua
	@$(MAKE) -s -j$(JOBS) CONFIG=cover test-unit
	@build/cover/lrrun --trusted tests/tools/cover.lua $(GCOV) $(FILES)

nightly:  ## all specs sanitized, all failures, SECONDS (120) of each fuzzing, soak: hours
	@JOBS=$(JOBS) FUZZ_SECONDS=$(or $(SECONDS),120) tests/tools/nightly.sh

golden: $(BIN)  ## the reference cases of DIR (tests/golden)
	@$(BIN) --trusted tests/golden/run.lua $(or $(DIR),tests/golden)

faults: $(BIN)  ## every system call of files and locks fails or ends the process in turn
	@printf '$(BIN) --trusted tests/faults/%s\n' 'training.lua $(or $(STRIDE),997) $(or $(MOST),24)' \
	  run.lua 'allocations.lua $(or $(EVERY),1)' 'study.lua $(or $(MOST),12)' | \
	  JOBS=$(JOBS) tests/tools/beside.sh

$(BUILD)/contain: tests/tools/contain.c
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) -std=c11 -O1 $(WARN) $(if $(filter 1,$(WERROR)),-Werror) $< -o $@

damage: $(BIN)  ## run folders, experiment files, studies and kept tokens, damaged in one place each: N (1000), SEED, FIRST
	@printf '$(BIN) --trusted tests/damage/run.lua $(or $(N),1000) $(or $(SEED),1) $(or $(FIRST),1) %s\n' \
	  folders studies tokens | JOBS=$(JOBS) tests/tools/beside.sh

hostile: $(BIN) $(BUILD)/contain  ## recipes that try to hang, flood or get out (NAME= for some), as a table
	@ASAN_OPTIONS=detect_leaks=0 CONTAIN=$(BUILD)/contain $(BIN) --trusted tests/hostile/run.lua \
	  $(or $(SHOW),table) jobs=$$(( $(JOBS) + 1 )) $(NAME) # some wait most of their time

# Targets in Lua (in halves) and in C side by side, each with changes of its corpus that follow from
# SEED alone.
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_C := $(FUZZ:%=build/asan/fuzz/%)
fuzz:  ## broken files and words into every parser, random calls on objects, sanitized, SECONDS (600) each
	@$(MAKE) -j$(JOBS) CONFIG=asan build/asan/lrrun $(FUZZ_C) >/dev/null
	@s=$(or $(SECONDS),600); seed=$(or $(SEED),1); lua="build/asan/lrrun --trusted tests/fuzz"; \
	  printf '%s\n' "$$lua/run.lua $$s $$seed 1/2" "$$lua/run.lua $$s $$seed 2/2" \
	    "$$lua/objects.lua $$s $$seed" $(FUZZ:%="tests/tools/fuzz_c.sh $$s $$seed %") | \
	  $(ASAN_ENV) JOBS=$(JOBS) tests/tools/beside.sh

build/asan/fuzz/%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(PARTS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

fuzz-c:  ## the readers in C by libFuzzer (clang), SECONDS (60) for each
	@for t in $(FUZZ); do mkdir -p build/fuzz/$$t; \
	  clang -std=c11 -g -O1 -fsanitize=fuzzer,address,undefined -ffp-contract=off -Wno-psabi -pthread \
	    $(CPPFLAGS) src/base/*.c src/os/*.c src/tensor/*.c src/data/*.c src/readers/*.c src/record/*.c tests/fuzz/fuzz_$$t.c $(PKG_LIBS) \
	    -lm -ldl -o build/fuzz/fuzz_$$t && \
	  build/fuzz/fuzz_$$t -max_total_time=$(or $(SECONDS),60) -artifact_prefix=build/fuzz/ \
	    -verbosity=0 build/fuzz/$$t tests/fuzz/corpus/$$t || exit 1; echo "$$t: nothing found"; done

BENCH := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
$(BUILD)/bench/%: tests/bench/%.c $(PARTS)
	@mkdir -p $(@D)
	$(call say,CC,$<)$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $^ $(LDLIBS) -o $@

bench: $(BIN)  ## a training step beside PyTorch's best and JAX's, where they are installed (PYTHON=, BENCH_LIMIT= seconds a setting)
	@$(BIN) --trusted --lua-seconds 36000 tests/bench/compare.lua

bench-scale: $(BIN)  ## costs as work grows: batch, threads, length, width, depth, trials, rows (GROUPS="plan csv", PYTHON=)
	@$(BIN) --trusted --lua-seconds 36000 tests/bench/scale/table.lua $(GROUPS)

bench-kernels: $(BIN) $(BENCH)  ## speed of kernels and operators alone
	@for b in $(BENCH); do echo "== $$b"; $$b || exit 1; done
	@echo "== tests/bench/rnn.lua"; $(BIN) --trusted tests/bench/rnn.lua

bench-ranks: $(BIN) $(PLUGINS)  ## ranks on this machine by mpirun, and a model of up to 64 hosts (RANKS="1 2 4")
	@$(BIN) --trusted tests/bench/ranks.lua $(RANKS)

bench-search: $(BIN)  ## our search strategies beside Optuna's (PYTHON= with optuna, scipy, torch)
	$(BIN) --trusted tests/bench/search.lua study > $(BUILD)/search_ours.tsv
	$(BIN) --trusted tests/bench/search.lua
	$(PYTHON) tests/bench/search_optuna.py > $(BUILD)/search_optuna.tsv
	$(PYTHON) tests/bench/search_optuna.py --compare $(BUILD)/search_ours.tsv $(BUILD)/search_optuna.tsv

# Each task is a process of one thread; a line of JSON for each way to a rate.
TASKS := $(filter-out census finder,$(patsubst tests/bench/advice/%.lua,%,$(wildcard tests/bench/advice/*.lua)))
bench-advice: $(BIN)  ## how good advice on the learning rate is, beside other ways (LRRUN_DATA=, SEEDS=10, TASKS="a b", WAYS="advise read")
	@rm -rf build/advice && mkdir -p build/advice
	@printf '%s\n' $(TASKS) | xargs -P $(JOBS) -I TASK sh -c '$(BIN) --trusted --threads 1 \
	  --lua-seconds 600 tests/bench/advice.lua run TASK $(or $(SEEDS),1) $(WAYS) > build/advice/TASK.jsonl'
	@cat build/advice/*.jsonl > build/advice.jsonl
	@$(BIN) --trusted tests/bench/advice.lua table build/advice.jsonl

pictures: $(BIN)  ## README's pictures, made again
	@rm -rf build/pictures
	$(BIN) sensitivity recipes/quickstart.lua --with 'optimizer=adam,sgd{momentum=0.9},lion' --epochs 6 --out build/pictures --quiet
	$(BIN) range recipes/quickstart.lua --out build/pictures --quiet
	cp build/pictures/quickstart-sensitivity-1/sensitivity.svg recipes/sensitivity.svg
	cp build/pictures/quickstart-range-1/curve.svg recipes/range.svg

soak: $(BIN)  ## runs and searches killed at random and gone on with, KILLS (200) times
	@bad=0; for t in run studies; do \
	  $(BIN) --trusted tests/soak/$$t.lua $$(( $(or $(KILLS),200) / 2 )) $(or $(SEED),1) || bad=1; \
	done; exit $$bad

soak-search: $(BIN)  ## searches killed at random and run again, alone and joined, KILLS (50) times
	@$(BIN) --trusted tests/soak/studies.lua $(or $(KILLS),50) $(or $(SEED),1)
	@$(BIN) --trusted tests/soak/joined.lua $(or $(KILLS),50) $(or $(SEED),1)

soak-ranks: $(BIN) $(PLUGINS)  ## ranks killed at random and gone on with as others, KILLS (40) times
	@$(BIN) --trusted tests/soak/ranks.lua $(or $(KILLS),40) $(or $(SEED),1)

shuffle: $(BIN)  ## the specs ROUNDS (10) times in changing order
	@for i in $$(seq $(or $(ROUNDS),10)); do \
	  $(BIN) --trusted tests/run.lua -- --shuffle --seed=$$i >$(BUILD)/shuffle.log; bad=$$?; \
	  grep -v '^skipped: ' $(BUILD)/shuffle.log; [ $$bad = 0 ] || { echo "seed $$i"; exit 1; }; done

PYTHON ?= python3
interop: $(BIN)  ## files go to Python packages and back, where those are installed
	@for t in $(wildcard tests/interop/*.py); do echo "== $$t"; \
	  need=$$(sed -n 's/^\(from\|import\) \(safetensors\|optuna\|tensorboard\|numpy\|torch\|schedulefree\|onnx\|onnxruntime\|selenium\).*/import \2/p' $$t); \
	  if $(PYTHON) -c "$$need" 2>/dev/null; then $(PYTHON) $$t $(BIN) || exit 1; \
	  else echo "skipped: not all of its packages are installed ($$(echo $$need))"; fi; done

lint: $(BIN)  ## layers and sizes, luacheck, clang-tidy
	$(call say,LINT,layers and sizes)$(BIN) --trusted tests/lint/layers.lua
	$(call say,LINT,state of the process)$(BIN) --trusted tests/lint/state.lua $(BUILD)
	$(call say,LINT,Lua)luacheck --quiet lua tests $(wildcard recipes)
	$(call say,LINT,C)printf '%s\n' $(SRC) $(SIMD) | xargs -P $(JOBS) -n 4 sh -c \
	  'clang-tidy --quiet "$$@" -- -std=c11 $(CPPFLAGS) -DLRR_SIMD_ISA=sse2 2>/dev/null' tidy

format:  ## rewrite C in the house style
	clang-format -i $(wildcard src/*/*.[ch] tests/unit/*.[ch])

format-check:  ## fail where C is not in the house style
	clang-format --dry-run --Werror $(wildcard src/*/*.[ch] tests/unit/*.[ch])

clean:  ## remove everything built
	$(call say,RM,build)rm -rf build

-include $(OBJ:.o=.d)
