#!/bin/sh
# All checks of `make test`, one after the other. The last line is their sum: "N passed, N
# failed". `make nightly` has the same and more with every failure and for longer.
jobs=${JOBS:-2}
. tests/tools/tally.sh

check "build" make -s -j"$jobs" all
if [ $failed = 0 ]; then
    check "specs" make -s test-spec
    check "golden cases" make -s golden
    check "tests in C" make -s -j"$jobs" test-unit
    check "installation" make -s test-install
    check "double precision" make -s test-f64
    check "damaged runs" make -s damage N=100
    check "hostile recipes" make -s -j"$jobs" hostile SHOW=failures
    check "allocation failures, sanitized" make -s test-oom STRIDE=61 SHARE=1
    check "broken files and words, sanitized" make -s fuzz SECONDS=0.5 SHARE=1
    check "readers and bindings, sanitized" make -s test-asan SHARE=1 SPEC="tests/spec/record tests/spec/bind"
    check "interrupted writes" make -s faults EVERY=37 MOST=4
fi
total
