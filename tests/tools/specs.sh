#!/bin/sh
# specs.sh LRRUN [WORDS...] -- the specs, by busted inside LRRUN: those of files and folders (all
# of tests/spec), JOBS (2) + 1 processes at a time; with other words for busted, or one file, in one
# process. The last line is the sum, "N passed, N failed".
lrrun=$1
shift
[ $# != 0 ] || set -- tests/spec
for word in "$@"; do
    if ! [ -d "$word" ] && ! { [ -f "$word" ] && [ $# != 1 ]; }; then
        exec "$lrrun" --trusted tests/run.lua "$@"
    fi
done

# Files that start programs take longest. They come first and one by one, so that no process is
# left alone with several of them at the end.
specs() {
    find "$@" -name '*_spec.lua' | LC_ALL=C sort
}
long='support\.(program|studies|runs)"'
{
    specs "$@" | xargs -r grep -lE "$long"
    specs "$@" | xargs -r grep -LE "$long" | xargs -r -n 6
} | sed "s|^|'$lrrun' --trusted tests/run.lua |" |
    JOBS=$((${JOBS:-2} + 1)) tests/tools/beside.sh # one more: some wait most of their time
