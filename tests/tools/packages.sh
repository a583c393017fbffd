#!/bin/sh
# packages.sh VERSION FOLDER: what `make dist deb tarball wheel` has put into FOLDER installs and
# works: the deb and the tarball on bare roots of Debian 12 and 13 (debootstrap, root, network), the
# wheel in an empty virtual environment, the sources by a build of them. What is not there to check
# with is said. ROOTS=FOLDER keeps the roots for the next time, AUDITWHEEL= is auditwheel's command.
# Ends in "N passed, N failed".
set -u
version=$1
dist=$(realpath "$2")
arch=$(dpkg --print-architecture)
work=$(mktemp -d)
passed=0
failed=0

clean() {
    for root in "$work"/*/proc; do
        ! mountpoint -q "$root" || umount "$root"
    done
    rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

expect() {
    name=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $name"
        tail -20 "$work/log"
    fi
}

skip() {
    echo "skipped: $1"
}

have() {
    command -v "$1" >/dev/null || { skip "$2 ($1 is not there)"; return 1; }
}

# A bare root of a release of Debian; kept in ROOTS, where that is given.
bare_root() { # RELEASE
    kept=${ROOTS:-$work}/$1.tar
    if [ ! -f "$kept" ]; then
        debootstrap --variant=minbase "$1" "$work/$1.new" || return 1
        tar -C "$work/$1.new" -cf "$kept.part" . && mv "$kept.part" "$kept" || return 1
        rm -rf --one-file-system "$work/$1.new"
    fi
    mkdir "$work/$1" && tar -C "$work/$1" -xf "$kept" && mount -t proc proc "$work/$1/proc"
}

within() { # RELEASE SCRIPT
    chroot "$work/$1" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
        DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 sh -euc "$2"
}

# The first minutes of a new user, and a search, whose trials are processes of their own.
FIRST='mkdir "$HOME/try" && cd "$HOME/try" && lrrun --version && lrrun init && lrrun recipe.lua --quiet &&
  lrrun search recipe.lua --set epochs=1 --trials 2 --jobs 2 --quiet && lrrun report runs/*-1 -o r.html
  [ -s r.html ] && cd / && rm -r "$HOME/try"'

unpacked_works() { # RELEASE: nothing is installed
    cp "$dist/lrrun-$version-linux-$(uname -m).tar.gz" "$work/$1/root/" &&
        within "$1" "cd; tar -xzf lrrun-*.tar.gz; PATH=\$PATH:\$(echo /root/lrrun-*/bin); $FIRST
            rm -r /root/lrrun-*"
}

deb_works() { # RELEASE
    cp "$dist/lrrun_${version}_$arch.deb" "$work/$1/root/" &&
        within "$1" "apt-get -qq update
            apt-get -qq install --yes --no-install-recommends /root/lrrun_*.deb
            $FIRST
            bash -c '. /usr/share/bash-completion/completions/lrrun; COMP_WORDS=(lrrun sea)
                COMP_CWORD=1; _lrrun; [ \"\${COMPREPLY[*]}\" = search ]'
            apt-get -qq purge --yes lrrun
            if ls /usr/bin/lrrun /usr/share/lrrun /usr/share/doc/lrrun; then exit 1; fi 2>/dev/null"
}

wheel=$dist/lrrun-$version-py3-none-manylinux_2_*_$(uname -m).whl
wheel_works() (
    set -e
    python3 -m venv "$work/venv"
    PATH=$work/venv/bin:/usr/bin:/bin HOME=$work
    pip install --quiet --no-index $wheel
    eval "$FIRST"
    pip uninstall --quiet --yes lrrun
    [ -z "$(find "$work/venv" -type f '(' -name '*lrrun*' -o -name 'libopenblas*' ')')" ]
)

# auditwheel agrees with the name: nothing newer, and no library from outside, is asked for.
wheel_is_what_it_says() {
    tag=$(basename $wheel .whl | sed 's/.*-none-//')
    ${AUDITWHEEL:-auditwheel} show $wheel | tr '\n' ' ' >"$work/audit"
    cat "$work/audit"
    grep -q "consistent with the following platform tag: *\"$tag\"" "$work/audit"
}

sources_build() (
    set -e
    cp "$dist/lrrun-$version.tar.gz" "$work/first.tar.gz"
    packaging/dist.sh "$version" "$work/again"
    cmp "$work/first.tar.gz" "$work/again/lrrun-$version.tar.gz"
    tar -C "$work" -xzf "$work/first.tar.gz"
    cd "$work/lrrun-$version"
    make -s -j"$(nproc)"
    make -s install DESTDIR="$work/stage"
    "$work/stage/usr/local/bin/lrrun" --version | grep -qF "lrrun $version "
)

expect "the tarball of the sources builds, and is made again with the same bytes" sources_build
if have lintian "the deb by Debian's checker"; then
    expect "lintian finds nothing" lintian --fail-on error,warning "$dist/lrrun_${version}_$arch.deb"
fi
if ! have debootstrap "the deb and the tarball on bare Debian 12 and 13"; then
    :
elif [ "$(id -u)" != 0 ]; then
    skip "the deb and the tarball on bare Debian 12 and 13 (only root makes them)"
else
    for release in bookworm trixie; do
        expect "a bare root of $release" bare_root $release
        expect "the tarball works on $release" unpacked_works $release
        expect "the deb installs, works and goes from $release" deb_works $release
    done
fi
if have python3 "the wheel"; then
    expect "the wheel works in an empty environment and goes" wheel_works
fi
if have "${AUDITWHEEL:-auditwheel}" "the wheel's platform"; then
    expect "the wheel's name says what it needs" wheel_is_what_it_says
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
