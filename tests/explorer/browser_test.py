#!/usr/bin/env python3
"""The explorer in Chromium: browser_test.py PAGE NATIVE WEIGHTS [--screenshots FOLDER] [CHECK…]

PAGE is what docs/explorer/build has made, NATIVE the program explorer-native, WEIGHTS its weights.
Prints a line for each check, and at the end how many passed."""
import argparse
import functools
import http.server
import json
import math
import pathlib
import subprocess
import sys
import threading

from devtools import Browser, Failure

VIEWS = ["digit", "posterior", "curve", "layer"]
# A 3 in the unit square, as a hand would draw it.
THREE = [(0.32, 0.24), (0.42, 0.17), (0.55, 0.16), (0.65, 0.23), (0.66, 0.34), (0.58, 0.43), (0.46, 0.47),
         (0.6, 0.5), (0.69, 0.6), (0.68, 0.73), (0.57, 0.82), (0.43, 0.83), (0.31, 0.76)]


def require(fits, text):
    if not fits:
        raise Failure(text)


def started(browser):
    browser.wait("document.documentElement.dataset.started > 0 || document.querySelector('#state.failed')")
    state = browser.evaluate("document.querySelector('#state.failed')?.textContent || ''")
    require(not state, state)


# Each check gets the browser, the page's address and the arguments, and returns what it measured.

def check_size(_, address, arguments):
    size = pathlib.Path(arguments.page).stat().st_size
    require(size < 3_000_000, f"{size} bytes")
    return f"{size / 1e6:.2f} MB"


def load_views(browser, address):
    times = []
    for view in VIEWS:
        browser.size(1280, 900)
        browser.open(f"{address}#view={view}")
        started(browser)
        ready = {"digit": "digitView.figures && digitView.byAngle", "posterior": "posteriorView.path?.mu.length > 20",
                 "curve": "curveView.panels[0].band && curveView.panels[1].band",
                 "layer": "layerView.histogram && layerView.pruned && layerView.maps.conv1.mean"}[view]
        browser.wait(ready)
        require(not browser.evaluate(f"document.getElementById('view-{view}').hidden"), f"{view} is hidden")
        require(not browser.complaints(), f"{view}: {browser.complaints()}")
        times.append(browser.evaluate("Number(document.documentElement.dataset.started)"))
    return f"ready after {sorted(times)[len(times) // 2]} ms"


def check_file(browser, address, _):
    return load_views(browser, address)


