#!/usr/bin/env python3
"""Writes tests/golden/pictures/pictures.json: small PNG and JPEG files of many kinds, and what Pillow
reads of them: ImageOps.exif_transpose(Image.open(f)).convert("RGB") and convert("L"), and
resize(..., BILINEAR). Bytes are hexadecimal, pixels plane by plane.

Grey of 16 bits is not among them: Pillow's convert clips it at 255.

Usage: python3 tests/golden/pictures/make_pictures.py > tests/golden/pictures/pictures.json
Made with Pillow 13.0.0, numpy 2, Python 3.11."""

import io
import json
import struct
import sys
import zlib

import numpy as np
from PIL import Image, ImageOps

rng = np.random.default_rng(7)
CASES = []
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# Of Adam7's passes: first column and row, steps between columns and rows.
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
         (0, 1, 1, 2)]


def noise(*shape):
    return rng.integers(0, 256, shape, dtype=np.uint8)


def smooth(h, w):
    return Image.fromarray(noise(3, 3, 3)).resize((w, h), Image.BICUBIC)


def planes(image):
    a = np.array(image)
    return (a if a.ndim == 2 else a.transpose(2, 0, 1)).tobytes().hex()


def case(name, data, **more):
    with Image.open(io.BytesIO(data)) as image:
        image = ImageOps.exif_transpose(image)
        out = {"name": name, "file": data.hex(), "h": image.height, "w": image.width,
               "rgb": planes(image.convert("RGB")), "grey": planes(image.convert("L"))}
    for key, size in more.items():
        out[key] = {"h": size[0], "w": size[1],
                    "rgb": planes(image.convert("RGB").resize(size[::-1], Image.BILINEAR))}
    CASES.append(out)


def saved(image, kind, **options):
    f = io.BytesIO()
    image.save(f, kind, **options)
    return f.getvalue()


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def rows_of(h, w, bits, interlaced):
    for x0, y0, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        wide, high = -(-(w - x0) // dx), -(-(h - y0) // dy)
        for _ in range(max(0, high) if wide > 0 else 0):
            yield b"\0" + noise((wide * bits + 7) // 8).tobytes()


def png(name, h, w, depth, kind, extra=b"", interlaced=False):
    head = struct.pack(">IIBBBBB", w, h, depth, kind, 0, 0, int(interlaced))
    raw = b"".join(rows_of(h, w, depth * CHANNELS[kind], interlaced))
    case(name, b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra
         + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))


def pngs():
    for kind, depths in {0: (1, 2, 4, 8), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16),
                         6: (8, 16)}.items():
        for depth in depths:
            extra = chunk(b"PLTE", noise(3 * 2 ** depth).tobytes()) if kind == 3 else b""
            name = f"PNG of type {kind}, {depth} bits"
            png(name, 3, 5, depth, kind, extra)
            png(name + ", interlaced", 9, 6, depth, kind, extra, True)
            if kind == 3:
                png(name + ", transparent", 2, 3, depth, kind,
                    extra + chunk(b"tRNS", noise(2 ** depth).tobytes()))
            elif kind in (0, 2):
                png(name + ", transparent", 2, 3, depth, kind,
                    chunk(b"tRNS", struct.pack(">H", 1) * CHANNELS[kind]))
    png("PNG with a short palette", 2, 4, 1, 3, chunk(b"PLTE", bytes(range(6))))
    png("PNG with a gamma", 2, 4, 8, 2, chunk(b"gAMA", struct.pack(">I", 45455)))


def jpegs():
    colour = smooth(9, 13)
    plain = saved(colour, "JPEG", quality=90, subsampling=0, optimize=True)
    case("JPEG", plain)
    case("JPEG, colours at half resolution", saved(colour, "JPEG", quality=60, optimize=True))
    case("JPEG, progressive", saved(colour, "JPEG", quality=80, progressive=True))
    case("JPEG, grey", saved(colour.convert("L"), "JPEG", quality=90, optimize=True))
    case("JPEG of one pixel", saved(smooth(1, 1), "JPEG", optimize=True))
    case("JPEG with bytes between its segments", plain[:-2] + b"abc\0" + plain[-2:])
    case("JPEG with bytes behind its end", plain + b"hello")
    case("JPEG of an unknown version of JFIF", plain.replace(b"JFIF\0\1\1", b"JFIF\0\2\0"))
    case("JPEG without JFIF", plain[:2] + plain[20:])
    adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0"
    case("JPEG with an unknown mark of Adobe", plain[:2] + adobe + b"\5" + plain[2:])
    case("JPEG of red, green, blue", plain[:2] + adobe + b"\0" + plain[20:])
    cmyk = saved(Image.fromarray(noise(5, 7, 3)).convert("CMYK"), "JPEG", quality=95,
                 subsampling=0, optimize=True)
    at = cmyk.find(b"Adobe")
    case("JPEG, CMYK", cmyk)
    case("JPEG, YCCK", cmyk[:at + 11] + b"\2" + cmyk[at + 12:])
    case("JPEG, CMYK without Adobe's mark", cmyk[:at - 4] + cmyk[at + 12:])


def sizes():
    for to in ((5, 4), (4, 11), (23, 20), (13, 9), (1, 1), (3, 17)):
        case(f"PNG of 13 x 9 to {to[0]} x {to[1]}",
             saved(Image.fromarray(noise(13, 9, 3)), "PNG", compress_level=9), resized=to)


pngs()
jpegs()
sizes()
json.dump(CASES, sys.stdout, indent=0)
