# bundle.sh -- read by what hands out the program with its libraries (after tree.sh). Those with
# archives are linked into it; OpenBLAS, which it loads when it needs it, and the Fortran runtime
# that this needs, lie in lib/lrrun beside it. All come from Debian's packages.
# shellcheck shell=sh

STATIC_PACKAGES="liblua5.4-dev libyaml-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev libjansson-dev"

for tool in dpkg-query patchelf; do
    command -v $tool >/dev/null || { echo "bundle.sh: needs $tool, on Debian (apt install $tool)" >&2; exit 1; }
done

# The path of a shared library by its name.
library() {
    cc -print-file-name="$1" | grep / || { echo "bundle.sh: no $1 (make deps)" >&2; return 1; }
}

# bundle_libraries FOLDER: what OpenBLAS needs is found beside it.
bundle_libraries() {
    mkdir -p "$1"
    for name in libopenblas.so.0 libgfortran.so.5 libquadmath.so.0; do
        install -m 644 "$(library $name)" "$1/$name"
        strip --strip-unneeded "$1/$name"
        patchelf --set-rpath '$ORIGIN' "$1/$name"
    done
    for name in $(ldd "$1"/*.so.* | sed -n 's/^[[:space:]]*\(lib[^ ]*\) .*/\1/p' | sort -u); do
        case $name in
        libc.so.6 | libm.so.6 | libgcc_s.so.1 | libpthread.so.0 | libdl.so.2) ;;
        *) [ -f "$1/$name" ] || { echo "bundle.sh: OpenBLAS needs $name too" >&2; return 1; } ;;
        esac
    done
}

# owner FILE: the package that it is of.
owner() {
    dpkg-query -S "$(readlink -f "$1")" | sed 's/[:,].*//; q'
}

# bundle_licenses FOLDER: of each package that is in it the terms, and those that they refer to.
bundle_licenses() {
    mkdir -p "$1"
    packages=$STATIC_PACKAGES
    for name in libopenblas.so.0 libgfortran.so.5 libquadmath.so.0; do
        packages="$packages $(owner "$(library $name)")"
    done
    echo "Binary packages of Debian that parts of lrrun are from, and their sources:" >"$1/BUNDLED"
    for package in $packages; do
        dpkg-query -W -f '${Package} ${Version} (source: ${source:Package} ${source:Version})\n' \
            "$package" | sort -u | head -1 >>"$1/BUNDLED"
        install -m 644 "/usr/share/doc/$package/copyright" "$1/$package"
    done
    for text in $(sed -n 's|.*/usr/share/common-licenses/\([A-Za-z0-9.-]*[A-Za-z0-9]\).*|\1|p' "$1"/* | sort -u); do
        install -m 644 "/usr/share/common-licenses/$text" "$1/$text"
    done
}
