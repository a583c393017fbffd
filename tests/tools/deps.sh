#!/bin/sh
# Installs the packages that lrrun needs: `deps.sh build` (building and testing) or
# `deps.sh lint` (checking the code). Does nothing, and needs neither root nor network,
# when all are there. Elsewhere than on Debian and Ubuntu it prints their names.
set -eu

build="gcc libc6-dev make pkg-config liblua5.4-dev lua-busted libopenblas0-pthread
 libyaml-dev zlib1g-dev libpng-dev libjpeg-dev libseccomp-dev libjansson-dev
 procps"
# For the tests of ranks alone: where they cannot be had those say that they are skipped. Debian has
# both beside each other; mpirun is Open MPI's then.
mpi="libopenmpi-dev openmpi-bin libmpich-dev mpich"
lint="git clang clang-tidy clang-format lua-check"

have_build() {
    command -v gcc >/dev/null && command -v pkg-config >/dev/null &&
        command -v pgrep >/dev/null &&
        pkg-config --exists lua5.4 yaml-0.1 zlib libpng libjpeg libseccomp jansson &&
        [ -f /usr/share/lua/5.4/busted/runner.lua ] &&
        ls /usr/lib/*/libopenblas.so.0 /usr/lib/libopenblas.so.0 2>/dev/null | grep -q .
}

have_mpi() {
    for tool in mpicc mpirun; do
        command -v $tool.openmpi >/dev/null && command -v $tool.mpich >/dev/null || return 1
    done
}

have_lint() {
    for tool in git clang clang-tidy clang-format luacheck; do
        command -v $tool >/dev/null || return 1
    done
}

case ${1:-build} in
build) packages=$build; have=have_build ;;
lint) packages=$lint; have=have_lint ;;
*) echo "usage: deps.sh build|lint" >&2; exit 2 ;;
esac

if ! command -v apt-get >/dev/null; then
    $have && exit 0
    echo "Install these (names of Debian 12):" $packages >&2
    exit 1
fi
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
add() {
    echo "installing:" "$@"
    $sudo apt-get -qq update && $sudo apt-get -qq install --yes --no-install-recommends "$@" >/dev/null
}
if ! $have; then
    add $packages
fi
if [ "$packages" = "$build" ] && ! have_mpi; then
    [ -z "$sudo" ] || sudo="sudo -n" # nobody is asked for what can be missing
    add $mpi 2>/dev/null || echo "not installed: $mpi (tests of ranks are skipped)"
fi
