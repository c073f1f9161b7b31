"""A real server and a real browser for the studio."""

import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

WAIT = 120_000  # milliseconds: a busy machine is slow, not wrong
STARTING = 300  # seconds
AXE = Path(__file__).with_name("axe.toml")


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, fetched once with npm and checked against what is pinned."""
    pinned = tomllib.loads(AXE.read_text(encoding="utf-8"))
    cache = getattr(request.config, "cache", None)  # -p no:cacheprovider takes it away
    kept = (Path(cache.mkdir("axe")) if cache else tmp_path_factory.mktemp("axe")) / f"axe-{pinned['version']}.min.js"
    if not kept.is_file() or hashlib.sha256(kept.read_bytes()).hexdigest() != pinned["sha256"]:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, and it fetches axe-core: apt-get install npm")
        folder = tmp_path_factory.mktemp("npm")
        wanted = f"{pinned['package']}@{pinned['version']}"
        line = [npm, "pack", wanted, "--ignore-scripts", "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=600)
        packed = sorted(folder.glob("*.tgz"))
        if done.returncode or len(packed) != 1:
            pytest.skip(f"npm could not fetch {wanted}: {(done.stderr or done.stdout).strip()[:200]}")
        data = packed[0].read_bytes()
        assert base64.b64encode(hashlib.sha512(data).digest()).decode() == pinned["integrity"]
        with tarfile.open(packed[0]) as package:
            member = package.extractfile(pinned["member"])
            assert member is not None
            script = member.read()
        assert hashlib.sha256(script).hexdigest() == pinned["sha256"]
        kept.write_bytes(script)
    return kept.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def serving() -> Callable[..., AbstractContextManager[str]]:
    """``with serving(home, "--model", "chibi") as url:`` a server with that home, ended as a person ends it."""
    pytest.importorskip("gradio", reason="gradio is not installed: the extra [serve]")

    @contextmanager
    def start(home: Path, *arguments: str) -> Iterator[str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        line = [sys.executable, "-m", "nijigen", "serve", "--port", str(port), *arguments]
        with open(home / "serve.log", "ab") as log:
            server = subprocess.Popen(line, stdout=log, stderr=log, env={**os.environ, "NIJIGEN_HOME": str(home)})
        try:
            end = time.monotonic() + STARTING
            while not _answers(url):
                assert server.poll() is None, (home / "serve.log").read_text(encoding="utf-8")
                assert time.monotonic() < end, "the server did not start"
                time.sleep(0.2)
            yield url
        finally:
            server.send_signal(signal.SIGINT)
            assert server.wait(60) in (0, 130)
        said = (home / "serve.log").read_text(encoding="utf-8")
        assert "Traceback" not in said, said

    return start


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}api/v1/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# What Gradio's own client says where a page is left, or a machine is so busy, that a stream it no longer needs is cut.
CUT = ("AbortError: signal is aborted", "Connection errored out")


class Visit:
    """The studio as it was opened, with everything that it asked for and complained of."""

    def __init__(self, page: Any) -> None:
        self.page, self.asked, self.complaints = page, [], []
        page.set_default_timeout(WAIT)
        page.context.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda said: self._complained(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self._complained(str(error)))

    def _complained(self, text: str) -> None:
        if not any(words in text for words in CUT):
            self.complaints.append(text)

    def beside(self) -> "Visit":
        """Another page of the same browser, which remembers what this one told it."""
        return Visit(self.page.context.new_page())

    def go(self, url: str) -> None:
        self.page.goto(url)
        self.made()

    def made(self, grid: str = "#nj-grid") -> None:
        """Wait until a grid is full."""
        self.page.wait_for_selector(f'{grid} ul[aria-busy="false"] li .nj-face img')

    def pictures(self, grid: str = "#nj-grid") -> list[str]:
        """Addresses of what a grid shows."""
        found: list[str] = self.page.eval_on_selector_all(f"{grid} .nj-face img", "(all) => all.map((one) => one.src)")
        return found

    def other(self, before: list[str], grid: str = "#nj-grid") -> list[str]:
        """What a grid shows when it is full and no picture of before is in it."""
        self.page.wait_for_function(
            """([grid, before]) => {
                const list = document.querySelector(`${grid} ul`);
                const now = [...list.querySelectorAll(".nj-face img")].map((one) => one.src);
                const full = list.getAttribute("aria-busy") === "false" && now.length > 0;
                return full && !now.some((one) => before.includes(one));
            }""",
            arg=[grid, before],
        )
        return self.pictures(grid)

    def portrait(self, unlike: str = "") -> str:
        """The address of the avatar that is refined."""
        self.page.wait_for_function(
            "(unlike) => (document.querySelector('#nj-stage .nj-now')?.src ?? unlike) !== unlike",
            arg=unlike,
        )
        found: str = self.page.eval_on_selector("#nj-stage .nj-now", "(one) => one.src")
        return found

    def says(self, selector: str, *texts: str) -> None:
        """Wait until something on the page says all of this."""
        self.page.wait_for_function(
            """([selector, texts]) => {
                const said = document.querySelector(selector)?.innerText ?? "";
                return texts.every((text) => said.includes(text));
            }""",
            arg=[selector, list(texts)],
        )

    def fits(self, width: int) -> None:
        """Wait until nothing of the page is beyond its width, as after a screen was turned."""
        self.page.wait_for_function(
            """(width) => innerWidth === width
                && Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= width""",
            arg=width,
        )

    def barriers(self) -> list[str]:
        """Serious and critical ones that axe-core finds, as soon as nothing fades in any more."""
        self.page.wait_for_function(
            """() => document.getAnimations().every((one) =>
                one.playState !== "running" || one.effect.getComputedTiming().endTime === Infinity)"""
        )
        found = self.page.evaluate("axe.run(document).then((all) => all.violations)")
        return [
            f"{each['id']} {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")
        ]

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def bytes(self, url: str) -> bytes:
        found: bytes = self.page.request.get(url).body()
        return found


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """``visit(width=1280, **context)``; at the end nothing was complained of or asked of anybody else."""
    opened: list[Visit] = []

    def new(width: int = 1280, height: int = 860, **options: Any) -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"locale": "en-GB", "reduced_motion": "reduce", **options}
        )
        opened.append(Visit(context.new_page()))
        return opened[-1]

    yield new
    for one in opened:
        assert one.complaints == []
        assert one.asked
        for url in one.asked:
            assert urlsplit(url).scheme in ("blob", "data") or urlsplit(url).hostname == "127.0.0.1", url
        one.page.context.close()
