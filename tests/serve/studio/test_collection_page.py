"""The tab Collection in a real browser: keep, find again after a restart, note, take along, restore, remove, undo."""

import io
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("gradio", reason="Gradio is not installed: the extra [serve]")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: the extra [dev]")

from nijigen.avatar import Avatar
from nijigen.collections import Collections
from nijigen.engine.model import load
from nijigen.illustrator import compose
from nijigen.illustrator.drawing import to_avatar

CHROMIUM = "/usr/bin/chromium"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not os.path.exists(CHROMIUM), reason="no chromium: apt-get install chromium"),
]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def serving(home: Path) -> Iterator[str]:
    """A real `nijigen serve`, ended by Ctrl-C; gives its address."""
    port = free_port()
    environment = {**os.environ, "NIJIGEN_HOME": str(home)}
    command = [sys.executable, "-m", "nijigen", "serve", "--port", str(port), "--quiet"]
    process = subprocess.Popen(command, env=environment)
    address = f"http://127.0.0.1:{port}/"
    try:
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}api/v1/health", timeout=2).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.3)
        yield address
    finally:
        process.terminate()
        process.wait(60)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an avatar of the bundled model and a drawing among its favourites."""
    folder = tmp_path_factory.mktemp("home")
    made = load("chibi").generate(1, 7, hair_color="pink")[0]
    character = compose(5, {"hair_color": "blue"})
    with Collections(f"sqlite:///{folder / 'collections' / 'kept.db'}") as collections:
        collections.add(to_avatar(character, character.render(128, 4)).png())
        collections.add(made.png(), note="for the forum")
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def visiting(browser: Any, address: str, language: str = "en") -> Iterator[Any]:
    """The tab Collection, opened; at the end no error was in the console, and no request left this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale=language, accept_downloads=True)
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not local(request.url) else None)
    page.goto(address)
    page.locator("#nj-grid .nj-face img").first.wait_for(timeout=60_000)
    open_tab(page, {"en": "Collection", "zh": "收藏", "ja": "コレクション"}[language])
    yield page
    assert wrong == []
    context.close()


def local(url: str) -> bool:
    return re.match(r"(https?|ws)://127\.0\.0\.1:|data:|blob:", url) is not None


def open_tab(page: Any, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def faces(page: Any, count: int) -> Any:
    """The kept avatars that are shown, once there are so many."""
    found = page.locator("#nj-kept .nj-face")
    playwright.expect(found).to_have_count(count, timeout=20_000)
    return found


def test_kept_found_noted_taken_along_removed_restored(browser: Any, home: Path, tmp_path: Path) -> None:
    expect = playwright.expect
    with serving(home) as address, visiting(browser, address) as page:
        faces(page, 2)
        # Another one is kept in Create, and is here without reloading.
        open_tab(page, "Create")
        page.locator("#nj-grid .nj-tile").first.hover()
        page.locator('#nj-grid [data-key^="favourite"]').first.click()
        page.get_by_text("Added to your favourites").first.wait_for()
        open_tab(page, "Collection")
        faces(page, 3)
        # Found by a word and by its note.
        page.get_by_title("Blue", exact=True).first.click()
        faces(page, 1)
        page.get_by_title("Blue", exact=True).first.click()
        faces(page, 3)
        page.locator("#nj-kept-text textarea, #nj-kept-text input").fill("FORUM")
        page.keyboard.press("Enter")
        faces(page, 1).first.click()
        note = page.locator("#nj-note textarea, #nj-note input")
        expect(note).to_have_value("for the forum")
        note.fill("for nobody")
        note.press("Enter")
        page.get_by_text("The note is saved").first.wait_for()
        page.locator("#nj-kept-text textarea, #nj-kept-text input").fill("nobody")
        page.keyboard.press("Enter")
        faces(page, 1)
        # Taken along: the original, byte for byte.
        with page.expect_download() as coming:
            page.locator('#nj-packs [data-key="zip"]').click()
        with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
            (name,) = [name for name in archive.namelist() if name.endswith(".png")]
            original = archive.read(name)
        assert Avatar.read(original, name).certificate["seed"] == 7
        for kind in ("sheet", "stickers"):
            with page.expect_download() as coming:
                page.locator(f'#nj-packs [data-key="{kind}"]').click()
            assert zipfile.is_zipfile(coming.value.path())
        # Removed, and put back as it was.
        page.locator("#nj-kept .nj-tile").first.hover()
        page.locator('#nj-kept [data-key^="remove"]').first.click()
        faces(page, 0)
        page.locator("#nj-put-back").click()
        faces(page, 1)
        # Its settings are set again in Create, and make the same face.
        page.locator("#nj-kept .nj-tile").first.hover()
        page.locator('#nj-kept [data-key^="restore"]').first.click()
        expect(page.get_by_role("tab", name="Create")).to_have_attribute("aria-selected", "true")
        expect(page.locator("#nj-seed textarea, #nj-seed input")).to_have_value("7")
        expect(page.locator('#nj-grid img[alt*="seed 7:"]').first).to_be_visible(timeout=30_000)
    # The server was started again: everything is there.
    file = tmp_path / "dropped.png"
    file.write_bytes(original)
    with serving(home) as address, visiting(browser, address) as page:
        faces(page, 3)
        # A file from elsewhere: what its certificate says, and what can be done with it.
        page.locator("#nj-dropped input[type=file]").set_input_files(str(file))
        page.locator("#nj-shown .nj-face").click()
        expect(page.locator("#nj-seed textarea, #nj-seed input")).to_have_value("7", timeout=20_000)
        # A drawing goes to the illustrator.
        open_tab(page, "Collection")
        page.locator("#nj-kept .nj-tile").last.hover()
        page.locator('#nj-kept [data-key^="restore"]').last.click()
        expect(page.get_by_role("tab", name="Illustrator")).to_have_attribute("aria-selected", "true")
        expect(page.locator("#nj-illustrator-seed textarea, #nj-illustrator-seed input")).to_have_value("5")
        # What is no avatar is refused in a friendly line.
        open_tab(page, "Collection")
        file.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
        page.locator("#nj-dropped input[type=file]").set_input_files(str(file))
        page.get_by_text("That did not work").first.wait_for()


@pytest.mark.parametrize(("language", "words"), [("zh", "原文件 ZIP"), ("ja", "ステッカーセット")])
def test_in_other_languages(browser: Any, home: Path, language: str, words: str) -> None:
    with serving(home) as address, visiting(browser, address, language) as page:
        page.get_by_text(words).first.wait_for()
