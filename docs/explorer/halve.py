#!/usr/bin/env python3
"""Rounds the float32 tensors of a safetensors file to float16: halve.py FROM TO."""
import json
import struct
import sys


def main():
    if len(sys.argv) != 3:
        print("halve.py: takes FROM TO", file=sys.stderr)
        return 2
    with open(sys.argv[1], "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    metadata = header.pop("__metadata__", {})
    entries, elements = {"__metadata__": metadata}, b""
    for name, entry in sorted(header.items()):
        begin, end = entry["data_offsets"]
        count = (end - begin) // 4
        half = struct.pack(f"<{count}e", *struct.unpack(f"<{count}f", data[begin:end]))
        entries[name] = {"dtype": "F16", "shape": entry["shape"], "data_offsets": [len(elements), len(elements) + len(half)]}
        elements += half
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(sys.argv[2], "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + elements)
    return 0


if __name__ == "__main__":
    sys.exit(main())
