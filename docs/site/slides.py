"""The deck of the class, made of the pages of the guide: for each lesson of docs/guide/class.md, in its
order, the question and the idea, the formula, the figure, and what to ask."""
import html
import re

from pages import FRAME, ROOT, relative, target_of, to_html

SCRIPT = ROOT / "docs/site/slides.js"


def first(pattern, text, flags=re.S):
    found = re.search(pattern, text, flags)
    return found[1].strip() if found else ""


def lesson_parts(page):
    """Title, question, idea, formula and figure of a lesson's page."""
    text = (ROOT / "docs/guide" / page).read_text(encoding="utf-8")
    paragraphs = [p for p in re.split(r"\n\s*\n", text) if p.strip()]
    body = [p for p in paragraphs[2:] if not p.startswith(("#", "```", "!", "|", "Program"))]
    return {
        "title": first(r"^# (.+)$", text, re.M),
        "question": first(r"\*\*The question: (.+?)\*\*", text),
        "idea": body[0],
        "formula": first(r"(^```math\n.*?^```$)", text, re.M | re.S),
        "figure": first(r"(!\[[^\]]*\]\([^)]+\))", text),
        "page": page,
    }


def class_rows():
    """(minutes, what, run and open, ask) of each row of the plan."""
    text = (ROOT / "docs/guide/class.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.split("\n") if re.match(r"\| \d", line)]
    return [row + [""] * (4 - len(row)) for row in rows]


def slide(markdown, kind=""):
    return f'<section class="slide {kind}">\n{to_html(markdown)}</section>\n'


def deck_markup():
    """All slides, with links as in docs/guide."""
    sections = [slide("# Bayesian deep learning, from scratch\n\nA class of two hours\n\n"
                      "*Arrow keys turn the pages. Print for a hand-out.*", "first")]
    shown = set()
    for minutes, what, opened, ask in class_rows():
        pages = re.findall(r"\]\((\d\d-[a-z-]+\.md)\)", what)
        sections.append(slide(f"## {re.sub(r'[|*]', '', what)}\n\nMinutes {minutes}\n\n{opened}", "part"))
        for page in pages:
            if page not in shown:
                shown.add(page)
                sections += lesson_slides(lesson_parts(page))
        if ask.strip():
            sections.append(slide(f"## To discuss\n\n{ask}", "ask"))
    for page in sorted(p.name for p in (ROOT / "docs/guide").glob("[0-9]*.md")):
        if page not in shown:
            sections += lesson_slides(lesson_parts(page))
    return "".join(sections)


def lesson_slides(parts):
    number = int(parts["page"][:2])
    slides = [slide(f"## {parts['title']}\n\n**{parts['question']}**\n\n{parts['idea']}", "idea")]
    if parts["formula"]:
        slides.append(slide(f"## {parts['title']}\n\n{parts['formula']}\n\n`examples/guide/run {number}` · "
                            f"[the lesson]({parts['page']})", "formula"))
    if parts["figure"]:
        slides.append(slide(f"## {parts['title']}\n\n{parts['figure']}", "figure"))
    slides.append(slide(f"## {parts['title']}\n\n**{parts['question']}**\n\nWhat is your answer? Exercise: "
                        f"`examples/guide/run {number} --exercise`", "ask"))
    return slides


def deck(links):
    """The page of the deck, docs/guide/slides.html."""
    page = "docs/guide/slides.html"
    body = links.rewritten(deck_markup(), "docs/guide/class.md")
    script = f'<script>{SCRIPT.read_text(encoding="utf-8")}</script>'
    nav = f'<a href="{relative(target_of("docs/guide/class.md"), page)}">the class</a> <span id="place" role="status"></span>'
    return page, FRAME.format(title=html.escape("Bayesian deep learning, from scratch: slides"), nav=nav, kind=' class="deck"',
                              style=relative("style.css", page), body=body + script)
