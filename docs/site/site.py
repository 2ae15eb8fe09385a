#!/usr/bin/env python3
"""Builds the site: site.py FOLDER. docs/site/build, which looks for what is needed, calls it."""
import pathlib
import shutil
import subprocess
import sys

from pages import ROOT, Links, SiteError, framed, page_names, source_page, target_of, title_of, to_html, wrapped_tables
import slides

NAV = [("Credence", "index.html"), ("Guide", "docs/guide/README.html"), ("Slides", "docs/guide/slides.html"),
       ("Architecture", "docs/architecture.html"), ("Reference", "reference/index.html")]
EXPLORER = ROOT / "build-wasm/explorer.html"


def write(folder, page, text):
    path = folder / page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_pages(folder, nav, links):
    for name in page_names():
        markdown = (ROOT / name).read_text(encoding="utf-8")
        body = wrapped_tables(links.rewritten(to_html(markdown), name))
        write(folder, target_of(name), framed(target_of(name), title_of(markdown, name), body, nav))
    page, text = slides.deck(links)
    write(folder, page, text)


def write_sources(folder, nav, links):
    waiting, written = set(links.sources), set()
    while waiting:
        name = waiting.pop()
        written.add(name)
        if name.endswith(".md"):
            if name not in page_names():
                raise SiteError(f"{name} is linked and is no page of the site")
            continue
        body, more = source_page(name)
        write(folder, target_of(name), framed(target_of(name), name, body, nav, ' class="code"'))
        waiting |= {one for one in more if not one.endswith((".md", ".png"))} - written
        for one in more:
            if one.endswith(".png"):
                links.pictures.add(one)
    for name in links.pictures:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)


def write_reference(folder):
    settings = (ROOT / "docs/site/Doxyfile").read_text(encoding="utf-8")
    settings += f'\nOUTPUT_DIRECTORY = "{folder}"\nHTML_OUTPUT = reference\n'
    run = subprocess.run(["doxygen", "-"], cwd=ROOT, input=settings, capture_output=True, text=True)
    if run.returncode:
        raise SiteError(f"doxygen: {run.stderr.strip()[-2000:]}")


def main():
    folder = pathlib.Path(sys.argv[1]).resolve()
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    nav = list(NAV)
    if EXPLORER.exists():
        shutil.copyfile(EXPLORER, folder / "explorer.html")
        nav.append(("Explorer", "explorer.html"))
    shutil.copyfile(ROOT / "docs/site/style.css", folder / "style.css")
    links = Links()
    try:
        write_pages(folder, nav, links)
        write_sources(folder, nav, links)
        write_reference(folder)
    except SiteError as error:
        print(f"docs/site/build: {error}", file=sys.stderr)
        return 1
    count = sum(1 for _ in folder.rglob("*.html"))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder / 'index.html'}: {count} pages, {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
