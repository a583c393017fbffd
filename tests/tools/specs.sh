#!/bin/sh
# specs.sh LRRUN [WORDS...] -- the specs, by busted inside LRRUN: with words for busted (files,
# folders, flags) in one process, else all of tests/spec in JOBS (2) processes that take a few
# files at a time. What each printed stands together, of those that failed last; the last line
# is the sum, "N passed, N failed".
lrrun=$1
shift
[ $# = 0 ] || exec "$lrrun" --trusted tests/run.lua "$@"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export lrrun out
find tests/spec -name '*_spec.lua' | LC_ALL=C sort | xargs -n 6 -P "${JOBS:-2}" sh -c '
    "$lrrun" --trusted tests/run.lua "$@" >"$out/$$" 2>&1 && exit
    echo "$$: ended with status $?" >>"$out/$$"
    mv "$out/$$" "$out/failed-$$" # after the digits of the others
' specs
cat "$out"/* | grep -vE '^[0-9]+ passed, [0-9]+ failed$'
cat "$out"/* | awk '
    /^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
    /^[0-9]+: ended with status/ { bad++ }
    END {
        if (bad && !failed)
            failed = bad
        printf "%d passed, %d failed\n", passed, failed
        exit failed != 0
    }'
