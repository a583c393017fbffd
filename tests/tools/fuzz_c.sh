#!/bin/sh
# fuzz_c.sh SECONDS SEED NAME... -- runs build/asan/fuzz/NAME over its corpus and changes of it;
# "N passed, N failed". The input of one that ends badly stays as build/asan/fuzz/NAME.input.
seconds=$1
seed=$2
shift 2
passed=0
failed=0
for name in "$@"; do
    at=build/asan/fuzz/$name
    if FUZZ_INPUT=$at.input "$at" "$seconds" "$seed" "tests/fuzz/corpus/$name"; then
        passed=$((passed + 1))
        rm -f "$at.input"
    else
        failed=$((failed + 1))
        echo "failed: $name: $at.input"
    fi
done
[ -z "$TALLY" ] || echo "$passed $failed done" >"$TALLY/$$"
echo "$passed passed, $failed failed"
[ $failed = 0 ]
