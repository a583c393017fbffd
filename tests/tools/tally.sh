# tally.sh -- checks and what they count together; to be sourced.
#
# check NAME COMMAND... runs one and shows the end of what it printed; total prints the sum,
# "N passed, N failed", and is true where none failed. While it runs a suite keeps its count in
# a file of the folder $TALLY (tests/support/tally.lua, unit.sh): "passed failed running", at
# its end "done". One that dies so counts with what it had, and one failure more; a command
# that ends badly and counted no failure is one, too.

TALLY=$(mktemp -d)
export TALLY
tally_log=$(mktemp)
trap 'rm -rf "$TALLY" "$tally_log"' EXIT
trap 'exit 130' INT TERM
passed=0
failed=0

check() {
    echo "== $1"
    shift
    tally_start=$(date +%s)
    rm -f "$TALLY"/*
    "$@" >"$tally_log" 2>&1
    tally_status=$?
    tail -60 "$tally_log"
    set -- $(cat "$TALLY"/* 2>/dev/null |
        awk '{ p += $1; f += $2 + ($3 != "done") } END { print p + 0, f + 0 }')
    [ $tally_status = 0 ] || [ "$2" != 0 ] || set -- "$1" 1
    passed=$((passed + $1))
    failed=$((failed + $2))
    echo "   $1 passed, $2 failed, $(($(date +%s) - tally_start)) s"
}

total() {
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
}
