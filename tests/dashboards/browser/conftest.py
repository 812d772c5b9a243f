"""A real Chromium before the real console, served on a free loopback port."""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from dashboards.application import create_app
from taishi.app.desk import Desk
from tests.dashboards.conftest import PASSWORD

ROOT = Path(__file__).parents[3]
CHROMIUM = Path("/usr/bin/chromium")
VENDOR = ROOT / "dashboards/static/vendor"
OUTPUT = ROOT / "tests/.output"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _need(path: Path, how: str) -> None:
    """Skips where something is missing; CI must have it."""
    if not path.exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{path.name} is missing: {how}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    _need(CHROMIUM, "apt-get install chromium")
    _need(VENDOR / "htmx-2.0.11.js", "run scripts/get-assets")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker's script."""
    script = ROOT / "tests/.servers/axe-4.14.1.js"
    _need(script, "run scripts/get-assets --tests")
    return script.read_text("utf-8")


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of an application, while it is served."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, ws="none", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started, "uvicorn did not start within 10 s"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def address(county: Desk) -> Iterator[str]:
    """The console over the county, while the test runs."""
    with serving(create_app(county)) as address:
        yield address


@dataclass
class Screen:
    """One browser window; what the browser complains about is kept."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(f"{self.address}{path}", wait_until="load")

    def login(self, name: str = "admin") -> None:
        self.open("/login")
        self.page.fill("input[name=name]", name)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_selector(".rail")

    def shoot(self, name: str) -> Path:
        """A picture in tests/.output; it must show something."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        path = OUTPUT / f"{name}.png"
        self.page.screenshot(path=path)
        assert path.stat().st_size > 12_000, f"{path.name} looks blank"
        return path

    def overflow(self) -> int:
        """CSS pixels by which the page is wider than its window."""
        return int(
            self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        )

    def hears(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(r"favicon", message.text):
            self.complaints.append(f"{message.type}: {message.text}")


@pytest.fixture
def screen(chromium: Browser, address: str) -> Iterator[Screen]:
    """A window of 1440 x 900 where the administrator is logged in; nothing may be complained about."""
    context = chromium.new_context(
        viewport={"width": 1440, "height": 900}, locale="zh-CN", color_scheme="light"
    )
    window = Screen(context.new_page(), address)
    window.page.on("console", window.hears)
    window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
    window.login()
    yield window
    context.close()
    assert window.complaints == []
