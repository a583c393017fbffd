# packages.mk -- what is installed. Part of the Makefile, apart so that a change of it builds
# nothing anew.

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

.PHONY: install uninstall
