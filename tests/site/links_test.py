#!/usr/bin/env python3
"""All links among the pages of a site: links_test.py FOLDER. Fails where a file or an anchor is
missing, where something is loaded from the network, and where a formula is left as text."""
import html.parser
import pathlib
import re
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.anchors, self.text = [], [], set(), []
        self.depth = 0  # of elements whose text is code
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        if tag in ("code", "pre", "script", "style", "annotation"):
            self.depth += 1
        for name in ("id", "name"):
            if found.get(name):
                self.anchors.add(found[name])
        if tag in ("a", "area") and found.get("href"):
            self.links.append(found["href"])
        if tag in ("img", "script", "iframe") and found.get("src"):
            self.loads.append(found["src"])
        if tag == "link" and found.get("href"):
            self.loads.append(found["href"])

    def handle_endtag(self, tag):
        if tag in ("code", "pre", "script", "style", "annotation"):
            self.depth -= 1

    def handle_data(self, data):
        if not self.depth:
            self.text.append(data)


def outside(link):
    return re.match(r"[a-z]+:", link) is not None


def complaints_of(name, page, pages, folder):
    found = []
    for link in page.loads + page.links:
        if outside(link):
            if link in page.loads and not link.startswith(("data:", "javascript:")):
                found.append(f"loads {link}")
            continue
        path, _, anchor = urllib.parse.unquote(link).partition("#")
        target = (folder / name).parent / path if path else folder / name
        if not target.exists():
            found.append(f"there is no {link}")
            continue
        other = pages.get(target.resolve())
        if anchor and other is not None and anchor not in other.anchors and not name.startswith("reference"):
            # Slides have their number as an anchor that a script reads.
            found.append(f"{link} has no such anchor")
    if not name.startswith(("source", "reference")) and re.search(r"\$[^$\n]*\\[a-z]+[^$\n]*\$", "".join(page.text)):
        found.append("a formula is text")
    return found


def main():
    if len(sys.argv) != 2:
        print("links_test.py: takes FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1]).resolve()
    paths = [path for path in sorted(folder.rglob("*.html")) if path.name != "explorer.html"]
    pages = {path: Page(path) for path in paths}
    failed, links = 0, 0
    for path, page in pages.items():
        name = str(path.relative_to(folder))
        links += len(page.links) + len(page.loads)
        for complaint in complaints_of(name, page, pages, folder):
            print(f"{name}: {complaint}")
            failed += 1
    print(f"{len(pages)} pages, {links} links, {failed} failures")
    return 1 if failed or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
