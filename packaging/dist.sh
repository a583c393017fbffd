#!/bin/sh
# dist.sh VERSION FOLDER: the sources of the last commit as FOLDER/lrrun-VERSION.tar.gz; the same
# commit gives the same bytes.
set -eu
name=lrrun-$1
out=$2/$name.tar.gz
if ! git rev-parse --verify --quiet HEAD >/dev/null; then
    echo "dist.sh: no git repository here: the sources are those of a commit" >&2
    exit 1
fi
if [ -n "$(git status --porcelain)" ]; then
    echo "dist.sh: what is not committed is left out" >&2
fi
mkdir -p "$2"
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$out"
echo "$out"
