#!/bin/sh
# What takes too long for every change: `make nightly`. Everything under sanitizers, every
# allocation and every system call failing, and FUZZ_SECONDS (120) of each kind of fuzzing. The last
# line is the sum: "N passed, N failed".
jobs=${JOBS:-2}
. tests/tools/tally.sh

check "build" make -s -j"$jobs" all
if [ $failed = 0 ]; then
    check "specs, sanitized" make -s test-asan
    check "tests in C, sanitized" make -s -j"$jobs" test-unit CONFIG=asan
    check "double precision, sanitized" make -s test-f64 SANITIZE=1
    check "threads, sanitized" make -s test-tsan
    check "allocation failures, sanitized" make -s test-oom STRIDE=1
    check "interrupted writes" make -s faults EVERY=1 STRIDE=97 MOST=1000
    check "broken files and calls" make -s fuzz SECONDS="${FUZZ_SECONDS:-120}"
    check "specs in changing order" make -s shuffle ROUNDS=3
    check "killed and resumed" make -s soak
    check "killed searches" make -s soak-search
fi
total
