# tree.sh -- read by the other scripts: what they share. They get VERSION, PROGRAM and FOLDER.
# shellcheck shell=sh
set -eu
umask 022
LC_ALL=C
export LC_ALL

# Files are as old as the sources, so that these give the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || stat -c %Y CHANGES.md)}
export SOURCE_DATE_EPOCH

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# install_tree PROGRAM DESTDIR PREFIX [VARIABLE=...]: make install, its program without symbols.
install_tree() {
    program=$1 at=$2 prefix=$3
    shift 3
    make -s install PROGRAM="$program" DESTDIR="$at" PREFIX="$prefix" "$@"
    strip --strip-all --remove-section=.comment "$at$prefix/bin/lrrun"
}

# date_tree FOLDER: the age of everything in it.
date_tree() {
    find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}
