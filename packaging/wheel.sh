#!/bin/sh
# wheel.sh VERSION PROGRAM FOLDER: FOLDER/lrrun-VERSION-py3-none-manylinux_2_N_MACHINE.whl, which
# puts the program (with the archives of libraries in it) on an environment's PATH, and OpenBLAS,
# recipes, man pages and completions beside it.
. packaging/tree.sh
. packaging/bundle.sh
version=$1 program=$2 folder=$3
tree=$work/tree
install_tree "$program" "$tree" "" PLUGINS= # those are linked with an MPI of this machine
bundle_libraries "$tree/lib/lrrun"
rm -r "$tree/share/doc"
bundle_licenses "$work/licenses"
cp LICENSE "$work/licenses/LICENSE"
# The newest symbols of the C library that are asked for say on which systems it runs.
glibc=$(objdump -T "$tree/bin/lrrun" "$tree"/lib/lrrun/* | grep -o 'GLIBC_2\.[0-9]*' | sort -uV |
    tail -1)
mkdir -p "$folder"
python3 packaging/wheel.py "$version" "manylinux_2_${glibc#GLIBC_2.}_$(uname -m)" "$tree" \
    "$work/licenses" "$folder"