def check_server(browser, _, arguments):
    page = pathlib.Path(arguments.page).resolve()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(page.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        return load_views(browser, f"http://127.0.0.1:{server.server_address[1]}/{page.name}")
    finally:
        server.shutdown()


def draw(browser, points):
    box = browser.evaluate("(() => { const b = $('pad').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })()")
    place = [(box[0] + x * box[2], box[1] + y * box[3]) for x, y in points]
    browser.mouse("mousePressed", *place[0])
    for before, after in zip(place, place[1:]):
        for part in (0.25, 0.5, 0.75, 1):
            browser.mouse("mouseMoved", *(p + (q - p) * part for p, q in zip(before, after)))
    browser.mouse("mouseReleased", *place[-1])


def doubt(browser):
    """The doubt of the picture that is set, by a call of its own."""
    return browser.evaluate("core.call('digit', drawing.arguments()).then((f) => Object.fromEntries("
                            "METHODS.map((m) => [m, Array.from(f[`${m} doubt`])])))")


def check_three(browser, address, _):
    """A drawn 3 is called 3 by all three; turned to its side it raises the epistemic doubt."""
    browser.size(1280, 900)
    browser.open(address)
    started(browser)
    browser.evaluate("$('clear').click()")
    draw(browser, THREE)
    upright = doubt(browser)
    for method, numbers in upright.items():
        require(numbers[4] == 3, f"{method} calls the 3 a {numbers[4]:.0f}")
    browser.wait("$('bayesian-says').textContent.startsWith('a 3')")
    browser.evaluate("(() => { const s = $('slider-angle'); s.value = 90; s.dispatchEvent(new Event('input')); })()")
    turned = doubt(browser)
    require(turned["ordinary"][1] < 1e-6, "the ordinary network contradicts itself")
    for method in ("bayesian", "ensemble"):
        require(turned[method][1] > 1.5 * upright[method][1], f"{method}: {upright[method][1]} to {turned[method][1]}")
    return f"epistemic doubt of the Bayesian net {upright['bayesian'][1]:.3f} to {turned['bayesian'][1]:.3f} nats"


def check_numbers(browser, address, arguments):
    """The page's numbers and those of the native program."""
    stroke = [v for point in THREE for v in point]
    points = [-2, 0.8, -1, -0.4, 0, 0.3, 0.6, 1.1, 2, -0.6]
    calls = [("example", [d]) for d in range(10)]
    calls += [("digit", [15, angle, 1, -2, noise, 1] + stroke) for angle in (0, 37, 90) for noise in (0, 0.3)]
    calls += [("digit", [5, 0, 0, 0, 0, 0] + stroke), ("turned", [15, 0, 0, 0, 0.1, 1] + stroke),
              ("layers", [15, 20, 0, 0, 0, 1] + stroke), ("alpha", [])]
    calls += [("prune", [share]) for share in (0, 0.6, 0.95)]
    calls += [("weight start", [12, 0.8, 0.5, 1, 1, 0.03, -1.5, 1.5, 1]), ("weight step", [200]),
              ("weight change", [0.5, 0.3, 0.1, 0.03]), ("weight step", [50]), ("weight surface", [-2, 2, 20, -2, 0.5, 10])]
    for kind, steps in ((0, 25), (1, 25), (2, 2)):
        calls += [("curve start", [kind, kind, 30, 0.12, 1, 1] + points), ("curve step", [kind, steps]),
                  ("curve band", [kind, -3, 3, 41, 20, 5])]
    lines = "".join(f"{name}: {' '.join(map(str, numbers))}\n" for name, numbers in calls)
    native = subprocess.run([arguments.native, arguments.weights], input=lines, capture_output=True, text=True, check=True)
    browser.open(address)
    started(browser)
    worst, compared = 0.0, 0
    for (name, numbers), line in zip(calls, native.stdout.splitlines(), strict=True):
        expected = json.loads(line)
        require("error" not in expected, f"{name}: {expected.get('error')}")
        answer = browser.evaluate(f"core.call({json.dumps(name)}, {json.dumps(numbers)}).then((f) => "
                                  "Object.fromEntries(Object.entries(f).map(([k, v]) => [k, Array.from(v)])))")
        require(list(answer) == list(expected), f"{name}: {list(answer)} and {list(expected)}")
        for key, values in expected.items():
            require(len(values) == len(answer[key]), f"{name}, {key}: {len(answer[key])} numbers for {len(values)}")
            for here, there in zip(answer[key], values):
                difference = abs(here - there) / max(1.0, abs(there))
                require(difference <= 1e-5, f"{name} {numbers[:5]}, {key}: {here} and {there}")
                worst, compared = max(worst, difference), compared + 1
    return f"{compared} numbers, largest difference {worst:.1e}"


def check_rate(browser, address, _):
    """Pictures a second while the digit turns, with 15 draws."""
    browser.size(1280, 900)
    browser.open(address)
    started(browser)
    browser.wait("digitView.byAngle")
    browser.evaluate("$('spin').click()")
    browser.evaluate("new Promise((done) => setTimeout(done, 4000))")
    rate = browser.evaluate("digitView.rate || 0")
    alone = browser.evaluate("(async () => { const before = performance.now(); for (let i = 0; i < 50; ++i) "
                             "await core.call('digit', drawing.arguments()); return (performance.now() - before) / 50; })()")
    require(rate >= 30, f"{rate:.1f} pictures a second, {alone:.1f} ms each")
    return f"{rate:.0f} pictures a second, {alone:.1f} ms for the numbers of one"


LAYOUT = """(() => {
  const seen = [...document.querySelectorAll('button, input, canvas, summary, h2, h3, .caption, output, dd')].filter((e) => {
    const b = e.getBoundingClientRect();
    return b.width > 0 && b.height > 0;
  });
  const wide = document.documentElement.clientWidth;
  const out = seen.filter((e) => { const b = e.getBoundingClientRect(); return b.left < -0.5 || b.right > wide + 0.5; });
  const name = (e) => `${e.tagName} ${e.id || e.textContent.slice(0, 20)}`;
  const overlaps = [];
  for (let i = 0; i < seen.length; ++i) for (let j = i + 1; j < seen.length; ++j) {
    if (seen[i].contains(seen[j]) || seen[j].contains(seen[i])) continue;
    const a = seen[i].getBoundingClientRect(), b = seen[j].getBoundingClientRect();
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1)
      overlaps.push(`${name(seen[i])} and ${name(seen[j])}`);
  }
  return { scroll: document.documentElement.scrollWidth - wide, out: out.map(name), overlaps };
})()"""


def check_telephone(browser, address, _):
    """360 pixels wide: nothing overlaps or lies outside, nothing scrolls sideways."""
    browser.size(360, 740, mobile=True)
    for view in VIEWS:
        browser.open(f"{address}#view={view}")
        started(browser)
        browser.evaluate("new Promise((done) => setTimeout(done, 1500))")
        layout = browser.evaluate(LAYOUT)
        require(layout["scroll"] <= 0, f"{view} is {layout['scroll']} pixels too wide")
        require(not layout["out"], f"{view}: outside are {layout['out']}")
        require(not layout["overlaps"], f"{view}: {layout['overlaps']}")
    return "four views"


def check_keyboard(browser, address, _):
    """Tab reaches all that a mouse reaches; arrow keys change the view; keys draw and set points."""
    reached = 0
    browser.size(1280, 900)
    for view in VIEWS:
        browser.open(f"{address}#view={view}")
        started(browser)
        wanted = browser.evaluate(
            "(() => { window.stops = [...document.querySelectorAll('a, button, input, summary, canvas[tabindex]')]"
            ".filter((e) => e.checkVisibility() && e.tabIndex >= 0); return stops.length; })()")
        found = set()
        for _ in range(wanted + 5):
            browser.key("Tab")
            found.add(browser.evaluate("stops.indexOf(document.activeElement)"))
            if len(found - {-1}) == wanted:
                break
        missing = browser.evaluate(f"stops.filter((e, i) => !{sorted(found)}.includes(i)).map((e) => e.id || e.textContent)")
        require(not missing, f"{view}: tab does not reach {missing}")
        reached += wanted
    browser.open(address)
    started(browser)
    browser.evaluate("$('tab-digit').focus()")
    browser.key("ArrowRight")
    require(browser.evaluate("current") == "posterior", "the arrow key does not change the view")
    browser.key("ArrowLeft")
    browser.evaluate("$('clear').click(); $('pad').focus()")
    browser.key(" ")
    for _ in range(8):
        browser.key("ArrowDown")
    browser.key(" ")
    require(browser.evaluate("drawing.strokes.length === 1 && drawing.strokes[0].length === 9"), "keys do not draw")
    browser.evaluate("open('curve')")
    before = browser.evaluate("curveView.points.length")
    browser.evaluate("curveView.panels[0].canvas.focus()")
    browser.key("ArrowUp")
    browser.key("Enter")
    require(browser.evaluate("curveView.points.length") == before + 1, "enter sets no point")
    return f"{reached} places"


def check_names(browser, address, _):
    """What a screen reader reads: each control and picture has a name."""
    count = 0
    for view in VIEWS:
        browser.open(f"{address}#view={view}")
        started(browser)
        nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
        for node in nodes:
            role = node.get("role", {}).get("value")
            if node.get("ignored") or role not in ("button", "slider", "checkbox", "tab", "img", "image", "application", "Canvas", "tabpanel"):
                continue
            count += 1
            require(node.get("name", {}).get("value", "").strip(), f"{view}: a {role} has no name")
    return f"{count} names"


def check_address(browser, address, _):
    """The address holds the state: another page with it shows the same."""
    browser.size(1280, 900)
    browser.open(address)
    started(browser)
    browser.evaluate("$('clear').click()")
    draw(browser, THREE)
    browser.evaluate("(() => { const s = $('slider-angle'); s.value = 35; s.dispatchEvent(new Event('input')); })()")
    browser.wait("location.hash.includes('angle=35') && location.hash.includes('ink=')")
    before, hash_ = doubt(browser), browser.evaluate("location.hash")
    browser.open(address + hash_)
    started(browser)
    after = doubt(browser)
    # Places are rounded to 1/1295 of the pad.
    require(all(math.isclose(p, q, abs_tol=0.05) for m in before for p, q in zip(before[m], after[m])), f"{before} {after}")
    require(len(hash_) < 1000, f"the address has {len(hash_)} characters")
    return f"{len(hash_)} characters"


def take_screenshots(browser, address, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    wait = {"digit": 2, "posterior": 6, "curve": 25, "layer": 8}
    looks = {"light": (1180, 800, False), "dark": (1180, 800, True), "narrow": (360, 740, False)}
    for look, (width, height, dark) in looks.items():
        for view in VIEWS:
            browser.size(width, height, mobile=look == "narrow", dark=dark)
            angle = "&angle=40" if view in ("digit", "layer") else ""
            share = "&share=0.85" if view == "layer" else ""
            browser.open(f"{address}#view={view}{angle}{share}")
            started(browser)
            if view in ("digit", "layer"):
                browser.evaluate("drawing.example(3).then(() => views[current].show())")
            browser.evaluate(f"new Promise((done) => setTimeout(done, {1000 * wait[view]}))")
            browser.screenshot(folder / f"explorer-{view}-{look}.png")


def main():
    checks = {name[6:]: function for name, function in globals().items() if name.startswith("check_")}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page")
    parser.add_argument("native")
    parser.add_argument("weights")
    parser.add_argument("checks", nargs="*", metavar="CHECK", help=f"of {', '.join(checks)}; all by default")
    parser.add_argument("--screenshots", metavar="FOLDER", help="makes these instead of the checks")
    arguments = parser.parse_args()
    address = pathlib.Path(arguments.page).resolve().as_uri()
    browser = Browser()
    passed = failed = 0
    try:
        if arguments.screenshots:
            take_screenshots(browser, address, arguments.screenshots)
            return 0
        for name in arguments.checks or checks:
            try:
                print(f"ok: {name}: {checks[name](browser, address, arguments)}", flush=True)
                passed += 1
            except Failure as failure:
                print(f"failed: {name}: {failure}", flush=True)
                failed += 1
    finally:
        browser.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
