"""A headless Chromium: pages, keys, screenshots, and everything that it reports.

Chromium's DevTools protocol on two pipes: no driver and no port is needed.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.docker import skip_or_fail

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 30.0
KEYS = {"Enter": (13, "\r"), "Escape": (27, ""), "Tab": (9, ""), "End": (35, ""), "Home": (36, "")}
KEYS |= {"ArrowLeft": (37, ""), "ArrowUp": (38, ""), "ArrowRight": (39, ""), "ArrowDown": (40, "")}

# Runs before any script of a page, and reports what the policy of the page forbids.
_WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
});
"""


def require_chromium() -> None:
    """Skip the test without Chromium, or fail it if `REQUIRE_CHROMIUM` is set."""
    found = any(map(shutil.which, PROGRAMS))
    reason = None if found else "chromium is not on PATH (apt-get install chromium)"
    skip_or_fail(reason, "REQUIRE_CHROMIUM")


class Chromium:
    """A browser with one page at a time."""

    def __init__(self, profile: Path) -> None:
        self._number, self._rest = 0, b""
        self._session = self._target = ""
        self.events: list[dict[str, Any]] = []
        """What the browser reported of the page, in its order."""
        commands, self._commands = os.pipe()
        self._answers, answers = os.pipe()
        self._process = _start(profile, commands, answers)
        for descriptor in (commands, answers):
            os.close(descriptor)

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        self._process.wait()
        os.close(self._commands)
        os.close(self._answers)

    def open_without_scripts(self, url: str) -> None:
        """Open a page that may run no scripts."""
        self.open("data:,")
        self.send("Emulation.setScriptExecutionDisabled", value=True)
        self.events.clear()
        self.send("Page.navigate", url=url)
        self.wait_for_event("Page.loadEventFired")

    def open(self, url: str, *, width: int = 1280, height: int = 900, **media: str) -> None:
        """Open a page in a new tab of a given size.

        :param media: media features, such as `prefers_color_scheme="dark"`.
        """
        if self._target:
            self.send("Target.closeTarget", _session="", targetId=self._target)
        self._target = self.send("Target.createTarget", _session="", url="")["targetId"]
        attached = self.send(
            "Target.attachToTarget", _session="", targetId=self._target, flatten=True
        )
        self._session, self.events = attached["sessionId"], []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        self.send("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
        self.resize(width, height)
        features = [{"name": k.replace("_", "-"), "value": v} for k, v in media.items()]
        self.send("Emulation.setEmulatedMedia", features=features)
        self.send("Page.navigate", url=url)
        self.wait_for_event("Page.loadEventFired")

    def resize(self, width: int, height: int) -> None:
        """Change the size of the window."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )

    def run(self, expression: str) -> Any:
        """Evaluate an expression in the page, and return its value."""
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_until(self, expression: str) -> None:
        """Wait until an expression is true in the page."""
        end = time.monotonic() + SECONDS
        while not self.run(expression):
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.02)

    def press(self, *keys: str) -> None:
        """Press keys one after the other: names of KEYS, `Shift+Tab`, or characters."""
        for name in keys:
            key = name.removeprefix("Shift+")
            code, text = KEYS.get(key, (ord(key[0].upper()), key))
            event: dict[str, Any] = {"key": key, "text": text, "windowsVirtualKeyCode": code}
            event["modifiers"] = 8 * (key != name)
            self.send("Input.dispatchKeyEvent", type="keyDown", **event)
            self.send("Input.dispatchKeyEvent", type="keyUp", **event)

    def type(self, text: str) -> None:
        """Type a text into the element that has the focus."""
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Click the middle of an element."""
        box = self.run(
            f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send(
                "Input.dispatchMouseEvent",
                type=kind,
                x=box[0],
                y=box[1],
                button="left",
                clickCount=1,
            )

    def screenshot(self, file: Path, kind: str = "png") -> None:
        """Write a picture of the window."""
        picture = self.send("Page.captureScreenshot", format=kind)["data"]
        file.write_bytes(base64.b64decode(picture))

    def requests(self) -> list[str]:
        """Return the addresses that the page requested, except those for its own content.

        Requests that its policy blocked are violations, see :meth:`complaints`.
        """
        blocked = {
            event["requestId"]
            for event in self.reported("Network.loadingFailed")
            if event.get("blockedReason") == "csp"
        }
        sent = self.reported("Network.requestWillBeSent", "Network.webSocketCreated")
        urls = [
            event["request"]["url"] if "request" in event else event["url"]
            for event in sent
            if event["requestId"] not in blocked
        ]
        return [url for url in urls if not url.startswith(("file:", "data:"))]

    def reported(self, *methods: str) -> list[dict[str, Any]]:
        """Return what the browser reported in events of the page."""
        return [event["params"] for event in self.events if event["method"] in methods]

    def complaints(self) -> list[str]:
        """Return dialogs, exceptions, messages of the console and violations of the policy."""
        kinds = ("Page.javascriptDialogOpening", "Runtime.exceptionThrown", "Log.entryAdded")
        found = [e for e in self.events if e["method"] in (*kinds, "Runtime.consoleAPICalled")]
        return [json.dumps(event) for event in found] + list(self.run("violations"))

    def wait_for_event(self, method: str) -> dict[str, Any]:
        """Wait for an event of the page."""
        while True:
            for event in self.events:
                if event["method"] == method:
                    return event
            self._receive()

    def send(self, method: str, *, _session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol, and return its answer."""
        number = self._write(method, self._session if _session is None else _session, params)
        while True:
            answer = self._receive()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result

    def _write(self, method: str, session: str, params: dict[str, Any]) -> int:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._commands, content) :]
        return self._number

    def _receive(self) -> dict[str, Any]:
        end = time.monotonic() + SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, end - time.monotonic()))
            part = os.read(self._answers, 2**20) if ready else b""
            assert part, "Chromium does not answer"
            self._rest += part
        content, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(content)
        if "method" in message and message.get("sessionId") == self._session:
            self.events.append(message)
            if message["method"] == "Page.javascriptDialogOpening":  # it would block the page
                self._write("Page.handleJavaScriptDialog", self._session, {"accept": False})
        return message


# Chromium reads file descriptor 3 and writes file descriptor 4.
_CONNECT = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execvp(sys.argv[3], sys.argv[3:])
"""


def _start(profile: Path, commands: int, answers: int) -> subprocess.Popen[bytes]:
    program = next(filter(None, map(shutil.which, PROGRAMS)))
    options = ["--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    options += ["--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-dev-shm-usage"]
    options += ["--disable-background-networking", "--disable-component-update", "--mute-audio"]
    if os.getuid() == 0:
        options.append("--no-sandbox")  # Chromium's sandbox refuses root
    return subprocess.Popen(
        [sys.executable, "-c", _CONNECT, str(commands), str(answers), program, *options],
        pass_fds=(commands, answers),
        stderr=subprocess.DEVNULL,
    )


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Chromium]:
    """Run a browser."""
    browser = Chromium(profile)
    try:
        yield browser
    finally:
        browser.close()
