#!/bin/sh
# Runs test programs; their exit status is the verdict. Ends in "N passed, N failed".
passed=0
failed=0

keep() { # for tally.sh
    [ -z "${TALLY:-}" ] || echo "$passed $failed $1" >"$TALLY/unit-$$"
}

for program in "$@"; do
    keep running
    if output=$("$program" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $program"
        echo "$output" | tail -20
    fi
done
keep done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
