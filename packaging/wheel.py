"""wheel.py VERSION PLATFORM TREE LICENSES FOLDER: packs a tree (bin, lib, share) as a wheel.

A wheel is a zip: scripts and data, which pip puts into an environment's bin and root, and what
says so. The same tree gives the same bytes. Source: the binary distribution format,
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""
import base64
import hashlib
import os
import sys
import time
import zipfile

METADATA = """\
Metadata-Version: 2.1
Name: lrrun
Version: {version}
Summary: Trains neural networks from recipes, and helps to get the learning rate right
License: MIT
Requires-Python: >=3.7
Classifier: Environment :: Console
Classifier: License :: OSI Approved :: MIT License
Classifier: Operating System :: POSIX :: Linux
Classifier: Topic :: Scientific/Engineering :: Artificial Intelligence
Description-Content-Type: text/plain

lrrun is a program: after `pip install lrrun` the command `lrrun recipe.lua` trains the network
that a recipe, a Lua script, describes. It brings all that it needs beside the C library; Python
is not used. Recipes to begin with are in share/lrrun/recipes of the environment.
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: lrrun packaging/wheel.py
Root-Is-Purelib: false
Tag: py3-none-{platform}
"""


def files_of(folder):
    """Paths below `folder`, in order, without it."""
    found = []
    for at, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(at, name), folder) for name in names]
    return sorted(found)


def read(*path):
    with open(os.path.join(*path), "rb") as file:
        return file.read()


def entries(version, platform, tree, licenses):
    """(name in the wheel, mode, bytes) of all that is in it but RECORD."""
    info, data = f"lrrun-{version}.dist-info", f"lrrun-{version}.data"
    for name in files_of(tree):
        kind, mode = ("scripts", 0o755) if name.startswith("bin/") else ("data", 0o644)
        place = name[len("bin/"):] if kind == "scripts" else name
        yield f"{data}/{kind}/{place}", mode, read(tree, name)
    for name in files_of(licenses):
        yield f"{info}/licenses/{name}", 0o644, read(licenses, name)
    yield f"{info}/METADATA", 0o644, METADATA.format(version=version).encode()
    yield f"{info}/WHEEL", 0o644, WHEEL.format(platform=platform).encode()


def main(version, platform, tree, licenses, folder):
    path = os.path.join(folder, f"lrrun-{version}-py3-none-{platform}.whl")
    made = time.gmtime(max(int(os.environ["SOURCE_DATE_EPOCH"]), 315532800))[:6]  # zip's first day
    record = []

    def put(wheel, name, mode, content):
        entry = zipfile.ZipInfo(name, made)
        entry.external_attr = (0o100000 | mode) << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        wheel.writestr(entry, content, compresslevel=9)

    with zipfile.ZipFile(path, "w") as wheel:
        for name, mode, content in entries(version, platform, tree, licenses):
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
            record.append(f"{name},sha256={digest.decode()},{len(content)}")
            put(wheel, name, mode, content)
        own = f"lrrun-{version}.dist-info/RECORD"
        put(wheel, own, 0o644, "\n".join(record + [f"{own},,", ""]).encode())
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
