# Makefile -- builds lrrun and runs every check. `make help` lists the targets.
#
# One configuration, one folder: build/release, build/asan, ... so switching never mixes
# objects. Settings: CONFIG=release|debug|asan|tsan|f64|f64asan, NATIVE=1, PREFIX=.

CONFIG  ?= release
BUILD   := build/$(CONFIG)
CC      ?= cc
PREFIX  ?= /usr/local
PKGS    := lua5.4 yaml-0.1 zlib libpng libjpeg libseccomp jansson

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wdouble-promotion \
        -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wwrite-strings \
        -Wcast-qual -Wpointer-arith
OPT_release := -O3 -g
OPT_debug   := -O0 -g3
OPT_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPT_tsan    := -O1 -g -fsanitize=thread
OPT_f64     := -O2 -g -DLRR_F64

# -ffp-contract=off: the SSE2, AVX2 and AVX-512 kernels give the same bits. Never -Ofast or
# -ffast-math: isfinite() must mean what it says. -fno-trapping-math changes no value (nobody
# looks at the floating-point exception flags); without it gcc keeps loops with comparisons
# scalar in SSE2 and AVX2.
CFLAGS   ?=
override CFLAGS += -std=c11 $(WARN) $(OPT_$(CONFIG)) -fno-math-errno -fno-trapping-math -ffp-contract=off -pthread -MMD -MP
CPPFLAGS += -D_XOPEN_SOURCE=700 -Isrc $(shell pkg-config --cflags $(PKGS))
LDFLAGS  += -Wl,-E $(OPT_$(CONFIG)) -pthread
LDLIBS   += $(shell pkg-config --libs $(PKGS)) -lm -ldl
ifeq ($(WERROR),1)
override CFLAGS += -Werror
endif

SIMD     := $(wildcard src/kernels/simd_*.c)
SRC      := $(filter-out $(SIMD),$(wildcard src/*/*.c))
LUA      := $(shell find lua -name '*.lua' | LC_ALL=C sort)
OBJ      := $(SRC:src/%.c=$(BUILD)/%.o) $(BUILD)/embed.o
ISAS     := sse2
ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
ISAS     += avx2 avx512
endif
OBJ      += $(foreach isa,$(ISAS),$(SIMD:src/%.c=$(BUILD)/%.$(isa).o))
FLAGS_sse2   :=
FLAGS_avx2   := -mavx2 -mfma
FLAGS_avx512 := -mavx2 -mfma -mavx512f -mavx512bw -mavx512dq -mavx512vl -mprefer-vector-width=512
BIN      := $(BUILD)/lrrun
ifeq ($(CONFIG),release)
BIN      := build/lrrun
endif

.PHONY: all help clean
all: $(BIN)  ## build lrrun (default)

help:  ## list targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(BIN): $(OBJ)
	$(CC) $(LDFLAGS) $^ $(LDLIBS) -o $@

$(BUILD)/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

define SIMD_RULE
$(BUILD)/%.$(1).o: src/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) $$(CFLAGS) $$(FLAGS_$(1)) -DLRR_SIMD_ISA=$(1) -c $$< -o $$@
endef
$(foreach isa,$(ISAS),$(eval $(call SIMD_RULE,$(isa))))

# The Lua of lua/ as C strings; src/host/embed.h reads them.
$(BUILD)/mkembed: src/host/tools/mkembed.c
	@mkdir -p $(@D)
	$(CC) -std=c11 -O1 $< -o $@

$(BUILD)/embed.c: $(BUILD)/mkembed $(LUA)
	$(BUILD)/mkembed $(LUA) > $@

$(BUILD)/embed.o: $(BUILD)/embed.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c $< -o $@

clean:  ## remove everything built
	rm -rf build

-include $(OBJ:.o=.d)
