#!/bin/sh
# beside.sh < COMMANDS -- runs commands, one a line, JOBS (2) at a time. What each printed stands
# together, of those that failed last; the last line is the sum of theirs, "N passed, N failed".
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM
export out
xargs -d '\n' -n 1 -P "${JOBS:-2}" sh -c '
    sh -c "$1" >"$out/$$" 2>&1 </dev/null && exit
    echo "$$: ended with status $?: $1" >>"$out/$$"
    mv "$out/$$" "$out/failed-$$" # after the digits of the others
' beside
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
