# packages.mk -- what is installed, and what is handed to others: a package for Debian, a tarball of
# the sources, one of the program, a wheel. Part of the Makefile, apart so that a change of it
# builds nothing anew.

BINDIR  := $(DESTDIR)$(PREFIX)/bin
LIBDIR  := $(DESTDIR)$(PREFIX)/lib/lrrun
DATADIR := $(DESTDIR)$(PREFIX)/share/lrrun
DOCDIR  := $(DESTDIR)$(PREFIX)/share/doc/lrrun
MANDIR  := $(DESTDIR)$(PREFIX)/share/man/man1
BASHDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR  := $(DESTDIR)$(PREFIX)/share/zsh/site-functions
FISHDIR := $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
# What is installed.
PROGRAM ?= $(BIN)

# The day of the sources, for what names one.
DAY = $$(date -u -d @$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGES.md)} +%F)

$(BUILD)/man/lrrun.1: $(BIN)
	@rm -rf $(@D) && mkdir -p $(@D)
	$(call say,MAN,$(@D))$(BIN) manual $(@D) "$(DAY)"

install: $(PROGRAM) $(PLUGINS) $(BUILD)/man/lrrun.1  ## install lrrun, recipes, documents, man pages, completions below PREFIX (/usr/local)
	$(call say,INST,$(BINDIR)/lrrun)install -D -m 755 $(PROGRAM) '$(BINDIR)/lrrun'
	$(if $(PLUGINS),$(call say,INST,$(LIBDIR))install -D -m 755 -t '$(LIBDIR)' $(PLUGINS))
	$(call say,INST,$(DATADIR)/recipes)install -d '$(DATADIR)/recipes' && \
	  install -m 644 $(wildcard recipes/*) '$(DATADIR)/recipes'
	$(call say,INST,$(DOCDIR))install -d '$(DOCDIR)' && \
	  install -m 644 README.md CHANGES.md LICENSE '$(DOCDIR)'
	$(call say,INST,$(MANDIR))install -d '$(MANDIR)' && \
	  install -m 644 $(BUILD)/man/*.1 '$(MANDIR)'
	$(call say,INST,completions)install -D -m 644 packaging/completions/lrrun.bash '$(BASHDIR)/lrrun' && \
	  install -D -m 644 packaging/completions/_lrrun '$(ZSHDIR)/_lrrun' && \
	  install -D -m 644 packaging/completions/lrrun.fish '$(FISHDIR)/lrrun.fish'

uninstall:  ## remove what install put below PREFIX
	$(call say,RM,$(BINDIR)/lrrun $(DATADIR) $(DOCDIR) and so on)rm -f '$(BINDIR)/lrrun' \
	  '$(MANDIR)/lrrun.1' '$(MANDIR)'/lrrun-*.1 '$(BASHDIR)/lrrun' '$(ZSHDIR)/_lrrun' \
	  '$(FISHDIR)/lrrun.fish' && rm -rf '$(LIBDIR)' '$(DATADIR)' '$(DOCDIR)'

# It stands in src/host/version.h only.
VERSION := $(shell sed -n 's/^.define LRR_VERSION "\(.*\)"/\1/p' src/host/version.h)
DIST    := build/dist

# Linked as Debian wants programs.
HARDENED := $(BUILD)/deb/lrrun
$(HARDENED): $(OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -Wl,-z,relro,-z,now $^ $(LDLIBS) -o $@

# With the archives of libraries in it, of Lua's all, for modules in C. RPATH, not RUNPATH: what
# OpenBLAS needs is found by it, too.
STATIC := $(BUILD)/static/lrrun
$(STATIC): $(OBJ)
	@mkdir -p $(@D)
	$(call say,LD,$@)$(CC) $(LDFLAGS) -Wl,-z,relro,-z,now \
	  -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/../lib/lrrun' $^ \
	  -Wl,-Bstatic -Wl,--whole-archive -llua5.4 -Wl,--no-whole-archive \
	  -Wl,--start-group $(filter-out -llua5.4,$(PKG_LIBS)) -Wl,--end-group -Wl,-Bdynamic \
	  -lm -ldl -o $@

dist:  ## the sources of the last commit: build/dist/lrrun-VERSION.tar.gz, the same bytes each time
	+@packaging/dist.sh $(VERSION) $(DIST)

deb: $(HARDENED) $(BUILD)/man/lrrun.1  ## a package for the release of Debian that it is made on
	+@packaging/deb.sh $(VERSION) $(HARDENED) $(DIST)

tarball: $(STATIC) $(BUILD)/man/lrrun.1  ## the program with all that it needs beside the C library, to unpack anywhere
	+@packaging/tarball.sh $(VERSION)-linux-$(shell uname -m) $(STATIC) $(DIST)

wheel: $(STATIC) $(BUILD)/man/lrrun.1  ## the same as a package for pip
	+@packaging/wheel.sh $(VERSION) $(STATIC) $(DIST)

test-packages: dist deb tarball wheel  ## they install and work: on bare Debian 12 and 13, in an empty virtual environment
	+@tests/tools/packages.sh $(VERSION) $(DIST)

.PHONY: install uninstall dist deb tarball wheel test-packages
