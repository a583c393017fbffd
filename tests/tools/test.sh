#!/bin/sh
# All checks of `make test`, one after the other. The last line adds up theirs:
# "N passed, N failed". A check that ends badly without such a line counts as one failure.
jobs=${JOBS:-2}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0
failed=0

check() {
    name=$1
    shift
    echo "== $name"
    start=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    line=$(tail -1 "$log" | grep -E '^[0-9]+ passed, [0-9]+ failed$')
    if [ -n "$line" ]; then
        tail -60 "$log"
        passed=$((passed + ${line%% passed*}))
        line=${line#* passed, }
        failed=$((failed + ${line%% failed}))
        [ $status = 0 ] || [ "${line%% failed}" != 0 ] || failed=$((failed + 1))
    else
        tail -60 "$log"
        [ $status = 0 ] || failed=$((failed + 1))
    fi
    echo "   $(($(date +%s) - start)) s"
}

check "build" make -s -j"$jobs" all
if [ $failed = 0 ]; then
    check "specs" make -s test-spec
    check "golden cases" make -s golden
    check "tests in C" make -s -j"$jobs" test-unit
    check "double precision" make -s test-f64
    check "allocation failures, sanitized" make -s test-oom STRIDE=5
    check "readers and bindings, sanitized" make -s test-asan SPEC="tests/spec/record tests/spec/bind"
    check "interrupted writes" make -s faults EVERY=37
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
