#!/usr/bin/env python3
"""Puts the explorer into one page: assemble.py BUILD_FOLDER PAGE.

BUILD_FOLDER has explorer.js and explorer.wasm, which emscripten has made. The parts of page/ stand
beside this file, and so do the weights of the nets."""
import base64
import gzip
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = ["common.js", "digit.js", "posterior.js", "curve.js", "layer.js", "main.js"]
LARGEST = 3_000_000


def text(name):
    return (HERE / "page" / name).read_text(encoding="utf-8")


def encoded(path):
    """A file, compressed, as text. The page has the browser decompress it."""
    return base64.b64encode(gzip.compress(pathlib.Path(path).read_bytes(), mtime=0)).decode()


def main():
    if len(sys.argv) != 3:
        print("assemble.py: takes BUILD_FOLDER PAGE", file=sys.stderr)
        return 2
    build, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    # 'use strict' holds for each script that is joined here only where it stands first.
    scripts = "\n".join(text(name).replace("'use strict';\n", "") for name in SCRIPTS)
    parts = {
        "style.css": text("style.css"),
        "wasm": encoded(build / "explorer.wasm"),
        "weights": encoded(HERE / "weights.safetensors"),
        "worker": (build / "explorer.js").read_text(encoding="utf-8") + "\n" + text("worker.js").replace("'use strict';\n", ""),
        "page": "'use strict';\n" + scripts,
    }
    for name in ("worker", "page"):
        if "</script" in parts[name]:
            print(f"assemble.py: the part {name} would end its script early", file=sys.stderr)
            return 1
    whole = re.sub(r"@(style\.css|wasm|weights|worker|page)@", lambda match: parts[match[1]], text("index.html"))
    page.write_text(whole, encoding="utf-8")
    size = page.stat().st_size
    print(f"{page}: {size / 1e6:.2f} MB")
    if size > LARGEST:
        print("assemble.py: the page is larger than 3 MB", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
