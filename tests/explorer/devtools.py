"""A page in Debian's Chromium without a window, driven over the DevTools protocol through a pipe
(https://chromedevtools.github.io/devtools-protocol). Python's own library is enough."""
import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time


class Failure(Exception):
    """What the browser or the page says went wrong."""


class Browser:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="credence-explorer-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def wire():  # the protocol's pipe has the numbers 3 and 4 in the browser
            # First beyond these numbers, which the pipe's own ends may have.
            source, sink = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_browser, from_browser))
            os.dup2(source, 3)
            os.dup2(sink, 4)

        command = ["chromium", "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--hide-scrollbars",
                   "--mute-audio", "--no-first-run", "--force-color-profile=srgb", f"--user-data-dir={self.folder}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")
        self.process = subprocess.Popen(command + ["about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        preexec_fn=wire, pass_fds=(3, 4), start_new_session=True)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer = b""
        self.number = 0
        self.events = []
        target = self.send("Target.createTarget", {"url": "about:blank"})["targetId"]
        self.session = self.send("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def close(self):
        try:
            self.send("Browser.close")
            self.process.wait(10)
        except Exception:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.folder, ignore_errors=True)

    def read(self, seconds):
        """The next message; none within so many seconds is a Failure."""
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.read_end, 1 << 20) if ready else b""
            if not piece:
                raise Failure("the browser does not answer")
            self.buffer += piece
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def send(self, method, parameters=None, seconds=120):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters or {}}
        if hasattr(self, "session"):
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read(seconds)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise Failure(f"{method}: {answer['error']['message']}")
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    def evaluate(self, expression):
        """The value of an expression of the page, awaited where it is a promise."""
        result = self.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise Failure(details.get("exception", {}).get("description", details["text"]))
        return result["result"].get("value")

    def wait(self, condition, seconds=60):
        """Until the expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(condition):
            if time.monotonic() > end:
                raise Failure(f"after {seconds} s not yet: {condition}")
            time.sleep(0.05)

    def open(self, address):
        self.events.clear()
        # An address that differs in its hash alone would not load the page again.
        self.send("Page.navigate", {"url": "about:blank"})
        self.send("Page.navigate", {"url": address})
        self.wait("document.readyState === 'complete'")

    def complaints(self):
        """Exceptions, and errors on the page's console, since it was opened."""
        self.evaluate("0")
        found = []
        for event in self.events:
            p = event["params"]
            if event["method"] == "Runtime.exceptionThrown":
                found.append(p["exceptionDetails"].get("exception", {}).get("description", "an exception"))
            if event["method"] == "Log.entryAdded" and p["entry"]["level"] == "error":
                found.append(p["entry"]["text"])
            if event["method"] == "Runtime.consoleAPICalled" and p["type"] == "error":
                found.append(str(p["args"]))
        return found

    def size(self, width, height, mobile=False, dark=False):
        self.send("Emulation.setDeviceMetricsOverride",
                  {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile})
        self.send("Emulation.setEmulatedMedia",
                  {"features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def key(self, name, shift=False):
        codes = {"Tab": 9, "Enter": 13, " ": 32, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
                 "Delete": 46, "Home": 36, "End": 35}
        event = {"key": name, "code": "Space" if name == " " else name, "windowsVirtualKeyCode": codes[name],
                 "modifiers": 8 if shift else 0}
        if name in (" ", "Enter"):
            event["text"] = "\r" if name == "Enter" else " "
        self.send("Input.dispatchKeyEvent", {"type": "keyDown" if "text" in event else "rawKeyDown", **event})
        event.pop("text", None)
        self.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def mouse(self, kind, x, y):
        self.send("Input.dispatchMouseEvent", {"type": kind, "x": x, "y": y, "button": "left", "clickCount": 1,
                                               "buttons": 0 if kind == "mouseReleased" else 1})

    def screenshot(self, path, whole=True):
        picture = self.send("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        with open(path, "wb") as file:
            file.write(base64.b64decode(picture["data"]))
