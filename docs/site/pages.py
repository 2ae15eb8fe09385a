"""Pages of Markdown and of source code as HTML, with links among them that need no server."""
import html
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = ["README.md", "docs/**/*.md"]
LINK = re.compile(r'(<a [^>]*?href|<img [^>]*?src)="([^"]+)"')


class SiteError(Exception):
    """What keeps the site from being built."""


def page_names():
    return sorted({str(path.relative_to(ROOT)) for pattern in PAGES for path in ROOT.glob(pattern)})


def target_of(name):
    """The site's file for a file or folder of the repository."""
    if name == "README.md":
        return "index.html"
    if name.endswith(".md"):
        return name[:-3] + ".html"
    if (ROOT / name).is_dir():
        return f"source/{name}/index.html"
    return name if name.endswith(".png") else f"source/{name}.html"


def to_html(markdown):
    """Markdown as GitHub reads it, with formulas as MathML."""
    text = re.sub(r"^```math\n(.*?)^```$", r"$$\n\1$$", markdown, flags=re.M | re.S)
    command = ["pandoc", "--from=gfm+tex_math_dollars", "--to=html5", "--mathml", "--no-highlight", "--wrap=preserve"]
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    if run.returncode or run.stderr:
        raise SiteError(f"pandoc: {run.stderr.strip()}")
    # A brace is as wide as what it holds.
    return run.stdout.replace('<mo accent="true">⏟</mo>', '<mo stretchy="true">⏟</mo>')


def relative(target, page):
    return os.path.relpath(target, os.path.dirname(page) or ".")


class Links:
    """Rewrites the links of a page, and collects the sources and pictures that they lead to."""

    def __init__(self):
        self.sources = set()
        self.pictures = set()

    def rewritten(self, body, name):
        """`body` of the repository's file `name`, with links from its place in the site."""
        page = target_of(name)

        def replace(match):
            attribute, link = match.groups()
            if re.match(r"[a-z]+:|#", link):
                return match[0]
            path, _, anchor = link.partition("#")
            goal = os.path.normpath(os.path.join(os.path.dirname(name), path))
            if not (ROOT / goal).exists() or goal.startswith(".."):
                raise SiteError(f"{name}: there is no {goal}")
            (self.pictures if goal.endswith(".png") else self.sources).add(goal)
            return f'{attribute}="{relative(target_of(goal), page)}{"#" + anchor if anchor else ""}"'

        return LINK.sub(replace, body)


def title_of(markdown, name):
    found = re.search(r"^# (.+)$", markdown, flags=re.M)
    return found[1].replace("`", "") if found else name


FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{style}">
</head>
<body>
<nav aria-label="Site">{nav}</nav>
<main{kind}>
{body}
</main>
</body>
</html>
"""


def framed(page, title, body, nav, kind=""):
    links = " ".join(f'<a href="{relative(target, page)}">{html.escape(text)}</a>' for text, target in nav)
    return FRAME.format(title=html.escape(title), style=relative("style.css", page), nav=links, body=body, kind=kind)


def wrapped_tables(body):
    """Wide tables and blocks of code scroll by themselves, not the page; the keyboard reaches them."""
    body = re.sub(r"<table.*?</table>", lambda m: f'<div class="wide" tabindex="0">{m[0]}</div>', body, flags=re.S)
    return body.replace("<pre", '<pre tabindex="0"')


def source_page(name):
    """A source file with numbered lines, or a list of the files of a folder."""
    path = ROOT / name
    if path.is_dir():
        page = target_of(name)
        entries = sorted(subprocess.run(["git", "ls-files", name], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n"))
        rows = "".join(f'<li><a href="{relative(target_of(one), page)}">{html.escape(one[len(name) + 1:])}</a></li>'
                       for one in entries if one)
        return f"<h1><code>{html.escape(name)}</code></h1>\n<ul>{rows}</ul>", [one for one in entries if one]
    text = path.read_text(encoding="utf-8", errors="replace")
    comment = "#" if path.suffix in (".py", ".sh", "", ".build", ".txt", ".ini") else "//"
    lines = []
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else text.split("\n"), 1):
        code = html.escape(line, quote=False)
        at = code.find(comment)
        if at >= 0 and (at == 0 or code[at - 1] == " "):
            code = f'{code[:at]}<i>{code[at:]}</i>'
        lines.append(f'<span id="L{number}">{code}</span>')
    return f'<h1><code>{html.escape(name)}</code></h1>\n<pre class="source" tabindex="0">' + "\n".join(lines) + "</pre>", []
