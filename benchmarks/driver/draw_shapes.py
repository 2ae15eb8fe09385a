#!/usr/bin/env python3
"""Draws six classes of small pictures, to try credence-bench on a folder of pictures.

draw_shapes.py DIR [EACH [SEED]] writes DIR/CLASS/NUMBER.png, EACH (600) of each class: a bar, a
cross, a disc, a frame, a pole or stripes on a darker ground, in colours, at a place and of a size of
its own, with noise. Needs no library beside Python's own.
"""

import pathlib
import random
import struct
import sys
import zlib

SIDE = 40
FAR = 1000

# The distance from the shape in pixels, below 1 on it; x and y are about its centre, r is its size.
SHAPES = {
    'bar': lambda x, y, r: abs(y) / 2 if abs(x) < r else FAR,
    'cross': lambda x, y, r: min(abs(x), abs(y)) / 2 if max(abs(x), abs(y)) < r else FAR,
    'disc': lambda x, y, r: (x * x + y * y) ** 0.5 / r,
    'frame': lambda x, y, r: abs(max(abs(x), abs(y)) - r) / 2,
    'pole': lambda x, y, r: abs(x) / 2 if abs(y) < r else FAR,
    'stripes': lambda x, y, r: (x + y) % r / r * 2 if max(abs(x), abs(y)) < 1.5 * r else FAR,
}


def png(rows):
    """The bytes of an RGB picture, given rows of bytes."""

    def chunk(kind, content):
        checked = kind + content
        return struct.pack('>I', len(content)) + checked + struct.pack('>I', zlib.crc32(checked))

    header = struct.pack('>IIBBBBB', len(rows[0]) // 3, len(rows), 8, 2, 0, 0, 0)
    pixels = zlib.compress(b''.join(b'\0' + row for row in rows), 1)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + chunk(b'IDAT', pixels) +
            chunk(b'IEND', b''))


def picture(shape, generator):
    """A picture of the shape."""
    radius = generator.randint(6, 12)
    dx, dy = (generator.randint(14, SIDE - 14) for _ in range(2))
    ink = [generator.randint(110, 220) for _ in range(3)]
    ground = [generator.randint(20, 100) for _ in range(3)]
    noise = generator.randbytes(3 * SIDE * SIDE)
    rows = []
    for y in range(SIDE):
        row = bytearray()
        for x in range(SIDE):
            colour = ink if SHAPES[shape](x - dx, y - dy, radius) < 1 else ground
            at = 3 * (y * SIDE + x)
            row += bytes(level + noise[at + c] % 32 for c, level in enumerate(colour))
        rows.append(bytes(row))
    return png(rows)


def main():
    """Writes the pictures that the command line asks for."""
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    each = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    generator = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    for shape in SHAPES:
        folder = pathlib.Path(sys.argv[1]) / shape
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(each):
            (folder / f'{number}.png').write_bytes(picture(shape, generator))


if __name__ == '__main__':
    main()
