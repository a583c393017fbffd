#!/bin/sh
# deb.sh VERSION PROGRAM FOLDER: FOLDER/lrrun_VERSION_ARCH.deb, by dpkg-deb alone. What it depends
# on is what the program is linked with here (dpkg-shlibdeps), and OpenBLAS, which it loads itself.
# DEBFULLNAME and DEBEMAIL name who answers for it.
. packaging/tree.sh
version=$1 program=$2 folder=$3
for tool in dpkg-deb dpkg-shlibdeps; do
    command -v $tool >/dev/null || { echo "deb.sh: needs $tool (apt install dpkg-dev)" >&2; exit 1; }
done
maintainer="${DEBFULLNAME:-the lrrun authors} <${DEBEMAIL:-lrrun@packages.invalid}>"
arch=$(dpkg --print-architecture)
tree=$work/debian/lrrun
doc=$tree/usr/share/doc/lrrun
install_tree "$program" "$tree" /usr ZSHDIR="$tree/usr/share/zsh/vendor-completions"

# needs FILE: the packages of the libraries that it is linked with.
needs() {
    (cd "$work" && dpkg-shlibdeps -O -e"debian/lrrun/$1" | sed -n 's/^shlibs:Depends=//p')
}

# Debian's forms: one file says under which terms, and one what changed.
{
    cat packaging/copyright
    sed '1,2d; s/^$/./; s/^/ /' LICENSE
} >"$doc/copyright"
rm "$doc/LICENSE"
{
    printf 'lrrun (%s) unstable; urgency=medium\n\n  * CHANGES.md.gz says what is new.\n\n' "$version"
    printf ' -- %s  %s\n' "$maintainer" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
} | gzip -9n >"$doc/changelog.gz"
gzip -9n "$doc/README.md" "$doc/CHANGES.md" "$tree"/usr/share/man/man1/*.1

mkdir -p "$tree/DEBIAN"
printf 'Source: lrrun\n\nPackage: lrrun\nArchitecture: any\n' >"$work/debian/control"
depends=$(needs usr/bin/lrrun)
suggests=
for part in "$tree"/usr/lib/lrrun/*.so; do # what speaks MPI, loaded under mpirun alone
    [ -f "$part" ] || continue
    strip --strip-unneeded "$part"
    chmod 644 "$part"
    suggests="$suggests$(needs "${part#"$tree/"}" | grep -o '[^,]*mpi[^,]*' | sed 's/^ */, /' | tr -d '\n')"
done
if [ -n "$suggests" ]; then
    mkdir -p "$tree/usr/share/lintian/overrides"
    {
        echo "# They call MPI alone."
        echo "lrrun: library-not-linked-against-libc [usr/lib/lrrun/*]"
    } >"$tree/usr/share/lintian/overrides/lrrun"
fi
cat >"$tree/DEBIAN/control" <<EOF
Package: lrrun
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: $depends, libopenblas0-pthread | libopenblas0${suggests:+
Suggests: ${suggests#, }}
Section: science
Priority: optional
Description: trains neural networks from recipes
 A recipe is a Lua script of a dozen lines that says what the data, the
 network, the optimizer and the schedule of the learning rate are. lrrun trains
 it, helps to get the learning rate right, and leaves a run folder that anybody
 can repeat to the last bit. It needs neither Python nor a GPU, and keeps the
 recipes of strangers in a sandbox.
EOF
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
date_tree "$tree"
mkdir -p "$folder"
dpkg-deb --root-owner-group --uniform-compression -Zxz --build "$tree" "$folder" >/dev/null
echo "$folder/lrrun_${version}_$arch.deb"
