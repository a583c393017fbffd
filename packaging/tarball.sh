#!/bin/sh
# tarball.sh VERSION-SYSTEM PROGRAM FOLDER: FOLDER/lrrun-VERSION-SYSTEM.tar.gz, which works where it
# is unpacked: PROGRAM with the archives of libraries in it, and OpenBLAS beside it.
. packaging/tree.sh
. packaging/bundle.sh
full=lrrun-$1 program=$2 folder=$3
tree=$work/$full
install_tree "$program" "$tree" "" PLUGINS= # those are linked with an MPI of this machine
bundle_libraries "$tree/lib/lrrun"
bundle_licenses "$tree/share/doc/lrrun/licenses"
date_tree "$tree"
mkdir -p "$folder"
tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu \
    --mtime="@$SOURCE_DATE_EPOCH" -cf - "$full" | gzip -9n >"$folder/$full.tar.gz"
echo "$folder/$full.tar.gz"
