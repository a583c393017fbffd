#!/bin/sh
# Installs into an empty folder, runs the installed program on an installed recipe from
# elsewhere, and removes it again. Ends in "N passed, N failed".
set -u
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
passed=0
failed=0
at=$root/stage/opt/lrrun

keep() { # for tally.sh
    [ -z "${TALLY:-}" ] || echo "$passed $failed $1" >"$TALLY/install"
}

expect() {
    keep running
    name=$1
    shift
    if "$@" >"$root/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
        tail -20 "$root/log"
    fi
}

in_place() {
    for name in bin/lrrun share/doc/lrrun/README.md share/doc/lrrun/CHANGES.md \
        share/doc/lrrun/LICENSE share/man/man1/lrrun.1 share/man/man1/lrrun-search.1 \
        share/bash-completion/completions/lrrun share/zsh/site-functions/_lrrun \
        share/fish/vendor_completions.d/lrrun.fish; do
        [ -f "$at/$name" ] || { echo "$name is missing"; return 1; }
    done
    [ -x "$at/bin/lrrun" ] && diff -r recipes "$at/share/lrrun/recipes"
}

runs() (
    mkdir "$root/elsewhere" && cd "$root/elsewhere" &&
        "$at/bin/lrrun" --version &&
        "$at/bin/lrrun" "$at/share/lrrun/recipes/quickstart.lua" --epochs 1 --quiet &&
        [ -f runs/quickstart-1/result.json ]
)

# As a login shell does: the file of the command's name, its function, the words.
completes() (
    PATH=$at/bin:$PATH
    words=$(bash -c '. "$1" && COMP_WORDS=(lrrun sea) COMP_CWORD=1 && _lrrun &&
        echo "${COMPREPLY[@]}"' - "$at/share/bash-completion/completions/lrrun") || exit
    [ "$words" = search ] || { echo "completed to '$words'"; exit 1; }
)

# Parsed by what is there; the pages' day is that of the sources.
shells_parse() {
    for shell in zsh:share/zsh/site-functions/_lrrun \
        fish:share/fish/vendor_completions.d/lrrun.fish; do
        if command -v "${shell%%:*}" >/dev/null; then
            "${shell%%:*}" -n "$at/${shell#*:}" || return 1
        fi
    done
    head -1 "$at/share/man/man1/lrrun.1" | grep -q '^.TH LRRUN 1 "20[0-9-]*" "lrrun [0-9.]*"' &&
        if command -v mandoc >/dev/null; then mandoc -Tlint -Wstyle "$at"/share/man/man1/*.1; fi
}

is_gone() {
    [ -z "$(find "$root/stage" -type f)" ] || { find "$root/stage" -type f; return 1; }
}

expect "make install" make -s install DESTDIR="$root/stage" PREFIX=/opt/lrrun
expect "everything is in place" in_place
expect "the installed program runs an installed recipe" runs
expect "its completions work in bash" completes
expect "completions and man pages are well-formed" shells_parse
expect "make uninstall" make -s uninstall DESTDIR="$root/stage" PREFIX=/opt/lrrun
expect "nothing is left" is_gone
keep done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
